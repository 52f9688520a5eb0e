"""How a run is told to trackers: opened and closed with it, and whatever they do the training goes on."""

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tracked import broken_off, trained, warnings_of

from support import Events, ScriptedModel
from toolwright.config.load import parse_config
from toolwright.config.schema import Kind, Run
from toolwright.config.shortcuts import trackers_of
from toolwright.errors import ConfigError, KeyRefused
from toolwright.events import Event, RolloutFinished, RunFinished
from toolwright.parts import parts_of
from toolwright.protocols import EventSink
from toolwright.runs.folder import RunFolder
from toolwright.trackers.tracker import Tracker, check_installed


class Noting:
    """A tracker that notes what it is told, and how each session ended."""

    name = "noting"

    def __init__(self) -> None:
        self.sink = Events()
        self.runs: list[str] = []
        self.ends: list[str] = []

    @contextmanager
    def following(self, run: RunFolder) -> Generator[EventSink]:
        self.runs.append(run.id)
        try:
            yield self.sink
        except BaseException as error:
            self.ends.append(type(error).__name__)
            raise
        self.ends.append("whole")


class Breaking:
    """A tracker whose backend fails when it begins, at an event, or at the end."""

    name = "breaking"

    def __init__(self, at: str) -> None:
        self._at = at
        self.told = 0

    @contextmanager
    def following(self, run: RunFolder) -> Generator[EventSink]:
        self._fail("begin")
        yield self
        self._fail("end")

    def emit(self, event: Event) -> None:
        self.told += 1
        self._fail(event.kind)

    def _fail(self, where: str) -> None:
        if where == self._at:
            raise OSError("no such server")


def test_a_tracker_is_told_the_whole_run_and_closed_after_its_end(tmp_path: Path) -> None:
    noting = Noting()
    result = trained(tmp_path, noting)
    assert noting.runs == [Path(result.folder).name]
    assert noting.ends == ["whole"]
    assert isinstance(noting.sink.seen[-1], RunFinished)
    assert len(noting.sink.of(RolloutFinished)) == 16


def test_one_tracker_follows_one_run_after_the_other(tmp_path: Path) -> None:
    noting = Noting()
    for folder in ("a", "b"):
        trained(tmp_path / folder, noting)
    assert len(set(noting.runs)) == 2
    assert noting.ends == ["whole"] * 2


def test_a_training_that_is_broken_off_closes_its_trackers_and_says_by_what(tmp_path: Path) -> None:
    noting = Noting()
    broken_off(tmp_path, noting, epoch=1)
    assert noting.ends == ["CancelledError"]


def test_an_error_goes_through_the_tracker(tmp_path: Path) -> None:
    noting = Noting()

    def refuses(*_: object) -> KeyRefused:
        return KeyRefused("no")

    with pytest.raises(KeyRefused):
        trained(tmp_path, noting, agent_model=ScriptedModel(refuses))
    assert noting.ends == ["KeyRefused"]


@pytest.mark.parametrize(("at", "told"), [("begin", 0), ("run_started", 2), ("run_finished", None), ("end", None)])
def test_a_tracker_that_fails_is_said_once_and_the_training_comes_to_its_end(
    tmp_path: Path, at: str, told: int | None
) -> None:
    breaking, noting = Breaking(at), Noting()
    trained(tmp_path, breaking, noting)
    assert warnings_of(tmp_path) == [
        "the tracker breaking failed and is told no more of this run: OSError: no such server"
    ]
    assert told is None or breaking.told == told
    assert noting.ends == ["whole"]


def test_a_configuration_names_trackers_with_their_options(tmp_path: Path) -> None:
    data = {"run": {"trackers": ["opentelemetry", {"kind": "mlflow", "experiment": "seals"}]}, "models": {"agent": "m"}}
    parts = parts_of(parse_config(data, "c.toml"), tmp_path)
    assert [sink.name for sink in parts.events if isinstance(sink, Tracker)] == ["opentelemetry", "mlflow"]
    assert Run().trackers == ()


def test_a_tracker_of_ones_own_is_found_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "my_trackers.py").write_text(
        "class Mine:\n    name = 'mine'\n    def following(self, run): ...\n\nclass None_:\n    pass\n"
    )
    (mine,) = trackers_of([Kind(kind="my_trackers:Mine")], tmp_path)
    assert mine.name == "mine"
    with pytest.raises(ConfigError, match=r"run.trackers.0: 'my_trackers:None_' makes no tracker; it needs a `name`"):
        trackers_of([Kind(kind="my_trackers:None_")], tmp_path)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Kind(kind="mlfow"), "run.trackers.0: unknown tracker 'mlfow'; did you mean 'mlflow'?"),
        (Kind.model_validate({"kind": "mlflow", "server": "x"}), "unexpected keyword argument 'server'"),
    ],
)
def test_what_is_wrong_with_a_tracker_is_said_by_its_key(kind: Kind, said: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        trackers_of([kind], tmp_path)
    assert said in str(error.value)


@pytest.mark.parametrize("package", ["no_such_package_xyz", "no_such_package_xyz.inner"])
def test_a_package_that_is_missing_is_named_by_the_extra_that_brings_it(package: str) -> None:
    with pytest.raises(ConfigError, match=r"the tracker mlflow is not installed: pip install 'toolwright\[mlflow\]'"):
        check_installed(package, "mlflow")


def test_a_configuration_with_trackers_imports_none_of_their_libraries_before_a_run() -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom toolwright.config.load import parse_config\n"
        "from toolwright.parts import parts_of\n"
        "data = {'run': {'trackers': ['mlflow', 'opentelemetry']}, 'models': {'agent': 'm'}}\n"
        "parts_of(parse_config(data, 'c.toml'), Path())\n"
        "print([name for name in ('mlflow', 'opentelemetry.trace', 'sqlalchemy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
