"""Tasks x evaluations: every score has its place, and so has what lies behind it."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from page_runs import HandMade, made, new_run

from support import sums
from toolwright.events import TestOpened, task_set_given
from toolwright.report.documents import TaskRow, TasksDocument
from toolwright.report.documents.outlines import PART, Outline
from toolwright.runs.evaluations import KeptEvaluation
from toolwright.tasks import Task, TaskSet


def tasks_of(run: HandMade) -> TasksDocument:
    document = run.documents().read("tasks")
    assert isinstance(document, TasksDocument)
    return document


def row(document: TasksDocument, task: str) -> TaskRow:
    return next(row for row in document.tasks if row.id == task)


def test_each_evaluation_is_a_column_in_the_order_of_the_run(tmp_path: Path) -> None:
    with new_run(tmp_path) as run:
        first = run.evaluate(0, [0, 0, 1, 0])
        run.evaluate(1, [1, 0, 1, 0])
        run.decide(1, "accept")
        run.evaluate(2, [0, 0, 0], stopped="it cannot win any more")
        run.decide(2, "reject")
        run.evaluate(3, [1, 1, 1, 1])
        columns = tasks_of(run).columns
    assert [(c.epoch, c.decision, c.mean) for c in columns] == [
        (0, "start", 0.25),
        (1, "accept", 0.5),
        (2, "reject", 0.0),
        (3, "", 1.0),
    ]
    assert columns[0].event == first
    assert [column.stopped for column in columns] == ["", "", "it cannot win any more", ""]
    assert {column.parts for column in columns} == {1}


def test_a_task_has_a_cell_in_each_evaluation_that_ran_it(tmp_path: Path) -> None:
    with new_run(tmp_path) as run:
        run.evaluate(0, [0, 0, 1, 0])
        run.evaluate(1, [1, 0.5], stopped="it cannot win any more")
        document = tasks_of(run)
    assert {n: cell.score for n, cell in row(document, "t1").cells.items()} == {0: 0.0, 1: 0.5}
    assert {n: cell.score for n, cell in row(document, "t2").cells.items()} == {0: 1.0}


def test_a_cell_is_of_all_repeats(tmp_path: Path) -> None:
    with new_run(tmp_path) as run:
        task = run.tasks.tasks[0]
        run.keep(0, [made(task, 1, repeat=0), made(task, 0, repeat=1), made(task, None, repeat=2, end="provider")])
        cell = row(tasks_of(run), task.id).cells[0]
    assert (cell.score, cell.calls, cell.end) == (0.5, 3, "provider")


def test_a_task_without_a_score_has_none(tmp_path: Path) -> None:
    with new_run(tmp_path) as run:
        run.evaluate(0, [None, 1, 1, 1])
        assert row(tasks_of(run), "t0").cells[0].score is None


def test_tasks_stand_in_their_own_order_split_by_split(tmp_path: Path) -> None:
    validation = sums(2, start=10)
    with new_run(tmp_path) as run:
        run.folder.store.emit(task_set_given("validation", validation))
        run.keep(0, [made(task, 1) for task in validation.tasks], "validation")
        run.evaluate(0, [1, 1, 1, 1])
        rows = tasks_of(run).tasks
    assert [(row.split, row.id) for row in rows] == [
        *(("train", f"t{n}") for n in range(4)),
        ("validation", "t10"),
        ("validation", "t11"),
    ]


def test_a_row_says_what_is_asked_and_wanted_shortened(tmp_path: Path) -> None:
    long = Task(id="long", question="why? " * 1_000, target={"parts": "x" * 1_000})
    with new_run(tmp_path, TaskSet(name="two", tasks=(*sums(1).tasks, long))) as run:
        document = tasks_of(run)
    assert (row(document, "t0").question, row(document, "t0").target) == ("Add 0 and 0.", "0")
    assert len(row(document, "long").question) <= 300
    assert row(document, "long").target.startswith('{"parts": "x')
    assert len(row(document, "long").target) <= 200


def test_the_sealed_tests_tasks_are_shown_once_it_was_read(tmp_path: Path) -> None:
    test = sums(2, start=20)
    with new_run(tmp_path) as run:
        run.evaluate(0, [1, 1, 1, 1])
        run.folder.store.emit(TestOpened(times=1, forced=False))
        run.folder.store.emit(task_set_given("test", test))
        assert {row.split for row in tasks_of(run).tasks} == {"train"}
        run.keep(0, [made(task, 1) for task in test.tasks], "test")
        assert [row.id for row in tasks_of(run).tasks if row.split == "test"] == ["t20", "t21"]


def test_an_older_runs_questions_are_what_the_user_said_first(tmp_path: Path) -> None:
    with new_run(tmp_path, started=False) as run:
        run.evaluate(0, [1, 0, 1, 0])
        found = row(tasks_of(run), "t1")
    assert (found.question, found.target) == ("Add 37 and 91.", "")


def test_an_older_runs_task_that_says_nothing_has_no_question(tmp_path: Path) -> None:
    with new_run(tmp_path, started=False) as run:
        run.keep(0, [made(run.tasks.tasks[0], 1, messages=())])
        assert row(tasks_of(run), "t0").question == ""


@pytest.mark.soak
@given(st.lists(st.integers(1, 120), max_size=30))
@settings(max_examples=200)
def test_parts_have_every_rollout_once_and_no_task_in_two(repeats: list[int]) -> None:
    results = [
        made(Task(id=f"t{n}", question="?"), 1, repeat=r, messages=(), calls=())
        for n, count in enumerate(repeats)
        for r in range(count)
    ]
    kept = KeptEvaluation(1, 0, "p", "t", "train", 1.0, "", len(results))
    parts = Outline(kept, tuple(results)).parts
    assert [place for first, past in parts for place in range(first, past)] == [*range(len(results))]
    tasks = [{result.trajectory.task_id for result in results[first:past]} for first, past in parts]
    assert sum(map(len, tasks)) == len(repeats)
    assert all(past - first >= PART for first, past in parts[:-1])
