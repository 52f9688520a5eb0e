"""The overview in a browser: what is drawn, sorted, filtered and chosen, by mouse, by keyboard and on a phone."""

from collections.abc import Callable
from typing import Any, Final

import pytest
from browser import Shown
from playwright.sync_api import expect
from pydantic import BaseModel
from sample_documents import SampleComparison, SampleDocuments, overview

from toolwright.report.documents import Chart, EpochFigures, Overview
from toolwright.training.intervals import Interval

pytestmark = pytest.mark.soak

Open = Callable[..., Shown]
PLACES: Final = ("#/overview", "#/functions", "#/functions/solve_linear", "#/tasks", "#/optimizer", "#/optimizer/1-0")


class With(SampleDocuments):
    """The sample run with some fields of its overview changed."""

    def __init__(self, **changed: Any) -> None:
        super().__init__()
        self._changed = changed

    def read(self, name: str) -> BaseModel:
        found = super().read(name)
        return found.model_copy(update=self._changed) if name == "overview" else found


def epochs(count: int) -> tuple[EpochFigures, ...]:
    """So many epochs, of which each third is accepted."""
    return tuple(
        EpochFigures(
            epoch=n,
            decision="accept" if n % 3 == 0 else "reject",
            reason=f"reason {n}",
            train=None if n == 5 else Interval(mean=(n * 37 % 100) / 100, low=0, high=1),
            minutes=n,
            spent={},
        )
        for n in range(count)
    )


def column(shown: Shown, place: int) -> list[str]:
    """A column of the table of epochs, as it is shown."""
    cells = shown.page.get_by_role("region", name="epochs").locator(f"tbody tr > :nth-child({place + 1})")
    return [text.strip() for text in cells.all_inner_texts()]


def test_the_overview_says_what_the_run_came_to(open_page: Open):
    page = open_page(SampleDocuments()).page
    assert page.get_by_role("heading", level=1).inner_text() == overview().headline
    assert "without Landlock" in page.get_by_role("list", name="notices").inner_text()
    test = page.get_by_role("article").filter(has=page.get_by_role("heading", name="test", exact=True))
    assert "25.0 % [13.0 %, 37.0 %]" in test.inner_text()
    assert "p = 0.021" in test.inner_text()
    assert page.title() == "Overview - Toolwright"


def test_a_test_set_that_was_not_opened_is_not_shown(open_page: Open):
    page = open_page(With(splits=overview().splits[:2])).page
    assert page.get_by_role("heading", name="test", exact=True).count() == 0
    assert page.get_by_text("No result on a sealed test set").is_visible()


def test_a_charts_data_can_be_read_as_a_table(open_page: Open):
    page = open_page(SampleDocuments()).page
    page.get_by_text("Table of this chart").nth(2).click()
    table = page.get_by_role("region", name="data of Cost so far, by epoch")
    expect(table.locator("tbody tr")).to_have_count(21)  # seven epochs, two roles and both together
    assert table.locator("tbody tr").first.inner_text().split() == ["0", "agent", "0.03"]


def test_a_point_tells_its_data_under_the_mouse(open_page: Open):
    page = open_page(SampleDocuments()).page
    page.locator("figure.chart").first.locator(".mark-symbol path").first.hover()
    assert "decision\nstart" in page.locator(".tooltip").inner_text()


def test_a_chart_follows_the_width_of_the_window(open_page: Open):
    page = open_page(SampleDocuments()).page
    svg = page.locator("figure svg").first
    svg.wait_for()
    page.set_viewport_size({"width": 700, "height": 900})
    page.wait_for_function("() => Number(document.querySelector('figure svg').getAttribute('width')) > 600")
    page.set_viewport_size({"width": 400, "height": 900})
    page.wait_for_function("() => Number(document.querySelector('figure svg').getAttribute('width')) < 360")


