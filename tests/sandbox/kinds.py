"""The kinds of sandbox on this machine, for tests of what holds in each: nothing imported ahead."""

import sys
from functools import partial
from typing import Final

import pytest

from toolwright.sandbox import ConfinedSandbox, UnconfinedSandbox

from .interpreters import is_readable_by_all

Kind = partial[ConfinedSandbox] | partial[UnconfinedSandbox]

ALLOWED: Final = ("atexit", "builtins", "collections", "gc", "json", "os", "socket", "stat", "sys", "threading", "time")
"""What the functions of these tests import."""

confined = partial(ConfinedSandbox, allowed=ALLOWED, preload=False)
KINDS: Final = [
    pytest.param(confined, id="confined"),
    pytest.param(
        partial(confined, without=("namespaces",)),
        id="no namespaces",
        marks=pytest.mark.skipif(
            not is_readable_by_all(sys.executable),
            reason="Python lies in a folder of root's; run this as an ordinary user",
        ),
    ),
    pytest.param(partial(UnconfinedSandbox, allowed=ALLOWED, preload=False), id="unconfined"),
]
every_kind = pytest.mark.parametrize("kind", KINDS)
