"""Whose a gate is: what we know of ours is held for ours alone, as a gate of the user's own may decide otherwise.

Example:
    >>> class Mine(PairedGate): ...
    >>> is_ours(PairedGate()), is_ours(Mine()), is_ours(ScoreThenCost(Mine()))
    (True, False, False)
"""

from toolwright.protocols import Gate
from toolwright.training.gates.always import AlwaysAccept
from toolwright.training.gates.cost import ScoreThenCost
from toolwright.training.gates.paired import PairedGate
from toolwright.training.gates.strict import StrictImprovement


def is_ours(gate: Gate) -> bool:
    """Whether a gate is one of ours to its last part; a class derived from one is the user's."""
    if type(gate) is ScoreThenCost:
        return is_ours(gate.gate)
    return type(gate) in (AlwaysAccept, PairedGate, StrictImprovement)
