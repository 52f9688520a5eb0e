"""A run's documents: there in whatever state the run is, and as it stands when they are read."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from page_runs import RUN, change, made, new_run

from support import sums
from toolwright.events import RolloutFinished, StepStarted
from toolwright.messages import AssistantMessage, ModelRequest, Reply, UserMessage
from toolwright.protocols import CallSite
from toolwright.report.documents import Overview, TrajectoriesDocument
from toolwright.report.page.cuts import CUTS, Cut
from toolwright.report.page.source import RunDocuments, to_json
from toolwright.runs.folder import RunFolder

FIXED = {"functions", "tasks", "optimizer", "overview"}


def rollouts(documents: RunDocuments, event: int, part: int = 0) -> TrajectoriesDocument:
    return documents.trajectories(f"{event}", f"{part}")


def read_all(path: Path) -> dict[str, str]:
    """Every document's JSON of a run that nobody else reads."""
    with RunFolder.read(path) as folder:
        documents = RunDocuments(folder)
        return {name: to_json(documents.read(name)).decode() for name in documents.names()}


def a_run(root: Path) -> Path:
    """A run of two epochs, the second rolled back."""
    with new_run(root) as run:
        run.evaluate(0, [0, 0, 1, 0])
        run.evaluate(1, [1, 0, 1, 0])
        run.decide(1, "accept")
        run.evaluate(2, [0, 1, 0, 0])
        run.decide(2, "reject")
    return root / RUN


def test_every_name_is_a_document(tmp_path: Path) -> None:
    read = read_all(a_run(tmp_path))
    assert set(read) > FIXED
    assert len([name for name in read if name.startswith("trajectories/")]) == 3
    assert all(isinstance(json.loads(text), dict) for text in read.values())


@pytest.mark.parametrize(
    "name",
    [
        "",
        "overview/",
        "trajectories",
        "trajectories/",
        "trajectories/1",
        "trajectories/x/0",
        "trajectories/999/0",
        "trajectories/²/0",
        "steps/",
        "steps/9-9",
        "../run.sqlite",
        "comparison",
        "tasks/0",
    ],
)
def test_any_other_name_is_none(tmp_path: Path, name: str) -> None:
    with RunFolder.read(a_run(tmp_path)) as folder, pytest.raises(KeyError):
        RunDocuments(folder).read(name)


def test_a_part_that_is_not_there_is_none(tmp_path: Path) -> None:
    with RunFolder.read(a_run(tmp_path)) as folder:
        documents = RunDocuments(folder)
        event = documents.tasks().columns[0].event
        for part in ("1", "-1", "00", "0/0"):
            with pytest.raises(KeyError):
                documents.read(f"trajectories/{event}/{part}")


def test_a_cells_part_has_its_rollouts(tmp_path: Path) -> None:
    with new_run(tmp_path, sums(120)) as run:
        event = run.evaluate(0, [1.0] * 120)
        documents = run.documents()
        assert documents.tasks().columns[0].parts == 3
        for row in documents.tasks().tasks:
            shown = rollouts(documents, event, row.cells[0].part).rollouts
            assert [rollout.task for rollout in shown].count(row.id) == 1


def test_what_happens_while_it_is_open_is_in_the_documents(tmp_path: Path) -> None:
    with new_run(tmp_path) as run, RunFolder.read(run.folder.path) as folder:
        documents = RunDocuments(folder)
        assert documents.tasks().columns == ()
        event = run.evaluate(0, [1, 0, 0, 0])
        assert [column.mean for column in documents.tasks().columns] == [0.25]
        assert len(rollouts(documents, event).rollouts) == 4
        assert documents.overview().epochs[0].train is not None
        run.evaluate(1, [1, 1, 1, 1])
        run.decide(1, "accept")
        assert [column.decision for column in documents.tasks().columns] == ["start", "accept"]


def test_an_evaluation_that_the_gate_bought_more_of_is_read_again(tmp_path: Path) -> None:
    with new_run(tmp_path) as run:
        run.evaluate(0, [1, 0, 0, 0])
        documents = run.documents()
        assert documents.tasks().tasks[0].cells[0].score == 1
        twice = [made(task, 0, repeat=repeat) for task in run.tasks.tasks for repeat in (0, 1)]
        run.keep(0, twice)
        assert documents.tasks().tasks[0].cells[0].score == 0
        assert len(documents.tasks().columns) == 1


