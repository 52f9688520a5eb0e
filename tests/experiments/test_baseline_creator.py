"""CREATOR: a tool is made for each task, called, mended where it fails, and thrown away."""

from pathlib import Path

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
    playing,
    python,
    read_by,
)

from support import ScriptedModel
from toolwright.experiments.methods.creator import SUBSTITUTES, Creator
from toolwright.sandbox import ConfinedSandbox

TOOL = "def times(number, share):\n    '''A share of a number.'''\n    return number * share // 100"


def creates(task: str, turn: int) -> str:
    return python(TOOL)


def decides(task: str, turn: int) -> str:
    call = f"times({number_of(task) * 100}, 13)" if task.startswith("percent") else f"times({number_of(task)}, 100) + 1"
    return python(f"print({call})")


def reads(task: str, turn: int) -> str:
    return boxed(number_of(task) * 13 if task.startswith("percent") else number_of(task) + 1)


def creator(*changed: tuple[str, Part], fails_at: int | None = None) -> ScriptedModel:
    parts = (("First make a tool", creates), ("Now decide", decides), ("The code has run", reads))
    return playing(*changed, *parts, fails_at=fails_at)


async def test_a_tool_is_made_and_called_and_its_print_is_the_answer(tmp_path: Path, sandbox: ConfinedSandbox):
    model = creator()
    record = await Creator().run(cell("creator", tmp_path, model, sandbox))
    assert record.test is not None
    assert (record.status, record.test.after.mean, record.functions) == ("done", 1.0, None)
    assert record.substitutes == SUBSTITUTES
    assert "Printed:\n104" in asked_of(model, "percent-8")[-1]
    assert record.usage["agent"].requests == 6


async def test_code_that_fails_comes_back_with_its_error_and_is_mended(tmp_path: Path, sandbox: ConfinedSandbox):
    def mends(task: str, turn: int) -> str:
        return python(f"{TOOL}\nprint(times({number_of(task) * 100}, 13))")

    model = creator(
        ("First make a tool", lambda task, turn: python(TOOL.replace("share //", "shore //"))),
        ("did not work", mends),
    )
    record = await Creator().run(cell("creator", tmp_path, model, sandbox))
    fault = asked_of(model, "percent-8")[2]
    assert "name 'shore' is not defined" in fault
    assert "number * shore" in fault
    assert "print(times(800, 13))" in fault
    assert record.test is not None
    assert record.test.after.by_task["percent-8"] == (1.0,)


async def test_after_three_rounds_the_answer_is_given_without_code(tmp_path: Path, sandbox: ConfinedSandbox):
    silent: Part = lambda task, turn: python("value = 1")  # noqa: E731 - a part in a line
    model = creator(
        ("Now decide", silent), ("did not work", silent), ("no code that works", lambda task, turn: boxed(104))
    )
    record = await Creator().run(cell("creator", tmp_path, model, sandbox))
    said = asked_of(model, "percent-8")
    assert [("did not work" in text, "printed nothing" in text) for text in said[2:5]] == [(True, True)] * 3
    assert len(said) == 6
    assert record.test is not None
    assert record.test.after.by_task == {"percent-8": (1.0,), "apart-20": (0.0,)}


async def test_a_reply_without_code_is_asked_for_once_more(tmp_path: Path, sandbox: ConfinedSandbox):
    model = creator(
        ("First make a tool", lambda task, turn: "I would rather talk about it."),
        ("no Python code", lambda task, turn: creates(task, turn) if turn == 1 else "Never."),
        ("Now decide", lambda task, turn: "Just compute it."),
        ("no code that works", lambda task, turn: boxed(104)),
    )
    record = await Creator().run(cell("creator", tmp_path, model, sandbox))
    assert [text[:20] for text in asked_of(model, "percent-8")] == [
        "Do not answer yet. F",
        "There is no Python c",
        "Now decide how to us",
        "There is no Python c",
        "There is no code tha",
    ]
    assert record.test is not None
    assert record.test.after.mean == 0.5


async def test_code_that_ends_its_process_costs_its_own_task_alone(tmp_path: Path, sandbox: ConfinedSandbox):
    def hostile(task: str, turn: int) -> str:
        return python("import os\nos._exit(3)") if task == "percent-8" else decides(task, turn)

    model = creator(
        ("Now decide", hostile), ("did not work", hostile), ("no code that works", lambda task, turn: "No answer.")
    )
    record = await Creator().run(cell("creator", tmp_path, model, sandbox))
    assert record.test is not None
    assert record.test.after.by_task == {"percent-8": (0.0,), "apart-20": (1.0,)}


async def test_no_request_holds_a_target_or_a_train_task(tmp_path: Path, sandbox: ConfinedSandbox):
    model = creator(("Now decide", lambda task, turn: python("print('nothing of it')")))
    await Creator().run(cell("creator", tmp_path, model, sandbox))
    said = read_by(model)
    assert TEST.tasks[0].question in said
    assert not any(str(task.target) in said for task in TEST.tasks)
    assert not any(task.question in said for task in TRAIN.tasks)


@pytest.mark.parametrize("fails_at", [0, 3, *(pytest.param(place, marks=pytest.mark.soak) for place in (1, 2, 4, 5))])
async def test_a_broken_off_cell_goes_on_and_asks_nothing_twice(
    tmp_path: Path, sandbox: ConfinedSandbox, fails_at: int
):
    first = creator(fails_at=fails_at)
    with pytest.raises(BaseExceptionGroup):
        await Creator().run(cell("creator", tmp_path, first, sandbox))
    again = creator()
    record = await Creator().run(cell("creator", tmp_path, again, sandbox))
    assert record.test is not None
    assert record.test.after.mean == 1.0
    asked = answered(first)[:fails_at] + answered(again)
    assert len(asked) == len(set(asked)) == 6
    sent = len(first.requests) + len(again.requests)
    assert record.usage["agent"].requests == sent - 1  # what the failure broke off counts, what failed does not


async def test_what_is_asked_lies_within_the_estimate(tmp_path: Path, sandbox: ConfinedSandbox):
    work = cell("creator", tmp_path, creator(), sandbox)
    found = Creator().estimate(work)
    await Creator().run(work)
    assert found.requests.low <= len(work.model.requests) <= found.requests.high
