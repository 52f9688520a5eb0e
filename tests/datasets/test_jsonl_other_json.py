"""A file that is JSON, and no line for each object, is said to be that."""

import json
from pathlib import Path

import pytest

from toolwright import read_tasks
from toolwright.errors import DataError

ROWS = [{"question": f"{n}?", "target": n} for n in range(3)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (json.dumps(ROWS), "this is JSON, an array, and not JSONL; write each object on a line of its own"),
        (json.dumps(ROWS, indent=1), "this is JSON, an array, and not JSONL"),
        (json.dumps(ROWS[0], indent=1), "this is JSON, an object over several lines, and not JSONL"),
        ("\r".join(map(json.dumps, ROWS)), "its lines end in a carriage return alone; save it with line feeds"),
        (json.dumps(ROWS[0]) + "\n{", ":2: broken JSON"),
        ('{"question": "?"}', ":1: no field 'target'"),
    ],
)
def test_other_json_is_named_for_what_it_is(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "t.jsonl").write_bytes(text.encode())
    with pytest.raises(DataError) as error:
        read_tasks(tmp_path / "t.jsonl")
    assert str(error.value).startswith(f"{tmp_path / 't.jsonl'}{said if said[0] == ':' else f': {said}'}")
