"""Error texts: the learned line, no path, no address, the same on every machine."""

import errno
import sys
from typing import Any

import pytest

from toolwright.sandbox.worker.faults import MAX_TEXT, UNKNOWN, WALLS, describe, leaves, scrub
from toolwright.sandbox.worker.overruns import NO_THREAD, overrun
from toolwright.sandbox.worker.rlimits import CallLimits

LIMITS = CallLimits(
    cpu_seconds=1,
    memory_bytes=256 << 20,
    threads=4,
    scratch_bytes=8 << 20,
    scratch_files=1000,
    file_bytes=64 << 20,
    open_files=64,
    output_bytes=1000,
    result_bytes=1000,
    result_depth=10,
)


def fault_of(source: str, scratch: str = "", *, confined: bool = False) -> str:
    try:
        exec(compile(source, "job.py", "exec"), {})
    except BaseException as error:  # noqa: BLE001 - whatever learned code raises
        return describe(error, {"job.py": source}, scratch, confined=confined)
    raise AssertionError("nothing was raised")


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("x = 1\n1 / 0", "ZeroDivisionError: division by zero (line 2 of job.py: `1 / 0`)"),
        ("import json\njson.loads('{')", "(line 2 of job.py: `json.loads('{')`)"),
        ("def f(a): return a\nf(b=1)", "TypeError: f() got an unexpected keyword argument 'b' (line 2"),
        ("from math import zero", "ImportError: cannot import name 'zero' from 'math' (line 1 of job.py"),
        ("import nothing_here", "ModuleNotFoundError: No module named 'nothing_here' (line 1"),
        ("raise ValueError(object())", "ValueError: <object object at 0x...> (line 1"),
        ("raise ValueError('0xdeadbeef')", "ValueError: 0xdeadbeef (line 1"),
        ("raise KeyError('a')", "KeyError: 'a' (line 1"),
        ("assert False", "AssertionError (line 1 of job.py: `assert False`)"),
        ("open('/tmp/scratch/7/a.csv')", "No such file or directory: './a.csv'"),
        (
            "def f():\n    def g():\n        return {}['a']\n    return g()\nf()",
            "KeyError: 'a' (line 3 of job.py: `return",
        ),
        ("sorted([3, 1], key=lambda n:\n  n / 0)", "ZeroDivisionError: division by zero (line 2 of job.py: `n / 0)`)"),
        ("sorted([1, 'a'])", "supported between instances of 'str' and 'int' (line 1 of job.py"),
        ("x = 1\nexec('y = 2\\n1 / 0')", "ZeroDivisionError: division by zero (line 2 of job.py: `exec("),
        ("x = 1\nexec('1 +')", "SyntaxError: invalid syntax (line 2 of job.py: `exec('1 +')`)"),
        ("exec(compile('\\n' * 9 + '1 / 0', 'job.py', 'exec'))", "division by zero (line 10 of job.py)"),
        ("a = '\x0c'\n1 / 0", "(line 2 of job.py: `1 / 0`)"),
        ("def f(): f()\nf()", "RecursionError: maximum recursion depth exceeded (line 2 of job.py: `f()`)"),
        ("try:\n    1 / 0\nexcept ZeroDivisionError:\n    {}['a']", "KeyError: 'a' (line 4 of job.py: `{}['a']`)"),
        (
            "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise ValueError('no rate') from e",
            "e`); caused by ZeroDivisionError: division by zero (line 2 of job.py: `1 / 0`)",
        ),
        ("try:\n    1 / 0\nexcept ZeroDivisionError:\n    raise ValueError('no') from None", "ValueError: no (line 4"),
        (
            "raise ExceptionGroup('two', [ValueError(1), ExceptionGroup('in', [KeyError(2)])])",
            "KeyError(2)])])`): ValueError: 1; KeyError: 2",
        ),
        ("raise ExceptionGroup('many', [ValueError(n) for n in range(9)])", "ValueError: 4; and 4 more"),
        (f"raise ValueError({sys.prefix + '/lib/x.py'!r})", "ValueError: <python>/lib/x.py"),
    ],
)
def test_a_fault_reads(source: str, text: str) -> None:
    assert text in fault_of(source, "/tmp/scratch/7")


