"""`Trainer.fit(…, resume=…)`: a training that is broken off at any request goes on as if nothing had been."""

from pathlib import Path
from typing import Any

import pytest

from dicing import TEST, TRAIN, VALIDATION, Counted, World, optimizer
from support import Events, add, having, strip_times, sums
from toolwright import Task, TrainingResult
from toolwright.agents.function_calling import FunctionCalling
from toolwright.errors import ConfigError, RunError
from toolwright.events import RunStarted, TaskSetGiven, Warned
from toolwright.models.ledger import Limits
from toolwright.origin import agent_digest, digests_of
from toolwright.protocols import Gate
from toolwright.runs.folder import RunFolder
from toolwright.runs.listing import run_info
from toolwright.sandbox import ConfinedSandbox
from toolwright.sandbox import Limits as CallLimits
from toolwright.training.gates import PairedGate, StrictImprovement
from toolwright.training.trainer import Splits


def changed(task: Task, answer: str) -> float:
    """The same scorer by name, written anew."""
    return 1.0


changed.__name__ = "lucky"


def without_dice(result: TrainingResult) -> object:
    """A result without times, without what was rolled, which is the dice's and nobody else's, and without its usage.

    In that, what was broken off is paid for, too.
    """
    data: Any = strip_times(result.model_dump(mode="json", exclude={"train", "validation", "test", "usage"}))
    return data, [pair.after.mean for pair in (result.train, result.validation, result.test) if pair is not None]


def rolled(result: TrainingResult) -> list[object]:
    pairs = [pair.after for pair in (result.train, result.validation, result.test) if pair is not None]
    return [call.outcome.result for each in pairs for one in each.results for call in one.trajectory.calls]


def journalled(folder: Path) -> int:
    with RunFolder.read(folder) as run:
        return len(list(run.store.requests()))


async def whole(tmp_path: Path, **options: Any) -> tuple[TrainingResult, World]:
    world = World(tmp_path / "whole")
    return await world.trainer(**options).afit(TRAIN, VALIDATION, TEST), world


PAIRED: dict[str, Any] = {"gate": "paired", "max_repeats": 3, "level": 0.7, "proposals": 2}


@pytest.mark.soak
@pytest.mark.parametrize("options", [{}, PAIRED], ids=["strict", "paired"])
async def test_a_training_broken_off_at_any_request_goes_on_to_the_same_end(tmp_path: Path, options: dict[str, Any]):
    expected, uninterrupted = await whole(tmp_path, **options)
    assert expected.test is not None
    assert expected.test.after.mean == 1.0
    for at in range(1, uninterrupted.asked + 1):
        world = World(tmp_path / f"at-{at}")
        folder = await world.broken_off(at, **options)
        kept, asked, rolls = journalled(folder), world.asked, len(world.dice.calls)
        result = await world.trainer(**options).afit(TRAIN, VALIDATION, TEST, resume=folder)
        assert without_dice(result) == without_dice(expected)
        assert world.asked - asked == uninterrupted.asked - kept
        assert sum(usage.requests for usage in result.usage.values()) == world.asked
        assert len(set(rolled(result))) == len(rolled(result)) == len(rolled(expected))
        assert len(world.dice.calls) - rolls <= len(uninterrupted.dice.calls)


async def test_a_run_holds_its_tasks_and_functions_and_the_tests_only_once_it_is_opened(tmp_path: Path):
    result, _ = await whole(tmp_path)
    with RunFolder.read(result.folder) as run:
        events = [timed.event for timed in run.store.events()]
    started = next(event for event in events if isinstance(event, RunStarted))
    assert started.start == result.start.functions.functions
    given = {event.split: event.tasks for event in events if isinstance(event, TaskSetGiven)}
    assert given == {"train": TRAIN.tasks, "validation": VALIDATION.tasks, "test": TEST.tasks}
    kinds = [event.kind if not isinstance(event, TaskSetGiven) else event.split for event in events]
    assert kinds.index("validation") < kinds.index("step_started") < kinds.index("test_opened") < kinds.index("test")


