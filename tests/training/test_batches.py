"""Batches: what is drawn, and a training that works on another batch every epoch."""

from collections.abc import Mapping, Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loops import Score, Trained, numbered, train

from support import evaluation, sums
from toolwright.config.schema import Training
from toolwright.errors import BudgetReached, ConfigError
from toolwright.events import BatchDrawn, EpochFinished, GateDecided
from toolwright.parameters import Parameters
from toolwright.parts import checked_gate
from toolwright.training.batches import Batches
from toolwright.training.gates import AlwaysAccept, PairedGate
from toolwright.training.trainer import Splits

TRAIN, VALIDATION, TEST = sums(12), sums(3, start=50), sums(8, start=60)
ONLY_TRAIN = Splits(train=TRAIN)

sizes = st.integers(1, 12)


def drawn(seed: int) -> Score:
    """Random scores by task, the same for the same parameters."""

    def score(parameters: Parameters, split: str) -> Mapping[str, float]:
        tasks = {"train": TRAIN, "validation": VALIDATION, "test": TEST}[split]
        return {
            task.id: Random(f"{seed} {parameters.digest} {task.id}").choice([0.0, 0.5, 1.0]) for task in tasks.tasks
        }

    return score


def by_number(scores: Mapping[int, float], tasks: Mapping[str, float] | None = None) -> Score:
    """One score on every task by the number of the parameters, that of single tasks given."""
    digests = {numbered(number).digest: value for number, value in scores.items()}

    def score(parameters: Parameters, split: str) -> Mapping[str, float]:
        everything = (*TRAIN.tasks, *VALIDATION.tasks, *TEST.tasks)
        return {task.id: digests[parameters.digest] for task in everything} | dict(tasks or {})

    return score


def ids(batches: Batches, epoch: int) -> tuple[str, ...]:
    return tuple(task.id for task in batches.of(epoch).tasks)


def decisions(trained: Trained) -> list[str]:
    return [record.decision for record in trained.result.epochs]


@given(sizes, st.integers(0, 50))
def test_a_batch_is_so_many_tasks_in_task_order_and_the_same_in_every_replay(size: int, epoch: int):
    batch = Batches(TRAIN, size).of(epoch)
    assert len(batch) == size
    assert list(batch.tasks) == [task for task in TRAIN.tasks if task in batch.tasks]
    assert Batches(TRAIN, size).of(epoch) == batch


def test_every_epoch_draws_anew_and_every_task_is_drawn_in_the_end():
    batches = Batches(TRAIN, 3)
    draws = [ids(batches, epoch) for epoch in range(1, 41)]
    assert len(set(draws)) > 30
    assert {task for draw in draws for task in draw} == {task.id for task in TRAIN.tasks}
    assert ids(batches, 0) == ids(batches, 1)


async def test_another_seed_draws_other_batches_of_the_same_training_tasks():
    draws = {seed: [ids(Batches(TRAIN, 3, seed=seed), epoch) for epoch in range(1, 5)] for seed in range(3)}
    assert len({draw for one in draws.values() for draw in one}) > 10
    trained = await train(drawn(0), [numbered(1), numbered(2)], ONLY_TRAIN, batch=3, seed=2)
    told = [event.tasks for event in trained.events.of(BatchDrawn)]
    assert told == [draws[2][0], *draws[2][:2]]


def test_without_a_seed_a_batch_is_what_it_was_before_there_were_seeds():
    """Runs that were begun then go on with their own batches."""
    places = Random(f"{TRAIN.digest} 4").sample(range(12), 3)
    assert ids(Batches(TRAIN, 3), 4) == tuple(TRAIN.tasks[place].id for place in sorted(places))


@pytest.mark.parametrize("size", [0, 12])
def test_all_tasks_are_no_batch(size: int):
    batches = Batches(TRAIN, size)
    assert (batches.drawn, batches.size, batches.of(3)) == (False, 12, TRAIN)


@settings(max_examples=60)
@given(st.lists(st.integers(0, 6), max_size=8), st.integers(0, 10**6), sizes)
async def test_incumbent_and_candidate_are_compared_on_the_epochs_batch_which_is_what_the_optimizer_reads(
    proposals: list[int], seed: int, size: int
):
    trained = await train(drawn(seed), [numbered(n) for n in proposals], ONLY_TRAIN, patience=20, batch=size)
    batches, score = Batches(TRAIN, size), drawn(seed)
    for context in trained.optimizer.contexts:
        assert context.tasks == batches.of(context.epoch)
        assert context.evaluation.tasks == context.tasks.digest
        assert context.evaluation.parameters == context.incumbent.digest
        assert context.earlier == ()

    def mean(digest: str, epoch: int) -> float:
        scores = score(next(numbered(n) for n in range(7) if numbered(n).digest == digest), "train")
        assert isinstance(scores, Mapping)
        return sum(scores[task] for task in ids(batches, epoch)) / batches.size

    incumbents = {context.epoch: context.incumbent.digest for context in trained.optimizer.contexts}
    for event in trained.events.of(GateDecided):
        proposed = trained.result.epochs[event.epoch].parameters
        assert event.incumbent == pytest.approx(mean(incumbents[event.epoch], event.epoch))
        assert event.candidate == pytest.approx(mean(proposed, event.epoch))


