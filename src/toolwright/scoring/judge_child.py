"""The process in which comparisons that may hang or eat memory are made.

Started by `judge.py` as `python judge_child.py KIND`; it imports nothing of toolwright. It says once that it is ready
or what is missing, then answers each line of JSON with one: what to do ("make" or "compare"), in how many seconds of
processor time (the system ends it beyond), and with what. The answers it compares are a model's text, and the
libraries evaluate some of them as Python, so the process has no environment, may open nothing for writing, start
nothing and connect to nothing. That stops a stray or a plainly hostile answer; it is no sandbox.
"""

import ast
import json
import logging
import math
import os
import resource
import sys
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any  # the two libraries are untyped

MEMORY = 4 << 30
"""Bytes of address space."""

FORBIDDEN = ("os.", "subprocess.", "socket.", "shutil.", "ctypes.", "pty.", "signal.", "tempfile.")
HARMLESS = ("os.listdir", "os.scandir", "os.walk", "os.fwalk", "os.getxattr", "os.listxattr")

ARITHMETIC = (ast.Expression, ast.Constant, ast.List, ast.Tuple, ast.Set, ast.Dict, ast.BinOp, ast.UnaryOp,
              ast.operator, ast.unaryop, ast.Load)  # fmt: skip

Question = dict[str, Any]
Work = dict[str, Callable[[Question], float]]
"""What a kind of child does, by the name of it."""


def math_work() -> Work:
    """Compares two LaTeX texts by value."""
    library: Any = import_module("math_verify")
    latex = (library.LatexExtractionConfig(),)  # the plain-expression extraction evaluates text as Python

    def compare(question: Question) -> float:
        target, answer = (library.parse(question[key], latex, parsing_timeout=0) for key in ("target", "answer"))
        return float(library.verify(target, answer, timeout_seconds=0))

    return {"compare": compare}


def gym_work() -> Work:
    """Asks a reasoning-gym generator how good an answer to one of its own entries is.

    A generator is made once: some compute all that they could ever ask when they are (`count_primes` a sieve).
    """
    library: Any = import_module("reasoning_gym")
    _defuse_eval()
    scorers: dict[tuple[str, str], Any] = {}

    def make(needs: Question) -> float:
        generator, options = needs["generator"], needs["options"]
        dataset = library.create_dataset(generator, size=1, seed=0, **json.loads(options))
        scorers[generator, options] = dataset.score_answer
        return 1.0

    def compare(question: Question) -> float:
        score = scorers[question["generator"], question["options"]]
        return float(score(question["answer"], json.loads(question["entry"], object_hook=untagged)))

    return {"make": make, "compare": compare}


TAGS: dict[str, Callable[[Any], object]] = {"__tuple__": tuple, "__set__": set, "__dict__": dict}


def untagged(value: dict[str, Any]) -> object:
    """A value as the generator made it; `datasets/gym.py` tags what JSON has no kind for."""
    tag = next(iter(value), "")
    return TAGS[tag](value[tag]) if tag in TAGS and len(value) == 1 else value


def _defuse_eval() -> None:
    """Some generators `eval` the answer; in their modules that name now knows literals and arithmetic only."""
    for name, module in list(sys.modules.items()):
        if name.startswith("reasoning_gym."):
            module.__dict__.setdefault("eval", evaluated)


def evaluated(text: str) -> object:
    """The value of a Python expression of literals and operators, without names, attributes and calls."""
    tree = ast.parse(text.strip(), mode="eval")
    if not all(isinstance(node, ARITHMETIC) for node in ast.walk(tree)):
        raise ValueError("not a literal or arithmetic")
    return eval(compile(tree, "answer", "eval"), {"__builtins__": {}})  # noqa: S307 - only what was just allowed


KINDS: dict[str, Callable[[], Work]] = {"math": math_work, "gym": gym_work}


def confine() -> None:
    """Takes away what a comparison does not need; cannot be undone."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":  # elsewhere the limit is refused or ignored
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    if writes or (event.startswith(FORBIDDEN) and event not in HARMLESS):
        raise PermissionError(f"a comparison may not use {event}")


def allow(seconds: float) -> None:
    """Gives the process so much more processor time, up to the next whole second; at the end of it comes SIGXCPU."""
    until = math.ceil(time.process_time() + seconds)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (until if hard == resource.RLIM_INFINITY else min(until, hard), hard))


def main() -> None:
    """Answers until the input ends."""
    logging.disable()
    replies = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # whatever a library prints must not be read as a reply

    def reply(value: dict[str, object]) -> None:
        replies.write(json.dumps(value) + "\n")
        replies.flush()

    try:
        work = KINDS[sys.argv[1]]()
    except ImportError as error:
        return reply({"missing": str(error)})
    confine()
    reply({"ready": True})
    for line in sys.stdin:
        question = json.loads(line)
        allow(question["seconds"])
        try:
            reply({"value": work[question["do"]](question)})
        except Exception as error:  # noqa: BLE001 - a comparison that fails is a verdict, not an end
            reply({"error": f"{type(error).__name__}: {error}"[:200]})
    return None


if __name__ == "__main__":
    main()
