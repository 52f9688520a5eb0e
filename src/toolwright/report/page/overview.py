"""A run at a glance, from its folder: what it came to, how it went, what it took, what it is doing now.

Example:
    with RunFolder.read(path) as folder:
        memory = OverviewMemory()
        overview_of(folder, memory).headline
        overview_of(folder, memory).progress  # again and again while the run goes on: reads what is new
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from pydantic import JsonValue

from toolwright.errors import RunError, ToolwrightError
from toolwright.messages import Usage
from toolwright.models.spec import REPLAY
from toolwright.report.confinement import sandbox_line
from toolwright.report.figures import RunFigures
from toolwright.report.page.charts import accuracy_chart, cost_chart, loss_chart, tokens_chart
from toolwright.report.page.documents import Chart, EpochFigures, Overview, Progress, State
from toolwright.report.page.epoch_figures import Curves
from toolwright.report.page.headline import headline
from toolwright.report.page.notices import notices
from toolwright.report.page.outlines import Outline, Outlines
from toolwright.report.page.story import Story
from toolwright.report.reading import Evaluations, figures_in
from toolwright.report.summary import summarise
from toolwright.report.unfinished import figures_so_far
from toolwright.runs.folder import RunFolder
from toolwright.runs.listing import run_info
from toolwright.runs.lock import in_use


class OverviewMemory:
    """What need not be read twice of one open run folder: its owner gives it to `overview_of` every time.

    Without it an overview reads the run whole; with it, what is new. Used by one thread at a time.

    Args:
        outlines: Gives the run's evaluations in outline, where somebody else reads them, too; None to read them here.
    """

    def __init__(self, outlines: Callable[[], Sequence[Outline]] | None = None) -> None:
        self.story, self.curves = Story(), Curves()
        self._read = outlines
        self._figures: tuple[int, RunFigures, str] | None = None

    def outlines(self, folder: RunFolder) -> Sequence[Outline]:
        """The run's evaluations in outline."""
        if self._read is None:
            self._read = Outlines(folder.store).all
        return self._read()

    def _evaluations(self, folder: RunFolder) -> Evaluations:
        """The same as figures are made of; what is damaged is told of where figures cannot be."""
        outlines = self.outlines(folder)
        if fault := next((one.fault for one in outlines if one.fault), ""):
            raise RunError(f"the run database {folder.store.path} is damaged: {fault}")
        return [(one.kept.epoch, one.evaluation) for one in outlines]

    def figures(self, folder: RunFolder) -> tuple[RunFigures, str]:
        """The run's figures, and what is wrong with its summary, "" where nothing is."""
        turn = folder.store.turn
        if self._figures is None or self._figures[0] != turn:
            self._figures = (turn, *_figures(folder, lambda: self._evaluations(folder)))
        return self._figures[1:]


def overview_of(folder: RunFolder, memory: OverviewMemory | None = None) -> Overview:
    """The run at a glance, in whatever state it is; one that cannot be read says so in its headline.

    Args:
        folder: The run's, open for reading.
        memory: What earlier overviews of it read; None to read all.
    """
    try:
        return _overview(folder, memory or OverviewMemory())
    except ToolwrightError as error:
        said = f"This run cannot be read: {error}"
        return Overview(run=folder.id, state="unfinished", headline=said, notices=(str(error),))


def _figures(folder: RunFolder, evaluations: Callable[[], Evaluations]) -> tuple[RunFigures, str]:
    try:
        return figures_in(folder, evaluations), ""
    except RunError as error:
        return figures_so_far(folder, evaluations()), str(error)


def _overview(folder: RunFolder, memory: OverviewMemory) -> Overview:
    store, story = folder.store, memory.story
    ordinal = store.ordinal  # asked first: what is told meanwhile is read, too, and once more the next time
    listed = run_info(folder.path).state
    state: State = "unfinished" if listed == "unreadable" else listed
    figures, fault = memory.figures(folder)
    for timed in store.events(story.ordinal):
        story.take(timed)
    epochs = tuple(memory.curves.figures(store, memory.outlines(folder), figures.epochs, story))
    stopped = _stopped(figures)
    now = figures if state == "finished" else figures.model_copy(update=_now(folder))
    return Overview(
        run=folder.id,
        state=state,
        headline=headline(now, state, story.evaluated),
        notices=(*((fault,) if fault else ()), *notices(now, state, story)),
        started=store.identity.started,
        minutes=now.minutes,
        agent=story.started.agent if story.started else str(_table(folder.config.get("agent")).get("kind", "")),
        models=_models(folder, story),
        sandbox=_sandbox(figures),
        progress=_progress(folder, story),
        epochs=epochs,
        stopped=stopped,
        splits=figures.splits,
        usage=now.usage,
        sections=summarise(now),
        charts=_charts(epochs, figures, stopped),
        functions=figures.functions,
        ordinal=ordinal,
    )


def _now(folder: RunFolder) -> dict[str, float | dict[str, Usage]]:
    """What grows with every reply."""
    return {"usage": folder.store.usage(), "minutes": folder.store.minutes}


def _progress(folder: RunFolder, story: Story) -> Progress | None:
    """What goes on, where a process writes to the run."""
    return story.doing.progress if not story.doing.ended and in_use(folder.path) else None


def _stopped(figures: RunFigures) -> str | None:
    if figures.end in ("", "epochs") or not figures.epochs:
        return None
    return f"after epoch {figures.epochs[-1].epoch}: {figures.end_text}"


def _models(folder: RunFolder, story: Story) -> dict[str, str]:
    if story.started is not None:
        return {role: _shown(model) for role, model in story.started.models.items()}
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


def _charts(epochs: tuple[EpochFigures, ...], figures: RunFigures, stopped: str | None) -> dict[str, Chart]:
    """The curves; none where no epoch has ended."""
    if not epochs:
        return {}
    test = next((split for split in figures.splits if split.split == "test"), None)
    return {
        "loss": loss_chart(epochs, stopped=stopped, test=test),
        "accuracy": accuracy_chart(epochs, stopped=stopped, test=test),
        "cost": cost_chart(epochs),
        "tokens": tokens_chart(epochs),
    }
