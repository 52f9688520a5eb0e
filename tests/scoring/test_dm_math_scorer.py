"""dm_math: the form that was asked for, in any notation; every real target is right, and only it."""

import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judging import judged

import toolwright.experiments
from toolwright.datasets import DmMathReader
from toolwright.scoring import DmMathScorer
from toolwright.scoring.verdicts import NO_ANSWER, verdict

ROWS = Path(toolwright.experiments.__file__).parent / "data" / "dm_math"
TASKS = [
    task
    for name in ("train", "test", "test_extrapolate")
    for task in DmMathReader(path=ROWS / f"{name}.jsonl").read().tasks
]
SCORER = DmMathScorer()


async def right(answer: str | None, target: str, level: str = "") -> bool:
    return (await judged(SCORER, answer, target, metadata={"level": level})).value == 1.0


def latex(text: str) -> str:
    text = re.sub(r"(?<![\w/*)])(\d+)/(\d+)(?![\w/*(])", r"\\frac{\1}{\2}", text)
    text = re.sub(r"sqrt\(([^()]*)\)", r"\\sqrt{\1}", text)
    text = re.sub(r"[*][*](?:[(]([^()]*)[)]|([0-9]+))", r"^{\1\2}", text)
    return f"${text.replace('*', ' ')}$"


NOTATIONS: dict[str, Callable[[str], str]] = {
    "itself": lambda text: text,
    "caret": lambda text: text.replace("**", "^"),
    "no spaces": lambda text: text.replace(" ", ""),
    "spaces": lambda text: f"  {re.sub(r'(?<=[^*])[*](?=[^*])', ' * ', text)} ",
    "dollars and a full stop": lambda text: f"${text}$.",
    "no product signs": lambda text: re.sub(r"(?<=[0-9a-z)])(?<![*])[*](?=[a-z(])", "", text),
    "LaTeX": latex,
}


@pytest.mark.parametrize("notation", NOTATIONS)
async def test_every_real_target_is_right_in_every_notation(notation: str):
    wrong = [
        (task.target, NOTATIONS[notation](str(task.target)))
        for task in TASKS
        if not await right(NOTATIONS[notation](str(task.target)), str(task.target), str(task.metadata["level"]))
    ]
    assert wrong == []


async def test_no_real_target_is_right_for_another():
    """Targets of one type that are not the same text are not the same answer, but for numbers of equal value."""
    found: list[tuple[str, str]] = []
    kinds: dict[str, list[str]] = {}
    for task in TASKS:
        kinds.setdefault(str(task.metadata["type"]), []).append(str(task.target))
    for targets in kinds.values():
        unlike = sorted(set(targets))
        found += [(a, b) for a, b in pairwise(unlike) if await right(a, b)]
    assert found == []


@pytest.mark.parametrize(
    ("answer", "target", "level"),
    [
        ("3, -1", "-1, 3", "polynomial_roots"),
        ("1/2, 0.5", "0.5, 0.5", "polynomial_roots"),
        ("0.5", "1/2", ""),
        ("FALSE", "False", ""),
        ("(C)".strip("()"), "c", "kth_biggest"),
        (r"\text{c}", "c", "closest"),
    ],
)
async def test_what_is_right_in_other_words(answer: str, target: str, level: str):
    assert await right(answer, target, level)


@pytest.mark.parametrize(
    ("answer", "target", "level"),
    [
        (None, "1", ""),
        ("  ", "1", ""),
        ("3, -1", "-1, 3", "sort"),
        ("3, -1", "-1, 3", "sort_more"),
        ("-1", "-1, 3", "polynomial_roots"),
        ("-1, -1", "-1, 3", "polynomial_roots"),
        ("2*x + 2", "2*(x + 1)", "polynomial_roots"),
        ("0.33333", "1/3", ""),
        ("x = 3", "3", "linear_1d"),
    ],
)
async def test_what_is_wrong(answer: str | None, target: str, level: str):
    assert not await right(answer, target, level)


@given(
    answer=st.one_of(st.text(max_size=80), st.from_regex(r"[-+*/^(){},.$\\0-9xfracsqt ]{0,60}")),
    which=st.integers(0, 10_000),
)
async def test_no_answer_is_too_much_and_no_reason_tells_the_target(answer: str, which: int):
    task = TASKS[which % len(TASKS)]
    score = await judged(SCORER, answer, task.target, metadata=dict(task.metadata))
    assert score in (NO_ANSWER, verdict(answer, right=True), verdict(answer, right=False))


async def test_a_long_answer_is_judged_all_the_same():
    for piece in ("(", "1,", "x*", "-", "\\frac{1}{", "sqrt"):
        assert not await right(piece * 50_000, "2*(x + 1)", "polynomial_roots")
