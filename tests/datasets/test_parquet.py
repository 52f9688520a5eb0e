"""Parquet: the same tasks as JSONL of the same rows, and what every kind of bad file says."""

import datetime as dt
import decimal
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from parquet_files import jsonl_file, parquet_file, parquet_shards, pyarrow

from toolwright.datasets import CsvReader, DmMathReader, GaiaReader, Gsm8kReader, JsonlReader, MathReader, TabmwpReader
from toolwright.datasets.parquet import parquet_rows
from toolwright.errors import ConfigError, DataError
from toolwright.protocols import Reader

TEXT = st.text(alphabet=st.characters(codec="utf-8"), max_size=8)
FILLED = TEXT.filter(str.strip)
KINDS = {
    "integer": (pyarrow.int64(), st.integers(-(2**63), 2**63 - 1)),
    "large": (pyarrow.uint64(), st.integers(0, 2**64 - 1)),
    "float": (pyarrow.float64(), st.floats(allow_nan=False, allow_infinity=False)),
    "short float": (
        pyarrow.float32(),
        st.floats(width=32, allow_nan=False, allow_infinity=False).map(lambda value: float(str(np.float32(value)))),
    ),
    "text": (pyarrow.large_string(), TEXT),
    "truth": (pyarrow.bool_(), st.booleans()),
    "list": (pyarrow.list_(pyarrow.string()), st.lists(st.none() | TEXT, max_size=2)),
    "struct": (
        pyarrow.struct([("a", pyarrow.int8()), ("b", pyarrow.list_(pyarrow.struct([("c", pyarrow.string())])))]),
        st.fixed_dictionaries(
            {
                "a": st.none() | st.integers(-128, 127),
                "b": st.none() | st.lists(st.none() | st.fixed_dictionaries({"c": st.none() | TEXT}), max_size=2),
            }
        ),
    ),
}
SCHEMA = pyarrow.schema(
    [
        *((name, pyarrow.string()) for name in ("question", "target", "context")),
        ("choices", pyarrow.list_(pyarrow.string())),
        *((name, kind) for name, (kind, _) in KINDS.items()),
    ]
)
ROW = st.fixed_dictionaries(
    {
        "question": FILLED,
        "target": st.none() | TEXT,
        "context": st.none() | TEXT,
        "choices": st.none() | st.lists(FILLED, max_size=3),
        **{name: st.none() | values for name, (_, values) in KINDS.items()},
    }
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=st.lists(ROW, min_size=1, max_size=5), shards=st.integers(1, 3))
def test_parquet_gives_the_tasks_jsonl_gives(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, object]], shards: int
):
    folder = tmp_path_factory.mktemp("rows")
    parquet_shards(folder / "parquet", "train", rows, shards, SCHEMA)
    jsonl_file(folder / "jsonl" / "train.jsonl", rows)
    wanted = JsonlReader(path=folder / "jsonl" / "train.jsonl").read()
    found = JsonlReader(path=folder / "parquet", split="train").read()
    assert [task.id for task in found.tasks] == [task.id for task in wanted.tasks]
    assert found.digest == wanted.digest
    assert found == wanted


GSM8K = [{"question": f"{n}?", "answer": f"so\n#### {n}"} for n in range(3)]
MATH = [{"problem": "p", "level": "Level 1", "type": "Algebra", "solution": r"\boxed{2}"}]
DM_MATH = [{"id": "i", "type": "algebra", "level": "l", "question": "q", "answer": "2", "answer_type": "number"}]
GAIA = {
    "task_id": "t",
    "Question": "q",
    "Level": "1",
    "Final answer": "2",
    "file_name": "",
    "Annotator Metadata": {"Steps": "1. look", "Number of steps": "1"},
}
SETS: Mapping[str, tuple[Callable[..., Reader], Sequence[Mapping[str, object]]]] = {
    "gsm8k": (Gsm8kReader, GSM8K),
    "math": (MathReader, MATH),
    "dm_math": (DmMathReader, DM_MATH),
}


