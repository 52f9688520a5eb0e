"""A model whose context is too short for the prompt: the history is shortened, and the step goes on."""

import pytest
from stepping import END, Stepper

from support import ADD_CODE, AssistantMessage, Said, StubSandbox, add, having, proposal, rolled, says
from toolwright.errors import ContextTooLong, RequestRefused
from toolwright.evaluations import Evaluation
from toolwright.events import HistoryShortened
from toolwright.messages import ModelRequest, SystemMessage, UserMessage
from toolwright.optimizer.budget_text import tokens_of
from toolwright.optimizer.failure_record import FailureRecord
from toolwright.optimizer.step import StepContext
from toolwright.protocols import CallSite
from toolwright.tasks import Task, TaskSet

NEW = says(add_function=proposal("new", ADD_CODE.replace("add", "new"), {"arguments": {"a": 1, "b": 2}}))
REFUSAL = "the request is longer than the model's context"


def long_context(epoch: int = 3, tasks: int = 300) -> StepContext:
    made = TaskSet(name="x", tasks=tuple(Task(id=f"t{n}", question="word " * 60, target="7") for n in range(tasks)))
    talk = (SystemMessage(text="s"), UserMessage(text="q"), says("word " * 60))
    results = tuple(rolled(task, 0, messages=talk, answer="6") for task in made.tasks)
    seen = Evaluation(parameters="p", tasks=made.digest, split="train", results=results)
    return StepContext(epoch=epoch, incumbent=having(add()), evaluation=seen, tasks=made, failures=FailureRecord())


def fits(tokens: int, *then: Said):
    """A model that takes so many tokens of prompt, and answers turn by turn."""

    def answer(site: CallSite, request: ModelRequest) -> Said:
        asked = sum(tokens_of(message.text) for message in request.messages[1:])
        return ContextTooLong(REFUSAL) if asked > tokens else then[site.turn]

    return answer


async def test_the_prompt_is_halved_until_it_fits_and_the_step_goes_on():
    stepper = Stepper(fits(7_000, NEW, END), StubSandbox())
    made = await stepper.step(long_context())
    assert (made.end, made.candidate.functions.names) == ("terminated", ("add", "new"))
    told = stepper.events.of(HistoryShortened)
    assert [event.reason for event in told] == [REFUSAL, REFUSAL]
    assert 11_500 < told[0].tokens <= 12_000
    assert 5_700 < told[1].tokens <= 6_000
    purposes = [site.purpose for site, _ in stepper.model.requests]
    assert purposes == ["step 3", *(f"step 3 within {told[n].tokens} tokens" for n in (0, 1, 1))]
    assert [site.turn for site, _ in stepper.model.requests] == [0, 0, 0, 1]


async def test_later_steps_keep_to_the_shorter_prompt():
    stepper = Stepper(fits(13_000, END), StubSandbox())
    await stepper.step(long_context())
    await stepper.step(long_context(epoch=4))
    assert len(stepper.events.of(HistoryShortened)) == 1
    assert [site.purpose.partition(" within")[0] for site, _ in stepper.model.requests] == [
        "step 3",
        "step 3",
        "step 4",
    ]
    assert stepper.model.requests[-1][0].purpose.startswith("step 4 within ")


async def test_a_prompt_that_is_no_shorter_is_not_sent_again_and_again():
    stepper = Stepper(fits(0), StubSandbox())
    made = await stepper.step(long_context(tasks=4))
    assert made.end == "provider_refused"
    assert [event.tokens for event in stepper.events.of(HistoryShortened)] == [2_000]


async def test_at_the_floor_the_step_ends_with_nothing_and_says_why():
    stepper = Stepper(fits(1_000), StubSandbox())
    context = long_context()
    made = await stepper.step(context)
    assert (made.end, made.candidate, made.actions) == ("provider_refused", context.incumbent, ())
    assert [(refused.action, bool(refused.reason)) for refused in made.refused] == [("none", True)]
    tokens = [event.tokens for event in stepper.events.of(HistoryShortened)]
    assert tokens == sorted(tokens, reverse=True)
    assert tokens[-1] == 2_000
    assert all(tokens_of(request.messages[1].text) <= 24_000 for _, request in stepper.model.requests)


async def test_a_refusal_of_the_request_costs_the_step_and_not_the_run():
    stepper = Stepper(lambda _site, _request: RequestRefused("filtered"), StubSandbox())
    made = await stepper.step(long_context(tasks=4))
    assert (made.end, [refused.reason for refused in made.refused]) == ("provider_refused", ["filtered"])
    assert len(stepper.model.requests) == 1


async def test_a_conversation_that_grows_too_long_ends_with_what_was_admitted_and_leaves_more_room_next_time():
    talkative = AssistantMessage(text="word " * 4_000, calls=NEW.calls)
    stepper = Stepper(fits(25_000, talkative), StubSandbox())
    made = await stepper.step(long_context())
    assert (made.end, made.candidate.functions.names) == ("context", ("add", "new"))
    (told,) = stepper.events.of(HistoryShortened)
    assert stepper.model.requests[-1][0].purpose == "step 3"
    with pytest.raises(IndexError):  # its second turn fits now, and this script has no answer to it
        await stepper.step(long_context(epoch=4))
    assert stepper.model.requests[-1][0].purpose == f"step 4 within {told.tokens} tokens"


async def test_at_the_floor_too_a_conversation_that_grew_loses_nothing():
    talkative = AssistantMessage(text="word " * 4_000, calls=NEW.calls)
    stepper = Stepper(fits(2_500, talkative), StubSandbox(), prompt_tokens=2_000)
    made = await stepper.step(long_context())
    assert (made.end, made.candidate.functions.names) == ("context", ("add", "new"))
    assert stepper.events.of(HistoryShortened) == []


async def test_another_fault_shortens_nothing():
    stepper = Stepper([RuntimeError("no")], StubSandbox())
    with pytest.raises(RuntimeError):
        await stepper.step(long_context())
    assert stepper.events.of(HistoryShortened) == []
