"""No text of a chart is cut off, however wide the window is: the legends go beside or below each other."""

from collections.abc import Callable
from typing import Any, Final

import pytest
from browser import Shown
from sample_documents import SampleComparison, SampleDocuments

from toolwright.report.page.source import Documents

pytestmark = pytest.mark.soak

Open = Callable[..., Shown]
WIDTHS: Final = (360, 400, 600, 768, 1000, 1200, 1280, 1400, 1920)
OUTSIDE: Final = """
() => [...document.querySelectorAll("figure.chart svg")].flatMap((svg) => {
  const frame = svg.getBoundingClientRect();
  const beside = (box) => box.left < frame.left - 1 || box.right > frame.right + 1;
  const outside = (box) => beside(box) || box.top < frame.top - 1 || box.bottom > frame.bottom + 1;
  const texts = [...svg.querySelectorAll("text")].filter((text) => text.textContent);
  const title = svg.closest("figure").querySelector("figcaption").textContent;
  return texts.filter((text) => outside(text.getBoundingClientRect())).map((text) => `${title}: ${text.textContent}`);
})
"""
LEGENDS: Final = """
() => [...document.querySelectorAll("figure.chart .role-legend-label text")].map((text) => text.textContent)
"""


@pytest.mark.parametrize(("documents", "charts"), [(SampleDocuments(), 4), (SampleComparison(), 3)])
def test_no_text_of_a_chart_lies_outside_of_it_at_any_width(open_page: Open, documents: Documents, charts: int) -> None:
    page: Any = open_page(documents).page
    page.locator("figure svg").nth(charts - 1).wait_for()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(250)
        outside, legends = page.evaluate(OUTSIDE), page.evaluate(LEGENDS)
        assert outside == [], f"at {width} pixels"
        assert not [text for text in legends if "…" in text], f"at {width} pixels"
