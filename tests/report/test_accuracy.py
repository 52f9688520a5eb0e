"""Before and after in the report: what a task took, what the sealed test shows, and how often it was read."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support import evaluation, rolled, sums
from toolwright.evaluations import Evaluation
from toolwright.events import ModelRetried, ProposalsScreened, ProviderResumed, TestOpened
from toolwright.messages import Usage
from toolwright.report.accuracy import accuracy_section, cost_section
from toolwright.report.comparison import compared, per_task
from toolwright.report.figures import RunFigures, split_figures
from toolwright.report.told import Told, told_by
from toolwright.training.bound import generalisation_of
from toolwright.training.result import BeforeAfter, EpochRecord

ACCEPTED = EpochRecord(epoch=1, parameters="q", train=1.0, decision="accept", reason="better")


def used(scores: list[float], parameters: str, tokens: int, dollars: float | None, seconds: float) -> Evaluation:
    tasks = sums(len(scores))
    usage = Usage(requests=2, input_tokens=tokens, output_tokens=5, dollars=dollars)
    results = tuple(
        rolled(task, score, parameters=parameters, usage=usage, seconds=seconds)
        for task, score in zip(tasks.tasks, scores, strict=True)
    )
    return Evaluation(parameters=parameters, tasks=tasks.digest, split="test", results=results)


def pair(before: list[float], after: list[float]) -> BeforeAfter:
    tasks = sums(len(before))
    return BeforeAfter(
        before=evaluation(tasks, before, "p", "test"),
        after=evaluation(tasks, after, "q", "test"),
    )


def figures(test: BeforeAfter | None, *epochs: EpochRecord, told: Told | None = None) -> RunFigures:
    return RunFigures(
        state="finished",
        end="epochs",
        end_text="all epochs were run",
        epochs=epochs,
        splits=(split_figures("test", test),) if test else (split_figures("train", pair([0.0], [1.0])),),
        usage={},
        minutes=1.0,
        folder="",
        functions_folder="",
        functions=(),
        generalisation=generalisation_of(20, test.after if test else None),
        told=told,
    )


def test_what_a_task_took_is_shown_before_and_after_and_unknown_things_are_not() -> None:
    before, after = used([0.0] * 4, "p", 95, None, 0.0), used([1.0] * 4, "q", 195, None, 0.0)
    (section,) = cost_section((split_figures("test", BeforeAfter(before=before, after=after)),))
    assert section.columns == ("tasks", "tokens", "requests")
    assert section.rows == (("test (sealed)", "100 → 200", "2.0 → 2.0"),)


def test_seconds_and_price_have_their_columns_where_they_are_known() -> None:
    before, after = used([0.0] * 4, "p", 95, 0.01, 1.26), used([1.0] * 4, "q", 95, 0.005, 21.4)
    (section,) = cost_section((split_figures("test", BeforeAfter(before=before, after=after)),))
    assert section.columns[-2:] == ("seconds", "price")
    assert section.rows[0][-2:] == ("1.3 → 21", "$0.0100 → $0.0050")


def test_what_a_task_took_is_a_mean_over_all_its_rollouts() -> None:
    took = per_task(used([0.0, 1.0], "p", 95, 0.5, 2.0))
    assert took is not None
    assert (took.tokens, took.requests, took.seconds, took.dollars) == (100.0, 2.0, 2.0, 0.5)


def test_a_clear_gain_on_the_sealed_test_is_said_with_its_interval_and_p_value() -> None:
    line = accuracy_section(figures(pair([0.0] * 20, [1.0] * 16 + [0.0] * 4), ACCEPTED)).lines[0]
    assert line.startswith(
        "Sealed test: better by 80.0 points [+33.5, +95.3], shown: paired test, two-sided p = 3.1e-05."
    )


def test_a_clear_harm_on_the_sealed_test_is_as_much_shown_as_a_gain() -> None:
    (line,) = accuracy_section(figures(pair([1.0] * 10, [0.0] * 10))).lines
    assert line == "Sealed test: worse by 100.0 points [-100.0, -29.0], shown: paired test, two-sided p = 0.002."


def test_five_of_six_tasks_gained_show_nothing_as_their_interval_says() -> None:
    (line,) = accuracy_section(figures(pair([0.0] * 6, [1.0] * 5 + [0.0]))).lines
    assert line == ("Sealed test: better by 83.3 points [-21.0, +99.8], not shown: paired test, two-sided p = 0.062.")


def test_where_the_test_shows_more_than_the_interval_does_the_report_says_so() -> None:
    few = accuracy_section(figures(pair([0.0] * 100, [1.0] * 8 + [0.0] * 92))).lines
    assert ("-" in few[0].partition("[")[2], "shown: paired" in few[0]) == (True, True)
    assert few[1].startswith("Its interval still reaches 0")


@pytest.mark.parametrize(
    ("after", "said"),
    [([1.0] * 2 + [0.0] * 18, "better by 5.0 points"), ([0.0] * 20, "worse by 5.0"), ([1.0] + [0.0] * 19, "as good [")],
)
def test_what_chance_can_do_is_not_said_to_be_shown(after: list[float], said: str) -> None:
    line = accuracy_section(figures(pair([1.0] + [0.0] * 19, after), ACCEPTED)).lines[0]
    assert said in line
    assert "not shown: paired test" in line


def test_the_same_parameters_before_and_after_are_not_compared() -> None:
    same = evaluation(sums(3), [1.0, 0.0, 1.0])
    assert compared(same, same) is None


def test_equal_scores_of_other_parameters_could_be_chance_alone() -> None:
    same = pair([1.0, 0.0, 0.5], [1.0, 0.0, 0.5])
    found = compared(same.before, same.after)
    assert found is not None
    assert (found.difference, found.p_value) == (0.0, 1.0)


@settings(max_examples=20)
@given(st.lists(st.tuples(st.sampled_from([0.0, 0.5, 1.0]), st.sampled_from([0.0, 0.5, 1.0])), min_size=1, max_size=30))
def test_the_interval_of_a_difference_holds_the_difference(scores: list[tuple[float, float]]) -> None:
    found = pair([before for before, _ in scores], [after for _, after in scores])
    shown = compared(found.before, found.after)
    assert shown is not None
    assert -1 <= shown.low <= shown.difference + 1e-9
    assert shown.difference - 1e-9 <= shown.high <= 1
    back = compared(found.after, found.before)
    assert back is not None
    assert (back.low, back.high) == pytest.approx((-shown.high, -shown.low))
    assert back.p_value == shown.p_value  # two-sided: it does not matter which of the two is called "before"


def repeated(rows: Sequence[Sequence[float | None]], parameters: str = "p", split: str = "train") -> Evaluation:
    """An evaluation with these scores, a row of repeats a task; None is a rollout that the budget did not reach."""
    tasks = sums(len(rows))
    results = tuple(
        rolled(task, score, repeat=repeat, parameters=parameters, usage=Usage(requests=0 if score is None else 1))
        for task, scores in zip(tasks.tasks, rows, strict=True)
        for repeat, score in enumerate(scores)
    )
    return Evaluation(parameters=parameters, tasks=tasks.digest, split=split, results=results)


def test_what_was_bought_of_one_side_alone_is_no_gain() -> None:
    once, often = repeated([[0.0]] * 4), repeated([[0.0, 1.0, 1.0]] * 4)
    for better in (often, often.model_copy(update={"parameters": "q"})):
        found = split_figures("train", BeforeAfter(before=once, after=better))
        assert (found.before, found.rollouts) == (found.after, 4)


@settings(max_examples=20)
@given(
    st.lists(st.lists(st.sampled_from([0.0, 1.0]), min_size=5, max_size=5), min_size=1, max_size=6), st.integers(1, 5)
)
def test_the_same_parameters_before_and_after_are_one_evaluation(rows: list[list[float]], repeats: int) -> None:
    bought = repeated(rows)
    both = BeforeAfter.on_same_samples(bought.first(repeats), bought)
    assert both.before == both.after == bought.first(repeats)


def test_what_was_never_evaluated_has_no_score_no_interval_and_no_cost() -> None:
    nothing = repeated([[None]] * 8)
    found = split_figures("train", BeforeAfter(before=nothing, after=nothing))
    assert (found.scored, found.rollouts, found.before, found.took) == (0, 8, None, None)
    section = accuracy_section(figures(None).model_copy(update={"splits": (found,)}))
    assert section.rows == (("train", "8", "not evaluated", "-", "-"),)
    assert cost_section((found,)) == ()


def test_what_was_evaluated_in_part_says_how_much_and_what_that_part_took() -> None:
    part = repeated([[1.0]] * 2 + [[0.0]] * 3 + [[None]] * 3)
    found = split_figures("train", BeforeAfter(before=part, after=part))
    assert (found.scored, found.rollouts, found.so_far, found.before) == (5, 8, 0.4, None)
    section = accuracy_section(figures(None).model_copy(update={"splits": (found,)}))
    assert section.rows == (("train", "8", "5 of 8 scored: 40.0%", "-", "-"),)
    assert found.took is not None
    assert found.took.requests == 1.0


def test_the_papers_bound_stands_beside_the_interval_with_what_it_assumes() -> None:
    lines = accuracy_section(figures(pair([0.0] * 20, [1.0] * 20), ACCEPTED)).lines
    assert lines[1] == "The paper's bound for 20 training tasks: a loss at most 0.61 above the best."
    assert "assumes functions fixed before the tasks are seen" in lines[2]


def test_a_run_that_learned_nothing_has_no_line_about_it() -> None:
    same = evaluation(sums(3), [1.0, 0.0, 1.0], split="test")
    assert accuracy_section(figures(BeforeAfter(before=same, after=same))).lines == ()


def test_without_a_test_set_it_is_said_that_nothing_is_known_of_other_tasks() -> None:
    assert accuracy_section(figures(None, ACCEPTED)).lines[0].startswith("No test set: nothing here says")
    assert accuracy_section(figures(None)).lines == ()


def test_a_second_reading_of_the_sealed_test_is_marked_and_a_forced_one_in_so_many_words() -> None:
    test = pair([0.0], [1.0])
    once, twice = Told(openings=1), Told(openings=2, forced=1)
    assert not any("read" in line for line in accuracy_section(figures(test, told=once)).lines)
    assert accuracy_section(figures(test, told=twice)).lines[0] == (
        "The sealed test was read 2 times, 1 of them FORCED; since the first it is not unseen."
    )


def test_what_only_events_tell_is_added_up() -> None:
    retry = ModelRetried(role="agent", attempt=1, fault="timeout", wait=1.0)
    screened = ProposalsScreened(epoch=1, tasks=5, scores={"p": 0.5, "q": 1.0}, chosen="q", requests=12)
    opened = [TestOpened(times=1, forced=False), TestOpened(times=2, forced=True)]
    assert told_by([retry, screened, retry, *opened, ProviderResumed(role="agent", seconds=30.0)]) == Told(
        openings=2, forced=1, screening=12, retries=2, outages=1, out_seconds=30.0
    )
