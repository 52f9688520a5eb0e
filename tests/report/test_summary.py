"""The ending report as sections: every change and what became of it, nothing unknown shown as 0."""

import pytest

from toolwright.messages import Usage
from toolwright.optimizer.step import ProposedAction
from toolwright.protocols import Verdict
from toolwright.report.confinement import sandbox_line
from toolwright.report.figures import RunFigures
from toolwright.report.sections import bar, price, usage_section
from toolwright.report.summary import summarise
from toolwright.report.told import Told
from toolwright.sandbox import Report
from toolwright.training.result import EpochRecord


def action(kind: str, name: str, reason: str = "why") -> ProposedAction:
    return ProposedAction(action=f"{kind}_function", function=name, reason=reason)


def figures(*epochs: EpochRecord) -> RunFigures:
    return RunFigures(
        state="finished",
        end="epochs",
        end_text="all epochs were run",
        epochs=epochs,
        splits=(),
        usage={},
        minutes=1.0,
        folder="runs/r",
        functions_folder="runs/r/functions",
        functions=("add",),
    )


START = EpochRecord(epoch=0, parameters="p", train=0.25, decision="start", reason="the starting set")
KEPT = EpochRecord(
    epoch=1,
    parameters="q",
    train=0.5,
    decision="accept",
    reason="better",
    actions=(action("add", "f"), action("revise", "g"), action("remove", "h")),
)
UNDONE = EpochRecord(
    epoch=2,
    parameters="r",
    train=0.25,
    decision="reject",
    reason="worse",
    actions=(action("add", "i"),),
    refused=(action("revise", "j", "it failed"),),
)


def test_every_change_has_what_became_of_it_and_why() -> None:
    changes = summarise(figures(START, KEPT, UNDONE))[1]
    assert [row[:4] for row in changes.rows] == [
        ("1", "added", "f", "accepted"),
        ("1", "revised", "g", "accepted"),
        ("1", "removed", "h", "accepted"),
        ("2", "added", "i", "rolled back"),
        ("2", "revise", "j", "refused"),
    ]
    assert changes.rows[-1][-1] == "it failed"
    assert changes.lines == ("3 accepted, 1 rolled back, 1 refused",)


def test_loss_is_one_minus_the_mean_and_missing_where_nothing_was_tried() -> None:
    nothing = EpochRecord(epoch=2, parameters="p", decision="none", reason="nothing was proposed")
    losses = summarise(figures(START, KEPT, nothing))[0]
    assert [row[1] for row in losses.rows] == ["0.750", "0.500", "-"]
    assert [row[2] for row in losses.rows] == ["█" * 15, "█" * 10, ""]


def test_a_loss_beside_a_reason_of_more_repeats_says_what_it_is_of() -> None:
    look = Verdict(decision="undecided", reason="perhaps")
    bought = UNDONE.model_copy(update={"looks": (look, look)})
    assert summarise(figures(START, UNDONE))[0].lines == ()
    (said,) = summarise(figures(START, bought))[0].lines
    assert "the gate's reasons of all that it bought" in said


def test_requests_sent_again_are_not_said_to_have_helped() -> None:
    out = figures(START).model_copy(update={"end": "provider", "told": Told(retries=24)})
    lines = summarise(out)[-1].lines
    assert "Requests sent again: 24" in lines
    assert not any("passed" in line for line in lines)


def test_validation_has_its_column_where_there_is_one() -> None:
    validated = START.model_copy(update={"validation": 0.5})
    assert "validation" in summarise(figures(validated))[0].columns
    assert "validation" not in summarise(figures(START))[0].columns


def test_the_report_ends_with_where_everything_lies() -> None:
    assert summarise(figures(START))[-1].lines[-2:] == ("Run folder: runs/r", "Learned functions: runs/r/functions")


def test_the_report_says_how_functions_were_confined_where_the_run_says_it() -> None:
    confined = figures(START).model_copy(update={"sandbox": "confined", "confinement": Report(tier="B")})
    assert summarise(confined)[-1].lines[3] == sandbox_line("confined", Report(tier="B"))
    assert not any("Sandbox" in line for line in summarise(figures(START))[-1].lines)


def test_a_report_of_functions_without_walls_says_so_ahead_of_everything() -> None:
    first, *_, last = summarise(figures(START).model_copy(update={"sandbox": "unconfined"}))
    assert first.title == "Learned functions ran UNCONFINED"
    assert last.lines[3].startswith("Sandbox: UNCONFINED")


def test_an_unknown_price_makes_the_sum_unknown_and_says_what_is_known() -> None:
    used = {"agent": Usage(requests=1, dollars=2.5), "optimizer": Usage(requests=2, dollars=None)}
    prices = [row[-1] for row in usage_section(used).rows]
    assert prices == ["$2.50", "unknown", "unknown; known of it: $2.50"]


@pytest.mark.parametrize(
    ("dollars", "text"),
    [
        (None, "unknown"),
        (0.0, "$0.00"),
        (3.14e-7, "$0.00000031"),
        (0.0004, "$0.0004"),
        (0.0012, "$0.0012"),
        (12.3456, "$12.35"),
    ],
)
def test_prices_keep_their_small_change(dollars: float | None, text: str) -> None:
    assert price(dollars) == text


@pytest.mark.parametrize(("share", "text"), [(0.0, ""), (1.0, "████"), (0.5, "██"), (0.53125, "██▏"), (7.0, "████")])
def test_bars_are_drawn_to_an_eighth(share: float, text: str) -> None:
    assert bar(share, 4) == text
