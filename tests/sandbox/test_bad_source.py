"""Bad source is refused at the front where it passes there, and refused or contained in the sandbox, naming the line.

The front is what reads source without running it: a function, a folder of functions, admission. What stands in no
function's way there (a user may write what admission would not take from a model) still meets the sandbox.
"""

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from toolwright.errors import FunctionError
from toolwright.functions import Function, FunctionSet
from toolwright.optimizer.static_checks import check_function
from toolwright.sandbox import ConfinedSandbox
from toolwright.trajectories import OutcomeStatus

from .conftest import Make, goes_on

LONG = "def job():\n    return 1\n" + "# padding\n" * 100_000
NESTED = "def job():\n    return " + "-" * 200_000 + "1\n"
GOOD = Function(name="good", source="def good():\n    return len([1, 2])\n")


def admit(source: str) -> None:
    check_function(Function(name="job", source=source), {"math", "numpy"}, ())


def load(source: bytes, folder: Path) -> None:
    (folder / "job.py").write_bytes(source)
    FunctionSet.load(folder)


def hostile(source: Any) -> Function:
    """A function no check has seen."""
    return Function.model_construct(name="job", source=source)


def test_a_file_that_is_not_utf8_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(FunctionError, match=r"job\.py cannot be read as UTF-8 text: line 2: .*0xff"):
        load(b"def job():\n    return '\xff'\n", tmp_path)


