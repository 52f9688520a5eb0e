"""The other half of confinement: what honest functions do works inside, in every tier, and gives right results."""

import hashlib
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from pydantic import JsonValue

from toolwright.sandbox import DEFAULT_PACKAGES, ConfinedSandbox
from toolwright.sync import run_sync
from toolwright.tasks import TaskFile

from ..conftest import Make
from ..interpreters import readable_by_all
from .honest import COMPUTES, MORE

TIERS: Final[dict[str, tuple[str, ...]]] = {"B": (), "B-": ("landlock",), "A": ("namespaces",)}
WRITABLE: Final = ("B", "B-")
SCRATCH: Final[dict[str, tuple[str, JsonValue]]] = {
    "files are written, read and added to": (
        """
        from pathlib import Path
        Path("a.txt").write_text("één\\n")
        with open("a.txt", "a") as file:
            file.write("twee\\n")
        with open("a.txt", "r+b") as file:
            file.truncate(5)
        return Path("a.txt").read_text(), Path("a.txt").stat().st_size
        """,
        ["één", 5],
    ),
    "files are renamed, copied and removed": (
        """
        import os, shutil
        open("a", "w").close()
        os.rename("a", "b")
        shutil.copyfile("b", "c")
        os.replace("c", "d")
        os.remove("b")
        return os.listdir()
        """,
        ["d"],
    ),
    "folders are made, walked and removed": (
        """
        import os, shutil
        os.makedirs("a/b/c")
        open("a/b/c/file", "w").close()
        found = [(folder, sorted(names)) for folder, _, names in os.walk("a")]
        shutil.rmtree("a")
        os.mkdir("z")
        os.rmdir("z")
        return found[-1], os.listdir()
        """,
        [["a/b/c", ["file"]], []],
    ),
    "temporary files and folders are had": (
        """
        import tempfile, os
        with tempfile.TemporaryDirectory() as folder, tempfile.NamedTemporaryFile("w+") as named:
            with tempfile.TemporaryFile() as unnamed:
                unnamed.write(b"x")
            named.write("text")
            named.seek(0)
            inside = all(os.path.abspath(path).startswith(os.getcwd()) for path in (folder, named.name))
            return os.path.isdir(folder), named.read(), inside
        """,
        [True, "text", True],
    ),
    "pandas and numpy keep files": (
        """
        import numpy as np, pandas as pd
        pd.DataFrame({"a": [1, 2]}).to_csv("a.csv", index=False)
        np.save("b.npy", np.arange(3))
        np.savetxt("c.txt", np.eye(2))
        return pd.read_csv("a.csv").a.tolist(), np.load("b.npy", mmap_mode="r").tolist(), np.loadtxt("c.txt").tolist()
        """,
        [[1, 2], [0, 1, 2], [[1.0, 0.0], [0.0, 1.0]]],
    ),
    "a database is kept in a file": (
        """
        import sqlite3
        with sqlite3.connect("base.db") as base:
            base.execute("create table t (n)")
            base.execute("insert into t values (7)")
        base.close()
        return sqlite3.connect("base.db").execute("select n from t").fetchone()
        """,
        [7],
    ),
    "temporary files go there": (
        "import os, tempfile\nreturn os.path.samefile(tempfile.gettempdir(), os.path.expanduser('~'))",
        True,
    ),
}


@pytest.fixture(scope="module", params=["B", pytest.param("B-", marks=pytest.mark.soak), "A"])
def tier(request: pytest.FixtureRequest) -> str:
    """B- has a layer less than B, and none of its own: what works in B works there too, and is tried in soak."""
    return str(request.param)


@pytest.fixture(scope="module")
def sandbox(tier: str) -> Iterator[ConfinedSandbox]:
    if "namespaces" in TIERS[tier] and readable_by_all() != sys.executable:
        pytest.skip("Python lies in a folder of root's, and root's substitute cannot read it; run as an ordinary user")
    one = ConfinedSandbox(allowed=(*DEFAULT_PACKAGES, *MORE), concurrency=1, without=TIERS[tier])
    run_sync(one.__aenter__())
    yield one
    run_sync(one.__aexit__())


@pytest.mark.parametrize("what", COMPUTES)
async def test_inside(sandbox: ConfinedSandbox, make: Make, what: str) -> None:
    code, expected = COMPUTES[what]
    outcome = await sandbox.call(make(code), {})
    assert (outcome.error, outcome.result) == ("", expected)


@pytest.mark.parametrize("what", SCRATCH)
async def test_in_the_working_folder(sandbox: ConfinedSandbox, make: Make, tier: str, what: str) -> None:
    code, expected = SCRATCH[what]
    outcome = await sandbox.call(make(code), {})
    if tier in WRITABLE:
        assert (outcome.error, outcome.result) == ("", expected)
    else:
        assert outcome.status == "error"
        assert outcome.error.startswith(("PermissionError", "OSError", "FileNotFoundError", "OperationalError"))


async def test_the_task_s_files_are_read_and_not_changed(sandbox: ConfinedSandbox, make: Make, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a,b\n1,2\n")
    code = """
    import os, pandas
    refused = []
    for change in (
        lambda: open("data/table.csv", "w"),
        lambda: open("data/table.csv", "r+"),
        lambda: os.chmod("data/table.csv", 0o666),
        lambda: os.truncate("data/table.csv", 0),
    ):
        try:
            change()
            refused.append("")
        except OSError as error:
            refused.append(type(error).__name__)
    return pandas.read_csv("data/table.csv").b.tolist(), open("data/table.csv").read(), refused
    """
    file = TaskFile(name="data/table.csv", path=str(path), sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    outcome = await sandbox.call(make(code), {}, (file,))
    assert (outcome.error, outcome.result) == ("", [[2], "a,b\n1,2\n", ["PermissionError"] * 4])
    assert path.read_text() == "a,b\n1,2\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


async def test_random_numbers_are_the_same_in_each_call(sandbox: ConfinedSandbox, make: Make) -> None:
    numbers = make(
        """
        import random, numpy, scipy.stats
        drawn = random.random(), random.sample(range(99), 3), numpy.random.rand(), float(scipy.stats.norm.rvs())
        return drawn, numpy.random.permutation(5).tolist(), hash("a"), list({"x", "y", "z"})
        """
    )
    first, second = [(await sandbox.call(numbers, {})).result for _ in range(2)]
    assert first == second
    assert first is not None


async def test_a_session_s_cells_share_what_they_make(sandbox: ConfinedSandbox, tier: str) -> None:
    async with sandbox.session() as session:
        assert (await session.run("import numpy as np\nx = np.arange(4)")).ok
        assert (await session.run("x.sum()")).result == 6
        if tier in WRITABLE:
            assert (await session.run("open('kept', 'w').write('text')")).ok
            assert (await session.run("open('kept').read()")).result == "text"


async def test_processes_are_refused_in_clear_words(sandbox: ConfinedSandbox, make: Make) -> None:
    code = "import asyncio\nreturn asyncio.run(asyncio.create_subprocess_exec('true'))"
    outcome = await sandbox.call(make(code), {})
    assert outcome.status == "error"
    assert "PermissionError" in outcome.error
