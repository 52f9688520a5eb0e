"""Takes keys out of text that came from a provider, before it is shown or kept."""

import os
import re
from collections.abc import Sequence
from typing import Final

_SHAPES: Final = re.compile(
    r"(?i)\b(?:sk|pk|rk|gsk|xai|key)-[a-z0-9_*\-]{6,}|AIza[0-9A-Za-z_\-]{20,}|(?<=bearer )[a-z0-9._\-]{8,}"
)
_NAMES: Final = re.compile(r"(?i)(KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL)")
_SHORTEST: Final = 8
"""A shorter value is no key, and too likely a word of the text."""


def redact(text: str, secrets: Sequence[str] = ()) -> str:
    """The text with every key of this environment, and all that looks like a key, replaced by "[key]".

    Args:
        text: What a provider said.
        secrets: Keys that are in the environment under a name that does not say so.
    """
    named = [value for name, value in os.environ.items() if _NAMES.search(name)]
    for value in sorted({*named, *secrets}, key=len, reverse=True):
        if len(value) >= _SHORTEST:
            text = text.replace(value, "[key]")
    return _SHAPES.sub("[key]", text)
