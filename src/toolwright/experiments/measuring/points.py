"""A training epoch by epoch: what was decided, how good it was, and what it took.

Example:
    with RunFolder.read(path) as folder:
        points = points_of(folder.store, result, candidates_in(folder.store, result))
"""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from toolwright.events import BatchDrawn, EpochFinished, EvaluationFinished, StepStarted
from toolwright.experiments.records import Point
from toolwright.parameters import Parameters
from toolwright.protocols import epoch_of
from toolwright.runs.store import RunStore
from toolwright.training.result import TrainingResult

_END: Final = 2**62
_APART: Final = "test"
"""What call sites of the sealed test are for: its requests belong to no epoch."""


def points_of(store: RunStore, result: TrainingResult, candidates: Mapping[int, Parameters]) -> Iterator[Point]:
    """Each epoch's figures, but the curve's.

    Args:
        store: The run's.
        result: What the training came to.
        candidates: What each epoch proposed.

    Raises:
        RunError: The run is damaged.
    """
    spans = _spans(store)
    prompts, requests, examples = _longest_prompts(store), _requests(store, spans), _examples(store, spans)
    best, functions = None, 0
    for record in result.epochs:
        candidate = candidates.get(record.epoch)
        if record.decision in ("start", "accept"):
            best, functions = record.train, len(candidate.functions.functions) if candidate else 0
        yield Point(
            epoch=record.epoch,
            decision=record.decision,
            train=record.train,
            best=best,
            functions=len(candidate.functions.functions) if candidate else functions,
            prompt_tokens=prompts.get(record.epoch, 0),
            requests=requests.get(record.epoch, 0),
            examples=examples.get((record.epoch, record.parameters), 0),
        )


def _longest_prompts(store: RunStore) -> dict[int, int]:
    """By epoch, as the provider counted them; what a screening's agents asked is no prompt of the optimizer's."""
    longest: dict[int, int] = {}
    for entry in store.requests("optimizer"):
        epoch = epoch_of(entry.site.purpose)
        if epoch is not None:
            longest[epoch] = max(longest.get(epoch, 0), entry.reply.usage.input_tokens)
    return longest


class _Span(NamedTuple):
    """An epoch's places among a run's events: from `begin` to before `end`."""

    begin: int
    end: int


def _spans(store: RunStore) -> dict[int, _Span]:
    """From where each epoch begins to where it ends; the starting set's to where the first one begins."""
    begins, ends = {0: 0}, dict[int, int]()
    for timed in store.events(without=["rollout_finished"]):
        if isinstance(event := timed.event, BatchDrawn | StepStarted):
            begins.setdefault(event.epoch, timed.ordinal)
        elif isinstance(event, EpochFinished):
            ends[event.epoch] = timed.ordinal
    ends[0] = min((begin for epoch, begin in begins.items() if epoch), default=_END)
    return {epoch: _Span(begin, ends.get(epoch, _END)) for epoch, begin in begins.items()}


def _requests(store: RunStore, spans: Mapping[int, _Span]) -> dict[int, int]:
    """Both roles' by epoch."""
    return {
        epoch: sum(used.requests for used in store.usage_between(*span, _APART).values())
        for epoch, span in spans.items()
    }


def _examples(store: RunStore, spans: Mapping[int, _Span]) -> dict[tuple[int, str], int]:
    """Scored train rollouts by epoch and parameters, with those of later looks; of a lost race those that were run.

    A later epoch's batch is told with the epoch its incumbent is of, so an epoch's own are those told within it.
    """
    found: dict[tuple[int, str], int] = {}
    for timed in store.events(without=["rollout_finished"]):
        event = timed.event
        if not isinstance(event, EvaluationFinished) or event.split != "train" or event.epoch not in spans:
            continue
        if spans[event.epoch].begin <= timed.ordinal < spans[event.epoch].end:
            key = (event.epoch, event.parameters)
            found[key] = max(found.get(key, 0), event.scored)  # a later look's evaluation holds an earlier one's
    return found
