"""Admission: the checks an action must pass before it enters the candidate. No text a model sends makes it raise."""

from collections.abc import Collection

from pydantic import ValidationError

from toolwright.base import Frozen
from toolwright.errors import FunctionError
from toolwright.evaluations import Evaluation
from toolwright.events import TriedCall
from toolwright.functions import Function
from toolwright.optimizer.actions import AddFunction, Change, RemoveFunction, ReviseFunction
from toolwright.optimizer.memorising import check_memorising
from toolwright.optimizer.static_checks import check_function
from toolwright.optimizer.trial import Trial, files_of, past_calls, run_examples, run_past_calls
from toolwright.parameters import Parameters
from toolwright.protocols import Calls
from toolwright.tasks import TaskSet


class Admitted(Frozen):
    """An action in the candidate, with what its trial showed, and the calls that were made for it."""

    parameters: Parameters
    notes: tuple[str, ...] = ()
    tried: tuple[TriedCall, ...] = ()


class Refused(Frozen):
    """An action that stays out, and why, in words for the model; with the calls that were made of it."""

    reason: str
    tried: tuple[TriedCall, ...] = ()


class Admission:
    """Checks the actions of one step.

    Args:
        allowed: Top-level modules a function may import.
        taken: Names no function may have: the user's tools' and the interpreter's.
        tasks: The training tasks, to find what only remembers them.
        evaluation: The incumbent's evaluation, whose solved tasks a revision must not break.
        incumbent: The parameters the step began with.
        try_examples: Whether examples are run; without, an action passes after the static checks alone.
        try_past_calls: Whether a revision is run on calls that led to right answers.
    """

    def __init__(
        self,
        *,
        allowed: Collection[str],
        taken: Collection[str],
        tasks: TaskSet,
        evaluation: Evaluation,
        incumbent: Parameters,
        try_examples: bool = True,
        try_past_calls: bool = True,
    ) -> None:
        self._allowed, self._taken = frozenset(allowed), frozenset(taken)
        self._tasks, self._evaluation, self._incumbent = tasks, evaluation, incumbent
        self._try_examples, self._try_past_calls = try_examples, try_past_calls
        self._files = files_of(tasks)
        self._warned: set[tuple[str, str]] = set()

    async def admit(self, action: Change, candidate: Parameters, sandbox: Calls) -> Admitted | Refused:
        """Admits an action into the candidate or says why not.

        Args:
            action: The action.
            candidate: What it is to change.
            sandbox: Where its examples and past calls run.

        Raises:
            SandboxError: The sandbox itself failed; that is no verdict on the action.
        """
        if (fault := _fits(action, candidate)) is not None:
            return Refused(reason=fault)
        if isinstance(action, RemoveFunction):
            return Admitted(parameters=action.apply(candidate))
        try:
            function = action.function()
            check_function(function, self._allowed, self._taken)
            check_memorising(function.source, self._tasks.tasks, _told(function))
        except FunctionError as error:
            return Refused(reason=str(error))
        except ValidationError as error:
            return Refused(reason=error.errors(include_url=False)[0]["msg"].removeprefix("Value error, "))
        except RecursionError:
            return Refused(reason="the code is nested too deeply")
        return await self._try(action, function, candidate, sandbox)

    async def _try(
        self, action: AddFunction | ReviseFunction, function: Function, candidate: Parameters, sandbox: Calls
    ) -> Admitted | Refused:
        if not self._try_examples:
            return Admitted(parameters=action.apply(candidate))
        trial = await run_examples(function, sandbox, self._files)
        if trial.broken:
            return Refused(reason="; ".join(trial.broken), tried=trial.calls)
        notes, tried = list(trial.notes), trial.calls
        if fault := self._once(function.name, "stated", trial):
            return Refused(reason=fault, tried=tried)
        notes += trial.differing
        if self._checks_past_calls(action):
            past = await run_past_calls(function, past_calls(function.name, self._evaluation, self._tasks), sandbox)
            tried += past.calls
            if fault := self._once(function.name, "past", past):
                return Refused(reason=fault, tried=tried)
            notes += [*past.differing, *past.notes]
        return Admitted(parameters=action.apply(candidate), notes=tuple(notes), tried=tried)

    def _checks_past_calls(self, action: AddFunction | ReviseFunction) -> bool:
        """Whether there may be calls of the function that a revision must not break."""
        known = isinstance(action, ReviseFunction) and action.name in self._incumbent.functions
        return known and self._try_past_calls

    def _once(self, name: str, kind: str, trial: Trial) -> str | None:
        """The refusal of differing results, the first time for a function in this step; models guess results."""
        if not trial.differing or (name, kind) in self._warned:
            return None
        self._warned.add((name, kind))
        return (
            "; ".join(trial.differing)
            + ". Decide which is right: correct the code, or correct or leave out the stated result. "
            + "Sent again, it is admitted as it is."
        )


def _told(function: Function) -> tuple[str, ...]:
    """What the assistant is told of a function; answers are remembered there as well as in code."""
    return (function.description, *function.arguments.values())


def _fits(action: Change, candidate: Parameters) -> str | None:
    """Why the action does not go with the candidate's functions, None where it does."""
    functions = candidate.functions
    there = ", ".join(functions.names) or "none"
    if isinstance(action, AddFunction):
        exists = action.name in functions
        return f"there is a function {action.name!r} already; use revise_function, or another name" if exists else None
    if action.name not in functions:
        return f"there is no function {action.name!r}; there are: {there}"
    if functions.get(action.name).frozen:
        return f"{action.name!r} is frozen by its owner and stays as it is"
    if isinstance(action, ReviseFunction) and unchanged(action, functions.get(action.name)):
        return f"this is {action.name!r} as it stands; nothing would change"
    return None


def unchanged(action: AddFunction | ReviseFunction, old: Function) -> bool:
    """Whether the function as written is the old one: its code, and what the assistant is told of it."""
    given = (action.code.strip(), action.description, action.arguments)
    return given == (old.source.strip(), old.description, old.arguments)
