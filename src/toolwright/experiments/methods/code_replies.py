r"""Python code in what a model wrote, as models really write it: fenced, fenced twice, cut off, or without a fence.

Example:
    >>> code_of("Like this:\n```python\nprint(1)\n```\nIt prints 1.")
    'print(1)'
"""

import ast
import re
import textwrap
from typing import Final

from toolwright.errors import FunctionError
from toolwright.schemas import parse_source

_FENCED: Final = re.compile(
    r"^[ \t>]*```[ \t]*(?P<language>[\w+.-]*)[^\n]*\n(?P<code>.*?)(?:^[ \t>]*```[ \t]*$|\Z)", re.MULTILINE | re.DOTALL
)
_PYTHON: Final = {"python", "python3", "py"}


def code_of(text: str) -> str:
    """The reply's code, its blocks in order; "" where it has none.

    Blocks of another language are left out; blocks that name none count where no block names Python and they parse.
    """
    blocks = [
        (found["language"].lower(), textwrap.dedent(found["code"]).strip("\n"))
        for found in _FENCED.finditer(text.replace("\r\n", "\n"))
    ]
    named = [code for language, code in blocks if language in _PYTHON]
    unnamed = [code for language, code in blocks if not language and is_python(code)]
    if blocks:
        return "\n\n".join(code for code in named or unnamed if code.strip())
    return text.strip("\n") if is_python(text) else ""


def is_python(text: str) -> bool:
    """Whether a text is Python that does something: a word, a number or a sentence may parse, too."""
    try:
        body = parse_source(text).body
    except FunctionError:
        return False
    return any(not isinstance(node, ast.Expr) or isinstance(node.value, ast.Call) for node in body)
