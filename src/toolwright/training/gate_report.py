"""What a training's gate was worth: its levels and looks, the incumbent's noise floor, how often it accepts by mistake.

Example:
    report = gate_report(PairedGate(), result.validation.after, [epoch.looks for epoch in result.epochs if epoch.looks])
"""

from collections.abc import Sequence
from typing import Literal

from toolwright.base import Frozen
from toolwright.evaluations import Evaluation
from toolwright.protocols import Gate, Verdict
from toolwright.training.gates import AlwaysAccept, PairedGate, ScoreThenCost, StrictImprovement, noise_of
from toolwright.training.gates.looks import Look, Looks
from toolwright.training.intervals import Interval


class GateReport(Frozen):
    """A gate as it was used in a training, and what that says of its decisions.

    Attributes:
        gate: "strict", "paired", "score_then_cost", "always" (every candidate was kept without being compared), or the
            name of a class of the user's own.
        level: The chance, at the most, to accept a candidate that is no better, in one decision; None where the gate
            states none.
        level_of: What the level is of: "cost" where score comes first by a rule that states none, else "score".
        planned: The looks a decision may take; none where the gate has no such plan.
        decisions: Candidates it decided on.
        looks: Looks it took at them, all together.
        split: What it read.
        repeats: Repeats of each task of the incumbent's evaluation there.
        noise: The run-to-run standard deviation of the incumbent's mean score, 0 to 0.5; None where one repeat of each
            task cannot tell.
        false_decision: Measured by replaying the gate on tasks like the incumbent's: the share of decisions that
            accept a candidate that is no better, with its 95 % interval; None where it was not measured.
        false_training: The same of trainings of as many decisions as this one, with at least one such decision.
        simulations: Simulated trainings.
    """

    gate: str
    level: float | None = None
    level_of: Literal["score", "cost"] = "score"
    planned: tuple[Look, ...] = ()
    decisions: int
    looks: int
    split: str
    repeats: int
    noise: float | None = None
    false_decision: Interval | None = None
    false_training: Interval | None = None
    simulations: int = 0


def gate_report(gate: Gate, incumbent: Evaluation, looks: Sequence[Sequence[Verdict]]) -> GateReport | None:
    """Reports on a gate at the end of a training; takes seconds at the most, and asks no model.

    Args:
        gate: The training's gate.
        incumbent: The last incumbent's evaluation on what the gate reads, with all its repeats.
        looks: The gate's looks at each candidate it decided on.

    Returns:
        The report, or None where there is nothing to say: a gate that states no level, on one repeat of each task.
    """
    noise, plan = noise_of(incumbent), _plan(gate)
    if noise is None and plan is None and type(gate) is not AlwaysAccept:
        return None
    report = GateReport(
        gate=_name(gate),
        level=plan.level if plan else None,
        level_of="cost" if type(gate) is ScoreThenCost and plan is gate.looks else "score",
        planned=plan.all if plan else (),
        decisions=len(looks),
        looks=sum(map(len, looks)),
        split=incumbent.split,
        repeats=incumbent.repeats,
        noise=noise,
    )
    return _measured(report, gate, incumbent) if looks else report


def _measured(report: GateReport, gate: Gate, incumbent: Evaluation) -> GateReport:
    from toolwright.training.gates.replay import false_acceptance  # noqa: PLC0415 - numpy, only where it is needed

    found = false_acceptance(incumbent, gate, decisions=report.decisions)
    if found is None:
        return report
    measured = {"false_decision": found.decision, "false_training": found.training, "simulations": found.simulations}
    return report.model_copy(update=measured)


def _plan(gate: Gate) -> Looks | None:
    """The level and looks of a gate that states them: the paired test's on score, else those on cost."""
    if type(gate) is ScoreThenCost:
        return _plan(gate.gate) or gate.looks
    return gate.looks if type(gate) is PairedGate else None


def _name(gate: Gate) -> str:
    ours: dict[type, str] = {
        AlwaysAccept: "always",
        PairedGate: "paired",
        ScoreThenCost: "score_then_cost",
        StrictImprovement: "strict",
    }
    return ours.get(type(gate), type(gate).__name__)
