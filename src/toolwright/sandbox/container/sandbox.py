"""The `container` kind: the same base and children in a container of docker or podman.

It is for machines without the layers of `confined`, and for those who want one more wall around them. The container has
no network, a read-only file system, no capabilities and an id that owns nothing; the confined kind's layers stand
inside it as far as the container allows. `report()` says what was found.

Example:
    >>> async def main() -> None:
    ...     async with ContainerSandbox(image="localhost/toolwright-functions") as sandbox:
    ...         outcome = await sandbox.call(function, {"a": 1, "b": 2})
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from toolwright.sandbox.container.engine import (
    DEFAULT_IMAGE,
    NO_LIMITS,
    Container,
    Engine,
    EngineName,
    check_image,
    container,
    find_engine,
)
from toolwright.sandbox.container.server import ContainerServer
from toolwright.sandbox.forked import ForkedSandbox, calls_at_once
from toolwright.sandbox.limits import DEFAULT_LIMITS, Limits
from toolwright.sandbox.packages import DEFAULT_PACKAGES
from toolwright.sandbox.pool import MAX_PREPARED
from toolwright.sandbox.report import Layer
from toolwright.sandbox.server import Ready
from toolwright.sandbox.spec import BaseSpec, MissingLayer

WALLS: Final = "no network, a read-only file system, no capabilities, no new privileges, an id that owns nothing"
SHARED: Final = "so calls that run at once in this container are kept apart by nothing but its kernel's processes"


class ContainerSandbox(ForkedSandbox):
    """Runs learned functions in a container."""

    def __init__(
        self,
        *,
        image: str = DEFAULT_IMAGE,
        engine: EngineName | None = None,
        runtime: str | None = None,
        allowed: Sequence[str] = DEFAULT_PACKAGES,
        limits: Limits = DEFAULT_LIMITS,
        concurrency: int | None = None,
        python: str = "python3",
        preload: bool = True,
        without: Sequence[str] = (),
    ) -> None:
        """Nothing is started yet.

        Args:
            image: An image with Python 3.11 or newer and the packages functions may import; it is never pulled.
            engine: "podman" or "docker"; the first of them that works by default.
            runtime: Another runtime than the engine's own: "runsc" for gVisor.
            allowed: Import names functions may use; imported once, ahead of all calls.
            limits: What one call may use.
            concurrency: How many calls run at once, at least 1; one for each processor by default.
            python: The interpreter in the image.
            preload: False imports nothing ahead: a faster start for a single call; `packages()` is then empty.
            without: "namespaces" or "landlock": layers inside the container that are left out.
        """
        calls = calls_at_once(concurrency)
        one = container(image, runtime, python, limits, children=calls + min(calls, MAX_PREPARED))
        left_out = dict.fromkeys(without, "left out, as was asked")
        spec = BaseSpec(tuple(allowed), preload, limits, without=left_out, contained=True)
        super().__init__("container", _Start(engine, one, spec), limits, calls)


@dataclass
class _Start:
    """Starts containers: finds the engine for the first, and keeps to the layers that were found inside."""

    wanted: EngineName | None
    one: Container
    spec: BaseSpec
    engine: Engine | None = None
    missing: str = ""

    def __call__(self) -> ContainerServer:
        """Starts one; SandboxError where it does not start. Blocks."""
        engine = self.engine = self.engine or self._find_engine()
        while True:
            one = self.one.model_copy(update={"name": f"toolwright-{secrets.token_hex(8)}"})
            try:
                server = ContainerServer(engine, one, self.spec)
            except MissingLayer as missing:
                self._do_without(missing.layer, missing.why)
                continue
            failures = server.ready.report.failures
            if not failures:
                server.ready = self._told(server.ready, engine)
                return server
            server.stop()
            self._do_without("", failures)

    def _find_engine(self) -> Engine:
        engine = find_engine(self.wanted)
        check_image(engine, self.one.image)
        return engine

    def _do_without(self, layer: str, why: str) -> None:
        """What to try next inside the container: less and less, in the end nothing, the container being the wall."""
        if layer == "namespaces":
            self.spec = self.spec.leaving_out(layer, why)
        else:
            self.spec = replace(self.spec, without=None)
            self.missing = why

    def _told(self, ready: Ready, engine: Engine) -> Ready:
        """What the base said, and what is around it."""
        layers = [Layer(name="container", on=True, text=WALLS if engine.limits else f"{WALLS}; {NO_LIMITS}")]
        if self.missing:
            layers.append(Layer(name="inside", on=False, text=f"{self.missing}; {SHARED}"))
        report = ready.report.model_copy(update={"layers": (*layers, *ready.report.layers)})
        return ready.model_copy(update={"report": report})
