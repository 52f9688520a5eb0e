"""A run in MLflow: what it was started with as parameters, figures by epoch, and at the end its functions.

Example:
    Trainer("openai:gpt-5-mini", events=[MlflowTracker(experiment="seals", tracking_uri="http://127.0.0.1:5000")])

A resumed run goes on in the run that MLflow has of it, and nothing is there twice.
"""

import asyncio
import os
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from typing import Final

from toolwright.events import Event, ModelReplied, RunFinished, RunStarted
from toolwright.protocols import EventSink
from toolwright.runs.folder import RunFolder
from toolwright.trackers.aside import Aside
from toolwright.trackers.figures import Figure, Figures, used
from toolwright.trackers.mlflow_run import MlflowRun, Status, parameters_of
from toolwright.trackers.tracker import check_installed

EXPERIMENT: Final = "toolwright"


class MlflowTracker:
    """Follows runs in MLflow, through its own client; a slow server holds no training up.

    Args:
        experiment: The experiment, made where it is not there; "" for the environment's MLFLOW_EXPERIMENT_NAME, or
            "toolwright".
        tracking_uri: Where MLflow is; "" for the environment's MLFLOW_TRACKING_URI, or MLflow's own default. A
            password belongs into MLFLOW_TRACKING_PASSWORD.

    Raises:
        ConfigError: MLflow is not installed.
    """

    name = "mlflow"

    def __init__(self, *, experiment: str = "", tracking_uri: str = "") -> None:
        check_installed("mlflow", "mlflow")
        self._experiment = experiment or os.environ.get("MLFLOW_EXPERIMENT_NAME") or EXPERIMENT
        self._tracking_uri = tracking_uri

    @contextmanager
    def following(self, run: RunFolder) -> Generator[EventSink]:
        """Follows a session of a run; one that only evaluates has no run in MLflow."""
        with Aside(self.name) as aside:
            session = _Session(run, MlflowRun(self._experiment, self._tracking_uri), aside)
            try:
                yield session
            except BaseException as error:
                session.end("KILLED" if isinstance(error, KeyboardInterrupt | asyncio.CancelledError) else "FAILED")
                raise
            session.end("FINISHED")


class _Session:
    """One session's sink: turns events into jobs for MLflow."""

    def __init__(self, run: RunFolder, there: MlflowRun, aside: Aside) -> None:
        self._run, self._there, self._aside = run, there, aside
        self._figures = Figures()
        self._began = self._live = False
        self._tags: dict[str, str] = {}

    def emit(self, event: Event) -> None:
        """Has MLflow told, on another thread."""
        figures = self._figures.take(event)
        if isinstance(event, RunStarted):
            self._begin(event)
        if not self._began:
            return
        self._live = self._live or isinstance(event, ModelReplied)
        if figures:
            self._aside.do(partial(self._there.log, [*figures, *self._costs(figures[0])]))
        if isinstance(event, RunFinished):
            self._tags = {"toolwright.end": event.why, "mlflow.note.content": event.end}

    def _costs(self, told: Figure) -> list[Figure]:
        """What was used up to an epoch's end; of one that a resumed run tells again nobody knows it any more."""
        if told.final or not self._live:
            return []
        totals = used(self._run.store.usage(), "usage")
        return [Figure(name, value, told.step) for name, value in totals.items()]

    def _begin(self, event: RunStarted) -> None:
        self._began = True
        started = self._run.store.identity.started.isoformat()
        tags = {"toolwright.run": event.run, "toolwright.started": started}
        self._aside.do(partial(self._there.begin, event.run, tags, parameters_of(event, self._run)))

    def end(self, status: Status) -> None:
        """Has the run in MLflow ended, with the files of the run folder where it came to its end."""
        if not self._began:
            return
        accepted = {"toolwright.accepted": ", ".join(map(str, self._figures.accepted))}
        folder = self._run.path if self._tags else None
        self._aside.do(partial(self._there.end, status, {**accepted, **self._tags}, folder))
