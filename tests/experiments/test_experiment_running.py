"""An experiment is run cell by cell; what is done is not run again, and what changed under it is said."""

import json
from pathlib import Path

import pytest
from small_experiments import (
    PLAIN,
    TRAINED,
    Counting,
    Lines,
    edit,
    key_of,
    make_experiment,
    record_of,
    rows,
    run,
    setup_of,
)

from toolwright.errors import BudgetReached, ConfigError, DataError, ModelUnavailable, RunError, SandboxError
from toolwright.events import RolloutFinished, RunFinished
from toolwright.experiments.cell_folder import CellFolder
from toolwright.experiments.methods.work import CellWork
from toolwright.experiments.planning import plan_of
from toolwright.experiments.records import CellRecord
from toolwright.experiments.results_file import read_results
from toolwright.runs.identity import this_version
from toolwright.runs.lock import FolderLock


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return make_experiment(tmp_path)


async def test_every_cell_is_run_once_and_stands_in_the_results_in_the_matrix_order(file: Path) -> None:
    runner, teller = Counting(), Lines()
    ended = await run(file, runner, teller)
    results = read_results(file.parent / "out")
    assert [record.key.id for record in results.cells] == runner.ids
    assert len(runner.ids) == 8
    assert results == ended.results
    assert teller.lines[:2] == [f"1/8 {TRAINED}", "1/8 done"]
    record = results.cells[0]
    assert (record.folder, record.digest) == (f"cells/{TRAINED}", runner.ran[0].digest)
    assert (file.parent / "out" / record.folder / "record.json").is_file()
    assert {record.toolwright for record in results.cells} == {this_version()} == {results.toolwright}


async def test_what_is_done_is_not_run_again(file: Path) -> None:
    first = await run(file, Counting())
    again = Counting()
    assert (await run(file, again)).results == first.results
    assert again.ids == []


async def test_the_results_hold_cells_of_earlier_invocations_in_the_matrix_order(file: Path) -> None:
    await run(file, Counting(), only=["words/*plain/1"])
    later = Counting()
    ended = await run(file, later, only=["sums/*plain/0"])
    assert later.ids == [PLAIN]
    assert [record.key.id for record in ended.results.cells] == [PLAIN, "words/react/mini/plain/1"]


async def test_a_cells_work_has_its_own_folder_tasks_and_configuration(file: Path) -> None:
    runner = Counting()
    await run(file, runner)
    work = next(work for work in runner.ran if work.key == key_of("words/react/mini/trained/1"))
    assert work.runs == file.parent / "out/cells/words/react/mini/trained/1"
    assert (len(work.splits.train), work.config.training.epochs, work.config.agent.kind) == (3, 2, "react")
    assert {task.id.partition("-")[0] for task in work.splits.train.tasks} == {"words_train"}


def works(file: Path, **options: object) -> list[CellWork]:
    """What the cells that are to be run are given."""
    return [one.work for one in plan_of(setup_of(file, **options)).to_run]


def test_a_cell_that_transfers_gets_the_other_domains_own_test_tasks_agent_and_scorer(file: Path) -> None:
    edit(file, 'kind = "main"', 'kind = "transfer"')
    edit(file, "[domains.words]", '[domains.words]\nscorer = "numeric"\nagent = { turns = 3 }')
    sums, plain, words, _ = works(file, only=["*/0"])
    assert (list(sums.others), list(plain.others)) == (["words"], [])
    other = sums.others["words"]
    assert (other.tasks, other.scorer.kind, other.agent.turns) == (words.splits.test, "numeric", 3)


def test_what_a_cell_learns_from_is_never_tested_in_another_domain_it_transfers_to(file: Path) -> None:
    edit(file, 'kind = "main"', 'kind = "transfer"')
    edit(file, "test = 4", "test = 10")
    words, sums = file.parent / "words_test.jsonl", file.parent / "sums.jsonl"
    words.write_text(words.read_text().replace('"id": "words_test-', '"id": "sums-'))
    assert works(file, only=[TRAINED])  # ids of two domains may be the same
    words.write_text("".join(f"{line}\n" for line in sums.read_text().splitlines()[:10]))
    with pytest.raises(DataError, match=r"sums transfers to words, and [1-4] of the 10 test tasks of words are among"):
        works(file, only=["*/trained/1"])
    assert works(file, only=["sums/*/plain/1"])  # what trains nothing has nothing to transfer


