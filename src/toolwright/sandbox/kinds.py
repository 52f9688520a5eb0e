"""The kinds of sandbox, and which is meant where none is named."""

import sys
from typing import Final

from toolwright.sandbox.confined import ConfinedSandbox
from toolwright.sandbox.container import ContainerSandbox
from toolwright.sandbox.forked import ForkedSandbox

KINDS: Final = ("confined", "container", "unconfined")
"""From the most to the least that is asked of this machine; "unconfined" only where the user says so."""


def default_kind(system: str) -> str:
    """The kind where none is named, by `sys.platform`: the layers of `confined` are Linux's."""
    return "confined" if system == "linux" else "container"


def sandbox_for_one_call() -> ForkedSandbox:
    """A sandbox of the default kind with nothing imported ahead, not yet started."""
    kind = ConfinedSandbox if default_kind(sys.platform) == "confined" else ContainerSandbox
    return kind(preload=False, concurrency=1)
