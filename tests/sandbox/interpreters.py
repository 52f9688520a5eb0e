"""Interpreters to run functions on: one that any id can read, and such as play a machine that lacks something."""

import os
import shlex
import stat
import sys
from collections.abc import Sequence
from pathlib import Path

import toolwright

SOURCE = Path(toolwright.__file__).parent.parent
PLAY = """
import ctypes, os, struct, sys
sys.path.insert(0, {source!r})
from toolwright.sandbox.confinement import bpf, kernel, seccomp
refused = {{number: bpf.give(bpf.ERRNO | errno) for number, errno in {refused!r}.items()}}
kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
seccomp.install(bpf.pack((*bpf.load(bpf.NUMBER_AT), *bpf.tree(refused, bpf.give(bpf.ALLOW)))))
os.execv({python!r}, [{python!r}, *sys.argv[1:]])
"""


def readable_by_all() -> str | None:
    """An interpreter that root's substitute can read too: without namespaces it must; None where there is none."""
    return next(filter(is_readable_by_all, (sys.executable, "/usr/bin/python3")), None)


def is_readable_by_all(python: str) -> bool:
    """Whether whoever a confined child becomes can read an interpreter: only root becomes somebody else."""
    real = Path(python).resolve()
    return os.geteuid() != 0 or (real.exists() and all(parent.stat().st_mode & stat.S_IXOTH for parent in real.parents))


def refusing(folder: Path, refused: Sequence[tuple[int, int]], python: str = sys.executable) -> str:
    """An interpreter on a machine whose kernel refuses some system calls: pairs of number and error."""
    play = folder / "play.py"
    play.write_text(PLAY.format(source=str(SOURCE), refused=dict(refused), python=python))
    start = folder / "python"
    start.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -B {shlex.quote(str(play))} "$@"\n')
    start.chmod(0o755)
    return str(start)
