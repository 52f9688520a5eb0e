"""What was learned and how it was used, on small runs whose every call is known."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import JsonValue

from support import ADD_CODE, Said, ScriptedModel, StubSandbox, proposal, says, sums
from toolwright.api import Trainer
from toolwright.config.schema import OptimizerOptions, Training
from toolwright.errors import RunError
from toolwright.evaluations import Evaluation
from toolwright.events import BatchDrawn
from toolwright.experiments.measuring.candidates import candidates_in
from toolwright.experiments.measuring.functions import function_figures
from toolwright.experiments.measuring.points import points_of
from toolwright.experiments.records import EpochCalls, FunctionFigures, LearnedFunction
from toolwright.functions import Function
from toolwright.messages import ModelRequest
from toolwright.protocols import CallSite, Verdict
from toolwright.runs.folder import RunFolder
from toolwright.tasks import TaskSet
from toolwright.training.result import TrainingResult
from toolwright.trajectories import Outcome
from trained_runs import agent

CALL = {"arguments": {"a": 1, "b": 2}}
SPARE = "def spare(a: int) -> int:\n    if a > 1:\n        return a\n\n    # none left\n    return 0\n"
DONE = says(terminate={"reason": "Nothing is left to improve."})


def adding(function: Function, arguments: dict[str, JsonValue]) -> Outcome:
    """Adds, but for the task t1, whose sum it fails on; every other function returns 0."""
    one, other = arguments["a"], arguments.get("b", 0)
    assert isinstance(one, int)
    assert isinstance(other, int)
    if function.name != "add":
        return Outcome(status="ok", result=0)
    return Outcome(status="error", error="too hard") if one == 37 else Outcome(status="ok", result=one + other)


Optimizer = Callable[[CallSite, ModelRequest], Said]


def learner(*steps: list[Said]) -> Optimizer:
    """Says in each step what is listed for it, then terminates."""

    def reply(site: CallSite, request: ModelRequest) -> Said:
        number = int(site.purpose.split()[1]) - 1
        said = steps[number] if number < len(steps) else []
        return said[site.turn] if site.turn < len(said) else DONE

    return reply


def trained(
    runs: Path, optimizer: Optimizer, train: TaskSet, test: TaskSet | None = None, **options: Any
) -> TrainingResult:
    schedule: dict[str, Any] = {"epochs": 1, **options}
    trainer = Trainer(
        ScriptedModel(agent),
        optimizer_model=ScriptedModel(optimizer),
        sandbox=StubSandbox(adding),
        runs=runs,
        **schedule,
    )
    return trainer.fit(train, test=test)


def figures(result: TrainingResult, repeats: int = 1) -> FunctionFigures:
    with RunFolder.read(result.folder) as folder:
        return function_figures(folder.store, result, repeats)


def add_function(name: str, code: str) -> Said:
    return says(add_function=proposal(name, code, CALL if name == "add" else {"arguments": {"a": 1}}))


def test_calls_are_counted_by_epoch_with_those_that_failed(tmp_path: Path):
    optimizer = learner([add_function("spare", SPARE)], [add_function("add", ADD_CODE)])
    found = figures(trained(tmp_path, optimizer, sums(4), epochs=2))
    # The agent calls `add` on all tasks but t0, and the function fails on t1. It does so where only `spare` is on
    # offer, too, and such a call is of no function.
    assert found.calls == (EpochCalls(epoch=1, successful=0, failed=0), EpochCalls(epoch=2, successful=2, failed=1))


def test_the_most_used_functions_are_the_best_sets_on_every_split(tmp_path: Path):
    result = trained(tmp_path, learner([add_function("add", ADD_CODE)]), sums(4), sums(3, start=100))
    found = figures(result)
    assert found.most_used == (("add", 2 + 3),)
    assert found.tasks_using == 1.0


def test_a_task_uses_a_function_where_a_call_of_it_returned(tmp_path: Path):
    tests = TaskSet(name="tests", tasks=(*sums(2, start=100).tasks, *sums(2).tasks))
    result = trained(tmp_path, learner([add_function("add", ADD_CODE)]), sums(3, start=2), tests)
    assert figures(result).tasks_using == 0.5  # on t0 it is not called, on t1 it fails


def test_what_nothing_was_learned_from_has_no_functions_and_no_calls(tmp_path: Path):
    found = figures(trained(tmp_path, learner(), sums(3), sums(2, start=100)))
    assert (found.functions, found.calls, found.most_used, found.tasks_using) == ((), (), (), 0.0)
    assert figures(trained(tmp_path, learner(), sums(3))).tasks_using is None


def test_the_final_functions_have_their_size_and_complexity(tmp_path: Path):
    optimizer = learner([add_function("spare", SPARE), add_function("add", ADD_CODE)])
    found = figures(trained(tmp_path, optimizer, sums(4)))
    assert found.functions == (
        LearnedFunction(name="spare", lines=4, complexity=2),  # without the blank line and the comment
        LearnedFunction(name="add", lines=2, complexity=1),
    )


def test_every_sample_of_a_task_counts_and_what_a_gate_bought_beyond_them_does_not(tmp_path: Path):
    result = trained(tmp_path, learner([add_function("add", ADD_CODE)]), sums(4), repeats=2)
    assert figures(result, 2).calls == (EpochCalls(epoch=1, successful=4, failed=2),)
    assert figures(result, 1).calls == (EpochCalls(epoch=1, successful=2, failed=1),)
    assert figures(result, 2).most_used == (("add", 4),)
    assert figures(result, 1).most_used == (("add", 2),)


def revising(name: str, code: str) -> Said:
    return says(revise_function=proposal(name, code, CALL))


WORSE = "def add(a: int, b: int) -> int:\n    return a - b\n"


def test_what_each_epoch_proposed_is_put_together_whatever_became_of_it(tmp_path: Path):
    optimizer = learner(
        [add_function("spare", SPARE)],  # rejected: no better
        [add_function("add", ADD_CODE), add_function("spare", SPARE)],  # accepted
        [says(remove_function={"name": "spare", "reason": "Never used."})],  # rejected: no better
        [revising("add", WORSE)],  # rejected: the incumbent still has `spare`
    )
    result = trained(tmp_path, optimizer, sums(4), epochs=4, patience=4)
    assert [record.decision for record in result.epochs] == ["start", "reject", "accept", "reject", "reject"]
    with RunFolder.read(result.folder) as folder:
        found = candidates_in(folder.store, result)
    assert {epoch: each.digest for epoch, each in found.items()} == {
        record.epoch: record.parameters for record in result.epochs
    }
    assert [each.functions.names for each in found.values()] == [
        *((), ("spare",), ("add", "spare"), ("add",)),
        ("add", "spare"),
    ]
    assert found[4].functions.get("add").source == WORSE


def test_of_several_proposals_the_candidate_is_the_one_that_was_chosen(tmp_path: Path):
    def optimizer(site: CallSite, request: ModelRequest) -> Said:
        if site.purpose != "step 1" or site.turn:
            return DONE
        return add_function("add", ADD_CODE) if site.repeat else add_function("spare", SPARE)

    result = trained(tmp_path, optimizer, sums(4), proposals=2, screen=3)
    assert len(result.epochs[1].screened) == 2
    with RunFolder.read(result.folder) as folder:
        assert candidates_in(folder.store, result)[1] == result.best
        points = list(points_of(folder.store, result, candidates_in(folder.store, result)))
    assert result.best.functions.names == ("add",)
    asked = sum(usage.requests for usage in result.usage.values())
    assert sum(point.requests for point in points) == asked  # the screening's with them


def test_a_set_that_was_written_at_once_is_put_together_too(tmp_path: Path):
    both = {"functions": [proposal("spare", SPARE, {"arguments": {"a": 1}}), proposal("add", ADD_CODE, CALL)]}
    other = {"functions": [proposal("add", WORSE, CALL)]}

    def optimizer(site: CallSite, request: ModelRequest) -> Said:
        return says(write_functions=both if site.purpose == "step 1" else other)

    given = Trainer(ScriptedModel(agent), optimizer_model=ScriptedModel(optimizer), sandbox=StubSandbox(adding))
    options = OptimizerOptions(update="one_shot")
    parts = replace(given.parts, optimizer=options, runs=tmp_path, training=Training(epochs=2))
    result = Trainer.of(parts).fit(sums(4))
    assert [record.decision for record in result.epochs] == ["start", "accept", "reject"]
    with RunFolder.read(result.folder) as folder:
        found = candidates_in(folder.store, result)
    assert [each.digest for each in found.values()] == [record.parameters for record in result.epochs]
    assert [each.functions.names for each in found.values()] == [(), ("spare", "add"), ("add",)]


def test_what_the_events_do_not_lead_to_is_an_error_that_says_what_to_do(tmp_path: Path):
    result = trained(tmp_path, learner([add_function("add", ADD_CODE)]), sums(4))
    wrong = result.epochs[1].model_copy(update={"parameters": "f" * 32})
    changed = result.model_copy(update={"epochs": (result.epochs[0], wrong)})
    with (
        RunFolder.read(result.folder) as folder,
        pytest.raises(RunError, match=r"what epoch 1 of the run .* run the cell anew"),
    ):
        candidates_in(folder.store, changed)


def test_with_batches_an_epochs_requests_are_its_own_and_its_calls_those_on_its_batch(tmp_path: Path):
    optimizer = learner([add_function("add", ADD_CODE)], [add_function("spare", SPARE)])
    result = trained(tmp_path, optimizer, sums(12, start=2), batch=3, epochs=3)
    assert [record.decision for record in result.epochs][:2] == ["start", "accept"]
    with RunFolder.read(result.folder) as folder:
        points = list(points_of(folder.store, result, candidates_in(folder.store, result)))
        found = function_figures(folder.store, result)
        drawn = [set(timed.event.tasks) for timed in folder.store.events() if isinstance(timed.event, BatchDrawn)]
    assert found.calls[0] == EpochCalls(epoch=1, successful=3, failed=0)  # of three tasks, whatever was run later
    known, new = drawn[1], list[int]()
    for batch in drawn[2:]:
        new.append(len(batch - known))
        known |= batch
    assert sum(new) > 0
    # The incumbent's two requests on each new task of a batch are that epoch's: it is what its step starts from.
    assert [point.requests for point in points] == [3, 2 + 3 * 2, *(2 * tasks for tasks in new)]


class Looks:
    """A gate that accepts what is better than nothing, and else looks again at three repeats before it rejects."""

    def decide(self, incumbent: Evaluation, candidate: Evaluation) -> Verdict:
        if not incumbent.mean:
            return Verdict(decision="accept", reason="better than nothing")
        more = candidate.repeats < 3
        return Verdict(decision="undecided" if more else "reject", reason="no better", repeats=3 if more else None)


def test_an_epochs_examples_are_the_train_rollouts_its_own_candidate_was_judged_on(tmp_path: Path):
    optimizer = learner([add_function("add", ADD_CODE)], [add_function("spare", SPARE)])
    trainer = Trainer(
        ScriptedModel(agent),
        optimizer_model=ScriptedModel(optimizer),
        sandbox=StubSandbox(adding),
        runs=tmp_path,
        gate=Looks(),
        batch=3,
        epochs=3,
    )
    result = trainer.fit(sums(12, start=2))
    with RunFolder.read(result.folder) as folder:
        points = list(points_of(folder.store, result, candidates_in(folder.store, result)))
    assert [point.decision for point in points] == ["start", "accept", "reject", "none"]
    # Three tasks, three times where the gate looked again; what it then bought of the incumbent is no candidate's.
    assert [point.examples for point in points] == [3, 3, 9, 0]
