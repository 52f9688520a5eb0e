"""run_code: Python on the training tasks, in the sandbox, bounded, before anything is proposed."""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from contexts import SUB, TASKS, context
from stepping import END, Stepper, code

from support import (
    ADD_CODE,
    MemoryJournal,
    Said,
    StubSandbox,
    add,
    calling,
    check_snapshot,
    function,
    having,
    proposal,
    says,
)
from toolwright.errors import SandboxError
from toolwright.events import ActionRefused, CodeRun
from toolwright.optimizer.code_tool import CODE_CALLS, NONE_LEFT, code_spec
from toolwright.optimizer.conversation import ONE_ONLY
from toolwright.protocols import CodeSession
from toolwright.sandbox import ConfinedSandbox, Limits
from toolwright.sandbox.session import LOST
from toolwright.tasks import TaskFile
from toolwright.trajectories import Outcome

NEW = proposal("new", ADD_CODE.replace("add", "new"), {"arguments": {"a": 1, "b": 2}})


@pytest.fixture
async def tight() -> AsyncIterator[ConfinedSandbox]:
    """A sandbox with a short limit, whose functions may import what can do harm."""
    limits = Limits(wall_seconds=5, cpu_seconds=1)
    async with ConfinedSandbox(allowed=("os", "time"), preload=False, limits=limits, concurrency=1) as one:
        yield one


async def ran(sandbox: ConfinedSandbox, *cells: str, **options: Any) -> Stepper:
    stepper = Stepper([*map(code, cells), END], sandbox, **options)
    await stepper.step()
    return stepper


async def test_the_training_tasks_and_what_happened_on_them_are_there_as_data(sandbox: ConfinedSandbox):
    stepper = await ran(sandbox, "tasks")
    first, second = json.loads(stepper.told[0].rpartition("\n")[0])
    assert (first["id"], first["question"], first["target"]) == ("t3", TASKS.tasks[0].question, "384")
    (rollout,) = first["rollouts"]
    assert (rollout["score"], rollout["answer"], rollout["end"], rollout["repeat"]) == (1, "384", "answer", 0)
    called = {"name": "add", "arguments": {"a": 111, "b": 273}, "status": "ok", "result": 384}
    assert rollout["calls"] == [called]
    assert [message["role"] for message in rollout["messages"]] == ["assistant", "tool", "assistant"]
    assert second["rollouts"][0]["score"] == 0


def test_what_the_model_is_told_of_the_tool():
    check_snapshot("optimizer_run_code_tool", code_spec(show_targets=True).model_dump_json(indent=1))


async def test_targets_can_be_kept_from_the_code_too(sandbox: ConfinedSandbox):
    stepper = await ran(sandbox, "[sorted(task) for task in tasks]", show_targets=False)
    assert "target" not in stepper.told[0]
    assert "target" not in stepper.model.last.tools[-1].description
    assert "target" in (await ran(sandbox, "1")).model.last.tools[-1].description


async def test_the_functions_can_be_called_by_their_names_and_cells_share_a_state(sandbox: ConfinedSandbox):
    stepper = await ran(sandbox, "x = add(1, 2)", "print(sub(x, 1))\nx")
    assert stepper.told[1].startswith("Printed:\n2\n\nResult: 3\n")


async def test_an_admitted_function_is_there_in_the_next_cell_and_a_removed_one_is_not(sandbox: ConfinedSandbox):
    script = [
        code("y = 5"),
        says(add_function=NEW),
        says(remove_function={"name": "add"}),
        code("new(1, y)"),
        code("add"),
    ]
    stepper = Stepper([*script, says(terminate={})], sandbox)
    await stepper.step(context(having(add(), SUB)))
    assert stepper.told[3].startswith("6\n")
    assert "name 'add' is not defined" in stepper.told[4]


async def test_helpers_of_one_name_in_two_functions_stay_apart(sandbox: ConfinedSandbox):
    sources = {
        name: f"def _step():\n    return {n}\n\ndef {name}() -> int:\n    return _step()\n"
        for n, name in enumerate(["one", "two"])
    }
    stepper = Stepper([code("[one(), two()]"), END], sandbox)
    await stepper.step(context(having(*(function(name, source) for name, source in sources.items()))))
    assert stepper.told[0].startswith("[0, 1]\n")


