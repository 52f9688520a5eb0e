"""What a call is given, what it gives back, and what it leaves behind."""

import asyncio
import hashlib
import stat
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from toolwright.errors import SandboxError
from toolwright.functions import Function
from toolwright.protocols import Sandbox
from toolwright.sandbox import ConfinedSandbox
from toolwright.sandbox.packages import DEFAULT_PACKAGES
from toolwright.sync import run_sync
from toolwright.tasks import TaskFile

from .conftest import EVERYTHING, Make, until

ECHO = Function(name="echo", source="def echo(value):\n    return value\n")
texts = st.text(st.characters(codec="utf-8"), max_size=20)
values: st.SearchStrategy[JsonValue] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=10,
)


def task_file(path: Path, name: str | None = None) -> TaskFile:
    return TaskFile(name=name or path.name, path=str(path), sha256=hashlib.sha256(path.read_bytes()).hexdigest())


@given(value=values)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_json_value_comes_back_as_it_went(bare: ConfinedSandbox, value: JsonValue) -> None:
    outcome = run_sync(bare.call(ECHO, {"value": value}))
    assert (outcome.status, outcome.result) == ("ok", value)


async def test_it_is_a_sandbox_of_the_confined_kind(bare: ConfinedSandbox) -> None:
    assert isinstance(bare, Sandbox)
    assert bare.kind == "confined"


async def test_each_function_runs_its_own_code(bare: ConfinedSandbox) -> None:
    ones = [Function(name=f"f{n}", source=f"def f{n}():\n    return {n}\n") for n in range(6)]
    outcomes = await asyncio.gather(*(bare.call(one, {}) for one in ones))
    assert [outcome.result for outcome in outcomes] == [0, 1, 2, 3, 4, 5]


async def test_no_state_survives_a_call(bare: ConfinedSandbox, make: Make) -> None:
    marks = make(
        """
        import builtins, os, sys
        seen = [hasattr(builtins, "mark"), "mark" in sys.modules, "MARK" in os.environ, sorted(os.listdir())]
        builtins.mark = sys.modules["mark"] = os.environ["MARK"] = "here"
        open("mark", "w").close()
        return seen
        """
    )
    for _ in range(6):
        assert (await bare.call(marks, {})).result == [False, False, False, []]


async def test_what_is_printed_is_kept_apart_from_the_result(bare: ConfinedSandbox, make: Make) -> None:
    outcome = await bare.call(make("import os\nprint('één')\nos.write(1, b'raw')\nreturn 1"), {})
    assert (outcome.result, outcome.stdout) == (1, "één\nraw")


async def test_the_environment_holds_nothing_of_the_callers(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "s3cret")
    async with ConfinedSandbox(allowed=EVERYTHING, preload=False) as sandbox:
        outcome = await sandbox.call(make("import os\nreturn dict(os.environ)"), {})
    assert isinstance(outcome.result, dict)
    assert "s3cret" not in outcome.result.values()
    assert set(outcome.result) <= {
        "HOME", "TMPDIR", "TZ", "LC_CTYPE", "PYTHONHASHSEED", "PYTHONUTF8",
        "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "MALLOC_ARENA_MAX",
    }  # fmt: skip


async def test_a_call_holds_no_descriptor_but_its_own(bare: ConfinedSandbox, make: Make) -> None:
    code = """
    import os, stat
    found = []
    for n in range(256):
        try:
            mode = os.fstat(n).st_mode
        except OSError:
            continue
        found.append("device" if stat.S_ISCHR(mode) else "pipe" if stat.S_ISFIFO(mode) else oct(stat.S_IFMT(mode)))
    return found
    """
    outcome = await bare.call(make(code), {})
    assert outcome.result == ["device", "pipe", "device", oct(stat.S_IFSOCK)]


async def test_random_numbers_repeat_from_call_to_call(sandbox: ConfinedSandbox, make: Make) -> None:
    numbers = make(
        "import random, numpy\nreturn random.random(), numpy.random.rand(), hash('a'), list({'x', 'y', 'z'})"
    )
    first, second = [(await sandbox.call(numbers, {})).result for _ in range(2)]
    assert first == second
    assert first is not None


async def test_the_packages_are_those_that_really_import() -> None:
    async with ConfinedSandbox(allowed=("math", "numpy", "no_such_package", "collections.abc")) as sandbox:
        found = sandbox.packages()
        assert set(found) == {"math", "numpy", "collections"}
        assert found["math"] == ""
        assert found["numpy"].count(".") == 2
        assert "ModuleNotFoundError" in sandbox.faults()["no_such_package"]


