"""Rounds of merges on the simulated endpoint: who stays where two variants, or two sets, are held side by side."""

import asyncio
from pathlib import Path

import pytest
from cell_works import asked, computed, tasks, work

from simulated_endpoint import SimulatedEndpoint, question
from toolwright.experiments.measuring.side_runs import named, side_run
from toolwright.experiments.methods.divide.rounds import Merger, Round, Samples, Share, all_of, samples_of
from toolwright.functions import Function, FunctionSet
from toolwright.parameters import Parameters
from toolwright.sync import run_sync
from toolwright.tasks import Task, TaskSet
from toolwright.training.state import Ended

RIGHT = Function(name="seal", source="import hashlib\n\ndef seal(word: str) -> str:\n    return word\n")
TURNED = Function(name="seal", source="def seal(word: str) -> str:\n    return word[::-1]\n")
SEALS, BACKWARDS = tasks("seals", right=2), tasks("backwards", right=0, turned=3)
GUESSED = TaskSet(
    name="guessed", tasks=tuple(Task(id=f"g{n}", question=question(f"g{n}"), target="unknown") for n in range(6))
)
"""What the agent answers right as long as no function is offered."""
TRAIN = TaskSet(name="train", tasks=(*BACKWARDS.tasks, *SEALS.tasks, *GUESSED.tasks))


def parameters(*functions: Function) -> Parameters:
    return Parameters(functions=FunctionSet(functions=functions))


NOTHING = parameters()


def merged(
    endpoint: SimulatedEndpoint, folder: Path, *shares: Share, known: Samples | None = None
) -> tuple[list[Round], Samples]:
    """The rounds, and the starting set's samples on all tasks."""

    async def run() -> tuple[list[Round], Samples]:
        async with side_run(named(work(endpoint, folder), "merge"), TRAIN) as machine:
            merger = Merger(machine, TRAIN, {NOTHING.digest: known or {}})
            rounds = await merger.to_one(shares)
            return rounds, samples_of(await merger.evaluated(NOTHING, TRAIN))

    return run_sync(run())


def test_the_simulated_functions_return_what_these_tests_take_them_for():
    assert computed(TURNED, {"word": "ab"}).result == "ba"
    assert computed(RIGHT, {"word": "ab"}).result != "ab"


def test_of_two_variants_the_better_stays_an_odd_set_waits_and_a_merge_that_does_worse_gives_way(
    endpoint: SimulatedEndpoint, tmp_path: Path
):
    shares = (
        Share(parameters(RIGHT), SEALS),
        Share(parameters(TURNED), BACKWARDS),
        Share(NOTHING, GUESSED),
    )
    before = asked(endpoint)
    (first, second), _ = merged(endpoint, tmp_path, *shares)
    [merge] = first.merges
    assert (merge.accepted, merge.share.parameters) == (True, parameters(TURNED))
    assert (merge.kept.mean, first.requests) == (3 / 5, 5 * 2 + 5 * 2)
    assert first.examples == 5 + 5  # the union, which has the first one's variant, and the other variant in its place
    assert [task.id for task in merge.share.tasks.tasks] == [task.id for task in TRAIN.tasks[:5]]
    [merge] = second.merges
    assert (merge.accepted, merge.share.parameters) == (False, NOTHING)
    assert (merge.merged.mean, merge.kept.mean) == (3 / 11, 6 / 11)
    assert second.requests == 6 * 2 + 11  # of the first round's set only the tasks that are new to it
    assert second.examples == 6  # which is the merged set, too; what the other set is compared by is none
    assert asked(endpoint) - before == first.requests + second.requests


def test_what_a_part_knows_of_the_starting_set_is_not_run_again(endpoint: SimulatedEndpoint, tmp_path: Path):
    shares = (Share(NOTHING, SEALS), Share(NOTHING, BACKWARDS))
    _, known = merged(endpoint, tmp_path / "first", *shares)
    before = asked(endpoint)
    [done], again = merged(endpoint, tmp_path / "second", *shares, known=known)
    assert (asked(endpoint) - before, done.requests) == (0, 0)
    assert (done.merges[0].accepted, done.merges[0].kept.mean, again) == (True, 0.0, known)
    partly = {key: result for key, result in known.items() if key[0] != "g0"}
    assert merged(endpoint, tmp_path / "third", *shares, known=partly)[1].keys() == known.keys()
    assert asked(endpoint) - before == 1


def test_an_early_end_of_one_evaluation_lets_the_others_come_to_theirs():
    ends: list[str] = []

    async def late() -> None:
        await asyncio.sleep(0.01)
        ends.append("late")

    async def ended() -> None:
        raise Ended("budget", "the limit is reached")

    with pytest.raises(Ended, match="the limit is reached"):
        run_sync(all_of((ended(), late())))
    assert ends == ["late"]
