"""The function set over time: the document `functions`."""

from typing import Literal

from pydantic import Field

from toolwright.base import Frozen
from toolwright.events import TriedCall
from toolwright.report.proposals import CameTo

Happened = Literal["start", "added", "revised", "removed", "refused"]
FunctionState = Literal["in use", "removed", "never kept", "pending"]


class Version(Frozen):
    """One thing that happened to a function.

    Attributes:
        epoch: When; 0 is the starting set.
        proposal: Which of the epoch's proposals.
        happened: What the action did, or that it was refused.
        came_to: Whether it stayed: "pending" before the gate has decided, "not chosen" where screening took another
            proposal.
        reason: Why, as the optimizer stated it.
        refusal: Why it was refused, "" where it was not.
        description: What the agent is told of it.
        arguments: Meaning by parameter.
        packages: Modules it imports.
        source: Lines of highlighted source: (class, text) pairs, the classes Pygments' short names; none of a removal.
        diff: Against the version it took the place of: (kind, text) lines, kind "+", "-", " " or "@".
        tried: The calls admission made of it.
        complexity: Cyclomatic complexity of its most complex function (radon), None where it cannot be read.
        lines: Lines of code.
        missing: Why its source cannot be shown, "" where it can, or where there is none.
    """

    epoch: int
    proposal: int = 0
    happened: Happened
    came_to: CameTo
    reason: str = ""
    refusal: str = ""
    description: str = ""
    arguments: dict[str, str] = Field(default_factory=dict)
    packages: tuple[str, ...] = ()
    source: tuple[tuple[tuple[str, str], ...], ...] = ()
    diff: tuple[tuple[str, str], ...] = ()
    tried: tuple[TriedCall, ...] = ()
    complexity: int | None = None
    lines: int = 0
    missing: str = ""


class Use(Frozen):
    """A function's use in one evaluation (paper, Tables 5 and 6); observational: agents call what a task needs.

    Attributes:
        epoch: The evaluation's.
        split: The evaluation's.
        calls: Calls made.
        errors: Calls without a result.
        used: Rollouts that called it.
        offered: Rollouts that were offered it.
        used_score: Mean score of those that called it; None where none did.
        unused_score: Mean score of those offered it that did not.
        seconds: Mean wall-clock time of a call; None where there was none.
        again: Whether a later evaluation in the list holds the same samples, and maybe more.
    """

    epoch: int
    split: str
    calls: int
    errors: int
    used: int
    offered: int
    used_score: float | None
    unused_score: float | None
    seconds: float | None
    again: bool = False


class FunctionHistory(Frozen):
    """All that happened to the functions of one name.

    Attributes:
        name: The name.
        state: Whether it is in the best set now, was there and left, or never was; "pending" where it never was and the
            gate has not decided on a version of it.
        versions: What happened, in order.
        use: Its use, in the order of the evaluations.
    """

    name: str
    state: FunctionState
    versions: tuple[Version, ...]
    use: tuple[Use, ...] = ()


class FunctionsDocument(Frozen):
    """The function set over time: the names in the order in which they came, and how many epochs the run has.

    `notices` say what is missing: sources an older version did not keep, folders that cannot be read, what was cut.
    `fault` says why there is nothing here where that is not known: the run's record of it cannot be read.
    """

    functions: tuple[FunctionHistory, ...]
    epochs: tuple[int, ...]
    notices: tuple[str, ...] = ()
    fault: str = ""