async def test_what_a_nondeterministic_function_returned_stays_what_it_was(tmp_path: Path):
    world = World(tmp_path / "runs")
    _, uninterrupted = await whole(tmp_path)
    folder = await world.broken_off(uninterrupted.asked)
    with RunFolder.read(folder) as run:
        evaluations = [each for _, each in run.store.evaluations() if each.split == "train"]
    before = [call.outcome.result for one in evaluations[-1].results for call in one.trajectory.calls]
    result = await world.trainer().afit(TRAIN, VALIDATION, TEST, resume=folder)
    assert before
    assert rolled(result)[:3] == before


async def test_a_finished_run_is_not_trained_again(tmp_path: Path):
    world = World(tmp_path)
    first = await world.trainer().afit(TRAIN, VALIDATION, TEST)
    asked = world.asked
    again = await world.trainer().afit(TRAIN, VALIDATION, TEST, resume="last")
    assert again == first
    assert world.asked == asked


async def test_a_run_that_its_budget_ended_goes_on_with_a_larger_one_and_says_that_its_test_was_read(tmp_path: Path):
    events = Events()
    world = World(tmp_path / "runs")
    ended = await world.trainer(limits=Limits(requests=16)).afit(TRAIN, VALIDATION, TEST)
    assert ended.end == "budget"
    result = await world.trainer(limits=Limits(requests=500), events=[events]).afit(
        TRAIN, VALIDATION, TEST, resume=ended.folder
    )
    expected, uninterrupted = await whole(tmp_path)
    assert without_dice(result) == without_dice(expected)
    assert sum(usage.requests for usage in result.usage.values()) == uninterrupted.asked
    said = [event.text for event in events.of(Warned)]
    assert "the run goes on with other settings: limits.requests: was 16, now 500" in said
    assert (ended.test is not None) == any("sealed test was read" in text for text in said)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"epochs": 2}, "training.epochs: was 10, now 2"),
        ({"repeats": 2}, "training.repeats: was 1, now 2"),
        ({"agent": "react"}, 'agent.kind: was "function_calling", now "react"'),
        ({"functions": having(add()).functions}, "the functions to start from"),
        ({"scorer": "exact"}, 'scorer.kind: was "lucky", now "exact"'),
        ({"scorer": changed}, "the scorer"),
    ],
)
async def test_a_run_goes_on_only_with_what_it_was_started_with(tmp_path: Path, options: dict[str, Any], said: str):
    world = World(tmp_path)
    folder = await world.broken_off(4)
    asked = world.asked
    with pytest.raises(RunError) as error:
        await world.trainer(**options).afit(TRAIN, VALIDATION, TEST, resume=folder)
    assert said in str(error.value)
    assert world.asked == asked


async def test_other_tasks_are_named(tmp_path: Path):
    world = World(tmp_path)
    folder = await world.broken_off(4)
    with pytest.raises(RunError, match="the validation tasks\nSet it back, or start a new run"):
        await world.trainer().afit(TRAIN, sums(2, start=50), TEST, resume=folder)


async def test_another_gate_object_is_named(tmp_path: Path):
    world = World(tmp_path)
    folder = await world.broken_off(4, gate=PairedGate(level=0.7))
    with pytest.raises(RunError, match="the gate\nSet it back, or start a new run"):
        await world.trainer(gate=StrictImprovement()).afit(TRAIN, VALIDATION, TEST, resume=folder)


class Restrained(Counted):
    """Another kind of model under the same name."""


async def test_another_model_object_of_the_optimizers_is_named(tmp_path: Path):
    world = World(tmp_path)
    folder = await world.broken_off(4)
    other = world.trainer()
    other.parts.models["optimizer"] = Restrained(optimizer, lambda: None)
    with pytest.raises(RunError, match=r"the optimizer's model .*\nSet it back, or start a new run"):
        await other.afit(TRAIN, VALIDATION, TEST, resume=folder)


