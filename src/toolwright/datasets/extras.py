"""Libraries that only an extra brings: imported where they are first needed, and missed in words.

Example:
    arrow = extra("pyarrow", "pyarrow is not installed: pip install 'toolwright[hub]'")
"""

from importlib import import_module
from typing import Any

from toolwright.errors import ConfigError


def extra(module: str, missing: str) -> Any:  # noqa: ANN401 - a module that need not be there
    """A module of an extra.

    Raises:
        ConfigError: It is not installed; `missing` is the message.
    """
    try:
        return import_module(module)
    except ImportError:
        raise ConfigError(missing) from None
