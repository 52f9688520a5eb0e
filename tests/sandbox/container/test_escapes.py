"""The attacks of `escape/`, in a container: with the layers inside it, and against the container alone."""

from collections.abc import Iterator

import pytest

from toolwright.functions import Function
from toolwright.sandbox import Limits
from toolwright.sandbox.container import ContainerSandbox
from toolwright.sync import run_sync

from ..conftest import EVERYTHING
from ..escape.attack import Attack
from ..escape.bare import printed_evidence
from ..escape.prelude import whole
from ..escape.targets import World, prepared
from ..escape.test_escapes import ATTACKS, HURRIED, LIMITS
from .engines import IMAGE, working_podman

pytestmark = pytest.mark.soak

FILES = [one for one in ATTACKS if one.group in {"read", "write"}]


def sandbox(*without: str, limits: Limits = LIMITS) -> ContainerSandbox:
    return ContainerSandbox(
        image=IMAGE, engine="podman", allowed=EVERYTHING, limits=limits, concurrency=1, preload=False, without=without
    )  # fmt: skip


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    working_podman()
    with prepared() as one:
        yield one


@pytest.fixture(scope="module")
def layered(world: World) -> Iterator[ContainerSandbox]:
    one = sandbox()
    run_sync(one.__aenter__())
    yield one
    run_sync(one.__aexit__())


@pytest.fixture(scope="module")
def hurried(world: World) -> Iterator[ContainerSandbox]:
    one = sandbox(limits=HURRIED)
    run_sync(one.__aenter__())
    yield one
    run_sync(one.__aexit__())


@pytest.fixture(scope="module")
def alone(world: World) -> Iterator[ContainerSandbox]:
    one = sandbox("namespaces", "landlock")
    run_sync(one.__aenter__())
    yield one
    run_sync(one.__aexit__())


async def evidence(inside: ContainerSandbox, world: World, attack: Attack) -> str:
    targets = world.fresh()
    outcome = await inside.call(Function(name="attack", source=whole(attack.source)), {"t": dict(targets)})
    assert outcome.status != "refused", outcome.error
    said = str(outcome.result or "") if outcome.ok else ""
    return said or printed_evidence(outcome.stdout) or (attack.seen(targets) if attack.seen else "")


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda one: f"{one.group}: {one.name}")
async def test_no_attack_gets_out_of_the_layers_in_a_container(
    layered: ContainerSandbox, hurried: ContainerSandbox, world: World, attack: Attack
) -> None:
    assert await evidence(hurried if attack.group == "time" else layered, world, attack) == ""


@pytest.mark.parametrize("attack", FILES, ids=lambda one: f"{one.group}: {one.name}")
async def test_the_machines_files_are_kept_by_the_container_where_no_layer_inside_does(
    alone: ContainerSandbox, world: World, attack: Attack
) -> None:
    assert await evidence(alone, world, attack) == ""


def test_the_report_says_what_stands_inside(layered: ContainerSandbox, alone: ContainerSandbox) -> None:
    assert layered.report().tier != ""
    assert alone.report().tier == ""
    assert [layer.name for layer in alone.report().layers if layer.on] == ["container", "seccomp", "limits"]
