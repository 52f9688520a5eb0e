"""Thousands of calls, good and bad, one after another and together: every outcome right, nothing left behind."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from toolwright.sandbox import ProcessSandbox

from .conftest import Make

CALLS = 3_000
FDS = Path("/proc/self/fd")
KINDS = {
    "ok": "return 6 * 7",
    "error": "raise ValueError('no')",
    "crashed": "import os; os._exit(3)",
    "output": "while True: print('x' * 100)",
}


def descriptors() -> int:
    return len(list(FDS.iterdir()))


@pytest.mark.soak
async def test_thousands_of_calls_leave_every_outcome_right_and_no_descriptor(bare: ProcessSandbox, make: Make) -> None:
    functions = {status: make(body) for status, body in KINDS.items()}
    wanted = [list(KINDS)[n % 4] for n in range(CALLS)]
    await asyncio.gather(*(bare.call(functions[status], {}) for status in wanted[:100]))
    before = descriptors()
    outcomes = await asyncio.gather(*(bare.call(functions[status], {}) for status in wanted))
    assert [outcome.status for outcome in outcomes] == wanted
    assert Counter(outcome.result for outcome in outcomes)[42] == CALLS // 4
    assert descriptors() <= before + 2
