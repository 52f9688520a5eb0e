"""The live page in a real browser: it follows the run without a reload, survives one, and breaks no policy."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page
from projects import Trained
from viewer import viewer

from chromium import started_chromium


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """A page of Chromium; no longer than this file, as Playwright's own event loop is in the way of others."""
    with started_chromium() as browser:
        opened = browser.new_page()
        opened.set_default_timeout(120_000)
        yield opened


@pytest.mark.soak
def test_the_page_follows_its_run_without_a_reload_and_survives_one(
    trained: Trained, tmp_path: Path, page: Page
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
