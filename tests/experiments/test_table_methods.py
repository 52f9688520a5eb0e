"""Methods beside each other: each against the full one on the same test tasks, refused where these are not the same."""

import math
from typing import Any, Final

import pytest
from results_builder import METHODS, experiment, pair, record, scores

from toolwright.experiments.records import CellKey, CellRecord, Pair, Point, Results
from toolwright.experiments.tables import Shown, tables_of
from toolwright.experiments.tables.shown import NONE
from toolwright.messages import Usage

KEY = CellKey(domain="algebra", agent="plus", model="mini", method="trained")


KINDS: Final = ("ablation", "baselines", "batch", "scaling")


def table_of(kind: str, *cells: CellRecord, methods: list[str], seeds: int = 1) -> Shown:
    """A table of one domain and agent."""
    made = experiment(
        seeds=list(range(seeds)),
        domains={"algebra": {"paper": "MATH/Number Theory"}},
        agents={"plus": {"paper": "GPT-4+"}},
        methods={name: METHODS[name] for name in methods},
        tables=[{"kind": kind}],
    )
    return tables_of(Results(experiment=made, cells=cells), wanted=[kind])[0]


def cell(method: str, seed: int = 0, **fields: Any) -> CellRecord:
    return record(KEY.model_copy(update={"method": method, "seed": seed}), **fields)


def by_label(shown: Shown) -> dict[str, str]:
    return {row[1]: row[-1] for row in shown.rows}


def test_an_ablation_is_told_by_its_difference_to_the_full_method_with_its_interval_and_both_p_values() -> None:
    full, ablated = cell("trained", test=pair(40, 60)), cell("one_shot", test=pair(40, 50))
    rows = by_label(table_of("ablation", full, ablated, methods=["trained", "one_shot"]))
    assert rows["training"].startswith("75.0 [")
    assert ";" not in rows["training"]
    # all ten that differ were lost: 2 / 2 ** 10; the reference before it trained lost twenty
    assert rows["one-shot"].endswith("; -12.5 [-20.0, -6.3], p = 0.002, 0.002")
    assert rows["no training"].endswith("; -25.0 [-35.0, -16.3], p < 0.001, <0.001")


def test_a_method_of_its_own_without_training_takes_the_place_of_the_cells_before() -> None:
    cells = (cell("trained", test=pair(40, 60)), cell("none", test=pair(None, 44)))
    rows = by_label(table_of("ablation", *cells, methods=["trained", "none"]))
    assert "no training" not in rows
    assert rows["none"].endswith("; -20.0 [-28.8, -11.3], p < 0.001, <0.001")


def test_a_method_with_other_options_does_not_take_the_place_of_no_training() -> None:
    made = experiment(
        seeds=[0],
        domains={"algebra": {}},
        agents={"plus": {}},
        methods={"trained": {}, "python": {"kind": "none", "agent": {"interpreter": True}}},
        tables=[{"kind": "baselines"}],
    )
    cells = (cell("trained", test=pair(40, 60)), cell("python", test=pair(None, 44)))
    (shown,) = tables_of(Results(experiment=made, cells=cells), wanted=["baselines"])
    assert [*by_label(shown)] == ["trained", "no training", "python"]


def test_a_reference_that_does_not_train_has_no_row_of_no_training() -> None:
    creator = cell("creator", test=pair(None, 50))
    assert [*by_label(table_of("baselines", creator, methods=["creator", "few_shot"]))] == ["CREATOR", "few_shot"]


def test_the_papers_figures_beside_methods_carry_their_doubts_and_errors() -> None:
    made = experiment(
        seeds=[0],
        domains={"tabmwp": {"paper": "TabMWP"}},
        methods={"craft": {"kind": "craft", "paper": "CRAFT"}},
        tables=[{"kind": "baselines"}],
    )
    (shown,) = tables_of(Results(experiment=made), wanted=["baselines"])
    doubt = "38.5 is no share of 100 test tasks, and its 38.0 on train is no share of 10"
    assert any(note.startswith("Which model CREATOR and CRAFT asked") for note in shown.notes)
    assert f"Paper, Table 4, CRAFT, TabMWP: {doubt}." in shown.notes
    assert any("the standard error of its test figures here is 4.9 to 4.9 points" in note for note in shown.notes)


