"""Runs beside a training go on where they were broken off, were it in their making, and count their minutes rightly."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from support import ScriptedModel, StubSandbox, sums
from toolwright import Trainer
from toolwright.experiments.measuring.side_runs import NOTHING, begun, minutes_of, took_in
from toolwright.runs.folder import RunFolder
from toolwright.runs.store import RunStore


def nothing(_path: Path) -> None:
    """Killed before there was a database."""


def empty(path: Path) -> None:
    (path / "run.sqlite").write_bytes(b"")


def tables_not_written(path: Path) -> None:
    with sqlite3.connect(path / "run.sqlite") as connection:
        connection.execute("PRAGMA journal_mode=WAL")


def cut_off(path: Path) -> None:
    (path / "run.sqlite").write_bytes(b"SQLite format 3\x00" * 10)


def not_named_yet(path: Path) -> None:
    RunStore.create(path / "run.sqlite", "made").close()
    whole = (path / "run.sqlite").read_bytes()
    for file in path.glob("run.sqlite*"):
        file.unlink()
    (path / "run.sqlite.new").write_bytes(whole[: len(whole) // 2])


@pytest.mark.parametrize("left", [nothing, empty, tables_not_written, cut_off, not_named_yet])
def test_a_run_whose_making_was_broken_off_is_made_anew(tmp_path: Path, left: Callable[[Path], None]) -> None:
    path = tmp_path / "training"
    path.mkdir()
    (path / "config.json").write_text("{}")
    left(path)
    assert took_in(path) == NOTHING
    assert not begun(path)
    assert not path.exists()
    with RunFolder.create(tmp_path, "training"):
        assert begun(path)


def test_minutes_are_those_of_the_rollouts_whatever_the_clock_on_the_wall_did(tmp_path: Path) -> None:
    trainer = Trainer(ScriptedModel(lambda _site, _request: "\\boxed{1}"), sandbox=StubSandbox(), runs=tmp_path)
    trainer.evaluate(sums(4))
    [path] = tmp_path.iterdir()
    took = took_in(path)
    assert 0 < took.minutes < 1
    with sqlite3.connect(path / "run.sqlite") as connection:
        connection.execute("UPDATE events SET at = at + 3600000 * id")
    assert took_in(path) == took


def test_rollouts_at_once_count_once_and_those_of_two_sessions_one_after_the_other(tmp_path: Path) -> None:
    class Store:
        def rollouts_under_way(self) -> list[tuple[int, float, float]]:
            return [(1, 10.0, 30.0), (2, 0.0, 12.0), (1, 0.0, 20.0), (1, 50.0, 60.0), (2, 5.0, 12.0)]

    assert minutes_of(Store()) == pytest.approx((30 + 10 + 12) / 60)  # pyright: ignore[reportArgumentType] - all it asks
