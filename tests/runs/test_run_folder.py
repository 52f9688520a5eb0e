import fcntl
import json
import re
import sqlite3
from pathlib import Path

import pytest
from pydantic import JsonValue

from toolwright.errors import RunError
from toolwright.functions import Function, FunctionSet
from toolwright.parameters import Parameters
from toolwright.runs.folder import RunFolder, holds_run
from toolwright.runs.identity import Origin
from toolwright.runs.lock import FolderLock, in_use
from toolwright.runs.store import RunStore

ADD = Function(name="add", source="def add(a: int, b: int) -> int:\n    return a + b\n")
LEARNED = Parameters(functions=FunctionSet(functions=(ADD,)))


def test_a_new_run_has_an_id_of_its_time_and_everything_a_user_looks_for(tmp_path: Path):
    with RunFolder.create(tmp_path / "runs", config={"epochs": 3}) as run:
        assert re.fullmatch(r"20\d{6}-\d{6}-[0-9a-f]{4}", run.id)
        assert run.path == tmp_path / "runs" / run.id
        run.save_accepted(0, Parameters())
        run.save_accepted(2, LEARNED)
        run.save_best(LEARNED)
        run.write_summary({"end": "patience", "token": "t"})
        assert list(run.accepted()) == [0, 2]
        assert FunctionSet.load(run.accepted()[2]).names == ("add",)
        assert FunctionSet.load(run.functions) == FunctionSet.load(run.accepted()[2])
    names = {file.name for file in run.path.iterdir()}
    assert names == {"run.sqlite", "config.json", "accepted", "functions", "summary.json", "lock"}
    with RunFolder.open(run.path) as again:
        assert again.config == {"epochs": 3}
        assert again.summary == {"end": "patience", "token": "***"}


def test_saving_the_best_replaces_what_was_best_before(tmp_path: Path):
    with RunFolder.create(tmp_path) as run:
        run.save_best(LEARNED)
        run.save_best(Parameters())
        assert len(FunctionSet.load(run.functions)) == 0


def test_keys_of_a_config_never_reach_the_disk(tmp_path: Path):
    config: dict[str, JsonValue] = {
        "agent": {"api_key": "sk-very-secret-1234567890", "base_url": "http://me:hunter2@127.0.0.1/v1"}
    }
    with RunFolder.create(tmp_path, "kept", config=config) as run:
        assert run.config["agent"] == {"api_key": "***", "base_url": "http://***@127.0.0.1/v1"}
    everything = b"".join(file.read_bytes() for file in run.path.iterdir())
    assert b"very-secret" not in everything
    assert b"hunter2" not in everything


def test_a_run_folder_is_made_once(tmp_path: Path):
    RunFolder.create(tmp_path, "mine").close()
    with pytest.raises(RunError, match=r"mine exists; give this run another name"):
        RunFolder.create(tmp_path, "mine")
    assert (tmp_path / "mine" / "run.sqlite").is_file()


@pytest.mark.parametrize("name", ["", "..", "a/b", "last", ".hidden", "x" * 101, "a\n"])
def test_a_name_that_is_no_folders_is_refused(tmp_path: Path, name: str):
    with pytest.raises(RunError, match="cannot name a run"):
        RunFolder.create(tmp_path, name)


def test_runs_in_a_place_that_is_a_file_are_refused_naming_it(tmp_path: Path):
    (tmp_path / "runs").write_text("a file")
    with pytest.raises(RunError, match=rf"runs cannot be kept in {tmp_path}/runs: .*name a(nother)? folder"):
        RunFolder.create(tmp_path / "runs")


def test_what_is_no_run_folder_is_refused_and_left_as_it_was(tmp_path: Path):
    with pytest.raises(RunError, match="nothing-here is no run folder"):
        RunFolder.open(tmp_path / "nothing-here")
    (tmp_path / "other").mkdir()
    for opened in (RunFolder.read, RunFolder.open):
        with pytest.raises(RunError, match=r"run\.sqlite is not there"):
            opened(tmp_path / "other")
    assert list((tmp_path / "other").iterdir()) == []