async def test_other_limits_of_a_sandbox_object_are_named(tmp_path: Path):
    world, packages = World(tmp_path), ("math",)
    folder = await world.broken_off(4, sandbox=ConfinedSandbox(allowed=packages))
    asked = world.asked
    slower = ConfinedSandbox(allowed=packages, limits=CallLimits(wall_seconds=30))
    with pytest.raises(RunError, match=r"the sandbox .*\nSet it back, or start a new run"):
        await world.trainer(sandbox=slower).afit(TRAIN, VALIDATION, TEST, resume=folder)
    assert world.asked == asked
    same = ConfinedSandbox(allowed=packages, concurrency=1)  # how many calls run at once changes nothing
    assert (await world.trainer(sandbox=same).afit(TRAIN, VALIDATION, TEST, resume=folder)).test is not None


class Mine(FunctionCalling):
    """One of the user's own on ours."""


@pytest.mark.parametrize("kind", [FunctionCalling, Mine])
def test_agents_that_differ_in_an_option_alone_have_different_digests(tmp_path: Path, kind: type[FunctionCalling]):
    options: list[dict[str, Any]] = [
        {},
        {"answer": "last_line"},
        {"answer": "regex:(.*)"},
        {"system_prompt": "last_line"},
        {"interpreter": True},
        {"result_characters": 7},
    ]
    digests = [agent_digest(World(tmp_path).trainer(agent=kind(**given)).parts) for given in options]
    assert len(set(digests)) == len(options)
    same = World(tmp_path).trainer(agent=kind(answer=("boxed", "final_answer")))
    assert digests_of(same.parts, Splits(train=TRAIN))["agent"] == digests[0]


async def test_epochs_may_rise(tmp_path: Path):
    world = World(tmp_path)
    folder = await world.broken_off(14, epochs=1, ties="accept")  # so that a perfect score is not the end
    result = await world.trainer(epochs=3, ties="accept").afit(TRAIN, VALIDATION, TEST, resume=folder)
    assert [record.decision for record in result.epochs] == ["start", "accept", "none", "none"]


async def test_epochs_may_not_rise_where_the_level_is_shared_out_over_them(tmp_path: Path):
    world = World(tmp_path)
    shared: dict[str, Any] = {"gate": "paired", "level": 0.9, "level_per_run": 0.9, "epochs": 1}
    folder = await world.broken_off(4, **shared)
    with pytest.raises(RunError, match=r"training\.epochs: was 1, now 3"):
        await world.trainer(**{**shared, "epochs": 3}).afit(TRAIN, VALIDATION, TEST, resume=folder)


async def test_a_second_process_is_refused_with_the_id_of_the_first(tmp_path: Path):
    world = World(tmp_path)
    folder = await world.broken_off(4)
    with RunFolder.open(folder), pytest.raises(RunError, match=r"is in use by process \d+"):
        await world.trainer().afit(TRAIN, VALIDATION, TEST, resume=folder)


async def test_evaluating_the_same_again_in_a_run_asks_nothing(tmp_path: Path):
    world = World(tmp_path)
    result = await world.trainer().afit(TRAIN, VALIDATION, TEST)
    best, asked = world.trainer(functions=result.functions), world.asked
    again = await best.aevaluate(VALIDATION, "validation", run=result.folder)
    assert result.validation is not None
    assert again.results == result.validation.after.results
    assert world.asked == asked
    first = await best.aevaluate(sums(4, start=30), run=result.folder)
    assert world.asked == asked + 2 * 4
    assert await best.aevaluate(sums(4, start=30), run=result.folder) == first
    await best.aevaluate(sums(5, start=30), run=result.folder)
    assert world.asked == asked + 2 * 5
    assert run_info(Path(result.folder)).state == "finished"


