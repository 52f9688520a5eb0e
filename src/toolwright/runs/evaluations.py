"""Evaluations in the run database: each trajectory's messages by content, the rest as JSON."""

from collections.abc import Iterator
from typing import Any

from toolwright.evaluations import Evaluation, Result, Score
from toolwright.runs.contents import Contents, from_body, to_body
from toolwright.runs.database import Database
from toolwright.trajectories import Trajectory


class EvaluationShelf:
    """The evaluations of a run. Writing happens in the caller's transaction."""

    def __init__(self, database: Database, contents: Contents) -> None:
        self._database = database
        self._contents = contents

    def keep(self, evaluation: Evaluation, epoch: int, event: int) -> None:
        """Stores an evaluation under its event's id, in place of the one of the same epoch and subject."""
        subject = (epoch, evaluation.parameters, evaluation.tasks, evaluation.split)
        self._database.run(
            "DELETE FROM evaluations WHERE epoch = ? AND parameters = ? AND tasks = ? AND split = ?", subject
        )
        self._database.run(
            "INSERT INTO evaluations (event, epoch, parameters, tasks, split, mean, schema_version) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (event, *subject, evaluation.mean, evaluation.schema_version),
        )
        for place, result in enumerate(evaluation.results):
            self._keep_result(event, place, result)

    def _keep_result(self, event: int, place: int, result: Result) -> None:
        trajectory = result.trajectory
        self._database.run(
            "INSERT INTO trajectories (evaluation, place, conversation, body, score) VALUES (?, ?, ?, ?, ?)",
            (
                event,
                place,
                self._contents.keep_conversation(trajectory.messages),
                to_body(trajectory.model_dump(exclude={"messages"})),
                None if result.score is None else to_body(result.score),
            ),
        )

    def all(self) -> Iterator[tuple[int, Evaluation]]:
        """The evaluations with their epochs, in the order they were kept."""
        rows = self._database.all(
            "SELECT event, epoch, parameters, tasks, split, schema_version FROM evaluations ORDER BY event"
        )
        for event, epoch, parameters, tasks, split, schema_version in rows:
            yield (
                epoch,
                Evaluation(
                    parameters=parameters,
                    tasks=tasks,
                    split=split,
                    results=tuple(self._results(event)),
                    schema_version=schema_version,
                ),
            )

    def _results(self, event: int) -> Iterator[Result]:
        query = "SELECT conversation, body, score FROM trajectories WHERE evaluation = ? ORDER BY place"
        for conversation, body, score in self._database.all(query, (event,)):
            data: dict[str, Any] = from_body(body)
            trajectory = Trajectory.model_validate({**data, "messages": self._contents.conversation(conversation)})
            yield Result(trajectory=trajectory, score=None if score is None else Score.model_validate(from_body(score)))

    def score(self, epoch: int) -> float | None:
        """The mean of an epoch's evaluation on validation, else on train; the newest where there are several."""
        row = self._database.one(
            "SELECT mean FROM evaluations WHERE epoch = ? AND split IN ('validation', 'train') "
            "ORDER BY split = 'validation' DESC, event DESC",
            (epoch,),
        )
        return row[0] if row else None
