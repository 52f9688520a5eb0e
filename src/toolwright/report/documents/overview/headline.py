"""What a run came to, in a sentence that needs no other; pure.

Whatever the reader would not forgive us for leaving out is in it: that a gain is not shown, that no test stands behind
it, that it is unfinished, that the price is unknown, that functions ran unconfined, that the test was read again.

Example:
    >>> _percent(0.85)
    '85.0 %'
"""

from collections.abc import Iterator, Sequence
from typing import Final

from toolwright.events import EvaluationFinished
from toolwright.messages import Usage
from toolwright.report.accuracy import SURE
from toolwright.report.chance import p_text
from toolwright.report.comparison import Comparison
from toolwright.report.documents.overview.values import State
from toolwright.report.figures import RunFigures, SplitFigures
from toolwright.report.sections import count_of, points, price, time_of


def headline(figures: RunFigures, state: State, evaluated: Sequence[EvaluationFinished] = ()) -> str:
    """The sentence, with those that must stand beside it.

    Args:
        figures: The run's.
        state: How it stands.
        evaluated: Its evaluations that were no part of a training.
    """
    return " ".join([_came_to(figures, state, evaluated), *_caveats(figures)])


def _came_to(figures: RunFigures, state: State, evaluated: Sequence[EvaluationFinished]) -> str:
    splits = {split.split: split for split in figures.splits}
    split = next((splits[name] for name in ("test", "validation", "train") if name in splits), None)
    if split is None or not figures.epochs:
        return _nothing_yet(state, evaluated)
    if split.before is None or split.after is None:
        return _cut_short(split, figures)
    spent = f", for {_cost(figures.usage)} in {time_of(figures.minutes)}"
    return f"{_when(figures, state)} the agent scores {_scored(split, figures)}{spent}.{_so_far(figures, state)}"


def _nothing_yet(state: State, evaluated: Sequence[EvaluationFinished]) -> str:
    """Where no training has evaluated anything."""
    if evaluated:
        last = evaluated[-1]
        missing = f"; {last.rollouts - last.scored} rollouts have no score" if last.scored < last.rollouts else ""
        said = f"{_percent(last.mean)} on average over {count_of(last.scored, 'rollout')}{missing}"
        before = f" It is the last of {count_of(len(evaluated), 'evaluation')}." if len(evaluated) > 1 else ""
        return f"Nothing was trained here: functions were evaluated alone, scoring {said}.{before}"
    if state == "running":
        return "The training has begun; nothing is evaluated yet."
    if state == "finished":
        return "Nothing was trained and nothing evaluated to its end."
    return "The training was interrupted before the starting functions were evaluated."


def _cut_short(split: SplitFigures, figures: RunFigures) -> str:
    """Where the starting set itself was not evaluated to the end."""
    mean = "" if split.so_far is None else f", with a mean score of {_percent(split.so_far)}"
    scored = f"{split.scored} of {count_of(split.rollouts, 'rollout')} on the {split.split} tasks have a score"
    return f"The starting functions were not evaluated to the end ({figures.end_text}): {scored}{mean}."


def _when(figures: RunFigures, state: State) -> str:
    count = sum(epoch.epoch > 0 for epoch in figures.epochs)
    after = f"{'after' if state != 'finished' else 'After'} {count_of(count, 'epoch')}"
    return after if state == "finished" else f"So far, {after},"


def _scored(split: SplitFigures, figures: RunFigures) -> str:
    """The score after and before, on which tasks, and what may be concluded."""
    after, before = _percent(split.after.mean if split.after else 0), split.before.mean if split.before else 0.0
    learned = any(epoch.decision == "accept" for epoch in figures.epochs)
    if not learned and split.after == split.before:
        return f"{after} on the {_NAMES[split.split]} tasks{_unchanged(figures)}"
    change = (split.after.mean if split.after else 0.0) - before
    told = f"{_gain(change, split.compared)}{_unseen(split.split)}"
    return f"{after} on the {_NAMES[split.split]} tasks (before: {_percent(before)}), {told}"


def _unchanged(figures: RunFigures) -> str:
    """Why it scores as before, "" as long as the first epoch is under way."""
    epochs = [epoch for epoch in figures.epochs if epoch.epoch > 0]
    if any(epoch.decision != "none" for epoch in epochs):
        return ", as before: nothing that was proposed was kept"
    if any(epoch.actions or epoch.refused for epoch in epochs):
        return ", as before: nothing was proposed that could be tried"
    return ", as before: nothing was proposed" if epochs or figures.end else ""


_NAMES: Final = {"test": "sealed test", "validation": "validation", "train": "training"}


def _gain(change: float, compared: Comparison | None) -> str:
    what = "a gain" if change > 0 else "a loss" if change < 0 else "no gain"
    by = f" of {points(abs(change))}" if change else ""
    if compared is None:
        return f"{what}{by}"
    interval = f"[{100 * compared.low:+.1f}, {100 * compared.high:+.1f}]"
    shown = compared.p_value <= SURE
    said = "that chance does not explain" if shown else "that is not shown: chance alone may make it"
    return f"{what}{by} {interval} {said if change else 'is shown'} ({p_text(compared.p_value)})"


def _unseen(split: str) -> str:
    """What a figure that is no test's does not say."""
    if split == "test":
        return ""
    why = "they chose what was kept" if split == "validation" else "it learned from them"
    return f" on tasks that say little about others, as {why} and no test was read"


def _cost(usage: dict[str, Usage]) -> str:
    total = sum(usage.values(), Usage())
    money = "an unknown price" if total.dollars is None else price(total.dollars)
    return f"{money} and {count_of(total.requests, 'request')}"


def _so_far(figures: RunFigures, state: State) -> str:
    """Why it is not the last word."""
    match state:
        case "running":
            return " The training goes on."
        case "finished":
            return ""
        case _:
            ended = figures.end_text if figures.end else "it was interrupted"
            return f" The training did not come to its end: {ended}; `toolwright resume` goes on with it."


def _caveats(figures: RunFigures) -> Iterator[str]:
    told = figures.told
    if told is not None and told.openings > 1:
        forced = f", {told.forced} of them forced" if told.forced else ""
        yield f"The sealed test was read {told.openings} times{forced}: it is unseen no more."
    if figures.sandbox == "unconfined":
        yield "The learned functions ran UNCONFINED."


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
