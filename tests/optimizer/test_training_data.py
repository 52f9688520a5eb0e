"""The training tasks as data: whole where they fit, bounded in any case, and the same values in the sandbox."""

import json
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st
from stepping import END, Stepper, code

from support import evaluation, having, rolled, says, sums
from toolwright.evaluations import Evaluation
from toolwright.messages import SystemMessage, UserMessage
from toolwright.optimizer.failure_record import FailureRecord
from toolwright.optimizer.step import StepContext
from toolwright.optimizer.training_data import DETAILS, training_data
from toolwright.optimizer.trial import files_of
from toolwright.sandbox import ConfinedSandbox
from toolwright.sandbox.taskfiles import MAX_FILES
from toolwright.tasks import Task, TaskFile, TaskSet
from toolwright.trajectories import Call, Outcome


def times(count: int) -> str:
    return "word " * count


texts = st.text(max_size=60) | st.builds(times, st.integers(0, 300))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def having_seen(tasks: TaskSet, words: str, called: Any = None) -> StepContext:
    """A step after rollouts in which the assistant said and called something."""
    call = Call(
        turn=0, index=0, kind="function", name="f", arguments={"x": called}, outcome=Outcome(status="ok", result=called)
    )
    talk = (SystemMessage(text="s"), UserMessage(text="q"), says(words))
    results = [rolled(task, 0, messages=talk, answer=words, calls=(call,)) for task in tasks.tasks]
    made = Evaluation(parameters="p", tasks=tasks.digest, split="train", results=tuple(results))
    return StepContext(epoch=1, incumbent=having(), evaluation=made, tasks=tasks, failures=FailureRecord())


def rows(context: StepContext, characters: int = 1_000_000) -> list[dict[str, Any]]:
    text = training_data(context, show_targets=True, characters=characters)
    return [cast("dict[str, Any]", json.loads(line)) for line in text.split("\n")]


@given(texts, values, values)
def test_what_fits_is_whole(words: str, target: Any, called: Any):
    tasks = TaskSet(name="x", tasks=(Task(id="t", question="q" + words, target=target, context=words),))
    (row,) = rows(having_seen(tasks, words, called))
    assert (row["question"], row["target"], row["context"]) == ("q" + words, target, words)
    (rollout,) = row["rollouts"]
    assert rollout["messages"] == [{"role": "assistant", "text": words}]
    assert rollout["calls"] == [{"name": "f", "arguments": {"x": called}, "status": "ok", "result": called}]


@settings(max_examples=40)
@given(st.integers(1, 30), st.integers(0, 30_000), st.integers(40_000, 200_000))
def test_it_keeps_its_bound_by_shortening_what_was_said_and_never_a_task(count: int, words: int, characters: int):
    tasks = sums(count)
    text = training_data(having_seen(tasks, "w" * words), show_targets=True, characters=characters)
    assert len(text) <= characters
    made = [json.loads(line) for line in text.split("\n")]
    assert [(row["id"], row["question"], row["target"]) for row in made] == [
        (task.id, task.question, task.target) for task in tasks.tasks
    ]


def test_conversations_that_cannot_be_short_enough_are_left_out_and_scores_stay():
    (first, *_) = rows(having_seen(sums(100), "word " * 900), 40_000)
    assert (first["rollouts"][0]["messages"], first["rollouts"][0]["calls"]) == (None, None)
    assert first["rollouts"][0]["score"] == 0
    assert len(first["rollouts"][0]["answer"]) < 2 * DETAILS[-2]


def test_a_task_without_rollouts_has_none():
    tasks = sums(2)
    seen = evaluation(sums(1), [1.0])
    context = StepContext(epoch=1, incumbent=having(), evaluation=seen, tasks=tasks, failures=FailureRecord())
    assert [len(row["rollouts"]) for row in rows(context)] == [1, 0]


def nested(levels: int) -> Any:
    value: Any = "deep"
    for _ in range(levels):
        value = [value]
    return value


ODD: dict[str, Any] = {
    "words": [None, True, False, 1e300, -1.5, 2**80, "null", {"true": None}],
    "text": "\" \\ \n \r \t \0 \x7f \u2028 \u0085 é 🦉 $x {y} '''",
    "half": "\ud83e",
    "numbers": [float("inf"), float("-inf")],
    "deep": nested(240),
}


async def test_the_sandbox_reads_the_same_values_also_without_json_among_the_packages(sandbox: ConfinedSandbox):
    assert "json" not in sandbox.packages()
    tasks = TaskSet(name="x", tasks=tuple(Task(id=name, question="q", target=value) for name, value in ODD.items()))
    checks = [
        f"tasks[0]['target'] == {ODD['words']!r}",
        f"tasks[1]['target'] == {ODD['text']!r}",
        f"tasks[2]['target'] == {ODD['half']!r}",
        "tasks[3]['target'] == [float('inf'), float('-inf')]",
        f"tasks[4]['target'] == {'[' * 240 + chr(34) + 'deep' + chr(34) + ']' * 240!r}",
    ]
    stepper = Stepper([code(f"[{', '.join(checks)}]"), END], sandbox)
    await stepper.step(having_seen(tasks, "said"))
    assert stepper.told[0].startswith("[true, true, true, true, true]\n")


async def test_the_tasks_files_lie_in_the_working_folder(sandbox: ConfinedSandbox, tmp_path: Any):
    (tmp_path / "here.csv").write_text("1,2\n")
    files = [TaskFile(name=f"{n}.csv", path=str(tmp_path / "here.csv"), sha256="") for n in range(80)]
    tasks = TaskSet(name="x", tasks=tuple(Task(id=f.name, question="q", files=(f,)) for f in files))
    assert len(files_of(tasks)) == MAX_FILES  # a call is given no more, or the sandbox would refuse it
    stepper = Stepper([code("[open('7.csv').read(), tasks[7]['files']]"), END], sandbox)
    await stepper.step(having_seen(tasks, "said"))
    assert stepper.told[0].startswith('["1,2\\n", ["7.csv"]]\n')
