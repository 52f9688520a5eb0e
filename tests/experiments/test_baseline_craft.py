"""CRAFT: a toolset is made of train tasks that were solved, and used on the test tasks, all of it in the sandbox."""

import re
import sys
from pathlib import Path
from typing import Any

import pytest
from baseline_works import (
    TEST,
    TRAIN,
    Part,
    answered,
    asked_of,
    boxed,
    cell,
    number_of,
    percent,
    playing,
    python,
    read_by,
)

from support import ScriptedModel
from toolwright.errors import ConfigError
from toolwright.experiments.cell_folder import used_by_runs
from toolwright.experiments.methods.conversation import prompt
from toolwright.experiments.methods.craft import Craft
from toolwright.experiments.methods.craft.runner import SUBSTITUTES
from toolwright.experiments.methods.craft.toolset import Toolset
from toolwright.functions import FunctionSet
from toolwright.optimizer.budget_text import tokens_of
from toolwright.sandbox import ConfinedSandbox
from toolwright.tasks import Task, TaskSet
from toolwright.training.estimate import LOW
from toolwright.training.outlay import Range
from toolwright.training.trainer import Splits

SHARE = (
    "def share_of_price(price, percent):\n    '''A percentage of a price in a shop.'''\n"
    "    return price * percent // 100"
)
POSTS = "def count_posts(gaps):\n    '''How many posts a fence with gaps needs.'''\n    return gaps + 1"
WHOLE = 4 + 4 + 2 * 3
"""Requests: a solution and an abstraction of each train task; a wish, code and an answer for each test task."""


def is_percent(task: str) -> bool:
    return task.startswith("percent")


def generates(task: str, turn: int) -> str:
    number = number_of(task)
    return python(f"print({number * 100} * 13 // 100)" if is_percent(task) else f"print({number} + 1)")


def abstracts(task: str, turn: int) -> str:
    number = number_of(task)
    if is_percent(task):
        return python(f"{SHARE}\n\nprint(share_of_price({number * 100}, 13))")
    return python(f"{POSTS}\n\nprint(count_posts({number}))")


def wishes(task: str, turn: int) -> str:
    names, doc = ("share_of_price", "A percentage.") if is_percent(task) else ("count_posts", "Posts of a fence.")
    return f"Names: {names}, solve\nDocstring: {doc}"


def solves(task: str, turn: int) -> str:
    number = number_of(task)
    return python(f"print(share_of_price({number * 100}, 13))" if is_percent(task) else f"print(count_posts({number}))")


def reads(task: str, turn: int) -> str:
    return boxed(number_of(task) * 13 if is_percent(task) else number_of(task) + 1)


PARTS: tuple[tuple[str, Part], ...] = (
    ("Make a general function", abstracts),
    ("Suppose there were a library", wishes),
    ("These functions were written", solves),
    ("There is no function that fits", generates),
    ("The code has run", reads),
    ("There is no code that works", lambda task, turn: boxed("unknown")),
    ("A shop", generates),
    ("Fence posts", generates),
)


def crafting(*changed: tuple[str, Part], fails_at: int | None = None) -> ScriptedModel:
    return playing(*changed, *PARTS, fails_at=fails_at)


def toolset(folder: Path) -> Toolset:
    return Toolset.model_validate_json((folder / "toolset.json").read_bytes())


async def test_solved_tasks_become_tools_and_these_solve_the_test_tasks(tmp_path: Path, sandbox: ConfinedSandbox):
    model = crafting()
    record = await Craft().run(cell("craft", tmp_path, model, sandbox))
    assert record.test is not None
    assert (record.status, record.test.after.mean, record.train) == ("done", 1.0, None)
    assert record.reason == "2 tools of 4 problems, 4 of them solved"
    assert [(tool.name, tool.task) for tool in toolset(tmp_path).tools] == [
        ("share_of_price", "percent-3"),
        ("count_posts", "apart-41"),
    ]
    assert FunctionSet.load(tmp_path / "toolset").names == ("share_of_price", "count_posts")
    assert record.functions is not None
    assert [(one.name, one.lines) for one in record.functions.functions] == [("share_of_price", 3), ("count_posts", 3)]
    assert record.substitutes == SUBSTITUTES
    assert "BM25" in record.substitutes[0]
    assert {role: used.requests for role, used in record.usage.items()} == {"optimizer": 4 + 4, "agent": 2 * 3}
    assert len(model.requests) == WHOLE
    assert record.minutes > 0


