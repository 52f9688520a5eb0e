"""A run at a glance, from its folder: what it came to, how it went, what it took, what it is doing now.

Example:
    with RunFolder.read(path) as folder:
        memory = OverviewMemory(Record(folder.store))
        overview_of(folder, memory).headline
        overview_of(folder, memory).progress  # again and again while the run goes on: reads what is new
"""

from collections.abc import Callable
from pathlib import Path

from pydantic import JsonValue

from toolwright.errors import RunError, ToolwrightError
from toolwright.messages import Usage
from toolwright.models.spec import REPLAY
from toolwright.report.confinement import sandbox_line
from toolwright.report.documents.event_fold import EventFold
from toolwright.report.documents.overview.epoch_figures import Curves
from toolwright.report.documents.overview.headline import headline
from toolwright.report.documents.overview.notices import notices
from toolwright.report.documents.overview.values import Overview, Progress, State
from toolwright.report.documents.record import Record
from toolwright.report.figures import RunFigures
from toolwright.report.reading import Evaluations, figures_in
from toolwright.report.sections import Section, usage_section
from toolwright.report.summary import summarise
from toolwright.report.unfinished import figures_so_far
from toolwright.runs.folder import RunFolder
from toolwright.runs.listing import run_info
from toolwright.runs.lock import in_use


class OverviewMemory:
    """What need not be read twice of one open run folder: its owner gives it to `overview_of` every time.

    Without it an overview reads the run whole; with it, what is new. Used by one thread at a time.

    Args:
        record: The run's record, which others may read, too.
    """

    def __init__(self, record: Record) -> None:
        self.record, self.curves = record, Curves()
        self._figures: tuple[RunFigures, str] | None = None
        self._stood: tuple[int, int] = (0, 0)

    def figures(self, folder: RunFolder) -> tuple[RunFigures, str]:
        """The run's figures, and what is wrong with its summary, "" where nothing is."""
        stands = (folder.store.figures_ordinal, _written(folder.path / "summary.json"))
        if self._figures is None or self._stood != stands:
            self._figures, self._stood = _figures(folder, self.record.outlines.evaluations), stands
        return self._figures


def _written(file: Path) -> int:
    """When a file was written, in nanoseconds; 0 where it was not."""
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


def overview_of(folder: RunFolder, memory: OverviewMemory | None = None) -> Overview:
    """The run at a glance, in whatever state it is; one that cannot be read says so in its headline.

    Args:
        folder: The run's, open for reading.
        memory: What earlier overviews of it read; None to read all.
    """
    try:
        return _overview(folder, memory or OverviewMemory(Record(folder.store)))
    except ToolwrightError as error:
        said = f"This run cannot be read: {error}"
        return Overview(run=folder.id, state=state_of(folder.path), headline=said, known=False)


def state_of(path: Path) -> State:
    """How the run in a folder stands; one of which that cannot be read did not finish, as far as anybody knows."""
    listed = run_info(path).state
    return "unfinished" if listed == "unreadable" else listed


def _figures(folder: RunFolder, evaluations: Callable[[], Evaluations]) -> tuple[RunFigures, str]:
    try:
        return figures_in(folder, evaluations), ""
    except RunError as error:
        return figures_so_far(folder, evaluations()), str(error)


def _overview(folder: RunFolder, memory: OverviewMemory) -> Overview:
    store, told = folder.store, memory.record.told
    state = state_of(folder.path)
    figures, fault = memory.figures(folder)
    told.follow(store)
    now = figures if state == "finished" else figures.model_copy(update=_now(folder))
    return Overview(
        run=folder.id,
        state=state,
        headline=headline(now, state, told.evaluated),
        notices=(*((fault,) if fault else ()), *notices(now, state, told)),
        started=store.identity.started,
        minutes=now.minutes,
        agent=told.started.agent if told.started else str(_table(folder.config.get("agent")).get("kind", "")),
        models=_models(folder, told),
        sandbox=_sandbox(figures),
        progress=_progress(folder, told),
        epochs=tuple(memory.curves.figures(store, memory.record.outlines.all(), figures.epochs, told)),
        stopped=_stopped(figures),
        splits=figures.splits,
        usage=now.usage,
        sections=_sections(now, state, told),
        functions=figures.functions,
    )


def _sections(figures: RunFigures, state: State, told: EventFold) -> tuple[Section, ...]:
    """The text report; of a run that only evaluated what that came to, as a training's would tell of none."""
    if state != "finished" or told.started is not None or figures.epochs:
        return summarise(figures)
    rows = tuple((one.split, f"{one.mean:.1%}", f"{one.scored} of {one.rollouts}") for one in told.evaluated)
    evaluated = Section(title="Evaluations", columns=("tasks", "mean score", "rollouts scored"), rows=rows)
    return (*((evaluated,) if rows else ()), usage_section(figures.usage))


def _now(folder: RunFolder) -> dict[str, float | dict[str, Usage]]:
    """What grows with every reply."""
    return {"usage": folder.store.usage(), "minutes": folder.store.minutes}


def _progress(folder: RunFolder, told: EventFold) -> Progress | None:
    """What goes on, where a process writes to the run."""
    return told.activity.progress if not told.activity.ended and in_use(folder.path) else None


def _stopped(figures: RunFigures) -> str | None:
    if figures.end in ("", "epochs") or not figures.epochs:
        return None
    return f"after epoch {figures.epochs[-1].epoch}: {figures.end_text}"


def _models(folder: RunFolder, told: EventFold) -> dict[str, str]:
    if told.started is not None:
        return {role: _shown(model) for role, model in told.started.models.items()}
    models = _table(folder.config.get("models"))
    return {role: _shown(str(_table(model).get("model", ""))) for role, model in models.items()}


def _sandbox(figures: RunFigures) -> str:
    """The sandbox in a line, without the word."""
    return sandbox_line(figures.sandbox, figures.confinement).removeprefix("Sandbox: ") if figures.sandbox else ""


def _shown(model: str) -> str:
    """A model's name; of a recording without its folder, which is its owner's and in every page that is sent."""
    return f"{REPLAY}{Path(model.removeprefix(REPLAY)).name}" if model.startswith(REPLAY) else model


def _table(value: JsonValue) -> dict[str, JsonValue]:
    return value if isinstance(value, dict) else {}