@pytest.mark.parametrize("name", SETS)
def test_every_readers_parquet_gives_the_tasks_of_its_jsonl(name: str, tmp_path: Path):
    reader, rows = SETS[name]
    wanted = reader(path=jsonl_file(tmp_path / "train.jsonl", rows)).read()
    whole = parquet_file(tmp_path / "train.parquet", rows)
    shard = parquet_file(tmp_path / "train-00000-of-00001.parquet", rows, row_group_size=2)
    assert reader(path=whole).read() == reader(path=shard).read() == wanted


PROBLEM = st.fixed_dictionaries(
    {
        "question": FILLED,
        "choices": st.none() | st.lists(TEXT, min_size=1, max_size=3),
        "answer": FILLED,
        "unit": st.none() | FILLED,
        "table_title": st.none() | FILLED,
        "table": FILLED,
        "table_for_pd": st.dictionaries(st.sampled_from("abcd"), st.lists(TEXT, max_size=2), min_size=1, max_size=3),
        "row_num": st.integers(1, 9),
        "ques_type": st.sampled_from(["free_text", "multi_choice"]),
        "grade": st.integers(1, 8),
        "split": st.just("train"),
    }
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    problems=st.dictionaries(st.integers(1, 99).map(str), PROBLEM, min_size=1, max_size=5),
    name=st.sampled_from(["id", "pid"]),
    kind=st.sampled_from([int, str]),
)
def test_tabmwp_in_rows_is_tabmwp_as_its_authors_have_it(
    tmp_path_factory: pytest.TempPathFactory,
    problems: dict[str, dict[str, object]],
    name: str,
    kind: Callable[[str], object],
):
    folder = tmp_path_factory.mktemp("tabmwp")
    (original := folder / "problems_train.json").write_text(json.dumps(problems))
    rows = [{name: kind(identity), **problem} for identity, problem in problems.items()]
    wanted = TabmwpReader(path=original).read()
    parquet_shards(folder / "parquet", "train", rows, 1)
    found = [
        TabmwpReader(path=jsonl_file(folder / "train.jsonl", rows)).read(),
        TabmwpReader(path=parquet_file(folder / "train.parquet", rows)).read(),
        TabmwpReader(path=folder / "parquet", split="train").read(),
    ]
    assert [task.id for task in wanted.tasks] == [*problems]
    for tasks in found:
        assert (tasks.digest, tasks.tasks) == (wanted.digest, wanted.tasks)


def test_real_tabmwp_is_the_same_in_parquet(data_dir: Path, tmp_path: Path):
    original = data_dir / "tabmwp" / "problems_test1k.json"
    problems: dict[str, dict[str, object]] = json.loads(original.read_text())
    rows = [{"pid": identity, **problem} for identity, problem in problems.items()]
    path = parquet_file(tmp_path / "test1k.parquet", rows)
    assert TabmwpReader(path=path).read().digest == TabmwpReader(path=original).read().digest


def test_a_tabmwp_row_is_called_by_its_place_where_it_has_no_id_and_a_wrong_one_is_said(tmp_path: Path):
    row = {"question": "q", "table": "a | b", "answer": "2"}
    path = jsonl_file(tmp_path / "train.jsonl", [row, {**row, "pid": None}])
    assert [task.id for task in TabmwpReader(path=path).read().tasks] == ["train/1", "train/2"]
    for wrong, said in ((True, "a boolean"), (1.5, "a number"), ("", "empty")):
        jsonl_file(path, [{**row, "pid": wrong}])
        with pytest.raises(DataError, match=rf"train\.jsonl:1: the problem's id must be .*, but is {said}"):
            TabmwpReader(path=path).read()


def test_gaia_in_parquet_is_gaia_in_jsonl_and_its_levels_are_not_read_twice(tmp_path: Path):
    old, new = tmp_path / "old", tmp_path / "new" / "2023" / "validation"
    jsonl_file(old / "2023" / "validation" / "metadata.jsonl", [{**GAIA, "Level": 1}])
    parquet_file(new / "metadata.parquet", [{**GAIA, "file_path": None}])
    parquet_file(new / "metadata.level1.parquet", [GAIA])
    assert GaiaReader(path=tmp_path / "new").read().digest == GaiaReader(path=old).read().digest


