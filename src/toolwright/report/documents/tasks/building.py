"""Tasks x evaluations: how each task was scored with every set of parameters, and where its trajectories are.

What the tasks are is told by the run's events. Runs of older versions do not tell: there the first thing a user says
in a trajectory stands for the question, and the target is not known (`record`).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final

from pydantic import JsonValue

from toolwright.evaluations import Result
from toolwright.report.documents.outlines import Outline
from toolwright.report.documents.shortening import shortened
from toolwright.report.documents.tasks.values import Cell, Column, TaskRow, TasksDocument
from toolwright.tasks import Task

Tasks = Mapping[str, Mapping[str, Task]]
"""Tasks by split and id, in task order."""

_SPLITS: Final = ("train", "validation", "test")
_QUESTION, _TARGET = 300, 200


def tasks_document(outlines: Sequence[Outline], tasks: Tasks, decisions: Mapping[int, str]) -> TasksDocument:
    """The heat map.

    Args:
        outlines: The evaluations, in order.
        tasks: What is asked; a sealed test's tasks are shown once there is an evaluation of it.
        decisions: The gate's, by epoch; "start" of the starting set.
    """
    cells = [dict(_cells(outline)) for outline in outlines]
    columns = tuple(_column(outline, decisions) for outline in outlines)
    return TasksDocument(
        columns=columns,
        tasks=tuple(
            _row(task, split, tasks.get(split, {}).get(task), columns, cells)
            for split in _splits(outlines, tasks)
            for task in _ids(outlines, tasks, split)
        ),
    )


def _splits(outlines: Sequence[Outline], tasks: Tasks) -> Iterator[str]:
    evaluated = [outline.kept.split for outline in outlines]
    known = [split for split in _SPLITS if split in evaluated or (split in tasks and split != "test")]
    return iter(dict.fromkeys([*known, *evaluated]))


def _ids(outlines: Sequence[Outline], tasks: Tasks, split: str) -> Iterator[str]:
    """Given tasks in their order, then those that only an evaluation knows."""
    evaluated = (
        result.trajectory.task_id
        for outline in outlines
        if outline.kept.split == split
        for result in outline.results
        if result is not None
    )
    return iter(dict.fromkeys([*tasks.get(split, {}), *evaluated]))


def _column(outline: Outline, decisions: Mapping[int, str]) -> Column:
    kept = outline.kept
    return Column(
        event=kept.event,
        epoch=kept.epoch,
        split=kept.split,
        decision=decisions.get(kept.epoch, ""),
        parameters=kept.parameters,
        mean=kept.mean,
        parts=len(outline.parts),
        stopped=kept.stopped,
        missing="" if outline.parts and any(outline.results) else outline.fault,
    )


def _cells(outline: Outline) -> Iterator[tuple[str, Cell]]:
    """Each task's cell; its repeats follow one another."""
    for part, (first, past) in enumerate(outline.parts):
        results = (result for result in outline.results[first:past] if result is not None)
        for task, repeats in groupby(results, key=lambda result: result.trajectory.task_id):
            yield task, _cell(list(repeats), part)


def _cell(repeats: Sequence[Result], part: int) -> Cell:
    scores = [result.score.value for result in repeats if result.score is not None]
    return Cell(
        score=sum(scores) / len(scores) if scores else None,
        part=part,
        calls=sum(len(result.trajectory.calls) for result in repeats),
        end=repeats[-1].trajectory.end,
    )


def _row(
    task_id: str, split: str, task: Task | None, columns: Sequence[Column], cells: Sequence[Mapping[str, Cell]]
) -> TaskRow:
    here = {n: cells[n][task_id] for n, column in enumerate(columns) if column.split == split and task_id in cells[n]}
    return TaskRow(
        id=task_id,
        split=split,
        question=shortened(task.question, _QUESTION) if task else "",
        target=shortened(_as_text(task.target), _TARGET) if task else "",
        cells=here,
    )


def _as_text(target: JsonValue) -> str:
    if target is None:
        return ""
    return target if isinstance(target, str) else json.dumps(target, ensure_ascii=False)
