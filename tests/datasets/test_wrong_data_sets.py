"""A path that holds another data set: the reader says what it expected and which set lies there."""

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from parquet_files import parquet_file

from toolwright.datasets import (
    CsvReader,
    DmMathReader,
    GaiaReader,
    Gsm8kReader,
    JsonlReader,
    MathReader,
    TabmwpReader,
)
from toolwright.errors import ConfigError, DataError
from toolwright.protocols import Reader

ROWS: Mapping[str, dict[str, object]] = {
    "gsm8k": {"question": "1 + 1?", "answer": "1 + 1 = 2\n#### 2"},
    "math": {"problem": "p", "level": "Level 1", "type": "Algebra", "solution": r"\boxed{2}"},
    "tabmwp": {"question": "q", "choices": None, "answer": "2", "unit": None, "table_title": None, "table": "a | b"},
    "gaia": {"task_id": "t", "Question": "q", "Level": 1, "Final answer": "2", "file_name": ""},
    "dm_math": {
        "id": "i",
        "type": "algebra",
        "level": "linear_1d",
        "question": "q",
        "answer": "2",
        "answer_type": "number",
    },
}
NAMES = {"gsm8k": "GSM8K", "math": "MATH", "tabmwp": "TabMWP", "gaia": "GAIA", "dm_math": "dm_math"}
READERS: Mapping[str, Callable[..., Reader]] = {
    "gsm8k": Gsm8kReader,
    "math": MathReader,
    "tabmwp": TabmwpReader,
    "gaia": GaiaReader,
    "dm_math": DmMathReader,
    "jsonl": JsonlReader,
    "csv": CsvReader,
}


def placed(kind: str, folder: Path, *, rows: int = 2) -> Path:
    """A data set in its own layout."""
    row = ROWS[kind]
    if kind == "tabmwp":
        path = folder / "problems_dev.json"
        path.write_text(json.dumps({str(number): row for number in range(rows)}, indent=1))
        return path
    path = folder / "metadata.jsonl" if kind == "gaia" else folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for _ in range(rows)))
    return path


@pytest.mark.parametrize(("reader", "there"), [(one, other) for one in READERS for other in ROWS if one != other])
def test_every_reader_says_which_other_set_it_was_given(reader: str, there: str, tmp_path: Path):
    path = placed(there, tmp_path)
    with pytest.raises(DataError) as said:
        READERS[reader](path=path).read()
    assert f'; this looks like {NAMES[there]}: reader = "{there}"' in str(said.value)
    assert str(said.value).startswith(str(path))
    assert (f"; expected {NAMES.get(reader)}: " in str(said.value)) == (reader in NAMES)


@pytest.mark.parametrize("reader", ["gsm8k", "math", "dm_math", "jsonl", "tabmwp"])
def test_parquet_of_another_set_is_known_by_its_columns(reader: str, tmp_path: Path):
    for there in sorted(set(ROWS) - {reader}):
        path = parquet_file(tmp_path / f"{there}.parquet", [ROWS[there]])
        with pytest.raises(DataError, match=rf'row 1: .*; this looks like {NAMES[there]}: reader = "{there}"'):
            READERS[reader](path=path).read()


@pytest.mark.parametrize("reader", [name for name in READERS if name in NAMES])
def test_what_nobody_knows_is_met_with_what_was_expected(reader: str, tmp_path: Path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"input": "q", "output": "a"}\n')
    with pytest.raises(DataError, match=f"; expected {NAMES[reader]}: ") as said:
        READERS[reader](path=path).read()
    assert "looks like" not in str(said.value)


@pytest.mark.parametrize("kind", ["gsm8k", "math", "dm_math"])
def test_a_broken_row_of_the_right_set_is_said_alone(kind: str, tmp_path: Path):
    path = placed(kind, tmp_path, rows=1)
    with path.open("a") as file:
        file.write('{"question": 5}\n')
    with pytest.raises(DataError, match=r"rows\.jsonl:2: ") as said:
        READERS[kind](path=path).read()
    assert "expected MATH" not in str(said.value)
    assert "looks like" not in str(said.value)


