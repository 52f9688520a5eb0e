"""Parquet: the rows JSONL would have had (see `arrow_values`), read batch by batch, by pyarrow of the extra `hub`.

Example:
    for number, where, row in parquet_rows(Path("main/train-00000-of-00001.parquet")):
        row["question"]
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from pydantic import JsonValue

from toolwright.datasets.arrow_values import Convert, converter
from toolwright.datasets.extras import extra
from toolwright.datasets.sources import PARQUET, Row, refuse_pointer
from toolwright.errors import DataError

_SUFFIX: Final = ".parquet"
_ENCRYPTED: Final = "this Parquet is encrypted, which is not read; write it again without encryption"
_BATCH: Final = 256
_BUFFER: Final = 1 << 16
_CRYPT: Final = re.compile(r"\b(?:en|de)crypt(?:ed|ion|or)\b", re.IGNORECASE)
_INDEX: Final = re.compile(r"__index_level_\d+__")
"""What pandas calls the column of a frame's index, which it leaves out of JSONL."""


def is_parquet(path: Path) -> bool:
    """Whether a file is Parquet, by its name or by how it begins."""
    try:
        return path.suffix == _SUFFIX or _head(path).startswith(PARQUET)
    except OSError:
        return False


def parquet_rows(path: Path) -> Iterator[tuple[int, str, Row]]:
    """The rows of a Parquet file as (number, "file: row number", row), numbers from 1.

    Raises:
        ConfigError: pyarrow is not installed.
        DataError: The file is missing, empty, damaged, encrypted or no Parquet, or a value has no form in JSON; the
            message names the file, and the row and column where there are.
    """
    _check_head(path)
    missing = f"{path}: this is Parquet, and pyarrow, which reads it, is not installed: pip install 'toolwright[hub]'"
    arrow, parquet = extra("pyarrow", missing), extra("pyarrow.parquet", missing)
    try:
        # One thread, a small buffer and no reading ahead: a large row group is never held as a whole.
        with parquet.ParquetFile(path, pre_buffer=False, buffer_size=_BUFFER, page_checksum_verification=True) as file:
            columns, left_out = _columns(arrow, file.schema_arrow, path)
            names = [column.name for column in columns]
            scalars = _scalars(file.iter_batches(_BATCH, columns=names, use_threads=False))
            for number, values in enumerate(scalars, start=1):
                where = f"{path}: row {number}{left_out}"
                paired = zip(columns, values, strict=True)
                yield number, where, {column.name: _value(column, value, where) for column, value in paired}
    except (arrow.ArrowException, OSError, ValueError, RecursionError) as error:  # ValueError: names that are no UTF-8
        raise DataError(f"{path}: {_fault(error)}") from None


class _Column(NamedTuple):
    """A column that is read, and what makes a value of it JSON's."""

    name: str
    convert: Convert


def _columns(arrow: Any, schema: Any, path: Path) -> tuple[list[_Column], str]:  # noqa: ANN401 - pyarrow is untyped
    """What is read, and what errors say of the rest."""
    names: list[str] = [name for name in schema.names if not _INDEX.fullmatch(name)]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise DataError(f"{path}: the column {twice!r} occurs twice; rename one")
    found = {name: converter(arrow, schema.field(name).type) for name in names}
    kept = [_Column(name, convert) for name, convert in found.items() if convert is not None]
    missing = ", ".join(repr(name) for name, convert in found.items() if convert is None)
    return kept, f" (left out, as JSON has no form for it: {missing})" if missing else ""


def _scalars(batches: Any) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401 - pyarrow is untyped
    """The values of each row."""
    for batch in batches:
        for place in range(batch.num_rows):
            yield tuple(column[place] for column in batch.columns)


def _value(column: _Column, scalar: Any, where: str) -> JsonValue:  # noqa: ANN401 - pyarrow is untyped
    try:
        return column.convert(scalar)
    except UnicodeDecodeError as error:
        raise DataError(f"{where}: column {column.name!r}: not UTF-8 ({error.reason}); the file is damaged") from None
    except (ValueError, OverflowError, KeyError) as error:
        raise DataError(f"{where}: column {column.name!r}: {error}") from None


def _check_head(path: Path) -> None:
    """What needs no library to be told."""
    try:
        head = _head(path)
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from None
    refuse_pointer(head, path)
    if not head:
        raise DataError(f"{path}: the file is empty; it needs at least one task")
    if head.startswith(PARQUET[1]):
        raise DataError(f"{path}: {_ENCRYPTED}")
    if not head.startswith(PARQUET):
        raise DataError(f"{path}: this is no Parquet, though it is called so; rename it, or fetch it again")


def _head(path: Path) -> bytes:
    """How a file begins."""
    with path.open("rb") as file:
        return file.read(64)


def _fault(error: BaseException) -> str:
    said = str(error).partition("\n")[0]
    if _CRYPT.search(said):
        return _ENCRYPTED
    return f"this Parquet is damaged or cut off; fetch it again ({said or type(error).__name__})"
