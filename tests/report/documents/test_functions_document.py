"""The functions over time are those the training had: what came, stayed, left, and what is shown of hostile ones."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from changing import START, as_of_old, copied, killed_before, trained
from hypothesis import given
from hypothesis import strategies as st

from dicing import TEST, TRAIN, VALIDATION, World
from support import ADD_CODE, function
from toolwright.cli.app import app
from toolwright.events import (
    ActionAdmitted,
    ActionRefused,
    EpochFinished,
    Event,
    GateDecided,
    ProposalsScreened,
    RunStarted,
    StepFinished,
    StepStarted,
    TriedCall,
)
from toolwright.functions import Function, FunctionSet
from toolwright.optimizer.credit import credit
from toolwright.parameters import Parameters
from toolwright.report.documents import FunctionHistory, FunctionsDocument, OptimizerDocument
from toolwright.report.documents.functions.building import functions_document
from toolwright.report.documents.functions.changes import replayed
from toolwright.report.documents.optimizer.building import Steps
from toolwright.runs.folder import RunFolder


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained(tmp_path_factory.mktemp("functions"))


def document(folder: RunFolder) -> FunctionsDocument:
    return functions_document(folder, list(folder.store.evaluations()))


def read(run: Path) -> FunctionsDocument:
    with RunFolder.read(run) as folder:
        return document(folder)


def of(document: FunctionsDocument, name: str) -> FunctionHistory:
    return next(history for history in document.functions if history.name == name)


def fates(history: FunctionHistory) -> list[tuple[int, int, str, str]]:
    return [(one.epoch, one.proposal, one.happened, one.came_to) for one in history.versions]


def text(lines: Sequence[Sequence[tuple[str, str]]]) -> str:
    return "\n".join("".join(text for _, text in line) for line in lines)


def test_each_version_says_what_became_of_it(run: Path) -> None:
    shown = read(run)
    assert [history.name for history in shown.functions] == ["old", "add"]
    assert fates(of(shown, "old")) == [(0, 0, "start", "accepted"), (3, 0, "removed", "accepted")]
    assert sorted(fates(of(shown, "add"))) == [
        (1, 0, "added", "not chosen"),
        (1, 1, "added", "accepted"),
        (2, 0, "refused", "refused"),
        (2, 0, "refused", "refused"),
        (2, 0, "revised", "rolled back"),
    ]
    assert [history.state for history in shown.functions] == ["removed", "in use"]
    assert (shown.epochs, shown.notices) == ((0, 1, 2, 3), ())


def test_a_version_holds_its_source_its_difference_its_trial_and_both_reasons(run: Path) -> None:
    refused, revised = of(read(run), "add").versions[-2:]
    assert text(revised.source) == ADD_CODE.replace("a + b", "a - b").rstrip()
    assert [line for line in revised.diff if line[0] in "+-"] == [("-", "    return a + b"), ("+", "    return a - b")]
    assert (revised.complexity, revised.lines, revised.arguments) == (1, 2, {"a": "an argument", "b": "an argument"})
    assert refused.reason == "Another guess."
    assert "in a task that was solved, and now" in refused.refusal
    assert [call.of for call in refused.tried] == ["example", "past call", "past call", "past call"]
    assert (refused.tried[1].wanted, refused.tried[1].returned) == ("256", "-108")


def test_a_removal_has_no_source_and_shows_what_it_took_away(run: Path) -> None:
    removed = of(read(run), "old").versions[-1]
    assert removed.source == ()
    assert removed.diff[1:] == (("-", "def old() -> int:"), ("-", "    return 0"))


def test_the_use_is_the_optimizers_credit_evaluation_by_evaluation(run: Path) -> None:
    with RunFolder.read(run) as folder:
        evaluations = list(folder.store.evaluations())
        shown = functions_document(folder, evaluations)
    expected = [
        (epoch, each.split, one.calls, one.errors, one.used, one.used + one.unused, one.used_score, one.unused_score)
        for epoch, each in evaluations
        for one in credit(each)
        if one.name == "add"
    ]
    use = of(shown, "add").use
    assert [tuple(one.model_dump(exclude={"seconds", "again"}).values()) for one in use] == expected
    assert [one.seconds for one in use] == [0.25, 0.25, 0.25]
    assert of(shown, "old").use[0].seconds is None


def test_a_use_whose_samples_a_later_evaluation_holds_is_marked(run: Path) -> None:
    with RunFolder.read(run) as folder:
        evaluations = list(folder.store.evaluations())
        bought = (2, evaluations[1][1])
        stopped = (3, evaluations[0][1].model_copy(update={"results": evaluations[0][1].results[:1]}))
        shown = functions_document(folder, [*evaluations[:2], bought, stopped])
    assert [(use.epoch, use.again) for use in of(shown, "add").use] == [(1, True), (2, False)]
    assert [(use.epoch, use.again) for use in of(shown, "old").use] == [(0, False), (1, True), (2, False), (3, False)]


def test_the_end_of_the_replay_is_what_the_run_ships(run: Path) -> None:
    assert in_use(read(run)) == sources(FunctionSet.load(run / "functions"))


@pytest.mark.soak
def test_the_demos_functions_are_those_it_ships(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        app(["demo", "--runs", str(tmp_path), "--quiet"])
    assert ended.value.code == 0
    (run,) = tmp_path.iterdir()
    shipped = sources(FunctionSet.load(run / "functions"))
    assert len(shipped) > 2
    assert in_use(read(run)) == shipped


def in_use(shown: FunctionsDocument) -> dict[str, str]:
    """The sources the document says are in use, by name."""
    found: dict[str, str] = {}
    for history in shown.functions:
        if history.state == "in use":
            found[history.name] = text([one for one in history.versions if one.came_to == "accepted"][-1].source)
    return found


def sources(functions: FunctionSet) -> dict[str, str]:
    return {one.name: one.source.rstrip("\n") for one in functions.functions}


def test_an_older_run_shows_the_sources_that_its_folder_has_and_says_which_are_missing(
    run: Path, tmp_path: Path
) -> None:
    with copied(run, tmp_path, as_of_old) as folder:
        shown = document(folder)
    assert fates(of(shown, "old")) == fates(of(read(run), "old"))
    assert sorted(fates(of(shown, "add"))) == sorted(fates(of(read(run), "add")))
    assert in_use(shown) == sources(FunctionSet.load(run / "functions"))
    versions = of(shown, "add").versions
    missing = [one.came_to for one in versions if one.missing]
    assert sorted(missing) == ["not chosen", "refused", "refused", "rolled back"]
    assert len(shown.notices) == 1
    assert "older version" in shown.notices[0]


def test_a_refusal_of_what_is_no_function_says_where_it_stands_as_it_was_written() -> None:
    given: dict[str, Any] = {"epoch": 2, "function": "f", "reason": "line 1: invalid syntax"}
    told = [
        ActionRefused(action="add_function", **given),
        ActionRefused(action="revise_function", proposed=function("f", "def f():\n    return 1\n"), **given),
        ActionRefused(action="remove_function", **given),
    ]
    unread, read_, removed = replayed(told, accepted=lambda _: None).changes
    assert "the optimizer's step has it as it was written" in unread.missing
    assert (read_.missing, removed.missing) == ("", "")


def test_an_older_run_whose_folder_is_damaged_still_opens_and_says_so(run: Path, tmp_path: Path) -> None:
    with copied(run, tmp_path, as_of_old) as folder:
        for manifest in (tmp_path / "copy" / "accepted").glob("*/manifest.json"):
            manifest.write_text("{")
        shown = document(folder)
    assert all(not one.source for history in shown.functions for one in history.versions)
    assert any("cannot be read" in notice for notice in shown.notices)


@pytest.mark.parametrize(("kind", "fate"), [("gate_decided", "pending"), ("epoch_finished", "rolled back")])
def test_a_run_killed_in_an_epoch_has_what_the_gate_has_not_decided_as_pending(
    run: Path, tmp_path: Path, kind: str, fate: str
) -> None:
    with copied(run, tmp_path, killed_before(kind, 2)) as folder:
        shown = document(folder)
    assert fates(of(shown, "add"))[-1] == (2, 0, "revised", fate)
    assert of(shown, "add").state == "in use"


async def test_a_run_broken_off_in_a_step_and_gone_on_with_tells_everything_once(tmp_path: Path) -> None:
    whole = await World(tmp_path / "whole").trainer().afit(TRAIN, VALIDATION, TEST)
    broken = World(tmp_path / "broken")
    folder = await broken.broken_off(7)  # five rollouts and the step's first request before it
    before = read(folder)
    assert fates(of(before, "roll")) == [(1, 0, "added", "pending")]
    assert of(before, "roll").state == "pending"
    broken.at = 0
    await broken.trainer().afit(TRAIN, VALIDATION, TEST, resume=folder)
    assert (
        fates(of(read(folder), "roll")) == fates(of(read(Path(whole.folder)), "roll")) == [(1, 0, "added", "accepted")]
    )
    assert steps(folder) == steps(Path(whole.folder))


def steps(run: Path) -> OptimizerDocument:
    with RunFolder.read(run) as folder:
        return Steps.read(folder).document()


def test_a_run_in_which_nothing_happened_has_no_functions(tmp_path: Path) -> None:
    with RunFolder.create(tmp_path, "empty") as folder:
        assert document(folder) == FunctionsDocument(functions=(), epochs=())


HOSTILE: Final = "\u202e\x00\x1b[31m</script>" + "x" * 60


@pytest.mark.soak
def test_huge_and_hostile_functions_are_shown_within_bounds(tmp_path: Path) -> None:
    huge = Function(
        name="huge",
        source="x = 1  # \u202e\n" * 300_000,
        description="d" * 1_000_000,
        arguments={f"{HOSTILE}{n}": "m" * 10_000 for n in range(3_000)},
        packages=tuple(f"p{n}" for n in range(3_000)),
    )
    call = TriedCall(of="example", call="c" * 50_000, status="ok", returned="\ud800" * 9_000)
    with RunFolder.create(tmp_path, "hostile") as folder:
        emit = folder.store.emit
        emit(started(START.functions))
        emit(StepStarted(epoch=1, parameters="p", history=""))
        for n in range(1_200):
            emit(ActionRefused(epoch=1, action="add_function", function=f"{HOSTILE}{n}", reason="\udfff" * 100))
        admitted = ActionAdmitted(epoch=1, action="add_function", function="huge", reason="r" * 1_000_000)
        emit(admitted.model_copy(update={"proposed": huge, "tried": (call,) * 101}))
        emit(admitted.model_copy(update={"proposed": huge, "action": "revise_function"}))
        shown = document(folder)
    assert of(shown, "huge").versions[0].complexity is None
    assert of(shown, "huge").versions[0].lines == 300_000
    assert "left out" in text(of(shown, "huge").versions[0].source[-1:])
    assert "200 further refusals are left out." in shown.notices
    assert len(shown.model_dump_json().encode()) < 4_000_000


def started(start: tuple[Function, ...]) -> RunStarted:
    return RunStarted(
        run="r", train=1, validation=0, test=0, epochs=9, sandbox="stub", agent="a", models={}, start=start
    )


class Model:
    """A training that is nothing but its function sets, telling its events as the real one does."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        self.incumbent = FunctionSet(functions=tuple(self._new(f"f{n}") for n in range(draw.randrange(3))))
        self.events: list[Event] = [started(self.incumbent.functions)]
        self.sets = [self.incumbent]
        """The incumbent after each event."""

    def _new(self, name: str) -> Function:
        return function(name, f"def {name}():\n    return {self._draw.random()}\n")

    def _emit(self, event: Event) -> None:
        self.events.append(event)
        self.sets.append(self.incumbent)

    def epoch(self, epoch: int) -> None:
        before = digest(self.incumbent)
        steps = [self._step(epoch, proposal) for proposal in range(self._draw.randrange(1, 4))]
        running, ends = [step for step, _ in steps], [end for _, end in steps]
        for proposal in range(len(steps)):
            self._emit(StepStarted(epoch=epoch, proposal=proposal, parameters=before, history=""))
        while any(running):  # the proposals are asked for at once
            self._emit(self._draw.choice([step for step in running if step]).pop(0))
        for proposal in self._draw.sample(range(len(ends)), len(ends)):
            self._emit(
                StepFinished(
                    epoch=epoch, proposal=proposal, candidate=digest(ends[proposal]), actions=0, refused=0, end="e"
                )
            )
        distinct = list(dict.fromkeys(digest(end) for end in ends if digest(end) != before))
        self._decide(epoch, {digest(end): end for end in ends}, distinct)

    def _decide(self, epoch: int, ends: dict[str, FunctionSet], distinct: list[str]) -> None:
        accepted = False
        if distinct:
            chosen = distinct[0]
            if len(distinct) > 1:
                chosen = self._draw.choice(distinct)
                self._emit(ProposalsScreened(epoch=epoch, tasks=1, scores={}, chosen=chosen, requests=0))
            for _ in range(self._draw.randrange(2)):
                self._emit(GateDecided(epoch=epoch, decision="undecided", reason="", incumbent=0, candidate=0))
            accepted = self._draw.random() < 0.5
            if accepted:
                self.incumbent = ends[chosen]
            decision = "accept" if accepted else self._draw.choice(["reject", "undecided"])
            self._emit(
                GateDecided.model_validate(
                    {"epoch": epoch, "decision": decision, "reason": "", "incumbent": 0, "candidate": 0}
                )
            )
        self._emit(EpochFinished(epoch=epoch, loss=None, best=0, accepted=accepted, without_acceptance=0))

    def _step(self, epoch: int, proposal: int) -> tuple[list[Event], FunctionSet]:
        candidate, told = self.incumbent, list[Event]()
        for _ in range(self._draw.randrange(4)):
            name = self._draw.choice(["f0", "f1", "f2", "f3"])
            where = {"epoch": epoch, "proposal": proposal, "function": name, "reason": ""}
            if self._draw.random() < 0.3:
                refused = self._draw.choice([None, self._new(name)])
                told.append(ActionRefused.model_validate({**where, "action": "add_function", "proposed": refused}))
            elif name in candidate and self._draw.random() < 0.5:
                candidate = candidate.without(name)
                told.append(ActionAdmitted.model_validate({**where, "action": "remove_function"}))
            else:
                new = self._new(name)
                action = "revise_function" if name in candidate else "add_function"
                candidate = candidate.with_function(new)
                told.append(ActionAdmitted.model_validate({**where, "action": action, "proposed": new}))
        return told, candidate


