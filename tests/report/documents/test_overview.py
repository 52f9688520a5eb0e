"""A run at a glance, in whatever state it is, and quickly again and again while it goes on."""

import re
import shutil
import sqlite3
from pathlib import Path

import pytest
from changing import trained
from hypothesis import given, settings
from hypothesis import strategies as st

from support import Said, ScriptedModel, StubSandbox, says, sums
from toolwright.api import Trainer
from toolwright.errors import RunError
from toolwright.events import Event, RunStarted, TestOpened, Warned
from toolwright.messages import ModelRequest, Usage
from toolwright.protocols import CallSite
from toolwright.report.documents import Overview
from toolwright.report.documents.optimizer.building import Steps
from toolwright.report.documents.overview.building import OverviewMemory, overview_of
from toolwright.report.documents.record import Record
from toolwright.report.figures import figures_of
from toolwright.report.summary import summarise
from toolwright.report.told import told_by
from toolwright.runs.folder import RunFolder
from toolwright.training.intervals import interval_of
from toolwright.training.result import TrainingResult
from trained_runs import adding, agent, optimizer, trained_run

TASKS = 4


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> TrainingResult:
    """A training that learns to add; its second epoch proposes nothing."""
    return trained_run(tmp_path_factory.mktemp("overview") / "runs", TASKS)


@pytest.fixture
def copy(result: TrainingResult, tmp_path: Path) -> Path:
    """A copy of its folder, to change."""
    return shutil.copytree(result.folder, tmp_path / Path(result.folder).name)


def overview(path: Path | str) -> Overview:
    with RunFolder.read(path) as folder:
        return overview_of(folder)


def change(path: Path, *statements: str) -> None:
    """Does something to a run's database that no run does."""
    with sqlite3.connect(path / "run.sqlite") as database:
        for statement in statements:
            database.execute(statement)
    database.close()


