"""Which sandbox is meant: by a table of the configuration, by the command line over it, or by the platform."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from toolwright.config.schema import SandboxOptions
from toolwright.errors import ConfigError
from toolwright.protocols import Sandbox
from toolwright.sandbox import ConfinedSandbox, ContainerSandbox, UnconfinedSandbox
from toolwright.sandbox.kinds import KINDS, default_kind

NEEDED: Final = (3, 11)
"""The oldest Python that functions run on."""

_SECONDS: Final = 30.0


def sandbox_of(options: SandboxOptions, folder: Path = Path(), kind: str | None = None) -> Sandbox:
    """The sandbox a table names, not yet started.

    Args:
        options: The table.
        folder: What a path in it is relative to.
        kind: What the user said on the command line, in the table's place; only so can it be "unconfined".

    Raises:
        ConfigError: There is no such kind, or its interpreter cannot be used.
    """
    chosen = kind or options.kind or default_kind(sys.platform)
    if chosen not in KINDS:
        raise ConfigError(f"sandbox: unknown kind {chosen!r}; there are: {', '.join(KINDS)}")
    if chosen == "container":
        given = options.container
        return ContainerSandbox(
            image=given.image,
            engine=given.engine or None,
            runtime=given.runtime or None,
            allowed=options.packages,
            limits=options.limits,
            python=options.python or "python3",
        )
    make = UnconfinedSandbox if chosen == "unconfined" else ConfinedSandbox
    python = usable_python(options.python, folder) if options.python else None
    return make(allowed=options.packages, limits=options.limits, python=python)


def default_sandbox() -> Sandbox:
    """The sandbox where none is named."""
    return sandbox_of(SandboxOptions())


def usable_python(name: str, folder: Path) -> Path:
    """The interpreter a name or path means, asked for its version: it is the user's own, and trusted.

    Args:
        name: A path, relative to `folder`, or a name without a slash that is looked up in PATH.
        folder: The config file's folder.

    Raises:
        ConfigError: It is not there, cannot be run, is no Python or too old.
    """
    found = _found(name, folder)
    version = _version(found)
    if version < NEEDED:
        too_old = f"{found} is Python {_text(version)}; functions need {_text(NEEDED)} or newer"
        raise ConfigError(f"sandbox.python: {too_old}")
    return found


def _found(name: str, folder: Path) -> Path:
    if os.sep not in name:
        there = shutil.which(name)
        if there is None:
            raise ConfigError(f"sandbox.python: there is no {name!r} in PATH; name an interpreter by its path")
        return Path(there)
    path = (folder / Path(name).expanduser()).absolute()  # not resolved: a virtual environment's Python is a link
    if not path.is_file():
        raise ConfigError(f"sandbox.python: {path} is no file; name an interpreter, such as .venv/bin/python")
    if not os.access(path, os.X_OK):
        raise ConfigError(f"sandbox.python: {path} cannot be run; name an interpreter, such as .venv/bin/python")
    return path


def _version(python: Path) -> tuple[int, ...]:
    try:
        done = subprocess.run(  # noqa: S603 - what the user named
            [python, "-c", "import sys; print(sys.version_info[0], sys.version_info[1])"],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=True,
            stdin=subprocess.DEVNULL,
        )
        return tuple(int(part) for part in done.stdout.split())
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", "") or str(error)
        raise ConfigError(f"sandbox.python: {python} does not answer as Python does: {said.strip()[-300:]}") from error


def _text(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
