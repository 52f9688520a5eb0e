"""However a container ends, it costs the call at hand at most, and nothing of it is left."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from toolwright.errors import SandboxError
from toolwright.functions import Function
from toolwright.sandbox import Limits
from toolwright.sandbox.container import ContainerSandbox
from toolwright.sandbox.worker.frames import HEADER
from toolwright.sandbox.worker.wire import FORK

from ..conftest import SMALL, Make, until
from ..leftovers import descriptors
from ..test_calls import ECHO
from .engines import IMAGE, PLACES, Place, container_of, docker_stand_in, place_for

SLEEP = Function(name="job", source="def job():\n    import time\n    time.sleep(60)\n")
PARENT = """
import asyncio, signal, sys
from toolwright.sandbox.container import ContainerSandbox
signal.signal(signal.SIGINT, signal.default_int_handler)  # it may be ignored where the tests run in the background
async def main():
    async with ContainerSandbox(image=sys.argv[1], engine=sys.argv[2], preload=False) as sandbox:
        print(sandbox._pool._base.name, flush=True)
        await asyncio.sleep(60)
asyncio.run(main())
"""
FRAMES = "import sys, time\nfrom toolwright.sandbox.worker.frames import *\nout = sys.stdout.buffer\n"
READY_FRAME = 'out.write(frame(0, READY, b\'{"packages": {}, "faults": {}}\\n\')); out.flush()\n'


@pytest.fixture(scope="module", params=PLACES)
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    with place_for(request.param) as one:
        yield one


def small(place: Place) -> ContainerSandbox:
    return ContainerSandbox(image=IMAGE, engine=place.engine, limits=SMALL, concurrency=2, preload=False)


async def test_stopping_leaves_no_container_no_thread_and_no_descriptor(place: Place) -> None:
    open_before = descriptors()
    async with small(place) as sandbox:
        assert (await sandbox.call(ECHO, {"value": 1})).ok
        name = container_of(sandbox)
        assert place.there(name)
    assert not place.there(name)
    assert not [one for one in threading.enumerate() if one.name == "toolwright-container"]
    assert descriptors() == open_before


async def test_a_container_killed_during_a_call_is_said_and_the_next_call_starts_another(place: Place) -> None:
    async with small(place) as sandbox:
        name = container_of(sandbox)
        call = asyncio.create_task(sandbox.call(SLEEP, {}))
        await asyncio.sleep(0.3)
        place.kill(name)
        with pytest.raises(SandboxError, match="died during the call"):
            await call
        assert (await sandbox.call(ECHO, {"value": 1})).ok
        another = container_of(sandbox)
    assert not place.there(name)
    assert not place.there(another)


async def test_a_container_killed_between_calls_costs_no_call(place: Place) -> None:
    async with small(place) as sandbox:
        place.kill(container_of(sandbox))
        assert (await sandbox.call(ECHO, {"value": 1})).ok


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
async def test_a_caller_that_is_killed_takes_its_container_along(place: Place, number: signal.Signals) -> None:
    parent = subprocess.Popen(  # noqa: ASYNC220 - it must outlive no event loop, and is started at once
        [sys.executable, "-c", PARENT, IMAGE, place.engine],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    with parent:
        assert parent.stdout is not None
        name = (await asyncio.to_thread(parent.stdout.readline)).decode().strip()
        assert place.there(name)
        parent.send_signal(number)
    await until(lambda: not place.there(name))


async def test_a_start_that_is_cancelled_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def same(_: int) -> str:
        return "cancelled"

    monkeypatch.setattr("secrets.token_hex", same)
    with docker_stand_in("import sys; sys.stdin.read()") as folder:
        place = Place(folder)
        start = asyncio.create_task(ContainerSandbox(engine="docker", limits=Limits(start_seconds=2)).__aenter__())
        await until(lambda: place.there("toolwright-cancelled"))
        start.cancel()
        with pytest.raises(asyncio.CancelledError):
            await start
        assert not place.there("toolwright-cancelled")


@pytest.mark.parametrize(
    ("program", "seconds", "said"),
    [
        ("raise SystemExit('Unknown option: -P')", 30, "needs 3.11 or newer"),
        ("print('hello, this is no frame, but it is long enough')", 30, "did not start"),
        (f"{FRAMES}out.write(frame(0, READY, b'[]\\n'))", 30, "it said b'\\[\\]"),
        (f"{FRAMES}out.write(HEADER.pack(0, READY, 1 << 31)); out.flush(); time.sleep(60)", 30, "it ended"),
        ("import time; time.sleep(60)", 1, "not ready after 1 s"),
    ],
)
async def test_a_container_that_does_not_start_as_it_should_is_ended_and_said(
    program: str, seconds: int, said: str
) -> None:
    with docker_stand_in(program), pytest.raises(SandboxError, match=said):
        async with ContainerSandbox(engine="docker", limits=Limits(start_seconds=seconds)):
            pass


FLOODS = [
    pytest.param("for _ in range(99): out.write(frame(2, CHANNEL, bytes(10_000)))", id="more than there is room for"),
    pytest.param("while True: out.write(frame(1, OUTPUT, b''))", id="endless frames without content"),
    pytest.param("out.write(frame(1, 99, b'x'))", id="frames of no kind", marks=pytest.mark.soak),
    pytest.param(READY_FRAME, id="a second ready line", marks=pytest.mark.soak),
    pytest.param("sys.exit()", id="its own end", marks=pytest.mark.soak),
]


@pytest.mark.parametrize("flood", FLOODS)
async def test_a_container_that_breaks_the_rules_is_lost_and_cannot_hold_up_its_caller(flood: str) -> None:
    two_children = HEADER.size * 2 + len(FORK) * 2
    hostile = f"{FRAMES}{READY_FRAME}sys.stdin.buffer.read({two_children})\n{flood}\nout.flush()\ntime.sleep(60)"
    with docker_stand_in(hostile):
        began = time.monotonic()
        with pytest.raises(SandboxError, match="died 3 times in a row"):
            async with ContainerSandbox(engine="docker", limits=SMALL, concurrency=1) as sandbox:
                await sandbox.call(ECHO, {"value": 1})
        assert time.monotonic() - began < 30  # it would sleep for a minute


async def test_what_a_hostile_container_says_of_a_call_is_judged_as_any_answer(make: Make) -> None:
    answer = 'for n in range(1, 9): out.write(frame(n, CHANNEL, b\'ready\\n{"status": "owned"}\\n\'))'
    hostile = f"{FRAMES}{READY_FRAME}sys.stdin.buffer.read(20)\n{answer}\nout.flush()\nsys.stdin.buffer.read()"
    with docker_stand_in(hostile):
        async with ContainerSandbox(engine="docker", limits=SMALL, concurrency=1) as sandbox:
            assert (await sandbox.call(make("return 1"), {})).status == "crashed"
