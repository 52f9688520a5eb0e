"""The function set over time: every version of every function with its source, its diff, its trial and its use.

Example:
    with RunFolder.read(path) as folder:
        document = functions_document(folder, list(folder.store.evaluations()))
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from toolwright.errors import FunctionError
from toolwright.evaluations import Evaluation
from toolwright.events import EpochFinished, Event, RunStarted, StepStarted, TriedCall
from toolwright.functions import Function, FunctionSet
from toolwright.optimizer.credit import Credit, credit
from toolwright.report.documents.functions.changes import NOT_KEPT, Change, History, replayed
from toolwright.report.documents.functions.complexity import measured
from toolwright.report.documents.functions.values import FunctionHistory, FunctionsDocument, FunctionState, Use, Version
from toolwright.report.documents.shortening import encodable, shortened
from toolwright.report.documents.source_code import difference, highlighted
from toolwright.runs.folder import RunFolder

MAX_TEXT: Final = 4_000
"""Characters of a reason, a description or a call's text that are shown."""

MAX_MANY: Final = 100
"""Arguments, packages or calls of a version that are shown."""


def functions_document(folder: RunFolder, evaluations: Sequence[tuple[int, Evaluation]]) -> FunctionsDocument:
    """All that happened to the functions of a run; nothing of them is imported or run.

    Args:
        folder: The run's; also while it goes on.
        evaluations: Its evaluations with their epochs, in their order.

    Raises:
        RunError: The run is damaged.
    """
    events = [timed.event for timed in folder.store.events(without=["rollout_finished"]) if timed.session == "training"]
    kept = _Kept(folder)
    history = replayed(events, kept.functions)
    return FunctionsDocument(
        functions=tuple(_histories(history, _uses(evaluations))),
        epochs=_epochs(events),
        notices=tuple(_notices(history, kept)),
    )


class _Kept:
    """The folders of the accepted epochs, for runs whose events do not hold their functions; `fault` is the first."""

    def __init__(self, folder: RunFolder) -> None:
        self._folders = folder.accepted()
        self.fault = ""

    def functions(self, epoch: int) -> FunctionSet | None:
        """An epoch's functions, None where they cannot be read."""
        if epoch not in self._folders:
            return None
        try:
            return FunctionSet.load(self._folders[epoch])
        except FunctionError as error:
            self.fault = self.fault or shortened(str(error), MAX_TEXT)
            return None


def _notices(history: History, kept: _Kept) -> Iterator[str]:
    missing = sum(bool(change.missing) and change.happened != "refused" for change in history.changes)
    if missing:
        yield f"Changes whose source is missing: {missing}; {NOT_KEPT}."
    if kept.fault:
        yield f"The functions of an accepted epoch cannot be read: {kept.fault}"
    if history.left_out:
        yield f"{history.left_out:,} further refusals are left out."


def _epochs(events: Sequence[Event]) -> tuple[int, ...]:
    begun = {0 for event in events if isinstance(event, RunStarted)}
    return tuple(sorted(begun | {event.epoch for event in events if isinstance(event, StepStarted | EpochFinished)}))


def _uses(evaluations: Sequence[tuple[int, Evaluation]]) -> dict[str, list[Use]]:
    uses: dict[str, list[Use]] = {}
    for (epoch, evaluation), again in zip(evaluations, _again(evaluations), strict=True):
        for name, use in _uses_in(epoch, evaluation).items():
            uses.setdefault(name, []).append(use.model_copy(update={"again": again}))
    return uses


def _again(evaluations: Sequence[tuple[int, Evaluation]]) -> list[bool]:
    """Whether a later one holds the samples of each, as one with more repeats does; one that a race stopped may not."""
    most: dict[tuple[str, str, str], int] = {}
    found: list[bool] = []
    for _, one in reversed(evaluations):
        which = (one.parameters, one.tasks, one.split)
        found.append(most.get(which, -1) >= len(one.results))
        most[which] = max(most.get(which, 0), len(one.results))
    return found[::-1]


def _uses_in(epoch: int, evaluation: Evaluation) -> dict[str, Use]:
    """The use of every function that was offered by name (paper, Tables 5 and 6): its credit, with times."""
    seconds: dict[str, list[float]] = {}
    for result in evaluation.results:
        for call in result.trajectory.calls:
            if call.name in result.trajectory.offered:
                seconds.setdefault(call.name, []).append(call.outcome.seconds)
    return {one.name: _use(one, epoch, evaluation.split, seconds.get(one.name, [])) for one in credit(evaluation)}


def _use(one: Credit, epoch: int, split: str, seconds: list[float]) -> Use:
    return Use(
        epoch=epoch,
        split=split,
        calls=one.calls,
        errors=one.errors,
        used=one.used,
        offered=one.used + one.unused,
        used_score=one.used_score,
        unused_score=one.unused_score,
        seconds=sum(seconds) / len(seconds) if seconds else None,
    )


def _histories(history: History, uses: Mapping[str, Sequence[Use]]) -> Iterator[FunctionHistory]:
    changes: dict[str, list[Change]] = {name: [] for name in dict.fromkeys(change.name for change in history.changes)}
    for change in history.changes:
        changes[change.name].append(change)
    for name in dict.fromkeys((*changes, *uses)):
        of_name = changes.get(name, [])
        yield FunctionHistory(
            name=encodable(name),
            state=_state(name, history.best, of_name),
            versions=tuple(map(_version, of_name)),
            use=tuple(uses.get(name, ())),
        )


def _state(name: str, best: Sequence[str], changes: Sequence[Change]) -> FunctionState:
    if name in best:
        return "in use"
    came_to = {change.came_to for change in changes}
    if "accepted" in came_to:
        return "removed"
    return "pending" if "pending" in came_to else "never kept"  # what is pending is the last epoch's


def _version(change: Change) -> Version:
    function, before = change.function, change.before
    size = measured(function.source) if function else None
    return Version(
        epoch=change.epoch,
        proposal=change.proposal,
        happened=change.happened,
        came_to=change.came_to,
        reason=shortened(change.reason, MAX_TEXT),
        refusal=shortened(change.refusal, MAX_TEXT),
        description=shortened(function.description, MAX_TEXT) if function else "",
        arguments=_arguments(function),
        packages=tuple(shortened(name, MAX_MANY) for name in function.packages[:MAX_MANY]) if function else (),
        source=highlighted(function.source) if function else (),
        diff=_diff(change, before),
        tried=tuple(map(_tried, change.tried[:MAX_MANY])),
        complexity=size.complexity if size else None,
        lines=size.lines if size else 0,
        missing=change.missing,
    )


def _diff(change: Change, before: Function | None) -> tuple[tuple[str, str], ...]:
    """Against what it took the place of; all of it where it was removed."""
    if before is None or (change.function is None and change.happened != "removed"):
        return ()
    return difference(before.source, change.function.source if change.function else "")


def _arguments(function: Function | None) -> dict[str, str]:
    if function is None:
        return {}
    shown = list(function.arguments.items())[:MAX_MANY]
    return {shortened(name, MAX_MANY): shortened(meaning, MAX_TEXT) for name, meaning in shown}


def _tried(call: TriedCall) -> TriedCall:
    texts = {name: shortened(getattr(call, name), MAX_TEXT) for name in ("call", "returned", "wanted")}
    return call.model_copy(update=texts)
