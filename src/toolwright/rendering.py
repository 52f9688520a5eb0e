"""An outcome as the text a model reads: the result as JSON, an error with what to do, long text shortened."""

import json
from typing import Final

from toolwright.trajectories import Outcome, OutcomeStatus

RESULT_CHARACTERS: Final = 4_000
"""How much of one result an agent reads by default."""

_FAILED: Final[dict[OutcomeStatus, str]] = {
    "error": "The call failed",
    "timeout": "The call ran too long",
    "cpu": "The call used too much processor time",
    "memory": "The call used too much memory",
    "threads": "The call started too many threads",
    "scratch": "The call wrote too much",
    "inodes": "The call made too many files",
    "output": "The call returned or printed too much",
    "result": "The call returned too much",
    "depth": "The call's result is nested too deeply",
    "crashed": "The call's process died",
    "refused": "The call was not made",
}


def render(outcome: Outcome, limit: int = RESULT_CHARACTERS) -> str:
    """What a model is told of a call; `limit` is in characters."""
    if outcome.ok:
        text = json.dumps(outcome.result, ensure_ascii=False)
        printed = f"Printed:\n{shorten(outcome.stdout, limit)}\nResult: " if outcome.stdout else ""
        return printed + shorten(text, limit)
    return f"{_FAILED[outcome.status]}: {shorten(outcome.error, limit)}"


def shorten(text: str, limit: int) -> str:
    """The text, or its two ends with a note of how much was left out between them; `limit` is in characters."""
    if len(text) <= limit:
        return text
    head, tail = limit * 3 // 4, limit // 4
    return f"{text[:head]} … [{len(text) - head - tail} characters left out] … {text[-tail:] if tail else ''}"