@settings(max_examples=60)
@given(st.lists(st.integers(0, 6), max_size=8), st.integers(0, 10**6), st.integers(1, 11), st.booleans())
async def test_train_before_and_after_are_of_one_batch_the_last_of_the_best_set(
    proposals: list[int], seed: int, size: int, validated: bool
):
    splits = Splits(train=TRAIN, validation=VALIDATION if validated else None)
    result = (await train(drawn(seed), [numbered(n) for n in proposals], splits, patience=20, batch=size)).result
    pair = result.train
    assert (pair.before.parameters, pair.after.parameters) == (result.start.digest, result.best.digest)
    assert pair.before.tasks == pair.after.tasks == Batches(TRAIN, size).evaluated(pair.after).digest
    assert len(pair.before.results) == len(pair.after.results) == size
    assert pair.before.complete


@pytest.mark.parametrize(("batch", "epochs"), [(5, 40), (10, 20), (15, 13), (20, 10)])
async def test_a_training_sees_batch_times_epochs_examples(batch: int, epochs: int):
    """The paper's Fig. 4 compares such trainings at equal examples."""
    tasks = sums(100)
    better = {numbered(n).digest: n / 100 for n in range(epochs + 1)}

    def score(parameters: Parameters, split: str) -> Mapping[str, float]:
        return dict.fromkeys((task.id for task in tasks.tasks), better[parameters.digest])

    proposals = [numbered(n) for n in range(1, epochs + 1)]
    trained = await train(score, proposals, Splits(train=tasks), patience=epochs, batch=batch)
    assert decisions(trained) == ["start", *["accept"] * epochs]
    kept = trained.keeper.evaluations
    compared = [len(one.results) for epoch, one in kept if one.tasks == Batches(tasks, batch).of(epoch).digest]
    assert sum(compared[1:]) == batch * epochs


async def test_an_epoch_whose_batch_is_solved_has_no_step_and_ends_nothing():
    hard = TRAIN.tasks[0].id
    batches = Batches(TRAIN, 2)
    chances = [epoch for epoch in range(1, 31) if hard in ids(batches, epoch)]
    solved = [epoch for epoch in range(1, 31) if epoch not in chances]
    score = by_number(dict.fromkeys(range(9), 1.0), {hard: 0.0})
    trained = await train(score, [numbered(n) for n in range(1, 9)], ONLY_TRAIN, patience=3, epochs=30, batch=2)
    records = trained.result.epochs[1:]
    skipped = [record for record in records if record.decision == "none"]
    assert [context.epoch for context in trained.optimizer.contexts] == chances[:3]
    assert [record.epoch for record in skipped] == [epoch for epoch in solved if epoch < chances[2]]
    assert {record.reason for record in skipped} == {
        "no step: on this batch the incumbent scores 1 on every task the gate reads"
    }
    assert {(record.parameters, record.train) for record in skipped} == {(numbered(0).digest, None)}
    assert (trained.result.end, records[-1].epoch) == ("early_stop", chances[2])
    assert [event.epoch for event in trained.events.of(EpochFinished)] == [record.epoch for record in records]


async def test_where_the_gate_reads_validation_a_solved_validation_set_ends_the_training_batches_or_not():
    splits = Splits(train=TRAIN, validation=VALIDATION)
    trained = await train(by_number({0: 1.0, 1: 1.0}), [numbered(1)], splits, batch=2)
    assert (trained.result.end, trained.optimizer.contexts) == ("nothing_to_gain", [])


async def test_the_incumbent_is_run_on_the_training_batch_alone_where_the_gate_reads_validation():
    splits = Splits(train=TRAIN, validation=VALIDATION)
    trained = await train(by_number({0: 0.5, 1: 0.0}), [numbered(1)] * 3, splits, batch=2, patience=9)
    incumbents = [split for digest, split in trained.evaluator.asked if digest == numbered(0).digest]
    assert incumbents == ["train", "validation", "train", "train"]


