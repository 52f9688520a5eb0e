"""Whatever a function does to itself costs that one call: the outcome says what it was, and the next call works."""

import pytest

from toolwright.functions import Function
from toolwright.sandbox import ConfinedSandbox, Limits, UnconfinedSandbox
from toolwright.sandbox.worker.faults import WALLS
from toolwright.trajectories import OutcomeStatus

from .conftest import EVERYTHING, Make, goes_on

SYSTEM_CALL_32 = """
import ctypes, mmap
code = b"\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3"  # mov eax, 20 (getpid of 32 bits); int 0x80; ret
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(code)
return ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
"""
GOOD = Function(name="good", source="def good():\n    return 'good'\n")

ENDLESS = {
    "an endless loop": "while True: pass",
    "a sleep": "import time; time.sleep(60)",
    "a loop that ignores signals": (
        "import signal\nfor n in (1, 2, 3, 15, 24): signal.signal(n, signal.SIG_IGN)\nwhile True: pass"
    ),
    "a loop that swallows everything": (
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass"
    ),
    "a regex that never ends": "import re; re.match('(a+)+$', 'a' * 50 + 'b')",
}
BAD: dict[str, tuple[str, OutcomeStatus, str]] = {
    "a big list": (
        "return len([0] * 10**9)",
        "memory",
        "needed more than 256 MB of memory; hold less at once (line 2 of job.py",
    ),
    "a growing list": ("x = []\nwhile True: x.append(bytes(10**8))", "memory", "needed more than 256 MB"),
    "endless printing": ("while True: print('x' * 100)", "output", "printed more than 65,536 bytes"),
    "a bit too much printing": ("print('x' * 65536)", "output", "printed more than 65,536 bytes"),
    "a large result": ("return 'x' * 1000000", "result", "returned more than 1,000,000 bytes of JSON"),
    "a forged flood": ("import os\nwhile True: os.write(FD, b'x' * 65536)", "result", "returned more than 1,000,000"),
    "an exit": ("raise SystemExit(3)", "error", "SystemExit: 3"),
    "a hard exit": ("import os; os._exit(3)", "crashed", "it ended its process with exit code 3"),
    "a hard exit that looks like a failed start": ("import os; os._exit(70)", "crashed", "exit code 70"),
    "an interrupt": ("raise KeyboardInterrupt", "error", "KeyboardInterrupt (line 2"),
    "a segmentation fault": ("import ctypes; ctypes.string_at(0)", "crashed", "killed by SIGSEGV"),
    "an abort": ("import os; os.abort()", "crashed", "killed by SIGABRT"),
    "its own process killed": ("import os; os.kill(os.getpid(), 9)", "crashed", "killed by SIGKILL"),
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
    "too deep a result": ("x = []\nfor _ in range(150): x = [x]\nreturn x", "depth", "nested more than 100 deep"),
    "a result in itself": ("x = []\nx.append(x)\nreturn x", "depth", "or one that contains itself"),
    "a file too large": (
        "open('f', 'wb').write(bytes(10**8))",
        "scratch",
        "wrote more than 8 MB in its working folder",
    ),
    "a full working folder": (
        "for n in range(9): open(f'{n}', 'wb').write(bytes(10**6))",
        "scratch",
        "wrote more than 8 MB in its working folder; make less, and remove what is no longer needed (line 2",
    ),
    "a full working folder by way of numpy": (
        "import numpy; numpy.zeros(2 * 10**6).tofile('f')",
        "scratch",
        "wrote more than 8 MB",
    ),
    "too many files": (
        "import os\nfor n in range(99): os.mkdir(f'{n}')",
        "inodes",
        "made more than 50 files and folders in its working folder; make less",
    ),
    "too many threads": (
        "import threading, time\nfor _ in range(9): threading.Thread(target=time.sleep, args=(0.3,)).start()",
        "threads",
        "could not start a thread: 4 may run beside the main one; use fewer (line",
    ),
    "too many threads in a group": (
        "raise ExceptionGroup('all', [ValueError(1), RuntimeError(\"can't start new thread\")])",
        "threads",
        "use fewer (line 2",
    ),
    "a system call of 32 bits": (SYSTEM_CALL_32, "crashed", "killed by SIGSYS: it made a system call that is forb"),
    "too many descriptors": ("x = [open('/dev/null') for _ in range(100)]", "error", "Too many open files"),
    "a hostile error": (
        "class E(Exception):\n    def __str__(self): raise SystemExit\nraise E",
        "error",
        "E: (its message cannot be shown) (line 4",
    ),
    "an error in Latin-1": ("raise ValueError('\\ud800')", "error", "ValueError: \\ud800"),
}
CHANNEL = """
import os, stat
def _is_socket(n):
    try:
        return stat.S_ISSOCK(os.fstat(n).st_mode)
    except OSError:
        return False
FD = next(n for n in range(3, 64) if _is_socket(n))
"""


