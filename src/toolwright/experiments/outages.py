"""Which models do not answer in this session, as cells tell that asked them in vain: cells of other models go on.

A cell that the provider ended says little of the others where it was answered at all: it may be one request that fails.
One that was not answered at all says that its model is out.

Example:
    heard = Hearing()    # is told of what happens in an attempt at a cell
    out = {asked_by(cell)[role] for role in heard.unanswered}
"""

from typing import Final, NamedTuple

from toolwright.events import Event, ModelReplied, ModelRetried, ProviderPaused, RolloutFinished, RunFinished
from toolwright.experiments.cells import Cell
from toolwright.experiments.matrix import MethodKind
from toolwright.protocols import Role

_AGENT_ALONE: Final[tuple[MethodKind, ...]] = ("none", "few_shot", "creator")
"""The kinds of methods that ask no optimizer."""


_LEAVING: Final = frozenset({"provider", "sandbox", "budget"})
"""The ends that leave something of a cell."""


class Address(NamedTuple):
    """A model where it answers, with whose key."""

    place: str
    model: str
    key: str


def asked_by(cell: Cell) -> dict[str, Address]:
    """The models that a cell asks, by role."""
    roles: tuple[Role, ...] = ("agent",) if cell.method.kind in _AGENT_ALONE else ("agent", "optimizer")
    specs = cell.config.models.by_role()
    return {
        role: Address(spec.base_url or spec.model.partition(":")[0], spec.model, spec.api_key_env)
        for role, spec in specs.items()
        if role in roles
    }


class Hearing:
    """Notes what events tell of how an attempt at a cell ended, and of who answered in it.

    Attributes:
        why: What ended it, "provider" or "sandbox" say; "" where nothing was said. That a run came to its own end takes
            back nothing that left a part of another one, or of its sealed test.
    """

    def __init__(self) -> None:
        self.why = ""
        self._lost: set[str] = set()
        self._answered: set[str] = set()
        self._failed: set[str] = set()

    def emit(self, event: Event) -> None:
        """Takes one event."""
        if isinstance(event, ModelReplied):
            self._answered.add(event.role)
        elif isinstance(event, ModelRetried | ProviderPaused):
            self._failed.add(event.role)
        elif isinstance(event, RolloutFinished) and event.score is None:
            self._lost.add(event.end)
            self._failed |= {"agent"} if event.end == "provider" else set()
            self.why = event.end
        elif isinstance(event, RunFinished):
            if event.why == "provider" and not self._lost:
                self._failed.add("optimizer")
            # A training calls it the provider's end, too, where only the sandbox failed.
            why = "sandbox" if event.why == "provider" and self._lost == {"sandbox"} else event.why
            self.why = why if why in _LEAVING or self.why not in _LEAVING else self.why

    @property
    def unanswered(self) -> frozenset[str]:
        """The roles whose model was asked and did not answer once; both where nothing was heard of either."""
        silent = frozenset(self._failed - self._answered)
        return silent or frozenset(() if self._answered else ("agent", "optimizer"))
