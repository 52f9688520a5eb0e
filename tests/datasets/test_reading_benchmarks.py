"""MATH, TabMWP, GSM8K, GAIA and reasoning-gym in the layouts their authors gave them."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from toolwright.datasets import Columns, GaiaReader, Gsm8kReader, GymReader, JsonlReader, MathReader, TabmwpReader
from toolwright.errors import ConfigError, DataError
from toolwright.scoring import GaiaScorer, NumericScorer, TabmwpScorer
from toolwright.tasks import Task
from toolwright.trajectories import Trajectory

GAIA = Path(__file__).parents[1] / "data" / "gaia" / "synthetic"
THERE = ("algebra", "counting_and_probability")
"""MATH's subjects in `math_folder`."""


def echo(task: Task) -> Trajectory:
    """A trajectory whose answer is the target."""
    return Trajectory(task_id=task.id, repeat=0, parameters="p", answer=str(task.target))


@pytest.fixture
def math_folder(tmp_path: Path) -> Path:
    rows = [
        ("algebra", 10, "Level 5", "Algebra", r"So \boxed{1}, no: \boxed{\frac{1}{\sqrt{2}}}."),
        ("algebra", 9, "Level 1", "Algebra", r"$\boxed 7$"),
        ("counting_and_probability", 1, "Level 5", "Counting & Probability", r"\fbox{3}"),
    ]
    for subject, number, level, kind, solution in rows:
        path = tmp_path / "MATH" / "test" / subject / f"{number}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"problem": "p?", "level": level, "type": kind, "solution": solution}))
    return tmp_path


def test_math_folders_are_read_by_subject_and_number(math_folder: Path):
    tasks = MathReader(path=math_folder, subjects=THERE).read()
    assert [(task.id, task.target) for task in tasks.tasks] == [
        ("test/algebra/9", "7"),
        ("test/algebra/10", r"\frac{1}{\sqrt{2}}"),
        ("test/counting_and_probability/1", "3"),
    ]
    assert tasks.tasks[0].metadata["level"] == "Level 1"
    assert MathReader(path=math_folder / "MATH", subjects=THERE).read() == tasks


def test_of_maths_folders_a_missing_subject_is_said_with_what_can_be_read(math_folder: Path):
    missing = "geometry, intermediate_algebra, number_theory, prealgebra, precalculus"
    named = r'subjects = \["algebra", "counting_and_probability"\]'
    with pytest.raises(DataError, match=rf"MATH/test: of MATH's seven .* no 'test' of {missing} is there; .*{named}$"):
        MathReader(path=math_folder).read()
    problem = (math_folder / "MATH" / "test" / "algebra" / "9.json").read_text()
    for subject in missing.split(", "):
        (folder := math_folder / "MATH" / "test" / subject).mkdir()
        (folder / "1.json").write_text(problem)
    assert len(MathReader(path=math_folder).read()) == 8


def test_math_is_filtered_by_subject_in_either_spelling_and_by_level(math_folder: Path):
    for subject in ("counting_and_probability", "Counting & Probability"):
        assert len(MathReader(path=math_folder, subjects=(subject,)).read()) == 1
    assert len(MathReader(path=math_folder, subjects=THERE, levels=(5,)).read()) == 2
    with pytest.raises(ConfigError, match="no subject 'geometry'; there are algebra, counting_and_probability"):
        MathReader(path=math_folder, subjects=("geometry",)).read()
    with pytest.raises(ConfigError, match=r"no level 2, 3; there are 1, 5$"):
        MathReader(path=math_folder, subjects=THERE, levels=(1, 2, 3)).read()
    with pytest.raises(ConfigError, match=r"no level 1; there are 5$"):
        MathReader(path=math_folder, subjects=("counting_and_probability",), levels=(1,)).read()
    with pytest.raises(DataError, match="train/"):
        MathReader(path=math_folder, split="train").read()


def test_math_is_read_from_jsonl_with_or_without_an_answer_field(tmp_path: Path):
    path = tmp_path / "math.jsonl"
    rows = [
        {"problem": "p", "solution": r"\boxed{2}", "answer": "two", "subject": "Algebra", "level": 3, "unique_id": "u"},
        {"problem": "q", "solution": r"\boxed{3}", "type": "Algebra", "level": "Level 4"},
    ]
    path.write_text("\n".join(map(json.dumps, rows)))
    assert [(task.id, task.target) for task in MathReader(path=path).read().tasks] == [("u", "two"), ("math/2", "3")]
    assert len(MathReader(path=path, subjects=("algebra",), levels=(3,)).read()) == 1


def test_a_math_solution_without_a_box_names_its_file(math_folder: Path):
    broken = math_folder / "MATH" / "test" / "algebra" / "11.json"
    broken.write_text(json.dumps({"problem": "p", "level": "Level 1", "type": "Algebra", "solution": "None."}))
    with pytest.raises(DataError, match=r"11\.json: the solution has no \\boxed"):
        MathReader(path=math_folder, subjects=THERE).read()


def test_gaia_is_read_with_its_files_and_by_level():
    tasks = GaiaReader(path=GAIA).read()
    assert len(tasks) == 5
    rain = tasks.tasks[2]
    assert (rain.id, rain.target, rain.metadata["level"]) == ("synthetic-0002", "187.4", 2)
    assert rain.files[0].name == "rain.csv"
    assert Path(rain.files[0].path).read_text().startswith("month,mm")
    assert len(GaiaReader(path=GAIA, levels=(1, 3)).read()) == 3


