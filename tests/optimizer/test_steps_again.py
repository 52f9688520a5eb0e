"""A step made again from the journal: nothing is run twice, and nothing nondeterministic changes a prompt."""

import asyncio
import itertools
from typing import Any

import pytest
from contexts import context
from pydantic import JsonValue
from stepping import END, Stepper

from support import ADD_CODE, StubSandbox, add, having, proposal, says
from toolwright.errors import SandboxError
from toolwright.events import ActionAdmitted, ActionRefused, StepFinished, StepStarted
from toolwright.functions import Function
from toolwright.sandbox import ConfinedSandbox
from toolwright.trajectories import Outcome

CLOCK = "import time\n\ndef clock(n: int) -> float:\n    return time.perf_counter() + n\n"


def new(name: str, examples: int = 2, **changes: Any) -> dict[str, Any]:
    given = [{"arguments": {"a": n, "b": 2}} for n in range(examples)]
    return proposal(name, ADD_CODE.replace("add", name), *given, **changes)


async def test_a_nondeterministic_function_cannot_change_what_was_said(sandbox: ConfinedSandbox):
    examples = [{"arguments": {"n": n}} for n in range(5)]
    script = [says(add_function=proposal("clock", CLOCK, *examples)), END]
    first = Stepper(script, sandbox)
    await first.step()
    again = Stepper(script, sandbox, first.journal)
    await again.step()
    assert again.model.last.digest == first.model.last.digest
    assert again.events.seen == first.events.seen
    other = Stepper(script, sandbox)
    await other.step()
    assert other.model.last.digest != first.model.last.digest  # or the test would show nothing


async def test_a_step_made_again_makes_no_call_again():
    script = [says(add_function=new("one")), says(revise_function=new("add", 3)), END]
    first = Stepper(script, stub := StubSandbox())
    made = await first.step()
    assert len(stub.calls) == 2 + 3 + 1  # examples, and the one past call of `add`
    again = Stepper(script, nothing := StubSandbox(), first.journal)
    assert await again.step() == made
    assert nothing.calls == []


async def test_what_is_kept_has_the_turns_site_and_the_order_of_asking_not_of_ending():
    class Backwards(StubSandbox):
        """The call begun first ends last."""

        waiting = itertools.count(5, -1)

        async def call(self, function: Function, arguments: dict[str, JsonValue], *rest: Any, **named: Any) -> Outcome:
            for _ in range(next(self.waiting)):
                await asyncio.sleep(0)
            return Outcome(status="ok", result=arguments["a"])

    stepper = Stepper([says(terminate_not={}), says(add_function=new("one", 4)), END], Backwards())
    await stepper.step()
    site = stepper.model.requests[1][0]
    assert {index: outcome.result for (key, index), outcome in stepper.journal.outcomes.items() if key == site.key} == {
        0: 0,
        1: 1,
        2: 2,
        3: 3,
    }
    assert len(stepper.journal.outcomes) == 4


async def test_a_step_cut_short_makes_only_the_calls_that_have_no_outcome():
    def dies_at_third(_function: Function, arguments: dict[str, JsonValue]) -> Outcome:
        if arguments["a"] == 2:
            raise SandboxError("the base process died")
        return Outcome(status="ok", result=1)

    script = [says(add_function=new("one", 4)), END]
    first = Stepper(script, StubSandbox(dies_at_third))
    with pytest.raises(SandboxError):
        await first.step()
    kept = len(first.journal.outcomes)
    again = Stepper(script, stub := StubSandbox(), first.journal)
    await again.step()
    assert len(stub.calls) == 4 - kept
    assert {"a": 2, "b": 2} in [arguments for _, arguments in stub.calls]


async def test_the_proposals_of_an_epoch_are_made_at_once_and_keep_apart():
    stepper = Stepper(
        lambda site, _request: says(add_function=new(f"p{site.repeat}")) if site.turn == 0 else END, StubSandbox()
    )
    contexts = [context(having(add())).model_copy(update={"proposal": n}) for n in range(3)]
    made = await asyncio.gather(*map(stepper.step, contexts))
    assert [step.candidate.functions.names for step in made] == [("add", f"p{n}") for n in range(3)]
    assert sorted(site.repeat for site, _ in stepper.model.requests) == [0, 0, 1, 1, 2, 2]
    for kind in (StepStarted, ActionAdmitted, StepFinished):
        assert sorted(event.proposal for event in stepper.events.of(kind)) == [0, 1, 2]
    assert len({key for key, _ in stepper.journal.outcomes}) == 3


async def test_a_refusal_says_which_proposal_it_is_of():
    stepper = Stepper(["words", END], StubSandbox())
    await stepper.step(context().model_copy(update={"proposal": 4}))
    assert [event.proposal for event in stepper.events.of(ActionRefused)] == [4]
