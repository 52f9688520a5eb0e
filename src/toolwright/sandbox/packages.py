"""What learned functions may import unless the user says otherwise. Data only."""

from typing import Final

SAFE_STANDARD: Final = (
    "__future__", "abc", "array", "base64", "binascii", "bisect", "calendar", "cmath", "collections", "contextlib",
    "copy", "csv", "dataclasses", "datetime", "decimal", "difflib", "enum", "fractions", "functools", "hashlib",
    "heapq", "hmac", "html", "io", "itertools", "json", "math", "numbers", "operator", "random", "re", "statistics",
    "string", "struct", "textwrap", "time", "types", "typing", "unicodedata", "uuid", "zlib", "zoneinfo",
)  # fmt: skip
"""The standard library's part that computes: nothing that starts processes, opens sockets or loads native code."""

SCIENCE: Final = ("numpy", "sympy", "scipy", "pandas", "dateutil")
"""Preloaded where they are installed."""

DEFAULT_PACKAGES: Final = (*SAFE_STANDARD, *SCIENCE)
