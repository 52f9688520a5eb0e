"""Task files of the same rows as JSONL and as Parquet, whole or in shards."""

import json
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

Rows = Sequence[Mapping[str, object]]
pyarrow: Any = import_module("pyarrow")
pyarrow_parquet: Any = import_module("pyarrow.parquet")


def parquet_file(path: Path, rows: Rows, schema: object = None, **options: object) -> Path:
    """Rows as Parquet; `options` are the writer's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pyarrow_parquet.write_table(pyarrow.Table.from_pylist(list(rows), schema=schema), path, **options)
    return path


def parquet_shards(folder: Path, split: str, rows: Rows, count: int, schema: object = None) -> None:
    """Rows as `<split>-00000-of-<count>.parquet` and so on."""
    size = -(-len(rows) // count)
    for number in range(count):
        name = f"{split}-{number:05}-of-{count:05}.parquet"
        parquet_file(folder / name, rows[number * size : (number + 1) * size], schema)


def jsonl_file(path: Path, rows: Rows) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    return path
