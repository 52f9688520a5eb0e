"""What learned functions may import unless the user says otherwise. Data only."""

from typing import Final

SAFE_STANDARD: Final = (
    "__future__", "abc", "array", "asyncio", "base64", "binascii", "bisect", "bz2", "calendar", "cmath", "codecs",
    "collections", "concurrent.futures", "contextlib", "contextvars", "copy", "csv", "dataclasses", "datetime",
    "decimal", "difflib", "enum", "fnmatch", "fractions", "functools", "glob", "graphlib", "gzip", "hashlib",
    "heapq", "hmac", "html", "io", "itertools", "json", "lzma", "math", "numbers", "operator", "pathlib", "pprint",
    "queue", "random", "re", "sqlite3", "statistics", "string", "struct", "tempfile", "textwrap", "threading",
    "time", "types", "typing", "unicodedata", "uuid", "xml.etree.ElementTree", "zipfile", "zlib", "zoneinfo",
)  # fmt: skip
"""The standard library's part that computes, and reads and writes files of the working folder.

What is there to start processes, to connect or to call native code is left out; that it cannot is the kernel's matter.
"""

SCIENCE: Final = ("numpy", "sympy", "scipy", "pandas", "dateutil")
"""Preloaded where they are installed."""

DEFAULT_PACKAGES: Final = (*SAFE_STANDARD, *SCIENCE)
