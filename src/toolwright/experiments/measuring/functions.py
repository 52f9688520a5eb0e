"""What was learned and how it is used, as in the paper's Tables 5 and 6; only read, never run.

Example:
    with RunFolder.read(path) as folder:
        figures = function_figures(folder.store, result, repeats=1)
    figures.tasks_using
"""

from collections import Counter
from collections.abc import Iterator

from toolwright.errors import RunError
from toolwright.evaluations import Evaluation, Result
from toolwright.experiments.records import EpochCalls, FunctionFigures, LearnedFunction
from toolwright.functions import Function
from toolwright.report.documents.functions.complexity import measured
from toolwright.runs.store import RunStore
from toolwright.training.result import TrainingResult
from toolwright.trajectories import Call


def function_figures(store: RunStore, result: TrainingResult, repeats: int = 1) -> FunctionFigures:
    """The figures of a training's functions.

    Args:
        store: The run's.
        result: What the training came to.
        repeats: Samples of each task that every candidate is evaluated with first; what the gate bought beyond them of
            some is left out, so that the counts compare.

    Raises:
        RunError: The run is damaged.
    """
    return FunctionFigures(
        functions=tuple(map(_learned, result.functions.functions)),
        calls=tuple(_epoch_calls(store, result, repeats)),
        most_used=_most_used(store, result, repeats),
        tasks_using=_share_using(result.test.after) if result.test else None,
    )


def _learned(function: Function) -> LearnedFunction:
    size = measured(function.source)
    return LearnedFunction(name=function.name, lines=size.lines, complexity=size.complexity)


def _epoch_calls(store: RunStore, result: TrainingResult, repeats: int) -> Iterator[EpochCalls]:
    for record in result.epochs:
        if record.train is None or record.decision == "start":
            continue
        kept = _evaluations(store, record.epoch, record.parameters, "train")[:1]  # later ones are on other batches
        calls = [call for evaluation in kept for found in _results(store, evaluation, repeats) for call in _of(found)]
        successful = sum(call.outcome.ok for call in calls)
        yield EpochCalls(epoch=record.epoch, successful=successful, failed=len(calls) - successful)


def _most_used(store: RunStore, result: TrainingResult, repeats: int) -> tuple[tuple[str, int], ...]:
    """Of the best set, on all the tasks it was evaluated on, each sample once."""
    accepted = max(record.epoch for record in result.epochs if record.decision in ("start", "accept"))
    samples = {
        (split, found.trajectory.task_id, found.trajectory.repeat): found
        for split in ("train", "validation", "test")
        for evaluation in _evaluations(store, accepted, result.best.digest, split)
        for found in _results(store, evaluation, repeats)
    }
    used = Counter(call.name for found in samples.values() for call in _of(found) if call.outcome.ok)
    return tuple(sorted(used.items(), key=lambda item: (-item[1], item[0])))


def _evaluations(store: RunStore, epoch: int, parameters: str, split: str) -> list[int]:
    """The events of the evaluations of an epoch's parameters on a split, in the order they were kept first."""
    subject = (epoch, parameters, split)
    return [kept.event for kept in store.kept_evaluations() if (kept.epoch, kept.parameters, kept.split) == subject]


def _results(store: RunStore, evaluation: int, repeats: int) -> Iterator[Result]:
    for result in store.outlines(evaluation):
        if isinstance(result, RunError):
            raise result
        if result.trajectory.repeat < repeats:
            yield result


def _share_using(evaluation: Evaluation) -> float:
    """The share of tasks in a repeat of which, at least, a learned function was called and returned a result."""
    tasks = {result.trajectory.task_id for result in evaluation.results}
    using = {result.trajectory.task_id for result in evaluation.results if any(call.outcome.ok for call in _of(result))}
    return len(using) / len(tasks) if tasks else 0.0


def _of(result: Result) -> list[Call]:
    """The calls of learned functions, without those of tools and of names nobody offered."""
    return [call for call in result.trajectory.calls if call.kind == "function"]
