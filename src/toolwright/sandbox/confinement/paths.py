"""What of the file system learned code may read: the interpreter's library, the packages, and what shared ones need."""

import importlib.util
import os
import site
import sys
import sysconfig
from collections.abc import Iterable
from typing import Final

SYSTEM: Final = (
    "/lib", "/lib64", "/usr/lib", "/usr/lib64",  # shared libraries
    "/etc/ld.so.cache", "/etc/localtime", "/usr/share/zoneinfo",
)  # fmt: skip

DEVICES: Final = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")


def readable(modules: Iterable[str]) -> list[str]:
    """The paths to read, each existing, none below another.

    Args:
        modules: What functions may import; a module that lies outside the interpreter's own folders brings its place.
    """
    libraries = [os.path.join(prefix, name) for prefix in _prefixes() for name in ("lib", "lib64")]  # noqa: PTH118 - plain strings
    folders = [*SYSTEM, *libraries, *_library_folders()]
    covered = _outermost(folders)
    return _outermost([*covered, *_elsewhere(modules, covered)])


def _prefixes() -> set[str]:
    """Where the interpreter itself lives; a virtual environment's own prefix may hold more than packages."""
    return {sys.base_prefix, sys.base_exec_prefix}


def _library_folders() -> list[str]:
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    return [*(sysconfig.get_path(name) for name in names), *site.getsitepackages()]


def _elsewhere(modules: Iterable[str], covered: list[str]) -> list[str]:
    """Where allowed packages lie that lie outside all of that."""
    roots = {module.partition(".")[0] for module in modules}
    found = [place for name in roots for path in _places(name) for place in _with_it(path)]
    return [path for path in found if not any(_within(path, folder) for folder in covered)]


def _places(name: str) -> list[str]:
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return []
    if spec is None or spec.origin in ("built-in", "frozen"):
        return []
    return list(spec.submodule_search_locations or ([spec.origin] if spec.origin else []))


def _with_it(path: str) -> list[str]:
    """What a package needs beside itself: in another environment's folder anything there, else its own libraries."""
    folder = os.path.dirname(path)  # noqa: PTH120 - plain strings throughout the worker
    if os.path.basename(folder) in ("site-packages", "dist-packages"):  # noqa: PTH119 - as above
        return [folder]
    return [path, f"{path}.libs"]


def _outermost(paths: Iterable[str]) -> list[str]:
    """Real paths, each once, without those that another already holds."""
    kept: list[str] = []
    for path in sorted({os.path.realpath(path) for path in paths if os.path.exists(path)}, key=len):  # noqa: PTH110
        if not any(_within(path, other) for other in kept):
            kept.append(path)
    return kept


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")
