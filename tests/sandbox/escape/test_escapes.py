"""No attack gets out: each first gets through bare, so that it could, and then must not in any tier of the sandbox.

Tiers: B has every layer, B- leaves Landlock out, A leaves the namespaces out, as where the system has none for users;
on such a system A alone is tried.
"""

import asyncio
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

import pytest

from toolwright.functions import Function
from toolwright.sandbox import ConfinedSandbox, Limits
from toolwright.sync import run_sync
from toolwright.trajectories import Outcome

from ..conftest import EVERYTHING
from ..interpreters import readable_by_all
from . import kernel, network, processes, reading, resources, writing
from .attack import Attack, Targets
from .bare import Bare, printed_evidence, run_bare
from .prelude import whole
from .targets import World, prepared

ATTACKS: Final = tuple(
    attack for part in (reading, writing, network, processes, resources, kernel) for attack in part.ATTACKS
)
LEAST: Final = {
    "read": 16, "write": 10, "network": 10, "processes": 15, "memory": 5, "time": 5, "output": 1, "disk": 2,
    "kernel": 8,
}  # fmt: skip
RESIDUAL: Final = ["learns size and time of a file whose path it guesses"]
"""What docs/security.md says remains in tier A."""

TIERS: Final[dict[str, tuple[str, ...]]] = {"B": (), "B-": ("landlock",), "A": ("namespaces",)}
LIMITS: Final = Limits(wall_seconds=3, cpu_seconds=3, memory_mb=256)
HURRIED: Final = LIMITS.model_copy(update={"wall_seconds": 0.5, "cpu_seconds": 1})
"""For what takes time; any other attack could then end by the clock and show nothing of the wall it goes for."""

OF_THE_TESTS: Final = (
    "NameError",
    "ImportError",
    "ModuleNotFound",
    "SyntaxError",
    "KeyError",
    "Attribute",
    "TypeError",
)
"""What an attack raises that is wrong itself; nothing was shown then."""

CONTROL: Final = """
def attack(t):
    import ctypes, fcntl, mmap, multiprocessing, resource, select, signal, socket, subprocess, struct, threading
    one, other = socket.socketpair()
    other.send(b"x")
    assert one.recv(1) == b"x" and syscall("getpid") == os.getpid() == libc.getpid()
    return t["mark"]
"""


@dataclass(frozen=True)
class Field:
    """Where attacks take place: their targets, and sandboxes of each tier, one for whatever takes time."""

    world: World
    sandboxes: dict[str, ConfinedSandbox]
    hurried: dict[str, ConfinedSandbox]

    async def attack(self, attack: Attack) -> tuple[Bare, dict[str, str]]:
        """What came of it bare, and evidence by tier.

        All at once where nobody but the attack brings evidence, else one after the other, on targets made anew.
        """
        if attack.seen is not None:
            bare = run_bare(attack, self.world.fresh())
            return bare, {tier: await self._evidence(tier, attack, self.world.fresh()) for tier in self.sandboxes}
        targets = self.world.fresh()
        bare, found = await asyncio.gather(
            asyncio.to_thread(run_bare, attack, targets),
            asyncio.gather(*(self._evidence(tier, attack, targets) for tier in self.sandboxes)),
        )
        return bare, dict(zip(self.sandboxes, found, strict=True))

    async def _evidence(self, tier: str, attack: Attack, targets: Targets) -> str:
        sandbox = (self.hurried if attack.group == "time" else self.sandboxes)[tier]
        outcome = await called(sandbox, attack.source, targets)
        assert outcome.status != "refused", outcome.error
        assert not outcome.error.startswith(OF_THE_TESTS), outcome.error
        inside = str(outcome.result or "") if outcome.ok else ""
        outside = attack.seen(targets) if attack.seen else ""
        return inside or printed_evidence(outcome.stdout) or outside


async def called(sandbox: ConfinedSandbox, source: str, targets: Targets) -> Outcome:
    return await sandbox.call(Function(name="attack", source=whole(source)), {"t": dict(targets)})


def tiers_here() -> dict[str, tuple[str, ...]]:
    """The tiers that this machine must give: those with namespaces where a user can mount in some of their own."""
    command = ["unshare", "--user", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"]
    possible = subprocess.run(command, capture_output=True, check=False).returncode == 0
    return TIERS if possible else {"A": TIERS["A"]}


def sandboxes(limits: Limits) -> dict[str, ConfinedSandbox]:
    """One of each tier, not yet started."""
    return {
        tier: ConfinedSandbox(
            allowed=EVERYTHING,
            preload=False,
            without=without,
            limits=limits,
            concurrency=1,
            python=readable_by_all() if "namespaces" in without else None,
        )
        for tier, without in tiers_here().items()
    }


@pytest.fixture(scope="module")
def field() -> Iterator[Field]:
    usual, hurried = sandboxes(LIMITS), sandboxes(HURRIED)
    stack = AsyncExitStack()

    async def start() -> None:
        for sandbox in (*usual.values(), *hurried.values()):
            await stack.enter_async_context(sandbox)

    with prepared() as world:  # first: so that the bases are started amid all that could leak into them
        try:
            run_sync(start())
            yield Field(world, usual, hurried)
        finally:
            run_sync(stack.aclose())


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: f"{attack.group}: {attack.name}")
async def test_an_attack_that_gets_through_bare_does_not_get_out(field: Field, attack: Attack) -> None:
    bare, found = await field.attack(attack)
    if attack.syscall and not bare.evidence:
        pytest.skip(f"not applicable, {attack.syscall} does not work here at all: {bare.error}")
    assert bare.evidence, f"learned code that {attack.name} shows nothing, not even bare: {bare.error}"
    if attack.group == "read" and not bare.evidence.startswith("metadata: "):
        assert field.world.secret in bare.evidence
    got_out = {tier for tier, evidence in found.items() if evidence}
    assert got_out == (set[str]() if attack.without_namespaces else {"A"}), found


async def test_inside_attacks_have_the_modules_and_system_calls_they_need(field: Field) -> None:
    for tier, sandbox in field.sandboxes.items():
        outcome = await called(sandbox, CONTROL, field.world.fresh())
        assert (outcome.result, outcome.error) == (field.world.mark, ""), tier


def test_each_sandbox_says_the_tier_it_is_tried_as(field: Field) -> None:
    assert {tier: sandbox.report().tier for tier, sandbox in field.sandboxes.items()} == {t: t for t in field.sandboxes}


def test_without_namespaces_only_the_metadata_of_a_guessed_path_remain() -> None:
    assert [attack.name for attack in ATTACKS if not attack.without_namespaces] == RESIDUAL


def test_there_are_enough_attacks_of_every_group_each_with_a_name_of_its_own() -> None:
    counts = Counter[str](attack.group for attack in ATTACKS)
    print(f"{len(ATTACKS)} attacks: {dict(counts)}")  # noqa: T201 - for `pytest -s`
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS) >= 60
    assert {group for group, least in LEAST.items() if counts[group] < least} == set()