def digest(functions: FunctionSet) -> str:
    return Parameters(functions=functions).digest


def modelled(seed: int, epochs: int) -> Model:
    model = Model(random.Random(seed))
    for epoch in range(1, epochs + 1):
        model.epoch(epoch)
    return model


def nothing(_epoch: int) -> None:
    return None


@given(st.integers(0, 2**32), st.integers(1, 6), st.floats(0, 1))
def test_a_replay_of_any_beginning_of_any_training_ends_with_its_incumbent(
    seed: int, epochs: int, share: float
) -> None:
    model = modelled(seed, epochs)
    length = 1 + int(share * (len(model.events) - 1))
    history = replayed(model.events[:length], nothing)
    assert history.best == model.sets[length - 1].names
    ended = {event.epoch for event in model.events[:length] if isinstance(event, EpochFinished)}
    assert all(change.epoch not in ended for change in history.changes if change.came_to == "pending")
    last: dict[str, str] = {}
    for change in history.changes:
        if change.came_to == "accepted":
            last[change.name] = change.function.source if change.function else ""
    assert {name: last[name] for name in history.best} == {
        one.name: one.source for one in model.sets[length - 1].functions
    }


def test_of_two_equal_proposals_the_first_went_on() -> None:
    new = function("new", ADD_CODE)
    events: list[Event] = [started(())]
    events += [StepStarted(epoch=1, proposal=proposal, parameters="p", history="") for proposal in (0, 1)]
    for proposal in (1, 0):
        told = ActionAdmitted(
            epoch=1, proposal=proposal, action="add_function", function="new", reason="", proposed=new
        )
        end = StepFinished(epoch=1, proposal=proposal, candidate="q", actions=1, refused=0, end="e")
        events += [told, end]
    events.append(EpochFinished(epoch=1, loss=None, best=0, accepted=True, without_acceptance=0))
    changes = replayed(events, nothing).changes
    assert [(change.proposal, change.came_to) for change in changes] == [(1, "not chosen"), (0, "accepted")]


@given(st.integers(0, 2**32), st.integers(1, 6))
def test_a_replay_of_an_older_training_takes_what_it_can_from_the_accepted_folders(seed: int, epochs: int) -> None:
    model = modelled(seed, epochs)
    folders = {0: model.sets[0]} | {
        event.epoch: after
        for event, after in zip(model.events, model.sets, strict=True)
        if isinstance(event, EpochFinished) and event.accepted
    }
    history = replayed([bare(event) for event in model.events], folders.get)
    assert history.best == model.incumbent.names
    known = {c.name: c.function.source if c.function else "" for c in history.changes if c.came_to == "accepted"}
    assert {name: known[name] for name in history.best} == {f.name: f.source for f in model.incumbent.functions}


def bare(event: Event) -> Event:
    """The event as older versions told it."""
    names = {"start": (), "proposed": None}
    return event.model_copy(update={name: value for name, value in names.items() if hasattr(event, name)})
