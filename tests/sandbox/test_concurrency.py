"""Many callers at once: slots are granted to them in turn, none is lost, and any event loop may call."""

import asyncio
import doctest
import gc
import weakref
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from support import MemoryJournal, ScriptedModel, StubSandbox, add, example, sums
from toolwright.agents.rollout import RecordingRollout
from toolwright.functions import FunctionSet
from toolwright.messages import ToolCall
from toolwright.optimizer.trial import run_examples
from toolwright.protocols import CallSite
from toolwright.sandbox import Limits, fair
from toolwright.sandbox.fair import FairSlots, Turns
from toolwright.sandbox.forked import ForkedSandbox

from .conftest import job
from .kinds import Kind, every_kind

COUNT: Final = 2
CALLERS: Final = st.sampled_from(["a", "b", "c", ""])


def test_the_example_does_what_it_says():
    assert doctest.testmod(fair).failed == 0


@given(st.lists(st.one_of(CALLERS, st.none())))
def test_nobody_is_granted_a_second_turn_while_another_waits_for_a_first(events: Sequence[str | None]):
    turns = Turns[tuple[str, int]]()
    waiting: dict[str, deque[tuple[str, int]]] = {}
    overtaken: dict[str, set[str]] = {}  # of each that waits: who was granted a turn since it began to
    for number, caller in enumerate(events):
        if caller is not None:
            turns.join(caller, (caller, number))
            waiting.setdefault(caller, deque()).append((caller, number))
            overtaken.setdefault(caller, set())
        elif (item := turns.next()) is None:
            assert not waiting
        else:
            chosen = item[0]
            assert waiting[chosen].popleft() == item  # each line is first come, first served
            del overtaken[chosen]
            for others in overtaken.values():
                assert chosen not in others
                others.add(chosen)
            if waiting[chosen]:
                overtaken[chosen] = set()
            else:
                del waiting[chosen]


@given(st.lists(st.tuples(CALLERS, st.integers(0, 20)), unique=True), st.data())
def test_who_leaves_is_passed_over_and_nobody_else_is(joined: list[tuple[str, int]], data: st.DataObject):
    turns = Turns[tuple[str, int]]()
    for one in joined:
        turns.join(one[0], one)
    leaving = data.draw(st.lists(st.sampled_from(joined))) if joined else []
    for one in leaving:
        turns.leave(one[0], one)
    came = [one for _ in joined if (one := turns.next()) is not None]
    assert turns.next() is None
    for caller in ("a", "b", "c", ""):
        stayed = [one for one in joined if one not in leaving and one[0] == caller]
        assert [one for one in came if one[0] == caller] == stayed


