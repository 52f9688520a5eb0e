"""Which layers are had on machines that lack some, played by a kernel that refuses the calls those machines refuse."""

import errno
import platform
import sys
from pathlib import Path

import pytest

from toolwright.errors import SandboxError
from toolwright.functions import Function
from toolwright.sandbox import ConfinedSandbox
from toolwright.sandbox.confinement import kernel

from .interpreters import readable_by_all, refusing

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="layers are Linux's")

ARM = platform.machine() == "aarch64"
MOUNT = 40 if ARM else 165
UNSHARE = 97 if ARM else 272
SECCOMP = 277 if ARM else 317
LANDLOCK = 444
ADD = Function(name="add", source="def add(a, b):\n    return a + b\n")


def machine(folder: Path, *refused: tuple[int, int], without: tuple[str, ...] = ()) -> ConfinedSandbox:
    python = readable_by_all()
    if python is None:
        pytest.skip("no interpreter that an ordinary id can read")
    played = refusing(folder, refused, python) if refused else python
    return ConfinedSandbox(python=played, allowed=("os",), preload=False, concurrency=1, without=without)


async def tier(sandbox: ConfinedSandbox) -> str:
    async with sandbox:
        assert (await sandbox.call(ADD, {"a": 1, "b": 2})).result == 3
        report = sandbox.report()
    assert all(verdict.held for verdict in report.verdicts)
    off = {layer.name: layer.text for layer in report.layers if not layer.on}
    return f"{report.tier} {sorted(off)}"


async def test_where_mounting_is_refused_after_a_user_namespace_was_had_there_are_no_namespaces(tmp_path: Path) -> None:
    assert await tier(machine(tmp_path, (MOUNT, errno.EACCES))) == "A ['namespaces']"


async def test_where_user_namespaces_are_refused_there_are_no_namespaces(tmp_path: Path) -> None:
    assert await tier(machine(tmp_path, (UNSHARE, errno.EPERM))) == "A ['namespaces']"


async def test_the_reason_a_layer_is_missing_is_reported(tmp_path: Path) -> None:
    async with machine(tmp_path, (UNSHARE, errno.EPERM)) as sandbox:
        (missing,) = [layer for layer in sandbox.report().layers if not layer.on]
    assert "unshare: Operation not permitted" in missing.text


async def test_a_kernel_without_landlock_still_has_namespaces(tmp_path: Path) -> None:
    assert await tier(machine(tmp_path, (LANDLOCK, errno.ENOSYS))) == "B- ['landlock']"


async def test_landlock_that_is_not_switched_on_is_missing_too(tmp_path: Path) -> None:
    assert await tier(machine(tmp_path, (LANDLOCK, errno.EOPNOTSUPP))) == "B- ['landlock']"


async def test_a_machine_with_neither_is_refused_with_what_to_do(tmp_path: Path) -> None:
    sandbox = machine(tmp_path, (LANDLOCK, errno.ENOSYS), (UNSHARE, errno.EPERM))
    with pytest.raises(SandboxError, match=r"unshare.*Function not implemented.*--sandbox container"):
        await sandbox.__aenter__()


async def test_leaving_both_out_is_refused() -> None:
    with pytest.raises(SandboxError, match="cannot be confined"):
        await ConfinedSandbox(preload=False, without=("namespaces", "landlock")).__aenter__()


async def test_a_kernel_without_seccomp_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match=r"seccomp: Function not implemented.*--sandbox container"):
        await machine(tmp_path, (SECCOMP, errno.ENOSYS)).__aenter__()


async def test_a_processor_without_a_table_is_refused(tmp_path: Path) -> None:
    play = tmp_path / "python"
    play.write_text(
        f'#!/bin/sh\nexec {sys.executable} -c \'import platform, runpy, sys; platform.machine = lambda: "riscv64"; '
        'sys.argv = sys.argv[4:]; runpy.run_path(sys.argv[0], run_name="__main__")\' "$@"\n'
    )
    play.chmod(0o755)
    with pytest.raises(SandboxError, match="no table of system calls"):
        await ConfinedSandbox(python=play, preload=False).__aenter__()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc")
async def test_learned_code_has_no_privileges_left(tmp_path: Path) -> None:
    code = "import os\ndef who():\n    return [os.getresuid(), os.getresgid(), os.getgroups()]\n"
    async with machine(tmp_path) as sandbox:
        found = (await sandbox.call(Function(name="who", source=code), {})).result
    assert isinstance(found, list)
    assert len(found) == 3
    assert all(isinstance(ids, list) and 0 not in ids for ids in found)


def test_this_machine_has_a_table() -> None:
    assert kernel.MACHINE in ("x86_64", "aarch64")
