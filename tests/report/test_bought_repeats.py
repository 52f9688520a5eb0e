"""A gate that buys more repeats of both sides, in the report: what they bring one side alone is no gain."""

from pathlib import Path

import pytest

from support import ADD_CODE, Said, ScriptedModel, proposal, says, sums
from toolwright.api import Trainer
from toolwright.evaluations import Evaluation
from toolwright.messages import ModelRequest
from toolwright.protocols import CallSite, Verdict
from toolwright.report.figures import RunFigures, figures_of
from toolwright.report.unfinished import figures_so_far
from toolwright.run import Run
from toolwright.runs.folder import RunFolder
from toolwright.sandbox import ConfinedSandbox
from toolwright.training.result import TrainingResult

ADD = says(add_function=proposal("add", ADD_CODE, {"arguments": {"a": 1, "b": 2}}))
DONE = says(terminate={"reason": "Nothing is left to improve."})


class Buys:
    """A gate that decides after three repeats of each task: always the same."""

    def __init__(self, *, accepts: bool) -> None:
        self.accepts = accepts

    def decide(self, incumbent: Evaluation, candidate: Evaluation) -> Verdict:
        if candidate.repeats < 3:
            return Verdict(decision="undecided", reason="too close", repeats=3)
        return Verdict(decision="accept" if self.accepts else "reject", reason="three repeats were seen")


def lucky(site: CallSite, request: ModelRequest) -> Said:
    """An agent that answers right on every sample but a task's first, whatever it is offered."""
    first, other = (int(word.strip(".")) for word in request.messages[1].text.split() if word.strip(".").isdigit())
    return f"\\boxed{{{first + other if site.repeat else -1}}}"


def trained(runs: Path, *, accepts: bool, validated: bool) -> TrainingResult:
    trainer = Trainer(
        ScriptedModel(lucky),
        optimizer_model=ScriptedModel([ADD, DONE]),
        sandbox=ConfinedSandbox(allowed=("math",)),
        runs=runs,
        epochs=1,
        gate=Buys(accepts=accepts),
    )
    return trainer.fit(sums(4), sums(4, start=10) if validated else None)


def so_far(result: TrainingResult) -> RunFigures:
    with RunFolder.read(result.folder) as folder:
        return figures_so_far(folder)


@pytest.mark.parametrize("validated", [False, True])
@pytest.mark.parametrize("accepts", [False, True])
def test_before_and_after_are_of_the_same_samples(tmp_path: Path, *, accepts: bool, validated: bool) -> None:
    result = trained(tmp_path / "runs", accepts=accepts, validated=validated)
    assert (result.best == result.start) != accepts
    assert result.gate is not None
    assert result.gate.repeats == 3
    assert any("of the repeats every epoch" in notice for notice in Run(result.folder).overview.notices)
    ended = figures_of(result)
    assert [(split.before, split.after) for split in ended.splits] == [(split.before,) * 2 for split in ended.splits]
    assert so_far(result).splits == ended.splits
    assert [(epoch.train, epoch.validation) for epoch in result.epochs] == [(0.0, 0.0 if validated else None)] * 2
    assert [(e.train, e.validation) for e in so_far(result).epochs] == [(e.train, e.validation) for e in result.epochs]