def test_what_json_has_no_form_for_is_text_or_left_out_and_told(tmp_path: Path):
    moment = dt.datetime(2024, 2, 29, 12, 30, tzinfo=dt.UTC)
    columns = {
        "question": ["q", None],
        "nanoseconds": pyarrow.array([1700000000123456789, None], pyarrow.timestamp("ns")),
        "zone": pyarrow.array([moment, None], pyarrow.timestamp("s", "+01:00")),
        "day": [moment.date(), None],
        "time": pyarrow.array([1_000_000_001, None], pyarrow.time64("ns")),
        "price": [decimal.Decimal("1.10"), None],
        "count": pyarrow.array([decimal.Decimal(10**25), None], pyarrow.decimal128(38, 0)),
        "missing": [1.5, float("nan")],
        "kind": pyarrow.array(["a", None]).dictionary_encode(),
        "map": pyarrow.array([[("k", [1])], None], pyarrow.map_(pyarrow.string(), pyarrow.list_(pyarrow.int8()))),
        "image": [{"bytes": b"x", "path": "a.png"}, None],
        "raw": [b"x", None],
        "raws": [[b"x"], None],
        "took": pyarrow.array([1, None], pyarrow.duration("s")),
        "__index_level_0__": [7, 9],
    }
    path = parquet_file(tmp_path / "t.parquet", pyarrow.table(columns).to_pylist(), pyarrow.table(columns).schema)
    (_, where, row), (_, _, empty) = parquet_rows(path)
    assert row == {
        "question": "q",
        "nanoseconds": "2023-11-14T22:13:20.123456",
        "zone": "2024-02-29T13:30:00+01:00",
        "day": "2024-02-29",
        "time": "00:00:01",
        "price": 1.1,
        "count": 10**25,
        "missing": 1.5,
        "kind": "a",
        "map": {"k": [1]},
        "image": {"path": "a.png"},
    }
    assert empty == dict.fromkeys(row)
    assert where == f"{path}: row 1 (left out, as JSON has no form for it: 'raw', 'raws', 'took')"


def test_rows_are_counted_over_row_groups_and_batches(tmp_path: Path):
    path = parquet_file(tmp_path / "t.parquet", [{"n": n} for n in range(700)], row_group_size=300)
    found = list(parquet_rows(path))
    assert [(number, row["n"]) for number, _, row in found] == [(n + 1, n) for n in range(700)]
    assert found[-1][1] == f"{path}: row 700"


@pytest.fixture
def whole(tmp_path: Path) -> bytes:
    return parquet_file(tmp_path / "whole", GSM8K).read_bytes()


def refused(content: bytes, folder: Path) -> str:
    path = folder / "train.parquet"
    path.write_bytes(content)
    with pytest.raises(DataError) as said:
        Gsm8kReader(path=path).read()
    return str(said.value).removeprefix(f"{path}: ")


def test_a_damaged_file_says_so(whole: bytes, tmp_path: Path):
    cut = "this Parquet is damaged or cut off; fetch it again"
    assert refused(whole[:-20], tmp_path).startswith(cut)
    assert refused(whole[:40] + whole[60:], tmp_path).startswith(cut)
    assert refused(b"PAR1", tmp_path).startswith(cut)
    assert refused(b"<!doctype html>", tmp_path).startswith("this is no Parquet, though it is called so")
    assert refused(b"PARE", tmp_path).startswith("this Parquet is encrypted, which is not read")
    assert refused(b"", tmp_path).startswith("the file is empty")
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    assert refused(pointer, tmp_path).startswith("this is Git LFS's pointer to the file; run `git lfs pull`")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_broken_in_a_file_is_an_error_of_ours(whole: bytes, tmp_path: Path, data: st.DataObject):
    place = data.draw(st.integers(0, len(whole) - 1))
    path = tmp_path / "train.parquet"
    path.write_bytes(whole[:place] + bytes([data.draw(st.integers(0, 255))]) + whole[place + 1 :])
    with suppress(DataError):
        numbers = [number for number, _, _ in parquet_rows(path)]
        assert numbers == [*range(1, len(numbers) + 1)]


