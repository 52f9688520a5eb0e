"""The functions over time, in a browser: the grid of what happened when, the figures, one function's versions."""

# ruff: noqa: RUF001 - the glyphs are what the page shows

import re
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from browser import Shown
from playwright.sync_api import Locator, expect
from pydantic import BaseModel
from sample_documents import SampleDocuments
from sample_functions import version

from toolwright.report.documents import FunctionHistory, FunctionsDocument, Use

pytestmark = pytest.mark.soak

OpenPage = Callable[..., Shown]


class WithFunctions(SampleDocuments):
    """The sample run with other functions."""

    def __init__(self, *functions: FunctionHistory) -> None:
        super().__init__()
        self._functions = functions

    def read(self, name: str) -> BaseModel:
        if name == "functions":
            return FunctionsDocument(functions=self._functions, epochs=(0, 1, 2))
        return super().read(name)


def grid_row(shown: Shown, function: str) -> Locator:
    return shown.page.locator(".function-grid tbody tr").filter(has=shown.page.get_by_role("link", name=function))


def cells(row: Locator) -> list[str]:
    return [" ".join(text.split()) for text in row.locator("td").all_inner_texts()]


def figures(shown: Shown, function: str) -> list[str]:
    row = shown.page.get_by_role("region", name="figures of the functions").locator("tbody tr")
    return row.filter(has_text=function).locator("th, td").all_inner_texts()


def used(epoch: int, split: str, **figures: Any) -> Use:
    given: dict[str, Any] = {
        "calls": 0,
        "errors": 0,
        "used": 0,
        "offered": 10,
        "used_score": None,
        "unused_score": None,
        "seconds": None,
    }
    return Use(epoch=epoch, split=split, **{**given, **figures})


def test_the_grid_says_in_words_what_happened_to_each_function_in_each_epoch(open_page: OpenPage) -> None:
    shown = open_page(SampleDocuments(), "#/functions")
    assert cells(grid_row(shown, "solve_linear")) == [
        "",
        "+ added",
        "↩ rolled back revised",
        "~ revised",
        "in the set",
        "in the set",
        "… pending removed",
    ]
    assert cells(grid_row(shown, "guess_answer")) == ["", "", "× refused", "× refused", "", "× refused", ""]
    assert cells(grid_row(shown, "unit_convert"))[3:] == ["+ added", "in the set", "− removed", ""]
    assert cells(grid_row(shown, "parse_fraction"))[0] == "● at the start"


def test_the_same_happening_twice_in_an_epoch_is_one_entry_with_its_count(open_page: OpenPage) -> None:
    tries = [version(1, "refused", "refused", refusal="no") for _ in range(3)]
    history = FunctionHistory(name="eager", state="in use", versions=(*tries, version(1, "added", "accepted")))
    shown = open_page(WithFunctions(history), "#/functions")
    assert cells(grid_row(shown, "eager")) == ["", "× refused ×3 + added", "in the set"]


def test_the_figures_of_several_evaluations_weigh_each_mean_by_what_it_is_a_mean_of(open_page: OpenPage) -> None:
    history = FunctionHistory(
        name="halve",
        state="in use",
        versions=(version(0, "start", "accepted"),),
        use=(
            used(0, "train", calls=1, errors=1, used=1, used_score=0.0, unused_score=0.5, seconds=4.0),
            used(1, "train", calls=3, used=9, used_score=1.0, unused_score=0.5, seconds=2.0),
            used(1, "validation", used=0, unused_score=0.25),
        ),
    )
    shown = open_page(WithFunctions(history), "#/functions")
    assert figures(shown, "halve")[2:8] == ["4", "25.0 %", "33.3 %", "0.900", "0.375", "2.5 s"]
    shown.page.get_by_role("combobox", name="Figures of").select_option(label="epoch 1, train")
    expect(shown.page.get_by_role("region", name="figures of the functions")).to_contain_text("90.0 %")
    assert figures(shown, "halve")[2:8] == ["3", "0.0 %", "90.0 %", "1.000", "0.500", "2.0 s"]
    shown.page.get_by_role("combobox", name="Figures of").select_option(label="all validation evaluations")
    expect(shown.page.get_by_role("region", name="figures of the functions")).to_contain_text("0.250")
    assert figures(shown, "halve")[2:8] == ["0", "–", "0.0 %", "–", "0.250", "–"]


