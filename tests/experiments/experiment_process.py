"""Runs an experiment in a process of its own, to be killed: every cell asks for something, waits, and ends.

Example:
    python experiment_process.py small.toml
"""

import asyncio
import sys
from pathlib import Path

from small_experiments import Counting, record_of, run

from toolwright.experiments.methods.work import CellWork
from toolwright.experiments.records import CellRecord


class Slow(Counting):
    """Writes a line for every cell it begins, and stops in the third."""

    async def run(self, work: CellWork) -> CellRecord:
        with (Path(sys.argv[1]).parent / "asked.txt").open("a") as file:
            file.write(f"{work.key.id}\n")
        work.runs.mkdir(parents=True, exist_ok=True)
        (work.runs / "journal").write_text("what was answered")
        if self.ran.append(work) or len(self.ran) == 3:
            await asyncio.sleep(60)
        return record_of(work, 10)


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1]), Slow()))
