"""Takes keys out of text that came from a provider, before it is shown or kept."""

import os
import re
from typing import Final

_SHAPES: Final = re.compile(
    r"(?i)\b(?:sk|pk|rk|gsk|xai|key)-[a-z0-9_*\-]{6,}|AIza[0-9A-Za-z_\-]{20,}|(?<=bearer )[a-z0-9._\-]{8,}"
)
_NAMES: Final = re.compile(r"(?i)(API_?KEY|TOKEN|SECRET|PASSWORD)")


def redact(text: str) -> str:
    """The text with every key of this environment, and all that looks like a key, replaced by "[key]"."""
    for name, value in os.environ.items():
        if len(value) >= 8 and _NAMES.search(name):
            text = text.replace(value, "[key]")
    return _SHAPES.sub("[key]", text)
