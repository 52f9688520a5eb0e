"""A page in a real browser: Chromium without a network, which notes every error, violation and request.

Example:
    def test_it_opens(open_page):
        shown = open_page(SampleDocuments())
        shown.page.get_by_role("heading", name="Epochs").wait_for()
        shown.check()
"""

import os
import shutil
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import pytest

from toolwright.report.page.html import page_html
from toolwright.report.page.source import Documents

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, Request

QUIET: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_WATCH_POLICY: Final = """
document.addEventListener("securitypolicyviolation",
    (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
"""


class Shown:
    """An open page, and what it did that it must not."""

    def __init__(self, page: "Page", address: str) -> None:
        self.page = page
        self.address = address
        self.problems: list[str] = []
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on("request", self._asked)

    def go(self, place: str) -> None:
        """Shows a place of the page, such as "#/tasks"."""
        self.page.evaluate("place => { location.hash = place; }", place)

    def check(self) -> None:
        """Nothing on the console, no policy violated, nothing asked for but the page itself, no attack ran."""
        assert not self.problems, self.problems
        assert self.page.evaluate("window.hacked") is None, "an attack ran"

    def _said(self, message: "ConsoleMessage") -> None:
        if message.type in ("error", "warning"):
            self.problems.append(f"{message.type}: {message.text}")

    def _asked(self, request: "Request") -> None:
        if not request.url.startswith((self.address, "data:")):
            self.problems.append(f"asked for {request.url}")


def chromium_path() -> str | None:
    """Where Chromium is, None where it is not."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="module")
def chromium() -> Generator["Browser"]:
    """A browser for a file's tests; no longer, as Playwright's own event loop is in the way of asynchronous tests."""
    reason = "playwright is not installed: the page is not tried in a browser"
    sync_playwright = pytest.importorskip("playwright.sync_api", reason=reason).sync_playwright
    path = chromium_path()
    if path is None:
        pytest.skip("there is no chromium: the page is not tried in a browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield browser
        browser.close()


@contextmanager
def watched_page(
    chromium: "Browser", address: str, *, width: int = 1400, scheme: Literal["light", "dark"] = "light"
) -> Generator[Shown]:
    """Opens an address in a context of its own, and waits until something is shown."""
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    context.set_default_timeout(30_000)
    page = context.new_page()
    page.add_init_script(_WATCH_POLICY)
    shown = Shown(page, address.partition("#")[0])
    page.goto(address)
    page.get_by_role("main").locator("h1, [role=alert]").first.wait_for()
    yield shown
    context.close()


@pytest.fixture
def open_page(chromium: "Browser", tmp_path: Path) -> Generator[Callable[..., Shown]]:
    """Opens documents as a file: `open_page(documents, place="#/tasks", width=400, scheme="dark")`.

    At the test's end everything opened is checked (`Shown.check`).
    """
    with ExitStack() as contexts:
        opened: list[Shown] = []

        def open_one(documents: Documents, place: str = "", **how: Any) -> Shown:
            file = tmp_path / f"page-{len(opened)}.html"
            file.write_text(page_html(documents), encoding="utf-8")
            opened.append(contexts.enter_context(watched_page(chromium, file.as_uri() + place, **how)))
            return opened[-1]

        yield open_one
        for shown in opened:
            shown.check()