def test_what_did_not_change_is_not_built_again(tmp_path: Path) -> None:
    with new_run(tmp_path) as run:
        run.evaluate(0, [1, 0, 0, 0])
        documents = run.documents()
        before = {name: documents.read(name) for name in ("functions", "tasks", "optimizer")}
        assert all(documents.read(name) is document for name, document in before.items())
        run.evaluate(1, [1, 0, 0, 0])
        assert documents.tasks() is not before["tasks"]
        assert documents.functions() is not before["functions"]


def test_the_steps_are_read_again_after_what_happens_to_steps_alone(tmp_path: Path) -> None:
    step: dict[str, Any] = {"epoch": 1, "parameters": "p", "history": ""}
    with new_run(tmp_path) as run:
        run.evaluate(0, [1, 0, 0, 0])
        documents = run.documents()
        before = documents.optimizer()
        rollout: dict[str, Any] = {"split": "train", "parameters": "p", "task": "t0", "repeat": 0, "score": 1.0}
        run.folder.store.emit(RolloutFinished(**rollout, end="answer", calls=0))
        run.folder.store.keep_reply(CallSite(role="agent", purpose="train", parameters="p"), *_REPLY)
        run.evaluate(1, [1, 0, 0, 0])
        assert documents.optimizer() is before
        run.folder.store.emit(StepStarted(**step))
        assert [one.replies for one in documents.optimizer().steps] == [0]
        run.folder.store.keep_reply(CallSite(role="optimizer", purpose="step 1", parameters="p"), *_REPLY)
        assert [one.replies for one in documents.optimizer().steps] == [1]
        assert documents.step("1-0").said[-1].message.text == "No."


_REPLY: Final = (ModelRequest(messages=()), Reply(message=AssistantMessage(text="No.")))


def test_an_overview_has_its_charts_once_there_are_figures(tmp_path: Path) -> None:
    with new_run(tmp_path) as run:
        assert run.documents().overview().charts == {}
        run.evaluate(0, [1, 0, 0, 0])
        assert set(run.documents().overview().charts) == {"loss", "accuracy", "cost", "tokens"}


def test_an_empty_run_has_all_documents(tmp_path: Path) -> None:
    with new_run(tmp_path, started=False) as run:
        read = read_all(run.folder.path)
    assert set(read) == FIXED


@pytest.mark.parametrize("share", [0.0, 0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9, 0.99, 1.0])
def test_a_run_killed_in_the_middle_of_a_write_has_all_documents(tmp_path: Path, share: float) -> None:
    copy = tmp_path / "copy"
    with new_run(tmp_path, started=False) as run:
        begun = (run.folder.path / "run.sqlite-wal").stat().st_size
        run.start()
        events = [run.evaluate(epoch, [0, 1, 0, 1]) for epoch in range(3)]
        shutil.copytree(run.folder.path, copy)  # the log has all there is: nothing was written back yet
    with (copy / "run.sqlite-wal").open("r+b") as log:
        log.truncate(int(begun + share * (log.seek(0, 2) - begun)))
    (copy / "run.sqlite-shm").unlink()
    shown = {name for name in read_all(copy) if name not in FIXED}
    kept = len(shown)
    assert shown == {f"trajectories/{event}/0" for event in events[:kept]}
    assert kept == 3 if share == 1.0 else kept < 3


def test_a_damaged_message_leaves_the_other_rollouts_and_is_said(tmp_path: Path) -> None:
    with new_run(tmp_path) as run:
        unlike = made(run.tasks.tasks[0], 1, messages=(UserMessage(text="unlike all others"),))
        event = run.keep(0, [unlike, *(made(task, 0) for task in run.tasks.tasks[1:])])
    change(tmp_path / RUN, "UPDATE blobs SET body = '{' WHERE CAST(body AS TEXT) LIKE '%unlike all others%'")
    with RunFolder.read(tmp_path / RUN) as folder:
        documents = RunDocuments(folder)
        shown = rollouts(documents, event).rollouts
        assert "cannot be read" in shown[0].shortened
        assert (shown[0].score, shown[0].messages) == (1, ())
        assert [bool(rollout.messages) for rollout in shown[1:]] == [True, True, True]
        assert any(
            "of 1 rollout the messages and calls cannot be read" in text for text in documents.overview().notices
        )


