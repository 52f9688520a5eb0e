"""Checks of the sandbox: that it starts, its layers, what was tried against them, what is left; and of containers."""

from collections.abc import Collection
from typing import Final

from toolwright.cli.jobs.check import Check
from toolwright.config.schema import ContainerOptions
from toolwright.errors import SandboxError, ToolwrightError
from toolwright.functions import Function
from toolwright.protocols import Sandbox
from toolwright.report.confinement import what_is_left
from toolwright.sandbox import WARNING, Report
from toolwright.sandbox.container.engine import NO_LIMITS, UNTESTED, check_image, find_engine
from toolwright.sandbox.forked import ForkedSandbox

_PROBE: Final = Function(name="probe", source="def probe(a: int, b: int) -> int:\n    return a + b\n")


async def sandbox_checks(sandbox: Sandbox, named: Collection[str] = ()) -> tuple[list[Check], Report | None]:
    """Starts the sandbox and makes one call; what was found, and the sandbox's own report where it started.

    Args:
        sandbox: The sandbox.
        named: Packages that the user named: one that does not import is a failure.
    """
    try:
        async with sandbox:
            outcome = await sandbox.call(_PROBE, {"a": 2, "b": 2})
            packages = sandbox.packages()
            faults, report = _own_words(sandbox)
    except ToolwrightError as error:
        return [Check(name="sandbox", status="fail", text=str(error))], None
    if not outcome.ok or outcome.result != 4:
        text = f"a trivial call failed: {outcome.error or outcome.result}"
        return [Check(name="sandbox", status="fail", text=text)], report
    return [*_started(sandbox.kind, report), *_packages(packages, faults, named)], report


def _own_words(sandbox: Sandbox) -> tuple[dict[str, str], Report | None]:
    """What did not import, and the report; a sandbox of the user's own has neither."""
    return (sandbox.faults(), sandbox.report()) if isinstance(sandbox, ForkedSandbox) else ({}, None)


def _started(kind: str, report: Report | None) -> list[Check]:
    text = f"kind {kind}{f', tier {report.tier}' if report and report.tier else ''}: starts and runs a call"
    if kind == "unconfined":
        return [Check(name="sandbox", status="note", text=f"{text}. {WARNING}")]
    found = [Check(name="sandbox", status="ok", text=text)]
    return [*found, *wall_checks(kind, report)] if report is not None else found


def wall_checks(kind: str, report: Report) -> list[Check]:
    """Every layer, every verdict of the self-test, and what is left."""
    layers = [
        Check(name="layer", status="ok" if layer.on else "note", text=f"{layer.name}: {_on(on=layer.on)}{layer.text}")
        for layer in report.layers
    ]
    tried = [
        Check(name="self-test", status="ok" if verdict.held else "fail", text=f"{verdict.name}: {verdict.text}")
        for verdict in report.verdicts
    ]
    took = f"took {report.selftest_seconds * 1000:.0f} ms"
    tried += [Check(name="self-test", status="note", text=took)] if report.verdicts else []
    return [*layers, *tried, Check(name="left open", status="note", text=what_is_left(kind, report))]


def _on(*, on: bool) -> str:
    return "" if on else "OFF: "


def _packages(packages: dict[str, str], faults: dict[str, str], named: Collection[str]) -> list[Check]:
    own = sum(not version for version in packages.values())
    installed = [f"{name} {version}" for name, version in sorted(packages.items()) if version]
    text = f"functions may import {own} modules of the standard library, {', '.join(installed) or 'and nothing else'}"
    found = [Check(name="packages", status="ok", text=text)]
    wanted = {name for name in faults if name in named}
    if others := sorted(set(faults) - wanted):
        found.append(Check(name="packages", status="note", text=f"do not import: {', '.join(others)}"))
    return found + [
        Check(
            name="packages",
            status="fail",
            text=f"sandbox.packages: {name} does not import ({faults[name]}); correct its name or install it",
        )
        for name in sorted(wanted)
    ]


def container_checks(options: ContainerOptions) -> list[Check]:
    """Whether the container kind would find its engine and image, and what of it was never tried; asks the engine."""
    untested = [Check(name="container", status="note", text=f"{name}: {text}") for name, text in UNTESTED.items()]
    try:
        engine = find_engine(options.engine or None)
        name = "podman" if engine.podman else "docker"
        found = [Check(name="container", status="ok", text=f"{name} at {engine.path}")]
    except SandboxError as error:
        return [Check(name="container", status="note", text=str(error)), *untested]
    if not engine.limits:
        found.append(Check(name="container", status="note", text=NO_LIMITS))
    try:
        check_image(engine, options.image)
        found.append(Check(name="container", status="ok", text=f"the image {options.image} is there"))
    except SandboxError as error:
        found.append(Check(name="container", status="note", text=str(error)))
    return [*found, *untested]
