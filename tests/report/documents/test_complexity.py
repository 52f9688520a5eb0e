"""Cyclomatic complexity is that of the most complex function; what cannot be read has none and does no harm."""

import resource
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolwright.report.documents.functions.complexity import MAX_CHARACTERS, Measured, measured

BRANCHES = """
def f(a, b):
    # a comment

    if a and b:
        return 1
    for x in a:
        pass
    return [y for y in b if y]
"""


def test_branches_loops_conditions_and_comprehensions_count() -> None:
    assert measured(BRANCHES) == Measured(complexity=6, lines=6)


def test_the_most_complex_function_counts_wherever_it_stands() -> None:
    simple = "def f():\n    return 1\n"
    inner = "def g():\n    def h(a):\n        return 1 if a else 2\n    return h\n"
    method = "class C:\n    def m(self, a):\n        while a:\n            a -= 1 if a > 2 else 2\n"
    assert [measured(simple + more).complexity for more in ("", inner, method)] == [1, 2, 3]


@pytest.mark.parametrize(
    "source", ["x = 1\n", "", "def f(:\n", "def f(): \0\n", "x = \ud800\n", "(" * 5_000, "x" * (MAX_CHARACTERS + 1)]
)
def test_what_cannot_be_read_has_no_complexity(source: str) -> None:
    assert measured(source).complexity is None


@given(st.text(max_size=100))
def test_no_text_makes_it_fail(source: str) -> None:
    assert measured(source).lines <= len(source.splitlines())


def test_deeply_nested_functions_take_little_memory() -> None:
    nested = "".join(" " * depth + "def f():\n" for depth in range(99)) + " " * 99 + "pass\n"
    code = (
        f"from toolwright.report.documents.functions.complexity import measured; print(measured({nested!r}).complexity)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30)),
    )
    assert done.stdout == "1\n"


def test_neither_toolwright_nor_its_command_line_imports_what_only_the_page_needs() -> None:
    code = "import sys, toolwright, toolwright.cli.app; print([m for m in sys.modules if m in ('radon', 'pygments')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[]\n"
