from collections.abc import Mapping, Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loops import Score, Trained, numbered, train

from support import sums
from toolwright.errors import BudgetReached, DataError, ModelError, ModelUnavailable, SandboxError
from toolwright.evaluations import Evaluation
from toolwright.events import EpochFinished, GateDecided
from toolwright.parameters import Parameters
from toolwright.protocols import Verdict
from toolwright.training.gates import PairedGate, StrictImprovement
from toolwright.training.trainer import Splits

TRAIN, VALIDATION, TEST = sums(4), sums(3, start=10), sums(2, start=20)
ONLY_TRAIN = Splits(train=TRAIN)


def table(scores: dict[int, float], validation: dict[int, float] | None = None) -> Score:
    """The same score on every task, by the number of the parameters."""
    by_digest = {numbered(number).digest: number for number in {**scores, **(validation or {})}}

    def score(parameters: Parameters, split: str) -> Sequence[float]:
        number = by_digest[parameters.digest]
        return [(validation or scores)[number]] * 3 if split == "validation" else [scores[number]] * 4

    return score


def drawn(seed: int) -> Score:
    """Random scores, the same for the same parameters and split."""

    def score(parameters: Parameters, split: str) -> Sequence[float]:
        source = Random(f"{seed} {parameters.digest} {split}")
        count = {"train": 4, "validation": 3, "test": 2}[split]
        return [source.choice([0.0, 0.25, 0.5, 1.0]) for _ in range(count)]

    return score


def decisions(trained: Trained) -> list[str]:
    return [record.decision for record in trained.result.epochs]


def mean(evaluations: Sequence[tuple[int, Evaluation]], parameters: Parameters, split: str) -> float:
    return next(e.mean for _, e in evaluations if (e.parameters, e.split) == (parameters.digest, split))


numbers = st.lists(st.integers(0, 6), max_size=9)


@given(numbers, st.integers(0, 10**6), st.booleans(), st.integers(1, 10))
async def test_what_is_returned_is_never_worse_on_the_gates_data_than_the_start(
    proposals: list[int], seed: int, validated: bool, patience: int
):
    splits = Splits(train=TRAIN, validation=VALIDATION if validated else None, test=TEST)
    trained = await train(drawn(seed), [numbered(n) for n in proposals], splits, patience=patience)
    split = "validation" if validated else "train"
    kept, best = trained.keeper.evaluations, trained.result.best
    assert mean(kept, best, split) >= mean(kept, trained.result.start, split)
    if best != trained.result.start:
        assert mean(kept, best, split) > mean(kept, trained.result.start, split)


@given(numbers, st.integers(0, 10**6), st.booleans())
async def test_what_is_returned_was_evaluated_on_everything_the_gate_reads(
    proposals: list[int], seed: int, validated: bool
):
    splits = Splits(train=TRAIN, validation=VALIDATION if validated else None)
    trained = await train(drawn(seed), [numbered(n) for n in proposals], splits, patience=10)
    kept = {(evaluation.parameters, evaluation.split) for _, evaluation in trained.keeper.evaluations}
    wanted = {"train", "validation"} if validated else {"train"}
    assert {split for digest, split in kept if digest == trained.result.best.digest} == wanted
    assert trained.keeper.accepted[-1][1] == trained.result.best
    assert trained.result.train.after.parameters == trained.result.best.digest


@given(numbers, st.integers(0, 10**6))
async def test_the_failure_record_holds_what_was_rejected_since_the_last_acceptance_and_nothing_else(
    proposals: list[int], seed: int
):
    trained = await train(drawn(seed), [numbered(n) for n in proposals], ONLY_TRAIN, patience=10)
    expected: list[tuple[float, int]] = []
    for context, record in zip(trained.optimizer.contexts, trained.result.epochs[1:], strict=True):
        shown = [(failure.score, failure.epoch) for failure in context.failures.ascending()]
        assert shown == sorted(expected)
        if record.decision == "accept":
            expected = []
        elif record.train is not None:
            expected.append((record.train, record.epoch))


@settings(max_examples=60)
@given(numbers, st.integers(0, 10**6))
async def test_the_optimizer_always_reads_the_incumbents_own_training_history(proposals: list[int], seed: int):
    splits = Splits(train=TRAIN, validation=VALIDATION, test=TEST)
    trained = await train(drawn(seed), [numbered(n) for n in proposals], splits, patience=10)
    for context in trained.optimizer.contexts:
        assert context.evaluation.parameters == context.incumbent.digest
        assert (context.evaluation.split, context.tasks) == ("train", TRAIN)


async def test_a_rejected_candidate_is_rolled_back_and_the_next_step_starts_from_the_incumbent():
    score = table({0: 0.25, 1: 0.5, 2: 0.25, 3: 0.75})
    trained = await train(score, [numbered(1), numbered(2), numbered(3)], ONLY_TRAIN)
    assert decisions(trained) == ["start", "accept", "reject", "accept"]
    incumbents = [context.incumbent for context in trained.optimizer.contexts]
    assert incumbents == [numbered(0), numbered(1), numbered(1)]
    assert trained.result.best == numbered(3)
    assert [epoch for epoch, _ in trained.keeper.accepted] == [0, 1, 3]


