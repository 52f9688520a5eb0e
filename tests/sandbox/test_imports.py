"""What learned code may import is the allow-list's to say; what its packages import for themselves is not."""

import importlib
import json
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from toolwright.sandbox import DEFAULT_PACKAGES, ConfinedSandbox
from toolwright.sandbox.worker.imports import Guard
from toolwright.sandbox.worker.learned import Cells, call_function

from .conftest import Make
from .test_faults import LIMITS

REFUSED = "ImportError: os is not among the packages functions may import (line {line} of job.py: `"
ASKING = {
    "by statement": ("import os", 2),
    "by a dotted name": ("import os.path", 2),
    "from it": ("from os import path", 2),
    "by another name": ("x = 1\nimport os as math", 3),
    "by __import__": ("return __import__('os').getcwd()", 2),
    "by importlib": ("import importlib\nreturn importlib.import_module('os')", 3),
    "by importlib's __import__": ("import importlib\nreturn importlib.__import__('os')", 3),
    "by exec": ("exec('import os')", 2),
    "by exec in another namespace": ("exec('import os', {})", 2),
    "by eval": ("eval('__import__(\"os\")')", 2),
    "in a nested function": ("def inner():\n    import os\n    return 1\nreturn inner()", 3),
    "in a lambda": ("return (lambda: __import__('os'))()", 2),
    "in a class": ("class A:\n    import os", 3),
    "by a function made of code": (
        "import types\nreturn types.FunctionType(compile('import os', 'x', 'exec'), {})()",
        3,
    ),
}


@pytest.fixture
def guard() -> Generator[Guard]:
    """Watches importlib as long as the test lasts."""
    kept = importlib.import_module, importlib.__import__
    made = Guard(["math", "numpy", "importlib", "types", "collections.abc"])
    made.watch_importlib()
    yield made
    importlib.import_module, importlib.__import__ = kept


def answer(source: str, guard: Guard) -> Any:
    return json.loads(
        call_function({"name": "job", "source": source, "arguments": {}}, LIMITS, "", guard, confined=True)
    )


@pytest.mark.parametrize("how", ASKING)
def test_what_is_not_on_the_list_is_refused_naming_the_line(guard: Guard, make: Make, how: str) -> None:
    body, line = ASKING[how]
    found = answer(make(body).source, guard)
    assert found["status"] == "error"
    assert found["error"].startswith(REFUSED.format(line=line)), found


def test_it_is_refused_at_the_top_of_a_source_too(guard: Guard) -> None:
    found = answer("import math\nimport subprocess\ndef job(): return 1\n", guard)
    assert found["error"] == (
        "ImportError: subprocess is not among the packages functions may import (line 2 of job.py: `import subprocess`)"
    )


@pytest.mark.parametrize(
    "body",
    [
        "import math\nreturn math.floor(1.5)",
        "from collections.abc import Mapping\nreturn 1",
        "import collections\nreturn 1",
        "import numpy.linalg\nreturn 1",
        "import importlib\nreturn importlib.import_module('math').floor(1.5)",
        "try:\n    import os\nexcept ImportError as error:\n    return 1 if error.name == 'os' else 2",
    ],
)
def test_what_is_on_the_list_comes_in(guard: Guard, make: Make, body: str) -> None:
    assert answer(make(body).source, guard) == {"status": "ok", "result": 1}


def test_python_itself_says_what_is_wrong_with_a_name_that_is_none(guard: Guard, make: Make) -> None:
    assert "TypeError" in answer(make("__import__(5)").source, guard)["error"]
    assert "Empty module name" in answer(make("__import__('')").source, guard)["error"]


def test_a_package_imports_what_it_needs(guard: Guard, make: Make) -> None:
    sys.modules.pop("colorsys", None)  # a stand-in for what numpy imports lazily
    fake = type(sys)("numpy_like")
    exec("def lazily():\n    import colorsys\n    return colorsys.__name__", fake.__dict__)
    sys.modules["math_like"] = fake
    try:
        allowed = Guard(["math_like"])
        assert answer(make("import math_like\nreturn math_like.lazily()").source, allowed)["result"] == "colorsys"
    finally:
        del sys.modules["math_like"]


def test_cells_keep_to_the_same_list(guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    cells = Cells(LIMITS, "", guard, confined=True)
    assert json.loads(cells.run("import math\nmath.floor(2.5)"))["result"] == 2
    found = json.loads(cells.run("x = 1\nimport os"))
    assert found["error"] == (
        "ImportError: os is not among the packages functions may import (line 2 of cell 2: `import os`)"
    )
    assert json.loads(cells.run("x"))["result"] == 1


async def test_in_the_sandbox_the_users_list_holds_for_calls_and_cells(sandbox: ConfinedSandbox, make: Make) -> None:
    for body, line in ASKING.values():
        outcome = await sandbox.call(make(body), {})
        said = "importlib" if "importlib" in body else "os"
        expected = REFUSED.format(line=2 if said == "importlib" else line).replace("os is", f"{said} is")
        assert outcome.error.startswith(expected), outcome
    async with sandbox.session() as cells:
        assert "os is not among the packages" in (await cells.run("import os")).error
        assert (
            await cells.run("import numpy, math\nint(numpy.linalg.det(numpy.eye(2))) + math.floor(1.5)")
        ).result == 2


async def test_in_the_sandbox_every_allowed_package_still_imports_and_works(
    sandbox: ConfinedSandbox, make: Make
) -> None:
    imports = "\n".join(f"import {name}" for name in DEFAULT_PACKAGES if name != "__future__")
    lazily = """
    import numpy, pandas, sympy, scipy.optimize, datetime, decimal, random, statistics, zoneinfo
    frame = pandas.read_csv(__import__("io").StringIO("a,b\\n1,2\\n3,4"))
    return [
        frame.groupby("a").sum().to_dict(), frame.to_json(), frame.describe().shape,
        str(sympy.solve(sympy.Symbol("x") ** 2 - 4)), float(sympy.lambdify([], sympy.pi)()),
        scipy.optimize.minimize(lambda v: (v - 1) ** 2, 0.0).success, numpy.polynomial.Polynomial([1, 2])(1),
        statistics.median([1, 2, 3]), str(zoneinfo.ZoneInfo("Europe/Vienna")), datetime.date(2024, 5, 2).strftime("%A"),
    ]
    """
    assert (await sandbox.call(make(f"{imports}\nreturn 1"), {})).result == 1
    outcome = await sandbox.call(make(lazily), {})
    assert outcome.ok, outcome.error


@pytest.mark.parametrize("allowed", [["pandas"], ["pandas", "pyarrow"], ["pandas", "needs_arrow"]])
def test_what_pandas_takes_in_unasked_is_there_only_where_something_needs_it(
    allowed: list[str], tmp_path: Path
) -> None:
    (tmp_path / "needs_arrow.py").write_text("import pyarrow\n")
    program = (
        f"import sys; sys.path.append({str(tmp_path)!r}); from toolwright.sandbox.worker.preload import preload\n"
        f"faults = preload({allowed})[1]\n"
        "import io, pandas; pandas.read_csv(io.StringIO('a,b\\n1,x\\n3,y')).describe().to_json()\n"
        "print(faults, 'pyarrow' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == f"{{}} {allowed != ['pandas']}"
