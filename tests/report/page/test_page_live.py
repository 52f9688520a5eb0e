"""The live page's own part: it follows the run, says when nothing is heard, and finds back by itself."""

from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest
from browser import watched_page
from told_run import Run, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.soak


@pytest.fixture
def run() -> Run:
    return Run()


@pytest.fixture
def address(run: Run) -> Generator[str]:
    with serving(run) as url:
        yield url


def headline(page: "Page", text: str) -> None:
    page.get_by_role("heading", level=1, name=text).wait_for()


def test_a_lost_connection_is_said_and_comes_back_by_itself(chromium: "Browser", run: Run, address: str):
    with watched_page(chromium, address) as shown:
        headline(shown.page, "Heard 1 events.")
        run.falls_silent()
        shown.page.get_by_role("banner").get_by_text("connection lost").wait_for()
        assert shown.page.get_by_role("heading", level=1).inner_text() == "Heard 1 events."
        assert run.refused.wait(30)  # a refusal ends a browser's own attempts
        run.comes_back()
        run.goes_on()
        shown.page.get_by_role("banner").get_by_text("live").wait_for()
        headline(shown.page, "Heard 2 events.")
        assert all("503" in problem or "ERR_" in problem for problem in shown.problems)


def test_a_document_the_server_has_not_is_said(chromium: "Browser", run: Run, address: str):
    with watched_page(chromium, f"{address}#/optimizer/9-9") as shown:
        shown.page.get_by_text("9-9").first.wait_for()
        shown.page.get_by_role("alert").first.wait_for()
        assert all("404" in problem for problem in shown.problems)
