"""What a page cannot show, in a browser: it says why, and never shows nothing, or 0, as what is not known."""

# ruff: noqa: RUF001 - the glyphs are what the page shows

from collections.abc import Callable
from typing import Any, Final

import pytest
from browser import Shown, watched_page
from playwright.sync_api import expect
from pydantic import BaseModel
from sample_documents import SampleComparison, SampleDocuments, overview
from sample_functions import version
from sample_tasks import tasks_document
from test_page_functions import WithFunctions, figures, grid_row, used
from told_run import Run, serving

from toolwright.events import TriedCall
from toolwright.report.documents import (
    FunctionHistory,
    FunctionsDocument,
    OptimizerDocument,
    Overview,
    TasksDocument,
)

pytestmark = pytest.mark.soak
OpenPage = Callable[..., Shown]
FAULT: Final = "row 3 of events is damaged"
EMPTY: Final[dict[str, BaseModel]] = {
    "functions": FunctionsDocument(functions=(), epochs=(), fault=FAULT),
    "tasks": TasksDocument(columns=(), tasks=(), fault=FAULT),
    "optimizer": OptimizerDocument(steps=(), fault=FAULT),
}


class With(SampleDocuments):
    """The sample run with some documents changed."""

    def __init__(self, changed: dict[str, BaseModel]) -> None:
        super().__init__()
        self._changed = changed

    def read(self, name: str) -> BaseModel:
        return self._changed.get(name) or super().read(name)


@pytest.mark.parametrize(
    "place",
    ["#/functions", "#/functions/add", "#/tasks", "#/task/train/t-1", "#/optimizer", "#/optimizer/1-0"],
)
def test_what_could_not_be_read_is_said_and_is_not_called_nothing(open_page: OpenPage, place: str) -> None:
    main = open_page(With(EMPTY), place).page.get_by_role("main")
    expect(main).to_contain_text(f"This cannot be shown: {FAULT}")
    for said in (
        "No function was there",
        "No evaluation has finished",
        "was not asked yet",
        "holds no task",
        "knows no",
    ):
        expect(main).not_to_contain_text(said)


def test_notices_of_the_functions_and_a_missing_source_are_shown(open_page: OpenPage) -> None:
    history = FunctionHistory(
        name="lost", state="pending", versions=(version(1, "added", "pending", source=(), missing="its file is gone"),)
    )
    found = FunctionsDocument(functions=(history,), epochs=(0, 1), notices=("Sources of epoch 2 were not kept.",))
    shown = open_page(With({"functions": found}), "#/functions")
    expect(shown.page.get_by_role("list", name="notices")).to_contain_text("Sources of epoch 2 were not kept.")
    assert figures(shown, "lost")[1].split() == ["…", "pending"]
    shown.go("#/functions/lost")
    expect(shown.page.get_by_text("Its source cannot be shown: its file is gone")).to_be_visible()


def test_a_run_of_which_nothing_is_known_has_no_figures(open_page: OpenPage) -> None:
    nothing = Overview(run="20260401", state="unfinished", headline="This run cannot be read.", known=False)
    shown = open_page(With({"overview": nothing}))
    facts = shown.page.locator(".run-facts dd")
    expect(facts).to_have_text(["–", "–", "–"])
    expect(shown.page.get_by_role("heading", name="Epochs", exact=True)).to_have_count(0)

    class One(SampleComparison):
        def read(self, name: str) -> Any:
            found: Any = super().read(name)
            return found.model_copy(update={"runs": (found.runs[0].model_copy(update={"overview": nothing}),)})

    compared = open_page(One())
    expect(compared.page.get_by_role("heading", level=1)).to_have_text("One run, to be compared")
    cells = compared.page.get_by_role("region", name="runs").locator("tbody td.number")
    assert set(cells.all_inner_texts()) == {"–"}


