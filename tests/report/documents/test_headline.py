"""The sentence of a run says what it came to, and what the reader would not forgive it for leaving out."""

import re
from typing import Any

import pytest

from toolwright.events import EvaluationFinished
from toolwright.messages import Usage
from toolwright.optimizer.step import ProposedAction
from toolwright.report.comparison import Comparison
from toolwright.report.documents import State
from toolwright.report.documents.overview.headline import headline
from toolwright.report.figures import RunFigures, SplitFigures
from toolwright.report.told import Told
from toolwright.training.intervals import Interval
from toolwright.training.result import Decision, EpochRecord

SHOWN = Comparison(tasks=20, difference=0.85, low=0.392, high=0.975, p_value=0.0004)
CHANCE = Comparison(tasks=20, difference=0.05, low=-0.1, high=0.2, p_value=0.43)


def split(name: str, before: float, after: float, compared: Comparison | None = None) -> SplitFigures:
    sides = {side: Interval(mean=mean, low=0, high=1) for side, mean in (("before", before), ("after", after))}
    counts: dict[str, Any] = {"tasks": 20, "rollouts": 20, "scored": 20, "took": None, "takes": None}
    return SplitFigures.model_validate({"split": name, **sides, **counts, "compared": compared})


def figures(
    *splits: SplitFigures, decisions: tuple[Decision, ...] = ("accept", "reject"), **changes: Any
) -> RunFigures:
    records = [EpochRecord(epoch=n, parameters="p", decision=d, reason="") for n, d in enumerate(("start", *decisions))]
    values: dict[str, Any] = {
        "state": "finished",
        "end": "epochs",
        "end_text": "all 2 epochs were run",
        "epochs": tuple(records),
        "splits": splits,
        "usage": {"agent": Usage(requests=180, dollars=0.25), "optimizer": Usage(requests=11, dollars=0.06)},
        "minutes": 7.0,
        "folder": "",
        "functions_folder": "",
        "functions": (),
    }
    return RunFigures.model_validate({**values, **changes})


def said(*splits: SplitFigures, state: State = "finished", **changes: Any) -> str:
    return headline(figures(*splits, **changes), state)


def test_a_gain_that_is_shown_on_the_sealed_test_is_said_with_its_price() -> None:
    assert said(split("train", 0.1, 1.0), split("test", 0.15, 1.0, SHOWN)) == (
        "After 2 epochs the agent scores 100.0 % on the sealed test tasks (before: 15.0 %), a gain of 85.0 points "
        "[+39.2, +97.5] that chance does not explain (p ≤ 0.0004), for $0.31 and 191 requests in 7.0 minutes."
    )


def test_a_gain_that_chance_may_have_made_is_not_claimed() -> None:
    text = said(split("test", 0.5, 0.55, CHANCE))
    assert "a gain of 5.0 points [-10.0, +20.0] that is not shown: chance alone may make it (p = 0.43)" in text
    assert "does not explain" not in text


def test_a_loss_is_called_one() -> None:
    worse = SHOWN.model_copy(update={"difference": -0.2, "low": -0.4, "high": -0.05})
    assert "a loss of 20.0 points [-40.0, -5.0] that chance does not explain" in said(split("test", 0.6, 0.4, worse))


def test_equal_scores_are_no_gain() -> None:
    equal = CHANCE.model_copy(update={"difference": 0.0, "p_value": 1.0})
    assert "(before: 50.0 %), no gain [-10.0, +20.0] is shown (p = 1)" in said(split("test", 0.5, 0.5, equal))


def test_a_training_that_kept_nothing_says_so() -> None:
    text = said(split("test", 0.5, 0.5), decisions=("reject", "none"))
    assert "scores 50.0 % on the sealed test tasks, as before: nothing that was proposed was kept, for $" in text


@pytest.mark.parametrize(
    ("refused", "text"),
    [(0, "as before: nothing was proposed, for $"), (1, "nothing was proposed that could be tried")],
)
def test_a_training_without_a_proposal_says_that_there_was_none(refused: int, text: str) -> None:
    action = ProposedAction(action="add_function", function="add", reason="")
    start, tried = figures(decisions=("none",)).epochs
    epochs = (start, tried.model_copy(update={"refused": (action,) * refused}))
    assert text in said(split("test", 0.5, 0.5), epochs=epochs)