def test_a_level_that_gaia_lacks_is_said(tmp_path: Path):
    shutil.copytree(GAIA, tmp_path, dirs_exist_ok=True)
    metadata = tmp_path / "2023" / "validation" / "metadata.jsonl"
    rows = [json.loads(line) for line in metadata.read_text().splitlines()]
    metadata.write_text("".join(f"{json.dumps(row)}\n" for row in rows if row["Level"] != 3))
    with pytest.raises(ConfigError, match=r"2023/validation: no level 3; there are 1, 2$"):
        GaiaReader(path=tmp_path, levels=(1, 3)).read()


async def test_gaia_truths_are_right_by_its_scorer():
    tasks = GaiaReader(path=GAIA).read()
    assert [(await GaiaScorer().score(task, echo(task))).value for task in tasks.tasks] == [1.0] * 5


def test_gaia_skips_the_placeholder_and_names_a_missing_file(tmp_path: Path):
    shutil.copytree(GAIA, tmp_path, dirs_exist_ok=True)
    folder = tmp_path / "2023" / "validation"
    with (folder / "metadata.jsonl").open("a") as file:
        file.write('{"task_id": "0-0-0-0-0", "Question": "", "Level": 1}\n')
    assert len(GaiaReader(path=tmp_path).read()) == 5
    (folder / "rain.csv").unlink()
    with pytest.raises(DataError, match=r"metadata\.jsonl:3: attached file 'rain.csv'"):
        GaiaReader(path=tmp_path).read()


def test_gsm8k_takes_the_number_behind_the_marks(tmp_path: Path):
    path = tmp_path / "train.jsonl"
    path.write_text('{"question": "q", "answer": "2*617=<<2*617=1234>>1234\\n#### 1,234"}\n')
    (task,) = Gsm8kReader(path=path).read().tasks
    assert (task.id, task.target) == ("train/1", "1234")
    path.write_text('{"question": "q", "answer": "1234"}\n')
    with pytest.raises(DataError, match=r"train\.jsonl:1: field 'answer' does not end in '#### N'"):
        Gsm8kReader(path=path).read()


def problem(**changes: object) -> dict[str, object]:
    row = {"question": "How many?", "choices": None, "answer": "3,151", "unit": "$", "table": "a | b\n1 | 2"}
    return {**row, "table_title": "Sales", "ques_type": "free_text", "ans_type": "integer_number", **changes}


def test_tabmwp_shows_title_table_and_unit(tmp_path: Path):
    path = tmp_path / "problems_dev.json"
    path.write_text(json.dumps({"12": problem(), "7": problem(table_title=None, unit=None, choices=["x", "y"])}))
    first, second = TabmwpReader(path=path).read().tasks
    assert (first.id, first.text) == ("12", "Sales\n\na | b\n1 | 2\n\nHow many? (unit: $)")
    assert (second.context, second.choices) == ("a | b\n1 | 2", ("x", "y"))
    assert first.metadata["ans_type"] == "integer_number"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (json.dumps({"12": problem(answer=5)}), r"problem '12': field 'answer' must be text"),
        (json.dumps({"12": problem(choices="x")}), r"problem '12': field 'choices'"),
        (json.dumps({"12": []}), r"problem '12': expected an object"),
        ('{"12": {}, "12": {}}', "'12' occurs twice"),
        ("{}", "no task"),
    ],
)
def test_a_bad_tabmwp_file_names_the_problem(tmp_path: Path, text: str, message: str):
    path = tmp_path / "problems_dev.json"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        TabmwpReader(path=path).read()


async def test_real_tabmwp_truths_are_right_by_its_scorer(data_dir: Path):
    for name, count in (("problems_dev1k.json", 40), ("problems_test1k.json", 60)):
        tasks = TabmwpReader(path=data_dir / "tabmwp" / name).read()
        assert len(tasks) == count
        assert [(await TabmwpScorer().score(task, echo(task))).value for task in tasks.tasks] == [1.0] * count


async def test_real_gsm8k_truths_are_right_numbers(data_dir: Path):
    for name, count in (("train.jsonl", 50), ("test.jsonl", 100)):
        tasks = Gsm8kReader(path=data_dir / "gsm8k" / name).read()
        assert len(tasks) == count
        assert [(await NumericScorer().score(task, echo(task))).value for task in tasks.tasks] == [1.0] * count


def test_all_generated_mathematics_is_read(data_dir: Path):
    for name, count in (("train", 160), ("test", 640), ("test_extrapolate", 240)):
        path = data_dir / "dm_math" / f"{name}.jsonl"
        assert len(JsonlReader(path=path, columns=Columns(target="answer")).read()) == count


def test_a_generator_gives_the_same_tasks_for_the_same_seed():
    pytest.importorskip("reasoning_gym")
    reader = GymReader(generator="chain_sum", size=3, seed=5, options={"min_terms": 2, "max_terms": 2})
    tasks = reader.read()
    assert tasks == reader.read()
    assert tasks != reader.model_copy(update={"seed": 6}).read()
    assert [task.id for task in tasks.tasks] == ["chain_sum/5/0", "chain_sum/5/1", "chain_sum/5/2"]
    assert tasks.tasks[0].metadata["options"] == {"min_terms": 2, "max_terms": 2}


def test_an_unknown_generator_or_option_is_said():
    pytest.importorskip("reasoning_gym")
    with pytest.raises(ConfigError, match="no generator 'countdwn'; did you mean countdown"):
        GymReader(generator="countdwn", size=1).read()
    with pytest.raises(ConfigError, match=r"'countdown' refuses its options.*min_numbres"):
        GymReader(generator="countdown", size=1, options={"min_numbres": 2}).read()
    with pytest.raises(ConfigError, match="no generator 'composite'"):
        GymReader(generator="composite", size=1).read()


def test_a_missing_gym_is_said_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "reasoning_gym", None)
    with pytest.raises(ConfigError, match=r"pip install 'toolwright\[reasoning-gym\]'"):
        GymReader(generator="countdown", size=1).read()