def test_a_run_opened_twice_for_writing_is_refused_also_within_one_process(tmp_path: Path):
    with RunFolder.create(tmp_path, "mine") as run, pytest.raises(RunError, match="in use by process"):
        RunFolder.open(run.path)
    RunFolder.open(run.path).close()


def test_a_run_opened_for_reading_changes_nothing(tmp_path: Path):
    RunFolder.create(tmp_path, "mine").close()
    with RunFolder.read(tmp_path / "mine") as run:
        for act in (lambda: run.save_best(LEARNED), lambda: run.write_summary({})):
            with pytest.raises(RunError, match="open for reading"):
                act()


def test_what_a_run_was_started_from_is_kept_with_its_database(tmp_path: Path):
    origin = Origin(folder="/somewhere", digests={"train": "t" * 32, "agent": "a"})
    with RunFolder.create(tmp_path, "mine", {"epochs": 3, "half": "\ud800"}, origin) as run:
        assert run.origin == origin
    (run.path / "config.json").unlink()
    with RunFolder.read(run.path) as seen:
        assert (seen.origin, seen.config) == (origin, {"epochs": 3, "half": "\ud800"})


def test_a_run_that_does_not_say_what_it_was_started_from_says_so_when_asked(tmp_path: Path):
    with RunFolder.create(tmp_path, "mine") as run, pytest.raises(RunError, match="does not say what it was started"):
        _ = run.origin


@pytest.mark.parametrize("left", [b"", b"S" * 300], ids=["empty", "cut off"])
def test_what_a_broken_off_creation_left_is_no_run_and_what_was_learned_always_is(tmp_path: Path, left: bytes):
    assert not holds_run(tmp_path / "nothing")
    with RunFolder.create(tmp_path, "mine") as run:
        assert holds_run(run.path)
    database = run.path / "run.sqlite"
    database.write_bytes(left)
    assert not holds_run(run.path)
    (run.path / "accepted").mkdir()
    assert holds_run(run.path)
    (run.path / "accepted").rmdir()
    database.unlink()
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    assert database.stat().st_size > 0
    assert not holds_run(run.path)
    database.write_bytes(b"nothing of a database" * 1000)
    with pytest.raises(RunError, match="is no run database or is damaged"):
        holds_run(run.path)


def test_a_database_has_its_name_only_once_it_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    path = tmp_path / "run.sqlite"
    with monkeypatch.context() as patch:
        patch.setattr("toolwright.runs.database.Database.name_created", killed)
        with pytest.raises(KeyboardInterrupt):
            RunStore.create(path, "mine")
    assert not path.exists()
    with RunFolder.create(tmp_path, "mine") as run, pytest.raises(RunError, match="is there already"):
        RunStore.create(run.path / "run.sqlite", "another")


def test_the_lock_is_on_the_file_that_is_there_though_its_last_owner_removed_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    flock, first = fcntl.flock, [True]

    def removed_meanwhile(file: int, kind: int) -> None:
        if first and first.pop():
            (tmp_path / "lock").unlink()
        flock(file, kind)

    with monkeypatch.context() as patch:
        patch.setattr(fcntl, "flock", removed_meanwhile)
        lock = FolderLock(tmp_path)
    assert in_use(tmp_path)
    with pytest.raises(RunError, match="in use by process"):
        FolderLock(tmp_path)
    lock.release()


def test_a_function_folder_that_cannot_be_written_is_an_error_of_the_run(tmp_path: Path):
    with RunFolder.create(tmp_path, "mine") as run:
        (run.path / "functions").write_text("a file in the folder's place")
        with pytest.raises(RunError, match="the run mine cannot save its functions"):
            run.save_best(LEARNED)


def test_a_summary_is_written_whole_or_not_at_all(tmp_path: Path):
    with RunFolder.create(tmp_path, "mine") as run:
        run.write_summary({"end": "first"})
        with pytest.raises(TypeError):
            run.write_summary({"end": object()})  # pyright: ignore[reportArgumentType] - what a type checker would refuse
        assert json.loads((run.path / "summary.json").read_text()) == {"end": "first"}
        assert not [file for file in run.path.iterdir() if file.name.endswith(".tmp")]
