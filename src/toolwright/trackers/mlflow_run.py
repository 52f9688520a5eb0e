"""One run as MLflow holds it, told through MLflow's own client: found again by its tags, and nothing written twice.

Example:
    there = MlflowRun("seals", "sqlite:///mlflow.db")
    there.begin("first", {"toolwright.run": "first"}, {"models.agent.model": "openai:gpt-5-mini"})
    there.log([Figure("train.mean", 0.25, step=0)])
    there.end("FINISHED", {"toolwright.end": "epochs"}, Path("runs/first"))
"""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from pydantic import JsonValue

from toolwright.events import RunStarted
from toolwright.runs.folder import RunFolder
from toolwright.trackers.figures import Figure

if TYPE_CHECKING:
    from mlflow import MlflowClient

Status = Literal["FINISHED", "FAILED", "KILLED"]

BATCH: Final = 100
"""Parameters MLflow takes in one request."""

LONGEST_NAME, LONGEST_VALUE = 250, 6_000
"""Characters MLflow takes of a parameter."""

_NOT_IN_A_NAME: Final = re.compile(r"[^\w\-. /:]")
_FILES: Final = ("config.json", "summary.json")


class MlflowRun:
    """A run in MLflow; every method waits for its server and belongs on another thread.

    Args:
        experiment: The experiment's name.
        tracking_uri: Where MLflow is, "" for what its environment says.
    """

    def __init__(self, experiment: str, tracking_uri: str) -> None:
        self._experiment, self._tracking_uri = experiment, tracking_uri
        self._known: dict[tuple[str, int], float] = {}
        self._client: MlflowClient | None = None
        self._id = ""

    def begin(self, name: str, tags: Mapping[str, str], parameters: Mapping[str, str]) -> None:
        """Goes on with the run that has these tags, or makes it."""
        from mlflow import MlflowClient  # noqa: PLC0415 - seconds, and only where it is used

        client = self._client = MlflowClient(tracking_uri=self._tracking_uri or None)
        experiment = _experiment(client, self._experiment)
        asked = " and ".join(f"tags.`{tag}` = '{value}'" for tag, value in tags.items())
        found = client.search_runs([experiment], asked, max_results=1)
        run = found[0] if found else client.create_run(experiment, tags=dict(tags), run_name=name)
        self._id = run.info.run_id
        client.update_run(self._id, status="RUNNING")
        for metric in run.data.metrics:
            past = client.get_metric_history(self._id, metric)
            self._known |= {(metric, one.step): one.value for one in past}
        self._keep_parameters({key: value for key, value in parameters.items() if key not in run.data.params})

    def log(self, figures: Sequence[Figure]) -> None:
        """Logs the figures that are not there yet; a final one again where it has changed."""
        from mlflow.entities import Metric  # noqa: PLC0415 - as above

        now = int(time.time() * 1000)
        new = [figure for figure in figures if self._is_new(figure)]
        self._known |= {(figure.name, figure.step): figure.value for figure in new}
        if new:
            metrics = [Metric(figure.name, figure.value, now, figure.step) for figure in new]
            self._there.log_batch(self._id, metrics=metrics)

    def _is_new(self, figure: Figure) -> bool:
        known = self._known.get((figure.name, figure.step))
        return known is None or (figure.final and known != figure.value)

    def end(self, status: Status, tags: Mapping[str, str], folder: Path | None) -> None:
        """Ends the run.

        Args:
            status: How, in MLflow's word.
            tags: What is to be said of it.
            folder: The run folder whose functions and figures are kept with it, None where they are not whole.
        """
        for tag, value in tags.items():
            self._there.set_tag(self._id, tag, value)
        if folder is not None:
            self._keep_files(folder)
        self._there.set_terminated(self._id, status)

    def _keep_files(self, folder: Path) -> None:
        if any((folder / "functions").iterdir()):
            self._there.log_artifacts(self._id, str(folder / "functions"), "functions")
        for file in (folder / name for name in _FILES):
            self._there.log_artifact(self._id, str(file))  # pyright: ignore[reportUnknownMemberType] - untyped there

    def _keep_parameters(self, parameters: Mapping[str, str]) -> None:
        from mlflow.entities import Param  # noqa: PLC0415 - as above

        kept = [Param(key, value) for key, value in parameters.items()]
        for first in range(0, len(kept), BATCH):
            self._there.log_batch(self._id, params=kept[first : first + BATCH])

    @property
    def _there(self) -> "MlflowClient":
        assert self._client is not None  # noqa: S101 - every run begins first
        return self._client


def _experiment(client: "MlflowClient", name: str) -> str:
    """The id of the experiment of that name."""
    found = client.get_experiment_by_name(name)
    return found.experiment_id if found is not None else client.create_experiment(name)


def parameters_of(started: RunStarted, run: RunFolder) -> dict[str, str]:
    """What a run was started with, as MLflow takes it: its options, keys hidden, its sizes and its digests."""
    sizes = {f"tasks.{split}": str(getattr(started, split)) for split in ("train", "validation", "test")}
    digests = {f"digest.{name}": digest for name, digest in run.origin.digests.items() if digest}
    options = {_NOT_IN_A_NAME.sub("_", key)[:LONGEST_NAME]: value for key, value in _flat(run.config)}
    return {**options, **sizes, **digests, "sandbox.kind": started.sandbox}


def _flat(value: JsonValue, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every value that is set, as text under its dotted key."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _flat(item, f"{prefix}.{name}" if prefix else name)
    elif value not in (None, "", []):
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        yield prefix, text[:LONGEST_VALUE]