@pytest.mark.parametrize(
    "spec",
    [
        {"mark": "nonsense", "data": {"values": [{"a": 1}]}, "encoding": {}},
        {"mark": "point", "data": {"url": "https://elsewhere.invalid/data.json"}, "encoding": {}},
        {"layer": "none"},
    ],
)
def test_a_chart_that_cannot_be_drawn_says_so_and_the_page_goes_on(open_page: Open, spec: Chart):
    page = open_page(With(charts={"loss": spec, "cost": overview().charts["cost"]})).page
    page.get_by_text("This chart cannot be drawn").wait_for()
    page.locator("figure").nth(1).locator(".mark-line path").first.wait_for()
    assert page.get_by_role("heading", name="Epochs", exact=True).is_visible()


def test_a_chart_shows_no_image_and_no_link(open_page: Open):
    encoding = {"url": {"field": "u", "type": "nominal"}, "href": {"field": "u", "type": "nominal"}}
    values = [{"u": "https://elsewhere.invalid/x.png"}, {"u": "javascript:window.hacked=1"}]
    page = open_page(With(charts={"loss": {"mark": "image", "data": {"values": values}, "encoding": encoding}})).page
    page.locator("figure svg").first.wait_for()
    loaded = page.locator("figure image").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    assert not any(loaded)
    assert page.locator("figure a").count() == 0


def test_a_heading_sorts_up_down_and_back_with_empty_cells_last(open_page: Open):
    shown = open_page(With(epochs=epochs(12)))
    region = shown.page.get_by_role("region", name="epochs")
    heading, button = region.get_by_role("columnheader", name="train"), region.get_by_role("button", name="train")
    button.click()
    assert heading.get_attribute("aria-sort") == "ascending"
    assert column(shown, 0) == ["0", "11", "3", "6", "9", "1", "4", "7", "10", "2", "8", "5"]
    button.press("Enter")
    assert heading.get_attribute("aria-sort") == "descending"
    assert column(shown, 0) == ["8", "2", "10", "7", "4", "1", "9", "6", "3", "11", "0", "5"]
    button.press("Space")
    assert heading.get_attribute("aria-sort") == "none"
    assert column(shown, 0) == [str(n) for n in range(12)]


def test_a_table_is_filtered_by_text_and_by_value_and_paged(open_page: Open):
    shown = open_page(With(epochs=epochs(120)))
    page = shown.page
    pages = page.get_by_role("navigation", name="pages of epochs")
    assert len(column(shown, 0)) == 50
    pages.get_by_role("button", name="next").click()
    pages.get_by_role("button", name="next").click()
    assert column(shown, 0) == [str(n) for n in range(100, 120)]
    page.get_by_label("decision", exact=True).select_option("accepted")
    assert page.get_by_text("40 of 120 rows").is_visible()
    page.get_by_label("find in epochs").fill("reason 11")
    page.get_by_text("3 of 120 rows").wait_for()
    assert column(shown, 0) == ["111", "114", "117"]
    page.get_by_label("find in epochs").fill("no such thing")
    page.get_by_text("Nothing matches.").wait_for()


def test_what_is_chosen_survives_a_reload(open_page: Open):
    shown = open_page(With(epochs=epochs(120)))
    page = shown.page
    page.get_by_label("find in epochs").fill("reason 1")
    page.get_by_role("region", name="epochs").get_by_role("button", name="epoch", exact=True).dblclick()
    page.get_by_text("as the command line prints them").click()
    page.get_by_role("heading", name="Walls").wait_for()
    before = column(shown, 0)
    assert before[0] == "119"
    page.reload()
    page.get_by_role("heading", name="Walls").wait_for()
    assert column(shown, 0) == before
    assert page.get_by_label("find in epochs").input_value() == "reason 1"


def test_light_and_dark_follow_the_system_until_they_are_chosen(open_page: Open):
    page = open_page(SampleDocuments(), scheme="dark").page
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    dark = page.evaluate(ground)
    title = page.locator("figure .role-axis-title text").first
    dark_text = title.get_attribute("fill")
    page.get_by_role("button", name="colours: auto").click()
    page.get_by_role("button", name="colours: light").wait_for()
    assert page.evaluate(ground) == "rgb(255, 255, 255)" != dark
    page.wait_for_function(
        "dark => document.querySelector('figure .role-axis-title text').getAttribute('fill') !== dark", arg=dark_text
    )
    page.reload()
    page.get_by_role("button", name="colours: light").wait_for()
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
    page.get_by_role("button", name="colours: light").click()
    page.get_by_role("button", name="colours: dark").wait_for()
    assert page.evaluate(ground) == dark


