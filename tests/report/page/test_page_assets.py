"""The page's scripts and styles as they lie in their files, without a browser."""

import re
from importlib.resources import files
from typing import Final

import pytest
from hostile import PAYLOAD
from sample_documents import SampleDocuments

from toolwright.report.page.html import page_html

ASSETS: Final = files("toolwright.report.page") / "assets"


def test_a_name_means_one_thing_in_all_scripts_of_the_page() -> None:
    names: list[str] = []
    for file in ASSETS.iterdir():
        if file.name.endswith(".js"):
            names += re.findall(
                r"^(?:async )?(?:function|const|let|class) (\w+)", file.read_text("utf-8"), re.MULTILINE
            )
    assert len(names) > 100
    assert {name for name in names if names.count(name) > 1} == set()


def test_no_attack_is_in_the_files_markup() -> None:
    page = page_html(SampleDocuments(hostile=True), title=PAYLOAD)
    assert "<img src=x" not in page
    assert "<svg onload" not in page


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground"),
    [(text, ground) for ground in ("bg", "inset", "hover") for text in ("text", "quiet", "accent")]
    + [(kind, f"{kind}-bg") for kind in ("good", "bad", "amber")]
    + [(kind, "bg") for kind in ("good", "bad", "amber")],
)
def test_text_is_told_from_its_ground_by_anyone(theme: str, text: str, ground: str) -> None:
    light, dark = re.findall(
        r"^:root[^{]*\{(.*?)^\}", (ASSETS / "style.css").read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    colours = dict(re.findall(r"--([\w-]+): #([0-9a-f]{6});", light if theme == "light" else dark))
    one, other = sorted((_luminance(colours[text]), _luminance(colours[ground])), reverse=True)
    assert (one + 0.05) / (other + 0.05) >= 4.5  # WCAG 2.2, AA


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
