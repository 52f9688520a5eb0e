"""The page is one file that runs its own scripts and no others, and holds every document as it was."""

import base64
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from hostile import PAYLOAD
from page_elements import Elements
from playwright.sync_api import Browser
from pydantic import BaseModel
from sample_documents import SampleDocuments

from toolwright.report.documents import Overview
from toolwright.report.page.html import csp, page_html, page_with
from toolwright.report.page.source import to_json


class OneDocument:
    """An overview of a hostile name."""

    def __init__(self, name: str) -> None:
        self._name = name

    def names(self) -> Iterable[str]:
        return [self._name]

    def read(self, name: str) -> BaseModel:
        return Overview(run=name, state="finished", headline=PAYLOAD)


def digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@pytest.mark.parametrize("hostile", [False, True])
def test_every_document_is_in_the_page_as_it_was(hostile: bool) -> None:
    documents = SampleDocuments(hostile=hostile)
    page = Elements(page_html(documents))
    assert [*page.data] == [*documents.names()]
    for name in page.data:
        assert json.loads(page.document(name)) == json.loads(to_json(documents.read(name)))


def test_equal_documents_make_equal_pages() -> None:
    assert page_html(SampleDocuments()) == page_html(SampleDocuments())


@pytest.mark.parametrize("live", [False, True])
def test_the_policy_names_each_script_and_style_and_allows_nothing_else(live: bool) -> None:
    page = Elements(page_with((), live=live))
    policy = page.metas["Content-Security-Policy"]
    assert policy == csp(live=live)
    rules = {name: values.split() for name, _, values in (rule.partition(" ") for rule in policy.split("; "))}
    assert rules.pop("script-src") == [digest(script) for script in page.scripts]
    assert rules.pop("style-src") == [digest(style) for style in page.styles]
    assert rules.pop("connect-src") == ["'self'" if live else "'none'"]
    assert rules == {
        "default-src": ["'none'"],
        "img-src": ["data:"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
    }
    assert page.metas["referrer"] == "no-referrer"


def test_no_element_names_anything_to_load() -> None:
    assert Elements(page_html(SampleDocuments(hostile=True))).loading == ["data:,"]


def test_a_live_page_holds_no_document_and_says_that_it_is_live() -> None:
    live, file = Elements(page_with((), live=True)), Elements(page_html(SampleDocuments()))
    assert live.data == {}
    assert live.metas["toolwright-live"] == "1"
    assert "toolwright-live" not in file.metas


def test_a_hostile_title_and_name_are_text() -> None:
    sound, page = (Elements(page_html(OneDocument(text), title=text)) for text in ("x", PAYLOAD))
    assert page.title == f"{PAYLOAD} - Toolwright"
    assert [*page.data] == [PAYLOAD]
    assert (page.scripts, page.styles, page.loading) == (sound.scripts, sound.styles, sound.loading)


@pytest.mark.soak
def test_what_is_put_into_the_file_does_not_run(chromium: Browser, tmp_path: Path) -> None:
    attack = "<script>window.hacked=1</script><img src=x onerror='window.hacked=1'><style>h1{display:none}</style>"
    file = tmp_path / "page.html"
    file.write_text(page_html(SampleDocuments()).replace("</body>", f"{attack}</body>"), "utf-8")
    tab = chromium.new_page()
    try:
        tab.goto(file.as_uri())
        tab.get_by_role("main").get_by_role("heading").first.wait_for()
        assert tab.evaluate("window.hacked") is None
        assert tab.locator("h1").first.is_visible()
    finally:
        tab.close()
