"""A run's figures read from its journal and events are those its training returned, also with races and proposals."""

import re
import shutil
from pathlib import Path

import pytest

from support import ADD_CODE, Said, ScriptedModel, proposal, results_of, says, sums
from toolwright.api import Trainer
from toolwright.errors import RunError
from toolwright.events import TestOpened
from toolwright.messages import ModelRequest
from toolwright.protocols import CallSite
from toolwright.report.figures import RunFigures, figures_of
from toolwright.report.told import Told, told_by
from toolwright.report.unfinished import figures_so_far
from toolwright.resuming import kept_result
from toolwright.runs.folder import RunFolder
from toolwright.sandbox import ConfinedSandbox
from toolwright.training.result import TrainingResult

WRONG_CODE = ADD_CODE.replace("a + b", "a - b")
ADD = says(add_function=proposal("add", ADD_CODE, {"arguments": {"a": 1, "b": 2}}))
WRONG = says(add_function=proposal("add", WRONG_CODE, {"arguments": {"a": 1, "b": 2}}, reason="A guess."))
ONE, OTHER = (
    says(add_function=proposal(f"lure_{n}", f"def lure_{n}() -> int:\n    return {n}\n", {"arguments": {}}))
    for n in (1, 2)
)
DONE = says(terminate={"reason": "Nothing is left to improve."})
STEPS = {"step 1": (WRONG, ADD), "step 2": (ONE, OTHER)}


def agent(site: CallSite, request: ModelRequest) -> Said:
    """Adds with what it is offered; without, or with something that lures it away, it guesses."""
    if results := results_of(request):
        return f"\\boxed{{{results[-1]}}}"
    one, other = map(int, re.findall(r"\d+", request.messages[1].text))
    return says(add={"a": one, "b": other}) if [tool.name for tool in request.tools] == ["add"] else "\\boxed{1}"


def optimizer(site: CallSite, request: ModelRequest) -> Said:
    """Two different proposals an epoch, one action each."""
    first, second = STEPS.get(site.purpose, (DONE, DONE))
    return DONE if site.turn else (second if site.repeat else first)


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> TrainingResult:
    trainer = Trainer(
        ScriptedModel(agent),
        optimizer_model=ScriptedModel(optimizer),
        sandbox=ConfinedSandbox(allowed=("math",)),
        runs=tmp_path_factory.mktemp("report") / "runs",
        epochs=3,
        ties="accept",  # else nothing is left to gain, once all is solved, and the second candidate is not asked for
        race=True,
        proposals=2,
        screen=4,
    )
    return trainer.fit(sums(40), test=sums(10, start=40))


@pytest.fixture
def so_far(result: TrainingResult) -> RunFigures:
    with RunFolder.read(result.folder) as folder:
        return figures_so_far(folder)


def told_in(result: TrainingResult) -> Told:
    with RunFolder.read(result.folder) as folder:
        return told_by(timed.event for timed in folder.store.events())


def test_races_and_proposals_are_figured_alike(result: TrainingResult, so_far: RunFigures) -> None:
    ended = figures_of(result, told_in(result))
    assert ended.race is not None
    assert ended.proposals is not None
    assert (so_far.race, so_far.proposals, so_far.told) == (ended.race, ended.proposals, ended.told)
    assert ended.race.rollouts == 80
    assert 0 < ended.race.saved < 40  # the second candidate meets an incumbent that nothing can beat
    assert (ended.proposals.epochs, ended.proposals.proposals) == (2, 4)
    assert ended.proposals.screening == 4 * (2 + 2) + 4 * (1 + 1)  # with `add` two requests a task


def test_epochs_are_those_of_the_proposals_that_went_on(result: TrainingResult, so_far: RunFigures) -> None:
    assert [epoch.actions for epoch in so_far.epochs] == [epoch.actions for epoch in result.epochs]
    assert [(e.epoch, e.decision, e.saved, e.screened, e.looks) for e in so_far.epochs] == [
        (e.epoch, e.decision, e.saved, e.screened, e.looks) for e in result.epochs
    ]


def test_a_summary_that_is_none_is_refused_in_one_line_that_says_what_to_do(
    result: TrainingResult, tmp_path: Path
) -> None:
    copy = shutil.copytree(result.folder, tmp_path / "copy")
    (copy / "summary.json").write_text("{}")
    with RunFolder.read(copy) as folder, pytest.raises(RunError) as refused:
        kept_result(folder)
    assert "remove it: the figures are in the database too" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_forced_reading_of_the_sealed_test_is_counted(result: TrainingResult, tmp_path: Path) -> None:
    with RunFolder.open(result.folder) as folder:
        folder.store.emit(TestOpened(times=2, forced=True))
    told = told_in(result)
    assert (told.openings, told.forced) == (2, 1)