async def test_the_best_accepted_parameters_are_returned_and_not_the_last_tried():
    trained = await train(table({0: 0.25, 1: 0.75, 2: 0.5}), [numbered(1), numbered(2)], ONLY_TRAIN)
    assert trained.result.best == numbered(1)
    assert (trained.result.train.before.mean, trained.result.train.after.mean) == (0.25, 0.75)


async def test_early_stop_fires_after_that_many_epochs_in_a_row_without_acceptance():
    scores = {0: 0.5, 1: 0.25, 2: 0.75, 3: 0.0, 4: 0.5, 5: 1.0}
    trained = await train(table(scores), [numbered(n) for n in (1, 2, 3, 4, 5)], ONLY_TRAIN, patience=2)
    assert decisions(trained) == ["start", "reject", "accept", "reject", "reject"]
    assert (trained.result.end, trained.result.end_text) == (
        "early_stop",
        "early stop: 2 epochs in a row without acceptance",
    )
    assert [event.without_acceptance for event in trained.events.of(EpochFinished)] == [1, 0, 1, 2]


async def test_all_epochs_are_run_where_nothing_stops_them():
    trained = await train(table({0: 0, 1: 0.25, 2: 0.5}), [numbered(1), numbered(2)], ONLY_TRAIN)
    assert (trained.result.end, len(trained.result.epochs)) == ("epochs", 3)


async def test_no_epoch_at_all_is_an_evaluation_of_the_start():
    trained = await train(table({0: 0.5}), [], ONLY_TRAIN)
    assert (trained.result.best, trained.result.end) == (numbered(0), "epochs")


async def test_a_step_without_an_action_costs_no_evaluation_and_the_next_prompt_says_so():
    trained = await train(table({0: 0, 1: 0.5}), [None, numbered(1), None], ONLY_TRAIN, patience=10)
    assert decisions(trained) == ["start", "none", "accept", "none"]
    assert [context.idle for context in trained.optimizer.contexts] == [0, 1, 0]
    assert trained.evaluator.asked == [(numbered(0).digest, "train"), (numbered(1).digest, "train")]
    assert [event.loss for event in trained.events.of(EpochFinished)] == [None, 0.5, None]


async def test_two_steps_in_a_row_without_an_action_end_the_run():
    trained = await train(table({0: 0}), [None, None, numbered(1)], ONLY_TRAIN, patience=10)
    assert trained.result.end == "optimizer_done"
    assert len(trained.optimizer.contexts) == 2


async def test_a_step_without_an_action_counts_towards_the_early_stop():
    trained = await train(table({0: 0.5, 1: 0}), [numbered(1), None, numbered(1)], ONLY_TRAIN, patience=2)
    assert trained.result.end == "early_stop"


async def test_at_a_perfect_score_the_training_ends_and_nobody_is_asked():
    trained = await train(table({0: 0.5, 1: 1.0}), [numbered(1), numbered(2)], ONLY_TRAIN)
    assert decisions(trained) == ["start", "accept"]
    assert trained.result.end == "nothing_to_gain"
    assert trained.result.end_text == "no candidate could be kept: the incumbent scores 1 on every task the gate reads"
    assert len(trained.optimizer.contexts) == 1
    at_once = await train(table({0: 1.0}), [numbered(1)], ONLY_TRAIN)
    assert (at_once.result.end, at_once.optimizer.contexts) == ("nothing_to_gain", [])


async def test_where_the_gate_reads_validation_a_perfect_training_score_ends_nothing():
    score = table({0: 1.0, 1: 1.0}, validation={0: 0.5, 1: 1.0})
    trained = await train(score, [numbered(1), numbered(1)], Splits(train=TRAIN, validation=VALIDATION))
    assert decisions(trained) == ["start", "accept"]
    assert trained.result.end == "nothing_to_gain"


async def test_at_a_perfect_score_a_gate_that_accepts_ties_goes_on():
    trained = await train(table({0: 1, 1: 1}), [numbered(1)], ONLY_TRAIN, gate=StrictImprovement("accept"))
    assert (decisions(trained), trained.result.end) == (["start", "accept"], "epochs")


async def test_a_gate_that_can_never_accept_ends_the_training_before_an_optimizer_is_asked():
    score = table({0: 0.0, 1: 1.0}, validation={0: 0.0, 1: 1.0})
    trained = await train(score, [numbered(1)], Splits(train=TRAIN, validation=VALIDATION), gate=PairedGate())
    assert (trained.result.end, trained.optimizer.contexts) == ("nothing_to_gain", [])
    assert {digest for digest, _ in trained.evaluator.asked} == {numbered(0).digest}
    assert "3 tasks are too few for this level" in trained.result.end_text


async def test_ties_are_rejected_by_default_and_accepted_on_request():
    proposals = [numbered(1)]
    assert (await train(table({0: 0.5, 1: 0.5}), proposals, ONLY_TRAIN)).result.best == numbered(0)
    accepting = await train(table({0: 0.5, 1: 0.5}), proposals, ONLY_TRAIN, gate=StrictImprovement("accept"))
    assert accepting.result.best == numbered(1)