async def test_a_function_that_does_not_load_says_so_where_it_is_called(sandbox: ConfinedSandbox):
    broken = function("bad", "import os\n\ndef bad() -> int:\n    return 1\n")
    stepper = Stepper([code("add(1, 1)"), code("bad()"), END], sandbox)
    await stepper.step(context(having(add(), broken)))
    assert stepper.told[0].startswith("2\n")
    assert "bad could not be loaded: ImportError: os is not among the packages functions may import" in stepper.told[1]


async def test_a_run_of_code_is_no_action_and_neither_raises_nor_forgets_the_refusals_in_a_row(
    sandbox: ConfinedSandbox,
):
    bad = says(add_function={})
    stepper = Stepper([bad, code("1"), bad, code("1"), code("1 / 0"), bad], sandbox, max_actions=1)
    made = await stepper.step()
    assert (made.end, len(made.refused), made.actions) == ("refusals", 3, ())
    assert [event.status for event in stepper.events.of(CodeRun)] == ["ok", "ok", "error"]
    assert "ZeroDivisionError" in stepper.events.of(CodeRun)[-1].error


async def test_what_was_printed_before_an_error_is_shown(sandbox: ConfinedSandbox):
    stepper = await ran(sandbox, "print('so far')\n1 / 0")
    assert stepper.told[0].startswith("Printed:\nso far\n\nThe call failed: ZeroDivisionError")


async def test_an_optimizer_that_runs_code_for_ever_is_stopped(sandbox: ConfinedSandbox):
    stepper = Stepper([code("1")] * 30, sandbox)
    made = await stepper.step()
    assert (made.end, len(stepper.model.requests)) == ("refusals", CODE_CALLS + 3)
    assert len(stepper.events.of(CodeRun)) == CODE_CALLS
    assert stepper.told[CODE_CALLS - 1] == "1\nCalls of run_code left in this round: 0."
    assert stepper.told[CODE_CALLS].startswith(f"Refused: {NONE_LEFT}\n")


@pytest.mark.parametrize("arguments", ["{", "[]", {}, {"code": 3}])
async def test_a_call_without_code_is_told_so_and_counts(arguments: str | dict[str, object]):
    stepper = Stepper([calling(("run_code", arguments)), END], StubSandbox())
    made = await stepper.step()
    assert (len(stepper.events.of(CodeRun)), made.refused) == (1, ())
    assert stepper.told[0].startswith("The call was not made: ")


@pytest.mark.parametrize("first", [code("1"), says(add_function=NEW)])
async def test_of_several_calls_in_one_reply_only_the_first_is_looked_at(first: Said, sandbox: ConfinedSandbox):
    assert not isinstance(first, str | Exception)
    many = calling(*((call.name, call.arguments) for call in first.calls), ("run_code", {"code": "2"}))
    stepper = Stepper([many, END], sandbox)
    await stepper.step()
    assert stepper.told[1] == ONE_ONLY
    assert stepper.events.of(ActionRefused) == []


@pytest.mark.parametrize(
    "flood",
    [
        "'x' * 900_000",
        "print('x' * 60_000)",
        "print('x' * 10_000_000)",
        "1 / 0 if print('x' * 60_000) else int('x' * 9_000)",
    ],
)
async def test_what_the_model_reads_of_a_call_is_short_whatever_it_prints(flood: str, sandbox: ConfinedSandbox):
    stepper = await ran(sandbox, flood)
    assert len(stepper.told[0]) < 4_400


BREAKS = [
    pytest.param("while True: pass", id="hangs"),
    pytest.param("import time\ntime.sleep(60)", id="sleeps", marks=pytest.mark.soak),
    pytest.param("import os\nos._exit(1)", id="kills its process"),
    pytest.param("import os\nos.kill(os.getpid(), 9)", id="kills its process by a signal"),
    pytest.param("print('x' * 10_000_000)", id="prints 10 MB"),
]


