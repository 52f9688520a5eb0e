"""The runs there are, as a table or JSON."""

from pathlib import Path

from toolwright.cli.output import print_json, print_sections
from toolwright.report.sections import Section
from toolwright.runs.listing import RunInfo, list_runs


def print_runs(root: Path, *, as_json: bool) -> None:
    """Prints every run in a folder."""
    infos = list_runs(root)
    if as_json:
        print_json([info.model_dump(mode="json") for info in infos])
    elif infos:
        columns = ("run", "state", "started (UTC)", "epochs", "best", "replies", "sandbox")
        can_go_on = any(info.state in ("unfinished", "stopped") for info in infos)
        lines = ("Go on with an unfinished or stopped run:  toolwright resume RUN",) if can_go_on else ()
        print_sections([Section(columns=columns, rows=tuple(_row(info) for info in infos), lines=lines)])
    else:
        print_sections([Section(lines=(f"There are no runs in {root}.",))])


def _row(info: RunInfo) -> tuple[str, ...]:
    started = f"{info.started:%Y-%m-%d %H:%M}" if info.started else "-"
    best = "-" if info.best is None else f"{info.best:.3f}"
    state = f"{info.state}: {info.error}" if info.error else info.state
    sandbox = info.sandbox.upper() if info.sandbox == "unconfined" else info.sandbox or "-"
    return (info.id, state, started, str(info.epochs), best, str(info.requests), sandbox)
