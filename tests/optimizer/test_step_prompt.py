import pytest
from contexts import PACKAGES, SUB, context, rejected
from hypothesis import given
from hypothesis import strategies as st

from support import ADD_CODE, add, check_snapshot, function, having, rolled, says
from toolwright.evaluations import Evaluation
from toolwright.messages import SystemMessage, UserMessage
from toolwright.optimizer.budget_text import tokens_of
from toolwright.optimizer.failure_record import Failure, FailureRecord
from toolwright.optimizer.step import StepContext
from toolwright.optimizer.step_prompt import IDLE_NOTES, step_prompt, system_prompt
from toolwright.tasks import Task, TaskSet


def prompt(given_context: StepContext, tokens: int = 24_000, *, show_targets: bool = True) -> str:
    return step_prompt(given_context, PACKAGES, tokens=tokens, actions=3, limits="5 s", show_targets=show_targets)[0]


def test_the_optimizers_system_prompt():
    check_snapshot("optimizer_system", system_prompt())


def test_the_optimizers_system_prompt_with_run_code():
    check_snapshot("optimizer_system_with_run_code", system_prompt(8))


def test_a_step_prompt_with_run_code_says_so_in_one_sentence_more():
    without, having_it = (
        step_prompt(context(idle=1), PACKAGES, tokens=24_000, actions=3, code_calls=calls)[0] for calls in (0, 8)
    )
    sentence = "Before an action you may test it on all 2 training tasks with run_code, up to 8 times in this round."
    assert having_it == without.removesuffix(IDLE_NOTES["progressive"]) + f" {sentence}{IDLE_NOTES['progressive']}"


def test_a_whole_step_prompt():
    check_snapshot("optimizer_step", prompt(context(failures=rejected(0.5, 0.0), idle=1)))


def test_the_first_prompt_of_an_empty_set():
    check_snapshot("optimizer_first_step", prompt(context(having())))


def test_rejected_sets_are_shown_by_score_ascending_with_what_they_changed():
    text = prompt(context(failures=rejected(0.5, 0.0, 0.25)))
    assert text.index("Mean score 0.000") < text.index("Mean score 0.250") < text.index("Mean score 0.500, epoch 1")
    assert "+    return a + b + 2" in text


def test_a_frozen_function_is_marked_as_one_that_stays():
    assert "## sub (frozen: it stays as it is)" in prompt(context(having(add(), SUB)))


def test_after_an_idle_step_the_prompt_says_so():
    assert prompt(context(idle=1)).endswith(IDLE_NOTES["progressive"])
    assert IDLE_NOTES["progressive"] not in prompt(context())


def test_the_packages_are_those_that_really_import_with_versions():
    assert "Python's standard library: decimal, math\nInstalled: sympy 1.14" in prompt(context())


def test_targets_can_be_kept_from_the_optimizer():
    assert "Target: 512" in prompt(context())
    assert "512" not in prompt(context(), show_targets=False)


def test_equal_contexts_give_equal_prompts():
    assert prompt(context(failures=rejected(0.5))) == prompt(context(failures=rejected(0.5)))


def times(word: str, count: int) -> str:
    return word * count


long_words = st.builds(times, st.sampled_from(["word ", "é", "$x", "\n"]), st.integers(0, 4_000))
words = st.text(max_size=30) | long_words
scores = st.sampled_from([0.0, 0.5, 1.0])


@st.composite
def contexts(draw: st.DrawFn) -> StepContext:
    """Any step's context: tasks, talk, functions and rejected sets of any size."""
    count = draw(st.integers(1, 12)) * draw(st.sampled_from([1, 1, 20]))
    said, question = draw(words), draw(words)
    made = (Task(id=f"{n}-id", question=f"{n} {question}", target=said) for n in range(count))
    tasks = TaskSet(name="x", tasks=tuple(made))
    bodies = draw(st.lists(words, max_size=4))
    functions = [
        function(f"f_{n}", f"# {body!r}\n" + ADD_CODE.replace("add", f"f_{n}"), description=body)
        for n, body in enumerate(bodies)
    ]
    conversation = (SystemMessage(text="s"), UserMessage(text=question), says(said, f_0={"a": said}), says(said))
    results = [
        rolled(task, draw(scores), messages=conversation, answer=said, offered=tuple(f.name for f in functions))
        for task in tasks.tasks
    ]
    failures = FailureRecord(
        failures=tuple(
            Failure(epoch=n, parameters=having(*functions[: n % 3]), score=draw(scores), verdict=draw(words))
            for n in range(draw(st.integers(0, 4)))
        )
    )
    evaluation = Evaluation(parameters="p", tasks=tasks.digest, split="train", results=tuple(results))
    return StepContext(
        epoch=1,
        incumbent=having(*functions),
        evaluation=evaluation,
        tasks=tasks,
        failures=failures,
        idle=draw(st.integers(0, 1)),
    )


@given(
    contexts(),
    st.integers(2_000, 6_000) | st.sampled_from([2_000, 24_000]),
    st.integers(0, 40),
    st.sampled_from([0, 8]),
)
def test_the_prompt_keeps_its_budget_for_any_history(
    given_context: StepContext, tokens: int, packages: int, code_calls: int
):
    installed = {f"package_{n}": "1.2.3" for n in range(packages)}
    text, history = step_prompt(
        given_context, installed, tokens=tokens, actions=3, limits="9 s" * packages, code_calls=code_calls
    )
    assert tokens_of(text) <= tokens
    assert history.left_out in text
    assert history.text in text


@pytest.mark.parametrize("count", [20, 200, 2_000])
@pytest.mark.parametrize("tokens", [2_000, 24_000])
def test_the_prompt_keeps_its_budget_and_fills_it_from_20_to_2000_tasks_with_repeats(count: int, tokens: int):
    tasks = TaskSet(
        name="x", tasks=tuple(Task(id=f"{n}-{'id' * 100}", question="word " * 80, target="7") for n in range(count))
    )
    talk = (SystemMessage(text="s"), UserMessage(text="q"), says("word " * 80))
    results = [
        rolled(task, repeat % 2, repeat=repeat, messages=talk, answer="6", offered=("add",))
        for task in tasks.tasks
        for repeat in range(5)
    ]
    made = Evaluation(parameters="p", tasks=tasks.digest, split="train", results=tuple(results))
    given_context = StepContext(
        epoch=1, incumbent=having(add()), evaluation=made, tasks=tasks, failures=FailureRecord()
    )
    text, history = step_prompt(given_context, PACKAGES, tokens=tokens, actions=3, code_calls=8)
    assert 0.7 * tokens <= tokens_of(text) <= tokens
    assert history.failures > 0
