"""Where learned source is compiled and run; standard library and files of this folder only, part of the worker."""

import ast
import linecache
import sys
from collections.abc import Callable
from types import CodeType, ModuleType
from typing import Any, Final

from toolwright.sandbox.worker import rlimits
from toolwright.sandbox.worker.faults import describe, scrub, where
from toolwright.sandbox.worker.rlimits import CallLimits
from toolwright.sandbox.worker.values import Json, NoJsonError, encode, to_json

SHOWN: Final = 2000
"""Characters of a cell's value that is shown because it has no JSON form."""


def call_function(request: dict[str, Any], limits: CallLimits, folder: str) -> bytes:
    """Loads the source in a fresh namespace, calls the function by name; the answer is its result or its fault.

    Args:
        request: `name`, `source` and `arguments`.
        limits: The call's limits.
        folder: The scratch folder, whose path no text may hold.
    """
    name: str = request["name"]
    file = f"{name}.py"

    def body() -> Json:
        module = ModuleType(name)
        exec(compile(request["source"], file, "exec"), module.__dict__)  # noqa: S102 - what a sandbox is for
        if name not in module.__dict__:
            raise NoJsonError(f"the source defines no `{name}`")
        return to_json(module.__dict__[name](**request["arguments"]), depth=limits["result_depth"])

    return _guarded(body, {file: request["source"]}, limits, folder)


class Cells:
    """A code interpreter's state: each cell sees what the earlier ones left."""

    def __init__(self, limits: CallLimits, folder: str) -> None:
        self._limits = limits
        self._folder = folder
        self._module = ModuleType("__main__")
        self._sources: dict[str, str] = {}
        sys.modules["__main__"] = self._module

    def run(self, code: str) -> bytes:
        """Runs a cell; the answer is its last expression's value, or that value's text where it has no JSON form."""
        file = f"cell {len(self._sources) + 1}"
        self._sources[file] = code
        linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
        return _guarded(lambda: self._value(code, file), self._sources, self._limits, self._folder)

    def _value(self, code: str, file: str) -> Json:
        body, last = _split(code, file)
        exec(body, self._module.__dict__)  # noqa: S102 - what a sandbox is for
        value: object = eval(last, self._module.__dict__) if last else None  # noqa: S307 - as above
        try:
            return to_json(value, depth=self._limits["result_depth"])
        except NoJsonError:
            text = scrub(repr(value))
            return text if len(text) <= SHOWN else f"{text[:SHOWN]}... ({len(text):,} characters)"


def _split(code: str, file: str) -> tuple[CodeType, CodeType | None]:
    tree = ast.parse(code, file)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    body = compile(tree, file, "exec")
    return body, compile(ast.Expression(last.value), file, "eval") if isinstance(last, ast.Expr) else None


def _guarded(body: Callable[[], Json], sources: dict[str, str], limits: CallLimits, folder: str) -> bytes:
    """Runs learned code; whatever it raises becomes an answer."""
    try:
        line = encode({"status": "ok", "result": body()})
    except NoJsonError as error:
        return _fault("error", str(error))
    except MemoryError as error:
        rlimits.free_reserve()
        place = where(error, sources)
        needed = f"needed more than {limits['memory_bytes'] >> 20} MB of memory"
        return _fault("memory", f"{needed} ({place})" if place else needed)
    except BaseException as error:  # noqa: BLE001 - SystemExit and KeyboardInterrupt are learned code's too
        return _fault("error", describe(error, sources, folder))
    if len(line) > limits["result_bytes"]:
        return _fault("output", f"returned more than {limits['result_bytes']:,} bytes of JSON")
    return line


def _fault(status: str, error: str) -> bytes:
    return encode({"status": status, "error": error.encode("utf-8", "backslashreplace").decode()})