@pytest.mark.parametrize("break_it", BREAKS)
async def test_code_that_breaks_the_interpreter_costs_its_state_and_no_more(break_it: str, tight: ConfinedSandbox):
    stepper = await ran(tight, "x = 1", break_it, "[len(tasks), add(1, 1), 'x' in globals()]")
    assert "started afresh: variables, imports and files of earlier cells are gone; `tasks` and" in stepper.told[1]
    assert stepper.told[2].startswith("[2, 2, false]\n")


async def test_code_reads_nothing_outside_its_folder(tight: ConfinedSandbox, tmp_path: Path):
    secret = tmp_path / "secret.txt"
    secret.write_text("the sealed test")
    reach = f"import os\n[os.listdir('.'), dict(os.environ).get('HOME'), open({str(secret)!r}).read()]"
    stepper = await ran(tight, "import os\nos.listdir('.')", reach)
    assert stepper.told[0].startswith('["training_tasks.jsonl"]\n')
    assert "the sealed test" not in stepper.told[1]
    assert stepper.told[1].startswith("The call failed: ")


def held(folder: Path) -> int:
    return len(list(folder.iterdir()))


async def test_no_file_of_the_training_tasks_is_left_behind(
    sandbox: ConfinedSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    seen: list[int] = []

    def answer(_site: object, request: object) -> Said:
        seen.append(held(tmp_path))
        return code("len(tasks)") if len(seen) < 3 else END

    await Stepper(answer, sandbox).step()
    assert seen == [0, 1, 1]
    assert held(tmp_path) == 0


async def test_journalled_cells_are_not_run_again_unless_a_later_one_needs_their_state(sandbox: ConfinedSandbox):
    cells = [code("import time\nx = [time.time()]"), code("x.append(time.time())\nx"), END]
    first = Stepper(cells, sandbox)
    await first.step()
    again = Stepper(cells, StubSandbox(), first.journal)  # which has no session: nothing is run
    await again.step()
    assert again.told == first.told
    longer = Stepper([*cells[:2], code("len(x)"), END], sandbox, first.journal)
    await longer.step()
    assert longer.told[:2] == first.told
    assert longer.told[2].startswith("2\n")


class Remembering(StubSandbox):
    """Its sessions run nothing, remember their cells, and are lost at "die"."""

    def __init__(self) -> None:
        super().__init__()
        self.cells: list[str] = []

    @asynccontextmanager
    async def session(self, files: Sequence[TaskFile] = (), *, caller: str = "") -> AsyncGenerator[CodeSession]:
        yield self

    async def run(self, code: str) -> Outcome:
        self.cells.append(code)
        return Outcome(status="crashed", error=f"dead{LOST}") if code == "die" else Outcome(status="ok")


async def test_cells_before_a_lost_state_are_not_run_again():
    cells = [code("x = 1"), code("die"), code("y = 2")]
    first = Stepper([*cells, END], Remembering())
    await first.step()
    again = Stepper([*cells, code("y"), END], sandbox := Remembering(), first.journal)
    await again.step()
    assert sandbox.cells[1:] == ["y = 2", "y"]
    assert "tasks = " in sandbox.cells[0]


async def test_a_sandbox_that_failed_leaves_no_outcome():
    class Failing(StubSandbox):
        def session(self, *args: object, **named: object):
            raise SandboxError("gone")

    stepper = Stepper([code("1"), END], Failing())
    with pytest.raises(SandboxError):
        await stepper.step()
    assert stepper.journal.outcomes == {}


async def test_without_run_code_it_is_an_unknown_action():
    stepper = Stepper([code("1"), END], StubSandbox(), MemoryJournal(), run_code=False)
    made = await stepper.step()
    assert (stepper.events.of(CodeRun), len(made.refused)) == ([], 1)
    assert "there is no action 'run_code'" in stepper.told[0]
    assert stepper.model.offered() == ["add_function", "revise_function", "remove_function", "terminate"]
    assert "run_code" not in "".join(message.text for message in stepper.model.requests[0][1].messages)
