"""The bytes that caller and child agree on; standard library only, so that the worker can use it."""

from typing import Final

FILE: Final = b"F"
"""Comes to the child with a file's descriptor."""

REQUEST: Final = b"R"
"""Begins the request itself, a line of JSON."""

READY: Final = b"ready\n"
"""The child has taken its request; learned code may begin."""
