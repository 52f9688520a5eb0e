"""How often a training accepts what is no better: measured, by replaying its gate on candidates that change nothing.

Each simulated training draws, for every task, how the agent's scores there are spread, and then candidate after
candidate from the same spread as the incumbent. Whatever the gate accepts is a false acceptance.

One repeat that was right looks like a task that is always right, which it need not be. So a task's spread is not what
was observed alone: every observed score counts once, and 0 and 1 count half more each (for right and wrong scores this
is Jeffreys' prior, a Dirichlet distribution in general). The fewer repeats, the noisier the agent is taken to be, which
errs to the higher rate.

Example:
    found = false_acceptance(incumbent, PairedGate(), decisions=10)
    print(found.decision, found.training)  # 3.2% [2.5%, 4.1%] 25.5% [20.0%, 32.0%]
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from toolwright.base import Frozen
from toolwright.evaluations import Evaluation
from toolwright.protocols import Gate
from toolwright.training.gates.cost import ScoreThenCost
from toolwright.training.gates.looks import Look
from toolwright.training.gates.ours import is_ours
from toolwright.training.gates.paired import PairedGate
from toolwright.training.gates.sign_flip import TIE, Floats, SignFlips, settle
from toolwright.training.gates.strict import StrictImprovement
from toolwright.training.intervals import Interval, share_of

Bools = NDArray[np.bool_]
Draw = Callable[[np.random.Generator], Floats]
"""Draws one evaluation for every simulated training: trainings x repeats x tasks."""


class FalseAcceptance(Frozen):
    """How often a candidate that is no better is accepted, with 95 % confidence intervals of the simulation.

    A training's later decisions accept less often than its first: the incumbent is one that nothing has beaten so far.

    Attributes:
        decision: The share of decisions.
        training: The share of trainings with at least one.
        simulations: Simulated trainings.
    """

    decision: Interval
    training: Interval
    simulations: int


@dataclass(frozen=True)
class Rule:
    """A gate as the replay needs it: its looks, and what it says at a look of rows of differences, one a training."""

    looks: tuple[Look, ...]
    settle: Callable[[Floats, Look, SignFlips], Sequence[str]]


def rule_of(gate: Gate, repeats: int) -> Rule | None:
    """The rule of a gate on score; of `ScoreThenCost` its gate's; None for a gate of the user's own.

    Args:
        gate: The gate.
        repeats: Repeats of each task a strict gate reads.
    """
    if not is_ours(gate):
        return None
    if isinstance(gate, ScoreThenCost):
        return rule_of(gate.gate, repeats)
    if isinstance(gate, PairedGate):
        return Rule(gate.looks.all, _paired)
    if isinstance(gate, StrictImprovement):
        least = -TIE if gate.ties == "accept" else TIE
        look = Look(repeats=repeats, level=1.0, next=None)
        return Rule(
            (look,), lambda rows, _look, _flips: ["accept" if total > least else "reject" for total in rows.sum(axis=1)]
        )
    return None


def false_acceptance(
    incumbent: Evaluation, gate: Gate, *, decisions: int = 10, seed: int = 0, simulations: int = 200
) -> FalseAcceptance | None:
    """Replays a gate with all its looks on null data like the incumbent's.

    Args:
        incumbent: An evaluation of what the gate reads, on as many repeats as there are: the more, the truer.
        gate: The gate.
        decisions: Decisions of a training, at least 1.
        seed: Of the simulation.
        simulations: Trainings to simulate, at least 1.

    Returns:
        The rates, or None for a gate of the user's own or an evaluation without scores.
    """
    rule = rule_of(gate, incumbent.repeats)
    scores = list(incumbent.scores_by_task().values())
    if rule is None or not scores:
        return None
    rng = np.random.default_rng(seed)
    accepted = replay(rule, null_of(scores, rule.looks[-1].repeats, simulations, rng), decisions, rng)
    return FalseAcceptance(
        decision=share_of(int(accepted.sum()), accepted.size),
        training=share_of(int(accepted.any(axis=1).sum()), simulations),
        simulations=simulations,
    )


def null_of(scores: list[list[float]], repeats: int, simulations: int, rng: np.random.Generator) -> Draw:
    """Draws evaluations of an agent like the one observed, one spread of scores for each simulated training."""
    longest = max(len(values) for values in scores)
    atoms = np.array([[*values, *[0.0] * (longest - len(values)), 0.0, 1.0] for values in scores])
    counts = np.array([[1.0] * len(values) + [0.0] * (longest - len(values)) + [0.5, 0.5] for values in scores])
    weights = rng.standard_gamma(counts, size=(simulations, *counts.shape))  # normalised: a Dirichlet distribution
    upto = np.cumsum(weights, axis=2) / weights.sum(axis=2, keepdims=True)
    tasks = np.arange(len(scores))

    def draw(rng: np.random.Generator) -> Floats:
        chance = rng.random((simulations, repeats, len(scores), 1))
        chosen = np.minimum((chance > upto[:, None]).sum(axis=3), atoms.shape[1] - 1)
        return atoms[tasks, chosen]

    return draw


def replay(rule: Rule, draw: Draw, decisions: int, rng: np.random.Generator) -> Bools:
    """Trainings whose candidates and incumbents are drawn alike: trainings x decisions, true where one was accepted.

    As in a training, an incumbent keeps its scores from decision to decision, and what is accepted is the next one.
    """
    incumbent = draw(rng)
    accepted = np.zeros((len(incumbent), decisions), dtype=np.bool_)
    for decision in range(decisions):
        candidate = draw(rng)
        accepted[:, decision], _ = decide_all(rule, incumbent, candidate, rng)
        incumbent = np.where(accepted[:, decision, None, None], candidate, incumbent)
    return accepted


def decide_all(
    rule: Rule, incumbent: Floats, candidate: Floats, rng: np.random.Generator
) -> tuple[Bools, NDArray[np.int_]]:
    """One decision in every training: what was accepted, and on how many repeats it was decided."""
    trainings, tasks = incumbent.shape[0], incumbent.shape[2]
    accepted = np.zeros(trainings, dtype=np.bool_)
    repeats = np.zeros(trainings, dtype=np.int_)
    still_open = list(range(trainings))
    for look in rule.looks:
        flips = SignFlips(tasks, int(rng.bit_generator.random_raw()))
        differences = (candidate - incumbent)[:, : look.repeats].sum(axis=1)
        said = rule.settle(differences[still_open], look, flips)
        for row, decision in zip(still_open, said, strict=True):
            accepted[row], repeats[row] = decision == "accept", look.repeats
        still_open = [row for row, decision in zip(still_open, said, strict=True) if decision == "undecided"]
    return accepted, repeats


def _paired(rows: Floats, look: Look, flips: SignFlips) -> Sequence[str]:
    return [decision for decision, _ in settle(rows, look.level, last=look.next is None, flips=flips)]