def test_a_long_message_is_cut() -> None:
    text = fault_of("raise ValueError('x' * 10000)")
    assert len(text) < MAX_TEXT + 200
    assert "10,000 characters" in text


def test_scrubbing_leaves_other_text_alone() -> None:
    assert scrub("at 0x7f12ab34cd56 0x7f12ab34cd56") == "at 0x... 0x7f12ab34cd56"


NAMELESS = "class M(type):\n    __name__ = property(lambda c: 1 / 0)\nclass E(Exception, metaclass=M): pass\nraise E"
HOSTILE = {
    "a type whose name raises": NAMELESS,
    "a traceback that raises": "class E(Exception):\n    __traceback__ = property(lambda e: 1 / 0)\nraise E",
    "a cause that raises": "class E(Exception):\n    __cause__ = property(lambda e: 1 / 0)\nraise E",
    "a group without exceptions": "class G(ExceptionGroup):\n    exceptions = None\nraise G('g', [ValueError()])",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_an_exception_that_resists_description_has_one_all_the_same(what: str) -> None:
    assert fault_of(HOSTILE[what]) == UNKNOWN


def test_a_text_of_a_hostile_kind_is_plain_text() -> None:
    source = (
        "class S(str):\n    def __len__(self): raise SystemExit\n    __contains__ = __len__\n"
        "class E(Exception):\n    def __str__(self): return S('plain')\nraise E"
    )
    assert fault_of(source) == "E: plain (line 6 of job.py: `raise E`)"
    odd = "e = SyntaxError('odd')\ne.filename, e.lineno = [], 'x'\nraise e"
    assert fault_of(odd) == "SyntaxError: odd (line 3 of job.py: `raise e`)"


@pytest.mark.parametrize(
    ("source", "explained"),
    [
        ("raise PermissionError(13, 'Permission denied')", True),
        ("raise OSError(30, 'Read-only file system')", True),
        ("open('/nowhere/at/all')", True),
        ("try:\n    raise PermissionError(1, 'no')\nexcept OSError as e:\n    raise ValueError('x') from e", True),
        ("class U(OSError): pass\ne = U('x')\ne.reason = PermissionError(1, 'no')\nraise e", True),
        ("open('here.csv')", False),
        ("raise OSError(24, 'Too many open files')", False),
        ("1 / 0", False),
    ],
)
def test_a_wall_is_explained_where_there_is_one(source: str, explained: bool) -> None:
    assert fault_of(source, confined=True).endswith(f"; {WALLS}") is explained
    assert WALLS not in fault_of(source)


@pytest.mark.parametrize(
    ("error", "found"),
    [
        (MemoryError(), ("memory", "needed more than 256 MB of memory; hold less at once")),
        (RuntimeError(NO_THREAD), ("threads", "could not start a thread: 4 may run beside the main one; use fewer")),
        (OSError(errno.EFBIG, "File too large"), ("scratch", "wrote a file of more than 64 MB; write less")),
        (OSError(errno.ENOENT, "no"), None),
        (OSError("8 requested and 0 written"), None),
        (RuntimeError("another"), None),
        (
            ExceptionGroup("all", [ValueError(), MemoryError()]),
            ("memory", "needed more than 256 MB of memory; hold less at once"),
        ),
    ],
)
def test_an_exception_that_a_limit_raised_is_told_as_that_limit(error: Exception, found: Any) -> None:
    assert overrun(error, LIMITS) == found


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_the_scratch_limit(number: int) -> None:
    status, text = overrun(OSError(number, "full"), LIMITS) or ("", "")
    assert status == "scratch"
    assert text.startswith("wrote more than 8 MB in its working folder; make less")


def test_the_leaves_of_nested_groups_come_in_order() -> None:
    one, two, three = ValueError(1), KeyError(2), TypeError(3)
    assert leaves(ExceptionGroup("a", [ExceptionGroup("b", [one, two]), three])) == [one, two, three]
    assert leaves(one) == [one]
