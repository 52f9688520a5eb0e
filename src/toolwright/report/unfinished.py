"""The figures so far of a run that has not ended, from what its store holds."""

from collections.abc import Sequence

from toolwright.evaluations import Evaluation
from toolwright.events import (
    ActionAdmitted,
    ActionRefused,
    EpochFinished,
    EvaluationStarted,
    GateDecided,
    ProposalsScreened,
    RaceStopped,
    SandboxStarted,
)
from toolwright.functions import FunctionSet
from toolwright.optimizer.credit import credit
from toolwright.optimizer.step import ProposedAction
from toolwright.protocols import Verdict
from toolwright.report.figures import RunFigures, proposal_figures, race_figures, split_figures, task_count
from toolwright.report.proposals import epoch_decisions
from toolwright.report.told import told_of
from toolwright.runs.folder import RunFolder
from toolwright.runs.store import TimedEvent
from toolwright.sandbox.report import Report
from toolwright.training.bound import generalisation_of
from toolwright.training.result import BeforeAfter, EpochRecord


def figures_so_far(folder: RunFolder, evaluations: Sequence[tuple[int, Evaluation]] | None = None) -> RunFigures:
    """The figures of a run that goes on or was interrupted; empty where nothing was evaluated yet.

    Args:
        folder: The run's.
        evaluations: Its evaluations with their epochs, where they were read before, messages left out; else None.

    Raises:
        RunError: The run is damaged.
    """
    events = [timed for timed in folder.store.events(without=["rollout_finished"]) if timed.session == "training"]
    evaluations = list(folder.store.evaluations()) if evaluations is None else evaluations
    best = max(folder.accepted(), default=0)
    repeats = _repeats(events, evaluations)
    pairs = {split: _pair(evaluations, split, best, repeats) for split in ("train", "validation")}
    train = pairs["train"]
    sandbox, confinement = _sandbox(events)
    epochs, usage = _epochs(events, [(epoch, each.first(repeats)) for epoch, each in evaluations]), folder.store.usage()
    told = told_of(folder.store)
    return RunFigures(
        state="unfinished",
        end="",
        end_text="the run has not ended, or was interrupted; these are its figures so far",
        epochs=tuple(epochs),
        splits=tuple(split_figures(split, pair) for split, pair in pairs.items() if pair is not None),
        usage=usage,
        minutes=folder.store.minutes,
        folder=str(folder.path),
        functions_folder=str(folder.functions),
        functions=FunctionSet.load(folder.functions).names if folder.functions.is_dir() else (),
        credit=credit(train.after) if train is not None else (),
        sandbox=sandbox,
        confinement=confinement,
        race=race_figures(epochs, _rollouts(events)),
        proposals=proposal_figures(epochs, usage, told),
        generalisation=generalisation_of(task_count(train.before), None) if train is not None else None,
        told=told,
    )


def _rollouts(events: Sequence[TimedEvent]) -> int:
    """How many rollouts the first evaluation of a candidate takes: as many as the starting set's, on all splits."""
    return sum(_begun(events).values())


def _begun(events: Sequence[TimedEvent]) -> dict[str, int]:
    """How many rollouts the starting set's first evaluation takes, by split."""
    begun = [timed.event for timed in events if isinstance(timed.event, EvaluationStarted)]
    return {event.split: event.rollouts for event in reversed(begun) if event.epoch == 0 and event.split != "test"}


def _repeats(events: Sequence[TimedEvent], evaluations: Sequence[tuple[int, Evaluation]]) -> int:
    """The repeats that everything is evaluated with first; the store holds those that the gate bought, too."""
    begun = _begun(events)
    return max(
        (begun[each.split] // task_count(each) for epoch, each in evaluations if epoch == 0 and each.split in begun),
        default=1,
    )


def _sandbox(events: Sequence[TimedEvent]) -> tuple[str, Report | None]:
    """The kind of sandbox the run said it started last, and what confined learned code there."""
    for timed in reversed(events):
        if isinstance(timed.event, SandboxStarted):
            report = timed.event.report
            return timed.event.sandbox, Report.model_validate(report) if report is not None else None
    return "", None


def _pair(evaluations: Sequence[tuple[int, Evaluation]], split: str, best: int, repeats: int) -> BeforeAfter | None:
    """The starting and the best set on the same tasks: with batches, on the last one that both were run on."""
    found = [(epoch, evaluation) for epoch, evaluation in evaluations if evaluation.split == split]
    before = {evaluation.tasks: evaluation for epoch, evaluation in found if epoch == 0}
    after = [evaluation for epoch, evaluation in found if epoch == best and evaluation.tasks in before]
    if not after:
        return None
    return BeforeAfter.on_same_samples(before[after[-1].tasks].first(repeats), after[-1])


def _epochs(events: Sequence[TimedEvent], evaluations: Sequence[tuple[int, Evaluation]]) -> list[EpochRecord]:
    ended = {timed.event.epoch for timed in events if isinstance(timed.event, EpochFinished)}
    numbers = [0] if any(epoch == 0 for epoch, _ in evaluations) else []
    return [_epoch(number, events, evaluations) for number in [*numbers, *sorted(ended)]]


def _epoch(number: int, events: Sequence[TimedEvent], evaluations: Sequence[tuple[int, Evaluation]]) -> EpochRecord:
    found = {evaluation.split: evaluation for epoch, evaluation in reversed(evaluations) if epoch == number}
    here = [timed.event for timed in events if getattr(timed.event, "epoch", None) == number]
    looks = [event for event in here if isinstance(event, GateDecided)]
    gate = looks[-1] if looks else None
    screened = next((event for event in here if isinstance(event, ProposalsScreened)), None)
    decided = epoch_decisions(here).get(number)
    went_on = (decided.proposal or 0) if decided is not None else 0
    train = found.get("train")
    return EpochRecord(
        epoch=number,
        parameters=train.parameters if train else "",
        train=train.mean if train else None,
        validation=found["validation"].mean if "validation" in found else None,
        decision="start" if number == 0 else gate.decision if gate else "none",
        reason="the starting set" if number == 0 else gate.reason if gate else "nothing was proposed",
        actions=tuple(_action(e) for e in here if isinstance(e, ActionAdmitted) and e.proposal == went_on),
        refused=tuple(_action(e) for e in here if isinstance(e, ActionRefused) and e.proposal == went_on),
        looks=tuple(_look(event) for event in looks),
        saved=sum(event.saved for event in here if isinstance(event, RaceStopped)),
        screened=screened.scores if screened else {},
    )


def _look(event: GateDecided) -> Verdict:
    return Verdict.model_validate(event.model_dump(include={"decision", "reason", "p_value", "level", "noise"}))


def _action(event: ActionAdmitted | ActionRefused) -> ProposedAction:
    return ProposedAction(action=event.action, function=event.function, reason=event.reason)