def test_the_papers_table_3_stands_below_its_method() -> None:
    rows = by_label(table_of("ablation", cell("one_shot", test=pair(40, 50)), methods=["trained", "one_shot"]))
    assert rows["paper: one-shot"] == "60.0"
    assert rows["paper: no training"] == "56.3"
    assert rows["training"] == "not run"


def test_other_test_tasks_are_not_compared_and_the_note_says_why() -> None:
    cells = (cell("trained", test=pair(40, 60)), cell("one_shot", test=pair(40, 50, prefix="other")))
    shown = table_of("ablation", *cells, methods=["trained", "one_shot"])
    assert ";" not in by_label(shown)["one-shot"]
    assert "plus, one-shot, algebra: not compared: 160 of the tasks are in one side only." in shown.notes


def test_what_stands_for_a_part_of_a_baseline_is_named() -> None:
    creator = cell("creator", test=pair(None, 50), substitutes=("BM25 for SimCSE",))
    shown = table_of("baselines", cell("trained", test=pair(40, 60)), creator, methods=["trained", "creator"])
    assert "CREATOR: BM25 for SimCSE." in shown.notes
    assert by_label(shown)["CREATOR"].endswith("; -12.5 [-20.0, -6.3], p = 0.002, 0.002")


def test_batches_are_named_by_their_size_and_the_papers_bars_are_not_made_up() -> None:
    cells = (cell("trained", test=pair(40, 60)), cell("batch_5", test=pair(40, 62)))
    shown = table_of("batch", *cells, methods=["trained", "batch_5"])
    assert [*by_label(shown)][-1] == "batch_5, 5 of 100 tasks an epoch"
    assert next(iter(by_label(shown))) == "training, all 20 tasks an epoch"
    assert not any("examples are not equal" in note for note in shown.notes)
    assert any("Fig. 4" in note and "drawn without numbers" in note for note in shown.notes)


def test_scaling_tells_the_longest_prompt_of_all_epochs_and_what_learning_took() -> None:
    points = tuple(
        Point(epoch=place, decision="reject", prompt_tokens=tokens, examples=examples)
        for place, (tokens, examples) in enumerate(((900, 20), (70, 20), (0, 13)))
    )
    test = Pair(after=scores(60, usage=Usage(requests=80, input_tokens=1_600, dollars=None)))
    usage = {"agent": Usage(requests=87, input_tokens=1_700, dollars=None), "optimizer": Usage(requests=2)}
    full = cell("trained", test=test, points=points, usage=usage, minutes=1.5)
    shown = table_of("scaling", full, methods=["trained", "parts"])
    assert shown.rows[0][3:11] == ("20", "33", "900", "9", "100", "unknown", "1.5", "20")
    assert shown.rows[1][3:6] == ("160", "not run", NONE)
    assert shown.data[0]["examples"] == 33
    assert shown.data[0]["prompt_tokens_by_epoch"] == {"0": [900, 70, 0]}


def judged_on(*examples: int) -> tuple[Point, ...]:
    """Points of epochs whose candidates were judged on so many train rollouts; the first is the starting set's."""
    return tuple(Point(epoch=place, decision="reject", examples=count) for place, count in enumerate(examples))


def test_batches_are_told_with_the_examples_that_their_candidates_were_really_judged_on() -> None:
    cells = (
        cell("trained", test=pair(40, 60), points=judged_on(20, 20, 20)),
        cell("trained", 1, test=pair(40, 61), points=judged_on(20, 20)),
        cell("batch_5", test=pair(40, 62), points=judged_on(5, 5, 5, 0, 5)),
    )
    shown = table_of("batch", *cells, methods=["trained", "batch_5"], seeds=2)
    assert shown.columns[:3] == ("agent", "method", "examples")
    assert [row[2] for row in shown.rows] == ["30", NONE, "15"]  # the paper's row has none
    assert [one["examples"] for one in shown.data] == [30, 15]
    assert any(note.startswith("The examples are not equal here") for note in shown.notes)


