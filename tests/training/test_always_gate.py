"""The gate that accepts everything: no roll-back, no early stop, all epochs, the last set (the paper's Table 3)."""

from collections.abc import Mapping

from loops import Trained, numbered, train

from support import evaluation, sums
from toolwright.events import EpochFinished
from toolwright.parameters import Parameters
from toolwright.report.choosing import gate_section
from toolwright.training.best_case import nothing_to_gain
from toolwright.training.gates import AlwaysAccept, gate_of
from toolwright.training.gates.replay import rule_of
from toolwright.training.trainer import Splits

TRAIN, VALIDATION, TEST = sums(4), sums(3, start=10), sums(2, start=20)


async def trained(scores: Mapping[int, float], *proposals: int | None, splits: Splits | None = None) -> Trained:
    """A training with patience 1, each set by its number with one score on every task."""

    def score(parameters: Parameters, split: str) -> Mapping[str, float]:
        value = next(value for number, value in scores.items() if numbered(number) == parameters)
        return {task.id: value for tasks in (TRAIN, VALIDATION, TEST) for task in tasks.tasks}

    given = [None if number is None else numbered(number) for number in proposals]
    return await train(score, given, splits or Splits(train=TRAIN), gate=AlwaysAccept(), patience=1)


def decisions(found: Trained) -> list[str]:
    return [record.decision for record in found.result.epochs]


async def test_every_candidate_is_kept_and_the_last_is_what_is_returned():
    found = await trained({0: 0.5, 1: 0.75, 2: 0.25, 3: 0.0}, 1, 2, 3)
    assert decisions(found) == ["start", "accept", "accept", "accept"]
    assert found.result.best == numbered(3)
    assert [epoch for epoch, _ in found.keeper.accepted] == [0, 1, 2, 3]
    assert [context.incumbent for context in found.optimizer.contexts] == [numbered(0), numbered(1), numbered(2)]
    assert all(context.failures.failures == () for context in found.optimizer.contexts)
    assert not any(context.compared for context in found.optimizer.contexts)
    assert (found.result.train.before.mean, found.result.train.after.mean) == (0.5, 0.0)


async def test_all_epochs_run_whatever_the_patience_also_where_steps_change_nothing_and_all_is_solved():
    idle = await trained({0: 0.5, 1: 0.0}, None, None, None, 1, None)
    assert decisions(idle) == ["start", "none", "none", "none", "accept", "none"]
    assert (idle.result.end, idle.result.best) == ("epochs", numbered(1))
    assert [event.without_acceptance for event in idle.events.of(EpochFinished)] == [1, 2, 3, 0, 1]
    solved = await trained({0: 1.0, 1: 1.0, 2: 1.0}, 1, 2)
    assert (solved.result.end, decisions(solved)) == ("epochs", ["start", "accept", "accept"])


async def test_the_sealed_test_is_of_the_last_set_though_it_be_worse():
    found = await trained({0: 0.5, 1: 0.25}, 1, splits=Splits(train=TRAIN, validation=VALIDATION, test=TEST))
    assert found.result.test is not None
    assert (found.result.test.before.mean, found.result.test.after.mean) == (0.5, 0.25)


async def test_the_result_says_that_nothing_was_compared():
    found = await trained({0: 0.5, 1: 0.25}, 1)
    assert found.result.epochs[1].reason == "kept without being compared: 0.250 after 0.500 on train"
    assert found.result.gate is not None
    assert (found.result.gate.gate, found.result.gate.level, found.result.gate.decisions) == ("always", None, 1)
    (section,) = gate_section(found.result.gate)
    assert section.lines[0] == "Rule: every candidate is kept without being compared."


def test_it_is_never_asked_in_vain_and_has_no_rule_to_replay():
    solved = evaluation(TRAIN, [1.0] * 4)
    assert isinstance(gate_of(has_validation=True, gate="always"), AlwaysAccept)
    assert nothing_to_gain(AlwaysAccept(), solved, repeats=1) == ""
    assert rule_of(AlwaysAccept(), repeats=1) is None