async def test_without_an_acceptance_the_failure_record_grows_over_batches_and_an_acceptance_empties_it():
    score = by_number({0: 0.5, 1: 0.0, 2: 0.25, 3: 0.75, 4: 0.0})
    proposals = [numbered(n) for n in (1, 2, 3, 4)]
    trained = await train(score, proposals, ONLY_TRAIN, batch=4)
    assert [len(context.failures.failures) for context in trained.optimizer.contexts] == [0, 1, 2, 0]
    told = trained.optimizer.contexts[2]
    assert [failure.against for failure in told.failures.failures] == [
        trained.optimizer.contexts[n].evaluation.mean for n in (0, 1)
    ]


async def test_a_budget_that_ends_the_epochs_leaves_the_starting_set_unscored_on_the_last_batch():
    score = by_number({0: 0.25, 1: 0.5, 2: 0.75})
    proposals: Sequence[Parameters | Exception] = [numbered(1), numbered(2), BudgetReached("9 requests")]
    result = (await train(score, proposals, ONLY_TRAIN, batch=3)).result
    assert (result.end, result.best) == ("budget", numbered(2))
    assert not result.train.before.complete
    assert {one.trajectory.end for one in result.train.before.results} == {"budget"}
    assert result.train.after.mean == 0.75


async def test_what_is_kept_back_for_the_test_is_reckoned_from_a_batch():
    splits = Splits(train=TRAIN, test=TEST)
    trained = await train(by_number({0: 0.25, 1: 0.5}), [numbered(1)], splits, batch=3)
    assert trained.held == [3 * 8, 2 * 8, 0]
    assert trained.result.test is not None


async def test_each_batch_is_told_and_without_batches_nothing_is():
    trained = await train(by_number({0: 0.5, 1: 0.0}), [numbered(1), numbered(1)], ONLY_TRAIN, batch=3)
    batches = Batches(TRAIN, 3)
    assert [(event.epoch, event.tasks) for event in trained.events.of(BatchDrawn)] == [
        (epoch, ids(batches, epoch)) for epoch in range(3)
    ]
    assert (await train(by_number({0: 0.5, 1: 0.0}), [numbered(1)], ONLY_TRAIN)).events.of(BatchDrawn) == []


@settings(max_examples=40)
@given(st.lists(st.integers(0, 6), max_size=8), st.integers(0, 10**6), st.integers(1, 6))
async def test_a_running_history_has_the_incumbents_last_rollout_on_every_earlier_task_the_newest_first(
    proposals: list[int], seed: int, size: int
):
    trained = await train(
        drawn(seed), [numbered(n) for n in proposals], ONLY_TRAIN, patience=20, batch=size, history="running"
    )
    batches = Batches(TRAIN, size)
    afterwards = {0: numbered(0).digest}
    for record in trained.result.epochs[1:]:
        afterwards[record.epoch] = record.parameters if record.decision == "accept" else afterwards[record.epoch - 1]
    for context in trained.optimizer.contexts:
        last = {task: epoch for epoch in range(1, context.epoch) for task in ids(batches, epoch)}
        wanted = {task: epoch for task, epoch in last.items() if task not in ids(batches, context.epoch)}
        shown = [(one.task.id, one.result.trajectory.parameters) for one in context.earlier]
        assert dict(shown) == {task: afterwards[epoch] for task, epoch in wanted.items()}
        assert [wanted[task] for task, _ in shown] == sorted(wanted.values(), reverse=True)
        assert all(one.task.id == one.result.trajectory.task_id for one in context.earlier)
        assert {task.id for task in context.shown.tasks} == {*last, *ids(batches, context.epoch)}


def test_what_batches_remember_is_bounded_by_the_training_tasks():
    batches = Batches(TRAIN, 4, "running")
    for epoch in range(1, 30):
        batches.remember(epoch, evaluation(batches.of(epoch), [0.0] * 4))
    assert len(batches.earlier(batches.of(30))) <= len(TRAIN) - 4


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (Training(batch=13), "training.batch: a batch of 13 tasks cannot be drawn from 12 training tasks"),
        (Training(history="running"), "training.history: .* set training.batch, or leave history out"),
        (Training(batch=4, gate="paired"), "on 4 batch tasks the paired gate can accept nothing.* give 5 batch tasks"),
        (Training(gate="always", objective="score_then_cost"), 'gate = "always" accepts every candidate'),
    ],
)
def test_options_that_do_not_go_together_are_said_before_anything_is_asked(options: Training, said: str):
    with pytest.raises(ConfigError, match=said):
        checked_gate(options, ONLY_TRAIN)


def test_options_that_go_together_are_taken():
    batch = Training(batch=6, gate="paired", history="running", race=True, proposals=3)
    assert isinstance(checked_gate(batch, ONLY_TRAIN), PairedGate)
    validated = Splits(train=TRAIN, validation=sums(9, start=80))
    assert isinstance(checked_gate(Training(batch=2), validated), PairedGate)
    assert isinstance(checked_gate(Training(gate="always", batch=2), validated), AlwaysAccept)
