"""How often the intervals of a mean score hold the true one, and how wide they are; prints Markdown.

Usage: python bench/interval_coverage.py [EVALUATIONS]   (default 20,000 a row; docs/gate.md has the table)

A task's score is the mean of its repeats of right and wrong. Tasks are drawn anew for every evaluation, so that the
true mean is that over all tasks there could be.
"""

import sys
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from toolwright.training.intervals import interval_of_means

TASKS = (10, 20, 80)
REPEATS = (1, 2, 5)

Floats = NDArray[np.float64]
Chances = Callable[[np.random.Generator, tuple[int, int]], Floats]


def mixed(rng: np.random.Generator, size: tuple[int, int]) -> Floats:
    """A quarter of the tasks are always solved, a quarter never, the rest with a chance between 10 and 90 %."""
    kind, chance = rng.random(size), rng.uniform(0.1, 0.9, size)
    return np.where(kind < 0.25, 1.0, np.where(kind < 0.5, 0.0, chance))


def nearly_solved(rng: np.random.Generator, size: tuple[int, int]) -> Floats:
    """Of the tasks 85 % are always solved, the rest with a chance between 10 and 90 %."""
    return np.where(rng.random(size) < 0.85, 1.0, rng.uniform(0.1, 0.9, size))


def alike(_: np.random.Generator, size: tuple[int, int]) -> Floats:
    """Every task is solved with a chance of 90 %."""
    return np.full(size, 0.9)


KINDS: dict[str, tuple[Chances, float]] = {
    "mixed, 50 %": (mixed, 0.5),
    "nearly solved, 92.5 %": (nearly_solved, 0.925),
    "alike, 90 %": (alike, 0.9),
}
"""What the tasks are like, with the true mean."""


def coverage(kind: str, tasks: int, repeats: int, evaluations: int) -> tuple[float, float]:
    """The share of 95 % intervals that hold the true mean, and their mean width."""
    chances, true = KINDS[kind]
    rng = np.random.default_rng(0)
    means = rng.binomial(repeats, chances(rng, (evaluations, tasks))) / repeats
    found = [interval_of_means([*map(float, row)]) for row in means]
    held = sum(one.low <= true <= one.high for one in found)
    return held / evaluations, sum(one.high - one.low for one in found) / evaluations


def main() -> None:
    """Prints the table."""
    evaluations = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    columns = (f"held, width: {repeats} repeat{'s' if repeats > 1 else ''}" for repeats in REPEATS)
    print(f"| the tasks, their mean | tasks | {' | '.join(columns)} |")
    print("| --- | --- | " + " | ".join("---" for _ in REPEATS) + " |")
    for kind in KINDS:
        for tasks in TASKS:
            rows = [coverage(kind, tasks, repeats, evaluations) for repeats in REPEATS]
            print(
                f"| {kind} | {tasks} | "
                + " | ".join(f"{100 * held:.1f} %, {100 * width:.0f}" for held, width in rows)
                + " |"
            )


if __name__ == "__main__":
    main()
