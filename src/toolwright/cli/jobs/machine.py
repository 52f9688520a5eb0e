"""Checks of this machine: Python, platform, sandbox, extras, keys."""

import importlib.util
import os
import platform
import sys
from typing import Final, Literal

from toolwright.base import Frozen
from toolwright.config import Config
from toolwright.errors import ToolwrightError
from toolwright.functions import Function
from toolwright.models.providers import KEYS
from toolwright.protocols import Sandbox
from toolwright.sandbox import ConfinedSandbox

PYTHON: Final = (3, 11)
EXTRAS: Final = {
    "anthropic": ("anthropic",),
    "google": ("google.genai",),
    "math": ("math_verify",),
    "reasoning-gym": ("reasoning_gym",),
    "science": ("numpy", "sympy", "pandas", "dateutil"),
}
"""The modules each extra brings."""

PLATFORMS: Final = {
    "linux": "Linux: the process sandbox runs whole: a forked child for each call, with limits on processor time, "
    "memory, output and wall-clock time. It contains crashes, not malice.",
    "darwin": "macOS: the process sandbox runs: a forked child for each call, with limits on processor time, output "
    "and wall-clock time. The memory limit is NOT enforced (macOS refuses it), a child outlives a base process that is "
    "killed outright until its own call ends, and processes that learned code starts and abandons are not hunted "
    "down. It contains crashes, not malice. Only Linux is tested.",
    "win32": "Windows has no fork, so no sandbox runs; use WSL (Windows Subsystem for Linux).",
}
_PROBE: Final = Function(name="probe", source="def probe(a: int, b: int) -> int:\n    return a + b\n")


class Check(Frozen):
    """One thing that was looked at.

    Attributes:
        name: What.
        status: "fail" where something needed is missing; "note" where it is only good to know.
        text: What was found, and what to do.
    """

    name: str
    status: Literal["ok", "note", "fail"]
    text: str


def machine_checks() -> list[Check]:
    """Python's version and the platform."""
    new = sys.version_info >= PYTHON
    python = f"{platform.python_version()} at {sys.executable}"
    return [
        Check(name="python", status="ok" if new else "fail", text=python if new else f"{python}; 3.11 is needed"),
        platform_check(sys.platform),
    ]


def platform_check(system: str) -> Check:
    """What runs on a platform, by its `sys.platform`, and how."""
    text = PLATFORMS.get(system, f"{system}: not tested; the process sandbox needs fork")
    status = {"linux": "ok", "win32": "fail"}.get(system, "note")
    return Check.model_validate({"name": "platform", "status": status, "text": text})


async def sandbox_checks(sandbox: Sandbox) -> list[Check]:
    """Starts the sandbox, makes one call, and says which packages functions can import."""
    try:
        async with sandbox:
            outcome = await sandbox.call(_PROBE, {"a": 2, "b": 2})
            packages = sandbox.packages()
            faults = sandbox.faults() if isinstance(sandbox, ConfinedSandbox) else {}
    except ToolwrightError as error:
        return [Check(name="sandbox", status="fail", text=str(error))]
    if not outcome.ok or outcome.result != 4:
        return [Check(name="sandbox", status="fail", text=f"a trivial call failed: {outcome.error or outcome.result}")]
    return [
        Check(name="sandbox", status="ok", text=f"kind {sandbox.kind}: starts and runs a call"),
        *_packages(packages, faults),
    ]


def _packages(packages: dict[str, str], faults: dict[str, str]) -> list[Check]:
    own = sum(not version for version in packages.values())
    installed = [f"{name} {version}" for name, version in sorted(packages.items()) if version]
    text = f"functions may import {own} modules of the standard library, {', '.join(installed) or 'and nothing else'}"
    found = [Check(name="packages", status="ok", text=text)]
    if faults:
        found.append(Check(name="packages", status="note", text=f"do not import: {', '.join(sorted(faults))}"))
    return found


def extra_checks(config: Config | None) -> list[Check]:
    """Which extras are installed; one that the config needs and that is not there is a failure."""
    there = {extra: all(map(_installed, modules)) for extra, modules in EXTRAS.items()}
    having = [extra for extra, found in there.items() if found]
    missing = [extra for extra, found in there.items() if not found]
    checks = [Check(name="extras", status="note", text=f"installed: {', '.join(having) or 'none'}")]
    if missing:
        checks.append(Check(name="extras", status="note", text=f"not installed: {', '.join(missing)}"))
    needed = needed_extras(config) if config else set[str]()
    checks += [
        Check(name="extras", status="fail", text=f"the config needs {extra}: pip install 'toolwright[{extra}]'")
        for extra in sorted(needed & set(missing))
    ]
    return checks


def needed_extras(config: Config) -> set[str]:
    """The extras a config cannot do without."""
    readers = [config.tasks.train, config.tasks.validation, config.tasks.test, config.tasks.source]
    used = {config.scorer.kind, *(reader.reader for reader in readers if reader is not None)}
    used |= {spec.model.partition(":")[0] for spec in config.models.by_role().values() if not spec.base_url}
    return used & {"math", "reasoning-gym", "anthropic", "google"} - _only_reader(config)


def _only_reader(config: Config) -> set[str]:
    """The MATH reader shares its name with the scorer that needs the extra."""
    return set[str]() if config.scorer.kind == "math" else {"math"}


def _installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # the package it would be in
        return False


def key_check() -> Check:
    """Which providers' keys are set; names, never values."""
    names = [name for name in dict.fromkeys(KEYS.values()) if os.environ.get(name)]
    text = f"set: {', '.join(names)}" if names else "no provider's key is set; an endpoint of your own needs none"
    return Check(name="keys", status="note", text=text)
