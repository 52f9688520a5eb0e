"""How many tasks a gate needs to accept anything at all, so that it is said before a training is paid for.

Of n tasks, 12 at the most, that all got better p is 1 / 2^n, and no p is smaller; where that is above every look's
level, no candidate can be accepted, however good it is. (Looks that would need more than 12 are refused.)

Example:
    >>> fewest_tasks(PairedGate()), fewest_tasks(PairedGate(max_repeats=1)), fewest_tasks(StrictImprovement())
    (5, 4, 1)
"""

import math

from toolwright.errors import ConfigError
from toolwright.protocols import Gate
from toolwright.training.gates.cost import ScoreThenCost
from toolwright.training.gates.looks import Looks
from toolwright.training.gates.ours import is_ours
from toolwright.training.gates.paired import PairedGate


def fewest_tasks(gate: Gate) -> int:
    """The fewest tasks on which a gate can accept anything; 1 for a strict one and for one of the user's own.

    On fewer it surely accepts nothing; `ScoreThenCost` may want more for what is accepted for its cost.
    """
    looks = _easiest(gate)
    return 1 if looks is None else looks.fewest_tasks


def check_enough(gate: Gate, tasks: int, split: str) -> None:
    """Checks that a gate can accept something on so many tasks.

    Args:
        gate: The gate.
        tasks: How many tasks it reads.
        split: Their name, for the message.

    Raises:
        ConfigError: It cannot; the message says how many are enough, and what else can be done.
    """
    looks = _easiest(gate)
    if looks is None or tasks >= looks.fewest_tasks:
        return
    enough = math.ceil(1000 * 0.5**tasks * looks.level / looks.highest) / 1000
    raised = f", or raise the level of a decision from {looks.level:g} to {enough:g} or more" if enough < 1 else ""
    raise ConfigError(
        f"training.gate: on {tasks} {split} task{'' if tasks == 1 else 's'} the paired gate can accept nothing, not "
        f"even a candidate that is better on each of them, and the training would be paid for nothing; give "
        f'{looks.fewest_tasks} {split} tasks or more, set gate = "strict" (a better mean score is enough){raised}'
    )


def doubt_about_cost(gate: Gate, tasks: int) -> str:
    """Says where so few tasks cannot show a candidate to be no worse by the margin if all of them tie; else ""."""
    if not is_ours(gate) or not isinstance(gate, ScoreThenCost) or not (doubt := gate.doubt(tasks)):
        return ""
    return (
        f"training.objective: {doubt}, the margin is {gate.margin:.1%}; nothing that scores the same is accepted for "
        f"its cost: give more tasks, or raise margin"
    )


def _easiest(gate: Gate) -> Looks | None:
    """The looks that are easiest to pass; None for a gate that any number of tasks can pass, as far as is known."""
    if not is_ours(gate):
        return None
    if isinstance(gate, ScoreThenCost):
        on_score = _easiest(gate.gate)
        return on_score and max(on_score, gate.looks, key=lambda looks: looks.highest)
    return gate.looks if isinstance(gate, PairedGate) else None
