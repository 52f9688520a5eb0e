"""One function, called from synchronous code: what `FunctionSet.call` does."""

import sys

from pydantic import JsonValue

from toolwright.errors import FunctionError
from toolwright.functions import Function
from toolwright.protocols import Sandbox
from toolwright.sandbox.arguments import argument_fault
from toolwright.sandbox.confined import ConfinedSandbox
from toolwright.sandbox.container import ContainerSandbox
from toolwright.sandbox.kinds import default_kind
from toolwright.sync import run_sync
from toolwright.trajectories import Outcome


def call_once(function: Function, arguments: dict[str, JsonValue], sandbox: Sandbox | None) -> Outcome:
    """Runs a function once, to its end.

    Args:
        function: The function.
        arguments: Its arguments, checked against its schema first.
        sandbox: A started sandbox; None starts one for this call, with nothing imported ahead.

    Raises:
        FunctionError: The arguments do not fit the schema; the message names the argument.
        SandboxError: The sandbox itself failed.
    """
    if fault := argument_fault(function.parameters, arguments):
        raise FunctionError(f"{function.name}: {fault}")
    return run_sync(_call(function, arguments, sandbox))


async def _call(function: Function, arguments: dict[str, JsonValue], sandbox: Sandbox | None) -> Outcome:
    if sandbox is not None:
        return await sandbox.call(function, arguments)
    kind = ConfinedSandbox if default_kind(sys.platform) == "confined" else ContainerSandbox
    async with kind(preload=False, concurrency=1) as own:
        return await own.call(function, arguments)