@pytest.mark.parametrize("plaintext_footer", [False, True])
def test_an_encrypted_file_says_so(plaintext_footer: bool, tmp_path: Path):
    encryption = import_module("pyarrow.parquet.encryption")  # the development extra brings it
    key = encryption.create_encryption_properties(footer_key=b"0" * 16, plaintext_footer=plaintext_footer)
    path = parquet_file(tmp_path / "made", GSM8K, encryption_properties=key)
    assert refused(path.read_bytes(), tmp_path).startswith("this Parquet is encrypted, which is not read")


def test_a_value_that_is_none_of_jsons_is_said_with_row_and_column(tmp_path: Path):
    path = parquet_file(tmp_path / "t.parquet", [{"question": "q", "target": 1.0}, {"question": "q", "target": 1e999}])
    with pytest.raises(DataError, match=r"t\.parquet: row 2: column 'target': an infinity"):
        JsonlReader(path=path).read()
    broken = pyarrow.Array.from_buffers(
        pyarrow.string(), 1, [None, pyarrow.py_buffer(b"\0\0\0\0\1\0\0\0"), pyarrow.py_buffer(b"\xff")]
    )
    table = pyarrow.table({"question": broken})
    writer = pyarrow.parquet.ParquetWriter(path, table.schema)
    with writer:
        writer.write_table(table)
    with pytest.raises(DataError, match=r"t\.parquet: row 1: column 'question': not UTF-8"):
        JsonlReader(path=path).read()


def test_a_short_float_is_the_decimal_that_was_meant(tmp_path: Path):
    schema = pyarrow.schema([("question", pyarrow.string()), ("target", pyarrow.float32())])
    path = parquet_file(tmp_path / "t.parquet", [{"question": "q", "target": 0.1}], schema)
    assert JsonlReader(path=path).read().tasks[0].target == 0.1


TWICE = {
    "struct": pyarrow.StructArray.from_arrays([pyarrow.array([1]), pyarrow.array([2])], names=["k", "k"]),
    "map": pyarrow.array([[("k", 1), ("k", 2)]], pyarrow.map_(pyarrow.string(), pyarrow.int8())),
}


@pytest.mark.parametrize("kind", TWICE)
def test_a_name_that_occurs_twice_in_a_value_is_refused(kind: str, tmp_path: Path):
    path = tmp_path / "t.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"question": ["q"], "meta": TWICE[kind]}), path)
    with pytest.raises(DataError, match=r"row 1: column 'meta': 'k' occurs twice in it"):
        JsonlReader(path=path).read()


def test_columns_of_one_name_and_a_file_without_rows_are_refused(tmp_path: Path):
    path = tmp_path / "t.parquet"
    pyarrow.parquet.write_table(pyarrow.table([["q"], ["r"]], names=["question", "question"]), path)
    with pytest.raises(DataError, match=r"t\.parquet: the column 'question' occurs twice"):
        JsonlReader(path=path).read()
    with pytest.raises(DataError, match=r"t\.parquet: no task there is to be read"):
        JsonlReader(path=parquet_file(path, [], pyarrow.schema([("question", pyarrow.string())]))).read()


def test_a_column_that_is_left_out_is_told_where_it_is_missed(tmp_path: Path):
    path = parquet_file(tmp_path / "t.parquet", [{"question": b"q", "target": "1"}])
    with pytest.raises(DataError, match=r"row 1 \(left out, .*'question'\): no field 'question'; there are 'target'"):
        JsonlReader(path=path).read()


def test_parquet_by_another_name_is_read_and_no_table(tmp_path: Path):
    path = parquet_file(tmp_path / "rows.jsonl", GSM8K)
    assert len(Gsm8kReader(path=path).read()) == 3
    for content in (path.read_bytes(), b"PARE"):
        path.write_bytes(content)
        with pytest.raises(DataError, match='this is Parquet, which this reader does not read; reader = "jsonl" does'):
            CsvReader(path=path).read()


def test_a_missing_library_is_said_with_the_command_that_installs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = parquet_file(tmp_path / "t.parquet", GSM8K)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(
        ConfigError, match=r"t\.parquet: this is Parquet, and pyarrow, .*pip install 'toolwright\[hub\]'"
    ):
        Gsm8kReader(path=path).read()
