"""Runs beside each other: what they have in common, and their final figures as tables; pure.

Example:
    list(differences(runs))  # ["The training tasks differ, …: first against second"]
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from toolwright.base import Frozen
from toolwright.messages import Usage
from toolwright.report.documents.overview.values import Overview
from toolwright.report.sections import Section, price, time_of

ACCURACY: Final = "Accuracy before and after, with 95 % confidence intervals"
"""The title of the table of that."""


class Compared(Frozen):
    """What a comparison reads of one run.

    Attributes:
        name: What it is called here: its id, with a number where another run has the same.
        overview: How it went.
        digests: What it was started with; none where it does not say.
        sets: What its accepted function sets are called, by the digest of their parameters.
    """

    name: str
    overview: Overview
    digests: dict[str, str]
    sets: dict[str, str]


_SAME: Final = {
    "train": "The training tasks differ, so neither curves nor scores on train are comparable",
    "validation": "The validation tasks differ, so scores on validation are not comparable",
    "test": "The test tasks differ, so scores on the test are not comparable",
    "scorer": "Answers were scored differently, so no scores are comparable",
    "functions": "They did not start from the same functions",
    "agent": "The agents differ, in kind, model, settings, limits or tools",
}
"""What is said where a digest of the runs' origins differs; in the order in which it matters."""


def differences(runs: Sequence[Compared]) -> Iterator[str]:
    """What makes the runs' figures incomparable, or is what one compares; a split that a run lacks is neither."""
    for what, text in _SAME.items():
        groups: dict[str, list[str]] = {}
        for run in runs:
            if digest := run.digests.get(what):
                groups.setdefault(digest, []).append(run.name)
        if len(groups) > 1:
            yield f"{text}: {_against(groups)}"
    silent = [run.name for run in runs if not run.digests]
    if silent and len(runs) > 1:
        yield f"Whether the tasks are the same is not known of {', '.join(silent)}: not said in the run"


def _against(groups: Mapping[str, Sequence[str]]) -> str:
    return " against ".join(" and ".join(names) for names in groups.values())


def compared_sections(runs: Sequence[Compared]) -> tuple[Section, ...]:
    """The final figures as tables; none where there is no run."""
    return (_runs_section(runs), _accuracy_section(runs), _cost_section(runs)) if runs else ()


def _runs_section(runs: Sequence[Compared]) -> Section:
    return Section(
        title="The runs",
        columns=("run", "state", "agent", "models", "epochs", "accepted", "functions"),
        rows=tuple(map(_run_row, runs)),
    )


def _run_row(run: Compared) -> tuple[str, ...]:
    one = run.overview
    models = ", ".join(f"{role}: {model}" for role, model in sorted(one.models.items()))
    epochs = [epoch for epoch in one.epochs if epoch.decision != "start"]
    accepted = sum(epoch.decision == "accept" for epoch in epochs)
    names = ", ".join(one.functions) or "none"
    return (run.name, one.state, one.agent or "-", models or "-", str(len(epochs)), str(accepted), names)


def _accuracy_section(runs: Sequence[Compared]) -> Section:
    rows = tuple(row for run in runs for row in _accuracy_rows(run))
    return Section(
        title=ACCURACY,
        columns=("run", "tasks", "count", "before", "after", "change") if rows else (),
        rows=rows,
        lines=() if rows else ("Nothing was evaluated yet.",),
    )


def _accuracy_rows(run: Compared) -> Iterator[tuple[str, ...]]:
    for split in run.overview.splits:
        before, after = split.before, split.after
        change = "-" if before is None or after is None else f"{100 * (after.mean - before.mean):+.1f} points"
        partly = "not evaluated" if split.so_far is None else f"{split.scored} of {split.rollouts}: {split.so_far:.1%}"
        yield (run.name, split.split, str(split.tasks), str(before or partly), str(after or "-"), change)


def _cost_section(runs: Sequence[Compared]) -> Section:
    return Section(
        title="What it took",
        columns=("run", "requests", "tokens in", "tokens out", "price", "time"),
        rows=tuple(map(_cost_row, runs)),
    )


def _cost_row(run: Compared) -> tuple[str, ...]:
    used = sum(run.overview.usage.values(), Usage())
    counts = (used.requests, used.input_tokens, used.output_tokens)
    return (run.name, *(f"{count:,}" for count in counts), price(used.dollars), time_of(run.overview.minutes))