@pytest.mark.parametrize("what", ENDLESS)
async def test_what_never_ends_is_ended_and_costs_one_call(hurried: ConfinedSandbox, make: Make, what: str) -> None:
    outcome = await hurried.call(make(ENDLESS[what]), {})
    assert (outcome.status, outcome.result) == ("timeout", None), outcome
    assert "ran longer than 0.5 s" in outcome.error
    assert await goes_on(hurried, GOOD)


@pytest.mark.parametrize("what", BAD)
async def test_it_costs_one_call(bare: ConfinedSandbox, make: Make, what: str) -> None:
    body, status, text = BAD[what]
    before = CHANNEL if "FD" in body else ""
    outcome = await bare.call(make(body, before=before), {})
    assert (outcome.status, outcome.result) == (status, None), outcome
    assert text in outcome.error
    assert (await bare.call(GOOD, {})).result == "good"


async def test_a_forged_answer_changes_its_own_outcome_only(bare: ConfinedSandbox, make: Make) -> None:
    forged = make(
        'import os, time\nos.write(FD, b\'{"status":"ok","result":"forged"}\\n\')\ntime.sleep(60)', before=CHANNEL
    )
    assert (await bare.call(forged, {})).result == "forged"
    assert (await bare.call(GOOD, {})).result == "good"


async def test_memory_below_the_limit_is_no_overrun(bare: ConfinedSandbox, make: Make) -> None:
    assert (await bare.call(make("return len(bytearray(120 * 2**20))"), {})).result == 120 * 2**20


async def test_printing_and_returning_up_to_the_limit_is_no_overrun(bare: ConfinedSandbox, make: Make) -> None:
    outcome = await bare.call(make("print('x' * 65535)\nreturn 'x' * 999000"), {})
    assert outcome.ok
    assert len(outcome.stdout) == 65536


IGNORE = "import signal; signal.signal(signal.SIGXCPU, signal.SIG_IGN)\n"


@pytest.mark.parametrize(
    "before",
    [
        pytest.param("", id="an endless loop", marks=pytest.mark.soak),
        pytest.param(IGNORE, id="one that ignores the warning"),
    ],
)
async def test_processor_time_is_limited(make: Make, before: str) -> None:
    limits = Limits(wall_seconds=20, cpu_seconds=1)
    async with ConfinedSandbox(allowed=EVERYTHING, limits=limits, preload=False) as sandbox:
        outcome = await sandbox.call(make(before + "while True: pass"), {})
    expected = "used more than 1 s of processor time; find a cheaper way, or do less in one call"
    assert (outcome.status, outcome.error) == ("cpu", expected)


async def test_up_to_the_limit_threads_files_and_bytes_are_no_overrun(bare: ConfinedSandbox, make: Make) -> None:
    code = """
    import threading
    end = threading.Event()
    threads = [threading.Thread(target=end.wait) for _ in range(4)]
    for one in threads: one.start()
    end.set()
    for one in threads: one.join()
    for n in range(40): open(f"{n}", "wb").write(bytes(150_000))
    return "done"
    """
    outcome = await bare.call(make(code), {})
    assert outcome.result == "done", outcome


async def test_a_wall_is_explained_and_a_plain_mistake_is_not(bare: ConfinedSandbox, make: Make) -> None:
    walls = f"; {WALLS}"
    tried = ["import socket; socket.socket()", "import os; os.fork()", "open('/srv/x')", "open('/x', 'w')"]
    for code in tried:
        outcome = await bare.call(make(code), {})
        assert outcome.status == "error"
        assert outcome.error.endswith(walls), outcome.error
    for code in ("open('missing.csv')", "return 1 / 0", "raise ValueError('/etc/passwd')"):
        assert "the sandbox" not in (await bare.call(make(code), {})).error


async def test_without_confinement_no_wall_is_spoken_of(make: Make) -> None:
    async with UnconfinedSandbox(allowed=EVERYTHING, preload=False, concurrency=1) as sandbox:
        outcome = await sandbox.call(make("open('/no/such/file')"), {})
    assert outcome.error == (
        "FileNotFoundError: [Errno 2] No such file or directory: '/no/such/file' "
        "(line 2 of job.py: `open('/no/such/file')`)"
    )


async def test_a_syntax_error_names_the_line(bare: ConfinedSandbox) -> None:
    outcome = await bare.call(Function(name="job", source="def job():\n    return (\n"), {})
    assert outcome.error == "SyntaxError: '(' was never closed (line 2 of job.py: `return (`)"


async def test_source_that_does_not_define_the_function_is_an_error(bare: ConfinedSandbox) -> None:
    outcome = await bare.call(Function(name="job", source="x = 1\n"), {})
    assert (outcome.status, outcome.error) == ("error", "the source defines no `job`")
