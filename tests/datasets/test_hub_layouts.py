"""The layouts that copies of the benchmarks have on the hub, as their pages show them, on rows invented here."""

from pathlib import Path

import pytest
from parquet_files import jsonl_file, parquet_file, parquet_shards

from toolwright.datasets import GaiaReader, Gsm8kReader, MathReader, TabmwpReader
from toolwright.datasets.math_layouts import SUBJECTS

MATH = {"problem": "p?", "level": "Level 5", "type": "Counting & Probability", "solution": r"\boxed{2}"}
ANSWERED = {"problem": "p?", "solution": "Two.", "answer": "2", "subject": "Precalculus", "level": 5}


@pytest.mark.parametrize("form", ["{split}-00000-of-00001.parquet", "{split}/0000.parquet"])
def test_math_with_a_configuration_a_subject_as_uploaded_and_as_the_hub_converts_it(form: str, tmp_path: Path):
    for subject in SUBJECTS:
        for split in ("train", "test"):
            parquet_file(tmp_path / subject / form.format(split=split), [MATH])
    tasks = MathReader(path=tmp_path, split="train").read().tasks
    assert [task.id for task in tasks] == [f"{subject}/train/1" for subject in sorted(SUBJECTS)]


def test_math_with_all_subjects_in_a_folder_beside_theirs(tmp_path: Path):
    parquet_shards(tmp_path / "data", "train", [MATH, {**MATH, "type": "Algebra"}], 1)
    parquet_shards(tmp_path / "algebra", "train", [{**MATH, "type": "Algebra"}], 1)
    reader = MathReader(path=tmp_path / "data", split="train", subjects=("counting_and_probability",), levels=(5,))
    assert [(task.id, task.target) for task in reader.read().tasks] == [("train/1", "2")]


def test_math_with_answers_and_with_ids_that_are_names_or_numbers(tmp_path: Path):
    (task,) = (
        MathReader(
            path=jsonl_file(tmp_path / "test.jsonl", [{**ANSWERED, "unique_id": "test/precalculus/807.json"}]),
            subjects=("precalculus",),
            levels=(5,),
        )
        .read()
        .tasks
    )
    assert (task.id, task.target) == ("test/precalculus/807.json", "2")
    parquet_file(tmp_path / "data" / "train-00000-of-00001-0123456789abcdef.parquet", [{**ANSWERED, "unique_id": 807}])
    (task,) = MathReader(path=tmp_path, split="train").read().tasks
    assert (task.id, task.target) == ("train/1", "2")


def test_tabmwp_with_three_columns_and_with_its_files_as_parquet(tmp_path: Path):
    row = {"question": "How many?", "table": "a | b\n1 | 2", "answer": "3"}
    parquet_shards(tmp_path / "data", "train", [row], 1)
    (task,) = TabmwpReader(path=tmp_path, split="train").read().tasks
    assert (task.id, task.text, task.target) == ("train/1", "a | b\n1 | 2\n\nHow many?", "3")
    parquet_file(
        tmp_path / "problems_dev.parquet", [{**row, "choices": ["3", "4"], "image": {"bytes": b"x", "path": ""}}]
    )
    (task,) = TabmwpReader(path=tmp_path, split="dev").read().tasks
    assert (task.id, task.choices) == ("problems_dev/1", ("3", "4"))


def test_gsm8k_and_gaia(tmp_path: Path):
    for configuration in ("main", "socratic"):
        parquet_file(tmp_path / configuration / "test" / "0000.parquet", [{"question": "q", "answer": "#### 1,000"}])
    assert [task.target for task in Gsm8kReader(path=tmp_path, split="test").read().tasks] == ["1000"]
    row = {"task_id": "t", "Question": "q", "Level": "2", "Final answer": "3", "file_name": "a.csv", "file_path": "x"}
    (tmp_path / "2023" / "validation").mkdir(parents=True)
    (tmp_path / "2023" / "validation" / "a.csv").write_text("1")
    parquet_file(tmp_path / "2023" / "validation" / "metadata.parquet", [row])
    (task,) = GaiaReader(path=tmp_path, levels=(2,)).read().tasks
    assert (task.id, [file.name for file in task.files]) == ("t", ["a.csv"])
