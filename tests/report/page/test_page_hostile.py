"""Attacks in every text a page shows, in a real browser: none runs, makes an element or reorders."""

from collections.abc import Callable
from typing import Final
from urllib.parse import quote

import pytest
from attacked import everything_is_text
from browser import Shown
from hostile import PAYLOAD, poisoned
from sample_documents import SampleComparison, SampleDocuments, overview
from test_page_overview import With

from toolwright.report.charts import overview_charts

pytestmark = pytest.mark.soak

Open = Callable[..., Shown]
NAME: Final = "solve_linear " + PAYLOAD


def places() -> list[str]:
    """Of each view an address, names and ids as attacks."""
    return [
        "#/overview?report=open",
        "#/functions",
        f"#/functions/{quote(NAME, safe='')}",
        "#/tasks",
        f"#/task/train/{quote('train/0 ' + PAYLOAD, safe='')}?e=10&with=30",
        "#/optimizer",
        "#/optimizer/1-0",
    ]


@pytest.mark.parametrize("place", places(), ids=lambda place: place[:20])
def test_attacks_in_every_field_are_text(open_page: Open, place: str):
    shown = open_page(SampleDocuments(hostile=True), place)
    everything_is_text(shown)


def test_attacks_in_a_comparison_are_text(open_page: Open):
    everything_is_text(open_page(SampleComparison(hostile=True)))


def test_attacks_in_a_charts_data_are_text_in_its_table_and_under_the_mouse(open_page: Open):
    shown = open_page(With(charts=overview_charts(poisoned(overview())), headline=PAYLOAD))
    shown.page.get_by_text("Table of this chart").first.click()
    assert "<img src=x" in shown.page.get_by_role("region", name="data of Loss by epoch").first.inner_text()
    shown.page.locator("figure.chart").first.locator(".mark-symbol[role='graphics-object'] path").nth(2).hover()
    assert "<img src=x" in shown.page.locator(".tooltip").inner_text()
    everything_is_text(shown)


def test_attacks_in_the_address_are_text(open_page: Open):
    shown = open_page(SampleDocuments(), "#/<img src=x onerror=window.hacked=1>?epochs.q=<svg onload=window.hacked=1>")
    assert "<img src=x" in shown.page.get_by_role("heading", level=1).inner_text()
    shown.go("#/functions/%3Cscript%3Ewindow.hacked=1%3C%2Fscript%3E")
    shown.page.get_by_text("<script>window.hacked=1").first.wait_for()


def test_the_policy_stops_a_script_and_a_style_that_came_in_all_the_same(open_page: Open):
    shown = open_page(SampleDocuments())
    shown.page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.hacked = 1";
          document.body.append(script);
          const image = document.createElement("div");
          image.innerHTML = "<img src=x onerror='window.hacked=1'><p style='position:fixed'>";
          document.body.append(image);
          location.href = "javascript:window.hacked=1";
        }"""
    )
    shown.page.wait_for_timeout(300)
    assert shown.page.evaluate("window.hacked") is None
    assert shown.page.evaluate("document.querySelector('p[style]').style.position") == ""
    assert any("policy: script-src" in problem for problem in shown.problems)
    shown.problems.clear()


def test_what_would_hide_or_reorder_text_is_named(open_page: Open):
    headline = "a\u202eb\u0000\x1b[31m c\u200d\u00ad \u0627\u0628 👩\u200d🔬 x" + "\u0301" * 40 + "\ttab\nline \ud83d."
    shown = open_page(With(headline=headline))
    text = shown.page.get_by_role("heading", level=1).inner_text()
    assert text.startswith("a⟦U+202E⟧b⟦U+0000⟧⟦U+001B⟧[31m c⟦U+200D⟧⟦U+00AD⟧ \u0627\u0628 👩\u200d🔬 x")
    assert "\u0301" * 6 + "⟦…⟧\ttab\nline " in text
    isolated = "getComputedStyle(document.querySelector('h1 bdi')).unicodeBidi"
    assert shown.page.evaluate(isolated).startswith("isolate")


def test_a_text_of_5_megabytes_is_folded_and_opens_on_demand(open_page: Open):
    shown = open_page(With(headline="start " + "x" * 5_000_000))
    heading = shown.page.get_by_role("heading", level=1)
    assert len(heading.inner_text()) < 2200
    heading.get_by_role("button", name="show all 5,000,006 characters").click()
    assert heading.evaluate("h1 => h1.textContent.length") > 5_000_000
    heading.get_by_role("button", name="show less").click()
    assert len(heading.inner_text()) < 2200
