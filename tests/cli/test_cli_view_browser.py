"""The live page in a real browser: it follows the run without a reload, survives one, and breaks no policy."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from projects import Trained
from viewer import viewer

if TYPE_CHECKING:
    from playwright.sync_api import Page

QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync")  # fmt: skip


@pytest.fixture(scope="module")
def page() -> "Iterator[Page]":
    """A page of Chromium; no longer than this file, as Playwright's own event loop is in the way of others."""
    reason = "playwright is not installed: the live page is not tried in a browser"
    playwright = pytest.importorskip("playwright.sync_api", reason=reason)
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("there is no chromium: the live page is not tried in a browser")
    with playwright.sync_playwright() as started:
        browser: Any = started.chromium.launch(executable_path=path, args=list(QUIET))
        opened = browser.new_page()
        opened.set_default_timeout(120_000)
        yield opened
        browser.close()


@pytest.mark.soak
def test_the_page_follows_its_run_without_a_reload_and_survives_one(
    trained: Trained, tmp_path: Path, page: "Page"
) -> None:
    shutil.copytree(trained.project.folder / "runs", tmp_path / "runs")
    problems, asked = list[str](), list[str]()
    page.on("console", lambda said: problems.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    with viewer(tmp_path, "first") as running:
        page.goto(running.url)
        page.get_by_text(running.overview()["headline"]).first.wait_for()
        (tmp_path / "runs").rename(tmp_path / "aside")
        page.get_by_text("not there any more").first.wait_for()
        (tmp_path / "aside").rename(tmp_path / "runs")
        page.get_by_text("not there any more").first.wait_for(state="hidden")
        page.goto(f"{running.url}#/tasks")
        page.reload()
        page.get_by_text("train-0").first.wait_for()
        assert page.url.endswith("#/tasks")
        page.goto("about:blank")
    assert problems == []
    assert [url for url in asked if not url.startswith((running.url, "data:", "about:"))] == []
