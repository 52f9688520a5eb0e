"""Runs an attack bare: a plain process of the user who runs the tests, as careless as `python file.py`.

Example:
    run_bare(attack, world.fresh()).evidence  # not "": it got through
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass

from .attack import Attack, Targets
from .prelude import whole

SECONDS = 20
"""After which an attack that has not come back did not get through."""

TAIL = 1 << 20
"""Bytes that are read of what it printed: the answer is its last line."""

RUN = """
import json, sys
given = json.load(sys.stdin)
space = {"__name__": "bare"}
answer = {"evidence": "", "error": ""}
try:
    exec(given["source"], space)
    answer["evidence"] = str(space["attack"](given["targets"]) or "")[:1000]
except BaseException as error:
    answer["error"] = f"{type(error).__name__}: {error}"
print("\\n" + json.dumps(answer))
"""


@dataclass(frozen=True)
class Bare:
    """What came of an attack without a sandbox: evidence that it got through, or why not."""

    evidence: str
    error: str = ""


def run_bare(attack: Attack, targets: Targets) -> Bare:
    """Runs the attack in a temporary folder and looks from outside too; kills what it left running."""
    with tempfile.TemporaryDirectory(prefix="bare-") as folder:
        inside = _answer(_run(attack, targets, folder))
        if inside.evidence or attack.seen is None:
            return inside
        return Bare(attack.seen(targets), inside.error)


def _run(attack: Attack, targets: Targets, folder: str) -> bytes:
    """The end of what the process printed; it has every descriptor that can be inherited, and a session of its own."""
    request = json.dumps({"source": whole(attack.source), "targets": dict(targets)}).encode()
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as printed:
        given.write(request)
        given.seek(0)
        process = subprocess.Popen(
            [sys.executable, "-c", RUN],
            cwd=folder,
            close_fds=False,
            start_new_session=True,
            stdin=given,
            stdout=printed,
            stderr=subprocess.STDOUT,
        )
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        printed.seek(max(0, printed.seek(0, os.SEEK_END) - TAIL))
        return printed.read()


def _answer(printed: bytes) -> Bare:
    text = printed.decode("utf-8", "replace")
    if found := printed_evidence(text):
        return Bare(found)
    try:
        return Bare(**json.loads(text.splitlines()[-1]))
    except (IndexError, ValueError, TypeError):
        return Bare("", f"no answer: {text[-300:]}")


def printed_evidence(text: str) -> str:
    """What a program printed that runs in the attack's place: a line that begins with "evidence: "."""
    return "\n".join(line for line in text.splitlines() if line.startswith("evidence: "))
