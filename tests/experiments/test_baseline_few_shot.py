"""Few-shot: the agent reads solved train tasks before its own, and is otherwise the agent it was."""

import json
from pathlib import Path
from typing import Any

import pytest
from baseline_works import TEST, TRAIN, answered, asked_of, boxed, cell, number_of, playing, read_by

from support import StubSandbox, sums
from toolwright.datasets.gsm8k import Gsm8kReader
from toolwright.datasets.math_dataset import MathReader
from toolwright.errors import ConfigError
from toolwright.experiments.methods.few_shot import FewShot
from toolwright.messages import SystemMessage
from toolwright.prompt_files import read_prompt
from toolwright.protocols import Sandbox
from toolwright.tasks import TaskSet
from toolwright.training.trainer import Splits


def solves(task: str, turn: int) -> str:
    return boxed(number_of(task) * 13) if task.startswith("percent") else boxed(0)


def knows_examples() -> Any:
    return playing(("Solved task", solves))


async def test_the_examples_stand_before_the_task_with_their_answers_in_the_agents_form(tmp_path: Path):
    model = knows_examples()
    record = await FewShot().run(cell("few_shot", tmp_path, model, StubSandbox(), options={"shots": 2}))
    assert record.status == "done"
    assert record.test is not None
    assert record.test.after.by_task == {"percent-8": (1.0,), "apart-20": (0.0,)}
    (said,) = asked_of(model, "percent-8")
    shown = [task for task in TRAIN.tasks if task.question in said]
    assert len(shown) == 2
    assert all(f"Its answer:\n\\boxed{{{task.target}}}" in said for task in shown)
    assert said.endswith(TEST.tasks[0].question)
    system = model.last.messages[0]
    assert system == SystemMessage(text=read_prompt("toolwright.agents", "function_calling").substitute(tools=""))
    assert record.usage["agent"].requests == 2


async def test_a_react_agent_is_shown_its_own_form(tmp_path: Path):
    model = playing(("Solved task", lambda task, turn: f"Thought: so\nFINAL ANSWER: {number_of(task) + 1}"))
    record = await FewShot().run(cell("few_shot", tmp_path, model, StubSandbox(), agent="react"))
    assert record.test is not None
    assert record.test.after.mean == 0.5
    assert "Its answer:\nFINAL ANSWER: 42" in model.read(0)


async def test_the_same_examples_are_drawn_every_time_and_others_by_another_seed(tmp_path: Path):
    texts: list[str] = []
    for folder, seed in (("a", 0), ("b", 0), ("c", 1), ("d", 2)):
        model = knows_examples()
        work = cell("few_shot", tmp_path / folder, model, StubSandbox(), options={"shots": 2})
        object.__setattr__(work, "key", work.key.model_copy(update={"seed": seed}))
        await FewShot().run(work)
        texts.append(model.read(0))
    assert texts[0] == texts[1]
    assert len(set(texts)) > 1


async def test_what_is_shown_is_of_the_train_tasks_alone(tmp_path: Path):
    model = knows_examples()
    await FewShot().run(cell("few_shot", tmp_path, model, StubSandbox()))
    said = read_by(model)
    assert "Its answer:\n\\boxed{39}" in said
    assert f"\\boxed{{{TEST.tasks[0].target}}}" not in said
    assert said.count(TEST.tasks[0].question) == 1


def solved(*solutions: str | None) -> Splits:
    """A train task for each solution; the test task has one, too."""
    tasks = [
        task.model_copy(update={"metadata": {"level": "Level 5", "note": "a secret", "solution": solution}})
        for task, solution in zip(sums(len(solutions)).tasks, solutions, strict=True)
    ]
    test = TEST.tasks[0].model_copy(update={"metadata": {"solution": "how the test task is solved"}})
    return Splits(train=TaskSet(name="train", tasks=tuple(tasks)), test=TaskSet(name="test", tasks=(test,)))


