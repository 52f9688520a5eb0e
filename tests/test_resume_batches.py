"""A training on batches that is broken off at any request goes on as if nothing had been."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from dicing import DONE, LURE, ROLL, TEST, Counted, World
from support import Events, Said, calling, proposal, results_of, says, strip_times, sums
from toolwright import Task, Trainer, TrainingResult
from toolwright.errors import RunError
from toolwright.events import BatchDrawn
from toolwright.messages import ModelRequest
from toolwright.protocols import CallSite
from toolwright.runs.folder import RunFolder

TRAIN = sums(8, start=1)
TWICE = says(add_function=proposal("twice", "def twice() -> int:\n    return 8\n", {"arguments": {}}))
STEPS = {"step 1": ROLL, "step 2": LURE, "step 3": TWICE, "step 5": LURE}
OPTIONS: dict[str, Any] = {"batch": 3, "history": "running", "race": True, "proposals": 2, "epochs": 5, "patience": 5}


def agent(site: CallSite, request: ModelRequest) -> Said:
    """Rolls with the best dice it has, and says with which."""
    offered = {tool.name for tool in request.tools}
    name = next((name for name in ("twice", "roll") if name in offered), "")
    if results := results_of(request):
        return f"\\boxed{{{name} {results[-1]}}}"
    return calling((name, "{}")) if name else "\\boxed{0}"


def optimizer(site: CallSite, request: ModelRequest) -> Said:
    """Dice, a function nobody calls, better dice, nothing, the useless one again; second proposals are useless, too."""
    if site.turn or site.purpose not in STEPS:
        return DONE
    return LURE if site.repeat else STEPS[site.purpose]


def lucky(task: Task, answer: str) -> float:
    """Half for what was rolled, a little more for the better dice: there is always something to gain."""
    return {"0": 0.0, "roll": 0.5, "twice": 0.75}[answer.split(maxsplit=1)[0]]


class BatchWorld(World):
    """The same with batches of eight training tasks and no validation set."""

    def trainer(self, **options: Any) -> Trainer:
        given: dict[str, Any] = {"scorer": lucky, "sandbox": self.dice, "runs": self.runs, **OPTIONS, **options}
        return Trainer(Counted(agent, self._ask), optimizer_model=Counted(optimizer, self._ask), **given)

    async def whole(self, **options: Any) -> TrainingResult:
        return await self.trainer(**options).afit(TRAIN, test=TEST)

    async def broken_off(self, at: int, **options: Any) -> Path:
        training = asyncio.create_task(self.whole(**options))
        self.at, self.break_off = at, training.cancel
        with pytest.raises(asyncio.CancelledError):
            await training
        (folder,) = self.runs.iterdir()
        return folder


def without_dice(result: TrainingResult) -> object:
    """A result without times and rolls, and without its usage, in which what was broken off is paid for, too."""
    data: Any = strip_times(result.model_dump(mode="json", exclude={"train", "test", "usage"}))
    pairs = [pair for pair in (result.train, result.test) if pair is not None]
    return data, [(pair.before.tasks, pair.before.mean, pair.after.mean) for pair in pairs]


def told(folder: Path | str) -> Counter[str]:
    """What a run tells, but for rolls, times and the session's own."""
    left_out = ["rollout_finished", "run_started", "run_finished"]
    with RunFolder.read(folder) as run:
        events = [timed.event for timed in run.store.events(without=left_out)]
    return Counter(str(strip_times(event.model_dump(mode="json"))) for event in events)


async def goes_on_to_the_same_end(tmp_path: Path, at: int, expected: TrainingResult, asked: int) -> None:
    world = BatchWorld(tmp_path / f"at-{at}")
    folder = await world.broken_off(at)
    with RunFolder.read(folder) as run:
        kept, before = len(list(run.store.requests())), world.asked
    result = await world.trainer().afit(TRAIN, test=TEST, resume=folder)
    assert without_dice(result) == without_dice(expected)
    assert told(folder) == told(expected.folder)
    assert world.asked - before == asked - kept
    assert sum(usage.requests for usage in result.usage.values()) == world.asked


async def expected_of(tmp_path: Path) -> tuple[TrainingResult, int]:
    world = BatchWorld(tmp_path / "whole")
    result = await world.whole()
    assert [record.decision for record in result.epochs] == ["start", "accept", "reject", "accept", "none", "reject"]
    return result, world.asked


@pytest.mark.soak
async def test_a_training_on_batches_broken_off_at_every_other_request_goes_on_to_the_same_end(tmp_path: Path):
    expected, asked = await expected_of(tmp_path)
    for at in range(1, asked + 1, 2):
        await goes_on_to_the_same_end(tmp_path, at, expected, asked)


async def test_a_training_on_batches_broken_off_here_and_there_goes_on_to_the_same_end(tmp_path: Path):
    expected, asked = await expected_of(tmp_path)
    for at in range(4, asked, asked // 3):
        await goes_on_to_the_same_end(tmp_path, at, expected, asked)


async def test_no_sample_is_run_twice_though_batches_overlap(tmp_path: Path):
    world = BatchWorld(tmp_path)
    result = await world.whole()
    with RunFolder.read(result.folder) as run:
        sites = [entry.site for entry in run.store.requests("agent")]
    samples = Counter((site.parameters, site.task, site.turn) for site in sites)
    assert set(samples.values()) == {1}


@pytest.mark.parametrize(("option", "value"), [("batch", 4), ("history", "batch")])
async def test_a_run_goes_on_only_with_the_batches_it_was_started_with(tmp_path: Path, option: str, value: object):
    world = BatchWorld(tmp_path)
    folder = await world.broken_off(9)
    with pytest.raises(RunError, match=rf"training\.{option}: was"):
        await world.trainer(**{option: value}).afit(TRAIN, test=TEST, resume=folder)


async def test_the_same_training_draws_the_same_batches(tmp_path: Path):
    seen: list[list[tuple[str, ...]]] = []
    for name in ("one", "other"):
        events = Events()
        await BatchWorld(tmp_path / name).whole(events=[events])
        seen.append([event.tasks for event in events.of(BatchDrawn)])
    assert seen[0] == seen[1]
    assert len(set(map(tuple, seen[0]))) == 5