async def test_a_training_counts_and_is_not_run_again_whatever_becomes_of_what_is_read_beside_it(file: Path) -> None:
    edit(file, 'kind = "main"', 'kind = "main"\n[[tables]]\nkind = "transfer"')
    runner = Counting()  # whose trainings leave no run that could be read from
    ended = await run(file, runner, only=["*/0"])
    trained = [record for record in ended.results.cells if record.key.method == "trained"]
    assert [record.key.id for record in trained] == [TRAINED, "words/react/mini/trained/0"]
    assert [*ended.faults] == [record.key for record in trained]
    for record in trained:
        assert (record.status, record.transfer, ended.faults[record.key]) == ("done", {}, record.unread)
        assert record.test is not None
    again = Counting()
    assert [*(await run(file, again, only=["*/0"])).faults] == [*ended.faults]
    assert not (await run(file, again, only=["*/0"], tables=["main"])).faults  # which wants nothing more of them
    assert again.ids == []


async def test_a_curve_of_a_training_whose_run_is_gone_fails_for_that_cell_alone(file: Path) -> None:
    edit(file, 'kind = "main"', 'kind = "main"\n[[tables]]\nkind = "curves"')
    await run(file, Counting(), only=[TRAINED], tables=["main"])
    runner = Counting()
    ended = await run(file, runner, only=[TRAINED, PLAIN])
    assert [record.status for record in ended.results.cells] == ["done", "done"]
    assert ([key.id for key in ended.faults], runner.ids) == ([TRAINED], [PLAIN])


async def test_what_is_read_beside_a_cell_is_no_part_of_it(file: Path) -> None:
    edit(file, 'kind = "main"', 'kind = "main"\n[[tables]]\nkind = "transfer"\n[[tables]]\nkind = "curves"')
    wanted = [works(file, only=[TRAINED], tables=kinds) for kinds in ((), ("main",), ("curves",), ("transfer",))]
    assert len({work.digest for [work] in wanted}) == 1
    assert [(work.curve, [*work.others]) for [work] in wanted] == [
        (True, ["words"]),
        (False, []),
        (True, []),
        (False, ["words"]),
    ]


@pytest.mark.parametrize(
    ("old", "new", "said", "tables"),
    [
        ("[domains.words]", "[domains.words]\nagent = { turns = 3 }", "transfer.words.agent.turns: was ", ["main"]),
        ("[domains.words]", '[domains.words]\nscorer = "numeric"', 'transfer.words.scorer.kind: was "exact"', ["main"]),
        ("test = 4", "test = 3", "transfer.words.tasks: was ", []),
    ],
)
async def test_a_reading_that_was_begun_holds_only_for_what_it_was_begun_on_whatever_is_shown(
    file: Path, old: str, new: str, said: str, tables: list[str]
) -> None:
    edit(file, 'kind = "main"', 'kind = "main"\n[[tables]]\nkind = "transfer"')
    await run(file, Counting(), only=[TRAINED])
    edit(file, old, new)
    with pytest.raises(ConfigError, match=f"the cell {TRAINED} in .* with something else: transfer\n  {said}"):
        works(file, only=[TRAINED], tables=tables)
    if tables:
        with pytest.raises(ConfigError, match=said):  # also where the cell itself is none of those to run
            works(file, only=[PLAIN])
    else:
        assert works(file, only=[TRAINED], tables=["main"]) == []  # where the other domain's tasks are not read
    assert works(file, only=[TRAINED], again=[TRAINED])[0].others


async def test_another_domain_may_come_to_a_table_of_transfer(file: Path) -> None:
    edit(file, 'kind = "main"', 'kind = "transfer"\ndomains = ["sums", "words"]')
    await run(file, Counting(), only=[TRAINED])
    edit(file, "[domains.words]", '[domains.more]\nsource = { reader = "jsonl", path = "more.jsonl" }\n[domains.words]')
    edit(file, '"sums", "words"]', '"sums", "words", "more"]')
    (file.parent / "more.jsonl").write_text(rows("more", 100))
    [work] = works(file, only=[TRAINED])
    assert [*work.others] == ["more", "words"]
    await run(file, Counting(), only=[TRAINED])
    assert sorted(CellFolder(file.parent / "out", work.key).read_on) == ["more", "words"]


