"""math-verify's and reasoning-gym's comparisons: right verdicts, and none that hangs, breaks or escapes."""

import asyncio
import importlib.util
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from judging import answered, judged
from pydantic import JsonValue

from toolwright.datasets import GymReader
from toolwright.errors import ConfigError, DataError, ToolwrightError
from toolwright.evaluations import Score
from toolwright.scoring import GymScorer, MathScorer
from toolwright.scoring.judge import Judge
from toolwright.scoring.judge_child import evaluated, untagged
from toolwright.scoring.latex import as_latex, is_words, last_boxed
from toolwright.sync import run_sync
from toolwright.tasks import Task

HANGS = "(10^{10})!"
GIVEN_UP = (
    "the scorer could not compare this answer within 1 s of its processor time; that says nothing of the functions"
)


@pytest.fixture(scope="module")
def mathematics() -> MathScorer:
    pytest.importorskip("math_verify")
    return MathScorer(timeout=20)


@pytest.fixture(scope="module")
def gym() -> GymScorer:
    pytest.importorskip("reasoning_gym")
    return GymScorer(timeout=1)


@pytest.mark.parametrize(
    ("answer", "target"),
    [
        ("0.5", r"\frac{1}{2}"),
        (r"$\frac{1}{2}$", "1/2"),
        (r"2\sqrt{2}", r"\sqrt{8}"),
        ("(x+1)^2", "x^2+2x+1"),
        ("-2x^12", "-2*x**12"),
        ("56203 - 113s", "56203 - 113*s"),
        ("2, -2/3, -3", "-3, -2/3, 2"),
        ("x = 5.", "5"),
        ("monday", r"\text{Monday}"),
        ("(A)", r"\text{(A)}"),
        ("10000", r"10,\!000"),
        ("12345678901234567891.0", "12345678901234567891"),
        ("5 cm", r"5\text{ cm}"),
    ],
)
async def test_answers_of_the_same_value_are_right(mathematics: MathScorer, answer: str, target: str):
    assert (await judged(mathematics, answer, target)).value == 1


@pytest.mark.parametrize(
    ("answer", "target"),
    [
        ("0.4", r"\frac{1}{2}"),
        ("12345678901234567890", "12345678901234567891"),
        ("-2", "-2*x**2"),
        ("113", "113*s"),
        ("seat", "east"),
        ("2", "-3, 2"),
        ("5 or 6", "5"),
        ("(5, 3)", "(3, 5)"),
        ("}{", "5"),
        ("\\frac{", "5"),
        ("{" * 200, "5"),
    ],
    ids=lambda text: text[:20],
)
async def test_answers_of_another_value_are_wrong(mathematics: MathScorer, answer: str, target: str):
    assert (await judged(mathematics, answer, target)).value == 0


@pytest.mark.parametrize("answer", [None, "", "  "])
async def test_no_answer_is_no_answer(mathematics: MathScorer, answer: str | None):
    assert (await judged(mathematics, answer, "5")).reason == "no answer"


@pytest.mark.soak
async def test_a_hanging_comparison_scores_0_blocks_nothing_and_the_next_one_works():
    scorer, ticks = MathScorer(timeout=1), 0
    assert (await judged(scorer, "2x", "x+x")).value == 1  # the child has started

    async def ticking() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.05)
            ticks += 1

    ticker, before = asyncio.create_task(ticking()), time.monotonic()
    score = await judged(scorer, HANGS, "2")
    ticker.cancel()
    assert score == Score(value=0.0, reason=GIVEN_UP)
    assert time.monotonic() - before < 10
    assert ticks >= 5
    assert (await judged(scorer, "2x", "x+x")).value == 1


def test_a_scorer_works_in_one_event_loop_after_another(mathematics: MathScorer):
    task = Task(id="t", question="?", target="x+x")
    assert [run_sync(mathematics.score(task, answered("2x"))).value for _ in range(2)] == [1, 1]


def test_the_process_ends_with_its_scorer():
    judge = Judge("math", timeout=20)
    assert run_sync(judge.ask({"target": "$1$", "answer": "$1$"})).value == 1
    process = judge._child._process  # pyright: ignore[reportPrivateUsage] - whether it ended is not told otherwise
    assert process is not None
    assert process.poll() is None
    del judge
    assert process.returncode is not None


