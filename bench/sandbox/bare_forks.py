"""The bare fork-and-exit of a base like the sandbox's; a program of its own, standard library only.

Usage: bare_forks.py WORKER MODULES   (the folder of the worker's files, of which it uses two; a JSON list)

It says a line when it is ready, and answers `{"count": 100, "at_once": 2}` with the seconds of each single fork and
exit, their processor time, and the seconds of as many with so many at once.
"""

import gc
import json
import os
import resource
import runpy
import sys
import time
from pathlib import Path


def alone(count: int) -> list[float]:
    """Seconds of each fork and exit, one at a time."""
    seconds: list[float] = []
    for _ in range(count):
        began = time.perf_counter()
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        os.waitpid(pid, 0)
        seconds.append(time.perf_counter() - began)
    return seconds


def together(count: int, at_once: int) -> float:
    """Seconds of all of them, so many kept going."""
    began, running = time.perf_counter(), 0
    for _ in range(count):
        if running == at_once:
            os.wait()
            running -= 1
        if os.fork() == 0:
            os._exit(0)
        running += 1
    for _ in range(running):
        os.wait()
    return time.perf_counter() - began


def cpu() -> float:
    """Processor seconds of this process and its reaped children."""
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(usage.ru_utime + usage.ru_stime for usage in map(resource.getrusage, whose))


def main() -> None:
    """Imports what the sandbox's base imports, then forks on demand."""
    worker = Path(sys.argv[1])
    versions, _ = runpy.run_path(str(worker / "preload.py"))["preload"](json.loads(sys.argv[2]))
    gc.collect()
    gc.freeze()
    runpy.run_path(str(worker / "huge_pages.py"))["collapse"](Path("/proc/self/maps").read_bytes())
    print(json.dumps(versions), flush=True)
    for line in sys.stdin:
        question = json.loads(line)
        before = cpu()
        seconds = alone(question["count"])
        used = cpu() - before
        wall = together(question["count"], question["at_once"])
        print(json.dumps({"seconds": seconds, "cpu": used, "wall": wall}), flush=True)


main()
