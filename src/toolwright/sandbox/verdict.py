"""What an exchange with a child means: a pure judgement of bytes that hostile code may have written."""

import json
import math
import signal
from typing import Any, Final, cast

from pydantic import JsonValue

from toolwright.sandbox.exchange import Exchange
from toolwright.sandbox.limits import Limits
from toolwright.sandbox.worker.faults import WALLS, scrub
from toolwright.sandbox.worker.values import NoJsonError, to_json
from toolwright.trajectories import Outcome, OutcomeStatus

_ANSWERS: Final[frozenset[OutcomeStatus]] = frozenset(
    {"ok", "error", "memory", "threads", "scratch", "inodes", "result", "depth"}
)
"""What a child says itself; the rest is seen from outside."""


_MEANING: Final = {
    "SIGSEGV": "native code crashed, or a recursion had no end",
    "SIGSYS": f"it made a system call that is forbidden; {WALLS}",
}


def judge(exchange: Exchange, limits: Limits) -> Outcome:
    """The outcome of an exchange whose learned code had begun; it depends on nothing but its two arguments."""
    status, result, error = _decide(exchange, limits)
    printed = bytes(exchange.printed[: limits.output_bytes]).decode("utf-8", "replace")
    return Outcome(status=status, result=result, error=error, stdout=scrub(printed), seconds=exchange.seconds)


def _decide(exchange: Exchange, limits: Limits) -> tuple[OutcomeStatus, JsonValue, str]:
    if exchange.kind == "timeout":
        return "timeout", None, f"ran longer than {limits.wall_seconds:g} s; do less in one call"
    if len(exchange.printed) > limits.output_bytes:
        return "output", None, f"printed more than {limits.output_bytes:,} bytes; print less"
    if exchange.kind == "flood":
        most = f"{limits.result_bytes:,} bytes of JSON"
        return "result", None, f"returned more than {most}; return less, such as the part that is needed"
    if exchange.kind == "late":
        return "crashed", None, "its process did not take the next cell: an earlier one broke it"
    if exchange.kind == "answer":
        return _read(bytes(exchange.answer), limits)
    return _ended(exchange.report, limits)


def _read(line: bytes, limits: Limits) -> tuple[OutcomeStatus, JsonValue, str]:
    try:
        answer: object = json.loads(line.decode(), parse_constant=_refuse)
        return _checked(cast("dict[str, Any]", answer if isinstance(answer, dict) else {}), limits)
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else scrub(f"{error}")[:200]
        return "crashed", None, f"its process sent an answer that cannot be read: {reason}"


def _checked(answer: dict[str, Any], limits: Limits) -> tuple[OutcomeStatus, JsonValue, str]:
    status, error = answer.get("status"), answer.get("error", "")
    known = set(answer) <= {"status", "result", "error"}
    if not (known and isinstance(status, str) and isinstance(error, str)) or status not in _ANSWERS:
        raise ValueError("it has not the form of an answer")
    try:
        # What the child converted passes unchanged; what was forged meets the same rules.
        result = cast("JsonValue", to_json(answer.get("result"), depth=limits.result_depth))
        error.encode()
    except (NoJsonError, UnicodeEncodeError) as fault:
        raise ValueError(str(fault)) from None
    return status, result if status == "ok" else None, error if status != "ok" else ""


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _ended(report: bytes, limits: Limits) -> tuple[OutcomeStatus, JsonValue, str]:
    """The child is gone and sent no answer."""
    end = cast("dict[str, Any]", json.loads(report))
    code, cpu = int(end["exit"]), float(end["cpu"])
    if code == -signal.SIGXCPU or (code == -signal.SIGKILL and cpu >= limits.cpu_seconds):
        most = f"{math.ceil(limits.cpu_seconds)} s of processor time"
        return "cpu", None, f"used more than {most}; find a cheaper way, or do less in one call"
    if code < 0:
        return "crashed", None, f"its process was killed by {_signal(-code)}"
    return "crashed", None, f"it ended its process with exit code {code} before it returned"


def _signal(number: int) -> str:
    try:
        name = signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
    return f"{name}: {_MEANING[name]}" if name in _MEANING else name
