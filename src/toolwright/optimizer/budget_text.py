"""Fitting text into a token budget; a token counts as 4 characters, rounded up."""

from typing import Final

CHARACTERS_PER_TOKEN: Final = 4


def tokens_of(text: str) -> int:
    """Estimated tokens of a text."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def clip(text: str, tokens: int, what: str) -> str:
    """The text, or its beginning with a note that the rest of `what` was left out, within so many tokens."""
    room = tokens * CHARACTERS_PER_TOKEN
    if len(text) <= room:
        return text
    note = f"\n[the rest of {what} is left out]"
    return (text[: max(0, room - len(note))] + note)[:room]
