"""The parts of the report about how candidates were chosen: the gate, the race, the proposals; pure.

Each is there where there is something to say, and not where there is nothing.
"""

from collections.abc import Iterator
from typing import Final

from toolwright.report.figures import ProposalFigures, RaceFigures
from toolwright.report.sections import Section, count_of, points
from toolwright.training.gate_report import GateReport

_GATES: Final = {
    "strict": "any better mean score is accepted",
    "paired": "a paired test over the tasks",
    "score_then_cost": "a better score, or no worse a score at a lower cost",
    "always": "every candidate is kept without being compared",
}


def gate_section(report: GateReport | None) -> tuple[Section, ...]:
    """The gate's level and looks, the noise floor, and the measured false acceptance."""
    return () if report is None else (Section(title="The gate", lines=tuple(_gate(report))),)


def _gate(report: GateReport) -> Iterator[str]:
    yield f"Rule: {_GATES.get(report.gate, report.gate)}{_level(report)}."
    yield f"Looks: {report.looks} at {count_of(report.decisions, 'candidate')}{_plan(report)}."
    yield _noise(report)
    if report.false_decision is not None and report.false_training is not None:
        which = "the gate on score" if report.gate == "score_then_cost" else "the gate"
        yield f"False acceptance, measured by replaying {which} on tasks like these:"
        yield f"  in {report.false_decision} of the decisions,"
        yield f"  in {report.false_training} of the trainings with {count_of(report.decisions, 'decision')}."


def _level(report: GateReport) -> str:
    """The level of a decision; on cost alone where the rule on score has none."""
    if report.level is None:
        return ""
    half = " on cost (the rule on score has no level)" if report.level_of == "cost" else ""
    return f", at level {100 * report.level:.3g}% a decision{half}"


def _plan(report: GateReport) -> str:
    """At how many repeats it may look, and how much of the level each look may spend."""
    if not report.planned:
        return ""
    repeats = ", ".join(str(look.repeats) for look in report.planned)
    levels = ", ".join(f"{100 * look.level:.3g}%" for look in report.planned)
    return f"; planned at {repeats} repeats, levels {levels}"


def _noise(report: GateReport) -> str:
    """The incumbent's noise floor, or why it is not known."""
    if report.noise is None:
        return "Noise floor: not measured, there is one repeat of each task."
    return f"Noise floor: {points(report.noise)} (run-to-run standard deviation, from {report.repeats} repeats)."


def savings_section(race: RaceFigures | None, proposals: ProposalFigures | None) -> tuple[Section, ...]:
    """What races spared, and what several proposals an epoch cost and bought."""
    lines = (*_race(race), *_proposals(proposals))
    return (Section(title="Race and proposals", lines=lines),) if lines else ()


def _race(race: RaceFigures | None) -> Iterator[str]:
    if race is not None:
        share = race.saved / race.rollouts if race.rollouts else 0.0
        candidates = count_of(race.candidates, "candidate")
        stopped = f"{race.saved:,} of {race.rollouts:,} rollouts of {candidates}"
        yield f"Race: {stopped} were not run to their end ({share:.0%});"
        yield "  what these had asked for by then is paid, and in the figures below."


def _proposals(proposals: ProposalFigures | None) -> Iterator[str]:
    if proposals is not None:
        screening = "" if proposals.screening is None else f", {proposals.screening:,} for the screening*"
        epochs = count_of(proposals.epochs, "epoch")
        yield f"Proposals: {proposals.proposals} screened in {epochs}."
        yield f"  Cost: {proposals.conversations:,} requests for the conversations{screening}."
        yield f"  Bought: the chosen were {points(proposals.above_mean)} above their epoch's mean on the minibatch"
        yield "  (observational: whoever chooses the best chooses luck, too)."
        if screening:
            yield "  * The chosen's rollouts count in its evaluation, too: they are not run again."
