"""A function set as a folder: one readable .py a function, an __init__ and a manifest; importable as a package.

learned/
  __init__.py        from .loan_balance import loan_balance as loan_balance
  loan_balance.py    the source, as it was admitted
  manifest.json      what a .py cannot say: descriptions, examples, packages, order
"""

import os
import tempfile
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from toolwright.base import SCHEMA_VERSION, Frozen
from toolwright.errors import FunctionError
from toolwright.functions import Function, FunctionSet, name_fault

MANIFEST: Final = "manifest.json"


class Manifest(Frozen):
    """A folder's manifest: the functions in order, their sources left to the .py files."""

    schema_version: int = SCHEMA_VERSION
    digest: str
    functions: tuple[Function, ...]


def save_folder(functions: FunctionSet, path: Path) -> Path:
    """Writes the folder beside its place and moves it there whole, so that a reader never sees half of it."""
    if path.exists() and not _replaceable(path):
        raise FunctionError(f"{path} exists and holds more than a function folder does; name another, or an empty one")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-") as scratch:
            fresh = Path(scratch) / "new"
            _write(functions, fresh)
            if path.exists():
                os.replace(path, Path(scratch) / "old")  # noqa: PTH105 - Path.replace, but said as the move it is
            fresh.rename(path)
    except OSError as error:
        raise FunctionError(f"the function folder {path} cannot be written: {error}") from error
    return path


def _replaceable(path: Path) -> bool:
    """Whether nothing is lost with the folder: it is empty, or holds only what a saved set does."""
    if not path.is_dir():
        return False
    names = {entry.name for entry in path.iterdir()}
    others = {name for name in names if not name.endswith(".py")} - {MANIFEST, "__pycache__"}
    return not names or (MANIFEST in names and not others)


def _write(functions: FunctionSet, folder: Path) -> None:
    folder.mkdir()
    imports = "".join(f"from .{name} import {name} as {name}\n" for name in functions.names)
    (folder / "__init__.py").write_bytes(f'"""Functions learned by Toolwright."""\n\n{imports}'.encode())
    for function in functions.functions:
        (folder / f"{function.name}.py").write_bytes(function.source.encode())
    manifest = Manifest(
        digest=functions.digest,
        functions=tuple(function.model_copy(update={"source": ""}) for function in functions.functions),
    )
    (folder / MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")


def load_folder(path: Path) -> FunctionSet:
    """Reads a folder; the .py files are the truth, the manifest adds what they cannot say."""
    if not path.is_dir():
        raise FunctionError(f"{path} is no folder of functions")
    shelf = path / MANIFEST
    described = _read_manifest(shelf).functions if shelf.is_file() else ()
    listed = [function.name for function in described]
    present = sorted(file.stem for file in path.glob("*.py") if not file.stem.startswith("_"))
    missing = [name for name in listed if name not in present]
    if missing:
        raise FunctionError(
            f"{shelf} lists {missing[0]!r}, but {path / missing[0]}.py is not there; restore or unlist it"
        )
    known = {function.name: function for function in described}
    repeated = [name for name in known if listed.count(name) > 1]
    if repeated:
        raise FunctionError(f"{shelf} lists {repeated[0]!r} twice; leave one")
    order = [*listed, *(name for name in present if name not in known)]
    return FunctionSet(functions=tuple(_load_one(path / f"{name}.py", known.get(name)) for name in order))


def _read_manifest(shelf: Path) -> Manifest:
    try:
        manifest = Manifest.model_validate_json(shelf.read_bytes())
    except (ValidationError, OSError) as error:
        raise FunctionError(f"{shelf} is no manifest of this version ({SCHEMA_VERSION}): {error}") from error
    if manifest.schema_version > SCHEMA_VERSION:
        raise FunctionError(
            f"{shelf} has schema version {manifest.schema_version}; this Toolwright reads {SCHEMA_VERSION}"
        )
    return manifest


def _load_one(file: Path, described: Function | None) -> Function:
    if fault := name_fault(file.stem):
        raise FunctionError(f"{file}: {fault}; a file is named after its function")
    try:
        source = file.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise FunctionError(f"{file} cannot be read as UTF-8 text: {error}") from error
    base = described or Function(name=file.stem, source="")
    function = base.model_copy(update={"source": source})
    try:
        signature = function.signature
    except FunctionError as error:
        raise FunctionError(f"{file}: {error}") from error
    return function if described else function.model_copy(update={"description": signature.doc})
