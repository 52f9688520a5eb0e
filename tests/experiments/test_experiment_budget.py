"""The budget of an experiment: what all cells used counts, and nothing is asked once it is used up."""

import shutil
from pathlib import Path

import pytest
from small_experiments import (
    PLAIN,
    TRAINED,
    Counting,
    Lines,
    edit,
    estimate_of,
    make_experiment,
    record_of,
    replay,
    run,
    setup_of,
)
from small_experiments import runners as every

from dicing import TEST, TRAIN, VALIDATION, World
from toolwright.errors import BudgetReached, ConfigError
from toolwright.experiments.estimating import estimated
from toolwright.experiments.methods.work import CellWork
from toolwright.experiments.planning import plan_of
from toolwright.experiments.records import CellRecord
from toolwright.messages import Usage
from toolwright.training.outlay import RoleEstimate


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return make_experiment(tmp_path)


def with_budget(file: Path, budget: str, limits: str = "") -> None:
    edit(file, "[models.mini]", f"[budget]\n{budget}\n[limits]\n{limits}\n[models.mini]")


async def test_each_cell_may_use_what_the_others_left_and_no_more_than_its_own_limits(file: Path) -> None:
    with_budget(file, "requests = 85\ndollars = 9.0\nminutes = 60", "requests = 50\ntokens = 7000")
    runner = Counting(requests=10)
    await run(file, runner)
    limits = [work.config.limits for work in runner.ran]
    assert [one.requests for one in limits] == [50, 50, 50, 50, 45, 35, 25, 15]
    assert {one.tokens for one in limits} == {7000}
    assert [one.dollars for one in limits[:3]] == pytest.approx([9.0, 8.9, 8.8])
    assert [one.minutes for one in limits[:3]] == [60, 59.5, 59]


async def test_what_is_left_when_the_budget_is_used_up_is_recorded_as_not_run(file: Path) -> None:
    with_budget(file, "requests = 32")
    runner, teller = Counting(requests=10), Lines()
    ended = await run(file, runner, teller)
    assert len(runner.ids) == 3
    assert not ended.provider
    assert [record.status for record in ended.results.cells] == ["done"] * 3 + ["incomplete"] * 5
    reason = ended.results.cells[3].reason
    assert reason == (
        "not run: it needs 10 requests at the least, and may use 2 requests of the experiment's budget of 32 requests; "
        "raise [budget] of the experiment"
    )
    assert "the budget is not enough for every cell: they need 80 requests at the least" in teller.warnings[0]
    edit(file, "requests = 32", "requests = 41")
    ended = await run(file, Counting(requests=10))
    [reason] = {record.reason for record in ended.results.cells[4:]}
    assert "may use 1 request of the experiment's budget of 41 requests" in reason  # today's
    with_more = Counting(requests=10)
    edit(file, "requests = 41", "requests = 80")
    edit(file, "[domains.words]", "[domains.words]\nagent = { turns = 7 }")  # of what was never begun nothing changes
    ended = await run(file, with_more)
    assert (len(with_more.ids), {record.status for record in ended.results.cells}) == (4, {"done"})


async def test_a_cell_that_the_budget_ends_says_so_and_one_that_its_own_limit_ends_names_that(file: Path) -> None:
    with_budget(file, "requests = 60", "requests = 42")

    def reaches(work: CellWork) -> CellRecord:
        may = work.config.limits.requests
        reason = f"the limit of {may} requests is reached: {may} used, 1 more needed"
        if work.key.id == PLAIN:
            raise BudgetReached(reason)
        return record_of(work, 30).model_copy(update={"status": "incomplete", "reason": reason})

    await run(file, Counting(instead=reaches), only=[TRAINED])
    ended = await run(file, Counting(instead=reaches), only=[PLAIN])
    assert [record.reason for record in ended.results.cells] == [
        "the limit of 42 requests is reached: 42 used, 1 more needed; raise [limits] of the experiment",
        (
            "the experiment's budget of 60 requests was used up (this cell could use 30 of it): 30 used, 1 more "
            "needed; raise [budget] of the experiment"
        ),
    ]


async def test_a_budget_that_is_too_small_for_one_cell_is_said_before_anything_is_asked(file: Path) -> None:
    with_budget(file, "tokens = 900")
    runner = Counting(requests=10)
    with pytest.raises(ConfigError, match=r"too small for one cell: .*needs 1,?000 tokens at the least"):
        await run(file, runner)
    assert runner.ids == []
    assert not (file.parent / "out").exists()


async def test_a_cells_own_limit_that_is_too_small_for_it_is_said_too(file: Path) -> None:
    with_budget(file, "requests = 900", "requests = 9")
    with pytest.raises(ConfigError, match=r"10 requests at the least, and may use 9 requests; raise \[limits\] of"):
        await run(file, Counting(requests=10))


