"""The optimizer's code interpreter: cells that find the training tasks and the candidate's functions at hand.

Example:
    async with TaskInterpreter(sandbox, journal, context, show_targets=True) as interpreter:
        outcome = await interpreter.run(site, "len(tasks)", context.incumbent.functions)
"""

import asyncio
import hashlib
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple, Self

from toolwright.functions import FunctionSet
from toolwright.optimizer.step import StepContext
from toolwright.optimizer.training_data import training_data
from toolwright.optimizer.trial import CALLER, files_of
from toolwright.protocols import CallSite, CodeSession, Journal, Sandbox
from toolwright.sandbox.session import LOST
from toolwright.sandbox.taskfiles import MAX_FILES
from toolwright.tasks import TaskFile
from toolwright.trajectories import Outcome

DATA: Final = "training_tasks.jsonl"
TASKS: Final = "tasks"
"""The variable that holds the training tasks."""

# JSON is read as Python, with its three words defined: `json` need not be among the packages functions may import.
_LOAD: Final = f'''
with open({DATA!r}, encoding="utf-8") as _lines:
    _words = {{"null": None, "true": True, "false": False, "NaN": float("nan"), "Infinity": float("inf")}}
    {TASKS} = [eval(_line, _words) for _line in _lines]

def _define(name, source):
    """The function of a source, in a namespace of its own; one that does not load says so when it is called."""
    space = {{"__name__": name}}
    try:
        exec(compile(source, name + ".py", "exec", dont_inherit=True), space)
        return space[name]
    except Exception as error:
        why = f"{{name}} could not be loaded: {{type(error).__name__}}: {{error}}"

    def broken(*arguments, **named):
        raise RuntimeError(why)

    return broken
'''


class _Cell(NamedTuple):
    """A cell and the functions it finds defined."""

    code: str
    functions: FunctionSet


class TaskInterpreter:
    """One step's interpreter; an async context manager. Nothing is started before a cell must really run.

    Cells with journalled outcomes are not run, unless a later one needs the state they leave.

    Args:
        sandbox: Where cells run.
        journal: Where their outcomes are kept.
        context: What the step starts from; its training tasks are the data.
        show_targets: Whether the targets are among the data.
    """

    def __init__(self, sandbox: Sandbox, journal: Journal, context: StepContext, *, show_targets: bool) -> None:
        self._sandbox, self._journal, self._context = sandbox, journal, context
        self._show_targets = show_targets
        self._open = AsyncExitStack()
        self._session: CodeSession | None = None
        self._defined: FunctionSet | None = None
        self._kept: list[_Cell] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._open.aclose()

    async def run(self, site: CallSite, code: str, functions: FunctionSet) -> Outcome:
        """The cell's kept outcome, else that of running it now.

        Args:
            site: The turn that asked for it.
            code: The cell.
            functions: The functions it may call by name.

        Raises:
            SandboxError: The sandbox itself failed; the cell has no outcome.
        """
        cell = _Cell(code, functions)
        outcome = self._journal.outcome(site, 0)
        if outcome is None:
            outcome = await self._run(cell)
            self._journal.keep_outcome(site, 0, "run_code", outcome)
        elif lost(outcome):
            self._kept.clear()
        else:
            self._kept.append(cell)
        return outcome

    async def _run(self, cell: _Cell) -> Outcome:
        session = await self._started()
        for earlier in self._kept:
            await self._one(session, earlier)
        self._kept.clear()
        return await self._one(session, cell)

    async def _one(self, session: CodeSession, cell: _Cell) -> Outcome:
        if (setup := self._setup(cell.functions)) and not (outcome := await session.run(setup)).ok:
            self._defined = None
            return outcome.model_copy(update={"error": f"the training tasks could not be loaded: {outcome.error}"})
        self._defined = cell.functions
        outcome = await session.run(cell.code)
        if lost(outcome):
            self._defined = None
        return outcome

    def _setup(self, functions: FunctionSet) -> str:
        """What must run before a cell: all of it in a fresh process, the functions where they have changed."""
        if self._defined == functions:
            return ""
        gone = [name for name in (self._defined or FunctionSet()).names if name not in functions]
        lines = [_LOAD] if self._defined is None else [f"globals().pop({name!r}, None)" for name in gone]
        lines += [f"{f.name} = _define({f.name!r}, {f.source!r})" for f in functions.functions if f.name != TASKS]
        return "\n".join([*lines, "None"])

    async def _started(self) -> CodeSession:
        if self._session is None:
            folder = Path(self._open.enter_context(TemporaryDirectory(prefix="toolwright-tasks-")))
            data = await asyncio.to_thread(self._write, folder / DATA)
            others = [file for file in files_of(self._context.shown) if file.name != DATA]
            files = [data, *others[: MAX_FILES - 1]]
            self._session = await self._open.enter_async_context(self._sandbox.session(files, caller=CALLER))
        return self._session

    def _write(self, path: Path) -> TaskFile:
        data = training_data(self._context, show_targets=self._show_targets).encode("utf-8", "backslashreplace")
        path.write_bytes(data)
        return TaskFile(name=DATA, path=str(path), sha256=hashlib.sha256(data).hexdigest())


def lost(outcome: Outcome) -> bool:
    """Whether a cell cost the interpreter its state."""
    return outcome.error.endswith(LOST)
