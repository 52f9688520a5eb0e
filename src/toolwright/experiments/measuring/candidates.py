"""The set of functions each epoch proposed, put together from what a run's events tell; none of them is run.

A rejected candidate is kept nowhere else: its actions are, with the functions they brought.

Example:
    with RunFolder.read(path) as folder:
        candidates = candidates_in(folder.store, result)
    candidates[3].functions.names
"""

from collections import defaultdict

from toolwright.errors import RunError
from toolwright.events import ActionAdmitted
from toolwright.parameters import Parameters
from toolwright.runs.store import RunStore
from toolwright.training.result import EpochRecord, TrainingResult

_Step = tuple[int, int]
"""An epoch and which of its proposals."""


def candidates_in(store: RunStore, result: TrainingResult) -> dict[int, Parameters]:
    """What each epoch proposed, by epoch, the starting set as 0; an epoch without a candidate is left out.

    Raises:
        RunError: The events do not lead to what the epoch was evaluated with.
    """
    admitted = _admitted(store)
    incumbent, found = result.start, {0: result.start}
    for record in result.epochs:
        if record.decision in ("start", "none"):
            continue
        found[record.epoch] = _candidate(incumbent, record, admitted, str(store.path))
        if record.decision == "accept":
            incumbent = found[record.epoch]
    return found


def _admitted(store: RunStore) -> dict[_Step, list[ActionAdmitted]]:
    steps: defaultdict[_Step, list[ActionAdmitted]] = defaultdict(list)
    for timed in store.events(without=["rollout_finished"]):
        if isinstance(event := timed.event, ActionAdmitted):
            steps[event.epoch, event.proposal].append(event)
    return steps


def _candidate(
    incumbent: Parameters, record: EpochRecord, admitted: dict[_Step, list[ActionAdmitted]], run: str
) -> Parameters:
    """The proposal that was the candidate: of several, the one with its digest."""
    proposals = (_applied(incumbent, actions) for step, actions in admitted.items() if step[0] == record.epoch)
    for parameters in proposals:
        if parameters.digest == record.parameters:
            return parameters
    raise RunError(
        f"what epoch {record.epoch} of the run {run} proposed cannot be put together from its events; "
        "it was written by another version: run the cell anew, in another folder"
    )


def _applied(incumbent: Parameters, actions: list[ActionAdmitted]) -> Parameters:
    """What the actions make of the incumbent."""
    functions = incumbent.functions
    for action in actions:
        if action.proposed is not None:
            functions = functions.with_function(action.proposed)
        elif action.function in functions:
            functions = functions.without(action.function)
    return incumbent.model_copy(update={"functions": functions})
