"""The paired gate: what it accepts, when it asks for more, and that no better score makes it decide worse."""

import re
from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from operator import mul
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gating import repeated, scored, share
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from toolwright.errors import ConfigError
from toolwright.training.gates import PairedGate, StrictImprovement, gate_of, noise_of
from toolwright.training.gates.looks import Looks
from toolwright.training.gates.sign_flip import SignFlips

PAGE = (Path(__file__).parents[2] / "docs" / "gate.md").read_text()
ORDER = {"reject": 0, "undecided": 1, "accept": 2}


def one_p_value(differences: Sequence[float], seed: int = 0) -> float:
    (p_value,) = SignFlips(len(differences), seed).p_values(np.array([differences], dtype=float))
    return p_value


@pytest.mark.parametrize(("better", "worse"), [(1, 0), (5, 0), (8, 2), (6, 6), (12, 0)])
def test_on_right_and_wrong_the_test_is_mcnemars_exact_one(better: int, worse: int):
    exact = binomtest(better, better + worse, alternative="greater").pvalue
    assert one_p_value([1.0] * better + [-1.0] * worse + [0.0] * 90) == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize(("better", "worse"), [(9, 6), (14, 4), (30, 12)])
def test_where_more_tasks_differ_than_can_be_listed_it_is_near_that(better: int, worse: int):
    exact = binomtest(better, better + worse, alternative="greater").pvalue
    p_value = one_p_value([1.0] * better + [-1.0] * worse + [0.0] * 10)
    assert p_value == pytest.approx(exact, abs=4 * (exact * (1 - exact) / 5000) ** 0.5)


parts_of_a_task = st.sampled_from([Fraction(n, d) for d in (2, 3, 10) for n in range(-d, d + 1)])


@given(st.lists(parts_of_a_task, min_size=1, max_size=9).filter(any))
def test_where_few_tasks_differ_the_p_value_is_the_share_of_all_sign_flips(differences: list[Fraction]):
    flipped = [sum(map(mul, signs, differences)) for signs in product((1, -1), repeat=len(differences))]
    exact = Fraction(sum(total >= sum(differences) for total in flipped), len(flipped))
    assert one_p_value([float(d) for d in differences]) == float(exact)


def test_a_tie_counts_however_the_parts_of_its_sum_are_rounded():
    """Gains and losses of tenths over five repeats that cancel all but 0.1, where scipy's allowance is too small."""
    tenths = [49, 1, -3, -3, 31, -43, -43, 47, -41, -41, 47]
    assert one_p_value([n / 10 for n in tenths]) == one_p_value(tenths) == 0.5


@given(st.lists(st.sampled_from([-1.0, -0.2, 0.0, 0.2, 1.0]), min_size=13, max_size=16), st.data())
def test_no_better_task_raises_the_p_value_whether_signs_are_listed_or_drawn(before: list[float], data: st.DataObject):
    after = [data.draw(st.sampled_from([d for d in (-1.0, -0.2, 0.0, 0.2, 1.0) if d >= each])) for each in before]
    if any(before) and any(after):
        assert one_p_value(after) <= one_p_value(before)


def test_a_drawn_p_value_lies_between_those_with_the_mildest_losses_and_gains_as_ties():
    differences = [-0.1, -0.2, *[0.5] * 5, *[1.0] * 6]
    least, most = one_p_value([0.0, *differences[1:]]), one_p_value([*differences[:2], 0.0, *differences[3:]])
    drawn = [one_p_value(differences, seed) for seed in range(200)]
    assert least <= min(drawn) < max(drawn) <= most


@pytest.mark.parametrize("tasks", [1, 12, 13, 60])
def test_the_p_value_of_a_row_without_differences_is_1(tasks: int):
    assert one_p_value([0.0] * tasks) == 1.0


def test_a_p_value_is_never_zero():
    assert one_p_value([1.0] * 60) >= 1 / 5000


def test_looks_share_out_the_level_whatever_the_schedule():
    for repeats, most in product(range(1, 6), range(1, 12)):
        looks = Looks(0.10, repeats=repeats, max_repeats=most).all
        assert sum(look.level for look in looks) == pytest.approx(0.10)
        assert [look.next for look in looks] == [*(look.repeats for look in looks[1:]), None]
        assert looks[-1].repeats == max(repeats, most)
    assert [look.repeats for look in Looks(0.1, repeats=1, max_repeats=5).all] == [1, 3, 5]
    assert [look.repeats for look in Looks(0.1, repeats=2, max_repeats=5).all] == [2, 4, 5]


