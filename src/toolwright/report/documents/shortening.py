"""Text cut to a length in its middle, so that its beginning and its end can be read, saying how much was left out.

Example:
    >>> shortened("a" * 60 + "b" * 60, 50)
    'aaaaaaaaaa[… 99 characters left out …]bbbbbbbbbbb'
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from pydantic import JsonValue

_REPLACED = "�"


def shortened(text: str, longest: int) -> str:
    """The text as a page can hold it: valid Unicode, and within a length.

    Args:
        text: Any text; half a surrogate pair in it, which is no character, becomes U+FFFD.
        longest: Characters it may have before it is cut in the middle; what is left has no more, the note included,
            or is the note alone where not even that has room.
    """
    if len(text) <= longest:
        return encodable(text)
    room = max(0, longest - len(_note(len(text))))
    start, end = room // 2, room - room // 2
    return encodable(f"{text[:start]}{_note(len(text) - room)}{text[len(text) - end :]}")


def encodable(text: str) -> str:
    """The text with each half of a surrogate pair replaced by U+FFFD; all other characters as they are."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join(_REPLACED if "\ud800" <= character <= "\udfff" else character for character in text)
    return text


def shortened_json(value: JsonValue, longest: int) -> JsonValue:
    """A JSON value with every text in it shortened, its keys too."""
    return cast("JsonValue", _shortened(value, longest))


def _shortened(value: Any, longest: int) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, str):
        return shortened(value, longest)
    if isinstance(value, Mapping):
        items = cast("Mapping[str, Any]", value).items()
        return {shortened(key, longest): _shortened(item, longest) for key, item in items}
    if isinstance(value, Sequence):
        return [_shortened(item, longest) for item in cast("Sequence[Any]", value)]
    return value


def _note(left_out: int) -> str:
    return f"[… {left_out:,} characters left out …]"
