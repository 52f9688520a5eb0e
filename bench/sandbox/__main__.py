"""Prints one table of every row, the figures that are required beside what was found, memory, and starts.

    python -m bench.sandbox [--quick] [--no-peer]

All runs on two cores. Calls are back to back: the next call's child is prepared while the last one's ends, as for an
agent that never thinks. In the row with pauses the child is there when the call comes, as for one that does.
"""

import argparse
import asyncio
import os
from typing import Final

from bench.sandbox.kinds import CORES
from bench.sandbox.measure import Found, Plan, measure
from bench.sandbox.processes import Memory
from bench.sandbox.ratios import ratios, verdicts
from bench.sandbox.rows import table

MEMORY: Final = f"{'memory, MB':<58}{'RSS':>8}{'PSS':>8}{'own':>8}{'tables':>8}"
OWN: Final = "own: pages no other process shares; with its page tables, what one more prepared child takes."
HIDDEN: Final = (
    "hidden: only root may look into a confined process; the unconfined kind's child shows what a fork costs."
)


def main() -> None:
    """Measures and prints; a figure that is missed changes no exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.sandbox", description="What a sandboxed call costs.")
    parser.add_argument("--quick", action="store_true", help="few calls: shows that the bench works, not what is true")
    parser.add_argument("--no-peer", action="store_true", help="without AutoGen")
    chosen = parser.parse_args()
    peer = not chosen.no_peer
    plan = Plan(rounds=1, calls=8, some=2, few=1, peer=peer) if chosen.quick else Plan(peer=peer)
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    print(text(asyncio.run(measure(plan))))


def text(found: Found) -> str:
    """All that is printed."""
    memory = "\n".join([MEMORY, *(_memory(name, one) for name, one in found.memory), OWN])
    hidden = [HIDDEN] if any(one.own is None for _, one in found.memory) else []
    parts = [table(found.rows), verdicts(ratios(found.compared)), memory, "\n".join([*hidden, *found.notes])]
    return "\n\n".join(parts)


def _memory(name: str, one: Memory) -> str:
    numbers = (one.rss, one.pss, one.own, one.page_tables)
    return f"{name:<58}" + "".join(f"{'hidden':>8}" if number is None else f"{number:>8.1f}" for number in numbers)


if __name__ == "__main__":
    main()
