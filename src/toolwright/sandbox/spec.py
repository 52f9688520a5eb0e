"""What a base process is started with, and what it says when it is ready or cannot be."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from pydantic import ValidationError

from toolwright.errors import SandboxError
from toolwright.sandbox.confinement.selftest import Canaries
from toolwright.sandbox.limits import Limits
from toolwright.sandbox.server import Ready
from toolwright.sandbox.worker.base import Config


class MissingLayer(SandboxError):  # noqa: N818 - not a fault in itself: the ladder's next rung may do
    """A layer of confinement cannot be had on this machine."""

    def __init__(self, layer: str, why: str) -> None:
        super().__init__(f"{layer}: {why}")
        self.layer = layer
        self.why = why


@dataclass(frozen=True)
class BaseSpec:
    """What a base process is started with.

    Attributes:
        allowed: What functions may import.
        preload: Whether that is imported ahead.
        limits: What one call may use.
        without: The confined kind's layers that are left out, with the reason; None for the unconfined kind.
        contained: Whether it runs in a container.
    """

    allowed: tuple[str, ...]
    preload: bool
    limits: Limits
    without: Mapping[str, str] | None
    contained: bool = False

    def config(self, root: str, canaries: Canaries) -> str:
        """The base's `Config` as JSON.

        Args:
            root: A folder of its own on the machine.
            canaries: What its self-test may try to get at.
        """
        return json.dumps(
            Config(
                root=root,
                modules=list(self.allowed),
                preload=list(self.allowed) if self.preload else [],
                limits=self.limits.for_child(),
                without=None if self.without is None else dict(self.without),
                contained=self.contained,
                canaries=canaries,
            )
        )

    def leaving_out(self, layer: str, why: str) -> "BaseSpec":
        """The same with a layer less."""
        return replace(self, without={**(self.without or {}), layer: why})


def read_ready(line: bytes) -> Ready:
    """What a base said.

    Raises:
        MissingLayer: A layer cannot be had.
        ValueError: It said something else.
    """
    try:
        said: dict[str, str] = json.loads(line)
        if "missing" in said:
            raise MissingLayer(said["missing"], said["why"])
        return Ready.model_validate(said)
    except (ValidationError, json.JSONDecodeError) as error:
        raise ValueError(f"it said {line[:200]!r}") from error