async def test_a_budget_that_is_used_up_says_so_when_it_is_asked_for_more(file: Path) -> None:
    with_budget(file, "requests = 20")
    await run(file, Counting(requests=10))
    more = Counting(requests=10)
    with pytest.raises(ConfigError, match=r"the budget of 20 requests is used up; raise \[budget\]"):
        await run(file, more)
    assert more.ids == []


async def test_what_a_cell_used_before_it_was_broken_off_counts_against_the_others_alone(file: Path) -> None:
    with_budget(file, "requests = 60")

    def cut(work: object) -> object:
        return record_of(work, 30).model_copy(update={"status": "incomplete", "reason": "cut"})  # pyright: ignore[reportArgumentType] - a cell's work

    await run(file, Counting(instead=cut), only=[TRAINED])  # pyright: ignore[reportArgumentType] - as above
    runner = Counting(requests=10)
    await run(file, runner, only=[TRAINED, PLAIN])
    assert [(work.key.id, work.config.limits.requests) for work in runner.ran] == [(TRAINED, 60), (PLAIN, 50)]


async def test_a_cell_that_was_broken_off_is_counted_once_where_the_budget_is_said_to_be_too_small(file: Path) -> None:
    with_budget(file, "requests = 60")
    teller, only = Lines(), [TRAINED, PLAIN]

    def cut(work: CellWork) -> CellRecord:
        return record_of(work, 20).model_copy(update={"status": "incomplete", "reason": "cut"})

    await run(file, Counting(instead=cut), only=[TRAINED])
    await run(file, Counting(requests=25), teller, only=only)
    assert teller.warnings == []
    await run(file, Counting(requests=6), teller, only=["sums/*"])
    assert "they need 12 requests at the least, and may use 10 requests" in teller.warnings[0]


class Dear(Counting):
    """A training is estimated at more than there is."""

    def estimate(self, work: CellWork) -> RoleEstimate:
        return estimate_of(500 if work.key.method == "trained" else 10)


async def test_what_a_killed_cell_used_stands_in_its_record_and_is_not_granted_again(file: Path) -> None:
    world = World(file.parent / "ready")
    await world.trainer().afit(TRAIN, VALIDATION, TEST)
    [ready] = (file.parent / "ready").iterdir()

    def killed(work: CellWork) -> CellRecord:
        shutil.copytree(ready, work.runs / "training")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await run(file, Counting(instead=killed), only=[TRAINED])
    with_budget(file, f"requests = {world.asked + 25}")
    runner = Dear()
    ended = await run(file, runner, only=["sums/*"])
    record, never, *_ = ended.results.cells
    assert sum(used.requests for used in record.usage.values()) == world.asked > 0
    assert record.status == "incomplete"
    assert record.reason.startswith("not gone on with: it needs 500 requests at the least")
    assert never.reason.startswith("not run: it needs 500 requests")
    assert [work.config.limits.requests for work in runner.ran] == [25, 15]
    assert [one.status for one in ended.results.cells] == ["incomplete", "incomplete", "done", "done"]


async def test_what_a_killed_reading_used_stands_in_the_results_whether_it_goes_on_or_not(file: Path) -> None:
    edit(file, 'kind = "main"', 'kind = "main"\n[[tables]]\nkind = "transfer"')
    world = World(file.parent / "ready")
    await world.trainer().afit(TRAIN, VALIDATION, TEST)
    [ready] = (file.parent / "ready").iterdir()
    await run(file, Counting(), only=[TRAINED], tables=["main"])
    folder = plan_of(setup_of(file, only=[TRAINED])).planned[0].folder
    assert folder.record is not None
    folder.keep(folder.record.model_copy(update={"unread": "broken off"}))
    shutil.copytree(ready, folder.path / "transfer-words")
    ended = await run(file, Counting(), only=[PLAIN])
    assert [one.measuring.requests for one in ended.results.cells] == [world.asked, 0]
    with_budget(file, "", "requests = 13")
    ended = await run(file, Counting(), only=[TRAINED, "sums/*/plain/1"])
    trained, *_ = ended.results.cells
    assert trained.unread.startswith("it needs 4 requests more than the 10 requests it used")
    assert trained.measuring.requests == world.asked > 0


async def test_of_a_cell_that_is_trained_only_the_missing_readings_are_to_come(file: Path) -> None:
    edit(file, 'kind = "main"', 'kind = "main"\n[[tables]]\nkind = "transfer"')
    await run(file, Counting(requests=10), only=[TRAINED], tables=["main"])
    whole, left = (
        estimated(plan_of(setup_of(file, only=[TRAINED], again=again)), every(Counting(requests=10))).total
        for again in ((TRAINED,), ())
    )
    assert whole is not None
    assert left is not None
    assert (left.requests.low, whole.requests.low) == (4, 14)  # a request for each test task of the other domain
    assert estimated(plan_of(setup_of(file, only=[TRAINED], tables=["main"])), every(Counting())).total is None


