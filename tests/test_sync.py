import asyncio
import subprocess
import sys
import textwrap
import threading

import pytest

from toolwright.sync import run_sync


async def number() -> int:
    await asyncio.sleep(0)
    return 7


async def failing() -> None:
    raise ValueError("no")


def test_a_coroutine_runs_to_its_end_without_a_loop():
    assert run_sync(number()) == 7


async def test_a_coroutine_runs_to_its_end_inside_a_running_loop():
    assert run_sync(number()) == 7
    with pytest.raises(ValueError, match="no"):
        run_sync(failing())
    assert [thread.name for thread in threading.enumerate() if thread.name == "toolwright"] == []


def test_its_error_comes_out_as_it_is():
    with pytest.raises(ValueError, match="no"):
        run_sync(failing())


INTERRUPTED = """
    import asyncio, os, signal, threading
    from toolwright.sync import run_sync

    async def long():
        try:
            threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
            await asyncio.sleep(30)
        finally:
            print("cleaned up", flush=True)

    async def notebook():
        run_sync(long())

    try:
        CALL
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""


@pytest.mark.parametrize("call", ["run_sync(long())", "asyncio.new_event_loop().run_until_complete(notebook())"])
def test_an_interrupt_cancels_it_and_waits_for_its_cleaning_up(call: str):
    code = textwrap.dedent(INTERRUPTED).replace("CALL", call)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=20, check=False)
    assert done.stdout.split("\n")[:2] == ["cleaned up", "interrupted"], done.stderr
