from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from contexts import context

from support import (
    ADD_CODE,
    Events,
    MemoryJournal,
    Said,
    ScriptedModel,
    StubSandbox,
    add,
    calling,
    having,
    proposal,
    results_of,
    says,
)
from toolwright.errors import ModelUnavailable
from toolwright.events import ActionAdmitted, ActionRefused, StepFinished, StepStarted
from toolwright.messages import ToolMessage
from toolwright.optimizer.agent_optimizer import AgentOptimizer
from toolwright.optimizer.conversation import NO_CALL, ONE_ONLY
from toolwright.optimizer.step import StepContext, StepResult
from toolwright.protocols import Sandbox
from toolwright.sandbox import ConfinedSandbox

EMPTY = having()


def new(name: str, **changes: Any) -> dict[str, Any]:
    return proposal(name, ADD_CODE.replace("add", name), {"arguments": {"a": 1, "b": 2}}) | changes


async def step(
    script: Sequence[Said],
    given_context: StepContext | None = None,
    sandbox: Sandbox | None = None,
    **options: Any,
) -> tuple[StepResult, ScriptedModel, Events]:
    model, events = ScriptedModel(script), Events()
    optimizer = AgentOptimizer(model, sandbox or StubSandbox(), events, journal=MemoryJournal(), **options)
    return await optimizer.step(given_context or context(EMPTY)), model, events


async def test_a_step_is_one_conversation_from_the_incumbent_to_the_candidate(sandbox: ConfinedSandbox):
    script = [says(add_function=new("one")), says(remove_function={"name": "add"}), says(terminate={"reason": "ok"})]
    result, model, events = await step(script, context(having(add())), sandbox)
    assert result.candidate.functions.names == ("one",)
    assert [action.action for action in result.actions] == ["add_function", "remove_function"]
    assert result.end == "terminated"
    conversation = model.requests
    assert [site.turn for site, _ in conversation] == [0, 1, 2]
    for (_, before), (_, after) in pairwise(conversation):
        assert after.messages[: len(before.messages)] == before.messages
    assert isinstance(events.seen[0], StepStarted)
    assert isinstance(events.seen[-1], StepFinished)


async def test_terminate_ends_the_step_and_nothing_more_is_asked():
    result, model, _ = await step([says(terminate={"reason": "done"}), says(add_function=new("one"))])
    assert len(model.requests) == 1
    assert (result.candidate, result.end) == (EMPTY, "terminated")


async def test_the_word_terminate_without_a_call_ends_the_step_too():
    result, model, _ = await step(["The functions are optimal. TERMINATE"])
    assert len(model.requests) == 1
    assert result.end == "terminated"


async def test_one_action_a_reply_extra_calls_are_answered_and_not_applied():
    both = calling(("add_function", new("one")), ("add_function", new("two")), ("remove_function", {"name": "one"}))
    result, model, events = await step([both, says(terminate={})])
    assert result.candidate.functions.names == ("one",)
    answers = [message for message in model.last.messages if isinstance(message, ToolMessage)]
    assert [answer.call_id for answer in answers] == ["c0", "c1", "c2"]
    assert answers[0].text.startswith("Admitted.")
    assert [answer.text for answer in answers[1:]] == [ONE_ONLY, ONE_ONLY]
    assert [(event.function, event.reason) for event in events.of(ActionRefused)] == [
        ("two", ONE_ONLY),
        ("one", ONE_ONLY),
    ]


async def test_a_refused_actions_next_request_carries_the_reason():
    wrong = new("one", code="import os\n\ndef one(a: int, b: int): pass\n")
    _, model, events = await step([says(add_function=wrong), says(terminate={})])
    (told,) = results_of(model.last)
    reason = "line 1: 'os' may not be imported; these may: decimal, math, sympy"
    assert told.startswith(f"Refused: {reason}")
    (refused,) = events.of(ActionRefused)
    assert (refused.reason, refused.stated, refused.tried) == (reason, wrong["reason"], ())
    assert refused.proposed is not None
    assert refused.proposed.source == wrong["code"]


