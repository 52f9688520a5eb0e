"""What a key looks like in a text, whoever's it is: in no log, report, run folder or recording."""

import re
from typing import Final

KEY_SHAPES: Final = re.compile(
    r"\b(?:sk|pk|rk|ghp|gsk|xai|hf)[-_][A-Za-z0-9_*\-]{6,}"  # the prefixes of OpenAI, Anthropic, Groq, xAI, …
    r"|\bkey-[A-Za-z0-9_*\-]{16,}"
    r"|AIza[0-9A-Za-z_\-]{20,}"  # Google's
    r"|(?<=\bBearer )\S+|(?<=\bbearer )\S{8,}"
)
