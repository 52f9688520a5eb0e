"""Whatever a function does to itself costs that one call: the outcome says what it was, and the next call works."""

import pytest

from toolwright.functions import Function
from toolwright.sandbox import Limits, ProcessSandbox
from toolwright.trajectories import OutcomeStatus

from .conftest import Make

GOOD = Function(name="good", source="def good():\n    return 'good'\n")

BAD: dict[str, tuple[str, OutcomeStatus, str]] = {
    "an endless loop": ("while True: pass", "timeout", "ran longer than 1 s"),
    "a sleep": ("import time; time.sleep(60)", "timeout", "ran longer than 1 s"),
    "a loop that ignores signals": (
        "import signal\nfor n in (1, 2, 3, 15, 24): signal.signal(n, signal.SIG_IGN)\nwhile True: pass",
        "timeout",
        "ran longer than 1 s",
    ),
    "a loop that swallows everything": (
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        "timeout",
        "ran longer than 1 s",
    ),
    "a regex that never ends": ("import re; re.match('(a+)+$', 'a' * 50 + 'b')", "timeout", "ran longer than 1 s"),
    "a big list": ("return len([0] * 10**9)", "memory", "needed more than 256 MB of memory (line 2 of job.py"),
    "a growing list": ("x = []\nwhile True: x.append(bytes(10**8))", "memory", "needed more than 256 MB"),
    "endless printing": ("while True: print('x' * 100)", "output", "printed more than 65,536 bytes"),
    "a bit too much printing": ("print('x' * 65536)", "output", "printed more than 65,536 bytes"),
    "a large result": ("return 'x' * 1000000", "output", "returned more than 1,000,000 bytes of JSON"),
    "a forged flood": ("import os\nwhile True: os.write(FD, b'x' * 65536)", "output", "returned more than 1,000,000"),
    "an exit": ("raise SystemExit(3)", "error", "SystemExit: 3"),
    "a hard exit": ("import os; os._exit(3)", "crashed", "it ended its process with exit code 3"),
    "a hard exit that looks like a failed start": ("import os; os._exit(70)", "crashed", "exit code 70"),
    "an interrupt": ("raise KeyboardInterrupt", "error", "KeyboardInterrupt (line 2"),
    "a segmentation fault": ("import ctypes; ctypes.string_at(0)", "crashed", "killed by SIGSEGV"),
    "an abort": ("import os; os.abort()", "crashed", "killed by SIGABRT"),
    "its own group killed": ("import os; os.killpg(0, 9)", "crashed", "killed by SIGKILL"),
    "an endless recursion": ("return job()", "error", "RecursionError: maximum recursion depth exceeded (line 2"),
    "closed descriptors": ("import os; os.closerange(0, 100)", "crashed", ""),
    "a closed stdout": ("import sys; sys.stdout.close(); sys.stdout = None; return 1 / 0", "error", "ZeroDivision"),
    "a forged answer": ("import os; os.write(FD, b'}{\\n'); import time; time.sleep(9)", "crashed", "cannot be read"),
    "a forged status": ('import os; os.write(FD, b\'{"status": "root"}\\n\')', "crashed", "not the form of an answer"),
    "a forged number": ('import os; os.write(FD, b\'{"status":"ok","result":NaN}\\n\')', "crashed", "NaN is not JSON"),
    "a forged depth": ("import os; os.write(FD, b'[' * 200000 + b'\\n')", "crashed", "cannot be read"),
    "a forged text": ("import os; os.write(FD, b'\\xff\\xfe\\n')", "crashed", "cannot be read"),
    "patched json": (
        "import json, builtins\njson.JSONEncoder.encode = json.dumps = builtins.isinstance = lambda *a, **k: 1 / 0",
        "crashed",
        "",
    ),
    "too deep a result": ("x = []\nfor _ in range(150): x = [x]\nreturn x", "error", "nested too deeply"),
    "a result in itself": ("x = []\nx.append(x)\nreturn x", "error", "nested too deeply, or contains itself"),
    "a file too large": ("open('f', 'wb').write(bytes(10**8))", "error", "OSError: [Errno 27] File too large"),
    "too many descriptors": ("x = [open('/dev/null') for _ in range(100)]", "error", "Too many open files"),
    "a hostile error": (
        "class E(Exception):\n    def __str__(self): raise SystemExit\nraise E",
        "error",
        "E: (its message cannot be shown) (line 4",
    ),
    "an error in Latin-1": ("raise ValueError('\\ud800')", "error", "ValueError: \\ud800"),
}
CHANNEL = (
    "import os, stat\nFD = next(n for n in range(3, 30) if os.path.exists(f'/proc/self/fd/{n}') "
    "and stat.S_ISSOCK(os.stat(f'/proc/self/fd/{n}').st_mode))\n"
)


@pytest.mark.parametrize("what", BAD)
async def test_it_costs_one_call(bare: ProcessSandbox, make: Make, what: str) -> None:
    body, status, text = BAD[what]
    before = CHANNEL if "FD" in body else ""
    outcome = await bare.call(make(body, before=before), {})
    assert (outcome.status, outcome.result) == (status, None), outcome
    assert text.replace("line 2", f"line {4 if before else 2}") in outcome.error
    assert (await bare.call(GOOD, {})).result == "good"


async def test_a_forged_answer_changes_its_own_outcome_only(bare: ProcessSandbox, make: Make) -> None:
    forged = make(
        'import os, time\nos.write(FD, b\'{"status":"ok","result":"forged"}\\n\')\ntime.sleep(60)', before=CHANNEL
    )
    assert (await bare.call(forged, {})).result == "forged"
    assert (await bare.call(GOOD, {})).result == "good"


async def test_memory_below_the_limit_is_no_overrun(bare: ProcessSandbox, make: Make) -> None:
    assert (await bare.call(make("return len(bytearray(200 * 2**20))"), {})).result == 200 * 2**20


async def test_printing_and_returning_up_to_the_limit_is_no_overrun(bare: ProcessSandbox, make: Make) -> None:
    outcome = await bare.call(make("print('x' * 65535)\nreturn 'x' * 999000"), {})
    assert outcome.ok
    assert len(outcome.stdout) == 65536


async def test_processor_time_is_limited_over_all_threads(make: Make) -> None:
    limits = Limits(wall_seconds=20, cpu_seconds=1)
    async with ProcessSandbox(limits=limits, preload=False) as sandbox:
        outcome = await sandbox.call(make("while True: pass"), {})
    assert (outcome.status, outcome.error) == ("timeout", "used more than 1 s of processor time")


async def test_a_syntax_error_names_the_line(bare: ProcessSandbox) -> None:
    outcome = await bare.call(Function(name="job", source="def job():\n    return (\n"), {})
    assert outcome.error == "SyntaxError: '(' was never closed (line 2 of job.py: `return (`)"


async def test_source_that_does_not_define_the_function_is_an_error(bare: ProcessSandbox) -> None:
    outcome = await bare.call(Function(name="job", source="x = 1\n"), {})
    assert (outcome.status, outcome.error) == ("error", "the source defines no `job`")
