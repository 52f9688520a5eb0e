"""The gates: one file for each way to decide on a candidate; docs/gate.md says what they do and how often they err."""

from typing import Literal

from toolwright.errors import ConfigError
from toolwright.protocols import Gate
from toolwright.training.gates.always import AlwaysAccept
from toolwright.training.gates.cost import ScoreThenCost
from toolwright.training.gates.differences import Cost, noise_of
from toolwright.training.gates.enough import check_enough, doubt_about_cost, fewest_tasks
from toolwright.training.gates.ours import is_ours
from toolwright.training.gates.paired import PairedGate
from toolwright.training.gates.strict import StrictImprovement

__all__ = [
    "AlwaysAccept",
    "PairedGate",
    "ScoreThenCost",
    "StrictImprovement",
    "check_enough",
    "doubt_about_cost",
    "fewest_tasks",
    "gate_of",
    "is_ours",
    "noise_of",
]


def gate_of(
    *,
    has_validation: bool,
    gate: Literal["auto", "strict", "paired", "always"] = "auto",
    ties: Literal["reject", "accept"] = "reject",
    level: float = 0.10,
    level_per_run: float | None = None,
    epochs: int = 10,
    repeats: int = 1,
    max_repeats: int = 5,
    objective: Literal["score", "score_then_cost"] = "score",
    margin: float = 0.02,
    cost: Cost = "tokens",
    saving: float = 0.1,
) -> Gate:
    """The gate that a training's options describe; "auto" is paired where there is a validation set, else strict.

    Args:
        has_validation: Whether the gate reads tasks that the optimizer does not see.
        gate: Which gate decides on score; "always" decides on nothing and accepts every candidate.
        ties: Whether the strict gate accepts a candidate that is as good.
        level: Of one decision, 0.002 to below 1.
        level_per_run: Of the whole training, shared out over its epochs.
        epochs: The training's epochs.
        repeats: Repeats of each task in an evaluation.
        max_repeats: Repeats of each task to buy, at the most.
        objective: Whether a candidate that scores no worse and costs less is accepted too.
        margin: How much worse it may score, 0 to 1.
        cost: What it must save.
        saving: The share of it that it must save.

    Raises:
        ConfigError: An option is out of its range.
    """
    paired = gate == "paired" or (gate == "auto" and has_validation)
    decisions = max(1, epochs)
    if level_per_run is not None and not paired:
        raise ConfigError(
            'level_per_run bounds the paired gate alone; set gate = "paired", or give a validation set, or leave it out'
        )
    if gate == "always":
        return _always(objective)
    on_score: Gate = StrictImprovement(ties)
    if paired:
        on_score = PairedGate(
            level, level_per_run=level_per_run, decisions=decisions, repeats=repeats, max_repeats=max_repeats
        )
    if objective == "score":
        return on_score
    each = level if level_per_run is None else min(level, level_per_run / decisions)
    return ScoreThenCost(
        on_score, margin=margin, cost=cost, saving=saving, level=each, repeats=repeats, max_repeats=max_repeats
    )


def _always(objective: str) -> Gate:
    if objective != "score":
        raise ConfigError(
            f'training.objective: gate = "always" accepts every candidate, so {objective!r} says nothing more; leave '
            "it out, or set another gate"
        )
    return AlwaysAccept()