async def test_an_evaluation_says_how_much_the_run_knew_and_what_was_used_now(tmp_path: Path):
    world = World(tmp_path)
    result = await world.trainer().afit(TRAIN, VALIDATION, TEST)
    best = world.trainer(functions=result.functions)
    for tasks, read, asked in ((TRAIN, 3, 0), (sums(2, start=30), 0, 4), (sums(5, start=30), 2, 6)):
        before = world.asked
        found = await best.aevaluate_with_use(tasks, run=result.folder)
        assert (found.read, found.used.requests, world.asked - before) == (read, asked, asked)
        assert found.evaluation.usage.requests == 2 * len(tasks)  # whenever they were made
    alone = await best.aevaluate_with_use(TRAIN)
    assert (alone.read, alone.used.requests) == (0, 6)


@pytest.mark.parametrize("at", [5, 12])
async def test_what_an_evaluation_used_is_not_charged_to_the_training_nor_the_other_way_round(tmp_path: Path, at: int):
    expected, uninterrupted = await whole(tmp_path)
    world = World(tmp_path / "runs")
    folder = await world.broken_off(at)
    world.at = 0
    evaluated = await world.trainer(limits=Limits(requests=4)).aevaluate(sums(4, start=30), run=folder)
    assert evaluated.complete
    assert run_info(folder).state == "unfinished"
    result = await world.trainer().afit(TRAIN, VALIDATION, TEST, resume=folder)
    assert without_dice(result) == without_dice(expected)
    assert sum(usage.requests for usage in result.usage.values()) == uninterrupted.asked


async def test_another_agent_or_scorer_is_another_sample(tmp_path: Path):
    world = World(tmp_path)
    result = await world.trainer().afit(TRAIN, VALIDATION, TEST)
    asked = world.asked
    scored = await world.trainer(functions=result.functions, scorer="exact").aevaluate(TRAIN, run=result.folder)
    assert scored.mean == 0.0
    assert world.asked > asked
    asked = world.asked
    await world.trainer(functions=result.functions, agent="react").aevaluate(TRAIN, run=result.folder)
    assert world.asked > asked


def test_an_option_of_the_gate_that_is_out_of_range_is_said_before_a_run_is_made(tmp_path: Path):
    with pytest.raises(ConfigError, match="level"):
        World(tmp_path / "runs").trainer(gate="paired", level=0.0001).fit(TRAIN, VALIDATION)
    assert not (tmp_path / "runs").exists()


def test_too_few_validation_tasks_for_the_gate_are_said_before_a_run_is_made(tmp_path: Path):
    with pytest.raises(ConfigError, match="give 5 validation tasks or more"):
        World(tmp_path / "runs").trainer(gate="paired").fit(TRAIN, VALIDATION)
    assert not (tmp_path / "runs").exists()


def unchecked(gate: Gate, tasks: int, split: str) -> None:
    """As before a gate was held against the number of its tasks."""


async def test_a_finished_run_whose_gate_could_accept_nothing_is_returned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    world = World(tmp_path)
    with monkeypatch.context() as earlier:
        earlier.setattr("toolwright.parts.check_enough", unchecked)
        first = await world.trainer(gate="paired").afit(TRAIN, VALIDATION, TEST)
    asked = world.asked
    assert first.end == "nothing_to_gain"
    assert await world.trainer(gate="paired").afit(TRAIN, VALIDATION, TEST, resume="last") == first
    assert world.asked == asked


async def test_an_unfinished_run_whose_gate_could_accept_nothing_does_not_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    world = World(tmp_path)
    with monkeypatch.context() as earlier:
        earlier.setattr("toolwright.parts.check_enough", unchecked)
        folder = await world.broken_off(3, gate="paired")
    asked = world.asked
    with pytest.raises(ConfigError, match="give 5 validation tasks or more"):
        await world.trainer(gate="paired").afit(TRAIN, VALIDATION, TEST, resume=folder)
    assert world.asked == asked
