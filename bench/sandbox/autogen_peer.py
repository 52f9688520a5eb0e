"""AutoGen 0.2's execution of a learned function; a program of its own, run in an environment that has AutoGen.

It runs AutoGen's own `execute_func`, the wrapper its AgentOptimizer registers for every function it has learned, but
for two things: that names a docker image, and here the code runs without docker, AutoGen's faster way; and no packages
are named, with which it would run pip in every call. Answers `{"count": 10, "name": ..., "code": ..., "args": {...}}`.
"""

import contextlib
import importlib
import importlib.metadata
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def cpu() -> float:
    """Processor seconds of this process and its reaped children."""
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(usage.ru_utime + usage.ru_stime for usage in map(resource.getrusage, whose))


def without_docker() -> Callable[..., str]:
    """AutoGen's `execute_func`, running in a process on this machine."""
    optimizer: Any = importlib.import_module("autogen.agentchat.contrib.agent_optimizer")
    execute_code = optimizer.execute_code

    def execute_here(code: str, use_docker: str) -> object:
        del use_docker
        return execute_code(code, use_docker=False, work_dir=str(Path.cwd()))

    optimizer.execute_code = execute_here
    return optimizer.execute_func


def main() -> None:
    """Executes on demand; what AutoGen prints goes nowhere."""
    out = sys.stdout
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        execute_func = without_docker()
        print(json.dumps({"version": importlib.metadata.version("autogen-agentchat")}), file=out, flush=True)
        for line in sys.stdin:
            question = json.loads(line)
            seconds: list[float] = []
            before = cpu()
            for _ in range(question["count"]):
                began = time.perf_counter()
                text = execute_func(question["name"], "", question["code"], **question["args"])
                seconds.append(time.perf_counter() - began)
                assert text.split("\n")[1] == question["result"], text
            print(json.dumps({"seconds": seconds, "cpu": cpu() - before}), file=out, flush=True)


main()
