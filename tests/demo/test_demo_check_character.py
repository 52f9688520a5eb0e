"""The house rule: no task states it, and the training targets leave no other rule of a wide family."""

import re
from collections.abc import Callable
from importlib.resources import files
from itertools import product
from string import ascii_uppercase

import numpy as np
from numpy.typing import NDArray

from toolwright.demo import demo_tasks
from toolwright.demo.families import Question
from toolwright.demo.families.check_character import check_character
from toolwright.tasks import TaskSet

QuestionsOf = Callable[[str], list[Question]]
Ints = NDArray[np.int64]
Rule = tuple[tuple[int, ...], int, str, str, int, int]
"""Digit weights, modulus, what the prefix adds, alphabet, the first letter's index, sign of the sum."""

PART = re.compile(r"\b([A-Z]{2})-(\d{4})\b")
ALPHABETS = (ascii_uppercase, ascii_uppercase.replace("I", "").replace("O", ""))
PREFIXES = ("not counted", "both letters, A=1", "both letters, A=0", "first letter, A=1")
WEIGHTS: Ints = np.array(list(product(range(10), repeat=4)), dtype=np.int64)
VARIANTS = list(product(range(10, 27), PREFIXES, ALPHABETS, (0, 1), (1, -1)))


def prefix_value(added: str, prefix: str) -> int:
    first, second = (ord(letter) - 64 for letter in prefix)
    return (0, first + second, first + second - 2, first)[PREFIXES.index(added)]


def evidence(tasks: TaskSet) -> list[tuple[str, str, str]]:
    """Prefix, digits and check character of each part number."""
    numbers = [(PART.search(task.text), str(task.target)) for task in tasks.tasks]
    return [(part[1], part[2], target) for part, target in numbers if part]


def fitting_rules(known: list[tuple[str, str, str]]) -> list[Rule]:
    """Every rule of the family that gives all known check characters."""
    sums = WEIGHTS @ np.array([[int(digit) for digit in digits] for _, digits, _ in known], dtype=np.int64).T
    rules: list[Rule] = []
    for modulus, added, alphabet, first, sign in VARIANTS:
        extra = np.array([prefix_value(added, prefix) for prefix, _, _ in known], dtype=np.int64)
        wanted = np.array([alphabet.find(letter) for _, _, letter in known], dtype=np.int64)
        fits: Ints = np.flatnonzero((sign * (sums + extra) % modulus + first == wanted).all(axis=1))
        rules += [(tuple(map(int, WEIGHTS[k])), modulus, added, alphabet, first, sign) for k in fits]
    return rules


def test_six_training_targets_leave_one_rule_of_five_million() -> None:
    train, _ = demo_tasks()
    assert len(WEIGHTS) * len(VARIANTS) > 5_000_000
    assert fitting_rules(evidence(train)) == [((2, 3, 5, 7), 23, "not counted", ascii_uppercase, 0, 1)]


def test_three_training_targets_leave_many_rules() -> None:
    train, _ = demo_tasks()
    assert len(fitting_rules(evidence(train)[:3])) > 100


def test_the_rule_learned_from_training_answers_every_test_task() -> None:
    train, test = demo_tasks()
    ((weights, modulus, _, alphabet, first, sign),) = fitting_rules(evidence(train))
    assert len(evidence(test)) == 6
    for _, digits, target in evidence(test):
        total = sign * sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=True))
        assert alphabet[total % modulus + first] == target


def test_the_two_letters_in_front_do_not_count() -> None:
    assert check_character("KX-4071") == check_character("BB-4071") == "E"


def test_well_known_schemes_give_hardly_an_answer() -> None:
    both = [part for tasks in demo_tasks() for part in evidence(tasks)]
    known_weights = [(1, 1, 1, 1), (1, 2, 3, 4), (4, 3, 2, 1), (5, 4, 3, 2), (3, 1, 3, 1), (1, 3, 1, 3), (7, 3, 1, 7)]
    for weights, modulus in product(known_weights, (10, 11, 23, 24, 25, 26)):
        guesses = [
            ascii_uppercase[sum(w * int(d) for w, d in zip(weights, digits, strict=True)) % modulus]
            for _, digits, _ in both
        ]
        assert sum(guess == target for guess, (_, _, target) in zip(guesses, both, strict=True)) <= 3


def test_no_task_tells_anything_about_the_rule(questions_of: QuestionsOf) -> None:
    telling = r"weigh|modul|\bmod\b|remainder|divi|multipl|product|\b[Ss]um|\badd\b|prime|digit|position|alphabet"
    for text, target in questions_of("check"):
        rest = PART.sub("", text)
        assert not re.search(r"\d", rest)
        assert not re.search(telling, rest, re.IGNORECASE)
        assert len(target) == 1


def test_the_readme_does_not_state_the_rule() -> None:
    readme = files("toolwright.demo").joinpath("README.md").read_text(encoding="utf-8")
    assert not re.search(r"weigh|modulo 23|\b23\b|2, 3, 5|position", readme)


def test_other_families_do_not_mention_part_numbers() -> None:
    for task in (task for tasks in demo_tasks() for task in tasks.tasks):
        assert ("Brennick" in task.text) == (task.metadata["family"] == "check")