def test_what_starts_processes_or_loads_native_code_is_not_allowed_by_default() -> None:
    roots = {name.partition(".")[0] for name in DEFAULT_PACKAGES}
    assert {"numpy", "__future__", "json"} <= roots
    assert not {"os", "sys", "subprocess", "socket", "ctypes", "importlib"} & roots


async def test_the_science_packages_work(sandbox: ConfinedSandbox, make: Make) -> None:
    code = """
    import numpy, pandas, scipy.optimize, sympy
    from dateutil import parser
    x = sympy.Symbol("x")
    return [
        int(numpy.linalg.det(numpy.eye(3))),
        str(sympy.diff(x**3, x)),
        round(scipy.optimize.brentq(lambda v: v - 2, 0, 5), 6),
        int(pandas.DataFrame({"a": [1, 2]}).a.sum()), parser.parse("2 May 2024").month,
    ]
    """
    assert (await sandbox.call(make(code), {})).result == [1, "3*x**2", 2.0, 3, 5]


async def test_files_can_be_read_by_name_and_not_found_by_path(
    bare: ConfinedSandbox, make: Make, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text("1,2")
    (tmp_path / "b.bin").write_bytes(bytes(range(256)) * 5000)
    code = """
    import os, stat
    modes = [stat.S_IMODE(os.stat(name).st_mode) for name in ("a.csv", "deep/b.bin")]
    return open("a.csv").read(), len(open("deep/b.bin", "rb").read()), modes, os.path.islink("a.csv"), os.getcwd()
    """
    files = (task_file(tmp_path / "a.csv"), task_file(tmp_path / "b.bin", "deep/b.bin"))
    outcome = await bare.call(make(code), {}, files)
    assert isinstance(outcome.result, list), outcome.error
    assert outcome.result[:4] == ["1,2", 1_280_000, [0o444, 0o444], False]
    folder = outcome.result[4]
    assert str(tmp_path) not in str(folder)
    await until(lambda: not Path(str(folder)).exists())


@pytest.mark.parametrize("name", ["../a", "/etc/a", "", ".", "a/../../b", "a//b"])
async def test_a_file_cannot_be_put_outside_the_folder(bare: ConfinedSandbox, tmp_path: Path, name: str) -> None:
    (tmp_path / "a").write_text("x")
    with pytest.raises(SandboxError, match="plain relative name"):
        await bare.call(ECHO, {"value": 1}, (TaskFile(name=name, path=str(tmp_path / "a"), sha256=""),))


async def test_a_missing_file_is_named(bare: ConfinedSandbox, tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match=r"gone\.csv"):
        await bare.call(ECHO, {"value": 1}, (TaskFile(name="g", path=str(tmp_path / "gone.csv"), sha256=""),))
    assert (await bare.call(ECHO, {"value": 1})).ok


async def test_a_sandbox_that_is_not_started_says_so() -> None:
    with pytest.raises(SandboxError, match="not started"):
        await ConfinedSandbox().call(ECHO, {"value": 1})
    with pytest.raises(SandboxError, match="not started"):
        ConfinedSandbox().packages()


async def test_an_interpreter_that_is_not_there_says_so() -> None:
    with pytest.raises(SandboxError, match="did not start"):
        async with ConfinedSandbox(python="/nowhere/python"):
            pass


async def test_a_relative_folder_for_temporary_files_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", ".")
    async with ConfinedSandbox(preload=False) as sandbox:
        assert (await sandbox.call(ECHO, {"value": 1})).result == 1
    assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240 - a look at a folder


async def test_an_interpreter_that_ends_at_once_is_said_with_its_last_words(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho no licence >&2\nexit 3\n")
    python.chmod(0o755)
    with pytest.raises(SandboxError, match=r"it ended; exit code 3\nno licence"):
        async with ConfinedSandbox(python=python):
            pass


async def test_a_large_source_and_large_arguments_pass(bare: ConfinedSandbox) -> None:
    long = Function(name="echo", source="def echo(value):\n    return len(value)\n" + "# padding\n" * 100_000)
    assert (await bare.call(long, {"value": "x" * 3_000_000})).result == 3_000_000


async def test_more_calls_than_processors_all_come_back(bare: ConfinedSandbox) -> None:
    outcomes = await asyncio.gather(*(bare.call(ECHO, {"value": n}) for n in range(40)))
    assert [outcome.result for outcome in outcomes] == list(range(40))


@pytest.mark.parametrize("value", [float("nan"), "\ud800", [[]]], ids=["NaN", "a half surrogate", "great depth"])
async def test_arguments_that_are_no_json_are_refused(bare: ConfinedSandbox, value: JsonValue) -> None:
    if value == [[]]:
        for _ in range(5000):
            value = [value]
    outcome = await bare.call(ECHO, {"value": value})
    assert outcome.status == "refused"
    assert outcome.error.startswith("arguments['value']")