async def test_a_cell_that_fails_is_recorded_with_its_reason_and_the_next_goes_on(file: Path) -> None:
    def fails(work: CellWork) -> CellRecord | None:
        if work.key.id == TRAINED:
            raise ExceptionGroup("of a task group", [SandboxError("the sandbox cannot be started")])
        return None

    runner = Counting(instead=fails)
    ended = await run(file, runner)
    failed, *others = ended.results.cells
    assert (failed.status, failed.reason) == ("failed", "the sandbox cannot be started")
    assert {record.status for record in others} == {"done"}
    mended = Counting()
    assert (await run(file, mended)).results.cells[0].status == "done"
    assert mended.ids == [TRAINED]


async def test_a_bug_in_a_runner_is_shown_and_not_recorded(file: Path) -> None:
    def broken(work: CellWork) -> CellRecord | None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await run(file, Counting(instead=broken))
    assert not (file.parent / "out/cells" / TRAINED / "record.json").exists()


def finished(why: str) -> RunFinished:
    return RunFinished(why=why, end=f"ended by {why}", best="", functions=(), usage={})


def incomplete(work: CellWork, why: str) -> CellRecord:
    for sink in work.events:
        sink.emit(finished(why))
    return record_of(work, 3).model_copy(update={"status": "incomplete", "reason": f"ended by {why}"})


async def test_where_a_model_does_not_answer_the_cells_that_ask_it_stop_and_what_there_is_is_kept(file: Path) -> None:
    def lost(work: CellWork) -> CellRecord | None:
        given = {"split": "test", "parameters": "p", "task": "t", "repeat": 0, "end": "provider", "calls": 0}
        for sink in work.events if work.key.id == PLAIN else ():
            sink.emit(RolloutFinished.model_validate({**given, "score": None}))
        return incomplete(work, "provider") if work.key.id == PLAIN else None

    runner = Counting(instead=lost)
    ended = await run(file, runner)
    assert ended.provider
    assert runner.ids[-1] == PLAIN
    assert [record.status for record in read_results(file.parent / "out").cells] == ["done", "done", "incomplete"]
    later = Counting()
    assert not (await run(file, later)).provider
    assert later.ids[-1] == PLAIN
    assert len(later.ids) == 6


def recovered(work: CellWork) -> CellRecord | None:
    """A cell whose provider failed in one of its runs and not in the last, which the limits ended."""
    incomplete(work, "provider")
    raise BudgetReached("the limit of 3 requests is reached")


async def test_a_provider_that_cannot_be_reached_stops_it_too_and_its_own_limit_does_not(file: Path) -> None:
    def out(work: CellWork) -> CellRecord | None:
        raise ModelUnavailable("it has been out for 30 minutes")

    ended = await run(file, Counting(instead=out))
    assert ended.provider
    assert [(record.status, record.reason) for record in ended.results.cells] == [
        ("incomplete", "it has been out for 30 minutes")
    ]
    limited = Counting(instead=recovered)
    assert not (await run(file, limited, only=["words/*"])).provider
    assert len(limited.ids) == 4
    limited = Counting(instead=lambda work: incomplete(work, "budget"))
    assert not (await run(file, limited)).provider
    assert len(limited.ids) == 8


async def test_a_setting_that_changed_is_said_before_anything_is_run_with_cell_part_and_remedy(file: Path) -> None:
    await run(file, Counting(), only=["sums/*"])
    edit(file, "epochs = 2", "epochs = 3")
    runner = Counting()
    for only in (["sums/*"], ["words/*"]):  # a cell that is not run now stands in the same results
        with pytest.raises(ConfigError) as error:
            await run(file, runner, only=only)
        text = str(error.value)
        assert f"the cell {TRAINED} in {file.parent / 'out'} was begun with something else (as were 1 others)" in text
        assert "training.epochs: was 2, now 3" in text
        assert f"--again '{TRAINED}'" in text
    assert runner.ids == []


async def test_tasks_that_changed_are_said(file: Path) -> None:
    await run(file, Counting(), only=[PLAIN])
    rows = file.parent / "sums.jsonl"
    rows.write_text(rows.read_text().replace("What is", "Say what is"))
    with pytest.raises(ConfigError, match=r"else: tasks\n  tasks.train: was "):
        await run(file, Counting(), only=[PLAIN])


