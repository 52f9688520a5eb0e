"""A page in a real browser: Chromium without a network, which notes every error, violation and request.

Example:
    def test_it_opens(open_page):
        shown = open_page(SampleDocuments())
        shown.page.get_by_role("heading", name="Epochs").wait_for()
        shown.check()
"""

from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final, Literal

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

from chromium import started_chromium
from toolwright.report.page.html import page_html
from toolwright.report.page.source import Documents

_WATCH_POLICY: Final = """
document.addEventListener("securitypolicyviolation",
    (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
"""


class Shown:
    """An open page, and what it did that it must not."""

    def __init__(self, page: Page, address: str) -> None:
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

    def check_text_alone(self, width: int) -> None:
        """The attacks of the hostile sample stand there as text, make no element, and the page is no wider for them."""
        main = self.page.get_by_role("main")
        expect(main).to_contain_text("<script>window.hacked=1</script>")
        expect(main).to_contain_text("⟦U+202E⟧")
        assert main.locator("script, img, svg, iframe, style, [onload], [onerror], [style]").count() == 0
        assert "\u202e" not in main.inner_text()
        assert self.page.evaluate("document.documentElement.scrollWidth") <= width
        self.check()

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(f"{message.type}: {message.text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:")):
            self.problems.append(f"asked for {request.url}")


@pytest.fixture(scope="module")
def chromium() -> Generator[Browser]:
    """A browser for a file's tests."""
    with started_chromium() as browser:
        yield browser


@contextmanager
def watched_page(
    chromium: Browser, address: str, *, width: int = 1400, scheme: Literal["light", "dark"] = "light"
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
def open_page(chromium: Browser, tmp_path: Path) -> Generator[Callable[..., Shown]]:
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