PRICED = {"agent": {"model": "weak", "price": {"input": 1, "output": 1}}}
STRONG = {"optimizer": {"model": "strong", "price": {"input": 1000, "output": 1000}}}


async def test_tools_are_made_by_the_optimizers_model_and_used_by_the_agents(tmp_path: Path, sandbox: ConfinedSandbox):
    weak, strong = crafting(), crafting()
    named = {"weak": weak, "strong": strong}
    work = cell("craft", tmp_path, crafting(), sandbox, named=named, models={**PRICED, **STRONG})
    record = await Craft().run(work)
    assert {site.task for site, _ in strong.requests} == {task.id for task in TRAIN.tasks}
    assert {site.task for site, _ in weak.requests} == {task.id for task in TEST.tasks}
    assert {role: used.requests for role, used in record.usage.items()} == {"optimizer": 4 + 4, "agent": 2 * 3}
    assert not any("own model" in one for one in record.substitutes)


def test_the_estimate_has_each_stage_at_its_own_models_price(tmp_path: Path, sandbox: ConfinedSandbox):
    def dollars(models: dict[str, Any]) -> Range:
        found = Craft().estimate(cell("craft", tmp_path, crafting(), sandbox, models=models)).dollars
        assert found is not None
        return found

    alone, both = dollars(PRICED), dollars({**PRICED, **STRONG})
    assert both.high > 100 * alone.high
    free = {"agent": {"model": "weak", "price": {"input": 0, "output": 0}}}
    generated = 4 * (LOW.reply + tokens_of(prompt("craft_generate")))
    assert dollars({**free, **STRONG}).low == pytest.approx(
        (generated + sum(tokens_of(task.text) for task in TRAIN.tasks)) * 1000 / 1e6
    )


async def test_each_test_task_reads_the_tool_that_fits_it(tmp_path: Path, sandbox: ConfinedSandbox):
    model = crafting()
    await Craft().run(cell("craft", tmp_path, model, sandbox))
    wish, code, answer = asked_of(model, "percent-8")
    assert "five function names" in wish
    assert SHARE in code
    assert "count_posts" not in code
    assert TRAIN.tasks[0].question in code
    assert "Printed:\n104" in answer
    assert "share_of_price" not in "".join(asked_of(model, "apart-20"))


async def test_where_no_tool_fits_plain_code_is_written(tmp_path: Path, sandbox: ConfinedSandbox):
    model = crafting(("Suppose there were a library", lambda task, turn: "I would look for nothing."))
    record = await Craft().run(cell("craft", tmp_path, model, sandbox))
    assert "There is no function that fits" in asked_of(model, "percent-8")[1]
    assert record.test is not None
    assert record.test.after.mean == 1.0


async def test_wrong_solutions_and_wrong_abstractions_make_no_tool(tmp_path: Path, sandbox: ConfinedSandbox):
    def wrong_at_times(task: str, turn: int) -> str:
        return python("print(1000)") if task == "apart-7" else generates(task, turn)

    def wrong_abstraction(task: str, turn: int) -> str:
        return abstracts(task, turn).replace("gaps + 1", "gaps + 2")

    model = crafting(("Make a general", wrong_abstraction), ("Fence posts: 7 gaps", wrong_at_times))
    record = await Craft().run(cell("craft", tmp_path, model, sandbox))
    assert record.reason == "1 tools of 4 problems, 3 of them solved"
    assert [tool.name for tool in toolset(tmp_path).tools] == ["share_of_price"]
    abstracted = [site.task for site, request in model.requests if "Make a general" in request.messages[-1].text]
    assert abstracted == ["percent-3", "apart-41", "percent-5"]


async def test_where_nothing_is_solved_the_toolset_is_empty_and_nothing_is_looked_for(
    tmp_path: Path, sandbox: ConfinedSandbox
):
    def only_tests(task: str, turn: int) -> str:
        return python("raise ValueError") if task in {one.id for one in TRAIN.tasks} else generates(task, turn)

    model = crafting(("There is no function", generates), ("A shop", only_tests), ("Fence posts", only_tests))
    record = await Craft().run(cell("craft", tmp_path, model, sandbox))
    assert record.test is not None
    assert (record.reason, record.test.after.mean) == ("0 tools of 4 problems, 0 of them solved", 1.0)
    assert toolset(tmp_path).tools == ()
    assert len(model.requests) == 4 + 2 * 2
    assert not (tmp_path / "abstraction").exists()