def test_rollouts_that_a_later_evaluation_holds_too_count_once(open_page: OpenPage) -> None:
    use = (
        used(0, "train", calls=5, used=5, used_score=0.5, again=True),
        used(1, "train", calls=5, used=5, used_score=0.5),
    )
    versions = (version(0, "start", "accepted"), version(1, "refused", "refused"), version(2, "removed", "accepted"))
    shown = open_page(
        WithFunctions(FunctionHistory(name="add", state="removed", versions=versions, use=use)), "#/functions"
    )
    row = figures(shown, "add")
    assert (row[2], row[4], row[-1]) == ("5", "50.0 %", "1")
    expect(shown.page.get_by_text("are counted once")).to_be_visible()
    shown.page.get_by_role("combobox", name="Figures of").select_option(label="epoch 0, train")
    expect(shown.page.get_by_role("region", name="figures of the functions")).to_contain_text("50.0 %")


def test_the_grid_of_many_functions_has_pages(open_page: OpenPage) -> None:
    many = [
        FunctionHistory(name=f"f{n}", state="in use", versions=(version(0, "start", "accepted"),)) for n in range(60)
    ]
    shown = open_page(WithFunctions(*many), "#/functions")
    pages = shown.page.get_by_role("navigation", name="pages of functions by epoch")
    assert shown.page.locator(".function-grid tbody tr").count() == 50
    pages.get_by_role("button", name="next").click()
    expect(grid_row(shown, "f59")).to_be_visible()
    assert shown.page.locator(".function-grid tbody tr").count() == 10


def test_a_call_that_returned_something_else_than_it_should_differs(open_page: OpenPage) -> None:
    calls = (
        TriedCall(of="example", call="add(1, 2)", status="ok", returned="4", wanted="3"),
        TriedCall(of="example", call="add(2, 2)", status="ok", returned="4", wanted="4"),
        TriedCall(of="example", call="add(2, 3)", status="ok", returned="5"),
    )
    history = FunctionHistory(name="add", state="in use", versions=(version(1, "added", "accepted", tried=calls),))
    shown = open_page(WithFunctions(history), "#/functions/add")
    marks = shown.page.locator(".tried .status").all_inner_texts()
    assert [" ".join(mark.split()) for mark in marks] == ["≠ differs", "✓ ok", "✓ ok"]


def test_tasks_without_an_evaluation_say_why(open_page: OpenPage) -> None:
    begun = TasksDocument(
        columns=(), tasks=tuple(row.model_copy(update={"cells": {}}) for row in tasks_document().tasks)
    )
    main = open_page(With({"tasks": begun}), "#/tasks").page.get_by_role("main")
    expect(main).to_contain_text("An evaluation that has not ended is not shown here.")
    expect(main).not_to_contain_text("A cell opens its trajectory")
    alone = overview().model_copy(update={"epochs": (), "splits": ()})
    none = TasksDocument(columns=(), tasks=())
    main = open_page(With({"tasks": none, "overview": alone}), "#/tasks").page.get_by_role("main")
    expect(main).to_contain_text("Rollouts of `toolwright evaluate --run` are not shown here.")


def test_a_sealed_test_is_said_to_be_apart_from_the_epochs(open_page: OpenPage) -> None:
    said = "The sealed test is not in cost and tokens"
    expect(open_page(SampleDocuments()).page.get_by_text(said)).to_have_count(1)
    untested = overview().model_copy(update={"splits": overview().splits[:2]})
    expect(open_page(With({"overview": untested})).page.get_by_text(said)).to_have_count(0)


def test_a_view_that_was_not_read_before_the_viewer_went_says_so(chromium: Any) -> None:
    run = Run()
    with serving(run) as address, watched_page(chromium, address) as shown:
        shown.page.get_by_role("heading", level=1, name="Heard 1 events.").wait_for()
        shown.page.context.set_offline(True)
        shown.go("#/tasks")
        expect(shown.page.get_by_role("alert")).to_contain_text("The viewer that served this page does not answer.")
