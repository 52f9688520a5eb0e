"""Admission's trial: a function's examples, and a revision's past calls, run in the sandbox."""

import json
import math
from collections.abc import Iterable, Sequence
from typing import Final, Literal

from pydantic import JsonValue

from toolwright.base import Frozen, canonical_json
from toolwright.evaluations import Evaluation
from toolwright.events import TriedCall
from toolwright.functions import Function
from toolwright.protocols import Calls
from toolwright.sandbox.arguments import argument_fault
from toolwright.sandbox.taskfiles import MAX_FILES
from toolwright.sync import together
from toolwright.tasks import TaskFile, TaskSet
from toolwright.trajectories import Outcome

MAX_PAST_CALLS: Final = 20
CALLER: Final = "optimizer"
"""As whom the sandbox knows a trial: rollouts take turns with it."""
SHOWN: Final = 600
"""Characters of a value that a report shows."""


def files_of(tasks: TaskSet) -> tuple[TaskFile, ...]:
    """The tasks' files, each name once, as many as a call can be given."""
    files = {file.name: file for task in tasks.tasks for file in task.files}
    return tuple(files.values())[:MAX_FILES]


class Trial(Frozen):
    """What running a function showed.

    Attributes:
        broken: Calls that failed; each refuses the function.
        differing: Calls whose result is another than stated or than before; refuse once.
        notes: What the model should know of an admitted function.
        calls: Every call that was made, in order.
    """

    broken: tuple[str, ...] = ()
    differing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    calls: tuple[TriedCall, ...] = ()


class PastCall(Frozen):
    """A call that returned a result in a task that was solved, with the task's files."""

    arguments: dict[str, JsonValue]
    result: JsonValue
    files: tuple[TaskFile, ...] = ()


async def run_examples(function: Function, sandbox: Calls, files: Sequence[TaskFile] = ()) -> Trial:
    """Runs the function's examples together; a failing call breaks it, a differing stated result is shown."""
    outcomes = await _outcomes(function, [(example.arguments, files) for example in function.examples], sandbox)
    broken: list[str] = []
    differing: list[str] = []
    notes: list[str] = []
    for example, outcome in zip(function.examples, outcomes, strict=True):
        call = _call_text(function.name, example.arguments)
        if outcome.status == "refused":
            broken.append(f"example {call}: {outcome.error}")
        elif not outcome.ok:
            broken.append(f"example {call} failed: {_cut(outcome.error)}")
        elif example.stated and not same(outcome.result, example.result):
            differing.append(f"example {call} returned {_text(outcome.result)}; you stated {_text(example.result)}")
        else:
            notes.append(f"{call} returned {_text(outcome.result)}")
    tried = [
        _tried("example", function.name, example.arguments, outcome, (example.result,) if example.stated else ())
        for example, outcome in zip(function.examples, outcomes, strict=True)
    ]
    return Trial(broken=tuple(broken), differing=tuple(differing), notes=tuple(notes), calls=tuple(tried))


def _tried(
    of: Literal["example", "past call"],
    name: str,
    arguments: dict[str, JsonValue],
    outcome: Outcome,
    wanted: Sequence[JsonValue],
) -> TriedCall:
    """A call as the run tells of it; `wanted` holds the result it should have had, where one is known."""
    return TriedCall(
        of=of,
        call=_call_text(name, arguments),
        status=outcome.status,
        returned=_text(outcome.result) if outcome.ok else _cut(outcome.error),
        wanted="".join(map(_text, wanted)),
        seconds=outcome.seconds,
    )


async def _outcomes(
    function: Function, calls: Iterable[tuple[dict[str, JsonValue], Sequence[TaskFile]]], sandbox: Calls
) -> list[Outcome]:
    """The calls' outcomes, in order; one whose arguments do not fit the parameters is refused without a run."""

    async def one(arguments: dict[str, JsonValue], files: Sequence[TaskFile]) -> Outcome:
        if (fault := argument_fault(function.parameters, arguments)) is not None:
            return Outcome(status="refused", error=fault)
        return await sandbox.call(function, arguments, files, caller=CALLER)

    return await together(one(arguments, files) for arguments, files in calls)


def past_calls(name: str, evaluation: Evaluation, tasks: TaskSet) -> list[PastCall]:
    """Up to 20 distinct successful calls in full-score trajectories, in task order."""
    files = {task.id: task.files for task in tasks.tasks}
    found: dict[str, PastCall] = {}
    for result in evaluation.results:
        if result.score is None or result.score.value < 1.0:
            continue
        for call in result.trajectory.calls:
            if call.kind == "function" and call.name == name and call.outcome.ok and call.arguments is not None:
                past = PastCall(
                    arguments=call.arguments, result=call.outcome.result, files=files[result.trajectory.task_id]
                )
                found.setdefault(canonical_json(call.arguments), past)
    return list(found.values())[:MAX_PAST_CALLS]


async def run_past_calls(function: Function, calls: Sequence[PastCall], sandbox: Calls) -> Trial:
    """Runs a revision on calls that led to right answers; one that now fails or differs is shown."""
    outcomes = await _outcomes(function, [(past.arguments, past.files) for past in calls], sandbox)
    differing: list[str] = []
    unfit: list[str] = []
    for past, outcome in zip(calls, outcomes, strict=True):
        call = _call_text(function.name, past.arguments)
        if outcome.status == "refused":
            unfit.append(call)
        elif not _like(outcome, past.result):
            now = _text(outcome.result) if outcome.ok else f"an error ({_cut(outcome.error)})"
            differing.append(f"{call} returned {_text(past.result)} in a task that was solved, and now {now}")
    notes = (f"past calls that no longer fit the parameters: {'; '.join(_shortened(unfit))}",) if unfit else ()
    tried = [
        _tried("past call", function.name, past.arguments, outcome, (past.result,))
        for past, outcome in zip(calls, outcomes, strict=True)
    ]
    return Trial(differing=tuple(differing), notes=notes, calls=tuple(tried))


def _like(outcome: Outcome, before: JsonValue) -> bool:
    return outcome.ok and same(outcome.result, before)


def same(one: JsonValue, other: JsonValue) -> bool:
    """Whether two JSON values are equal, numbers within a relative 1e-9."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return one == other or (_is_real(one, other) and math.isclose(one, other, rel_tol=1e-9))
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    return one == other


def _is_real(one: float, other: float) -> bool:
    """Whether one is a float (long integers compare exactly) and neither is too large for one."""
    return (isinstance(one, float) or isinstance(other, float)) and max(abs(one), abs(other)) < 1e300


def _call_text(name: str, arguments: dict[str, JsonValue]) -> str:
    return f"{name}({_text(arguments)})"


def _text(value: JsonValue) -> str:
    return _cut(json.dumps(value, ensure_ascii=False))


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}… [{len(text) - SHOWN} characters left out]"


def _shortened(texts: Iterable[str]) -> list[str]:
    every = list(texts)
    return [*every[:5], f"and {len(every) - 5} more"] if len(every) > 5 else every