def test_a_clear_gain_is_accepted_at_the_first_look():
    verdict = PairedGate().decide(scored(repeated(share(5, 20), 1)), scored(repeated(share(15, 20), 1), "q"))
    assert (verdict.decision, verdict.repeats) == ("accept", None)
    assert verdict.p_value is not None
    assert verdict.p_value < 0.02 == verdict.level
    assert verdict.reason.startswith("better: 0.750 against 0.250 on validation (20 tasks x 1 repeat), p = 0.00")


@pytest.mark.parametrize(
    ("won", "max_repeats", "decision"), [(5, 5, "undecided"), (6, 5, "accept"), (3, 1, "reject"), (4, 1, "accept")]
)
def test_it_accepts_just_where_p_is_at_most_the_looks_level(won: int, max_repeats: int, decision: str):
    before, after = scored([[0.0]] * 20), scored([[score] for score in share(won, 20)], "q")  # p is 1 / 2 ** won
    assert PairedGate(max_repeats=max_repeats).decide(before, after).decision == decision


@pytest.mark.parametrize("after", [5, 4])
def test_a_mean_that_is_no_better_is_rejected_at_once(after: int):
    verdict = PairedGate().decide(scored(repeated(share(5, 20), 1)), scored(repeated(share(after, 20), 1), "q"))
    assert (verdict.decision, verdict.p_value) == ("reject", None)
    assert verdict.reason.startswith("no better")


@pytest.mark.parametrize(("repeats", "wanted", "level"), [(1, 3, 0.02), (2, 3, 0.02), (3, 5, 0.04), (4, 5, 0.04)])
def test_a_gain_chance_could_make_asks_for_the_next_look(repeats: int, wanted: int, level: float):
    before, after = repeated(share(5, 20), repeats), repeated(share(8, 20), repeats)
    verdict = PairedGate().decide(scored(before), scored(after, "q"))
    assert (verdict.decision, verdict.repeats) == ("undecided", wanted)
    assert verdict.level == pytest.approx(level)
    assert verdict.p_value == 1 / 8
    assert f"{wanted} repeats of each task may tell" in verdict.reason


@pytest.mark.parametrize("repeats", [5, 9])
def test_undecided_at_the_last_look_counts_as_rejected(repeats: int):
    before, after = repeated(share(5, 20), repeats), repeated(share(8, 20), repeats)
    verdict = PairedGate().decide(scored(before), scored(after, "q"))
    assert (verdict.decision, verdict.repeats) == ("reject", None)
    assert "still undecided at the last look, which counts as rejected" in verdict.reason


def test_fewer_repeats_than_the_first_look_needs_are_asked_for():
    verdict = PairedGate(repeats=3).decide(scored(repeated(share(1, 20), 1)), scored(repeated(share(20, 20), 1), "q"))
    assert (verdict.decision, verdict.repeats) == ("undecided", 3)


def test_an_incumbent_with_more_repeats_is_compared_on_the_candidates():
    rows = [[score, 1.0, 1.0] for score in share(5, 20)]
    few = PairedGate().decide(scored(repeated(share(5, 20), 1)), scored(repeated(share(15, 20), 1), "q"))
    many = PairedGate().decide(scored(rows), scored(repeated(share(15, 20), 1), "q"))
    assert (many.decision, many.p_value, many.reason) == (few.decision, few.p_value, few.reason)


def test_tasks_too_few_for_the_level_buy_nothing_and_say_so():
    verdict = PairedGate().decide(scored(repeated([0.0] * 4, 1)), scored(repeated([1.0] * 4, 1), "q"))
    assert (verdict.decision, verdict.repeats) == ("reject", None)
    assert "4 tasks are too few" in verdict.reason


def test_a_level_for_the_whole_run_is_shared_out_over_its_decisions():
    assert PairedGate(0.10, level_per_run=0.20, decisions=10).level == pytest.approx(0.02)
    assert PairedGate(0.10, level_per_run=0.90, decisions=2).level == 0.10


@pytest.mark.parametrize("options", [{"level": 0.0}, {"level": 1.0}, {"level_per_run": 0.05, "decisions": 100}])
def test_a_level_out_of_range_is_refused(options: dict[str, float]):
    with pytest.raises(ConfigError, match=r"level is .*; it must be at least 0\.002"):
        PairedGate(**options)  # pyright: ignore[reportArgumentType] - a count or a share, by name


