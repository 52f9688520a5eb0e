"""The bundled files are what the generator writes, and train and test share nothing."""

import re
from collections import Counter
from pathlib import Path

import pytest

from toolwright.demo import demo_tasks
from toolwright.demo.families import FAMILIES, Draw
from toolwright.demo.generate import main, text
from toolwright.tasks import Task, TaskSet, check_disjoint

BUNDLED = Path(__file__).parents[2] / "src" / "toolwright" / "demo" / "tasks"

FORMS = {
    "check": r"[A-W]",
    "loan": r"\d{4,5}\.\d\d",
    "crc": r"[0-9a-f]{8}",
    "primes": r"\d{3}",
    "recurrence": r"0|[1-9]\d*",
    "workdays": r"\d{3,4}",
}


def family(task: Task) -> str:
    return str(task.metadata["family"])


@pytest.fixture(params=[0, 1], ids=["train", "test"])
def tasks(request: pytest.FixtureRequest) -> TaskSet:
    train, test = demo_tasks()
    return test if request.param else train


@pytest.mark.parametrize("split", ["train", "test"])
def test_the_generator_writes_the_bundled_files_byte_for_byte(split: str, tmp_path: Path) -> None:
    main([str(tmp_path / "made")])
    assert (tmp_path / "made" / f"{split}.jsonl").read_bytes() == (BUNDLED / f"{split}.jsonl").read_bytes()


def test_the_draws_are_the_same_on_every_python() -> None:
    draw = Draw("a seed")
    assert [draw.between(1, 1000) for _ in range(4)] == [398, 38, 766, 401]
    assert draw.shuffled("abcdef") == list("fecabd")


def test_another_seed_gives_other_tasks() -> None:
    assert not set(text("train").splitlines()) & set(text("train", "another").splitlines())


def test_each_split_has_twenty_tasks_in_the_same_proportions() -> None:
    train, test = demo_tasks()
    assert len(train) == len(test) == 20
    assert Counter(map(family, train.tasks)) == Counter(map(family, test.tasks))
    assert Counter(map(family, train.tasks)) == {family.name: family.size for family in FAMILIES}


def test_the_first_six_tasks_are_of_six_families(tasks: TaskSet) -> None:
    assert len({family(task) for task in tasks.tasks[:6]}) == 6


def test_train_and_test_are_disjoint_and_no_text_comes_twice() -> None:
    train, test = demo_tasks()
    check_disjoint(train=train, test=test)
    assert len({task.text for task in train.tasks + test.tasks}) == 40


def test_no_two_tasks_ask_about_the_same_numbers_in_other_words() -> None:
    train, test = demo_tasks()
    numbers = [tuple(sorted(re.findall(r"\d[\d,.]*\d", task.text))) for task in train.tasks + test.tasks]
    assert len(set(numbers)) == 40


def test_ids_name_split_family_and_number(tasks: TaskSet) -> None:
    for task in tasks.tasks:
        assert re.fullmatch(rf"{tasks.name}/{family(task)}/[1-6]", task.id)


def test_targets_have_the_form_the_question_asks_for(tasks: TaskSet) -> None:
    for task in tasks.tasks:
        assert isinstance(task.target, str)
        assert re.fullmatch(FORMS[family(task)], task.target)
        assert "Answer with" in task.question


def test_no_question_holds_its_target(tasks: TaskSet) -> None:
    for task in tasks.tasks:
        assert not re.search(rf"(?<![\w.,-]){task.target}(?![\w-])", task.question)


def test_questions_are_plain_ascii_without_leftover_braces(tasks: TaskSet) -> None:
    for task in tasks.tasks:
        assert task.question.isascii()
        assert not set("{}\n") & set(task.question)
