"""The container kind: every outcome is as it is on this machine, and nothing of the container is left."""

import asyncio
import gc
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from pydantic import JsonValue

from toolwright.errors import SandboxError
from toolwright.protocols import Sandbox
from toolwright.sandbox.container import ContainerSandbox
from toolwright.sandbox.container.inbox import MOST, Inbox
from toolwright.sync import run_sync

from ..conftest import HURRIED, SMALL, Make, goes_on
from ..test_calls import ECHO, task_file, values
from .engines import IMAGE, PLACES, Place, place_for, started


@pytest.fixture(scope="module", params=PLACES)
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    with place_for(request.param) as one:
        yield one


@pytest.fixture(scope="module")
def inside(place: Place) -> Iterator[ContainerSandbox]:
    with started(place) as sandbox:
        yield sandbox


async def test_it_is_a_sandbox_of_the_container_kind(inside: ContainerSandbox) -> None:
    assert isinstance(inside, Sandbox)
    assert inside.kind == "container"
    assert inside.report().layers[0].name == "container"


@given(value=values)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_json_value_comes_back_as_it_went(inside: ContainerSandbox, value: JsonValue) -> None:
    outcome = run_sync(inside.call(ECHO, {"value": value}))
    assert (outcome.status, outcome.result) == ("ok", value)


async def test_more_calls_than_places_each_get_their_own_result(inside: ContainerSandbox) -> None:
    outcomes = await asyncio.gather(*(inside.call(ECHO, {"value": n}) for n in range(20)))
    assert [outcome.result for outcome in outcomes] == list(range(20))


async def test_large_arguments_and_results_pass(inside: ContainerSandbox, make: Make) -> None:
    outcome = await inside.call(make("return [len(text), text[:900_000]]", "text"), {"text": "x" * 3_000_000})
    assert outcome.result == [3_000_000, "x" * 900_000]


async def test_calls_may_come_from_two_event_loops_at_once(inside: ContainerSandbox) -> None:
    async def some() -> list[JsonValue]:
        return [(await inside.call(ECHO, {"value": n})).result for n in range(5)]

    other = asyncio.to_thread(lambda: asyncio.run(some()))
    assert await asyncio.gather(other, some()) == [list(range(5))] * 2


async def test_files_can_be_read_whatever_their_size(inside: ContainerSandbox, make: Make, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1,2")
    (tmp_path / "empty").touch()
    (tmp_path / "b.bin").write_bytes(bytes(range(256)) * 12_000)
    code = """
    import hashlib
    return [hashlib.sha256(open(name, "rb").read()).hexdigest() for name in ("a.csv", "deep/b.bin", "empty")]
    """
    files = [task_file(tmp_path / "a.csv"), task_file(tmp_path / "b.bin", "deep/b.bin"), task_file(tmp_path / "empty")]
    outcome = await inside.call(make(code), {}, files)
    assert outcome.result == [file.sha256 for file in files], outcome


async def test_a_file_that_cannot_be_read_is_named(inside: ContainerSandbox, tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    file = task_file(tmp_path / "a")
    for path in (tmp_path / "gone", tmp_path):
        with pytest.raises(SandboxError, match=str(path)):
            await inside.call(ECHO, {"value": 1}, [file.model_copy(update={"path": str(path)})])
    assert (await inside.call(ECHO, {"value": 1})).ok


async def test_what_is_printed_before_the_answer_comes_before_it(inside: ContainerSandbox, make: Make) -> None:
    outcome = await inside.call(make("for n in range(9000):\n    print(n)\nreturn 1"), {})
    assert outcome.stdout.split() == [str(n) for n in range(9000)]


async def test_what_is_printed_at_once_never_hides_that_the_call_began(place: Place, make: Make) -> None:
    limits = SMALL.model_copy(update={"output_bytes": 100})
    kind = partial(ContainerSandbox, image=IMAGE, engine=place.engine, concurrency=2, preload=False)
    async with kind(limits=limits) as one:
        flood = make("while True: print('x' * 1000)")
        outcomes = await asyncio.gather(*(one.call(flood, {}) for _ in range(30)))
    assert {outcome.status for outcome in outcomes} == {"output"}


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        ("x = bytearray(400_000_000)", "memory", "memory"),
        ("while True: print('x' * 1000)", "output", "printed more"),
        ("return 'x' * 2_000_000", "result", "1,000,000 bytes"),
        ("import os\nos._exit(3)", "crashed", "exit code 3"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "crashed", "SIGKILL"),
        ("return 1 / 0", "error", "division by zero"),
    ],
)
async def test_every_ending_has_the_outcome_it_has_elsewhere(
    inside: ContainerSandbox, make: Make, body: str, status: str, text: str
) -> None:
    outcome = await inside.call(make(body), {})
    assert (outcome.status, text in outcome.error) == (status, True), outcome
    assert (await inside.call(ECHO, {"value": 1})).ok