async def test_with_a_validation_set_the_gate_reads_validation_only():
    score = table({0: 0.5, 1: 1.0, 2: 0.0}, validation={0: 0.5, 1: 0.25, 2: 0.75})
    trained = await train(score, [numbered(1), numbered(2)], Splits(train=TRAIN, validation=VALIDATION))
    assert decisions(trained) == ["start", "reject", "accept"]
    assert trained.result.best == numbered(2)
    assert [(event.incumbent, event.candidate) for event in trained.events.of(GateDecided)] == [
        (0.5, 0.25),
        (0.5, 0.75),
    ]
    (failure,) = trained.optimizer.contexts[1].failures.failures
    assert failure.score == 1.0


async def test_the_sealed_test_is_read_once_at_the_end_before_and_after():
    score = table({0: 0.25, 1: 0.5})

    def with_test(parameters: Parameters, split: str) -> Sequence[float] | Mapping[str, float] | Exception:
        return [0.5, 1.0] if split == "test" else score(parameters, split)

    trained = await train(with_test, [numbered(1)], Splits(train=TRAIN, test=TEST))
    assert [split for _, split in trained.evaluator.asked] == ["train", "train", "test", "test"]
    assert trained.result.test is not None
    assert trained.result.test.before.parameters == numbered(0).digest
    assert trained.result.test.after.parameters == numbered(1).digest


async def test_where_nothing_was_accepted_the_test_is_read_once_only():
    trained = await train(drawn(1), [], Splits(train=TRAIN, test=TEST))
    assert trained.evaluator.asked[-1] == (numbered(0).digest, "test")
    assert len(trained.evaluator.asked) == 2


@pytest.mark.parametrize(
    ("error", "end"),
    [
        (BudgetReached("the limit of 9 requests is reached"), "budget"),
        (ModelUnavailable("down"), "provider"),
        (SandboxError("gone"), "provider"),
    ],
)
async def test_a_step_that_a_limit_or_an_outage_ends_keeps_the_best_so_far(error: Exception, end: str):
    trained = await train(table({0: 0, 1: 0.5}), [numbered(1), error, numbered(1)], ONLY_TRAIN)
    assert (trained.result.end, trained.result.best) == (end, numbered(1))
    assert str(error) in trained.result.end_text


async def test_no_gate_decides_on_an_incomplete_evaluation():
    class Incomplete(StrictImprovement):
        def decide(self, incumbent: Evaluation, candidate: Evaluation) -> Verdict:
            assert incumbent.complete
            assert candidate.complete
            return super().decide(incumbent, candidate)

    def score(parameters: Parameters, split: str) -> Sequence[float]:
        return [1.0, 1.0, 1.0, None] if parameters == numbered(1) else [0.0] * 4  # pyright: ignore[reportReturnType] - no score

    trained = await train(score, [numbered(1)], ONLY_TRAIN, gate=Incomplete())
    assert trained.result.best == numbered(0)
    assert trained.result.end == "provider"


async def test_a_starting_set_that_cannot_be_evaluated_is_an_error():
    def score(parameters: Parameters, split: str) -> Sequence[float]:
        return [None] * 4  # pyright: ignore[reportReturnType] - no score

    with pytest.raises(ModelUnavailable, match="the starting set could not be evaluated"):
        await train(score, [numbered(1)], ONLY_TRAIN)


async def test_an_error_of_the_optimizers_model_that_no_wait_mends_is_raised():
    with pytest.raises(ModelError, match="no such model"):
        await train(table({0: 0}), [ModelError("no such model")], ONLY_TRAIN)


async def test_splits_that_overlap_are_refused():
    with pytest.raises(DataError, match="train and test overlap"):
        await train(table({0: 0}), [], Splits(train=TRAIN, test=sums(1)))


async def test_an_undecided_gate_accepts_nothing():
    class Undecided:
        def decide(self, incumbent: Evaluation, candidate: Evaluation) -> Verdict:
            return Verdict(decision="undecided", reason="too close")

    trained = await train(table({0: 0, 1: 1}), [numbered(1)], ONLY_TRAIN, gate=Undecided())
    assert (trained.result.best, decisions(trained)) == (numbered(0), ["start", "undecided"])


async def test_the_gates_report_is_of_all_it_bought_and_before_and_after_of_what_both_have():
    class Buys:
        def decide(self, incumbent: Evaluation, candidate: Evaluation) -> Verdict:
            if candidate.repeats < 3:
                return Verdict(decision="undecided", reason="too close", repeats=3)
            return Verdict(decision="reject", reason="no better")

    result = (await train(table({0: 0.5, 1: 0.5}), [numbered(1)], ONLY_TRAIN, gate=Buys())).result
    assert result.gate is not None
    assert (result.gate.repeats, result.gate.looks) == (3, 2)
    assert (result.train.before.repeats, result.train.after.repeats) == (1, 1)
