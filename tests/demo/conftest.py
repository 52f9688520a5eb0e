from collections.abc import Callable

import pytest

from toolwright.demo.families import Question
from toolwright.demo.generate import SEED, SPLITS, rows


@pytest.fixture(scope="session")
def questions_of() -> Callable[[str], list[Question]]:
    """A family's bundled tasks, and those of a few other seeds, so that every wording is met."""
    made = [row for seed in (SEED, "a", "b", "c") for split in SPLITS for row in rows(split, seed)]

    def questions(family: str) -> list[Question]:
        mine = [row for row in made if row["metadata"] == {"family": family}]
        return [Question(str(row["question"]), str(row["target"])) for row in mine]

    return questions