class Slots(RuleBasedStateMachine):
    """Tasks that ask, are granted, give back and are cancelled, in any order and also between two turns of the loop."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.slots = FairSlots(COUNT)
        self.tasks: list[asyncio.Task[None]] = []
        self.done: dict[asyncio.Task[None], asyncio.Event] = {}
        self.inside: list[asyncio.Task[None]] = []

    async def _hold(self, caller: str, done: asyncio.Event) -> None:
        task = asyncio.current_task()
        assert task is not None
        async with self.slots.slot(caller):
            self.inside.append(task)
            try:
                await done.wait()
            finally:
                self.inside.remove(task)

    @rule(caller=CALLERS)
    def ask(self, caller: str) -> None:
        done = asyncio.Event()
        task = self.loop.create_task(self._hold(caller, done))
        self.tasks.append(task)
        self.done[task] = done

    @precondition(lambda self: self.tasks)
    @rule(data=st.data())
    def let_go(self, data: st.DataObject) -> None:
        self.done[data.draw(st.sampled_from(self.tasks))].set()

    @precondition(lambda self: self.tasks)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        data.draw(st.sampled_from(self.tasks)).cancel()

    @rule()
    def turn(self) -> None:
        self.loop.call_soon(self.loop.stop)
        self.loop.run_forever()  # exactly one turn: whoever has been granted a slot may not have run since

    @invariant()
    def never_more_hold_a_slot_than_there_are(self) -> None:
        assert len(self.inside) <= COUNT

    def _settle(self) -> None:
        for _ in range(4 * len(self.tasks) + 8):
            self.turn()

    def teardown(self) -> None:
        """Whatever happened: who still waits comes in when all is given back, and in the end every slot is free."""
        self._settle()
        pending = [task for task in self.tasks if not task.done()]
        assert len(self.inside) == min(COUNT, len(pending))
        for done in self.done.values():
            done.set()
        self._settle()
        assert all(task.done() for task in self.tasks)
        self.tasks.clear()
        for _ in range(COUNT + 1):
            self.ask("after")
        self._settle()
        assert len(self.inside) == COUNT
        for task in self.tasks:
            task.cancel()
        self._settle()
        self.loop.close()


TestSlots = Slots.TestCase


async def take_turn(slots: FairSlots, caller: str, order: list[str]) -> None:
    async with slots.slot(caller):
        order.append(caller)
        await asyncio.sleep(0)


async def test_a_slot_granted_in_the_moment_of_a_cancellation_goes_to_the_next():
    slots, order = FairSlots(1), list[str]()
    async with slots.slot("first"):
        waiting = {caller: asyncio.create_task(take_turn(slots, caller, order)) for caller in ("a", "b")}
        await asyncio.sleep(0)
    waiting["a"].cancel()  # it has been granted the slot, and has not run since
    await asyncio.wait(waiting.values(), timeout=30)
    assert order == ["b"]
    assert waiting["a"].cancelled()


async def test_a_cancelled_request_takes_no_turn_from_its_caller():
    slots, order = FairSlots(1), list[str]()
    async with slots.slot("first"):
        waiting = [asyncio.create_task(take_turn(slots, caller, order)) for caller in ("a", "a", "b")]
        await asyncio.sleep(0)
        waiting[0].cancel()
        await asyncio.sleep(0)
    await asyncio.wait(waiting, timeout=30)
    assert order == ["a", "b"]


async def test_one_that_asks_for_one_slot_does_not_wait_for_one_that_asks_for_twenty():
    slots, order = FairSlots(COUNT), list[str]()
    async with asyncio.TaskGroup() as group:
        for caller in ["many"] * 20 + ["one"]:
            group.create_task(take_turn(slots, caller, order))
    assert order.index("one") <= COUNT + 1


def test_slots_do_not_keep_the_event_loop_they_served():
    async def crowd() -> "weakref.ref[asyncio.AbstractEventLoop]":
        async def hold() -> None:
            async with slots.slot():
                await asyncio.sleep(0)

        await asyncio.gather(*(hold() for _ in range(5)))
        return weakref.ref(asyncio.get_running_loop())

    slots = FairSlots(1)
    loop = asyncio.run(crowd())
    gc.collect()
    assert loop() is None


SHORT: Final = job("import time; time.sleep(0.02); return n", "n: int")


async def one_call(sandbox: ForkedSandbox) -> None:
    assert (await sandbox.call(SHORT, {"n": 20}, caller="one")).result == 20


async def one_cell(sandbox: ForkedSandbox) -> None:
    async with sandbox.session(caller="one") as cells:
        assert (await cells.run("1 + 1")).result == 2


@every_kind
@pytest.mark.parametrize("one", [one_call, one_cell])
async def test_one_beside_a_rollout_that_makes_twenty_calls_is_not_the_last_to_end(
    kind: Kind, one: Callable[[ForkedSandbox], Awaitable[None]]
) -> None:
    many: list[int] = []

    async def call(sandbox: ForkedSandbox, n: int) -> None:
        assert (await sandbox.call(SHORT, {"n": n}, caller="many")).result == n
        many.append(n)

    async with kind(limits=Limits(), concurrency=COUNT) as sandbox, asyncio.TaskGroup() as group:
        for n in range(20):
            group.create_task(call(sandbox, n))
        await asyncio.sleep(0)  # all twenty have asked
        await one(sandbox)
        assert len(many) <= 2 * COUNT + 1


async def test_each_rollout_and_the_optimizer_are_callers_of_their_own():
    site = CallSite(role="agent", purpose="train", parameters="p", task="t0", repeat=3)
    stub, journal, offered = StubSandbox(), MemoryJournal(), FunctionSet(functions=(add(),))
    task = sums(1).tasks[0]
    async with RecordingRollout(task, site, offered, model=ScriptedModel([]), sandbox=stub, journal=journal) as rollout:
        await rollout.call([ToolCall(id=str(n), name="add", arguments=f'{{"a": 1, "b": {n}}}') for n in range(2)])
    await run_examples(add().model_copy(update={"examples": (example(a=1, b=2, stated=False),)}), stub)
    assert stub.callers == ["t0 3", "t0 3", "optimizer"]
