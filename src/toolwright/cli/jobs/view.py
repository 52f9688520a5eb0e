"""The live page of a run, served until Ctrl-C."""

import asyncio
import webbrowser
from contextlib import closing
from pathlib import Path
from typing import Final

from toolwright.cli.exits import Exit, Terminated
from toolwright.cli.interrupts import run_interruptible
from toolwright.cli.output import messages, print_line, results
from toolwright.errors import RunError
from toolwright.report.page.html import csp, page_with
from toolwright.report.page.source import RunDocuments
from toolwright.runs.folder import RunFolder
from toolwright.runs.listing import find_run, list_runs
from toolwright.view.access import Door
from toolwright.view.building import LiveDocuments
from toolwright.view.server import Content, serving
from toolwright.view.watching import Chosen, Pulse, Watch

_LOOK_FOR_FIRST: Final = 0.5
"""Seconds between two looks for the first run."""


def view_run(root: Path, run: str, host: str, port: int, *, open_in_browser: bool) -> Exit:
    """Serves a run's page until Ctrl-C.

    Args:
        root: The folder that holds the runs.
        run: Which run; "" for the newest, or where there is none, for the first to come.
        host: The address to listen on.
        port: The port; 0 for any that is free.
        open_in_browser: Whether to open it.

    Raises:
        RunError: No run, or more than one, is meant by the name; or it is damaged.
        ConfigError: It cannot listen there.
    """
    chosen = Chosen(_named(root, run) if run else _newest(root))
    try:
        run_interruptible(_serve(root, chosen, host, port, open_in_browser=open_in_browser))
    except Terminated:
        raise
    except KeyboardInterrupt:  # how a viewer is meant to end
        pass
    return Exit.OK


def _named(root: Path, run: str) -> Path:
    path = find_run(root, run)
    with RunFolder.read(path):  # one that is damaged from the first is said at once
        return path


def _newest(root: Path) -> Path | None:
    return next((info.path for info in reversed(list_runs(root)) if info.state != "unreadable"), None)


async def _serve(root: Path, chosen: Chosen, host: str, port: int, *, open_in_browser: bool) -> None:
    with closing(Pulse(chosen)) as look:
        async with LiveDocuments(chosen, look, RunDocuments, str(root)) as documents:
            content = Content(page_with((), live=True), csp(live=True), documents, Watch(look))
            async with serving(content, host, port) as door:
                _announce(door, open_in_browser=open_in_browser)
                await _choose(root, chosen)
                await asyncio.Event().wait()


def _announce(door: Door, *, open_in_browser: bool) -> None:
    results().print(door.url, soft_wrap=True)
    if open_in_browser and door.token:
        print_line(messages(), "Open it yourself: with a browser's command line others would see the token.")
    elif open_in_browser and not webbrowser.open(door.url):
        print_line(messages(), "No browser could be opened; open the address yourself.")


async def _choose(root: Path, chosen: Chosen) -> None:
    """Waits for the first run, where there is none yet; says which is shown."""
    if chosen.path is None:
        print_line(messages(), f"There is no run in {root} yet; the page shows the first one as soon as it begins.")
    while chosen.path is None:
        await asyncio.sleep(_LOOK_FOR_FIRST)
        try:
            chosen.path = await asyncio.to_thread(_newest, root)
        except RunError:  # a folder that cannot be listed now may be there again later
            continue
    print_line(messages(), f"Showing the run {chosen.path.name}; Ctrl-C ends this, not the run.")
