import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import JsonValue

from support import ScriptedModel, sums
from toolwright.api import Trainer
from toolwright.errors import RunError
from toolwright.evaluations import Evaluation, Result, Score
from toolwright.events import EpochFinished, EvaluationStarted, RunFinished, RunStarted
from toolwright.models.ledger import Limits
from toolwright.parameters import Parameters
from toolwright.runs.folder import RunFolder
from toolwright.runs.listing import find_run, list_runs, run_info
from toolwright.runs.lock import in_use
from toolwright.sandbox import ConfinedSandbox
from toolwright.trajectories import Trajectory


def scored(value: float) -> Evaluation:
    result = Result(trajectory=Trajectory(task_id="t", repeat=0, parameters="p"), score=Score(value=value))
    return Evaluation(parameters=f"p{value}", tasks="t", split="train", results=(result,))


def make(root: Path, name: str, *, finished: bool = True) -> Path:
    with RunFolder.create(root, name) as run:
        run.store.emit(
            RunStarted(run=name, train=1, validation=0, test=0, epochs=2, sandbox="confined", agent="a", models={})
        )
        for epoch, value in enumerate((0.25, 0.75, 0.5)):
            run.store.keep_evaluation(scored(value), epoch)
            run.store.emit(EpochFinished(epoch=epoch, loss=1 - value, best=0.5, accepted=True, without_acceptance=0))
        run.save_accepted(0, Parameters())
        run.save_accepted(1, Parameters())
        if finished:
            run.store.emit(RunFinished(end="epochs", best="p", functions=(), usage={}))
    time.sleep(0.002)  # runs are ordered by their start, to the millisecond
    return run.path


def test_a_list_says_of_each_run_how_it_stands(tmp_path: Path):
    make(tmp_path, "zebra")
    make(tmp_path, "ant", finished=False)
    done, going = list_runs(tmp_path)
    assert (done.id, done.state, done.best, done.epochs, done.requests) == ("zebra", "finished", 0.75, 3, 0)
    assert (going.id, going.state) == ("ant", "unfinished")
    assert done.started is not None
    assert going.started is not None
    assert done.started < going.started


def test_a_list_says_which_kind_of_sandbox_a_run_has_where_the_run_says_it(tmp_path: Path):
    kept: dict[str, dict[str, JsonValue]] = {"a": {"sandbox": {"kind": "unconfined"}}, "b": {}, "c": {"sandbox": "odd"}}
    for name, config in kept.items():
        RunFolder.create(tmp_path, name, config).close()
    assert {info.id: info.sandbox for info in list_runs(tmp_path)} == {"a": "unconfined", "b": "", "c": ""}


def test_a_run_that_goes_on_is_running_until_its_process_lets_go(tmp_path: Path):
    with RunFolder.create(tmp_path, "going"):
        assert [(info.id, info.state, info.best) for info in list_runs(tmp_path)] == [("going", "running", None)]
    assert [info.state for info in list_runs(tmp_path)] == ["unfinished"]


def test_a_run_its_provider_ended_is_stopped_and_running_again_while_it_goes_on(tmp_path: Path):
    path = make(tmp_path, "out", finished=False)
    with RunFolder.open(path) as run:
        run.store.emit(RunFinished(why="provider", end="the provider is out", best="p", functions=(), usage={}))
    assert run_info(path).state == "stopped"
    with RunFolder.open(path) as run:
        assert run_info(path).state == "running"
        run.store.emit(RunFinished(why="epochs", end="2 epochs", best="p", functions=(), usage={}))
        assert run_info(path).state == "finished"


@pytest.mark.parametrize(("why", "state"), [("budget", "finished"), ("", "finished"), ("provider", "stopped")])
def test_a_run_that_something_was_evaluated_in_stands_where_its_training_left_it(tmp_path: Path, why: str, state: str):
    path = make(tmp_path, "evaluated", finished=False)
    with RunFolder.open(path) as run:
        run.store.emit(RunFinished(why=why, end="the end", best="p", functions=(), usage={}))
    with RunFolder.open(path, "evaluation") as run:  # and ends without a word, as a killed one does
        run.store.emit(EvaluationStarted(epoch=0, split="more", parameters="p", rollouts=5))
        assert run_info(path).state == state
    assert run_info(path).state == state


