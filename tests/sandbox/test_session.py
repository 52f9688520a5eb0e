"""The code interpreter: cells share a state, and a cell that breaks it starts afresh."""

import asyncio

import pytest

from toolwright.sandbox import ConfinedSandbox, Limits

from .test_calls import task_file


async def test_cells_share_one_state(bare: ConfinedSandbox) -> None:
    async with bare.session() as cells:
        assert (await cells.run("import math\nx = 20")).result is None
        assert (await cells.run("def f(n):\n    return n + x")).ok
        outcome = await cells.run("print('hello')\nf(22) + math.floor(0.5)")
        assert (outcome.result, outcome.stdout) == (42, "hello\n")
        assert (await cells.run("1")).stdout == ""


async def test_a_value_without_json_is_shown_as_text(bare: ConfinedSandbox) -> None:
    async with bare.session() as cells:
        assert (await cells.run("object()")).result == "<object object at 0x...>"
        assert (await cells.run("float('nan')")).result == "nan"
        assert (await cells.run("")).result is None


async def test_an_error_names_the_cell_and_keeps_the_state(bare: ConfinedSandbox) -> None:
    async with bare.session() as cells:
        await cells.run("x = 1\ndef f():\n    return 1 / 0")
        outcome = await cells.run("f()")
        assert outcome.error == "ZeroDivisionError: division by zero (line 3 of cell 1: `return 1 / 0`)"
        assert (await cells.run("x")).result == 1
        assert "SyntaxError" in (await cells.run("x = (")).error
        assert (await cells.run("x")).result == 1


@pytest.mark.parametrize("code", ["import os; os._exit(1)", "while True: print('x' * 1000)"])
async def test_a_broken_interpreter_starts_afresh_and_says_so(bare: ConfinedSandbox, code: str) -> None:
    async with bare.session() as cells:
        await cells.run("x = 1")
        outcome = await cells.run(code)
        assert not outcome.ok
        assert "started afresh" in outcome.error
        assert "NameError" in (await cells.run("x")).error


async def test_a_cell_that_never_ends_is_ended_and_the_interpreter_starts_afresh(hurried: ConfinedSandbox) -> None:
    async with hurried.session() as cells:
        await cells.run("x = 1")
        outcome = await cells.run("while True: pass")
        assert outcome.status == "timeout"
        assert "started afresh" in outcome.error
        tries = [await cells.run("x") for _ in range(5)]  # a machine may stand still for half a second
        assert "NameError" in next(again.error for again in tries if again.status != "timeout")


async def test_each_cell_has_the_whole_limits() -> None:
    limits = Limits(wall_seconds=10, cpu_seconds=1)
    async with ConfinedSandbox(preload=False, limits=limits) as sandbox, sandbox.session() as cells:
        for _ in range(2):
            burn = "import time\nt = time.process_time()\nwhile time.process_time() < t + 0.6: pass"
            assert (await cells.run(burn)).ok


async def test_sessions_know_nothing_of_each_other(bare: ConfinedSandbox) -> None:
    async with bare.session() as one, bare.session() as other:
        await asyncio.gather(one.run("x = 1"), other.run("x = 2"))
        assert [(await cells.run("x")).result for cells in (one, other)] == [1, 2]


async def test_a_cancelled_cell_ends_the_interpreter(bare: ConfinedSandbox) -> None:
    async with bare.session() as cells:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(cells.run("import time; time.sleep(60)"), 0.2)
        assert (await cells.run("1 + 1")).result == 2


async def test_files_are_there_again_after_a_fresh_start(
    bare: ConfinedSandbox, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("files") / "a.txt"
    path.write_text("content")
    async with bare.session((task_file(path),)) as cells:
        assert (await cells.run("open('a.txt').read()")).result == "content"
        await cells.run("import os; os._exit(1)")
        assert (await cells.run("open('a.txt').read()")).result == "content"
