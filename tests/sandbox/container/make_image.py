"""Makes the test image out of this machine's own Python and its packages: no registry, no network, no root.

Example:
    $ .venv/bin/python tests/sandbox/container/make_image.py podman localhost/toolwright-functions
"""

import re
import subprocess
import sys
import sysconfig
import tarfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Final

VERSION: Final = f"python{sys.version_info.major}.{sys.version_info.minor}"
IMAGE: Final = "localhost/toolwright-functions"
PACKAGES: Final = ("numpy", "scipy", "pandas", "sympy", "mpmath", "dateutil", "six", "tzdata", "pytz")
ALSO_LOADED: Final = ("libstdc++.so.6", "libgcc_s.so.1", "libpthread.so.0", "libdl.so.2", "librt.so.1")
NOT_NEEDED: Final = {"test", "tests", "idlelib", "lib2to3", "tkinter", "ensurepip", "turtledemo"}
SITE: Final = {"site-packages", "dist-packages"}


def make_image(engine: str, image: str = IMAGE) -> None:
    """Streams the files into `podman import` (or `docker import`)."""
    change = ["--change", "ENV PATH=/usr/local/bin"]
    with subprocess.Popen([engine, "import", *change, "-", image], stdin=subprocess.PIPE) as importing:
        assert importing.stdin is not None
        with tarfile.open(fileobj=importing.stdin, mode="w|", dereference=True) as tar:
            for source, target in sorted(_files(), key=lambda pair: pair[1]):
                tar.add(source, target, filter=_anybody)
            tar.addfile(_link(f"usr/local/lib/{VERSION}/dist-packages", "site-packages"))  # what Debian's Python reads
    if importing.returncode:
        raise SystemExit(f"{engine} import failed: exit code {importing.returncode}")


def _files() -> Iterator[tuple[Path, str]]:
    """Each file of this machine with its path in the image; the interpreter moves to /usr/local."""
    interpreter = Path(sys.executable).resolve()
    standard = Path(sysconfig.get_path("stdlib"))
    for name in ("python3", VERSION):
        yield interpreter, f"usr/local/bin/{name}"
    for path in _below(standard, NOT_NEEDED | SITE):
        yield path, f"usr/local/lib/{VERSION}/{path.relative_to(standard)}"
    for path, name in _packages():
        yield path, f"usr/local/lib/{VERSION}/site-packages/{name}"
    zones = Path("/usr/share/zoneinfo")
    for path in _below(zones, {"right", "posix"}):
        yield path, path.as_posix().lstrip("/")
    yield from _libraries([interpreter, *standard.glob("lib-dynload/*.so")])


def _below(folder: Path, without: set[str]) -> Iterator[Path]:
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.is_dir():
            if path.name not in without and not path.is_symlink():
                yield from _below(path, without)
        elif path.exists():
            yield path


def _packages() -> Iterator[tuple[Path, str]]:
    for name in PACKAGES:
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            continue
        origin = Path(spec.origin)
        if origin.name != "__init__.py":
            yield origin, origin.name
            continue
        for folder in (origin.parent, origin.parent.with_name(f"{name}.libs")):  # a wheel's shared libraries
            for path in _below(folder, NOT_NEEDED):
                yield path, str(path.relative_to(origin.parent.parent))


def _libraries(programs: list[Path]) -> Iterator[tuple[Path, str]]:
    """The shared libraries they need, all in the folder where the C library is, and the loader where it must be."""
    said = subprocess.run(["ldd", *programs], capture_output=True, text=True, check=False).stdout
    named = dict(re.findall(r"(\S+) => (/\S+)", said))
    home = Path(named["libc.so.6"]).parent
    for name in ALSO_LOADED:
        if (home / name).exists():
            named[name] = str(home / name)
    for name, path in named.items():
        yield Path(path), f"{home}/{name}".lstrip("/")
    for loader in set(re.findall(r"^\s+(/\S*/ld-\S+)", said, re.MULTILINE)):
        yield Path(loader), loader.lstrip("/")


def _link(path: str, target: str) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(path)
    entry.type, entry.linkname = tarfile.SYMTYPE, target
    return entry


def _anybody(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode |= 0o444 | (0o111 if entry.mode & 0o100 else 0)
    return entry


if __name__ == "__main__":
    make_image(*sys.argv[1:])