def test_the_same_comparison_is_decided_alike_each_time():
    before, after = scored(repeated(share(5, 20), 3)), scored(repeated(share(9, 20), 3), "q")
    assert PairedGate().decide(before, after) == PairedGate().decide(before, after)


row = st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=3, max_size=3)


@given(st.lists(st.tuples(row, row), min_size=6, max_size=24), st.data())
def test_no_better_score_makes_it_decide_worse(rows: list[tuple[list[float], list[float]]], data: st.DataObject):
    before, after = scored([b for b, _ in rows]), [list(a) for _, a in rows]
    gate = PairedGate(level=0.30)
    first = gate.decide(before, scored(after, "q"))
    for task in data.draw(st.lists(st.integers(0, len(rows) - 1), min_size=1)):
        after[task] = [max(score, data.draw(st.sampled_from([0.25, 0.5, 1.0]))) for score in after[task]]
    second = gate.decide(before, scored(after, "q"))
    assert ORDER[second.decision] >= ORDER[first.decision]
    if first.p_value is not None:
        assert second.p_value is not None
        assert second.p_value <= first.p_value


def test_the_noise_floor_is_the_standard_deviation_of_the_mean():
    assert noise_of(scored([[1.0, 0.0], [1.0, 1.0]])) == pytest.approx((0.5 / 2) ** 0.5 / 2)
    assert noise_of(scored(repeated(share(2, 4), 5))) == 0.0


def test_the_noise_floor_foretells_how_means_of_new_runs_scatter():
    rng = np.random.default_rng(1)
    chances = rng.uniform(size=30)
    runs = (rng.random((400, 5, 30)) < chances[:, None].T).astype(float)
    told = [noise_of(scored(run.T.tolist())) for run in runs[:40]]
    assert np.mean([noise or 0.0 for noise in told]) == pytest.approx(runs.mean(axis=(1, 2)).std(), rel=0.12)


def test_one_repeat_tells_no_noise_floor():
    assert noise_of(scored(repeated(share(2, 4), 1))) is None


def test_every_verdict_says_the_incumbents_noise_floor():
    before, after = scored([[1.0, 0.0, 1.0]] * 10), scored(repeated(share(10, 10), 3), "q")
    for gate in (PairedGate(), StrictImprovement()):
        assert gate.decide(before, after).noise == noise_of(before) > 0  # pyright: ignore[reportOptionalOperand]


def test_options_make_their_gate():
    assert isinstance(gate_of(has_validation=True), PairedGate)
    assert isinstance(gate_of(has_validation=False), StrictImprovement)
    assert isinstance(gate_of(has_validation=False, gate="paired"), PairedGate)
    strict = gate_of(has_validation=True, gate="strict", ties="accept")
    assert isinstance(strict, StrictImprovement)
    assert strict.ties == "accept"
    paired = gate_of(has_validation=True, level_per_run=0.10, epochs=5, repeats=3, max_repeats=3)
    assert isinstance(paired, PairedGate)
    assert (paired.level, [look.repeats for look in paired.looks.all]) == (0.02, [3])
    assert isinstance(gate_of(has_validation=True, epochs=0, level_per_run=0.1), PairedGate)


def test_the_page_on_the_gate_makes_the_gate_it_shows_and_its_smallest_sets_are_right():
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    scope: dict[str, Any] = {}
    exec(code, scope)
    assert (scope["gate"].margin, scope["gate"].gate.level) == (0.05, 0.05)
    for gate, enough in ((PairedGate(), 5), (PairedGate(max_repeats=1), 4)):
        reasons = [
            gate.decide(scored(repeated([0.0] * n, 1)), scored(repeated([1.0] * n, 1), "q")).reason
            for n in (enough - 1, enough)
        ]
        assert ["too few" in reason for reason in reasons] == [True, False]


@pytest.mark.parametrize(("gate", "has_validation"), [("strict", True), ("auto", False)])
def test_a_level_for_the_run_is_refused_where_no_paired_gate_could_keep_it(gate: Any, has_validation: bool) -> None:
    with pytest.raises(ConfigError, match="level_per_run bounds the paired gate alone"):
        gate_of(has_validation=has_validation, gate=gate, level_per_run=0.1)
