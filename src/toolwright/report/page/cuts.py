"""What is left out of a page so that its file stays small: first the length of texts, then what was said.

The heat map's scores, the curves, the functions and the optimizer's steps always stay.
"""

from collections.abc import Callable, Iterator
from typing import Final, Literal

from toolwright.base import Frozen
from toolwright.evaluations import Result


class Cut(Frozen):
    """One way to make a page smaller.

    Attributes:
        longest: Characters a text may have before its middle is left out.
        without: Whose messages and calls are left out: nobody's; those of tasks that a rolled-back candidate solved;
            all of rolled-back candidates; all.
    """

    longest: int = 20_000
    without: Literal["nothing", "solved", "rolled back", "all"] = "nothing"

    def reason(self, decision: str, result: Result) -> str:
        """Why a rollout's messages and calls are left out, "" where they stay; `decision` is the gate's."""
        left_out = _LEFT_OUT[self.without](decision, result)
        return "its messages and calls are left out to keep this file small" if left_out else ""

    def notes(self, *, shortened: bool) -> Iterator[str]:
        """What is left out, in sentences; `shortened` says whether any text was as long as that."""
        if shortened:
            yield f"Texts of more than {self.longest:,} characters are shortened here."
        if self.without != "nothing":
            yield (
                f"To keep this file small, messages and calls are left out of {_WHOSE[self.without]}; "
                "`toolwright view` shows them."
            )


CUTS: Final = (
    Cut(),
    Cut(longest=4_000),
    Cut(longest=1_000),
    Cut(longest=1_000, without="solved"),
    Cut(longest=1_000, without="rolled back"),
    Cut(longest=300, without="rolled back"),
    Cut(longest=300, without="all"),
)
"""From the whole to the least, in the order in which they are tried."""

_LEFT_OUT: Final[dict[str, Callable[[str, Result], bool]]] = {
    "nothing": lambda _decision, _result: False,
    "solved": lambda decision, result: decision == "reject" and result.value >= 1.0,
    "rolled back": lambda decision, _result: decision == "reject",
    "all": lambda _decision, _result: True,
}
_WHOSE: Final = {
    "solved": "tasks that rolled-back candidates solved",
    "rolled back": "the rolled-back candidates' evaluations",
    "all": "all evaluations",
}
