"""A training in a real MLflow store: a folder of files, a SQLite database, and a server that does not answer."""

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tracked import TEST, TRAIN, broken_off, the_run, trained, trainer, warnings_of

from support import ScriptedModel
from toolwright.errors import KeyRefused
from toolwright.events import EpochFinished, EvaluationFinished, Event, StepFinished, StepStarted
from toolwright.messages import Usage
from toolwright.models.spec import ModelSpec
from toolwright.trackers.figures import Figure, Figures, used
from toolwright.trackers.mlflow import MlflowTracker

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run


@pytest.fixture
def uri(tmp_path: Path) -> str:
    """Where MLflow keeps its files."""
    return (tmp_path / "mlruns").as_uri()


def tracker(uri: str) -> MlflowTracker:
    return MlflowTracker(experiment="sums", tracking_uri=uri)


def client_of(uri: str) -> "MlflowClient":
    """Imported only now: that takes seconds, and must not be done before the environment is set."""
    return importlib.import_module("mlflow").MlflowClient(tracking_uri=uri)


def files_of(client: "MlflowClient", run: "Run") -> set[str]:
    found: list[Any] = client.list_artifacts(run.info.run_id)  # pyright: ignore[reportUnknownMemberType]
    return {file.path for file in found}


def the_one(uri: str) -> "tuple[MlflowClient, Run]":
    """The only run MLflow has."""
    client = client_of(uri)
    experiment = client.get_experiment_by_name("sums")
    assert experiment is not None
    (run,) = client.search_runs([experiment.experiment_id])
    return client, run


def history(uri: str) -> dict[str, list[tuple[int, float]]]:
    """Every metric with its steps and values, in order."""
    client, run = the_one(uri)
    names = sorted(run.data.metrics)
    return {name: [(one.step, one.value) for one in client.get_metric_history(run.info.run_id, name)] for name in names}


def test_a_training_has_its_settings_its_curves_and_its_end_in_mlflow(tmp_path: Path, uri: str) -> None:
    result = trained(tmp_path / "runs", tracker(uri))
    _, run = the_one(uri)
    params, tags = run.data.params, run.data.tags
    assert params["models.agent.model"] == "ScriptedModel"
    assert (params["tasks.train"], params["tasks.validation"], params["tasks.test"]) == ("4", "0", "2")
    assert (params["training.epochs"], params["digest.train"]) == ("10", TRAIN.digest)
    assert run.info.status == "FINISHED"
    assert (tags["toolwright.run"], tags["toolwright.accepted"]) == (Path(result.folder).name, "1, 2")
    assert (tags["toolwright.end"], tags["mlflow.note.content"]) == (result.end, result.end_text)
    seen = history(uri)
    assert seen["train.mean"] == [(0, 0.0), (1, 0.5), (2, 1.0)]
    assert seen["train.loss"] == seen["best.loss"] == [(0, 1.0), (1, 0.5), (2, 0.0)]
    assert (seen["accepted"], seen["actions.refused"]) == ([(1, 1), (2, 1)], [(1, 1), (2, 0)])
    assert (seen["test.before"], seen["test.after"]) == ([(2, 0.0)], [(2, 1.0)])
    used = result.usage["agent"]
    assert seen["total.agent.requests"] == [(2, used.requests)]
    assert [step for step, _ in seen["usage.optimizer.tokens"]] == [1, 2]
    assert seen["usage.agent.requests"] == [(0, 4), (1, 12), (2, 20)]


def test_what_was_learned_is_kept_with_the_run(tmp_path: Path, uri: str) -> None:
    trained(tmp_path / "runs", tracker(uri))
    client, run = the_one(uri)
    assert files_of(client, run) == {"functions", "summary.json", "config.json"}
    source = Path(client.download_artifacts(run.info.run_id, "functions", str(tmp_path))) / "add.py"
    assert "def add(a: int, b: int) -> int:" in source.read_text()


@pytest.mark.parametrize("epoch", [1, 2])
def test_a_run_that_goes_on_goes_on_in_the_same_run_of_mlflow_and_nothing_is_there_twice(
    tmp_path: Path, uri: str, epoch: int
) -> None:
    broken_off(tmp_path / "runs", tracker(uri), epoch=epoch)
    _, before = the_one(uri)
    assert before.info.status == "KILLED"
    assert len(history(uri)["train.mean"]) == epoch  # what the broken epoch came to is not told by halves
    trained(tmp_path / "runs", tracker(uri), resume=the_run(tmp_path / "runs"))
    _, after = the_one(uri)
    assert (after.info.run_id, after.info.status) == (before.info.run_id, "FINISHED")
    assert all(len({step for step, _ in values}) == len(values) for values in history(uri).values())
    trained(tmp_path / "other", tracker(uri.replace("mlruns", "uninterrupted")))
    whole = history(uri.replace("mlruns", "uninterrupted"))
    used = {name: values for name, values in whole.items() if ".agent." in name}  # of requests broken off it is more
    assert history(uri) | used == whole
    assert history(uri)["total.agent.requests"][0][1] > whole["total.agent.requests"][0][1]


