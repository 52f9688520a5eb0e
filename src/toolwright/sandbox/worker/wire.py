"""The bytes that caller, base and child agree on; standard library only, so that the worker can use it."""

from typing import Final

FORK: Final = b"+"
"""Comes to the base with a new call's descriptors."""

FORK_WITH_FILES: Final = b"f"
"""The same, for a call that brings files: the child takes them before it confines itself."""

FILE: Final = b"F"
"""Comes to the child with a file's descriptor."""

REQUEST: Final = b"R"
"""Begins the request itself, a line of JSON."""

READY: Final = b"ready\n"
"""The child has taken its request; learned code may begin."""
