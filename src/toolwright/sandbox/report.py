"""What confines learned code on this machine, layer by layer, and what was tried against it at the start."""

from typing import Literal

from toolwright.base import Frozen

Tier = Literal["B", "B-", "A", ""]


class Layer(Frozen):
    """One layer of confinement.

    Attributes:
        name: "namespaces", "landlock", "seccomp" or "limits".
        on: Whether it is in force.
        text: What it does here, or why it is missing.
    """

    name: str
    on: bool
    text: str


class Verdict(Frozen):
    """What came of one thing tried at the start.

    Attributes:
        name: What was tried.
        held: Whether it came out as it must.
        text: What happened.
    """

    name: str
    held: bool
    text: str = ""


class Report(Frozen):
    """What confines learned code.

    Attributes:
        tier: "B" for all layers, "B-" for all but Landlock, "A" for all but namespaces, "" for none.
        layers: The layers, those that are missing included.
        verdicts: What was tried against them when the base started.
        selftest_seconds: How long that took.
    """

    tier: Tier = ""
    layers: tuple[Layer, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    selftest_seconds: float = 0.0

    @property
    def failures(self) -> str:
        """What did not come out as it must, and what happened; "" where everything did."""
        return "; ".join(f"{verdict.name}: {verdict.text}" for verdict in self.verdicts if not verdict.held)