class Watched:
    """Looks at a training from outside at every event of it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder: RunFolder | None = None
        self._memory: OverviewMemory | None = None
        self.seen: list[tuple[Event, Overview, Overview]] = []

    def emit(self, event: Event) -> None:
        if isinstance(event, RunStarted):
            self._folder = RunFolder.read(self._root / event.run)
            self._memory = OverviewMemory(Record(self._folder.store))
        if self._folder is not None:
            self.seen.append((event, overview_of(self._folder, self._memory), overview_of(self._folder)))

    def close(self) -> None:
        if self._folder is not None:
            self._folder.close()


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    root = tmp_path_factory.mktemp("watched")
    watch = Watched(root)
    Trainer(
        ScriptedModel(agent),
        optimizer_model=ScriptedModel(optimizer),
        sandbox=StubSandbox(adding),
        runs=root,
        epochs=2,
        events=[watch],
    ).fit(sums(TASKS), test=sums(3, start=100))
    watch.close()
    return watch


def test_a_finished_run_shows_what_its_training_returned(result: TrainingResult) -> None:
    shown = overview(result.folder)
    with RunFolder.read(result.folder) as folder:
        figures = figures_of(result, told_by(timed.event for timed in folder.store.events()))
    assert (shown.state, shown.progress) == ("finished", None)
    assert (shown.splits, shown.usage, shown.functions) == (figures.splits, figures.usage, ("add",))
    assert shown.sections == summarise(figures)
    assert "on the sealed test tasks" in shown.headline
    assert shown.agent == "function_calling"
    assert set(shown.models) == {"agent", "optimizer"}


def test_epochs_have_the_decisions_means_and_intervals_of_the_training(result: TrainingResult) -> None:
    epochs = overview(result.folder).epochs
    assert [(epoch.epoch, epoch.decision) for epoch in epochs] == [(0, "start"), (1, "accept"), (2, "none")]
    assert [epoch.train.mean if epoch.train else None for epoch in epochs] == [r.train for r in result.epochs]
    assert epochs[0].train == interval_of(result.train.before)
    assert epochs[1].train == interval_of(result.train.after)
    assert [epoch.best for epoch in epochs] == [0.0, 0.75, 0.75]
    assert [epoch.actions for epoch in epochs] == [0, 1, 0]


def test_what_epochs_and_the_sealed_test_used_is_what_the_run_used(result: TrainingResult) -> None:
    shown = overview(result.folder)
    assert result.test is not None
    tested = result.test.before.usage + result.test.after.usage
    used = sum((usage for epoch in shown.epochs for usage in epoch.spent.values()), tested)
    assert used == sum(shown.usage.values(), Usage())
    assert shown.epochs[0].spent == {"agent": result.train.before.usage}
    assert shown.epochs[2].spent["optimizer"].requests == 1


def test_actions_are_counted_of_all_proposals_as_what_they_used_is(tmp_path: Path) -> None:
    run = trained(tmp_path)
    with RunFolder.read(run) as folder:
        steps = Steps.read(folder).document().steps
    for epoch in overview(run).epochs:
        here = [step for step in steps if step.epoch == epoch.epoch]
        assert epoch.actions == sum(step.actions for step in here)
        assert epoch.refused == sum(step.refused for step in here)
    assert overview(run).epochs[1].actions == 2  # one of the candidate, one of the proposal that was not chosen


def test_time_grows_with_the_epochs_and_is_within_the_run(result: TrainingResult) -> None:
    shown = overview(result.folder)
    minutes = [epoch.minutes for epoch in shown.epochs]
    assert minutes == sorted(minutes)
    assert minutes[0] >= 0
    assert minutes[-1] <= shown.minutes + 1e-3


def test_an_overview_that_remembers_is_the_same_as_one_that_reads_all(watched: Watched) -> None:
    assert len(watched.seen) > 30
    for _, remembered, fresh in watched.seen:
        same = {"minutes": 0.0}
        assert remembered.model_copy(update=same) == fresh.model_copy(update=same)


def test_a_training_is_followed_event_by_event(watched: Watched) -> None:
    shown = [overview for _, overview, _ in watched.seen]
    texts = list(dict.fromkeys(overview.progress.text for overview in shown if overview.progress))
    followed = [
        "epoch 0: evaluating the starting functions on train",
        "epoch 1: the optimizer is asked for changes",
        "epoch 1: evaluating the candidate on train",
        "epoch 1: the gate has looked at the candidate",
        "reading the sealed test, with the starting and with the best functions",
    ]
    assert [text for text in texts if text in followed] == followed
    assert [overview.state for overview in shown][:-1] == ["running"] * (len(shown) - 1)


def test_progress_counts_rollouts_and_their_mean(watched: Watched) -> None:
    counts = [
        (shown.progress.done, shown.progress.rollouts, shown.progress.mean)
        for event, shown, _ in watched.seen
        if event.kind == "rollout_finished" and event.split == "train" and shown.progress
    ]
    assert [(done, of) for done, of, _ in counts] == [(n + 1, TASKS) for n in range(TASKS)] * 2
    assert counts[TASKS - 1][2] == 0.0
    assert counts[-1][2] == 0.75


def test_a_run_that_goes_on_shows_no_figures_of_the_sealed_test(watched: Watched) -> None:
    for event, shown, _ in watched.seen:
        if event.kind != "run_finished":
            assert all(split.split != "test" for split in shown.splits)


@settings(max_examples=12)
@given(st.data())
def test_a_run_killed_at_any_moment_opens_and_says_so(
    result: TrainingResult, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = shutil.copytree(result.folder, tmp_path_factory.mktemp("killed") / "run")
    (path / "summary.json").unlink()
    with RunFolder.read(result.folder) as folder:
        last = folder.store.ordinal
    cut = data.draw(st.integers(min_value=1, max_value=last - 1))
    tables = {"replies": "event", "outcomes": "event", "samples": "event", "evaluations": "event", "events": "id"}
    change(
        path,
        f"DELETE FROM members WHERE evaluation > {cut}",
        *(f"DELETE FROM {table} WHERE {column} > {cut}" for table, column in tables.items()),
    )
    shown = overview(path)
    assert (shown.state, shown.progress) == ("unfinished", None)
    assert any("interrupted" in notice for notice in shown.notices)
    assert "interrupted" in shown.headline


@settings(max_examples=12)
@given(st.floats(min_value=0.01, max_value=0.99))
def test_a_database_that_is_cut_off_opens_or_says_that_it_is_damaged(
    result: TrainingResult, tmp_path_factory: pytest.TempPathFactory, share: float
) -> None:
    path = shutil.copytree(result.folder, tmp_path_factory.mktemp("cut") / "run")
    database = path / "run.sqlite"
    with sqlite3.connect(database) as whole:
        whole.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole.close()
    content = database.read_bytes()
    database.write_bytes(content[: int(len(content) * share)])
    try:
        shown = overview(path)
    except RunError as error:  # it cannot even be opened: who opens it says so
        assert "run.sqlite" in str(error)  # noqa: PT017 - one of two outcomes
    else:
        assert shown.headline.startswith(("This run cannot be read: ", "After 2 epochs"))


def test_an_empty_run_says_that_nothing_is_evaluated(tmp_path: Path) -> None:
    with RunFolder.create(tmp_path, "empty") as folder:
        assert overview(folder.path).headline == "The training has begun; nothing is evaluated yet."
    shown = overview(tmp_path / "empty")
    assert shown.headline == "The training was interrupted before the starting functions were evaluated."
    assert (shown.epochs, shown.state) == ((), "unfinished")


def test_a_run_that_only_evaluated_is_no_training(tmp_path: Path) -> None:
    def right(site: CallSite, request: ModelRequest) -> Said:
        one, other = map(int, re.findall(r"\d+", request.messages[1].text))
        return says(f"\\boxed{{{one + other if site.task == 't0' else 1}}}")

    Trainer(ScriptedModel(right), sandbox=StubSandbox(), runs=tmp_path).evaluate(sums(4))
    [path] = tmp_path.iterdir()
    shown = overview(path)
    assert shown.headline == (
        "Nothing was trained here: functions were evaluated alone, scoring 25.0 % on average over 4 rollouts."
    )
    assert shown.state == "finished"
    assert shown.epochs == ()
    assert [(one.title, one.rows) for one in shown.sections[:1]] == [
        ("Evaluations", (("evaluation", "25.0%", "4 of 4"),))
    ]
    assert not [line for one in shown.sections for line in one.lines]  # nothing of a training that did not end
    assert any("`toolwright evaluate --run`): their rollouts are not shown" in notice for notice in shown.notices)


def test_a_run_of_an_older_version_says_what_it_does_not_hold(copy: Path) -> None:
    assert not any("older version" in notice for notice in overview(copy).notices)
    change(copy, "DELETE FROM events WHERE kind = 'task_set_given'")
    assert any("older version" in notice for notice in overview(copy).notices)


def test_a_second_reading_of_the_sealed_test_is_said(copy: Path) -> None:
    with RunFolder.open(copy, "evaluation") as folder:
        folder.store.emit(TestOpened(times=2, forced=True))
    shown = overview(copy)
    assert "The sealed test was read 2 times, 1 of them FORCED" in " ".join(shown.notices)
    assert "it is unseen no more" in shown.headline


def test_warnings_are_repeated_but_not_all_of_many(copy: Path) -> None:
    with RunFolder.open(copy) as folder:
        for number in range(12):
            folder.store.emit(Warned(text=f"warning {number}"))
    text = "\n".join(overview(copy).notices)
    assert "warning 9" in text
    assert "warning 10" not in text
    assert "2 more warnings" in text


def test_missing_prices_are_named_by_role(copy: Path) -> None:
    (copy / "summary.json").unlink()
    change(copy, "UPDATE replies SET dollars = NULL WHERE role = 'optimizer'")
    shown = overview(copy)
    assert any(notice.startswith("What requests of optimizer cost is unknown") for notice in shown.notices)


def test_a_damaged_summary_is_said_and_the_figures_are_the_databases(copy: Path) -> None:
    whole = overview(copy).epochs
    (copy / "summary.json").write_text("{}")
    shown = overview(copy)
    assert "remove it: the figures are in the database too" in shown.notices[0]
    assert [epoch.train for epoch in shown.epochs] == [epoch.train for epoch in whole]


def test_an_ended_run_without_its_summary_says_what_is_missing(copy: Path) -> None:
    (copy / "summary.json").unlink()
    shown = overview(copy)
    assert shown.state == "finished"
    assert any("summary.json is missing" in notice for notice in shown.notices)


def test_a_summary_that_goes_or_comes_back_is_seen_by_who_remembers(copy: Path) -> None:
    summary, aside = copy / "summary.json", copy / "aside.json"
    with RunFolder.read(copy) as folder:
        memory = OverviewMemory(Record(folder.store))
        whole = overview_of(folder, memory)
        summary.rename(aside)
        assert any("summary.json is missing" in notice for notice in overview_of(folder, memory).notices)
        aside.rename(summary)
        assert overview_of(folder, memory) == whole


def test_an_evaluation_with_a_damaged_row_leaves_a_gap_or_an_explanation(copy: Path) -> None:
    change(copy, "UPDATE results SET body = x'7B' WHERE id = 1")
    assert overview(copy).epochs[0].train is None  # its summary is whole
    (copy / "summary.json").unlink()
    shown = overview(copy)
    assert shown.headline.startswith("This run cannot be read: ")
    assert (shown.known, shown.state) == (False, "finished")


def test_a_training_that_stopped_before_its_last_epoch_says_after_which(result: TrainingResult, tmp_path: Path) -> None:
    assert overview(result.folder).stopped is None
    Trainer(
        ScriptedModel(agent),
        optimizer_model=ScriptedModel(lambda _site, _request: says(terminate={"reason": "Nothing."})),
        sandbox=StubSandbox(adding),
        runs=tmp_path,
        epochs=9,
        patience=1,
    ).fit(sums(3))
    [path] = tmp_path.iterdir()
    shown = overview(path)
    assert shown.stopped == "after epoch 1: early stop: 1 epochs in a row without acceptance"
