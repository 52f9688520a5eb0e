"""Exact, choice, GAIA, TabMWP and a user's own callable."""

import asyncio
import json
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judging import answered, judged

from toolwright.errors import ConfigError, DataError
from toolwright.evaluations import Score
from toolwright.protocols import Scorer
from toolwright.scoring import CallableScorer, ChoiceScorer, ExactScorer, GaiaScorer, NumericScorer, TabmwpScorer
from toolwright.scoring.choice import pick
from toolwright.scoring.gaia import matches
from toolwright.tasks import Task

CASES = Path(__file__).parents[1] / "data" / "gaia" / "scorer_cases.jsonl"
COLOURS = ("red", "blue", "green")
SCORERS: list[tuple[Scorer, str]] = [
    (ExactScorer(), "a"),
    (NumericScorer(), "1"),
    (GaiaScorer(), "a"),
    (TabmwpScorer(), "a"),
    (CallableScorer(lambda task, answer: 1.0), "a"),
]


@pytest.mark.parametrize(("scorer", "target"), SCORERS, ids=lambda value: getattr(value, "name", ""))
async def test_no_answer_scores_0_and_says_so(scorer: Scorer, target: str):
    assert await judged(scorer, None, target) == Score(value=0.0, reason="no answer")


async def test_no_reason_tells_the_target():
    wrong = [
        await judged(ExactScorer(), "wrong", "secret-17"),
        await judged(ChoiceScorer(), "B", "secret-17", choices=["secret-17", "other"]),
        await judged(ChoiceScorer(), "none", "secret-17", choices=["secret-17", "other"]),
        await judged(NumericScorer(), "3", 48151623),
        await judged(GaiaScorer(), "wrong", "secret-17"),
        await judged(TabmwpScorer(), "wrong", "secret-17"),
    ]
    assert [score.value for score in wrong] == [0.0] * 6
    assert not any("17" in score.reason or "4815" in score.reason for score in wrong)


async def test_exact_counts_case_unless_told_not_to():
    assert (await judged(ExactScorer(), " Paris\n", "Paris")).value == 1
    assert (await judged(ExactScorer(), "PARIS", "Paris")).value == 0
    assert (await judged(ExactScorer(casefold=True), "PARIS", "Paris")).value == 1
    assert (await judged(ExactScorer(), "14", 14)).value == 1


async def test_a_target_no_scorer_can_compare_is_an_error_naming_the_task():
    with pytest.raises(DataError, match=r"task 't'.*'exact'.*not list"):
        await judged(ExactScorer(), "a", ["a"])


@pytest.mark.parametrize(
    "answer", ["blue", " Blue.", "B", "(b)", "B)", "b.", "(B) blue", "B: Blue", "b)  BLUE"], ids=repr
)
def test_a_choice_is_named_by_text_letter_or_both(answer: str):
    assert pick(answer, COLOURS) == "blue"


@pytest.mark.parametrize("answer", ["", "D", "red blue", "(A) blue", "not red", "B or C", "blu"], ids=repr)
def test_what_names_no_choice_or_two_picks_none(answer: str):
    assert pick(answer, COLOURS) is None


def test_a_choices_text_comes_before_a_letter_and_exact_case_before_any_case():
    assert pick("A", ["B", "A"]) == "A"
    assert pick("us", ["US", "us"]) == "us"
    assert pick("Us", ["US", "us"]) is None


async def test_a_target_may_be_a_letter_and_must_be_one_of_the_choices():
    assert (await judged(ChoiceScorer(), "blue", "B", choices=COLOURS)).value == 1
    assert (await judged(ChoiceScorer(), "red", "B", choices=COLOURS)).value == 0
    with pytest.raises(DataError, match="none of its 3 choices"):
        await judged(ChoiceScorer(), "blue", "yellow", choices=COLOURS)


@pytest.mark.parametrize("case", [json.loads(line) for line in CASES.read_text().splitlines()], ids=str)
async def test_gaia_gives_the_benchmarks_verdicts(case: dict[str, object]):
    score = await judged(GaiaScorer(), str(case["model_answer"]), str(case["ground_truth"]))
    assert score.value == float(bool(case["correct"]))


def test_gaia_takes_a_truth_with_a_comma_for_a_list():
    assert not matches("1234", "1,234")
    assert matches("1; 234", "1,234")


@given(st.text(min_size=1).filter(lambda text: text.strip() and text.casefold() != "nan"))
def test_gaia_finds_every_text_but_nan_equal_to_itself(text: str):
    assert matches(text, text) or "nan" in text.casefold()


@pytest.mark.parametrize(
    ("answer", "target", "unit", "right"),
    [
        ("3151", "3,151", "$", True),
        ("$3,151.00", "3,151", "$", True),
        ("8.2", "8.20", "$", True),
        ("0.0833", "1/12", "", True),
        ("10 pounds", "10", "pounds", True),
        ("10 kilograms", "10", "pounds", False),
        ("2:10 p.m.", "2:10 P.M.", "", True),
        ("2:10 A.M.", "2:10 P.M.", "", False),
        ("8.3", "8.20", "$", False),
    ],
)
async def test_tabmwp_compares_numbers_without_unit_and_text_without_case(
    answer: str, target: str, unit: str, right: bool
):
    assert (await judged(TabmwpScorer(), answer, target, metadata={"unit": unit})).value == float(right)


async def test_tabmwp_compares_choices_by_text_or_letter():
    choices = ["linear", "nonlinear"]
    assert (await judged(TabmwpScorer(), "Nonlinear", "nonlinear", choices=choices)).value == 1
    assert (await judged(TabmwpScorer(), "(B)", "nonlinear", choices=choices)).value == 1
    assert (await judged(TabmwpScorer(), "linear", "nonlinear", choices=choices)).value == 0
    assert (await judged(TabmwpScorer(), "neither", "nonlinear", choices=choices)).value == 0


async def test_a_plain_function_scores_in_a_thread_and_a_coroutine_on_the_loop():
    threads: list[int] = []

    def plain(task: Task, answer: str) -> bool:
        threads.append(threading.get_ident())
        return answer == task.target

    async def coroutine(task: Task, answer: str) -> Score:
        await asyncio.sleep(0)
        threads.append(threading.get_ident())
        return Score(value=0.25, reason="a quarter")

    assert (await judged(CallableScorer(plain), "a", "a")).value == 1
    assert (await judged(CallableScorer(coroutine), "a", "a")).reason == "a quarter"
    assert threads[0] != threading.get_ident() == threads[1]


async def test_an_object_with_an_async_call_is_a_scorer_too():
    class Half:
        async def __call__(self, task: Task, answer: str) -> float:
            return 0.5

    scorer = CallableScorer(Half())
    assert (scorer.name, (await judged(scorer, "a", "a")).value) == ("Half", 0.5)


@pytest.mark.parametrize("judgement", [1.5, -0.1, float("nan"), None, "right"], ids=repr)
async def test_what_is_no_score_is_an_error_naming_scorer_and_task(judgement: object):
    scorer = CallableScorer(lambda task, answer: judgement, name="mine")  # pyright: ignore[reportArgumentType] - wrong on purpose
    with pytest.raises(ConfigError, match=r"'mine', task 't'.*number from 0 to 1"):
        await scorer.score(Task(id="t", question="?"), answered("a"))


async def test_what_a_callable_raises_is_left_to_the_evaluation():
    def broken(task: Task, answer: str) -> float:
        raise KeyError("price")

    with pytest.raises(KeyError, match="price"):
        await judged(CallableScorer(broken), "a", "a")
