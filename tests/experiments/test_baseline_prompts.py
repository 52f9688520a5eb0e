"""What the baselines say to a model, whole conversations as text files that a reviewer reads."""

from pathlib import Path
from typing import Any

from baseline_works import apart, asked_of, boxed, cell, percent, playing, python

from support import ScriptedModel, check_snapshot
from toolwright.experiments.methods.craft import Craft
from toolwright.experiments.methods.creator import Creator
from toolwright.experiments.methods.few_shot import FewShot
from toolwright.messages import AssistantMessage
from toolwright.sandbox import ConfinedSandbox
from toolwright.tasks import TaskSet
from toolwright.training.trainer import Splits

WORKED = percent(3).model_copy(update={"metadata": {"solution": "A hundredth of 300 is 3, and 13 * 3 = 39."}})
SPLITS = Splits(train=TaskSet(name="train", tasks=(WORKED, apart(41))), test=TaskSet(name="test", tasks=(percent(8),)))
SHARE = "def share(price, percent):\n    'A percentage of a price.'\n    return price * percent // 100"


def transcript(model: ScriptedModel, *tasks: str) -> str:
    """Each task's longest conversation, as it was."""
    lines: list[str] = []
    for task in tasks:
        purposes = dict.fromkeys(site.purpose for site, _ in model.requests if site.task == task)
        for purpose in purposes:
            request = [asked for site, asked in model.requests if (site.task, site.purpose) == (task, purpose)][-1]
            lines.append(f"##### {purpose}: {task}")
            lines += [
                f"----- {'model' if isinstance(message, AssistantMessage) else message.kind}\n{message.text}"
                for message in request.messages
                if message.kind != "tool"
            ]
    return "\n".join(lines)


async def run(
    method: Any, kind: str, folder: Path, model: ScriptedModel, sandbox: ConfinedSandbox, **given: Any
) -> None:
    record = await method.run(cell(kind, folder, model, sandbox, splits=SPLITS, **given))
    assert record.status == "done"


async def test_few_shot(tmp_path: Path, sandbox: ConfinedSandbox):
    model = playing(("Solved task", lambda task, turn: boxed(104)))
    await run(FewShot(), "few_shot", tmp_path, model, sandbox, options={"shots": 2})
    assert len(asked_of(model, "percent-8")) == 1
    check_snapshot("baseline_few_shot", transcript(model, "percent-8"))


async def test_creator(tmp_path: Path, sandbox: ConfinedSandbox):
    model = playing(
        ("First make a tool", lambda task, turn: "A tool would help."),
        ("no Python code", lambda task, turn: python(SHARE)),
        ("Now decide", lambda task, turn: python("print(shares(800, 13))")),
        ("did not work", lambda task, turn: python(f"{SHARE}\nprint(share(800, 13))")),
        ("The code has run", lambda task, turn: boxed(104)),
    )
    await run(Creator(), "creator", tmp_path, model, sandbox)
    check_snapshot("baseline_creator", transcript(model, "percent-8"))


async def test_craft(tmp_path: Path, sandbox: ConfinedSandbox):
    model = playing(
        ("Make a general", lambda task, turn: python(SHARE)),
        ("That cannot be taken", lambda task, turn: python(f"{SHARE}\nprint(share(300, 13))")),
        ("Suppose there were", lambda task, turn: "Names: share\nDocstring: A percentage of a price."),
        ("These functions were", lambda task, turn: python("share(800, 13)\nNone")),
        ("did not work", lambda task, turn: python("None")),
        ("no code that works", lambda task, turn: boxed("about 100")),
        ("A shop", lambda task, turn: python("print(300 * 13 // 100)")),
        ("Fence posts", lambda task, turn: python("print(0)")),
    )
    await run(Craft(), "craft", tmp_path, model, sandbox)
    check_snapshot("baseline_craft", transcript(model, "percent-3", "percent-8"))