def limited(root: Path, **limits: int) -> Path:
    """A real run of five training and three validation tasks, until a limit ends it."""
    trainer = Trainer(
        ScriptedModel(lambda site, request: "\\boxed{1}"),
        optimizer_model=ScriptedModel(lambda site, request: "I would rather think."),
        sandbox=ConfinedSandbox(allowed=("math",)),
        runs=root,
        gate="strict",
        limits=Limits(**limits),
    )
    result = trainer.fit(sums(5), sums(3, start=10))
    assert result.end == "budget"
    assert result.gate is None
    return Path(result.folder)


@pytest.mark.parametrize(
    ("limits", "state"),
    [({"tokens": 10}, "stopped"), ({"requests": 6}, "stopped"), ({"requests": 9}, "finished")],
)
def test_a_budget_that_ends_before_the_starting_set_is_evaluated_stops_a_run_that_can_go_on(
    tmp_path: Path, limits: dict[str, int], state: str
):
    assert run_info(limited(tmp_path / "runs", **limits)).state == state


def test_a_run_that_something_is_evaluated_in_is_not_running_as_nobody_trains(tmp_path: Path):
    path = make(tmp_path, "cut", finished=False)
    with RunFolder.open(path, "evaluation"):
        assert run_info(path).state == "unfinished"
    with RunFolder.open(path):
        assert run_info(path).state == "running"


def test_asking_whether_a_run_goes_on_keeps_nobody_from_opening_it(tmp_path: Path):
    path = make(tmp_path, "asked", finished=False)
    asking = threading.Event()

    def ask() -> None:
        while not asking.is_set():
            in_use(path)

    with ThreadPoolExecutor() as pool:
        asked = pool.submit(ask)
        try:
            for _ in range(200):
                RunFolder.open(path).close()
        finally:
            asking.set()
        asked.result()


def test_folders_that_are_no_runs_or_broken_ones_are_reported_and_files_are_not(tmp_path: Path):
    make(tmp_path, "good")
    (tmp_path / "foreign").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "run.sqlite").write_bytes(b"\x00" * 5000)
    (tmp_path / "notes.txt").touch()
    infos = {info.id: info for info in list_runs(tmp_path)}
    assert {name: info.state for name, info in infos.items()} == {
        "good": "finished",
        "foreign": "unreadable",
        "broken": "unreadable",
    }
    assert "run.sqlite is not there" in infos["foreign"].error
    assert "broken/run.sqlite" in infos["broken"].error


def test_where_no_run_was_there_is_nothing_to_list(tmp_path: Path):
    assert list_runs(tmp_path / "runs") == []
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="cannot be listed"):
        list_runs(tmp_path / "file")


def test_a_run_is_found_by_id_by_its_beginning_by_path_and_as_the_last(tmp_path: Path):
    second, first = make(tmp_path, "b-two"), make(tmp_path, "a-one")
    make(tmp_path, "b-two-more")
    (tmp_path / "zzz").mkdir()
    assert find_run(tmp_path, "b-two") == second
    assert find_run(tmp_path, "a") == first
    assert find_run("elsewhere", str(first)) == first
    assert find_run(tmp_path, "last") == tmp_path / "b-two-more"


@pytest.mark.parametrize(("text", "said"), [("b", "2 runs are: b-1, b-2"), ("c", "none is"), ("", "none is")])
def test_no_run_or_more_than_one_is_an_error_that_lists_them(tmp_path: Path, text: str, said: str):
    make(tmp_path, "b-1")
    make(tmp_path, "b-2")
    with pytest.raises(RunError, match=f"must be meant by '{text}', but {said}"):
        find_run(tmp_path, text)