@pytest.mark.soak
async def test_a_child_that_dies_costs_one_comparison():
    judge = Judge("math", timeout=20)
    question = {"target": "$1$", "answer": "$1$"}
    await judge.ask({**question})
    process = judge._child._process  # pyright: ignore[reportPrivateUsage] - killed as the system might kill it
    assert process is not None
    process.kill()
    process.wait()
    died = "the scorer's process ended while it compared this answer; that says nothing of the functions"
    assert (await judge.ask({**question})).reason == died
    assert (await judge.ask({**question})).value == 1


@pytest.mark.parametrize(
    ("scorer", "module", "extra"),
    [(MathScorer, "math_verify", "math"), (GymScorer, "reasoning_gym", "reasoning-gym")],
)
def test_a_missing_library_is_said_with_the_command_that_installs_it(
    scorer: type[MathScorer | GymScorer], module: str, extra: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, module, None)
    assert importlib.util.find_spec(module) is None
    with pytest.raises(ConfigError, match=rf"pip install 'toolwright\[{extra}\]'"):
        scorer()


@pytest.mark.parametrize("generator", ["countdown", "bitwise_arithmetic", "rearc", "knights_knaves", "binary_matrix"])
async def test_a_generators_own_answer_is_right_by_its_own_scorer(gym: GymScorer, generator: str):
    task = GymReader(generator=generator, size=1, seed=3).read().tasks[0]
    assert (await gym.score(task, answered(str(task.target)))).value == 1
    assert (await gym.score(task, answered("no idea"))).value < 0.5
    assert (await gym.score(task, answered(None))).reason == "no answer"


@pytest.mark.soak
async def test_an_answer_that_computes_for_ever_scores_0(gym: GymScorer):
    task = GymReader(generator="polynomial_multiplication", size=1).read().tasks[0]
    assert await gym.score(task, answered("9**9**9**9")) == Score(value=0.0, reason=GIVEN_UP)


@pytest.mark.parametrize("generator", ["binary_matrix", "polynomial_multiplication", "simple_integration"])
@pytest.mark.soak
async def test_an_answer_that_is_code_writes_and_starts_nothing(gym: GymScorer, generator: str, tmp_path: Path):
    task = GymReader(generator=generator, size=1).read().tasks[0]
    mark = tmp_path / "mark"
    for code in (f"open({str(mark)!r},'w').write('x')", f"__import__('os').system('touch {mark}')"):
        assert (await gym.score(task, answered(code))).value < 0.5
    assert not mark.exists()


def count_primes(answer: str, up_to: int) -> Task:
    entry = json.dumps({"question": "?", "answer": answer, "metadata": {}})
    metadata = {"generator": "count_primes", "options": {"max_n": up_to}, "entry": entry}
    return Task.model_validate({"id": "t", "question": "?", "target": answer, "metadata": metadata})


@pytest.mark.soak
async def test_making_a_generator_does_not_count_as_the_comparisons_time():
    pytest.importorskip("reasoning_gym")
    sieve = count_primes("4", up_to=15_000_000)  # takes seconds to make, whatever is then compared
    scorer = GymScorer(timeout=0.1)
    assert (await scorer.score(sieve, answered("4"))).value == 1
    assert (await scorer.score(sieve, answered("5"))).reason == "'5' is judged wrong by the task's own checker"


@pytest.mark.soak
async def test_a_generator_that_cannot_be_made_is_an_error_of_the_set_up_and_no_score(gym: GymScorer):
    task = count_primes("4", up_to=0)
    with pytest.raises(ToolwrightError, match=r"gym scorer cannot begin with .*count_primes.*AssertionError"):
        await gym.score(task, answered("4"))


@pytest.mark.soak
async def test_a_child_that_dies_while_it_makes_a_generator_is_an_error_and_no_score_and_the_next_one_makes_it():
    pytest.importorskip("reasoning_gym")
    scorer, task = GymScorer(timeout=20), count_primes("4", up_to=10)
    other = count_primes("4", up_to=11)
    assert (await scorer.score(task, answered("4"))).value == 1
    process = scorer._judge._child._process  # pyright: ignore[reportPrivateUsage] - killed as the system might kill it
    assert process is not None
    process.send_signal(signal.SIGSTOP)
    asked = asyncio.create_task(scorer.score(other, answered("4")))
    await asyncio.sleep(0.5)
    assert not asked.done()
    process.kill()
    with pytest.raises(ToolwrightError, match=r"gym scorer's process ended as it began with .*max_n.*: it ended"):
        await asked
    assert (await scorer.score(other, answered("4"))).value == 1


