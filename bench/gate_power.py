"""How often the gates err: false acceptances where nothing is better, power where something is; prints Markdown.

Usage: python bench/gate_power.py [TRAININGS]   (default 1,000; docs/gate.md has the tables)

Tasks are mixed: a quarter are always solved, a quarter never, the rest with a chance between 10 and 90 %. A true gain
comes in two kinds: spread (every task comes nearer to being solved by the same share) and solved (some tasks become
always solved).
"""

import sys

import numpy as np

from toolwright.protocols import Gate
from toolwright.training.gates import PairedGate, StrictImprovement
from toolwright.training.gates.cost import lowest_difference
from toolwright.training.gates.replay import Bools, decide_all, replay, rule_of
from toolwright.training.gates.sign_flip import Floats

TASKS = (20, 40, 100)
REPEATS = (1, 3, 5)
DECISIONS = 10


def mixed(trainings: int, tasks: int, rng: np.random.Generator) -> Floats:
    """The chance to solve each task, in every training."""
    chances = rng.uniform(0.1, 0.9, size=(trainings, tasks))
    chances[:, : tasks // 4], chances[:, tasks // 4 : tasks // 2] = 1.0, 0.0
    return chances


def better(chances: Floats, gain: float, kind: str) -> Floats:
    """The chances after a true gain of so much in the mean."""
    left = 1 - chances
    if kind == "spread":
        return chances + left * gain / left.mean(axis=1, keepdims=True)
    mixed_up = np.argsort(np.random.default_rng(1).random(chances.shape), axis=1)
    ordered = np.take_along_axis(left, mixed_up, axis=1)
    wanted = gain * chances.shape[1]
    taken = np.clip(wanted - (np.cumsum(ordered, axis=1) - ordered), 0, ordered)
    added = np.zeros_like(chances)
    np.put_along_axis(added, mixed_up, taken, axis=1)
    return chances + added


def sampled(chances: Floats, repeats: int, rng: np.random.Generator) -> Floats:
    """One evaluation in every training: trainings x repeats x tasks of right (1) and wrong (0)."""
    return (rng.random((len(chances), repeats, chances.shape[1])) < chances[:, None]).astype(np.float64)


def one_decision(gate: Gate, repeats: int, before: Floats, after: Floats) -> tuple[float, float]:
    """The share accepted in a first decision, and the mean repeats it was decided on."""
    rng = np.random.default_rng(7)
    rule = rule_of(gate, repeats)
    assert rule is not None
    accepted, read = decide_all(rule, sampled(before, repeats, rng), sampled(after, repeats, rng), rng)
    return float(accepted.mean()), float(read.mean())


def whole_trainings(gate: Gate, repeats: int, chances: Floats) -> Bools:
    """Trainings of candidates that change nothing."""
    rng = np.random.default_rng(11)
    rule = rule_of(gate, repeats)
    assert rule is not None
    return replay(rule, lambda rng: sampled(chances, repeats, rng), DECISIONS, rng)


def times(repeats: int) -> str:
    return f"{repeats} repeat{'' if repeats == 1 else 's'}"


def row(*cells: object) -> None:
    print("| " + " | ".join(str(cell) for cell in cells) + " |")


def head(*cells: str) -> None:
    print()
    row(*cells)
    row(*["---"] * len(cells))


def false_acceptances(trainings: int) -> None:
    print(f"\n### Nothing is better: {trainings:,} trainings of {DECISIONS} decisions each")
    head("gate", "tasks", "first decision", "all decisions", "trainings with one or more")
    for tasks in TASKS:
        chances = mixed(trainings, tasks, np.random.default_rng(3))
        gates: list[tuple[str, Gate, int]] = [
            *((f"paired, level 10 %, at most {times(most)}", PairedGate(max_repeats=most), most) for most in REPEATS),
            ("paired, 10 % a training, at most 5 repeats", PairedGate(level_per_run=0.10, decisions=DECISIONS), 5),
            *((f"strict, {times(most)}", StrictImprovement(), most) for most in REPEATS),
        ]
        for name, gate, repeats in gates:
            accepted = whole_trainings(gate, repeats, chances)
            shares = accepted[:, 0].mean(), accepted.mean(), accepted.any(axis=1).mean()
            row(name, tasks, *(f"{share:.1%}" for share in shares))


def power(trainings: int, kind: str) -> None:
    print(f"\n### True gains, {kind}: share accepted in one decision ({trainings:,} decisions a cell)")
    head(
        "gain",
        "tasks",
        *(f"paired, at most {most}" for most in REPEATS),
        "repeats read (of 5)",
        *(f"strict, {times}" for times in REPEATS),
    )
    for gain in (0.0, 0.1, 0.2, 0.4):
        for tasks in TASKS:
            before = mixed(trainings, tasks, np.random.default_rng(5))
            after = better(before, gain, kind)
            paired = [one_decision(PairedGate(max_repeats=most), most, before, after) for most in REPEATS]
            strict = [one_decision(StrictImprovement(), times, before, after) for times in REPEATS]
            row(
                f"{gain * 100:.0f} points",
                tasks,
                *(f"{share:.0%}" for share, _ in paired),
                f"{paired[-1][1]:.1f}",
                *(f"{share:.0%}" for share, _ in strict),
            )


def needed(margin: float, changed: float, level: float) -> str:
    """The tasks it takes to show non-inferiority where so large a share is lost and as much gained."""
    for tasks in range(5, 20_000, 5):
        moved = [1.0] * round(tasks * changed) + [-1.0] * round(tasks * changed)
        if lowest_difference([*moved, *[0.0] * (tasks - len(moved))], level) > -margin:
            return f"{tasks:,}"
    return "more than 20,000"


def non_inferiority() -> None:
    print("\n### Tasks it takes to show a cheaper candidate no worse, at level 10 %")
    head("margin", "all tie, one look", "2 % lost, 2 % gained", "5 % and 5 %", "all tie, last of three looks")
    for margin in (0.02, 0.05, 0.10):
        cells = [needed(margin, changed, 0.10) for changed in (0.0, 0.02, 0.05)]
        row(f"{margin * 100:.0f} points", *cells, needed(margin, 0.0, 0.04))


def main() -> None:
    trainings = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    false_acceptances(trainings)
    for kind in ("spread", "solved"):
        power(trainings, kind)
    non_inferiority()


if __name__ == "__main__":
    main()