async def shown(folder: Path, splits: Splits) -> str:
    """What stands before a test task, with all train tasks in it."""
    model = knows_examples()
    options = {"shots": len(splits.train)}
    await FewShot().run(cell("few_shot", folder, model, StubSandbox(), splits=splits, options=options))
    return model.read()


async def test_a_worked_solution_is_shown_before_the_answer_and_nothing_else_of_a_task(tmp_path: Path):
    said = await shown(tmp_path, solved("37 and 91 cost $128.", None, " "))
    assert "How the answer was found:\n37 and 91 cost $128.\n\nIts answer:\n\\boxed{0}" in said
    assert said.count("How the answer was found is not known. Its answer:\n") == 2
    assert not any(word in said for word in ("Level 5", "secret", "how the test task is solved", "None"))


async def test_a_long_solution_loses_its_middle(tmp_path: Path):
    said = await shown(tmp_path, solved(f"First. {'Then on. ' * 1_000}So it is."))
    assert "First. Then on." in said
    assert "characters left out] … " in said
    assert "So it is.\n\nIts answer" in said
    assert 2_000 < len(said) < 2_600


@pytest.mark.parametrize(
    ("reader", "row", "solution"),
    [
        (Gsm8kReader, {"question": "Twice 21?", "answer": "Add 21 to 21.\n#### 42"}, "Add 21 to 21."),
        (MathReader, {"problem": "Twice 21?", "solution": "It is $2\\cdot 21=\\boxed{42}$."}, "It is $2\\cdot 21="),
    ],
)
async def test_the_readers_worked_solutions_are_the_ones_shown(
    tmp_path: Path, reader: type[Gsm8kReader | MathReader], row: dict[str, str], solution: str
):
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps(row) + "\n")
    train = reader(path=file).read()
    said = await shown(tmp_path / "runs", Splits(train=train, test=TEST))
    assert f"How the answer was found:\n{solution}" in said
    assert "Its answer:\n\\boxed{42}" in said


async def test_a_broken_off_cell_goes_on_and_asks_nothing_twice(tmp_path: Path):
    with pytest.raises(BaseExceptionGroup):
        await FewShot().run(cell("few_shot", tmp_path, playing(("Solved", solves), fails_at=1), StubSandbox()))
    model = knows_examples()
    record = await FewShot().run(cell("few_shot", tmp_path, model, StubSandbox()))
    assert record.status == "done"
    assert len(answered(model)) == 1
    assert record.usage["agent"].requests == 2


async def test_the_budget_leaves_a_cell_incomplete_until_it_is_raised(tmp_path: Path):
    short = await FewShot().run(cell("few_shot", tmp_path, knows_examples(), StubSandbox(), limits={"requests": 1}))
    assert (short.status, short.test, short.usage["agent"].requests) == ("incomplete", None, 1)
    assert "evaluation: 1 of 2 rollouts have no score, ended by the budget: the limit of 1 request" in short.reason
    model = knows_examples()
    whole = await FewShot().run(cell("few_shot", tmp_path, model, StubSandbox()))
    assert (whole.status, len(model.requests)) == ("done", 1)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"shots": 5}, "options.shots: 5 are to be shown, but there are 4 train tasks"),
        ({"shots": 0}, "key 'methods.baseline.options.shots'"),
        ({"shot": 1}, "key 'methods.baseline.options.shot'"),
    ],
)
async def test_wrong_options_are_said_before_anything_is_asked(tmp_path: Path, options: dict[str, int], said: str):
    work = cell("few_shot", tmp_path, knows_examples(), StubSandbox(), options=options)
    with pytest.raises(ConfigError, match=said):
        FewShot().estimate(work)
    with pytest.raises(ConfigError, match=said):
        await FewShot().run(work)
    assert work.model.requests == []


async def test_what_is_asked_lies_within_the_estimate(tmp_path: Path):
    work = cell("few_shot", tmp_path, knows_examples(), StubSandbox())
    found = FewShot().estimate(work)
    await FewShot().run(work)
    assert found.requests.low <= len(work.model.requests) <= found.requests.high
    assert found.dollars is None
    assert isinstance(work.sandbox, Sandbox)
