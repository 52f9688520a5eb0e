"""What is expected of cells by those that are done: other seeds first, then other domains, and what is said of it."""

from pathlib import Path

import pytest
from small_experiments import (
    PLAIN,
    TRAINED,
    Counting,
    edit,
    key_of,
    make_experiment,
    record_of,
    rows,
    run,
    runners,
    setup_of,
)

from support import rolled
from toolwright.evaluations import Evaluation
from toolwright.experiments import expecting
from toolwright.experiments.cell_folder import CellFolder
from toolwright.experiments.cells import Readings
from toolwright.experiments.estimating import ExperimentEstimate, estimated
from toolwright.experiments.expecting import to_pilot
from toolwright.experiments.pilots import group_of
from toolwright.experiments.planning import Plan, plan_of
from toolwright.experiments.records import Scores
from toolwright.messages import Usage
from toolwright.parameters import Parameters
from toolwright.tasks import TaskSet
from toolwright.training.measured import Pilot


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return make_experiment(tmp_path)


def took(requests: int) -> Counting:
    """A runner whose cells take so much, whatever their estimate says (10 to 30 requests)."""
    return Counting(instead=lambda work: record_of(work, requests))


def planned(file: Path, *only: str) -> Plan:
    return plan_of(setup_of(file, only=list(only)))


def of(file: Path, *only: str) -> ExperimentEstimate:
    found = estimated(planned(file, *only), runners(Counting()))
    for one in found.methods:
        requests = one.estimate.requests
        assert requests.expected is None or requests.low <= requests.expected <= requests.high
    return found


async def test_what_other_seeds_took_is_expected_of_those_that_are_left(file: Path) -> None:
    edit(file, "seeds = [0, 1]", "seeds = [0, 1, 2]")
    await run(file, took(20), only=[PLAIN])
    await run(file, took(26), only=["sums/*/plain/1"])
    [plain] = of(file, "sums/*/plain/*").methods
    assert (plain.cells, plain.rests_on) == (1, {"done cells": 1})
    assert plain.estimate.requests.expected == 23
    assert (plain.estimate.input_tokens.expected, plain.estimate.output_tokens.expected) == (90 * 23, 10 * 23)
    assert plain.estimate.dollars is not None
    assert plain.estimate.dollars.expected == pytest.approx(0.23)
    assert plain.minutes is not None
    assert plain.minutes.expected == 0.5
    assert (plain.estimate.requests.low, plain.estimate.requests.high) == (10, 30)  # two cells bound nothing


async def test_a_cell_that_took_more_than_was_assumed_widens_what_is_said(file: Path) -> None:
    await run(file, took(77), only=[PLAIN])
    [plain] = of(file, "sums/*/plain/*").methods
    requests = plain.estimate.requests
    assert (requests.low, requests.expected, requests.high) == (10, 77, 77)


async def test_another_domains_cells_count_only_where_nothing_else_is_known_and_as_many_tasks_are_drawn(
    file: Path,
) -> None:
    await run(file, took(20), only=[PLAIN])
    [plain] = of(file, "words/*/plain/*").methods
    assert (plain.rests_on, plain.estimate.requests.expected) == ({"nothing": 2}, None)
    edit(file, "draw = { train = 3, validation = 2, test = 4 }", "draw = { train = 4, test = 5 }")
    [plain] = of(file, "words/*/plain/*").methods
    assert (plain.rests_on, plain.estimate.requests.expected) == ({"other domains": 2}, 2 * 20)
    await run(file, took(12), only=["words/*/plain/0"])
    [plain] = of(file, "words/*/plain/*").methods
    assert (plain.rests_on, plain.estimate.requests.expected) == ({"done cells": 1}, 12)


async def test_nothing_is_expected_in_total_while_one_cell_is_unknown_and_no_pilot_is_wanted_of_the_others(
    file: Path,
) -> None:
    await run(file, took(20), only=[PLAIN])
    found = of(file, "sums/*")
    assert {one.method: one.rests_on for one in found.methods} == {
        "trained": {"nothing": 2},
        "plain": {"done cells": 1},
    }
    assert found.total is not None
    assert (found.total.requests.expected, found.minutes) == (None, None)
    assert (found.total.requests.low, found.cells, found.done) == (30, 4, 1)
    assert [one.cell.key.id for one in to_pilot(planned(file, "sums/*"))] == [TRAINED]
    assert to_pilot(planned(file, "sums/*/plain/*")) == ()


async def test_a_cell_that_is_run_again_or_did_not_end_is_no_evidence(file: Path) -> None:
    cut = Counting(instead=lambda work: record_of(work, 3).model_copy(update={"status": "incomplete", "reason": "cut"}))
    await run(file, cut, only=[PLAIN])
    assert [one.rests_on for one in of(file, "sums/*/plain/*").methods] == [{"nothing": 2}]
    await run(file, took(20), only=[PLAIN])
    again = estimated(plan_of(setup_of(file, only=["sums/*/plain/*"], again=[PLAIN])), runners(Counting()))
    assert [one.rests_on for one in again.methods] == [{"nothing": 2}]


