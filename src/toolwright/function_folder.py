"""A function set as a folder: one readable .py a function, an __init__ and a manifest; importable as a package.

learned/
  __init__.py        from .loan_balance import loan_balance as loan_balance
  loan_balance.py    the source, as it was admitted
  manifest.json      what a .py cannot say: descriptions, examples, packages, order
"""

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
    """Writes the folder beside its place and moves it there whole, so that a reader never sees half of it.

    A folder in that place is first moved aside. Killed between these two moves, nothing lies in the place, and
    both sets lie beside it in a hidden folder, `.NAME-…/old` and `.NAME-…/new`; an error puts the old one back.

    Raises:
        FunctionError: The place holds anything but a function folder, or cannot be written.
    """
    if path.exists():
        _check_replaceable(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-") as scratch:
            fresh = Path(scratch) / "new"
            _write(functions, fresh)
            _exchange(path, fresh, Path(scratch) / "old")
    except OSError as error:
        raise FunctionError(f"the function folder {path} cannot be written: {error}") from error
    return path


def _check_replaceable(path: Path) -> None:
    """Checks that nothing is lost with the folder: it is empty, or holds only what a saved set does."""
    if not path.is_dir():
        raise FunctionError(f"{path} exists and is no folder; name another, or an empty one")
    names = {entry.name for entry in path.iterdir()}
    others = sorted(names - (_saved(path) if MANIFEST in names else set()))
    if others:
        more = f" and {len(others) - 5} more" if len(others) > 5 else ""
        raise FunctionError(
            f"{path} exists and holds more than a function folder does: {', '.join(others[:5])}{more}; "
            "move that elsewhere, or name another folder, or an empty one"
        )


def _saved(path: Path) -> set[str]:
    """What saving put into a folder, and what importing it leaves there."""
    try:
        manifest = _read_manifest(path / MANIFEST)
    except FunctionError as error:
        raise FunctionError(
            f"{path} exists and cannot be told to be a function folder: {error}; name another, or an empty one"
        ) from error
    return {MANIFEST, "__init__.py", "__pycache__", *(f"{function.name}.py" for function in manifest.functions)}


def _exchange(path: Path, fresh: Path, old: Path) -> None:
    """Moves what lies at `path` aside and the fresh folder there; puts the old one back where that fails."""
    there = path.exists()
    if there:
        path.rename(old)
    try:
        fresh.rename(path)
    except BaseException:
        if there:
            old.rename(path)
        raise


def _write(functions: FunctionSet, folder: Path) -> None:
    folder.mkdir()
    (folder / "__init__.py").write_text(_init(functions.names), encoding="utf-8")
    for function in functions.functions:
        (folder / f"{function.name}.py").write_bytes(function.source.encode())
    manifest = Manifest(
        digest=functions.digest,
        functions=tuple(function.model_copy(update={"source": ""}) for function in functions.functions),
    )
    (folder / MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")


def _init(names: tuple[str, ...]) -> str:
    imports = "".join(f"from .{name} import {name} as {name}\n" for name in names)
    listed = "".join(f'    "{name}",\n' for name in names)
    offered = f"[\n{listed}]" if names else "[]"
    return "\n".join(
        ['"""Functions learned by Toolwright."""\n', *([imports] if names else []), f"__all__ = {offered}\n"]
    )


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
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise FunctionError(f"{file} cannot be read as UTF-8 text: line {line}: {error}") from error
    except OSError as error:
        raise FunctionError(f"{file} cannot be read as UTF-8 text: {error}") from error
    base = described or Function(name=file.stem, source="")
    function = base.model_copy(update={"source": source})
    try:
        signature = function.signature
    except FunctionError as error:
        raise FunctionError(f"{file}: {error}") from error
    return function if described else function.model_copy(update={"description": signature.doc})
