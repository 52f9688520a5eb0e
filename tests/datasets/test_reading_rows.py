"""JSONL and CSV: what is read, and what every kind of bad file says."""

import csv
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolwright.datasets import Columns, CsvReader, JsonlReader
from toolwright.errors import DataError
from toolwright.protocols import Reader

DM_MATH = Path(__file__).parents[1] / "data" / "dm_math" / "train.jsonl"
GOOD = '{"question": "q", "target": 1}'


def written(folder: Path, text: str | bytes, name: str = "train.jsonl") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_columns_are_mapped_and_the_rest_is_metadata():
    tasks = JsonlReader(path=DM_MATH, columns=Columns(target="answer")).read().tasks
    assert len(tasks) == 20
    assert tasks[0].id == "dm_math/train/algebra/0"
    assert tasks[0].target == "-23"
    assert tasks[0].context == ""
    assert tasks[0].metadata == {"type": "algebra", "level": "linear_1d", "answer_type": "number", "meta": {}}


def test_a_row_without_id_is_called_by_file_and_line(tmp_path: Path):
    path = written(tmp_path, f"\ufeff{GOOD}\r\n\r\n" + '{"question": "a\u2028b", "target": null, "id": 7}\n')
    first, second = JsonlReader(path=path).read().tasks
    assert (first.id, second.id, second.question) == ("train/1", "7", "a\u2028b")


def test_choices_context_and_files_are_read(tmp_path: Path):
    (tmp_path / "a.csv").write_text("1")
    row = {"question": "q", "target": "x", "context": "c", "choices": ["x", "y"], "files": ["a.csv"]}
    (task,) = JsonlReader(path=written(tmp_path, json.dumps(row))).read().tasks
    assert (task.context, task.choices, task.files[0].name) == ("c", ("x", "y"), "a.csv")
    assert Path(task.files[0].path).is_absolute()
    assert task.files[0].sha256 == "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b"
    table = written(tmp_path, 'question,target,choices,files\nq,x,x | y,a.csv\nq,x,"[""x"", ""y""]",\n', "t.csv")
    first, second = CsvReader(path=table).read().tasks
    assert first.choices == second.choices == ("x", "y")
    assert (len(first.files), len(second.files)) == (1, 0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD + "\n{broken", r"train\.jsonl:2: broken JSON"),
        (GOOD + "\n[1]", r"train\.jsonl:2: expected a JSON object, found list"),
        ('{"question": "q", "target": NaN}', r"train\.jsonl:1: broken JSON: NaN"),
        ('{"question": "q", "question": "r", "target": 1}', r"train\.jsonl:1: .*'question' occurs twice"),
        ('{"question": "q\\ud800", "target": 1}', r"train\.jsonl:1: .*surrogate"),
        ("[" * 100000, r"train\.jsonl:1: nested too deeply"),
        ('{"question": "q", "answer": 1}', r"train\.jsonl:1: no field 'target'; there are 'question', 'answer'"),
        ('{"question": 5, "target": 1}', r"train\.jsonl:1: field 'question' must be text, but is a number"),
        ('{"question": " ", "target": 1}', r"train\.jsonl:1: field 'question' must be text, but is empty"),
        ('{"question": "q", "target": 1, "id": true}', r"train\.jsonl:1: field 'id'.*a boolean"),
        ('{"question": "q", "target": 1, "context": []}', r"train\.jsonl:1: field 'context'.*a list"),
        ('{"question": "q", "target": 1, "choices": [1]}', r"train\.jsonl:1: field 'choices'.*list of texts"),
        ('{"question": "q", "target": 1, "files": ["no.csv"]}', r"train\.jsonl:1: attached file 'no.csv' cannot"),
        ('{"question": "q", "target": 1, "files": ["../x"]}', r"train\.jsonl:1: attached file '../x' lies outside"),
        ('{"question": "q", "target": 1, "id": "a"}\n' * 2, r"train\.jsonl:2: the id 'a' is taken by .*jsonl:1"),
        ("", r"train\.jsonl: the file is empty"),
        ("\n \n", r"train\.jsonl: the file is empty"),
        (GOOD.encode() + b"\n\xff\xfe", r"train\.jsonl:2: not UTF-8"),
    ],
    ids=lambda value: repr(value[:30]),
)
def test_a_bad_jsonl_names_file_and_line(tmp_path: Path, text: str | bytes, message: str):
    with pytest.raises(DataError, match=message):
        JsonlReader(path=written(tmp_path, text)).read()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("question,target\nq,1\nq,1,2\n", r"t\.csv:3: 3 cells where the header has 2"),
        ('question,target\n"a\nb",1\nq\n', r"t\.csv:4: 1 cells"),
        ('question,target\n"a"b,1\n', r"t\.csv:2: broken CSV"),
        ('question,target\nq,1\n"a,1\n', r"t\.csv:3: broken CSV"),
        ("question,question\nq,1\n", r"t\.csv:1: the header names a column twice"),
        ("question,\nq,1\n", r"t\.csv:1: the header"),
        ("question,answer\nq,1\n", r"t\.csv:2: no field 'target'; there are 'question', 'answer'"),
        ("id,question,target\n,q,1\n", r"t\.csv:2: field 'id' must be text, but is empty"),
        ("question,target\n", r"t\.csv: no task"),
        ("question,target,choices\nq,1,[broken\n", r"t\.csv:2: broken JSON"),
    ],
    ids=lambda value: repr(value[:30]),
)
def test_a_bad_csv_names_file_and_line(tmp_path: Path, text: str, message: str):
    with pytest.raises(DataError, match=message):
        CsvReader(path=written(tmp_path, text, "t.csv")).read()


def test_a_missing_file_or_a_folder_is_said(tmp_path: Path):
    readers: list[Reader] = [JsonlReader(path=tmp_path / "no"), CsvReader(path=tmp_path / "no")]
    for reader in readers:
        with pytest.raises(DataError, match="no: there is no such file"):
            reader.read()
    with pytest.raises(DataError, match="this is a folder"):
        JsonlReader(path=tmp_path).read()


def test_a_column_that_is_named_must_be_there(tmp_path: Path):
    path = written(tmp_path, GOOD)
    for column in ("id", "context", "choices", "files"):
        with pytest.raises(DataError, match="no field 'mine'"):
            JsonlReader(path=path, columns=Columns.model_validate({column: "mine"})).read()


def test_an_unknown_option_is_refused(tmp_path: Path):
    with pytest.raises(ValueError, match="colums"):
        JsonlReader.model_validate({"path": tmp_path, "colums": {}})


CELL = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)


@given(st.lists(st.tuples(CELL.filter(str.strip), CELL, CELL), min_size=1, max_size=5), st.sampled_from(",;\t"))
def test_what_was_written_as_csv_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]], delimiter: str
):
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows([("question", "target", "note"), *rows])
    tasks = CsvReader(path=path, delimiter=delimiter).read().tasks
    assert [(task.question, task.target, task.metadata["note"]) for task in tasks] == rows


def test_lines_are_counted_through_quoted_line_breaks_and_blank_lines(tmp_path: Path):
    text = 'question,target\r\n"a\r\nb",1\r\n\r\nq,2\r\n'
    assert [task.id for task in CsvReader(path=written(tmp_path, text, "t.csv")).read().tasks] == ["t/2", "t/5"]
