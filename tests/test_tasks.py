import pytest
from hypothesis import given
from hypothesis import strategies as st

from support import sums
from toolwright.errors import DataError
from toolwright.tasks import Task, TaskFile, TaskSet, check_disjoint


def task(number: int, **fields: object) -> Task:
    return Task.model_validate({"id": f"t{number}", "question": f"Question {number}?", **fields})


def test_an_agent_reads_context_question_choices_and_names_of_files():
    file = TaskFile(name="table.csv", path="/somewhere/table.csv", sha256="0")
    one = task(1, context="A table.", choices=("yes", "no"), files=(file,), target="yes")
    assert one.text == "A table.\n\nQuestion 1?\n\nChoices:\n- yes\n- no\n\nFiles: table.csv"
    assert task(1).text == "Question 1?"


def test_a_digest_knows_the_content_and_not_where_files_lie():
    here = task(1, files=(TaskFile(name="a", path="/here/a", sha256="0"),))
    there = task(1, files=(TaskFile(name="a", path="/there/a", sha256="0"),))
    changed = task(1, files=(TaskFile(name="a", path="/here/a", sha256="1"),))
    assert here.digest == there.digest != changed.digest
    assert task(1, target=1).digest != task(1, target=2).digest


LISTED: dict[str, object] = {
    "context": "A table.",
    "choices": ("yes", "no"),
    "files": (TaskFile(name="a", path="/here/a", sha256="0"), TaskFile(name="b", path="/here/b", sha256="1")),
}


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "another"},
        {"target": 7},
        {"metadata": {"level": 3}},
        {"question": " Question\u00a01?\n"},
        {"context": "A\ttable. "},
        {"choices": ("no ", "yes")},
        {"files": (TaskFile(name="z", path="/b", sha256="1"), TaskFile(name="y", path="/a", sha256="0"))},
    ],
)
def test_two_tasks_that_ask_the_same_have_one_content_whatever_they_are_called(changes: dict[str, object]):
    assert task(1, **LISTED).content_digest == task(1, **{**LISTED, **changes}).content_digest
    assert task(1, **LISTED).digest != task(1, **{**LISTED, **changes}).digest


@pytest.mark.parametrize(
    "changes",
    [
        {"question": "Question1?"},
        {"context": ""},
        {"choices": ("yes", "no", "perhaps")},
        {"files": (TaskFile(name="a", path="/here/a", sha256="0"), TaskFile(name="b", path="/here/b", sha256="2"))},
    ],
)
def test_two_tasks_that_ask_something_else_have_not(changes: dict[str, object]):
    assert task(1, **LISTED).content_digest != task(1, **{**LISTED, **changes}).content_digest


def test_a_set_is_never_empty_and_its_ids_are_unique():
    with pytest.raises(DataError, match="task set 'mine' is empty"):
        TaskSet(name="mine", tasks=())
    with pytest.raises(DataError, match="task set 'mine': two tasks have the id 't1'"):
        TaskSet(name="mine", tasks=(task(1), task(2), task(1)))


def test_a_sets_digest_knows_the_order_and_not_the_name():
    one, other = TaskSet(name="a", tasks=(task(1), task(2))), TaskSet(name="b", tasks=(task(1), task(2)))
    assert one.digest == other.digest
    assert one.digest != TaskSet(name="a", tasks=(task(2), task(1))).digest


@given(st.integers(1, 30), st.lists(st.integers(1, 8), min_size=1, max_size=4), st.integers(0, 5))
def test_a_split_is_disjoint_repeatable_and_of_the_sizes_asked_for(count: int, sizes: list[int], seed: int):
    tasks = sums(count)
    if sum(sizes) > count:
        with pytest.raises(DataError, match=f"has {count} tasks and cannot be split into"):
            tasks.split(*sizes, seed=seed)
        return
    parts = tasks.split(*sizes, seed=seed)
    assert [len(part) for part in parts] == sizes
    assert len({one.id for part in parts for one in part.tasks}) == sum(sizes)
    assert [part.digest for part in parts] == [part.digest for part in tasks.split(*sizes, seed=seed)]


def test_another_seed_draws_other_tasks():
    assert len({sums(30).split(10, seed=seed)[0].digest for seed in range(5)}) == 5


@pytest.mark.parametrize("sizes", [(0,), (3, 0), (-1,)])
def test_a_split_has_no_empty_part(sizes: tuple[int, ...]):
    with pytest.raises(DataError, match="cannot be split"):
        sums(5).split(*sizes)


def test_sets_that_share_a_task_by_id_or_by_text_are_refused_naming_both():
    same_text = TaskSet(name="x", tasks=(sums(1).tasks[0].model_copy(update={"id": "other"}),))
    with pytest.raises(DataError, match="train and test overlap: task 't2' of test has the same id as task 't2'"):
        check_disjoint(train=sums(3), validation=None, test=sums(1, start=2))
    with pytest.raises(DataError, match="train and test overlap: task 'other' of test has the same text as task 't0'"):
        check_disjoint(train=sums(3), test=same_text)
    check_disjoint(train=sums(3), validation=sums(3, start=3), test=None)
