"""A one-shot step: the whole set in one reply, each function checked once, none kept but by writing."""

import json
from typing import Any

import pytest
from contexts import SUB, context
from stepping import one_shot, whole

from support import ADD_CODE, Said, StubSandbox, add, calling, function, having, proposal, says
from toolwright.errors import RequestRefused
from toolwright.events import ActionAdmitted, ActionRefused, StepFinished, StepStarted
from toolwright.messages import ToolMessage
from toolwright.optimizer.rewriting import ONE_ONLY
from toolwright.sandbox import ConfinedSandbox
from toolwright.trajectories import Outcome

EMPTY = having()
OLD = function("old", "def old(n: int) -> int:\n    return n\n", description="Old.", arguments={"n": "one"})


def new(name: str, *calls: dict[str, Any], **changes: Any) -> dict[str, Any]:
    given = calls or ({"arguments": {"a": 1, "b": 2}},)
    return proposal(name, ADD_CODE.replace("add", name), *given) | changes


ADD_AGAIN = new("add", description="The sum.", arguments={"a": "one", "b": "two"})
BROKEN = new("one", code="def one(:\n")


async def test_one_reply_is_the_step_and_makes_the_whole_set(sandbox: ConfinedSandbox):
    stepper = one_shot([whole(new("one"), new("two"))], sandbox)
    made = await stepper.step(context(EMPTY))
    assert made.candidate.functions.names == ("one", "two")
    assert (made.end, len(stepper.model.requests)) == ("terminated", 1)
    assert stepper.model.offered() == ["write_functions"]
    first, *admitted, last = stepper.events.seen
    assert isinstance(first, StepStarted)
    assert [event.notes for event in admitted if isinstance(event, ActionAdmitted)] == [
        (f'{name}({{"a": 1, "b": 2}}) returned 3',) for name in ("one", "two")
    ]
    assert isinstance(last, StepFinished)
    assert (last.candidate, last.actions, last.refused) == (made.candidate.digest, 2, 0)


async def test_what_is_not_written_again_is_gone_and_what_is_stays_in_its_place():
    better = new("old", code="def old(a: int, b: int) -> int:\n    return a\n")
    stepper = one_shot([whole(new("one"), better)], StubSandbox())
    made = await stepper.step(context(having(add(), OLD)))
    assert made.candidate.functions.names == ("old", "one")
    assert made.candidate.functions.get("old").source == better["code"]
    assert [(each.action, each.function, each.reason) for each in made.actions] == [
        ("add_function", "one", better["reason"]),
        ("revise_function", "old", better["reason"]),
        ("remove_function", "add", "it was not written again"),
    ]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (BROKEN, "invalid syntax"),
        (new("one", code="import os\n\ndef one(a: int, b: int): pass\n"), "'os' may not be imported"),
        (
            new("one", code="def two(a: int) -> int:\n    return a\n", arguments={"a": "x"}),
            "the code defines two beside one",
        ),
        (new("one", {"arguments": {"a": 1}}), "example one"),
        (new("one", {"arguments": {"a": 1, "b": 2}, "result": 7}), "you stated 7"),
        (new("one", examples=[]), "examples: "),
        (new("sum"), "builtin"),
        (new("weather"), "'weather' is one of the assistant's own tools"),
        ({"name": "one"}, "description: Field required"),
    ],
)
async def test_a_refused_function_is_left_out_without_a_second_chance_and_the_others_stand(
    wrong: dict[str, Any], why: str
):
    stepper = one_shot([whole(new("before"), wrong, new("after"))], StubSandbox(), taken=["weather"])
    made = await stepper.step(context(EMPTY))
    assert made.candidate.functions.names == ("before", "after")
    assert len(stepper.model.requests) == 1
    (refused,) = stepper.events.of(ActionRefused)
    assert (refused.action, refused.function) == ("add_function", wrong["name"])
    assert why in refused.reason


async def test_a_function_whose_new_version_is_refused_is_not_there_in_its_old_one_either():
    stepper = one_shot([whole(new("one"), new("add", code="def add(:\n"))], StubSandbox())
    made = await stepper.step(context(having(add())))
    assert made.candidate.functions.names == ("one",)
    assert [each.reason for each in made.actions if each.action == "remove_function"] == ["its new version was refused"]
    assert [(each.action, each.function) for each in made.refused] == [("revise_function", "add")]


async def test_a_revision_is_run_on_its_examples_and_on_no_past_call():
    """The context's evaluation holds a call of `add` that led to a right answer."""
    stepper = one_shot([whole(new("add"))], sandbox := StubSandbox())
    await stepper.step(context(having(add())))
    assert sandbox.calls == [("add", {"a": 1, "b": 2})]


@pytest.mark.parametrize("written", [(), (new("sub"),), (new("sub", description="The difference."),)])
async def test_frozen_functions_stay_written_again_or_not(written: tuple[dict[str, Any], ...]):
    stepper = one_shot([whole(*written, new("one"))], StubSandbox())
    made = await stepper.step(context(having(add(), SUB)))
    assert made.candidate.functions.functions[0] == SUB
    assert made.candidate.functions.names == ("sub", "one")
    assert [refused.reason for refused in made.refused] == [
        "'sub' is frozen by its owner and stays as it is" for _ in written
    ]


