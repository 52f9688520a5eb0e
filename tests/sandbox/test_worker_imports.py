"""The worker holds nothing of Toolwright but a few files of its room, and those import the standard library only."""

import ast
import sys
from pathlib import Path

import toolwright.sandbox
from toolwright.sandbox import WARNING, ConfinedSandbox, UnconfinedSandbox

from .conftest import Make

ROOM = Path(toolwright.sandbox.__file__).parent
PACKAGES = ("toolwright.sandbox", "toolwright.sandbox.worker", "toolwright.sandbox.confinement")


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module in PACKAGES:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def test_the_workers_files_import_the_standard_library_and_each_other() -> None:
    pending, seen = ["worker.boot", "worker.shim"], {"worker.boot", "worker.shim"}
    while pending:
        for name in imports(ROOM / f"{pending.pop().replace('.', '/')}.py"):
            root, _, rest = name.partition(".")
            if root != "toolwright":
                assert root in sys.stdlib_module_names, name
            else:
                module = rest.removeprefix("sandbox.")
                assert (ROOM / f"{module.replace('.', '/')}.py").exists(), name
                if module not in seen:
                    seen.add(module)
                    pending.append(module)
    assert {"worker.base", "worker.child", "worker.values"} <= seen
    assert not {"base_process", "pool", "limits"} & seen


async def test_nothing_of_toolwright_is_loaded_where_learned_code_runs(bare: ConfinedSandbox, make: Make) -> None:
    code = "import sys\nreturn [name for name in sys.modules if name.split('.')[0] in ('toolwright', 'pydantic')]"
    assert (await bare.call(make(code), {})).result == []


def test_the_unconfined_kind_says_what_it_is_good_for() -> None:
    assert "contains crashes, not malice" in WARNING
    assert "contains crashes, not malice" in (UnconfinedSandbox.__doc__ or "")
