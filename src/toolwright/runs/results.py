"""Scored rollouts in the run database, by content: messages as links, the rest as JSON; each distinct one is kept once.

A sample (parameters, agent, scorer, task, repeat) names the result it came to; an evaluation names its results too.
"""

from typing import Any, Final

from toolwright.evaluations import Result, Score
from toolwright.protocols import SampleKey
from toolwright.runs.contents import Contents, digest_of_bytes, from_body, to_body
from toolwright.runs.database import Database
from toolwright.trajectories import Trajectory

_BY_SAMPLE: Final = (
    "SELECT conversation, body, score FROM results JOIN samples ON samples.result = results.id WHERE samples.key = ?"
)
_INSERT: Final = "INSERT INTO results (digest, conversation, body, score) VALUES (?, ?, ?, ?)"


class ResultShelf:
    """The scored rollouts of a run. Writing happens in the caller's transaction; a row not ours is a ValueError."""

    def __init__(self, database: Database, contents: Contents) -> None:
        self._database = database
        self._contents = contents

    def keep(self, result: Result) -> int:
        """Stores a result unless it is there; returns its id."""
        conversation = self._contents.keep_conversation(result.trajectory.messages)
        body = to_body(result.trajectory.model_dump(exclude={"messages"}))
        score = None if result.score is None else to_body(result.score)
        digest = digest_of_bytes(repr((conversation, body, score)).encode())
        known = self._database.one("SELECT id FROM results WHERE digest = ?", (digest,))
        return known[0] if known else self._database.run(_INSERT, (digest, conversation, body, score))

    def get(self, key: SampleKey) -> Result | None:
        """The result of a sample, None where there is none."""
        row = self._database.one(_BY_SAMPLE, (bytes.fromhex(key.key),))
        return None if row is None else self.read(*row)

    def has(self, key: SampleKey) -> bool:
        """Whether the sample has a result."""
        return self._database.one("SELECT 1 FROM samples WHERE key = ?", (bytes.fromhex(key.key),)) is not None

    def keep_sample(self, key: SampleKey, result: Result, event: int) -> None:
        """Stores a sample's result under its event's id."""
        self._database.run(
            "INSERT INTO samples (event, key, result) VALUES (?, ?, ?)",
            (event, bytes.fromhex(key.key), self.keep(result)),
        )

    def read(self, conversation: int | None, body: bytes, score: bytes | None) -> Result:
        """The result of a row."""
        data: dict[str, Any] = from_body(body)
        return _result({**data, "messages": self._contents.conversation(conversation)}, score)

    def outline(self, _conversation: int | None, body: bytes, score: bytes | None) -> Result:
        """The result of a row without what was said, given and returned: who called what, how it ended, its score."""
        data: dict[str, Any] = from_body(body)
        calls = [{**call, "arguments": None, "outcome": _ended(call["outcome"])} for call in data["calls"]]
        return _result({**data, "calls": calls}, score)


def _result(trajectory: dict[str, Any], score: bytes | None) -> Result:
    return Result(
        trajectory=Trajectory.model_validate(trajectory),
        score=None if score is None else Score.model_validate(from_body(score)),
    )


def _ended(outcome: dict[str, Any]) -> dict[str, Any]:
    return {"status": outcome["status"], "seconds": outcome["seconds"]}