async def test_limits_and_paces_are_no_other_cell(file: Path) -> None:
    await run(file, Counting())
    edit(file, "[models.mini]", "[limits]\nrequests = 500\n[models.mini]")
    edit(file, "127.0.0.1:9/v1", "127.0.0.1:8/v1")
    edit(file, 'kind = "react"', 'kind = "react"\nlabel = "ReAct"')
    again = Counting()
    await run(file, again)
    assert again.ids == []


async def test_a_setting_that_a_newer_toolwright_has_beside_its_default_changes_nothing(file: Path) -> None:
    await run(file, Counting(), only=[PLAIN])
    made_of = file.parent / "out/cells" / PLAIN / "made_of.json"
    made = json.loads(made_of.read_text())
    del made["training"]["race"], made["optimizer"]["actions"]
    made_of.write_text(json.dumps(made))
    again = Counting()
    await run(file, again, only=[PLAIN])
    assert again.ids == []


async def test_a_cell_is_run_from_its_beginning_where_that_is_asked_and_what_it_was_is_kept(file: Path) -> None:
    await run(file, Counting(requests=10), only=["sums/*"])
    edit(file, "epochs = 2", "epochs = 3")
    again = Counting(requests=20)
    ended = await run(file, again, only=["sums/*"], again=["*/trained/*"])
    assert again.ids == ["sums/react/mini/trained/0", "sums/react/mini/trained/1"]
    assert [record.usage["agent"].requests for record in ended.results.cells] == [20, 20, 10, 10]
    kept = file.parent / "out/replaced" / TRAINED / "0/record.json"
    assert CellRecord.model_validate_json(kept.read_bytes()).usage["agent"].requests == 10
    with pytest.raises(ConfigError, match="--again words"):
        await run(file, again, only=["sums/*"], again=["words/*"])


async def test_another_sandbox_is_another_cell(file: Path) -> None:
    runner = Counting()
    await run(file, runner, only=[PLAIN], sandbox="unconfined")
    assert runner.ran[0].sandbox is not None
    assert runner.ran[0].sandbox.kind == "unconfined"
    with pytest.raises(ConfigError, match=r'sandbox\.kind: was "unconfined"'):
        await run(file, runner, only=[PLAIN])


async def test_two_processes_do_not_run_one_experiment(file: Path) -> None:
    await run(file, Counting(), only=[PLAIN])
    lock, runner = FolderLock(file.parent / "out"), Counting()
    try:
        with pytest.raises(RunError, match="in use by process"):
            await run(file, runner)
    finally:
        lock.release()
    assert runner.ids == []


async def test_a_mistake_leaves_no_folder_and_asks_nobody(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    edit(file, 'agent = { model = "agent",', 'agent = { model = "agent", api_key_env = "NO_SUCH_KEY",')
    runner = Counting()
    with pytest.raises(ConfigError, match=f"cell {TRAINED}: agent: the environment variable NO_SUCH_KEY is not set"):
        await run(file, runner)
    assert not (file.parent / "out").exists()
    assert runner.ids == []


async def test_a_gate_that_could_accept_nothing_is_said_before_anything_is_run(file: Path) -> None:
    edit(file, 'gate = "strict"', 'gate = "paired"')
    with pytest.raises(ConfigError, match=f"cell {TRAINED}: .*tasks"):
        await run(file, Counting())


async def test_only_the_data_of_the_cells_that_are_run_have_to_be_named_and_all_of_them_at_once(file: Path) -> None:
    edit(file, '"words_train.jsonl"', '"data:train/x"')
    edit(file, '"words_test.jsonl"', '"data:test/x"')
    await run(file, Counting(), only=["sums/*"])
    with pytest.raises(ConfigError, match="give --data train=PATH --data test=PATH"):
        await run(file, Counting())


async def test_a_record_that_is_damaged_is_named(file: Path) -> None:
    await run(file, Counting(), only=[PLAIN])
    record = file.parent / "out/cells" / PLAIN / "record.json"
    record.write_text(record.read_text()[:40])
    with pytest.raises(RunError, match=r"record\.json cannot be read"):
        await run(file, Counting(), only=[PLAIN])