async def started(seconds: float) -> tuple[Judge, subprocess.Popen[bytes]]:
    """A judge that has compared once, and its process."""
    judge = Judge("math", seconds)
    assert (await judge.ask({"target": "$1$", "answer": "$1$"})).value == 1
    process = judge._child._process  # pyright: ignore[reportPrivateUsage] - stopped as a busy machine would hold it up
    assert process is not None
    return judge, process


@pytest.mark.soak
async def test_a_comparison_that_is_held_up_for_longer_than_its_time_is_still_made():
    judge, process = await started(seconds=0.5)
    process.send_signal(signal.SIGSTOP)
    asked = asyncio.create_task(judge.ask({"target": "$2x$", "answer": "$x+x$"}))
    await asyncio.sleep(1.0)
    process.send_signal(signal.SIGCONT)
    assert (await asked).value == 1


@pytest.mark.soak
async def test_a_comparison_that_only_sleeps_is_given_up_by_the_clock():
    judge, process = await started(seconds=1.0)
    process.send_signal(signal.SIGSTOP)
    ruling = await judge.ask({"target": "$2x$", "answer": "$x+x$"})
    assert ruling.value is None
    assert ruling.reason.startswith("the scorer could not compare this answer within 6 s; that says nothing of")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("{target}", "is judged right by the task's own checker"),
        ("({target})", "is judged right by the task's own checker: another answer than the target, and it counts"),
        ("1", "is judged 0.05 of 1 by the task's own checker"),
    ],
)
async def test_the_reason_says_who_judged_and_that_other_answers_than_the_target_count(
    gym: GymScorer, answer: str, said: str
):
    task = GymReader(generator="countdown", size=1, seed=3).read().tasks[0]
    given = answer.format(target=task.target)
    assert (await gym.score(task, answered(given))).reason == f"{given!r} {said}"


async def test_the_gym_scorer_refuses_tasks_of_other_readers(gym: GymScorer):
    with pytest.raises(DataError, match=r"task 't'.*reasoning-gym reader"):
        await judged(gym, "5", "5")


def test_evaluated_knows_literals_and_arithmetic_only():
    assert evaluated("[[1, 2], [3, 0x4 + (5 << 1)]]") == [[1, 2], [3, 14]]
    for code in ("open('x')", "().__class__", "x", "[i for i in (1,)]", "lambda: 1"):
        with pytest.raises(ValueError, match="not a literal"):
            evaluated(code)


def test_formulas_are_made_ready_for_the_library():
    assert as_latex("-2*x**12 + 3x^(a+1).") == "$-2*x^{12} + 3*x^{a+1}$"
    assert as_latex(r"\[\frac{x^12}{2}\]") == r"$\frac{x^12}{2}$"
    assert is_words("New York")
    assert not is_words("xy")


def test_the_last_box_that_closes_is_found_at_once_among_any_number_that_do_not():
    assert last_boxed(r"\boxed{1} and \fbox{2} and \boxed{3") == "2"
    assert last_boxed(r"\boxed{\}}") == r"\}"
    before = time.monotonic()
    assert last_boxed(r"\boxed{1}" + r"\boxed{" * 50_000) == "1"
    assert time.monotonic() - before < 5


@pytest.mark.parametrize(
    "generator", ["countdown", "coin_flip", "knight_swap", "graph_color", "tower_of_hanoi", "rearc"]
)
@pytest.mark.soak
def test_a_generators_entry_comes_to_its_scorer_as_it_was_made(generator: str):
    made = importlib.import_module("reasoning_gym").create_dataset(generator, size=2, seed=3)
    tasks = GymReader(generator=generator, size=2, seed=3).read().tasks
    read = [json.loads(str(task.metadata["entry"]), object_hook=untagged) for task in tasks]
    assert read == [made[0], made[1]]


@pytest.mark.soak
async def test_a_generators_entry_may_be_long_and_is_compared_at_once():
    entry = json.dumps({"question": "?", "answer": "1", "metadata": {"primes": list(range(1_000_000))}})
    metadata: dict[str, JsonValue] = {"generator": "count_primes", "options": {}, "entry": entry}
    assert await judged(GymScorer(timeout=2.0), "1", "1", metadata=metadata) == Score(
        value=1.0, reason="'1' is judged right by the task's own checker"
    )
