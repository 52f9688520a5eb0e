"""Landlock: which files this process may touch at all, whatever their permissions say (Linux 5.13 and newer).

A ruleset is a descriptor; the base makes it once and every child restricts itself by it. What a ruleset handles and no
rule allows is refused. Constants and structures: linux/landlock.h.
"""

import os
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from toolwright.sandbox.confinement.kernel import system_call

EXECUTE: Final = 1 << 0
WRITE_FILE: Final = 1 << 1
READ_FILE: Final = 1 << 2
READ_DIR: Final = 1 << 3
TRUNCATE: Final = 1 << 14
IOCTL_DEV: Final = 1 << 15

READ: Final = EXECUTE | READ_FILE | READ_DIR
"""For the interpreter and packages: to execute is also to map a shared library."""

_FILE: Final = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
"""Rights that a rule on a file that is no directory may hold."""

_FILE_RIGHTS: Final = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""How many of the rights on files the ABI knows; 16 from 5 on."""

_TCP: Final = 0b11  # LANDLOCK_ACCESS_NET_BIND_TCP and _CONNECT_TCP, from ABI 4
_SCOPES: Final = 0b11  # LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET and _SIGNAL, from ABI 6


def abi() -> int:
    """The version of Landlock this kernel offers; OSError where it offers none."""
    version_only = 1  # LANDLOCK_CREATE_RULESET_VERSION
    return system_call("landlock_create_ruleset", None, 0, version_only)


def covers(version: int) -> str:
    """What a version takes away, in words."""
    more = [", TCP"] if version >= 4 else []
    more += [", signals and abstract sockets"] if version >= 6 else []
    return f"ABI {version}: files{''.join(more)}"


@dataclass(frozen=True)
class Rules:
    """Paths that may be used, by what may be done there; all else is refused. Paths that do not exist are left out.

    Attributes:
        read: Files and folders to read, and to map as libraries.
        write: Files and folders to do anything with; for a folder that is a mount point name its parent.
    """

    read: Iterable[str] = field(default_factory=tuple[str, ...])
    write: Iterable[str] = field(default_factory=tuple[str, ...])


def ruleset(version: int, rules: Rules) -> int:
    """Makes a ruleset; its descriptor is the caller's to close."""
    files = (1 << _FILE_RIGHTS.get(version, 16)) - 1
    attributes = struct.pack("=Q", files)  # struct landlock_ruleset_attr, as long as the version knows it
    if version >= 4:
        attributes += struct.pack("=Q", _TCP)
    if version >= 6:
        attributes += struct.pack("=Q", _SCOPES)
    descriptor = system_call("landlock_create_ruleset", attributes, len(attributes), 0)
    for path in rules.read:
        _allow(descriptor, path, READ & files)
    for path in rules.write:
        _allow(descriptor, path, files)
    return descriptor


def restrict(descriptor: int, version: int) -> None:
    """Restricts this thread, and what it starts, by a ruleset for good; needs no_new_privs."""
    quiet = 1 if version >= 7 else 0  # LANDLOCK_RESTRICT_SELF_LOG_SAME_EXEC_OFF: no audit record for each refusal
    system_call("landlock_restrict_self", descriptor, quiet)


def _allow(descriptor: int, path: str, rights: int) -> None:
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, PermissionError):
        return
    try:
        if not os.path.isdir(path):  # noqa: PTH112 - plain strings throughout the worker
            rights &= _FILE
        beneath = struct.pack("=Qi", rights, opened)  # struct landlock_path_beneath_attr, packed
        path_beneath = 1  # LANDLOCK_RULE_PATH_BENEATH
        system_call("landlock_add_rule", descriptor, path_beneath, beneath, 0)
    finally:
        os.close(opened)