def test_over_several_seeds_both_uncertainties_stand_there_each_with_its_p_values() -> None:
    full = [cell("trained", seed, test=pair(40, right)) for seed, right in enumerate((60, 62, 64))]
    ablated = [cell("one_shot", seed, test=pair(40, right)) for seed, right in enumerate((50, 54, 52))]
    shown = table_of("ablation", *full, *ablated, methods=["trained", "one_shot"], seeds=3)
    # differences of -10, -8 and -12 of 80: in points t of 0.975 at two degrees times 2.5 / sqrt(3) around -12.5
    text = by_label(shown)["one-shot"]
    assert text.partition("; ")[2].startswith("-12.5 [")
    assert text.endswith("; over seeds [-18.7, -6.3], p = 0.013, 0.013")
    assert any(note.startswith("Over seeds: ") for note in shown.notes)
    difference = shown.data[-1]["difference"]
    assert isinstance(difference, dict)
    assert difference["seeds_low"] == pytest.approx(-0.125 - 4.302652729911275 * 0.025 / math.sqrt(3))


def test_seeds_that_all_differ_by_the_same_amount_have_no_interval_and_say_so() -> None:
    full = [cell("trained", seed, test=pair(40, 60)) for seed in range(2)]
    ablated = [cell("one_shot", seed, test=pair(40, 50)) for seed in range(2)]
    shown = table_of("ablation", *full, *ablated, methods=["trained", "one_shot"], seeds=2)
    assert by_label(shown)["one-shot"].endswith("; over seeds -12.5 in each")


def test_a_difference_over_a_part_of_the_seeds_says_over_which() -> None:
    full = [cell("trained", seed, test=pair(40, 60 + seed)) for seed in range(3)]
    ablated = [cell("one_shot", seed, test=pair(40, 50)) for seed in (1, 2)]
    shown = table_of("ablation", *full, *ablated, methods=["trained", "one_shot"], seeds=3)
    assert "; -14.4 [" in by_label(shown)["one-shot"]  # 50 of 80 less 61 and 62, and not less the mean of all three
    assert "plus, one-shot, algebra: compared over seeds 1, 2 alone, which both have." in shown.notes
    apart = table_of("ablation", full[0], *ablated, methods=["trained", "one_shot"], seeds=3)
    assert "plus, one-shot, algebra: compared over tasks alone, by other seeds." in apart.notes


def test_no_training_is_compared_over_the_seeds_that_were_read_before_and_says_over_which() -> None:
    cells = [cell("trained", seed, test=pair(None if seed == 0 else 40, 60 + seed)) for seed in range(3)]
    shown = table_of("ablation", *cells, methods=["trained"], seeds=3)
    assert "; -26.9 [" in by_label(shown)["no training"]  # 40 of 80 less the mean of 61 and 62
    assert "plus, no training, algebra: compared over seeds 1, 2 alone, which both have." in shown.notes


def test_scaling_tells_how_the_methods_differ_from_the_first_on_the_same_test_tasks() -> None:
    cells = (cell("trained", test=pair(40, 60)), cell("parts", test=pair(40, 50)))
    shown = table_of("scaling", *cells, methods=["trained", "parts"])
    first, parts = (row[-1] for row in shown.rows)
    assert first.startswith("75.0 [")
    assert ";" not in first
    assert parts.endswith("; -12.5 [-20.0, -6.3], p = 0.002, 0.002")
    assert any("how it differs from training on the same test tasks" in note for note in shown.notes)
    other = (cells[0], cell("parts", test=pair(40, 50, prefix="other")))
    refused = table_of("scaling", *other, methods=["trained", "parts"])
    assert "plus, parts, algebra: not compared: 160 of the tasks are in one side only." in refused.notes


def test_every_seed_that_is_missing_is_said_under_each_table() -> None:
    made = experiment(
        agents={"plus": {}}, domains={"algebra": {}}, methods={"trained": {}}, tables=[{"kind": kind} for kind in KINDS]
    )
    cells = (cell("trained", test=pair(40, 60)), cell("trained", 1, status="incomplete", reason="no credit left"))
    for shown in tables_of(Results(experiment=made, cells=cells), wanted=KINDS):
        assert "algebra/plus/mini/trained/1: incomplete: no credit left." in shown.notes
        assert "algebra/plus/mini/trained/2: not run." in shown.notes
        assert any("(1 of 3 seeds)" in text for row in shown.rows for text in row)
