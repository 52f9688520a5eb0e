"""Which tasks a scorer cannot score is known before anybody answers them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judging import answered
from pydantic import JsonValue

from toolwright.errors import DataError
from toolwright.parts import check_targets
from toolwright.protocols import Scorer, TaskChecker
from toolwright.scoring import (
    CallableScorer,
    ChoiceScorer,
    DmMathScorer,
    ExactScorer,
    GaiaScorer,
    GymScorer,
    MathScorer,
    NumericScorer,
    TabmwpScorer,
)
from toolwright.tasks import Task, TaskSet

PURE: tuple[Scorer, ...] = (
    ExactScorer(),
    NumericScorer(),
    ChoiceScorer(),
    GaiaScorer(),
    TabmwpScorer(),
    DmMathScorer(),
)
COLOURS = ("red", "blue")


def why(scorer: Scorer, target: JsonValue, **more: object) -> str:
    assert isinstance(scorer, TaskChecker)
    return scorer.unfit(Task.model_validate({"id": "t", "question": "?", "target": target, **more}))


@pytest.mark.parametrize("scorer", [*PURE, MathScorer()], ids=lambda scorer: scorer.name)
def test_a_target_that_is_missing_or_empty_or_no_text_cannot_be_scored(scorer: Scorer):
    assert why(scorer, "1", choices=["1", "2"]) == ""
    assert why(scorer, 1, choices=["1", "2"]) == ""
    assert why(scorer, None, choices=["1", "2"]) == "its target is null, not a text or a number"
    assert why(scorer, " ", choices=["1", "2"]) == "its target is empty"
    assert why(scorer, [1], choices=["1", "2"]) == "its target is list, not a text or a number"
    assert why(scorer, True, choices=["1", "2"]) == "its target is bool, not a text or a number"


def test_a_target_must_be_of_the_scorers_own_kind():
    assert why(NumericScorer(), "12 apples") == "its target is not one number"
    assert why(ChoiceScorer(), "green", choices=COLOURS) == "its target is none of its 2 choices, nor a letter"
    assert why(TabmwpScorer(), "green", choices=COLOURS) == "its target is none of its 2 choices, nor a letter"
    assert why(ChoiceScorer(), "red") == "it has no choices"
    assert why(TabmwpScorer(), "green") == ""
    assert why(GymScorer(), "5") == "it is not of the reasoning-gym reader"
    assert why(GymScorer(), "5", metadata={"generator": "gcd", "entry": "{}"}) == ""


TARGETS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["a", "RED", "1/2"])
)


@settings(max_examples=60)
@given(scorer=st.sampled_from(PURE), target=TARGETS, choices=st.sampled_from([(), COLOURS]))
async def test_what_is_fit_is_scored_whatever_the_answer(scorer: Scorer, target: JsonValue, choices: tuple[str, ...]):
    task = Task(id="t", question="?", target=target, choices=choices)
    assert isinstance(scorer, TaskChecker)
    if not scorer.unfit(task):
        assert (await scorer.score(task, answered("red"))).value in (0.0, 1.0)


def sets(**targets: list[JsonValue]) -> dict[str, TaskSet]:
    return {
        name: TaskSet(
            name=f"bills[{name}]",
            tasks=tuple(Task(id=f"{name}-{n}", question=f"{name} {n}?", target=one) for n, one in enumerate(some)),
        )
        for name, some in targets.items()
    }


def test_every_bad_row_of_every_set_is_named_with_what_is_wrong():
    with pytest.raises(DataError) as raised:
        check_targets(NumericScorer(), validation=None, **sets(train=[1, "two"], test=[None, 3, ""]))
    assert str(raised.value).splitlines() == [
        "scorer 'numeric' cannot score 3 of the tasks, whatever the answer:",
        "  train, task 'train-1' of bills[train]: its target is not one number",
        "  test, task 'test-0' of bills[test]: its target is null, not a text or a number",
        "  test, task 'test-2' of bills[test]: its target is empty",
        "Mend or take out these rows, or name another scorer.",
    ]


def test_of_many_bad_rows_the_first_are_named_and_the_others_counted():
    with pytest.raises(DataError, match="cannot score 30 of the tasks") as raised:
        check_targets(ExactScorer(), **sets(test=[None] * 30))
    assert str(raised.value).splitlines()[-2] == "  and 10 more"


def test_a_scorer_of_ones_own_need_not_know():
    check_targets(CallableScorer(lambda task, answer: 1.0), **sets(test=[None]))