def test_folders_are_known_too(tmp_path: Path):
    math, gaia = tmp_path / "m", tmp_path / "g"
    problem = math / "MATH" / "test" / "algebra" / "1.json"
    problem.parent.mkdir(parents=True)
    problem.write_text(json.dumps(ROWS["math"], indent=1))
    (gaia / "2023" / "validation").mkdir(parents=True)
    placed("gaia", gaia / "2023" / "validation", rows=1)
    (tabmwp := tmp_path / "t").mkdir()
    placed("tabmwp", tabmwp)
    with pytest.raises(DataError, match=r'neither a file nor .*this looks like TabMWP: reader = "tabmwp"'):
        MathReader(path=tabmwp).read()
    with pytest.raises(DataError, match=r'this is a folder; .*this looks like MATH: reader = "math"'):
        Gsm8kReader(path=math).read()
    with pytest.raises(DataError, match=r'neither a file nor .*this looks like GAIA: reader = "gaia"'):
        MathReader(path=gaia).read()
    with pytest.raises(DataError, match=r'no such file; expected GAIA: .*this looks like MATH: reader = "math"'):
        GaiaReader(path=math).read()
    with pytest.raises(DataError, match=r'1\.json:1: broken JSON.*this looks like MATH: reader = "math"'):
        Gsm8kReader(path=problem).read()


def test_a_missing_gaia_folder_says_what_belongs_there(tmp_path: Path):
    with pytest.raises(
        DataError, match=r"no such file; expected GAIA: its root folder, with 2023/<split>/metadata\.jsonl"
    ):
        GaiaReader(path=tmp_path / "nowhere").read()
    with pytest.raises(DataError, match="this is a file; name the folder that holds 2023/"):
        GaiaReader(path=placed("gaia", tmp_path)).read()


def test_of_another_sets_rows_no_subject_is_missed(tmp_path: Path):
    with pytest.raises(DataError, match=r'no field .problem.*; this looks like GSM8K: reader = "gsm8k"'):
        MathReader(path=placed("gsm8k", tmp_path), subjects=("algebra",)).read()


def test_a_missing_subject_or_type_is_said_with_those_there_are(tmp_path: Path):
    with pytest.raises(ConfigError, match="no subject 'geometry'; there are algebra"):
        MathReader(path=placed("math", tmp_path), subjects=("geometry",)).read()
    with pytest.raises(ConfigError, match="no type 'calculus'; there are algebra"):
        DmMathReader(path=placed("dm_math", tmp_path), types=("calculus",)).read()
    empty = tmp_path / "MATH" / "test"
    empty.mkdir(parents=True)
    with pytest.raises(DataError, match=r"test: there is no <subject>/<n>\.json in this folder; expected MATH"):
        MathReader(path=tmp_path, subjects=("geometry",)).read()


@pytest.mark.parametrize("text", ["", "\n", "[]", "{}", "[[[", '{"a": {}}', "[1]", "null", "\x00", "9" * 5000])
def test_nothing_is_too_odd_to_be_looked_at(text: str, tmp_path: Path):
    path = tmp_path / "x.jsonl"
    path.write_text(text)
    for reader in READERS.values():
        with pytest.raises(DataError) as said:
            reader(path=path).read()
        assert "looks like" not in str(said.value)


def test_a_link_in_a_folder_of_tasks_keeps_its_name_and_leads_nowhere_else(tmp_path: Path):
    secret, folder = tmp_path / "secret", tmp_path / "tasks"
    folder.mkdir()
    secret.write_text("1")
    shutil.copy(secret, folder / "real.csv")
    (folder / "inside.csv").symlink_to("real.csv")
    (folder / "outside.csv").symlink_to(secret)
    path = folder / "t.jsonl"
    row = {"question": "q", "target": "x", "files": ["inside.csv"]}
    path.write_text(json.dumps(row))
    assert [file.name for file in JsonlReader(path=path).read().tasks[0].files] == ["inside.csv"]
    path.write_text(json.dumps({**row, "files": ["outside.csv"]}))
    with pytest.raises(DataError, match=r"attached file 'outside\.csv' lies outside"):
        JsonlReader(path=path).read()