async def test_of_equal_tools_the_more_general_is_kept(tmp_path: Path, sandbox: ConfinedSandbox):
    def special(task: str, turn: int) -> str:
        said = abstracts(task, turn)
        return (
            said.replace("price * percent // 100", "int(price * 0.13 + 0.5) * 2 // 2") if task == "percent-3" else said
        )

    await Craft().run(cell("craft", tmp_path, crafting(("Make a general", special)), sandbox))
    assert {tool.task for tool in toolset(tmp_path).tools} == {"apart-41", "percent-5"}


async def test_what_is_no_tool_is_sent_back_once_with_the_reason(tmp_path: Path, sandbox: ConfinedSandbox):
    def again(task: str, turn: int) -> str:
        return abstracts(task, turn) if is_percent(task) else "Here is none."

    model = crafting(
        ("Make a general", lambda task, turn: abstracts(task, turn).replace("'''", "#")),
        ("That cannot be taken", again),
        ("no Python code", lambda task, turn: "Nor here."),
    )
    await Craft().run(cell("craft", tmp_path, model, sandbox))
    assert "share_of_price has no docstring" in next(text for text in asked_of(model, "percent-3") if "taken" in text)
    assert [tool.name for tool in toolset(tmp_path).tools] == ["share_of_price"]


async def test_failing_code_is_mended_once_with_the_tools_still_there(tmp_path: Path, sandbox: ConfinedSandbox):
    broken: Part = lambda task, turn: python("print(share_of_prices(800, 13))")  # noqa: E731 - a part in a line
    model = crafting(("These functions were", broken), ("did not work", solves))
    record = await Craft().run(cell("craft", tmp_path, model, sandbox))
    said = asked_of(model, "percent-8")
    assert "share_of_prices" in said[2]
    assert "exec(" not in said[2]
    assert record.test is not None
    assert record.test.after.by_task["percent-8"] == (1.0,)
    stubborn = crafting(("These functions were", broken), ("did not work", broken))
    again = await Craft().run(cell("craft", tmp_path / "other", stubborn, sandbox))
    assert len(asked_of(stubborn, "percent-8")) == 4
    assert again.test is not None
    assert again.test.after.mean == 0.0


async def test_a_hostile_tool_costs_its_own_task_alone(tmp_path: Path, sandbox: ConfinedSandbox):
    def hostile(task: str, turn: int) -> str:
        trap = "'\n    if price == 800: __import__('os')._exit(1)\n    return price * percent"
        return abstracts(task, turn).replace("'\n    return price * percent", trap)

    model = crafting(("Make a general", hostile), ("did not work", solves))
    record = await Craft().run(cell("craft", tmp_path, model, sandbox))
    assert "_exit" in toolset(tmp_path).tools[0].source
    assert record.test is not None
    assert record.test.after.by_task == {"percent-8": (0.0,), "apart-20": (1.0,)}


async def test_no_target_is_in_a_request_and_no_test_task_in_the_toolset(tmp_path: Path, sandbox: ConfinedSandbox):
    silent: Part = lambda task, turn: python("print('nothing of it')")  # noqa: E731 - a part in a line
    model = crafting(("These functions were", silent))
    await Craft().run(cell("craft", tmp_path, model, sandbox))
    said = read_by(model)
    assert TEST.tasks[0].question in said
    assert [task.id for task in (*TRAIN.tasks, *TEST.tasks) if re.search(rf"\b{task.target}\b", said)] == []
    kept = (tmp_path / "toolset.json").read_text()
    assert not any(task.question in kept or task.id in kept for task in TEST.tasks)
    assert not any(
        task.question in text for task in TEST.tasks for one in TRAIN.tasks for text in asked_of(model, one.id)
    )


def kept(folder: Path) -> dict[str, int]:
    """Requests by role, as a cell's runs themselves say, however far it came."""
    return {role: used.requests for role, used in used_by_runs(folder)[0].items()}