async def test_a_training_is_run_where_it_fits_though_what_is_read_beside_it_does_not(file: Path) -> None:
    edit(file, 'kind = "main"', 'kind = "main"\n[[tables]]\nkind = "transfer"')
    with_budget(file, "requests = 12")
    runner, teller = Counting(requests=10), Lines()
    ended = await run(file, runner, teller, only=[TRAINED])
    assert (runner.ids, ended.results.cells[0].status) == ([TRAINED], "done")
    assert "they need 14 requests at the least, and may use 12 requests" in teller.warnings[0]


async def test_limits_and_budget_hold_over_a_training_and_what_is_read_of_it_later(file: Path) -> None:
    edit(file, 'kind = "main"', 'kind = "main"\n[[tables]]\nkind = "transfer"')
    await run(file, Counting(requests=10), only=["sums/*/0"], tables=["main"])
    with_budget(file, "requests = 23")  # of which two cells used 10 each
    with pytest.raises(ConfigError, match=rf"{TRAINED}, the cheapest, cannot be run: it needs 4 requests more than"):
        await run(file, Counting(), only=[TRAINED])
    runner, teller = Counting(requests=1), Lines()
    ended = await run(file, runner, teller, only=[TRAINED, "words/*/plain/0"])
    trained, *_ = ended.results.cells
    assert (trained.status, ended.faults) == ("done", {})
    assert trained.unread == (
        "it needs 4 requests more than the 10 requests it used at the least, and may use 13 requests of the "
        "experiment's budget of 23 requests; raise [budget] of the experiment"
    )
    assert [(work.key.method, work.config.limits.requests) for work in runner.ran] == [("plain", 3)]
    assert "they need 5 requests at the least, and may use 3 requests" in teller.warnings[0]
    edit(file, "requests = 23", "requests = 900")
    edit(file, "[limits]", "[limits]\nrequests = 13")  # holds over both, too
    with pytest.raises(ConfigError, match="more than the 10 requests it used at the least, and may use 13 requests"):
        await run(file, Counting(), only=[TRAINED])


async def test_minutes_of_measuring_count_against_the_budget(file: Path) -> None:
    with_budget(file, "minutes = 60")
    runner = Counting(instead=lambda work: record_of(work, 10).model_copy(update={"measuring_minutes": 2.0}))
    await run(file, runner, only=["sums/*"])
    assert [work.config.limits.minutes for work in runner.ran] == [60, 57.5, 55, 52.5]


async def test_what_was_run_again_is_paid_for_twice(file: Path) -> None:
    with_budget(file, "requests = 60")
    await run(file, Counting(requests=10), only=[PLAIN])
    runner = Counting(requests=10)
    await run(file, runner, only=[PLAIN], again=[PLAIN])
    await run(file, runner, only=[TRAINED])
    assert [work.config.limits.requests for work in runner.ran] == [50, 40]


async def test_a_budget_in_dollars_wants_prices(file: Path) -> None:
    with_budget(file, "dollars = 1.0")
    edit(file, ", price = { input = 1.0, output = 2.0 }", "")
    with pytest.raises(ConfigError, match=f"cell {TRAINED}: agent: the price of agent is not known"):
        await run(file, Counting())


async def test_a_recording_costs_nothing_of_a_budget_in_dollars(file: Path) -> None:
    with_budget(file, "dollars = 1.0")
    replay(file, "replies.jsonl")

    def unpriced(work: CellWork) -> CellRecord:
        usage = Usage(requests=3, input_tokens=9, dollars=None)
        return record_of(work, 3).model_copy(update={"usage": {"agent": usage, "optimizer": usage}, "measuring": usage})

    runner = Counting(instead=unpriced)
    ended = await run(file, runner, only=["sums/*"])
    assert {record.status for record in ended.results.cells} == {"done"}
    await run(file, runner, only=["sums/*"], again=["*/0"])
    assert [work.config.limits.dollars for work in runner.ran] == [1.0] * 6


def test_an_estimate_sums_the_cells_that_are_not_done_by_method(file: Path) -> None:
    found = estimated(plan_of(setup_of(file, only=["sums/*", "*/plain/*"])), every(Counting(requests=10)))
    assert [(one.method, one.cells, one.estimate.requests.low) for one in found.methods] == [
        ("trained", 2, 20),
        ("plain", 4, 40),
    ]
    assert found.total is not None
    assert (found.total.requests.low, found.total.requests.high, found.cells, found.done) == (60, 180, 6, 0)
    assert found.total.dollars is not None
    assert found.total.dollars.low == pytest.approx(0.6)


async def test_an_estimate_leaves_out_what_is_done(file: Path) -> None:
    await run(file, Counting(), only=["*/plain/*"])
    found = estimated(plan_of(setup_of(file)), every(Counting(requests=10)))
    assert ([one.method for one in found.methods], found.cells, found.done) == (["trained"], 8, 4)
    await run(file, Counting())
    assert estimated(plan_of(setup_of(file)), every(Counting())).total is None
