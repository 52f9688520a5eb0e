"""How candidates were chosen, in the report: the gate's worth, what races spared, what proposals bought."""

from support import rolled, sums
from toolwright.evaluations import Evaluation
from toolwright.messages import Usage
from toolwright.protocols import Verdict
from toolwright.report.choosing import gate_section, savings_section
from toolwright.report.figures import proposal_figures, race_figures
from toolwright.report.told import Told
from toolwright.training.gate_report import GateReport, gate_report
from toolwright.training.gates import PairedGate, ScoreThenCost, StrictImprovement
from toolwright.training.result import Decision, EpochRecord

REJECTED = Verdict(decision="reject", reason="no better")
UNDECIDED = Verdict(decision="undecided", reason="perhaps", repeats=3)


class Coin:
    """A gate of the user's own."""

    def decide(self, incumbent: Evaluation, candidate: Evaluation) -> Verdict:
        return REJECTED


def repeated(*scores: tuple[float, ...]) -> Evaluation:
    """An evaluation with the scores of each task's repeats."""
    tasks = sums(len(scores))
    results = tuple(
        rolled(task, score, repeat=number)
        for task, values in zip(tasks.tasks, scores, strict=True)
        for number, score in enumerate(values)
    )
    return Evaluation(parameters="p", tasks=tasks.digest, split="validation", results=results)


ONCE = repeated(*[(1.0,), (0.0,)] * 10)
TWICE = repeated(*[(1.0, 0.0), (0.0, 0.0)] * 10)


def epoch(number: int, decision: Decision, saved: int = 0, **screened: float) -> EpochRecord:
    return EpochRecord(epoch=number, parameters="p", decision=decision, reason="", saved=saved, screened=screened)


def text(report: GateReport | None) -> str:
    return "\n".join(line for section in gate_section(report) for line in section.lines)


def test_a_strict_gate_on_one_repeat_has_nothing_to_say() -> None:
    assert gate_report(StrictImprovement(), ONCE, [[REJECTED]]) is None
    assert gate_section(None) == ()


def test_a_strict_gate_on_repeats_says_how_often_chance_passes_it() -> None:
    report = gate_report(StrictImprovement(), TWICE, [[REJECTED]])
    assert report is not None
    assert (report.gate, report.level, report.planned) == ("strict", None, ())
    assert report.false_decision is not None
    assert report.false_decision.mean > 0.2
    assert "Rule: any better mean score is accepted." in text(report)


def test_the_noise_floor_is_the_incumbents_run_to_run_standard_deviation() -> None:
    report = gate_report(PairedGate(), TWICE, [])
    assert report is not None
    assert report.noise is not None
    assert abs(report.noise - (10 * 0.5 / 2) ** 0.5 / 20) < 1e-12
    assert "Noise floor: 7.9 points (run-to-run standard deviation, from 2 repeats)." in text(report)


def test_on_one_repeat_the_noise_is_said_not_to_be_measured() -> None:
    assert "Noise floor: not measured, there is one repeat of each task." in text(gate_report(PairedGate(), ONCE, []))


def test_a_paired_gate_reports_its_level_its_looks_and_its_measured_false_acceptance() -> None:
    report = gate_report(PairedGate(0.10), ONCE, [[UNDECIDED, UNDECIDED, REJECTED], [REJECTED]])
    assert report is not None
    said = text(report)
    assert "a paired test over the tasks, at level 10% a decision." in said
    assert "Looks: 4 at 2 candidates; planned at 1, 3, 5 repeats, levels 2%, 4%, 4%." in said
    assert report.false_decision is not None
    assert report.false_training is not None
    assert report.false_decision.low <= 0.10
    assert report.false_decision.mean < report.false_training.mean
    assert f"  in {report.false_training} of the trainings with 2 decisions." in said


def test_a_training_without_decisions_measures_no_false_acceptance() -> None:
    report = gate_report(PairedGate(), TWICE, [])
    assert report is not None
    assert report.false_decision is None
    assert "False acceptance" not in text(report)


def test_a_gate_on_cost_reports_the_level_of_its_rule_on_score() -> None:
    of_paired = gate_report(ScoreThenCost(PairedGate(0.05), level=0.2), ONCE, [])
    of_strict = gate_report(ScoreThenCost(StrictImprovement(), level=0.2), ONCE, [])
    assert of_paired is not None
    assert of_strict is not None
    assert (of_paired.gate, of_paired.level, of_strict.level) == ("score_then_cost", 0.05, 0.2)
    assert "at level 5% a decision." in text(of_paired)
    assert "at level 20% a decision on cost (the rule on score has no level)." in text(of_strict)


def test_a_gate_of_ones_own_is_named_and_only_its_noise_is_known() -> None:
    assert gate_report(Coin(), ONCE, [[REJECTED]]) is None
    said = text(gate_report(Coin(), TWICE, [[REJECTED]]))
    assert "Rule: Coin.\nLooks: 1 at 1 candidate.\nNoise floor: 7.9 points" in said
    assert "False acceptance" not in said


def test_a_race_says_how_much_of_all_candidates_rollouts_it_spared() -> None:
    epochs = [epoch(0, "start"), epoch(1, "reject", saved=15), epoch(2, "none"), epoch(3, "accept")]
    race = race_figures(epochs, rollouts=30)
    (section,) = savings_section(race, None)
    assert section.lines == (
        "Race: 15 of 60 rollouts of 2 candidates were not run to their end (25%);",
        "  what these had asked for by then is paid, and in the figures below.",
    )
    assert race_figures(epochs[2:], rollouts=30) is None


def test_proposals_say_what_they_cost_and_what_choosing_gave() -> None:
    epochs = [epoch(1, "reject", a=0.2, b=0.6), epoch(2, "none"), epoch(3, "accept", a=0.5, b=0.5, c=0.8)]
    found = proposal_figures(epochs, {"optimizer": Usage(requests=40)}, Told(screening=55))
    (section,) = savings_section(None, found)
    assert section.lines[:3] == (
        "Proposals: 5 screened in 2 epochs.",
        "  Cost: 40 requests for the conversations, 55 for the screening*.",
        "  Bought: the chosen were 20.0 points above their epoch's mean on the minibatch",
    )
    assert "observational" in section.lines[3]


def test_without_events_the_cost_of_screening_is_left_out_not_made_up() -> None:
    found = proposal_figures([epoch(1, "reject", a=0.2, b=0.6)], {}, None)
    assert "screening" not in "".join(savings_section(None, found)[0].lines)


def test_one_proposal_and_no_race_have_no_section() -> None:
    assert savings_section(None, proposal_figures([epoch(1, "accept")], {}, None)) == ()