def test_the_page_is_walked_by_keyboard(open_page: Open):
    page = open_page(SampleDocuments()).page
    focused = "document.activeElement.id || document.activeElement.textContent.trim()"
    page.keyboard.press("Tab")
    assert page.evaluate(focused) == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate(focused) == "main"
    page.get_by_role("link", name="Tasks").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1, name="Tasks").wait_for()
    assert page.get_by_role("link", name="Tasks").get_attribute("aria-current") == "page"
    assert page.evaluate(focused) == "main"
    page.go_back()
    page.get_by_role("heading", name="Epochs", exact=True).wait_for()
    assert page.get_by_role("link", name="Overview").get_attribute("aria-current") == "page"


@pytest.mark.parametrize("place", PLACES)
def test_on_a_phone_only_tables_and_code_scroll_sideways(open_page: Open, place: str):
    page = open_page(SampleDocuments(), place, width=400).page
    assert page.evaluate("document.documentElement.scrollWidth") == 400


def test_a_run_that_goes_on_says_what_it_does(open_page: Open):
    page = open_page(SampleDocuments(state="running")).page
    assert "4 of 6 rollouts, mean so far 50.0 %" in page.locator(".progress").inner_text()
    assert page.get_by_role("progressbar").evaluate("bar => bar.value / bar.max") == pytest.approx(4 / 6)
    assert page.get_by_role("banner").get_by_text("running").is_visible()


def test_a_run_in_which_nothing_happened_opens(open_page: Open):
    empty = Overview(run="20260401", state="unfinished", headline="Nothing was evaluated yet.")
    page = open_page(With(**{name: getattr(empty, name) for name in Overview.model_fields})).page
    assert page.get_by_role("heading", level=1).inner_text() == "Nothing was evaluated yet."
    assert page.get_by_text("Nothing yet.").is_visible()


def test_a_document_that_is_not_there_and_a_view_that_is_none_are_said(open_page: Open):
    class Alone(SampleDocuments):
        def names(self):
            return ("overview",)

    shown = open_page(Alone())
    assert shown.page.get_by_role("navigation", name="views").get_by_role("link").all_inner_texts() == ["Overview"]
    shown.go("#/tasks")
    shown.page.get_by_text('This page does not hold the document "tasks"').wait_for()
    shown.go("#/nonsense")
    shown.page.get_by_role("heading", name='There is no view "nonsense"').wait_for()
    shown.go("#/constructor/%E0%A4%A")
    shown.page.get_by_role("heading", name='There is no view "constructor"').wait_for()


def test_several_runs_are_shown_beside_each_other(open_page: Open):
    page = open_page(SampleComparison()).page
    assert page.get_by_role("heading", level=1).inner_text() == "3 runs compared"
    assert page.get_by_role("navigation", name="views").get_by_role("link").all_inner_texts() == ["Comparison"]
    runs = page.get_by_role("region", name="runs", exact=True)
    assert runs.locator("tbody tr").count() == 3
    test = runs.locator("tbody tr").first.locator("td").nth(1).inner_text()
    assert test.split("\n") == ["25.0 % → 75.0 %", "[13.0 %, 37.0 %]", "[63.0 %, 87.0 %]"]
    assert runs.evaluate("table => table.scrollWidth <= table.clientWidth"), "the table is wider than the screen"
    assert page.locator("figure").nth(2).locator(".mark-rect[role='graphics-object'] path").count() == 6
    transfer = page.get_by_role("region", name="transfer", exact=True)
    assert "30.0 % [18.0 %, 42.0 %]" in transfer.locator("tbody tr").first.inner_text()
    assert page.get_by_role("region", name="Final figures").locator("tbody tr").count() == 3