BREAKS = [pytest.param(place, marks=[] if place in {4, 8, 12} else [pytest.mark.soak]) for place in range(WHOLE)]


@pytest.mark.parametrize("fails_at", BREAKS)
async def test_a_broken_off_cell_goes_on_and_asks_nothing_twice(
    tmp_path: Path, sandbox: ConfinedSandbox, fails_at: int
):
    first = crafting(fails_at=fails_at)
    with pytest.raises(BaseExceptionGroup):
        await Craft().run(cell("craft", tmp_path, first, sandbox))
    broken_off = len(first.requests) - 1 - fails_at  # beside the one that failed; what they used counts
    assert sum(kept(tmp_path).values()) == fails_at + broken_off
    again = crafting()
    record = await Craft().run(cell("craft", tmp_path, again, sandbox))
    assert record.test is not None
    assert record.test.after.mean == 1.0
    assert sum(kept(tmp_path).values()) == WHOLE + broken_off
    asked = answered(first)[:fails_at] + answered(again)
    assert len(asked) == len(set(asked)) == WHOLE
    assert sum(used.requests for used in record.usage.values()) == WHOLE + broken_off


async def test_the_stages_share_the_cells_budget_over_its_sessions(tmp_path: Path, sandbox: ConfinedSandbox):
    first = crafting()
    short = await Craft().run(cell("craft", tmp_path, first, sandbox, limits={"requests": 6}))
    assert (short.status, short.test, len(first.requests)) == ("incomplete", None, 6)
    assert short.reason.startswith("abstraction: 2 of 4 rollouts have no score, ended by the budget")
    again = crafting()
    still = await Craft().run(cell("craft", tmp_path, again, sandbox, limits={"requests": 10}))
    assert (still.status, len(again.requests)) == ("incomplete", 4)
    assert still.reason.startswith("evaluation: ")
    used = [{role: usage.requests for role, usage in one.usage.items()} for one in (short, still)]
    assert used == [{"optimizer": 6}, {"optimizer": 8, "agent": 2}]
    assert kept(tmp_path) == used[1]


async def test_fewer_problems_may_be_taken(tmp_path: Path, sandbox: ConfinedSandbox):
    options = {"problems": 2, "first": 1, "each": 1}
    record = await Craft().run(cell("craft", tmp_path, crafting(), sandbox, options=options))
    assert record.reason == "2 tools of 2 problems, 2 of them solved"


async def test_a_wrong_option_is_said_before_anything_is_asked(tmp_path: Path, sandbox: ConfinedSandbox):
    work = cell("craft", tmp_path, crafting(), sandbox, options={"problem": 2})
    with pytest.raises(ConfigError, match=r"key 'methods\.baseline\.options\.problem'"):
        Craft().estimate(work)
    with pytest.raises(ConfigError, match=r"key 'methods\.baseline\.options\.problem'"):
        await Craft().run(work)
    assert work.model.requests == []


def test_a_missing_library_is_said_by_the_estimate_before_anything_is_paid(
    tmp_path: Path, sandbox: ConfinedSandbox, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, "bm25s", None)
    with pytest.raises(ConfigError, match=r"needs bm25s: pip install 'toolwright\[experiments\]'"):
        Craft().estimate(cell("craft", tmp_path, crafting(), sandbox))


async def test_the_estimate_is_of_the_problems_that_are_drawn(tmp_path: Path, sandbox: ConfinedSandbox):
    long = Task(id="apart-1", question=f"Fence posts: {'and so on, ' * 5_000} 1 gap?", target=2)
    train = TaskSet(name="train", tasks=(percent(3), percent(4), percent(5), long))
    model = crafting()
    splits, options = Splits(train=train, test=TEST), {"problems": 2, "first": 1, "each": 1}
    work = cell("craft", tmp_path, model, sandbox, splits=splits, options=options)
    assert Craft().estimate(work).input_tokens.low > tokens_of(long.text)
    await Craft().run(work)
    assert long.id in {site.task for site, _ in model.requests}


async def test_what_is_asked_lies_within_the_estimate(tmp_path: Path, sandbox: ConfinedSandbox):
    work = cell("craft", tmp_path, crafting(), sandbox)
    found = Craft().estimate(work)
    await Craft().run(work)
    assert found.requests.low <= len(work.model.requests) <= found.requests.high
