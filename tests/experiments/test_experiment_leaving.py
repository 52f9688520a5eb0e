"""Cells that left the matrix, that are begun anew, or that are not compared: nothing is lost without a word."""

import json
import shutil
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

from dicing import TEST, TRAIN, VALIDATION, World
from toolwright.errors import ConfigError, RunError
from toolwright.experiments.cell_folder import CellFolder, used_by_runs
from toolwright.experiments.methods.work import CellWork
from toolwright.experiments.pilots import run_pilots
from toolwright.experiments.planning import plan_of
from toolwright.experiments.recording import record_cells
from toolwright.experiments.records import CellRecord
from toolwright.training.outlay import RoleEstimate

SUMS = ["sums/*"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return make_experiment(tmp_path)


async def test_cells_that_left_the_matrix_count_against_the_budget_and_are_told_of(file: Path) -> None:
    edit(file, "[models.mini]", "[budget]\nrequests = 65\n[models.mini]")
    await run(file, Counting(requests=10), only=SUMS)
    edit(file, "seeds = [0, 1]", "seeds = [2, 3]")
    runner, teller = Counting(requests=10), Lines()
    ended = await run(file, runner, teller, only=SUMS)
    assert [work.config.limits.requests for work in runner.ran] == [25, 15]
    assert [record.status for record in ended.results.cells] == ["done", "done", "incomplete", "incomplete"]
    assert "4 cells are in" in teller.warnings[0]
    assert f"('{PLAIN}' say) no longer in the matrix: they stay on disk and count" in teller.warnings[0]
    edit(file, "requests = 65", "requests = 60")
    plan = plan_of(setup_of(file, only=SUMS))
    with pytest.raises(ConfigError, match="the pilot of sums/react/mini: the budget of 60 requests is used up"):
        await run_pilots(plan, plan.planned[:1], 1, lambda _: None, ())
    edit(file, "seeds = [2, 3]", "seeds = [0, 1, 2, 3]")
    edit(file, "requests = 60", "requests = 900")
    both, teller = Counting(requests=10), Lines()
    ended = await run(file, both, teller, only=SUMS)
    assert ([work.key.seed for work in both.ran], teller.warnings) == ([2, 3], [])
    assert {record.status for record in ended.results.cells} == {"done"}


class Stopped(Counting):
    """Is killed in its third cell."""

    async def run(self, work: CellWork) -> CellRecord:
        if len(self.ran) == 2:
            raise KeyboardInterrupt
        return await super().run(work)


async def test_the_same_command_with_again_goes_on_where_it_was_broken_off(file: Path) -> None:
    await run(file, Counting(), only=SUMS)
    with pytest.raises(KeyboardInterrupt):
        await run(file, Stopped(requests=20), only=SUMS, again=["*"])
    rest, teller = Counting(requests=20), Lines()
    ended = await run(file, rest, teller, only=SUMS, again=["*"])
    assert rest.ids == ["sums/react/mini/plain/0", "sums/react/mini/plain/1"]
    assert [record.usage["agent"].requests for record in ended.results.cells] == [20] * 4
    assert (
        f"--again: 4 cells are begun anew by a command that has not come to its end ('{TRAINED}' say)"
        in teller.warnings[0]
    )
    anew = Counting(requests=30)
    await run(file, anew, only=SUMS, again=["*"])  # for that command has
    assert len(anew.ids) == 4
    assert sorted(path.name for path in (file.parent / "out/replaced" / TRAINED).iterdir()) == ["0", "1"]


async def test_what_again_began_with_other_settings_is_begun_anew_and_what_the_budget_left_goes_on(file: Path) -> None:
    await run(file, Counting(requests=10), only=SUMS)
    edit(file, "[models.mini]", "[budget]\nrequests = 75\n[models.mini]")
    await run(file, Counting(requests=10), only=SUMS, again=["*"])
    edit(file, "requests = 75", "requests = 900")
    edit(file, "epochs = 2", "epochs = 3")
    runner = Counting(requests=10)
    await run(file, runner, only=SUMS, again=["*"])
    assert runner.ids == [TRAINED, "sums/react/mini/trained/1", "sums/react/mini/plain/1"]


async def test_again_is_over_for_its_own_cells_whatever_is_left_of_others(file: Path) -> None:
    def unanswered(work: CellWork) -> CellRecord | None:
        left = {"status": "incomplete", "reason": "ended"}
        return record_of(work, 3).model_copy(update=left) if work.key.id == PLAIN else None

    await run(file, Counting(instead=unanswered))
    for _ in range(2):
        runner = Counting(instead=unanswered)
        await run(file, runner, again=[TRAINED])
        assert TRAINED in runner.ids


async def test_a_cell_whose_batches_had_no_seed_yet_goes_on_as_it_was_begun(file: Path) -> None:
    edit(file, 'gate = "strict"', 'gate = "strict", batch = 2')
    await run(file, Counting(), only=SUMS)
    for made_of in (file.parent / "out/cells").rglob("made_of.json"):
        made = json.loads(made_of.read_text())
        del made["training"]["seed"]
        made_of.write_text(json.dumps(made))
    runner = Counting()
    await run(file, runner, only=SUMS)
    assert runner.ids == []
    fresh = Counting()
    await run(file, fresh, only=SUMS, again=["*"])
    assert {work.config.training.seed for work in fresh.ran if work.config.training.batch} == {0, 1}


async def test_a_run_that_a_kill_left_empty_keeps_no_other_from_being_run(file: Path) -> None:
    await run(file, Counting(), only=SUMS)
    run_folder = file.parent / "out/cells" / TRAINED / "training"
    run_folder.mkdir(parents=True, exist_ok=True)
    (run_folder / "run.sqlite").write_bytes(b"")
    assert used_by_runs(run_folder.parent) == ({}, 0.0)


async def test_a_replaced_folder_that_was_removed_leaves_the_later_ones_as_they_are(file: Path) -> None:
    for requests in (1, 2, 3):
        await run(file, Counting(requests=requests), only=[PLAIN], again=[PLAIN])
    replaced = file.parent / "out/replaced" / PLAIN
    shutil.rmtree(replaced / "0")
    await run(file, Counting(), only=[PLAIN], again=[PLAIN])
    kept = {
        path.parent.name: CellRecord.model_validate_json(path.read_bytes()) for path in replaced.glob("*/record.json")
    }
    assert {name: record.usage["agent"].requests for name, record in kept.items()} == {"1": 2, "2": 3}


async def test_cells_whose_domain_is_not_read_now_are_told_of_and_those_of_one_that_is_are_compared(file: Path) -> None:
    await run(file, Counting(), only=["*/plain/*"])
    (file.parent / "words_test.jsonl").write_text(rows("others", 10))
    teller = Lines()
    await run(file, Counting(), teller, only=[TRAINED])
    [warning] = teller.warnings
    assert warning.startswith(
        "2 cells are of words in the results as they came out: whether the task files and your own code"
    )
    with pytest.raises(ConfigError, match=r"words/react/mini/plain/0 .*begun with something else.*tasks"):
        await run(file, Counting(), only=["words/*/trained/0"])


async def test_what_a_cell_used_since_its_record_stands_in_it_where_no_budget_is_left(file: Path) -> None:
    world = World(file.parent / "ready")
    await world.trainer().afit(TRAIN, VALIDATION, TEST)
    [ready] = (file.parent / "ready").iterdir()

    def cut(work: CellWork) -> CellRecord:
        return record_of(work, 1).model_copy(update={"status": "incomplete", "reason": "cut"})

    await run(file, Counting(instead=cut), only=[TRAINED])
    folder = CellFolder(file.parent / "out", key_of(TRAINED))
    shutil.copytree(ready, folder.path / "training")  # it went on, and was killed
    edit(file, "[models.mini]", f"[budget]\nrequests = {world.asked + 15}\n[models.mini]")

    class Dear(Counting):
        def estimate(self, work: CellWork) -> RoleEstimate:
            return Counting(requests=500 if work.key.id == TRAINED else 10).estimate(work)

    ended = await run(file, Dear(), only=[TRAINED, PLAIN])
    record = ended.results.cells[0]
    assert record.reason.startswith("not gone on with: it needs 500 requests")
    assert sum(used.requests for used in record.usage.values()) == world.asked > 1


async def test_parts_that_are_trained_at_once_take_the_minutes_of_the_longest(file: Path) -> None:
    world = World(file.parent / "ready")
    await world.trainer().afit(TRAIN, VALIDATION, TEST)
    [ready] = (file.parent / "ready").iterdir()
    for name in ("part-1", "part-2", "merge"):
        shutil.copytree(ready, file.parent / "cell" / name)
    once, minutes = used_by_runs(ready)
    used, together = used_by_runs(file.parent / "cell")
    assert together == pytest.approx(2 * minutes)
    assert minutes > 0
    assert used["agent"].requests == 3 * once["agent"].requests


async def test_recordings_of_two_cells_never_share_a_file(file: Path) -> None:
    edit(file, "[domains.words]", "[domains.sums-react]")
    edit(file, "[agents.react]", '[agents.x]\nkind = "react"\n[agents.react-x]')
    await run(file, Counting(), only=["sums/react-x/mini/plain/0", "sums-react/x/mini/plain/0"])
    with pytest.raises(
        RunError, match="sums/react-x/mini/plain/0 and sums-react/x/mini/plain/0 would both be sums-react-x-mini"
    ):
        record_cells(file.parent / "out", file.parent / "recordings")
    assert not (file.parent / "recordings").exists()
