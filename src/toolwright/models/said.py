"""What a provider's error says, in the provider's own words: its message and code, out of whatever it came in.

Example:
    >>> said_in({"error": {"message": "Rate limit reached", "type": "requests", "code": "rate_limit_exceeded"}})
    Said(message='Rate limit reached', code='rate_limit_exceeded')
    >>> shown(said_in('[{"error": {"message": "Quota exceeded", "status": "RESOURCE_EXHAUSTED"}}]'))
    'Quota exceeded (RESOURCE_EXHAUSTED)'
"""

import json
from collections.abc import Sequence
from typing import Final, NamedTuple, cast

from pydantic import JsonValue

from toolwright.models.redact import redact

LONGEST: Final = 200
"""Characters of a message that are shown at the most."""
_DEEPEST: Final = 5
"""Levels a message may lie deep in a body."""


class Said(NamedTuple):
    """A provider's message, and the code it gives it, "" where it gives none."""

    message: str
    code: str = ""


def said_by(error: Exception) -> Said:
    """What an error of a provider's library says: its body's message, the whole body, or else the error's own text."""
    body, status = getattr(error, "body", None), getattr(error, "status_code", None)
    if body in (None, "", {}):
        return Said(str(error) if status is None else f"HTTP {status}")
    said = said_in(body)
    if not said.message:
        whole = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, default=str)
        said = Said(whole if status is None else f"HTTP {status}: {whole}")
    if (close := getattr(error, "suggested_model_id", None)) is not None:
        return Said(f"{said.message} Did you mean {close!r}?", said.code)
    return said


def said_in(body: object) -> Said:
    """The message and the code in an error's body; of several the first, both "" where there are none."""
    found = _parsed(body) if isinstance(body, str) else cast("JsonValue", body)
    for _ in range(_DEEPEST):
        match found:
            case [first, *_]:
                found = first
            case {"error": (dict() | list()) as inner} | {"detail": (dict() | list()) as inner}:
                found = inner
            case {"message": str(text)} | {"msg": str(text)} | {"detail": str(text)} | {"error": str(text)}:
                return Said(text, _code(cast("dict[str, JsonValue]", found)))
            case _:
                break
    return Said("")


def _parsed(body: str) -> JsonValue:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _code(found: dict[str, JsonValue]) -> str:
    """The first name there is for the error; a number only repeats the status."""
    names = (found.get(key) for key in ("code", "type", "status"))
    return next((name for name in names if isinstance(name, str) and name), "")


def shown(said: Said, secrets: Sequence[str] = ()) -> str:
    """The message on one line, not too long and without keys, its code behind it.

    Args:
        said: What the provider said.
        secrets: Keys to take out beside those `redact` knows.
    """
    text = short(said.message, secrets)
    return f"{text} ({short(said.code, secrets)})" if said.code else text


def short(text: str, secrets: Sequence[str] = ()) -> str:
    """Any text as `shown` shows a message."""
    text = " ".join(redact(text, secrets).split())  # redacted whole: half a key would not be known for one
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