async def test_a_call_that_never_ends_is_ended(place: Place, make: Make) -> None:
    async with ContainerSandbox(image=IMAGE, engine=place.engine, limits=HURRIED, preload=False) as one:
        outcome = await one.call(make("while True: pass"), {})
        assert (outcome.status, "longer than 0.5 s" in outcome.error) == ("timeout", True), outcome
        assert await goes_on(one, make("return 1"))


async def test_a_flood_does_not_hold_up_the_call_beside_it(place: Place, make: Make) -> None:
    limits = SMALL.model_copy(update={"output_bytes": 200_000_000})
    async with ContainerSandbox(image=IMAGE, engine=place.engine, limits=limits, preload=False, concurrency=2) as one:
        flood = asyncio.create_task(one.call(make("while True: print('x' * 10_000)"), {}))
        await asyncio.sleep(0.3)
        assert (await one.call(ECHO, {"value": 1})).ok
        assert not flood.done()  # it goes on for seconds
        flood.cancel()


async def test_a_mix_of_good_and_bad_calls_each_ends_as_it_must(inside: ContainerSandbox, make: Make) -> None:
    jobs = {
        "ok": make("import os\nprint('x')\nos.close(1)\nreturn 'y' * 100_000"),
        "crashed": make("import os\nos._exit(3)"),
        "output": make("while True: print('x' * 1000)"),
        "error": make("return 1 / 0"),
    }
    wanted = [*jobs] * 25
    outcomes = await asyncio.gather(*(inside.call(jobs[status], {}) for status in wanted))
    assert [outcome.status for outcome in outcomes] == wanted


async def test_a_session_keeps_its_state_until_a_cell_ends_its_process(inside: ContainerSandbox) -> None:
    async with inside.session() as session:
        assert (await session.run("x = 6")).ok
        assert (await session.run("x * 7")).result == 42
        assert (await session.run("import os; os._exit(1)")).status == "crashed"
        assert "NameError" in (await session.run("x")).error


async def test_what_floods_between_cells_is_kept_within_bounds(inside: ContainerSandbox) -> None:
    flood = """
import threading, time
def go():
    time.sleep(0.3)
    while True:
        print("x" * 1000)
threading.Thread(target=go, daemon=True).start()
"""
    async with inside.session() as session:
        assert (await session.run(flood)).ok
        await asyncio.sleep(0.6)
        kept = [one._items for one in gc.get_objects() if type(one) is Inbox]  # pyright: ignore[reportPrivateUsage] - its size is the point
        assert 0 < max(sum(len(payload) for _, payload in items) for items in kept) <= MOST
        assert (await session.run("1")).status == "output"


async def test_a_cancelled_call_frees_its_place(inside: ContainerSandbox, make: Make) -> None:
    calls = [asyncio.create_task(inside.call(make("import time\ntime.sleep(60)"), {})) for _ in range(2)]
    await asyncio.sleep(0.3)
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    assert (await inside.call(ECHO, {"value": 1})).ok
