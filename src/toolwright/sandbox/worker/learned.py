"""Where learned source is compiled and run; standard library and files of this folder only, part of the worker."""

import linecache
import sys
from collections.abc import Callable
from typing import Any, Final

from toolwright.sandbox.worker import rlimits
from toolwright.sandbox.worker.faults import UNKNOWN, describe, scrub, shorten, where
from toolwright.sandbox.worker.imports import Guard
from toolwright.sandbox.worker.overruns import overrun
from toolwright.sandbox.worker.rlimits import CallLimits
from toolwright.sandbox.worker.source import SourceError, compile_cell, compile_source, definitions
from toolwright.sandbox.worker.values import DepthError, Json, NoJsonError, encode, to_json

SHOWN: Final = 2000
"""Characters of a cell's value that is shown because it has no JSON form."""

_UNCONVERTED: Final = "the result has no JSON form: "


def call_function(request: dict[str, Any], limits: CallLimits, folder: str, guard: Guard, *, confined: bool) -> bytes:
    """Loads the source in a fresh namespace, calls the function by name; the answer is its result or its fault.

    Args:
        request: `name`, `source` and `arguments`.
        limits: The call's limits.
        folder: The scratch folder, whose path no text may hold.
        guard: Keeps the source's imports to the allow-list.
        confined: Whether the system refuses what the sandbox forbids, which is then said.
    """
    name: str = request["name"]
    source: str = request["source"]
    file = f"{name}.py"

    def body() -> Json:
        module = guard.module(name)
        exec(compile_source(source, file), module.__dict__)  # noqa: S102 - what a sandbox is for
        if name not in module.__dict__:
            raise SourceError(f"the source defines no `{name}`{definitions(source)}")
        return _converted(module.__dict__[name](**request["arguments"]), limits)

    return _Call({file: source}, limits, folder, confined).answer(body)


class Cells:
    """A code interpreter's state: each cell sees what the earlier ones left."""

    def __init__(self, limits: CallLimits, folder: str, guard: Guard, *, confined: bool) -> None:
        """No cell has run yet; the arguments are those of `call_function`."""
        self._limits = limits
        self._module = guard.module("__main__")
        self._sources: dict[str, str] = {}
        self._call = _Call(self._sources, limits, folder, confined)
        sys.modules["__main__"] = self._module

    def run(self, code: str) -> bytes:
        """Runs a cell; the answer is its last expression's value, or that value's text where it has no JSON form."""
        file = f"cell {len(self._sources) + 1}"
        self._sources[file] = code
        linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
        return self._call.answer(lambda: self._value(code, file))

    def _value(self, code: str, file: str) -> Json:
        body, last = compile_cell(code, file)
        exec(body, self._module.__dict__)  # noqa: S102 - what a sandbox is for
        value: object = eval(last, self._module.__dict__) if last else None  # noqa: S307 - as above
        try:
            return _converted(value, self._limits)
        except (NoJsonError, _UnconvertedError):
            text = scrub(repr(value))
            return text if len(text) <= SHOWN else f"{text[:SHOWN]}... ({len(text):,} characters)"


class _UnconvertedError(Exception):
    """Learned code raised while its result was read."""


def _converted(value: object, limits: CallLimits) -> Json:
    try:
        return to_json(value, depth=limits["result_depth"])
    except (NoJsonError, MemoryError):
        raise
    except BaseException as error:
        raise _UnconvertedError from error


class _Call:
    """Runs learned code; whatever it raises becomes an answer."""

    def __init__(self, sources: dict[str, str], limits: CallLimits, folder: str, confined: bool) -> None:
        self._sources = sources
        self._limits = limits
        self._folder = folder
        self._confined = confined

    def answer(self, body: Callable[[], Json]) -> bytes:
        """The answer's line."""
        try:
            line = encode({"status": "ok", "result": body()})
        except BaseException as error:  # noqa: BLE001 - SystemExit and KeyboardInterrupt are learned code's too
            if isinstance(error, MemoryError):
                rlimits.free_reserve()
            return self._failed(error)
        if len(line) > self._limits["result_bytes"]:
            most = f"{self._limits['result_bytes']:,} bytes of JSON"
            return _fault("result", f"returned more than {most}; return less, such as the part that is needed")
        return line

    def _failed(self, error: BaseException) -> bytes:
        try:
            return _fault(*self._fault(error))
        except BaseException:  # noqa: BLE001 - an exception's own properties are learned code too
            return _fault("error", UNKNOWN)

    def _fault(self, error: BaseException) -> tuple[str, str]:
        if isinstance(error, DepthError):
            most = f"{self._limits['result_depth']} deep"
            return "depth", f"returned a result nested more than {most}, or one that contains itself; return it flatter"
        if isinstance(error, NoJsonError | SourceError):
            return "error", shorten(str(error))
        if isinstance(error, _UnconvertedError) and error.__cause__ is not None:
            return "error", _UNCONVERTED + self._describe(error.__cause__)
        if (found := overrun(error, self._limits)) is not None:
            place = where(error, self._sources)
            return found[0], f"{found[1]} ({place})" if place else found[1]
        return "error", self._describe(error)

    def _describe(self, error: BaseException) -> str:
        return describe(error, self._sources, self._folder, confined=self._confined)


def _fault(status: str, error: str) -> bytes:
    return encode({"status": status, "error": error.encode("utf-8", "backslashreplace").decode()})
