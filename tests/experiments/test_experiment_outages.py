"""Where the provider ends a cell, the others go on, but for those whose model did not answer at all."""

from collections.abc import Callable
from pathlib import Path

import pytest
from small_experiments import PLAIN, TRAINED, Counting, edit, make_experiment, record_of, run

from toolwright.errors import ModelUnavailable
from toolwright.events import Event, ModelReplied, ModelRetried, RolloutFinished, RunFinished
from toolwright.experiments.methods.work import CellWork
from toolwright.experiments.outages import Hearing
from toolwright.experiments.records import CellRecord
from toolwright.messages import Usage

SITE = {"purpose": "test", "parameters": "p", "task": "t", "repeat": 0, "turn": 0}
FINISHED = RunFinished(why="provider", end="ended", best="", functions=(), usage={})
RETRIED = ModelRetried(role="optimizer", attempt=1, fault="server error", wait=0.1)


def replied(role: str = "agent") -> ModelReplied:
    return ModelReplied.model_validate(
        {**SITE, "role": role, "model": "m", "finish": "stop", "usage": Usage(requests=1), "seconds": 0.1}
    )


def lost(end: str) -> RolloutFinished:
    given = {"split": "test", "parameters": "p", "task": "t", "repeat": 0, "score": None, "end": end, "calls": 0}
    return RolloutFinished.model_validate(given)


def ending(ids: tuple[str, ...], *told: Event) -> Callable[[CellWork], CellRecord | None]:
    """Cells of these ids tell that much, and are incomplete."""

    def instead(work: CellWork) -> CellRecord | None:
        if work.key.id not in ids:
            return None
        for event in told:
            for sink in work.events:
                sink.emit(event)
        return record_of(work, 3).model_copy(update={"status": "incomplete", "reason": "ended"})

    return instead


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return make_experiment(tmp_path)


async def test_one_request_that_always_fails_holds_up_no_other_cell_now_or_by_the_next_command(file: Path) -> None:
    poisoned = (TRAINED, PLAIN)
    runner = Counting(instead=ending(poisoned, replied(), lost("provider")))
    ended = await run(file, runner)
    assert ended.provider
    assert len(runner.ids) == 8
    assert sum(record.status == "done" for record in ended.results.cells) == 6
    edit(file, "seeds = [0, 1]", "seeds = [0, 1, 2]")
    unanswered = Counting(instead=ending(poisoned, lost("provider")))  # the rest of their replies are kept
    ended = await run(file, unanswered)
    assert [work.key.seed for work in unanswered.ran] == [2, 2, 2, 2, 0]
    assert unanswered.ids[-1] == TRAINED
    assert ended.provider
    later = Counting(instead=ending(poisoned, lost("provider")))
    await run(file, later)
    assert later.ids == [PLAIN]  # in its turn
    healed = Counting()
    assert not (await run(file, healed)).provider
    assert healed.ids == [TRAINED, PLAIN]


async def test_a_model_that_does_not_answer_stops_the_cells_that_ask_it_and_no_others(file: Path) -> None:
    edit(
        file,
        "[methods.trained]",
        '[models.other]\nagent = { model = "other", base_url = "http://127.0.0.1:9/v1" }\n[methods.trained]',
    )

    def out(work: CellWork) -> CellRecord | None:
        if work.key.model == "mini":
            raise ModelUnavailable("it has been out for 30 minutes")
        return None

    runner = Counting(instead=out)
    ended = await run(file, runner)
    assert ended.provider
    assert [work.key.model for work in runner.ran] == ["mini"] + ["other"] * 8
    assert {record.key.model for record in ended.results.cells if record.status == "done"} == {"other"}


async def test_a_sandbox_that_fails_is_an_error_of_the_cell_and_not_the_provider(file: Path) -> None:
    runner = Counting(instead=ending((TRAINED,), replied(), lost("sandbox"), FINISHED))
    ended = await run(file, runner)
    assert not ended.provider
    assert len(runner.ids) == 8
    failed = ended.results.cells[0]
    assert (failed.status, failed.reason) == ("failed", "ended")


@pytest.mark.parametrize(("end", "status", "left"), [("provider", "incomplete", True), ("sandbox", "failed", False)])
async def test_a_runs_own_end_takes_back_nothing_of_what_its_sealed_test_lost(
    file: Path, end: str, status: str, left: bool
) -> None:
    own = FINISHED.model_copy(update={"why": "early_stop"})
    ended = await run(file, Counting(instead=ending((TRAINED,), replied(), lost(end), own)))
    assert (ended.results.cells[0].status, ended.provider) == (status, left)


@pytest.mark.parametrize(
    ("told", "unanswered"),
    [
        ([], {"agent", "optimizer"}),
        ([replied()], set[str]()),
        ([RETRIED], {"optimizer"}),
        ([lost("provider")], {"agent"}),  # a quota that is used up is not retried
        ([replied(), FINISHED], {"optimizer"}),
        ([replied(), RETRIED], {"optimizer"}),
        ([replied(), RETRIED, replied("optimizer")], set[str]()),
    ],
)
def test_a_model_is_out_where_it_was_asked_in_vain_or_nothing_was_heard_at_all(
    told: list[Event], unanswered: set[str]
) -> None:
    hearing = Hearing()
    for event in told:
        hearing.emit(event)
    assert hearing.unanswered == unanswered