@pytest.mark.parametrize(
    ("end", "text"), [("", "training tasks, for $"), ("nothing_to_gain", "nothing was proposed, for")]
)
def test_of_a_candidate_under_way_nothing_is_said(end: str, text: str) -> None:
    shown = said(split("train", 0.5, 0.5), state="finished" if end else "running", decisions=(), end=end)
    assert text in shown
    assert "kept" not in shown


def test_functions_that_were_accepted_just_now_are_not_said_to_score_as_before() -> None:
    shown = said(split("train", 0.5, 0.9), state="unfinished", decisions=(), end="")
    assert "a gain of 40.0 points" in shown
    assert "as before" not in shown


@pytest.mark.parametrize(
    ("name", "why"), [("validation", "they chose what was kept"), ("train", "it learned from them")]
)
def test_figures_of_other_tasks_than_a_tests_say_what_they_do_not_show(name: str, why: str) -> None:
    text = said(split("train", 0.1, 0.9), *([split("validation", 0.2, 0.8)] if name == "validation" else []))
    assert f"on tasks that say little about others, as {why} and no test was read" in text


def test_a_training_that_goes_on_speaks_of_so_far() -> None:
    text = said(split("train", 0.1, 0.9), state="running", end="", end_text="")
    assert text.startswith("So far, after 2 epochs, the agent scores 90.0 % on the training tasks")
    assert text.endswith("The training goes on.")


def test_an_interrupted_training_says_how_to_go_on() -> None:
    text = said(split("train", 0.1, 0.9), state="unfinished", end="", end_text="")
    assert text.endswith("did not come to its end: it was interrupted; `toolwright resume` goes on with it.")


def test_a_training_that_its_provider_stopped_says_why() -> None:
    text = said(split("train", 0.1, 0.9), state="stopped", end="provider", end_text="the provider is out")
    assert "did not come to its end: the provider is out; `toolwright resume`" in text


def test_a_budget_that_ended_before_the_start_was_evaluated_is_no_figure() -> None:
    cut = split("train", 0, 0).model_copy(update={"before": None, "after": None, "scored": 12, "so_far": 0.25})
    text = said(cut, state="stopped", decisions=(), end="budget", end_text="the budget is used up")
    assert text == (
        "The starting functions were not evaluated to the end (the budget is used up): "
        "12 of 20 rollouts on the train tasks have a score, with a mean score of 25.0 %."
    )


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ("running", "The training has begun; nothing is evaluated yet."),
        ("unfinished", "The training was interrupted before the starting functions were evaluated."),
        ("finished", "Nothing was trained and nothing evaluated to its end."),
    ],
)
def test_a_run_without_figures_says_what_it_is(state: State, text: str) -> None:
    assert headline(figures(decisions=()).model_copy(update={"epochs": ()}), state) == text


def test_an_evaluation_alone_is_no_training() -> None:
    one = EvaluationFinished(
        epoch=0, split="test", parameters="p", mean=0.45, scored=18, rollouts=20, usage=Usage(requests=20)
    )
    text = headline(figures(decisions=()).model_copy(update={"epochs": ()}), "finished", [one, one])
    assert text == (
        "Nothing was trained here: functions were evaluated alone, scoring 45.0 % on average over 18 rollouts; "
        "2 rollouts have no score. It is the last of 2 evaluations."
    )


def test_an_unknown_price_is_no_number() -> None:
    text = said(split("train", 0.1, 0.9), usage={"agent": Usage(requests=7, dollars=None)})
    assert "for an unknown price and 7 requests" in text
    assert "$" not in text


def test_unconfined_functions_are_never_passed_over() -> None:
    assert said(split("test", 0.1, 0.9, SHOWN), sandbox="unconfined").endswith("The learned functions ran UNCONFINED.")


def test_a_test_that_was_read_again_is_said_to_be_unseen_no_more() -> None:
    text = said(split("test", 0.1, 0.9, SHOWN), told=Told(openings=3, forced=2))
    assert re.search(r"read 3 times, 2 of them forced: it is unseen no more\.$", text)