@pytest.mark.parametrize(
    ("source", "said"),
    [(b"def job(): return '\xff'", "unicode string"), ("def job():\n    return '\ud800'", "line 2 of the source")],
)
def test_a_function_whose_source_is_not_utf8_cannot_be_made(source: Any, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Function(name="job", source=source)


FRONT: dict[str, tuple[str, str]] = {
    "a null byte": ("def job():\n    return '\0'", "line 2: the source holds null bytes"),
    "a byte order mark": ("\ufeffdef job(): pass", "line 1: "),
    "a syntax error": ("def job():\n    return (\n", r"line 2: '\(' was never closed"),
    "a megabyte": (LONG, "line 50000: the source is 1,000,024 characters long, and 500,000 are read at most"),
    "endless nesting": (NESTED, "nested too deeply"),
    "another name": ("x = 1\ndef other(): pass\n", r"does not define `def job\(...\)`; it defines other in line 2"),
}


@pytest.mark.parametrize("what", FRONT)
def test_source_that_is_no_function_of_its_name_is_refused_when_it_is_read(what: str, tmp_path: Path) -> None:
    source, said = FRONT[what]
    with pytest.raises(FunctionError, match=said):
        load(source.encode(), tmp_path)
    with pytest.raises(FunctionError, match=said):
        Function(name="job", source=source).signature  # noqa: B018 - it is read here


ADMISSION: dict[str, tuple[str, str]] = {
    "a megabyte": (LONG, "code: 1000024 characters; at most 20000 are admitted"),
    "an import": ("import math\nimport os\ndef job(): pass\n", "line 2: 'os' may not be imported"),
    "an import by name": ("def job():\n    return __import__('os')\n", "line 2: __import__ is not admitted"),
    "an import by importlib": ("def job():\n    import importlib\n", "line 2: 'importlib' may not be imported"),
    "an import by exec": ("def job():\n    exec('import os')\n", "line 2: exec is not admitted"),
    "another name": ("\ndef other(): pass\n", "line 2: the code defines other beside job"),
    "a constant named as a builtin": ("import math\nlen = 3\ndef job(): pass\n", "line 2: len is a builtin of Python"),
    "several at once": ("a, (b, sum) = 1, (2, 3)\ndef job(): pass\n", "line 1: sum is a builtin"),
    "a hinted one": ("def job(): pass\nmax: int = 3\n", "line 2: max is a builtin"),
    "an import named as a builtin": ("import math as abs\ndef job(): pass\n", "line 1: abs is a builtin"),
    "a helper named as a builtin": ("def __import__(x): pass\ndef job(): pass\n", "line 1: __import__ is a builtin"),
    "a global named as a builtin": ("def job():\n    global print\n    print = 1\n", "line 2: print is a builtin"),
    "code at import": ("print('hi')\ndef job(): pass\n", r"line 1: `print\('hi'\)` runs at import"),
    "a helper's default": ("def _h(a=open('x')): pass\ndef job(): pass\n", r"line 1: `open\('x'\)` runs at import"),
    "a helper's hint": ("\ndef _h(a: open('x')): pass\ndef job(): pass\n", r"line 2: `open\('x'\)` runs at import"),
    "a result's hint": ("def job() -> print('x'): pass\n", r"line 1: `print\('x'\)` runs at import"),
    "a constant's hint": ("X: print('x') = 1\ndef job(): pass\n", "line 1: .* runs at import"),
    "a changed module": ("import math\nmath.pi = 3\ndef job(): pass\n", "line 2: `math.pi = 3` runs at import"),
}


@pytest.mark.parametrize("what", ADMISSION)
def test_admission_refuses_it_naming_the_line(what: str) -> None:
    source, said = ADMISSION[what]
    with pytest.raises(FunctionError, match=said):
        admit(source)


@pytest.mark.parametrize(
    "source",
    [
        "from numpy import sum, abs\ndef job(): return sum([1])\n",
        "def job():\n    list = [1]\n    return list\n",
        "def _h(sum=0, *, max: int = 1) -> int:\n    return sum\ndef job(): return _h()\n",
        "A, B = 1, -2.5\nTABLE = {'a': [1, 2]}\ndef job() -> list[int]: return [A]\n",
    ],
)
def test_admission_lets_pass_what_changes_nothing_beyond_a_function(source: str) -> None:
    admit(source)


INSIDE: dict[str, tuple[Any, set[OutcomeStatus], str]] = {
    "bytes": (b"def job(): pass", {"refused"}, "the source of job.py is no text"),
    "nothing": (None, {"refused"}, "the source of job.py is no text"),
    "half a surrogate pair": ("def job():\n    return '\ud800'\n", {"refused"}, "not UTF-8 text: .*line 2 of job.py"),
    "a null byte": ("def job():\n    return '\0'\n", {"refused"}, r"a null byte \(line 2 of job.py\)"),
    "a syntax error": ("def job():\n    return (\n", {"error"}, r"SyntaxError: .* \(line 2 of job.py: `return \(`\)"),
    "endless nesting": (NESTED, {"error"}, "job.py is nested too deeply to be compiled|SyntaxError"),
    "endless brackets": ("x = " + "(" * 1_000_000, {"error"}, "too many nested parentheses .line 1 of job.py"),
    "a long sum": (
        "x = " + "1+" * 250_000 + "1",
        {"error", "crashed", "timeout"},
        "nested too deeply|SIGSEGV|ran longer",
    ),
    "an import": (
        "import math\nimport os\ndef job(): pass\n",
        {"error"},
        r"ImportError: os is not among the packages functions may import \(line 2 of job.py: `import os`\)",
    ),
    "an import by name": ("def job():\n    return __import__('os')\n", {"error"}, r"os is not among .*\(line 2 of"),
    "an import by importlib": ("def job():\n    import importlib\n", {"error"}, r"importlib is not among .*\(line 2"),
    "an import by exec": ("def job():\n    exec('import os')\n", {"error"}, r"os is not among .*\(line 2 of job.py"),
    "another name": (
        "x = 1\ndef other(): pass\nasync def third(): pass\n",
        {"error"},
        "the source defines no `job`; it defines `other` in line 2, `third` in line 3",
    ),
    "many other names": (
        "".join(f"def f{n}(): pass\n" for n in range(9)),
        {"error"},
        "`f2` in line 3 and 6 more",
    ),
    "no function": ("job = 3\n", {"error"}, "TypeError: 'int' object is not callable"),
    "a builtin with another meaning": (
        "len = 3\ndef job():\n    return len([1])\n",
        {"error"},
        r"callable \(line 3 of",
    ),
    "an error at import": (
        "x = 1\ny = x / 0\ndef job(): pass\n",
        {"error"},
        r"ZeroDivisionError: .*\(line 2 of job.py",
    ),
    "an exit at import": ("raise SystemExit\ndef job(): pass\n", {"error"}, r"SystemExit \(line 1 of job.py"),
    "a recursion without end": ("def job():\n    return job()\n", {"error"}, r"RecursionError: .*\(line 2 of job.py"),
    "a recursion at import": ("def job(): job()\njob()\n", {"error"}, r"RecursionError: .*\(line 2 of job.py: `job"),
}


@pytest.mark.parametrize("what", INSIDE)
async def test_the_sandbox_refuses_or_contains_it_naming_the_line(sandbox: ConfinedSandbox, what: str) -> None:
    source, statuses, said = INSIDE[what]
    outcome = await sandbox.call(hostile(source), {})
    assert outcome.status in statuses, outcome
    assert re.search(said, outcome.error), outcome.error
    assert (await sandbox.call(GOOD, {})).result == 2


async def test_an_endless_loop_at_import_is_ended(hurried: ConfinedSandbox) -> None:
    outcome = await hurried.call(hostile("while True: pass\ndef job(): pass\n"), {})
    assert (outcome.status, outcome.error.partition(";")[0]) == ("timeout", "ran longer than 0.5 s")
    assert await goes_on(hurried, GOOD)


async def test_a_megabyte_of_source_is_compiled_within_the_calls_limits(sandbox: ConfinedSandbox) -> None:
    assert (await sandbox.call(hostile(LONG), {})).result == 1


async def test_builtins_that_a_call_changes_are_its_own(bare: ConfinedSandbox, make: Make) -> None:
    change = make("import builtins\nbuiltins.len = builtins.sorted = lambda *a: 0\nreturn len([1])")
    for _ in range(4):
        await bare.call(change, {})
        assert (await bare.call(GOOD, {})).result == 2


CELLS: dict[str, tuple[str, str]] = {
    "half a surrogate pair": ("x = 1\n'\ud800'", r"not UTF-8 text: .*\(line 2 of cell 1\)"),
    "a null byte": ("x = 1\n'\0'", r"a null byte \(line 2 of cell 1\)"),
    "endless nesting": ("-" * 200_000 + "1", "cell 1 is nested too deeply to be compiled|SyntaxError"),
}


@pytest.mark.parametrize("what", CELLS)
async def test_a_bad_cell_names_its_line_and_the_next_one_works(sandbox: ConfinedSandbox, what: str) -> None:
    code, said = CELLS[what]
    async with sandbox.session() as cells:
        outcome = await cells.run(code)
        assert outcome.status == "error"
        assert re.search(said, outcome.error), outcome.error
        assert (await cells.run("1 + 1")).result == 2
