"""Checks of this machine: Python, platform, extras, keys."""

import importlib.util
import os
import platform
import sys
from typing import Final

from toolwright.cli.jobs.check import Check
from toolwright.config import Config
from toolwright.models.providers import KEYS

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
    "linux": "Linux: learned functions are confined by the layers its kernel has",
    "darwin": "macOS lacks the layers of `confined`: functions run in a container where podman or docker is there, "
    "else not at all, unless you say `--sandbox unconfined` (which has no memory limit here). Never tried on a Mac.",
    "win32": "Windows has no fork, and Toolwright does not run on it: use WSL (Windows Subsystem for Linux), or Linux "
    "in a container or virtual machine.",
}


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
    text = PLATFORMS.get(system, f"{system}: not tested; functions run in a container, if at all")
    status = {"linux": "ok", "win32": "fail"}.get(system, "note")
    return Check.model_validate({"name": "platform", "status": status, "text": text})


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
