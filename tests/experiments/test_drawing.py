"""What is drawn from pools: a question counts once wherever it stands, and seeds that draw the same are told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from toolwright.errors import DataError
from toolwright.experiments.cells import cells_of
from toolwright.experiments.drawing import Pools, drawn, drawn_test, seeds_alike
from toolwright.experiments.load import load_experiment
from toolwright.experiments.matrix import Draw, Table
from toolwright.tasks import Task, TaskSet


def pool(name: str, count: int, twice: int = 0) -> TaskSet:
    """So many questions, the first of them `twice` a second time under other ids."""
    numbers = [*range(count), *range(twice)]
    tasks = (Task(id=f"{name}-{place}", question=f"{name} {number}?") for place, number in enumerate(numbers))
    return TaskSet(name=name, tasks=tuple(tasks))


def test_what_stands_twice_in_a_train_or_a_test_pool_counts_once():
    splits = drawn(Pools(None, pool("train", 6, twice=6), pool("test", 5, twice=5)), Draw(train=6, test=5), seed=0)
    assert splits.test is not None
    assert [task.question for task in splits.train.tasks] == [f"train {n}?" for n in range(6)]
    assert [task.question for task in splits.test.tasks] == [f"test {n}?" for n in range(5)]


@given(st.integers(0, 50))
def test_with_validation_tasks_no_seed_finds_a_question_on_both_sides(seed: int):
    pools = Pools(None, pool("train", 8, twice=8), pool("test", 3))
    splits = drawn(pools, Draw(train=4, validation=4, test=3), seed)
    assert splits.validation is not None
    assert len({task.text for one in (splits.train, splits.validation) for task in one.tasks}) == 8


def test_too_few_different_tasks_are_too_few():
    with pytest.raises(DataError, match="train has 6 different tasks, and 7 to train"):
        drawn(Pools(None, pool("train", 6, twice=6), pool("test", 5)), Draw(train=7, test=5), seed=0)
    with pytest.raises(DataError, match="test has 5 different tasks, and 6 to test on"):
        drawn_test(Pools(None, pool("train", 6), pool("test", 5, twice=3)), Draw(train=6, test=6))


def test_a_pool_without_repetitions_is_drawn_from_as_it_is():
    train, test = pool("train", 9), pool("test", 7)
    splits = drawn(Pools(None, train, test), Draw(train=4, test=3), seed=5)
    assert (splits.train, splits.test) == (train.split(4, seed=5)[0], test.split(3)[0])


def test_a_negative_seed_would_draw_as_its_absolute_value_and_is_refused():
    experiment, _ = load_experiment("open")
    with pytest.raises(ValidationError, match=r"seeds\.1"):
        type(experiment).model_validate(experiment.model_dump(exclude_unset=True) | {"seeds": (1, -1)})
    with pytest.raises(ValidationError, match="seed"):
        Draw(seed=-1)
    with pytest.raises(ValidationError, match=r"seeds\.0"):
        Table(kind="main", seeds=(-1,))


def test_domains_whose_seeds_train_on_the_same_tasks_are_told_with_their_draw():
    cells = cells_of(load_experiment("open")[0], only=["algebra/react/*"])

    def alike(count: int, draw: Draw) -> tuple[str, ...]:
        pools = Pools(None, pool("train", count), pool("test", 3))
        ready = [cell.model_copy(update={"draw": draw}) for cell in cells]
        return seeds_alike((cell, drawn(pools, draw, cell.key.seed)) for cell in ready)

    assert len(cells) == 3
    assert alike(4, Draw(train=4, test=3)) == ("algebra (train = 4)",)
    assert alike(40, Draw(train=4, test=3)) == ()
    assert alike(8, Draw(train=4, validation=4, test=3)) == ()
