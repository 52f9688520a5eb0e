"""A run's mark, and telling everybody who listens when it changed."""

import asyncio
import itertools
import shutil
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, asynccontextmanager, closing
from pathlib import Path

import pytest
from live import warned

from toolwright.runs.folder import RunFolder
from toolwright.view.watching import Chosen, Mark, Pulse, TooManyListeners, Watch


class Scripted:
    """A run whose mark is what the test says; counts the looks."""

    def __init__(self) -> None:
        self.mark, self.looks = Mark(), 0

    def __call__(self) -> Mark:
        self.looks += 1
        return self.mark


@asynccontextmanager
async def watching(look: Callable[[], Mark], **options: float) -> AsyncGenerator[Watch]:
    watch = Watch(look, every=0.01, **options)  # pyright: ignore[reportArgumentType] - numbers, as a test names them
    async with asyncio.TaskGroup() as group:
        task = group.create_task(watch.run())
        yield watch
        task.cancel()


async def next_of(marks: "AsyncGenerator[Mark | None]") -> Mark | None:
    return await asyncio.wait_for(anext(marks), 10)


def test_a_mark_grows_with_what_is_kept(run: RunFolder) -> None:
    with closing(Pulse(Chosen(run.path))) as look:
        before = look()
        run.store.emit(warned("again"))
        after = look()
    assert (before.writing, before.problem) == (True, "")
    assert after.ordinal == before.ordinal + 1


def test_a_mark_changes_when_the_writer_ends_and_when_the_summary_is_written(run: RunFolder) -> None:
    with closing(Pulse(Chosen(run.path))) as look:
        first = look()
        run.write_summary({"end": "epochs"})
        second = look()
        run.close()
        third = look()
    assert first.ordinal == second.ordinal == third.ordinal
    assert (first.summary == 0, second.summary > 0) == (True, True)
    assert (second.writing, third.writing) == (True, False)


def test_of_a_folder_that_is_gone_the_mark_says_so_and_of_one_that_is_back_it_is_as_before(run: RunFolder) -> None:
    run.close()
    aside = run.path.with_name("aside")
    with closing(Pulse(Chosen(run.path))) as look:
        before = look()
        run.path.rename(aside)
        gone = look()
        aside.rename(run.path)
        assert look() == before
    assert (gone.ordinal, "not there any more" in gone.problem) == (before.ordinal, True)


def test_another_run_put_in_its_place_is_read_and_not_the_one_that_was_there(run: RunFolder, tmp_path: Path) -> None:
    run.close()
    with RunFolder.create(tmp_path, "other", {}) as other:
        for number in range(7):
            other.store.emit(warned(str(number)))
    with closing(Pulse(Chosen(run.path))) as look:
        before = look()
        shutil.rmtree(run.path)
        other.path.rename(run.path)
        assert look().ordinal > before.ordinal


def test_of_a_database_that_is_none_the_mark_says_what_is_wrong(run: RunFolder) -> None:
    run.close()
    (run.path / "run.sqlite").write_bytes(b"nothing of the kind" * 100)
    with closing(Pulse(Chosen(run.path))) as look:
        assert "damaged" in look().problem


def test_before_there_is_a_run_the_mark_is_empty() -> None:
    with closing(Pulse(Chosen())) as look:
        assert look() == Mark()


def test_a_run_that_is_gone_is_not_held_open_and_so_takes_no_room(run: RunFolder) -> None:
    run.close()
    with closing(Pulse(Chosen(run.path))) as look:
        look()
        shutil.rmtree(run.path)
        look()
        held = [str(file.readlink()) for file in Path("/proc/self/fd").iterdir() if file.is_symlink()]
    assert [name for name in held if str(run.path) in name] == []


async def test_nobody_is_looked_for_while_nobody_listens() -> None:
    look = Scripted()
    async with watching(look) as watch:
        await asyncio.sleep(0.1)
        assert look.looks == 0
        async with aclosing(watch.follow()) as marks:
            await next_of(marks)
        await asyncio.sleep(0.05)
        looks = look.looks
        await asyncio.sleep(0.1)
        assert look.looks <= looks + 1  # the one that was under way
        async with aclosing(watch.follow()) as marks:
            assert await next_of(marks) == Mark()


async def test_every_listener_is_told_of_a_change_once(run: RunFolder) -> None:
    look = Scripted()
    async with watching(look, heartbeat=0.3) as watch, aclosing(watch.follow()) as one, aclosing(watch.follow()) as two:
        assert [await next_of(one), await next_of(two)] == [Mark(), Mark()]
        look.mark = Mark(5)
        assert [await next_of(one), await next_of(two)] == [Mark(5), Mark(5)]
        assert [await next_of(one), await next_of(two)] == [None, None]  # nothing more to tell: a sign of life


class Ascending:
    """A run that changes between any two looks; a look takes a while, but not one beside another."""

    def __init__(self) -> None:
        self._ordinals, self._under_way = itertools.count(1), 0

    def __call__(self) -> Mark:
        ordinal, alone = next(self._ordinals), not self._under_way
        self._under_way += 1
        time.sleep(0.02 if alone else 0)
        self._under_way -= 1
        return Mark(ordinal)


async def test_no_listener_is_told_how_the_run_stood_before_what_it_was_told() -> None:
    async with watching(Ascending()) as watch, aclosing(watch.follow()) as first:
        await next_of(first)
        for number in range(8):
            await asyncio.sleep(0.004 * number)  # at any point of the other's looks
            async with aclosing(watch.follow()) as marks:
                one, other = await next_of(marks), await next_of(marks)
            assert one is not None
            assert other is not None
            assert one.ordinal < other.ordinal


async def test_one_poller_serves_all_listeners() -> None:
    look = Scripted()
    async with watching(look) as watch:
        streams = [watch.follow() for _ in range(20)]
        for stream in streams:
            await next_of(stream)
        before, began = look.looks, time.monotonic()
        await asyncio.sleep(0.3)
        assert look.looks - before <= (time.monotonic() - began) / 0.01 + 1
        for stream in streams:
            await stream.aclose()


async def test_of_changes_that_came_while_a_listener_was_busy_it_hears_the_newest() -> None:
    look = Scripted()
    async with watching(look) as watch, aclosing(watch.follow()) as slow, aclosing(watch.follow()) as quick:
        await next_of(slow)
        await next_of(quick)
        for ordinal in (1, 2, 3):
            look.mark = Mark(ordinal)
            while await next_of(quick) != Mark(ordinal):
                pass
        assert await next_of(slow) == Mark(3)


async def test_more_listeners_than_may_are_refused_until_one_leaves() -> None:
    async with watching(Scripted(), most=1) as watch:
        async with aclosing(watch.follow()) as first:
            await next_of(first)
            with pytest.raises(TooManyListeners, match="1 pages follow this run already"):
                await anext(watch.follow())
        async with aclosing(watch.follow()) as second:
            assert await next_of(second) == Mark()