@pytest.mark.parametrize("body", ["'{'", "'[]'", "'{\"calls\": 1}'", "x'ff'"])
def test_a_damaged_rollout_is_left_out_and_said(tmp_path: Path, body: str) -> None:
    run = a_run(tmp_path)
    change(run, f"UPDATE results SET body = {body} WHERE id = (SELECT min(id) FROM results)")
    with RunFolder.read(run) as folder:
        documents = RunDocuments(folder)
        assert 0 not in documents.tasks().tasks[0].cells
        assert [cell for row in documents.tasks().tasks for cell in row.cells] == [1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2]
        assert len(rollouts(documents, documents.tasks().columns[0].event).rollouts) == 3
        said = "\n".join(documents.overview().notices)
    assert "Epoch 0, train: 1 of 4 rollouts cannot be read" in said


def test_an_evaluation_of_which_nothing_can_be_read_says_so_in_its_column(tmp_path: Path) -> None:
    run = a_run(tmp_path)
    change(run, "UPDATE results SET body = '{'")
    with RunFolder.read(run) as folder:
        columns = RunDocuments(folder).tasks().columns
    assert all("4 of 4 rollouts cannot be read" in column.missing for column in columns)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE events SET body = '{' WHERE kind = 'gate_decided'",
        "UPDATE events SET body = '{' WHERE kind = 'task_set_given'",
        "UPDATE evaluations SET stopped = 'x'",
        "DELETE FROM blobs",
        "DELETE FROM results",
    ],
)
def test_whatever_is_damaged_all_documents_come_and_the_overview_says_so(tmp_path: Path, damage: str) -> None:
    run = a_run(tmp_path)
    change(run, damage)
    read = read_all(run)
    assert set(read) >= FIXED
    assert any(word in read["overview"] for word in ("damaged", "cannot be read"))


@pytest.mark.parametrize(
    ("damage", "name"),
    [
        ("UPDATE events SET body = '{' WHERE kind = 'gate_decided'", "functions"),
        ("UPDATE evaluations SET stopped = 'x'", "tasks"),
        ("UPDATE events SET body = '{' WHERE kind = 'gate_decided'", "optimizer"),
    ],
)
def test_a_document_that_cannot_be_read_is_empty_and_says_why(tmp_path: Path, damage: str, name: str) -> None:
    run = a_run(tmp_path)
    with RunFolder.read(run) as folder:
        assert json.loads(to_json(RunDocuments(folder).read(name)))["fault"] == ""
    change(run, damage)
    with RunFolder.read(run) as folder:
        fault = json.loads(to_json(RunDocuments(folder).read(name)))["fault"]
    assert fault.startswith("The ")
    assert "cannot be shown: " in fault


def test_documents_within_a_cut_are_smaller_and_say_so(tmp_path: Path) -> None:
    with RunFolder.read(a_run(tmp_path)) as folder:
        whole = RunDocuments(folder)
        least = whole.within(CUTS[-1])
        event = whole.tasks().columns[2].event
        assert rollouts(least, event).rollouts[0].messages == ()
        assert rollouts(least, event).rollouts[0].answer == rollouts(whole, event).rollouts[0].answer
        assert any("left out of all evaluations" in text for text in least.overview().notices)
        assert not any("left out of" in text for text in whole.overview().notices)
        assert least.tasks() == whole.tasks()


def test_a_cut_leaves_out_what_rolled_back_candidates_solved_first(tmp_path: Path) -> None:
    with RunFolder.read(a_run(tmp_path)) as folder:
        cut = RunDocuments(folder, Cut(without="solved"))
        columns = cut.tasks().columns
        kept = [[bool(rollout.messages) for rollout in rollouts(cut, column.event).rollouts] for column in columns]
    assert kept == [[True] * 4, [True] * 4, [True, False, True, True]]


def test_json_is_any_browsers() -> None:
    document = Overview(
        run="\ud800", state="finished", headline="", started=datetime(2026, 1, 2, tzinfo=UTC), minutes=float("nan")
    )
    read = json.loads(to_json(document).decode())
    assert (read["run"], read["minutes"]) == ("\ud800", None)
    assert datetime.fromisoformat(read["started"]) == document.started