def test_a_run_of_the_same_name_in_another_folder_is_another_one_in_mlflow(tmp_path: Path, uri: str) -> None:
    for folder in ("a", "b"):
        trained(tmp_path / folder, tracker(uri))
    client = client_of(uri)
    experiment = client.get_experiment_by_name("sums")
    assert experiment is not None
    assert len(client.search_runs([experiment.experiment_id])) == 2


def test_a_training_that_fails_has_failed_in_mlflow(tmp_path: Path, uri: str) -> None:
    def refuses(*_: object) -> KeyRefused:
        return KeyRefused("no")

    with pytest.raises(KeyRefused):
        trained(tmp_path / "runs", tracker(uri), agent_model=ScriptedModel(refuses))
    client, run = the_one(uri)
    assert run.info.status == "FAILED"
    assert files_of(client, run) == set()


def test_an_evaluation_alone_has_no_run_in_mlflow(tmp_path: Path, uri: str) -> None:
    trainer(tmp_path / "runs", tracker(uri)).evaluate(TEST)
    assert not (tmp_path / "mlruns").exists()


def test_a_secret_among_the_settings_does_not_reach_mlflow(tmp_path: Path, uri: str) -> None:
    secret = "sk-" + "x1" * 20
    spec = ModelSpec(
        model="m", base_url="http://127.0.0.1:9/v1", settings={"extra_body": {"token": secret}}, attempts=1
    )
    with pytest.raises(Exception):  # noqa: B017, PT011 - nothing answers there
        trainer(tmp_path / "runs", tracker(uri), agent_model=spec).fit(TRAIN)
    _, run = the_one(uri)
    assert run.data.params["models.agent.settings.extra_body.token"] == "***"
    kept = [file for file in (tmp_path / "mlruns").rglob("*") if file.is_file()]
    assert [file for file in kept if secret in file.read_text()] == []


def test_a_server_that_does_not_answer_is_said_and_the_training_comes_to_its_end(tmp_path: Path) -> None:
    trained(tmp_path / "runs", tracker("http://127.0.0.1:9"))
    (said,) = warnings_of(tmp_path / "runs")
    assert said.startswith("the tracker mlflow failed and is told no more of this run: ")


@pytest.mark.soak  # its tables take MLflow half a minute
@pytest.mark.filterwarnings("ignore:The .*noload")  # MLflow's own use of SQLAlchemy
def test_a_database_is_a_store_as_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # where MLflow puts the files of such a store
    database = f"sqlite:///{tmp_path / 'mlflow.db'}"
    trained(tmp_path / "runs", tracker(database))
    assert warnings_of(tmp_path / "runs") == []
    assert history(database)["train.mean"] == [(0, 0.0), (1, 0.5), (2, 1.0)]


def evaluated(epoch: int, mean: float, split: str = "train", rollouts: int = 4) -> EvaluationFinished:
    return EvaluationFinished(
        epoch=epoch, split=split, parameters="p", mean=mean, scored=4, rollouts=rollouts, usage=Usage()
    )


def an_epoch(epoch: int, mean: float) -> list[Event]:
    return [
        StepStarted(epoch=epoch, parameters="p", history=""),
        StepFinished(epoch=epoch, candidate="c", actions=1, refused=2, end="terminated"),
        evaluated(epoch, mean),
        EpochFinished(epoch=epoch, loss=1 - mean, best=0.25, accepted=False, without_acceptance=epoch),
    ]


@settings(max_examples=30)
@given(st.lists(st.floats(0, 1), max_size=5), st.data())
def test_each_figure_of_an_epoch_is_told_once_whatever_is_evaluated_again(means: list[float], data: st.DataObject):
    events: list[Event] = [evaluated(0, 0.5)]
    for epoch, mean in enumerate(means, 1):
        again = data.draw(st.integers(0, epoch - 1))
        events += [*an_epoch(epoch, mean), evaluated(again, 0.125)]  # an incumbent's further repeats
    figures = Figures()
    told = [figure for event in events for figure in figures.take(event)]
    assert len({(figure.name, figure.step) for figure in told}) == len(told)
    assert [figure.value for figure in told if figure.name == "train.mean"] == ([0.5, *means] if means else [])


def test_an_evaluation_that_is_not_complete_is_no_figure() -> None:
    figures = Figures()
    figures.take(evaluated(0, 0.5, rollouts=5))
    assert figures.take(StepStarted(epoch=1, parameters="p", history="")) == ()


def test_the_best_loss_is_on_the_training_tasks_from_the_first_epoch_to_the_last() -> None:
    figures = Figures()
    validated = evaluated(0, 0.5).model_copy(update={"split": "validation"})
    events = [evaluated(0, 0.25), validated, *an_epoch(1, 0.75)]
    told = [figure for event in events for figure in figures.take(event)]
    assert [(one.step, one.value) for one in told if one.name == "best.loss"] == [(0, 0.75), (1, 0.25)]


def test_an_unknown_price_is_no_figure() -> None:
    usage = {"agent": Usage(requests=3, input_tokens=5, output_tokens=2, dollars=None)}
    assert used(usage, "total") == {"total.agent.requests": 3, "total.agent.tokens": 7}


def test_proposals_of_one_epoch_are_counted_together() -> None:
    figures, (started, finished, *_, ended) = Figures(), an_epoch(1, 0.5)
    for event in (started, finished, finished):
        assert figures.take(event) == ()
    assert Figure("actions.refused", 4, 1) in figures.take(ended)
