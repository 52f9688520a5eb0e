"""What every change of the page is tried by in a browser, a test a view; all else about it is among the long tests."""

# ruff: noqa: RUF001 - the glyphs are what the page shows

from collections.abc import Callable
from typing import Any

import pytest
from attacked import everything_is_text
from browser import Shown, watched_page
from playwright.sync_api import expect
from sample_documents import SampleDocuments
from told_run import Run, serving

OpenPage = Callable[..., Shown]


@pytest.mark.soak
def test_each_chart_is_drawn_with_its_marks(open_page: OpenPage) -> None:
    page = open_page(SampleDocuments()).page
    charts = page.locator("figure.chart")
    page.locator("figure svg").nth(3).wait_for()
    assert charts.count() == 4
    assert charts.first.locator(".mark-symbol[role='graphics-object'] path").count() == 15
    # six epochs with two splits, the epoch without a candidate on the incumbent's line, and the sealed test twice
    assert charts.first.locator(".mark-line path").count() == 3
    assert charts.nth(3).locator(".mark-rect[role='graphics-object'] path").count() == 14
    assert charts.first.locator("[aria-label^='Loss by epoch, with 95 % confidence intervals.']").count() == 1


@pytest.mark.soak
def test_an_entry_of_the_grid_opens_that_version_with_its_reason_its_calls_and_its_diff(open_page: OpenPage) -> None:
    shown = open_page(SampleDocuments(), "#/functions")
    shown.page.locator(".function-grid").get_by_role("link", name="rolled back").click()
    article = shown.page.get_by_role("article", name="Epoch 2: rolled back")
    expect(article).to_be_in_viewport()
    expect(article).to_contain_text("Many tasks ask for half of a number")
    call = article.get_by_role("row", name="solve_linear(a='x')")
    assert [text.strip() for text in call.get_by_role("cell").all_inner_texts()] == [
        "solve_linear(a='x') past call",
        "× error",
        "TypeError",
        "3.0",
        "–",
    ]
    expect(article.get_by_text("Changes to the version before (+2 −1)")).to_be_visible()
    assert article.locator("del").all_inner_texts() == ["    return a"]
    assert article.locator("ins").all_inner_texts() == ["    return a / 2", "    # half of it"]


@pytest.mark.soak
def test_a_click_goes_to_the_trajectory_and_back_leads_to_the_map(open_page: OpenPage) -> None:
    shown = open_page(SampleDocuments(), "#/tasks")
    cell = shown.page.get_by_role("button", name="task train/4, epoch 5 train:")
    cell.click()
    expect(shown.page.get_by_role("heading", name="Task train/4")).to_be_visible()
    attempt = shown.page.get_by_role("article", name="epoch 5, train (accepted)")
    for said in (
        "What is half of 7?",
        '{"number":3.5,"unit":"m"}',
        "the number is right, the unit is missing",
        "Answer the question.",
        "I call two functions.",
        "The answer is 3.5 (evaluation 90).",
    ):
        expect(attempt).to_contain_text(said)
    shown.page.go_back()
    expect(cell).to_be_visible()


@pytest.mark.soak
def test_attacks_in_a_trajectory_are_text(open_page: OpenPage) -> None:
    shown = open_page(SampleDocuments(hostile=True), "#/tasks")
    shown.page.locator(".heat-map button").first.click()
    shown.page.locator(".message").first.wait_for()
    everything_is_text(shown)


@pytest.mark.soak
def test_the_page_follows_the_run(chromium: Any) -> None:
    run = Run()
    with serving(run) as address, watched_page(chromium, address) as shown:
        headline(shown, "Heard 1 events.")
        shown.page.get_by_role("banner").get_by_text("live").wait_for()
        shown.page.evaluate("window.notLoadedAnew = true")
        shown.go("#/tasks")
        shown.page.get_by_role("heading", level=1, name="Tasks").wait_for()
        run.goes_on()
        run.goes_on(state="finished")
        shown.page.get_by_role("banner").get_by_text("finished").first.wait_for()
        shown.go("#/overview")
        headline(shown, "Heard 3 events.")
        assert shown.page.evaluate("window.notLoadedAnew")
        assert run.unchanged > 0  # the tasks did not change, and were not sent again
        shown.page.reload()
        headline(shown, "Heard 3 events.")
        shown.check()


def headline(shown: Shown, text: str) -> None:
    shown.page.get_by_role("heading", level=1, name=text).wait_for()
