"""Error texts: the learned line, no path, no address, the same on every machine."""

import sys

import pytest

from toolwright.sandbox.worker.faults import MAX_TEXT, describe, scrub


def fault_of(source: str, scratch: str = "") -> str:
    try:
        exec(compile(source, "job.py", "exec"), {})
    except BaseException as error:  # noqa: BLE001 - whatever learned code raises
        return describe(error, {"job.py": source}, scratch)
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
