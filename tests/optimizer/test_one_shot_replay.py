"""What a one-shot step tells is enough: replaying its events, as the page does, gives the very set that is tried."""

import asyncio
from typing import Any, Final

from contexts import SUB, context
from hypothesis import given, settings
from hypothesis import strategies as st
from stepping import one_shot, whole

from support import ADD_CODE, StubSandbox, add, function, having, proposal
from toolwright.events import EpochFinished, GateDecided, RunStarted
from toolwright.functions import Function
from toolwright.parameters import Parameters
from toolwright.report.documents.functions.changes import replayed

OLD: Final = function("old", "def old(a: int, b: int) -> int:\n    return a\n", description="Old.")
NAMES: Final = ("add", "sub", "old", "one", "two")
BODIES: Final = ("a + b", "a - b", "a", ":", "eval('a')")


def written(name: str, body: str, described: str) -> dict[str, Any]:
    code = ADD_CODE.replace("add", name).replace("a + b", body)
    meanings = {"a": "one", "b": "two"}
    example = {"arguments": {"a": 1, "b": 2}}
    return proposal(name, code, example, description=described, arguments=meanings)


items = st.builds(written, st.sampled_from(NAMES), st.sampled_from(BODIES), st.sampled_from(["The sum.", "Other."]))
replies = st.lists(items | st.sampled_from([None, "words", {"name": "add"}]), max_size=6)
incumbents = st.lists(st.sampled_from([add(), SUB, OLD]), unique_by=lambda one: one.name, max_size=3)


def replayed_set(start: Parameters, candidate: str, events: list[Any]) -> tuple[Function | None, ...]:
    """The functions after an epoch that accepted what a step proposed, by its events alone."""
    common: dict[str, Any] = {"run": "r", "train": 2, "validation": 0, "test": 0, "epochs": 1, "sandbox": "stub"}
    begun = RunStarted(**common, agent="a", models={}, start=start.functions.functions)
    changed = candidate != start.digest
    decided = GateDecided(epoch=2, decision="accept", reason="", incumbent=0.5, candidate=1.0)
    ended = EpochFinished(epoch=2, loss=0.0, best=0.0, accepted=changed, without_acceptance=0)
    history = replayed([begun, *events, *([decided] if changed else []), ended], lambda _epoch: None)
    held = {change.name: change.function for change in history.changes if change.came_to == "accepted"}
    return tuple(held[name] for name in history.best)


@settings(max_examples=100, deadline=None)
@given(incumbents, replies)
def test_the_replayed_events_give_exactly_the_candidate(incumbent: list[Function], reply: list[Any]):
    start = having(*incumbent)
    stepper = one_shot([whole(*reply)], StubSandbox())
    made = asyncio.run(stepper.step(context(start)))
    assert replayed_set(start, made.candidate.digest, stepper.events.seen) == made.candidate.functions.functions
    assert [frozen for frozen in incumbent if frozen.frozen and frozen not in made.candidate.functions.functions] == []
    assert (made.candidate == start) == (not made.actions)