@pytest.mark.parametrize(
    "reply",
    [
        whole(),
        whole(ADD_AGAIN),
        whole(ADD_AGAIN | {"examples": [{"arguments": {"a": 5, "b": 6}}], "reason": "It works."}),
        says(write_functions={"functions": "[]"}),
    ],
)
async def test_an_empty_list_and_the_same_set_change_nothing(reply: Said):
    stepper = one_shot([reply], sandbox := StubSandbox())
    made = await stepper.step(context(having(add(), SUB)))
    assert (made.candidate, made.actions, made.refused) == (having(add(), SUB), (), ())
    assert (made.end, sandbox.calls) == ("terminated", [])


async def test_a_function_written_again_as_it_was_is_kept_without_an_action_or_a_call():
    stepper = one_shot([whole(ADD_AGAIN, new("one"))], sandbox := StubSandbox())
    made = await stepper.step(context(having(add(), OLD)))
    assert made.candidate.functions.names == ("add", "one")
    assert made.candidate.functions.get("add") == add()
    assert [(each.action, each.function) for each in made.actions] == [
        ("add_function", "one"),
        ("remove_function", "old"),
    ]
    assert [name for name, _ in sandbox.calls] == ["one"]


async def test_a_reply_of_which_nothing_stands_has_written_no_set():
    stepper = one_shot([whole(BROKEN, "words", 3)], StubSandbox())
    made = await stepper.step(context(having(add())))
    assert (made.candidate, made.actions, len(made.refused)) == (having(add()), (), 3)


async def test_of_two_functions_of_one_name_the_first_is_looked_at():
    second = new("one", code="def one(a: int, b: int) -> int:\n    return 2\n")
    for first, names in ((new("one"), ("one", "two")), (BROKEN, ("two",))):
        stepper = one_shot([whole(first, second, new("two"))], StubSandbox())
        made = await stepper.step(context(EMPTY))
        assert made.candidate.functions.names == names
        assert stepper.events.of(ActionRefused)[-1].reason == "the list has 'one' twice; only the first is looked at"


async def test_a_list_that_is_quoted_once_too_much_is_read():
    stepper = one_shot([says(write_functions={"functions": json.dumps([new("one")])})], StubSandbox())
    assert (await stepper.step(context(EMPTY))).candidate.functions.names == ("one",)


NONSENSE = [
    ("words", "That holds no functions. Reply with one call of write_functions."),
    ("", "That holds no functions."),
    (says(add_function=new("one")), "Refused: there is no tool 'add_function'; there is write_functions"),
    (says(write_functions="{"), "Refused: the arguments are not valid JSON"),
    (says(write_functions="[]"), "Refused: the arguments must be a JSON object"),
    (says(write_functions={}), "Refused: functions: a list of functions is missing"),
    (says(write_functions={"functions": new("one")}), "Refused: functions: a list of functions is missing"),
    (says(write_functions={"functions": "one"}), "Refused: the arguments are not valid JSON"),
    (says(write_functions={"functions": "[" * 2_000}), "Refused: the arguments are"),
    (says(write_functions={"functions": "[" * 200 + "]" * 200}), "Refused: the arguments are nested more than 100"),
]


@pytest.mark.parametrize(("nonsense", "told"), NONSENSE)
async def test_a_reply_that_holds_no_list_is_asked_again_with_what_was_wrong(nonsense: Said, told: str):
    stepper = one_shot([nonsense, nonsense, whole(new("one"))], StubSandbox())
    made = await stepper.step(context(EMPTY))
    assert (made.end, made.candidate.functions.names) == ("terminated", ("one",))
    assert stepper.model.read(1).startswith(told)
    assert [(each.function, each.reason) for each in made.refused] == [
        ("", stepper.model.read(1).removeprefix("Refused: "))
    ] * 2


@pytest.mark.parametrize(("nonsense", "_told"), NONSENSE)
async def test_the_third_such_reply_ends_the_step(nonsense: Said, _told: str):
    stepper = one_shot([nonsense] * 4, StubSandbox())
    made = await stepper.step(context(having(add())))
    assert (made.end, made.candidate, len(stepper.model.requests)) == ("refusals", having(add()), 3)


async def test_further_calls_of_a_reply_are_answered_and_not_looked_at():
    wrong = calling(("write_functions", {}), ("write_functions", {"functions": [new("two")]}))
    right = calling(("write_functions", {"functions": [new("one")]}), ("add_function", new("three")))
    stepper = one_shot([wrong, right], StubSandbox())
    made = await stepper.step(context(EMPTY))
    assert made.candidate.functions.names == ("one",)
    answers = [message for message in stepper.model.last.messages if isinstance(message, ToolMessage)]
    assert [(answer.call_id, answer.text == ONE_ONLY) for answer in answers] == [("c0", False), ("c1", True)]
    assert [(each.action, each.reason) for each in made.refused][1:] == [("add_function", ONE_ONLY)]


async def test_a_refusal_of_the_request_costs_the_step_and_not_the_run():
    stepper = one_shot([RequestRefused("filtered")], StubSandbox())
    made = await stepper.step(context(having(add())))
    assert (made.end, made.candidate) == ("provider_refused", having(add()))
    assert [refused.reason for refused in made.refused] == ["filtered"]


async def test_a_step_made_again_makes_no_call_again():
    def differs(_function: object, arguments: dict[str, Any]) -> Outcome:
        return Outcome(status="ok", result=arguments["a"])

    script = [whole(new("one"), new("two", *({"arguments": {"a": n, "b": 2}} for n in range(4))))]
    first = one_shot(script, StubSandbox(differs))
    made = await first.step(context(EMPTY))
    again = one_shot(script, nothing := StubSandbox(), first.journal)
    assert await again.step(context(EMPTY)) == made
    assert again.events.seen == first.events.seen
    assert nothing.calls == []
