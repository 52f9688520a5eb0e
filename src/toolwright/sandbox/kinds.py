"""The kinds of sandbox, and which is meant where none is named."""

from typing import Final

KINDS: Final = ("confined", "container", "unconfined")
"""From the most to the least that is asked of this machine; "unconfined" only where the user says so."""


def default_kind(system: str) -> str:
    """The kind where none is named, by `sys.platform`: the layers of `confined` are Linux's."""
    return "confined" if system == "linux" else "container"