def test_the_figures_are_sorted_by_a_heading_and_say_that_they_are_observational(open_page: OpenPage) -> None:
    shown = open_page(SampleDocuments(), "#/functions")
    table = shown.page.get_by_role("region", name="figures of the functions")
    table.get_by_role("button", name="calls").click()
    expect(table.get_by_role("columnheader", name="calls")).to_have_attribute("aria-sort", "ascending")
    assert table.locator("tbody th").all_inner_texts()[-1] == "solve_linear"
    expect(shown.page.get_by_text("Observational: mean score of the rollouts that called the function")).to_be_visible()


def test_a_refused_version_says_why(open_page: OpenPage) -> None:
    shown = open_page(SampleDocuments(), "#/functions/guess_answer")
    expect(shown.page.get_by_role("article", name="Epoch 2: refused")).to_contain_text("line 2: `eval` is not allowed")
    expect(shown.page.get_by_text("No evaluation offered it.")).to_be_visible()


def test_a_refusal_without_a_source_leads_to_the_step_that_has_it(open_page: OpenPage) -> None:
    page = open_page(SampleDocuments(), place="#/functions/guess_answer").page
    notice = page.locator(".notice")
    assert "Its source cannot be shown: no function was kept (its step)" in " ".join(notice.inner_text().split())
    notice.get_by_role("link", name="its step").click()
    expect(page).to_have_url(re.compile("#/optimizer/5-0$"))


def test_the_source_is_coloured_and_keeps_its_lines(open_page: OpenPage) -> None:
    shown = open_page(SampleDocuments(), "#/functions/parse_fraction")
    shown.page.get_by_text("Source", exact=True).click()
    source = shown.page.get_by_label("source", exact=True)
    assert source.inner_text() == "def solve_linear(a):\n    return a / 2\n    # half of it\n"
    keyword, name = source.get_by_text("return", exact=True), source.get_by_text("a", exact=True).last
    colour = "element => getComputedStyle(element).color"
    assert keyword.evaluate(colour) != name.evaluate(colour)


def test_source_that_would_read_otherwise_than_it_runs_shows_what_hides_in_it(open_page: OpenPage) -> None:
    line = (("s2", '"user\u202e \u2066# admin'), ("", "\u2069"))
    history = FunctionHistory(
        name="trojan",
        state="in use",
        versions=(version(0, "start", "accepted", source=(line,), diff=(("+", "x = 1 \u202e# no"),)),),
    )
    shown = open_page(WithFunctions(history), "#/functions/trojan")
    expect(shown.page.get_by_label("changes", exact=True)).to_contain_text("x = 1 ⟦U+202E⟧# no")
    shown.page.get_by_text("Source", exact=True).click()
    expect(shown.page.get_by_label("source", exact=True)).to_have_text('"user⟦U+202E⟧ ⟦U+2066⟧# admin⟦U+2069⟧')


def test_a_removal_is_shown_without_source(open_page: OpenPage) -> None:
    shown = open_page(SampleDocuments(), "#/functions/unit_convert")
    article = shown.page.get_by_role("article", name="Epoch 5: removed")
    expect(article.get_by_text("Stated reason")).to_be_visible()
    expect(article.locator("details")).to_have_count(0)


def test_a_name_the_run_does_not_know_is_said(open_page: OpenPage) -> None:
    shown = open_page(SampleDocuments(), "#/functions/no_such")
    expect(shown.page.get_by_text("The run knows no function named no_such")).to_be_visible()


def test_a_run_without_functions_says_so(open_page: OpenPage) -> None:
    shown = open_page(WithFunctions(), "#/functions")
    expect(shown.page.get_by_text("No function was there at the start")).to_be_visible()


def names_of(shown: Shown, selector: str) -> Iterable[str]:
    return [link.get_attribute("href") or "" for link in shown.page.locator(selector).all()]


@pytest.mark.parametrize("width", [1400, 400])
def test_hostile_functions_are_text_and_nothing_else(open_page: OpenPage, width: int) -> None:
    shown = open_page(SampleDocuments(hostile=True), "#/functions", width=width)
    main = shown.page.get_by_role("main")
    places = ["#/functions", *names_of(shown, ".function-grid tbody th a")]
    assert len(places) == 5
    for place in places:
        shown.go(place)
        main.get_by_role("heading", level=1).wait_for()
        closed = main.locator("details:not([open]) > summary")
        while closed.count():
            closed.first.click()
        shown.check_text_alone(width)
