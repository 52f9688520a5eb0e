"""A run in a notebook: its charts, its tables and its page, read anew from its folder each time they are asked for.

Example:
    from toolwright import Run

    run = Run("last")
    run.plot_accuracy()
    run.to_pandas("tasks").query("score < 1")
    run.to_html("report.html")
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from toolwright.errors import ConfigError, RunError
from toolwright.report.brief import brief_html
from toolwright.report.charts import functions_chart, tasks_chart
from toolwright.report.documents import Chart, Overview
from toolwright.report.documents.comparison.sections import ACCURACY
from toolwright.report.notebook import drawn, frame_of
from toolwright.report.page.comparing import CompareDocuments
from toolwright.report.page.file import page_file
from toolwright.report.page.html import page_html
from toolwright.report.page.source import RunDocuments
from toolwright.report.page.writing import write_page
from toolwright.report.sections import count_of
from toolwright.report.tables import TABLES
from toolwright.runs.folder import RunFolder
from toolwright.runs.listing import find_run

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

TableName = Literal["epochs", "tasks", "functions", "uses", "calls", "steps", "events"]


class Run:
    """One run; no file stays open between calls, so a run that goes on is seen as it stands at each.

    Args:
        run: A run's id or the beginning of one, its folder (`Run(result.folder)`), or "last" for the newest there is
            now.
        root: The folder that holds runs.

    Attributes:
        path: The run's folder.

    Raises:
        RunError: No run, or more than one, is meant. Whatever is read raises it, too, where the run is damaged.
    """

    def __init__(self, run: str | Path = "last", root: str | Path = "runs") -> None:
        if run == "":  # Path("") is the current folder, and no result means that
            raise RunError("a training that kept no run has none to look at; train with a run folder")
        self.path = find_run(root, str(run)).resolve()

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"

    def _repr_html_(self) -> str:
        overview = self.overview
        columns = ("epoch", "decision", "train", "validation", "why")
        rows = [
            (str(one.epoch), one.decision, str(one.train or "-"), str(one.validation or "-"), one.reason)
            for one in overview.epochs
        ]
        return brief_html(f"{overview.run}: {overview.state}", overview.headline, columns, rows, overview.notices)

    @property
    def overview(self) -> Overview:
        """The run at a glance: what it came to, epoch by epoch, before and after, what it took."""
        with RunFolder.read(self.path) as folder:
            return RunDocuments(folder).overview()

    def plot_loss(self) -> "alt.TopLevelMixin":
        """Loss by epoch on train and validation with 95 % bands, and what the gate decided."""
        return self._plot("loss")

    def plot_accuracy(self) -> "alt.TopLevelMixin":
        """Mean score by epoch, as `plot_loss`; the sealed test's before and after, once it was opened."""
        return self._plot("accuracy")

    def plot_cost(self) -> "alt.TopLevelMixin":
        """US dollars so far by epoch and role; tokens where a price is unknown."""
        return self._plot("cost")

    def plot_tokens(self) -> "alt.TopLevelMixin":
        """Tokens of each epoch by role."""
        return self._plot("tokens")

    def plot_functions(self) -> "alt.TopLevelMixin":
        """What happened to each function in which epoch, and whether it stayed."""
        with RunFolder.read(self.path) as folder:
            return drawn(functions_chart(RunDocuments(folder).functions().functions))

    def plot_tasks(self) -> "alt.TopLevelMixin":
        """The score of each task in each evaluation, as a heat map."""
        with RunFolder.read(self.path) as folder:
            return drawn(tasks_chart(RunDocuments(folder).tasks()))

    def _plot(self, name: str) -> "alt.TopLevelMixin":
        overview = self.overview
        return _plot(overview.charts, name, f"the run {overview.run}", overview.notices)

    def to_pandas(self, table: TableName = "epochs") -> "pd.DataFrame":
        """A table of the run; docs/notebooks.md says what each column holds, and in which unit.

        Args:
            table: "epochs", "tasks" (a row a task, evaluation and repeat), "functions" (a row a change of one), "uses"
                (a row a function and evaluation), "calls", "steps" (conversations with the optimizer) or "events".

        Raises:
            ConfigError: There is no such table, or pandas is not installed.
        """
        if table not in TABLES:
            raise ConfigError(f"there is no table {table!r} of a run; there are {', '.join(TABLES)}")
        with RunFolder.read(self.path) as folder:
            return frame_of(TABLES[table], TABLES[table].rows(folder))

    def to_html(self, path: str | Path) -> Path:
        """Writes the run's page, one self-contained file, in place of one that is there; returns where it lies.

        Raises:
            RunError: The file is there and is no page, or it cannot be written.
        """
        with RunFolder.read(self.path) as folder:
            return write_page(Path(path), page_file(folder))


class Comparison:
    """Several runs beside each other, and evaluations of their functions on other tasks; `compare` makes one.

    Attributes:
        runs: The runs, in the order they were named.
        comparison: Their figures, what makes them incomparable, and the transfer matrix, as they were when it was made.
    """

    def __init__(self, runs: Sequence[Run], transfer: Sequence[Path]) -> None:
        self.runs = tuple(runs)
        self._transfer = bool(transfer)
        self._documents = CompareDocuments([run.path for run in runs], transfer)
        self.comparison = self._documents.comparison

    def _repr_html_(self) -> str:
        found = self.comparison
        title = f"{count_of(len(found.runs), 'run')} beside each other"
        columns, rows = next(((s.columns, s.rows) for s in found.sections if s.title == ACCURACY), ((), ()))
        return brief_html(title, ACCURACY, columns, rows, found.notices)

    def plot_accuracy(self) -> "alt.TopLevelMixin":
        """The incumbents' mean score by epoch, a line a run."""
        return self._plot("accuracy")

    def plot_cost(self) -> "alt.TopLevelMixin":
        """US dollars so far by epoch, a line a run; tokens where a price is unknown."""
        return self._plot("cost")

    def plot_transfer(self) -> "alt.TopLevelMixin":
        """Mean scores as a heat map, function sets by task sets.

        Raises:
            RunError: No transfer file was given, or none has a score.
        """
        if not self._transfer:
            raise RunError(
                "there is no chart of transfer, as no transfer file was given: compare(…, transfer=[FILE]) takes what "
                "`toolwright evaluate … --json` printed"
            )
        return self._plot("transfer")

    def _plot(self, name: str) -> "alt.TopLevelMixin":
        return _plot(self.comparison.charts, name, "the comparison", self.comparison.notices)

    def to_html(self, path: str | Path) -> Path:
        """Writes the comparison's page, as `Run.to_html`."""
        return write_page(Path(path), page_html(self._documents, title="Comparison"))


def compare(*runs: Run, transfer: Iterable[str | Path] = ()) -> Comparison:
    """Puts runs beside each other.

    Args:
        runs: The runs; one that is damaged is left out and said, one that is named twice is shown once.
        transfer: Files with what `toolwright evaluate CONFIG --functions DIR --json` printed, or folders of them: the
            transfer matrix.

    Raises:
        RunError: None of the runs can be read.
        DataError: A file is no such result, and the message names the field; or a folder holds none.
    """
    return Comparison(runs, [Path(file) for file in transfer])


def _plot(charts: dict[str, Chart], name: str, whose: str, notices: Sequence[str]) -> "alt.TopLevelMixin":
    if name not in charts:
        said = "; ".join(notices) or "nothing was evaluated yet"
        raise RunError(f"there is no chart of {name} of {whose}: {said}")
    return drawn(charts[name])
