"""Keys never reach the disk: a config and a request's settings are redacted before they are written.

That is so for a run folder, a recording and the digest of a request.

Example:
    >>> redacted({"api_key": "sk-1", "max_tokens": 900, "api_key_env": "MY_KEY"})
    {'api_key': '***', 'max_tokens': 900, 'api_key_env': 'MY_KEY'}
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from pydantic import JsonValue

from toolwright.keys import KEY_SHAPES

HIDDEN: Final = "***"
"""What stands in a secret's place."""

_SECRET_NAME: Final = re.compile(
    r"(^|[_\-. ])(((api|access|private|secret|subscription)[_\-. ]?keys?)|token|passw(or)?d|passphrase|secrets?|"
    r"credentials?|authori[sz]ation|auth|bearer|cookies?)$",
    re.IGNORECASE,
)
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_IN_ADDRESS: Final = re.compile(r"(?<=://)[^/\s@]+(?=@)")


def redacted(
    config: Mapping[str, JsonValue], exact: Mapping[str, JsonValue] = MappingProxyType({})
) -> dict[str, JsonValue]:
    """The config with every value under a secret's name, and whatever looks like a key in a text, replaced by `***`.

    The name of an environment variable (`api_key_env`) is no secret and stays.

    Args:
        config: What is to be written.
        exact: Those parts of it, in its shape, that stay as they are: what is read back and holds no key.
    """
    hidden = {name: HIDDEN if _is_secret(name, value) else _cleaned(value) for name, value in config.items()}
    return {name: _laid_over(value, exact[name]) if name in exact else value for name, value in hidden.items()}


def _laid_over(hidden: JsonValue, exact: JsonValue) -> JsonValue:
    if isinstance(hidden, dict) and isinstance(exact, dict):
        return {name: _laid_over(value, exact[name]) if name in exact else value for name, value in hidden.items()}
    if isinstance(hidden, list) and isinstance(exact, list):
        return [_laid_over(*pair) for pair in zip(hidden, exact, strict=True)]
    return exact


def _is_secret(name: str, value: JsonValue) -> bool:
    return bool(value) and not isinstance(value, bool) and bool(_SECRET_NAME.search(_HUMP.sub("_", name)))


def _cleaned(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return redacted(value)
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    return KEY_SHAPES.sub(HIDDEN, _IN_ADDRESS.sub(HIDDEN, value)) if isinstance(value, str) else value