async def test_an_action_whose_code_cannot_be_read_is_refused_without_a_function():
    _, _, events = await step([says(add_function=new("one", code="def one(:\n")), says(terminate={})])
    assert [event.proposed for event in events.of(ActionRefused)] == [None]


async def test_an_admitted_actions_next_request_carries_what_its_examples_returned_and_what_is_left():
    _, model, events = await step([says(add_function=new("one")), says(terminate={})])
    (told,) = results_of(model.last)
    assert told.startswith('Admitted. Its examples:\n- one({"a": 1, "b": 2}) returned 1\n')
    assert "The functions are now: one. Actions left in this round: 2." in told
    (admitted,) = events.of(ActionAdmitted)
    assert admitted.notes == ('one({"a": 1, "b": 2}) returned 1',)
    assert admitted.proposed is not None
    assert admitted.proposed.name == "one"
    assert [(call.call, call.returned) for call in admitted.tried] == [('one({"a": 1, "b": 2})', "1")]


async def test_the_step_ends_with_its_last_action():
    script = [says(add_function=new(name)) for name in ("one", "two", "three", "four")]
    result, model, _ = await step(script, max_actions=3)
    assert result.candidate.functions.names == ("one", "two", "three")
    assert (result.end, len(model.requests)) == ("max_actions", 3)


async def test_a_refusal_uses_up_no_action():
    bad = says(add_function=new("one", code="def one("))
    script = [bad, says(add_function=new("one")), bad, bad, says(add_function=new("two"))]
    result, _, _ = await step(script, max_actions=2)
    assert result.candidate.functions.names == ("one", "two")
    assert (len(result.refused), result.end) == (3, "max_actions")


@pytest.mark.parametrize(
    "bad",
    [
        says(add_function="{"),
        says(add_function=new("sum")),
        says(delete_function={"name": "x"}),
        says(revise_function=new("one")),
        says("I would add a function."),
        says(""),
    ],
)
async def test_three_refusals_in_a_row_end_the_step_and_keep_what_was_admitted(bad: Said):
    result, model, _ = await step([says(add_function=new("two")), bad, bad, bad, says(add_function=new("three"))])
    assert result.candidate.functions.names == ("two",)
    assert (result.end, len(result.refused), len(model.requests)) == ("refusals", 3, 4)


async def test_a_reply_without_a_call_is_asked_for_one():
    result, model, _ = await step(["I think.", says(add_function=new("one")), says(terminate={})])
    assert model.read(1) == NO_CALL
    assert result.candidate.functions.names == ("one",)


async def test_the_users_tools_names_are_taken():
    _, model, _ = await step([says(add_function=new("weather")), says(terminate={})], taken=["weather"])
    assert "'weather' is one of the assistant's own tools" in results_of(model.last)[0]


async def test_the_model_is_offered_the_four_actions_and_run_code_and_reads_the_history_once():
    _, model, _ = await step([says(add_function=new("one")), says(terminate={})])
    assert model.offered() == ["add_function", "revise_function", "remove_function", "terminate", "run_code"]
    read = [message for message in model.last.messages if "# The conversations" in message.text]
    assert read == [model.last.messages[1]]


async def test_a_system_prompt_of_the_users_takes_the_place_of_the_built_in_one():
    _, model, _ = await step([says(terminate={})], system_prompt="Improve the functions.")
    assert model.last.messages[0].text == "Improve the functions."


async def test_an_outage_is_no_step():
    with pytest.raises(ModelUnavailable):
        await step([ModelUnavailable("down")])


async def test_the_same_conversation_is_the_same_whatever_the_ids_of_its_calls():
    first = says(add_function=new("one"))
    other = first.model_copy(update={"calls": (first.calls[0].model_copy(update={"id": "call_81"}),)})
    digests = [(await step([reply, says(terminate={})]))[1].last.digest for reply in (first, other)]
    assert digests[0] == digests[1]
