"""A folder with splits: which files are a split, in the layouts that sets have, and what is said instead of guessed."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from parquet_files import Rows, jsonl_file, parquet_file, parquet_shards

from toolwright.datasets import DmMathReader, GaiaReader, Gsm8kReader, JsonlReader, MathReader, TabmwpReader
from toolwright.datasets.math_layouts import SUBJECTS
from toolwright.errors import ConfigError, DataError

GSM8K = [{"question": f"{n}?", "answer": f"#### {n}"} for n in range(4)]
PROBLEM = {"problem": "p?", "level": "Level 1", "solution": r"\boxed{2}"}


def read(folder: Path, split: str = "train") -> list[str]:
    return [task.id for task in Gsm8kReader(path=folder, split=split).read().tasks]


@pytest.mark.parametrize("name", ["train.jsonl", "data/train.jsonl", "train.parquet", "data/train.parquet"])
def test_a_split_is_found_in_the_folder_or_in_the_one_below_that_has_it(name: str, tmp_path: Path):
    writer = parquet_file if name.endswith("parquet") else jsonl_file
    writer(tmp_path / name, GSM8K)
    jsonl_file(tmp_path / "test.jsonl", GSM8K[:1])
    jsonl_file(tmp_path / ".cache" / "train.jsonl", GSM8K[:1])
    jsonl_file(tmp_path / "train_socratic.jsonl", GSM8K[:1])
    assert read(tmp_path) == ["train/1", "train/2", "train/3", "train/4"]
    assert read(tmp_path, "test") == ["test/1"]


@pytest.mark.parametrize("mark", ["", "-0123456789abcdef"])
def test_shards_are_read_in_order_and_numbered_on(mark: str, tmp_path: Path):
    for number in range(12):
        parquet_file(tmp_path / f"train-{number:05}-of-00012{mark}.parquet", [{**GSM8K[0], "question": f"q{number}"}])
    tasks = Gsm8kReader(path=tmp_path, split="train").read().tasks
    assert [(task.id, task.question) for task in tasks] == [(f"train/{n + 1}", f"q{n}") for n in range(12)]
    shard = tmp_path / f"train-00003-of-00012{mark}.parquet"
    assert [task.id for task in Gsm8kReader(path=shard).read().tasks] == [f"{shard.stem}/1"]


def test_the_hubs_own_conversion_is_read_as_the_split_it_is(tmp_path: Path):
    converted = tmp_path / "main" / "train"
    parquet_shards(tmp_path / "made", "train", GSM8K, 2)
    converted.mkdir(parents=True)
    for number in range(2):
        shutil.copy(tmp_path / "made" / f"train-0000{number}-of-00002.parquet", converted / f"000{number}.parquet")
    parquet_file(tmp_path / "main" / "partial-test" / "0000.parquet", GSM8K)
    parquet_file(tmp_path / "socratic" / "train" / "0000.parquet", GSM8K)
    shutil.rmtree(tmp_path / "made")
    for folder in (tmp_path, tmp_path / "main"):
        assert read(folder) == ["train/1", "train/2", "train/3", "train/4"]
    with pytest.raises(DataError, match=r"main: no test\.jsonl, .*; there is partial-test, train"):
        read(tmp_path / "main", "test")
    parquet_file(tmp_path / "main" / "train.parquet", GSM8K)
    with pytest.raises(DataError, match=r"'train' is there more than once: .*train/0000\.parquet"):
        read(tmp_path)
    (tmp_path / "main" / "train.parquet").unlink()
    (converted / "0000.parquet").unlink()
    with pytest.raises(DataError, match=r"of the 2 shards of 'train', number 0 \(from 0\) is missing"):
        read(tmp_path)


def test_a_missing_shard_is_said(tmp_path: Path):
    parquet_shards(tmp_path, "train", GSM8K, 4)
    (tmp_path / "train-00002-of-00004.parquet").unlink()
    with pytest.raises(DataError, match=r"of the 4 shards of 'train', number 2 \(from 0\) is missing; fetch it"):
        read(tmp_path)
    jsonl_file(tmp_path / "huge" / "train-00000-of-99999999999.jsonl", GSM8K)
    with pytest.raises(DataError, match=r"number 1 \(from 0\) is missing"):
        read(tmp_path / "huge")


def test_what_is_there_twice_is_said(tmp_path: Path):
    jsonl_file(tmp_path / "train.jsonl", GSM8K)
    parquet_shards(tmp_path, "train", GSM8K, 1)
    twice = r"'train' is there more than once: train-00000-of-00001\.parquet and train\.jsonl; name one"
    with pytest.raises(DataError, match=twice):
        read(tmp_path)
    (tmp_path / "train.jsonl").unlink()
    parquet_file(tmp_path / "train.parquet", GSM8K)
    with pytest.raises(DataError, match="'train' is there more than once"):
        read(tmp_path)
    (tmp_path / "train.parquet").unlink()
    parquet_shards(tmp_path, "train", GSM8K, 2)
    with pytest.raises(DataError, match="'train' is there more than once"):
        read(tmp_path)


def test_of_several_configurations_one_is_named_but_gsm8ks_own_is_known(tmp_path: Path):
    jsonl_file(tmp_path / "main" / "train.jsonl", GSM8K)
    jsonl_file(tmp_path / "socratic" / "train.jsonl", GSM8K[:1])
    assert len(read(tmp_path)) == 4
    assert len(read(tmp_path / "socratic")) == 1
    with pytest.raises(DataError, match=r"'train' is in several folders: main, socratic; name one in the path: …/main"):
        JsonlReader(path=tmp_path, split="train").read()


def test_a_split_that_is_not_there_is_said_with_what_is(tmp_path: Path):
    jsonl_file(tmp_path / "train.jsonl", GSM8K)
    with pytest.raises(DataError, match=r"no test\.jsonl, test\.parquet or their shards, .*; there is train\.jsonl"):
        read(tmp_path, "test")
    with pytest.raises(DataError, match='this is a folder; name a file in it, or its split: split = "train"'):
        Gsm8kReader(path=tmp_path).read()
    with pytest.raises(DataError, match="this is a file, and split = 'test' is one of a folder's; leave one out"):
        read(tmp_path / "train.jsonl", "test")
    with pytest.raises(DataError, match="train: there is no such file"):
        read(tmp_path / "train")


def test_a_folder_of_another_set_is_told(tmp_path: Path):
    parquet_shards(tmp_path / "data", "train", [{**PROBLEM, "type": "Algebra"}], 1)
    for reader in (Gsm8kReader, DmMathReader, JsonlReader):
        with pytest.raises(DataError, match=r'no field .*; this looks like MATH: reader = "math"'):
            reader(path=tmp_path, split="train").read()
    with pytest.raises(DataError, match=r'no such file; expected GAIA: .*; this looks like MATH: reader = "math"'):
        GaiaReader(path=tmp_path).read()
    with pytest.raises(DataError, match=r'this is a folder; .*; this looks like MATH: reader = "math"'):
        Gsm8kReader(path=tmp_path).read()


def test_math_is_read_from_a_copy_with_a_folder_a_subject(tmp_path: Path):
    parquet_shards(tmp_path / "geometry", "test", [PROBLEM], 1)
    parquet_shards(tmp_path / "algebra", "test", [{**PROBLEM, "type": "Algebra"}] * 2, 1)
    tasks = MathReader(path=tmp_path, subjects=("algebra", "geometry")).read().tasks
    assert [task.id for task in tasks] == ["algebra/test/1", "algebra/test/2", "geometry/test/1"]
    (task,) = MathReader(path=tmp_path, subjects=("Geometry",)).read().tasks
    assert task.metadata["type"] == "geometry"
    assert [task.id for task in MathReader(path=tmp_path / "algebra").read().tasks] == ["test/1", "test/2"]


@pytest.mark.parametrize("writer", [jsonl_file, parquet_file])
def test_of_a_copy_with_a_folder_a_subject_all_seven_must_have_the_split(
    writer: Callable[[Path, Rows], Path], tmp_path: Path
):
    for split in ("train", "test"):
        for subject in SUBJECTS - ({"geometry"} if split == "test" else set()):
            writer(tmp_path / subject / f"{split}{'.jsonl' if writer is jsonl_file else '.parquet'}", [PROBLEM])
    assert len(MathReader(path=tmp_path, split="train").read()) == 7
    assert len(MathReader(path=tmp_path, split="test", subjects=("algebra", "precalculus")).read()) == 2
    named = ", ".join(f'"{subject}"' for subject in sorted(SUBJECTS - {"geometry"}))
    with pytest.raises(DataError, match=rf"no 'test' of geometry is there; fetch .*: subjects = \[{named}\]$"):
        MathReader(path=tmp_path, split="test").read()


def test_a_subject_that_is_named_and_missing_is_said_in_every_layout_and_a_sample_is_read(tmp_path: Path):
    rows = [{**PROBLEM, "type": "Algebra"}, {**PROBLEM, "type": "Counting & Probability"}]
    for place in ("alone.jsonl", "folder/test.jsonl", "below/data/test.jsonl"):
        jsonl_file(tmp_path / place, rows)
    parquet_shards(tmp_path / "shards", "test", rows, 2)
    for row, subject in zip(rows, ("algebra", "counting_and_probability"), strict=True):
        jsonl_file(tmp_path / "by" / subject / "test.jsonl", [row])
        problem = tmp_path / "MATH" / "test" / subject / "1.json"
        problem.parent.mkdir(parents=True)
        problem.write_text(json.dumps(row))
    samples = ("alone.jsonl", "folder", "below", "shards")
    for place in (*samples, "by", "MATH"):
        with pytest.raises(ConfigError, match=r"no subject 'geometry'; there are algebra, counting_and_probability$"):
            MathReader(path=tmp_path / place, subjects=("Algebra", "Geometry")).read()
    assert [len(MathReader(path=tmp_path / place).read()) for place in samples] == [2] * 4


def test_a_subject_that_a_row_leaves_null_is_its_folders(tmp_path: Path):
    parquet_shards(
        tmp_path / "copy" / "algebra", "test", [{**PROBLEM, "type": None}, {**PROBLEM, "type": "Algebra"}], 1
    )
    tasks = MathReader(path=tmp_path / "copy", subjects=("algebra",)).read().tasks
    assert [task.metadata["type"] for task in tasks] == ["algebra", "Algebra"]
    problem = tmp_path / "MATH" / "test" / "algebra" / "1.json"
    problem.parent.mkdir(parents=True)
    problem.write_text(json.dumps({**PROBLEM, "type": None}))
    (task,) = MathReader(path=tmp_path / "MATH", subjects=("algebra",)).read().tasks
    assert task.metadata["type"] == "algebra"


def test_math_is_read_from_a_copy_in_one_folder(tmp_path: Path):
    rows = [{**PROBLEM, "answer": "2", "subject": "Algebra", "level": 3, "unique_id": name} for name in ("u", "v")]
    parquet_shards(tmp_path / "data", "test", rows, 2)
    assert [task.id for task in MathReader(path=tmp_path, subjects=("algebra",), levels=(3,)).read().tasks] == [
        "u",
        "v",
    ]
    parquet_shards(tmp_path / "algebra", "test", rows, 1)
    with pytest.raises(DataError, match="'test' is in several folders: algebra, data; name one in the path"):
        MathReader(path=tmp_path).read()


def test_math_in_two_layouts_is_said(tmp_path: Path):
    original = tmp_path / "MATH" / "test" / "algebra" / "1.json"
    original.parent.mkdir(parents=True)
    original.write_text(json.dumps(PROBLEM))
    jsonl_file(tmp_path / "test.jsonl", [PROBLEM])
    with pytest.raises(
        DataError, match=r"'test' is there twice, in MATH/test and in test\.jsonl; name one in the path"
    ):
        MathReader(path=tmp_path).read()
    assert [task.id for task in MathReader(path=tmp_path / "test.jsonl").read().tasks] == ["test/1"]
    (task,) = MathReader(path=tmp_path / "MATH", subjects=("algebra",)).read().tasks
    assert task.id == "test/algebra/1"


def test_gaia_with_both_files_is_said(tmp_path: Path):
    row = {"task_id": "t", "Question": "q", "Level": "1", "Final answer": "2", "file_name": ""}
    folder = tmp_path / "2023" / "validation"
    jsonl_file(folder / "metadata.jsonl", [row])
    parquet_file(folder / "metadata.parquet", [row])
    with pytest.raises(DataError, match=r"'metadata' is there more than once: metadata\.jsonl and metadata\.parquet"):
        GaiaReader(path=tmp_path).read()


PROBLEMS = [{"pid": str(n), "question": f"{n}?", "choices": None, "answer": "2", "table": "a | b"} for n in range(2)]


@pytest.mark.parametrize(
    "name",
    ["problems_dev.jsonl", "problems_dev.parquet", "dev.jsonl", "data/dev-00000-of-00001.parquet", "dev/0000.parquet"],
)
def test_tabmwp_is_read_from_a_folder_of_problem_files_or_of_rows(name: str, tmp_path: Path):
    writer = jsonl_file if name.endswith("jsonl") else parquet_file
    writer(tmp_path / name, PROBLEMS)
    assert [task.id for task in TabmwpReader(path=tmp_path, split="dev").read().tasks] == ["0", "1"]
    problems = {row["pid"]: {key: row[key] for key in row if key != "pid"} for row in PROBLEMS}
    (tmp_path / "problems_train.json").write_text(json.dumps(problems))
    assert [task.id for task in TabmwpReader(path=tmp_path, split="train").read().tasks] == ["0", "1"]
    with pytest.raises(DataError, match=r"no problems_test\.json, and no rows problems_test or test; there is .*train"):
        TabmwpReader(path=tmp_path, split="test").read()
    if name.count("/") == 0:
        (tmp_path / "problems_dev.json").write_text(json.dumps(problems))
        with pytest.raises(DataError, match=r"'dev' is there more than once: problems_dev\.json and "):
            TabmwpReader(path=tmp_path, split="dev").read()
    with pytest.raises(DataError, match="this is a folder; name a file in it, or its split"):
        TabmwpReader(path=tmp_path).read()
