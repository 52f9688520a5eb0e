"""Evaluations in the run database: what was evaluated, and which results it has."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from toolwright.evaluations import Evaluation, Result
from toolwright.runs.contents import from_body, to_body
from toolwright.runs.database import Database
from toolwright.runs.results import ResultShelf

_SUBJECT: Final = "epoch = ? AND parameters = ? AND tasks = ? AND split = ?"
_COLUMNS: Final = "event, epoch, parameters, tasks, split, stopped, schema_version"
_INSERT: Final = (
    "INSERT INTO evaluations (event, epoch, parameters, tasks, split, mean, stopped, schema_version) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_MEMBERS: Final = (
    "SELECT conversation, body, score FROM members LEFT JOIN results ON results.id = members.result "
    "WHERE evaluation = ? AND place >= ? AND place < ? ORDER BY place"
)
_KEPT: Final = (
    "SELECT event, epoch, parameters, tasks, split, mean, stopped, "
    "(SELECT count(*) FROM members WHERE evaluation = event) FROM evaluations ORDER BY event"
)
_ALL: Final = 2**62


class KeptEvaluation(NamedTuple):
    """An evaluation without its results: its event and epoch, its subject, and how many results it has."""

    event: int
    epoch: int
    parameters: str
    tasks: str
    split: str
    mean: float
    stopped: str
    results: int


class EvaluationShelf:
    """The evaluations of a run. Writing happens in the caller's transaction; a row not ours is a ValueError."""

    def __init__(self, database: Database, results: ResultShelf) -> None:
        self._database = database
        self._results = results

    def find(self, epoch: int, parameters: str, tasks: str, split: str) -> int | None:
        """The event of the evaluation of that epoch and subject, None where there is none."""
        subject = (epoch, parameters, tasks, split)
        row = self._database.one(f"SELECT event FROM evaluations WHERE {_SUBJECT}", subject)  # noqa: S608 - constants
        return row[0] if row else None

    def keep(self, evaluation: Evaluation, epoch: int, event: int) -> None:
        """Stores an evaluation under that event's id, in place of the one it holds."""
        self._database.run("DELETE FROM members WHERE evaluation = ?", (event,))
        self._database.run("DELETE FROM evaluations WHERE event = ?", (event,))
        subject = (epoch, evaluation.parameters, evaluation.tasks, evaluation.split)
        how = (evaluation.mean, to_body(evaluation.stopped), evaluation.schema_version)
        self._database.run(_INSERT, (event, *subject, *how))
        for place, result in enumerate(evaluation.results):
            self._database.run(
                "INSERT INTO members (evaluation, place, result) VALUES (?, ?, ?)",
                (event, place, self._results.keep(result)),
            )

    def get(self, event: int) -> Evaluation:
        """The evaluation that event's id stands for."""
        ((_, evaluation),) = self._read(f"SELECT {_COLUMNS} FROM evaluations WHERE event = {event:d}")  # noqa: S608 - a number
        return evaluation

    def all(self) -> Iterator[tuple[int, Evaluation]]:
        """The evaluations with their epochs, in the order they were kept first; each is read when it is asked for."""
        yield from self._read(f"SELECT {_COLUMNS} FROM evaluations ORDER BY event")  # noqa: S608 - constants

    def _read(self, query: str) -> Iterator[tuple[int, Evaluation]]:
        for event, epoch, parameters, tasks, split, stopped, schema_version in self._database.all(query):
            yield (
                epoch,
                Evaluation(
                    parameters=parameters,
                    tasks=tasks,
                    split=split,
                    results=tuple(self._members(event)),
                    stopped=from_body(stopped),
                    schema_version=schema_version,
                ),
            )

    def _members(self, event: int) -> Iterator[Result]:
        for row in self.members(event, 0, _ALL):
            yield self._results.read(*row)

    def kept(self) -> Iterator[KeptEvaluation]:
        """What there is, in the order it was kept first."""
        for event, epoch, parameters, tasks, split, mean, stopped, results in self._database.all(_KEPT):
            yield KeptEvaluation(event, epoch, parameters, tasks, split, mean, from_body(stopped), results)

    def members(self, event: int, first: int, past: int) -> Iterator[tuple[Any, ...]]:
        """The rows of an evaluation's results from place `first` to before `past`, as `ResultShelf` reads them."""
        return self._database.all(_MEMBERS, (event, first, past))

    def score(self, epoch: int) -> float | None:
        """The mean of an epoch's evaluation on validation, else on train; the newest where there are several."""
        row = self._database.one(
            "SELECT mean FROM evaluations WHERE epoch = ? AND split IN ('validation', 'train') "
            "ORDER BY split = 'validation' DESC, event DESC",
            (epoch,),
        )
        return row[0] if row else None