async def test_a_reading_is_expected_to_take_what_the_same_reading_took_and_without_one_nothing_is_expected(
    file: Path,
) -> None:
    edit(file, '[[tables]]\nkind = "main"', '[[tables]]\nkind = "main"\n[[tables]]\nkind = "curves"\nseeds = [1]')
    await run(file, took(20), only=[TRAINED])
    plan = planned(file, "sums/*/trained/1")
    assert plan.to_run[0].missing == Readings(curve=True)
    [trained] = estimated(plan, runners(Counting())).methods
    assert (trained.rests_on, trained.estimate.requests.expected) == ({"nothing": 1}, None)
    folder = CellFolder(file.parent / "out", key_of(TRAINED))
    assert folder.record is not None
    read = {"curve": True, "measuring": Usage(requests=7, dollars=0.0), "measuring_minutes": 1}
    folder.keep(folder.record.model_copy(update=read))
    [trained] = estimated(plan, runners(Counting())).methods
    assert (trained.rests_on, trained.estimate.requests.expected) == ({"done cells": 1}, 27)
    assert trained.minutes is not None
    assert trained.minutes.expected == 1.5


async def test_what_trainings_took_says_nothing_of_a_reading_that_alone_is_left(
    file: Path,
) -> None:
    edit(file, 'kind = "main"', 'kind = "main"\n[[tables]]\nkind = "transfer"')
    edit(file, "draw = { train = 3, validation = 2, test = 4 }", "draw = { train = 4, test = 5 }")
    await run(file, took(20), only=["sums/*/trained/*"], tables=["main"])
    [trained] = of(file, "sums/*/trained/*").methods
    assert (trained.rests_on, trained.estimate.requests.expected) == ({"nothing": 2}, None)
    read_of(file, "sums/react/mini/trained/1", {"words": 6})
    [trained] = of(file, TRAINED).methods
    assert (trained.rests_on, trained.estimate.requests.expected) == ({"done cells": 1}, 6)


def read_of(file: Path, cell: str, requests: dict[str, int]) -> None:
    """Has a cell's record hold readings of these domains, that took so many requests."""
    folder = CellFolder(file.parent / "out", key_of(cell))
    assert folder.record is not None
    used = Usage(requests=sum(requests.values()), dollars=0.0)
    transfer = {domain: Scores(by_task={}) for domain in requests}
    folder.keep(folder.record.model_copy(update={"transfer": transfer, "measuring": used}))


async def test_what_only_a_pilot_tells_of_rests_on_the_pilot_whatever_trainings_are_done(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(file, 'kind = "main"', 'kind = "main"\n[[tables]]\nkind = "transfer"')
    await run(file, took(20), only=["sums/*/trained/*"], tables=["main"])
    plan = planned(file, TRAINED)
    monkeypatch.setattr(expecting, "pilots_in", lambda *_: [(group_of(plan.planned[0]), pilot_on(plan))])  # pyright: ignore[reportUnknownArgumentType, reportUnknownLambdaType] - a stand-in
    [trained] = estimated(plan, runners(Counting())).methods
    assert (trained.rests_on, trained.estimate.requests.expected) == ({"pilot": 1}, 4 * 3)


def pilot_on(plan: Plan) -> Pilot:
    """A pilot of two tasks, each of three requests, whose step changed nothing."""
    train = plan.planned[0].work.splits.train
    tasks, start = TaskSet(name="pilot", tasks=train.tasks[:2]), Parameters()
    used = Usage(requests=3, input_tokens=300, output_tokens=30)
    results = tuple(rolled(task, 0.0, usage=used, seconds=1.0) for task in tasks.tasks)
    before = Evaluation(parameters=start.digest, tasks=tasks.digest, split="pilot", results=results)
    return Pilot(
        tasks=tasks,
        start=start,
        candidate=start,
        before=before,
        after=None,
        step=used,
        step_seconds=1.0,
        usage={"agent": used + used, "optimizer": used},
        minutes=1.0,
    )


async def test_the_same_readings_are_the_same_in_whichever_order_they_were_read(file: Path) -> None:
    edit(file, "[domains.words]", '[domains.more]\nsource = { reader = "jsonl", path = "more.jsonl" }\n[domains.words]')
    (file.parent / "more.jsonl").write_text(rows("more", 100))
    edit(file, 'kind = "main"', 'kind = "main"\n[[tables]]\nkind = "transfer"')
    await run(file, took(20), only=["sums/*/trained/*"], tables=["main"])
    read_of(file, "sums/react/mini/trained/1", {"words": 3, "more": 5})
    plan = planned(file, TRAINED)
    assert plan.to_run[0].missing == Readings(transfer=("more", "words"))
    [trained] = estimated(plan, runners(Counting())).methods
    assert (trained.rests_on, trained.estimate.requests.expected) == ({"done cells": 1}, 8)


async def test_other_domains_are_the_others_alone(file: Path) -> None:
    edit(file, "draw = { train = 3, validation = 2, test = 4 }", "draw = { train = 4, test = 5 }")
    edit(file, 'kind = "main"', 'kind = "main"\n[[tables]]\nkind = "curves"')
    await run(file, took(20), only=["sums/*/trained/1"], tables=["main"])
    await run(file, took(40), only=["words/*/trained/1"], tables=["main"])
    folder = CellFolder(file.parent / "out", key_of("words/react/mini/trained/1"))
    assert folder.record is not None
    folder.keep(folder.record.model_copy(update={"curve": True, "measuring": Usage(requests=7, dollars=0.0)}))
    [trained] = of(file, TRAINED).methods
    assert (trained.rests_on, trained.estimate.requests.expected) == ({"other domains": 1}, 47)
