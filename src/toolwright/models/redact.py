"""Takes keys out of text that came from a provider, before it is shown or kept."""

import os
import re
from collections.abc import Sequence
from typing import Final

from toolwright.keys import KEY_SHAPES

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
    return KEY_SHAPES.sub("[key]", text)
