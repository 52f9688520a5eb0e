"""What the optimizer's model is asked where it writes the whole set, and that it keeps to its budget."""

import json

from contexts import context, rejected
from stepping import one_shot, whole
from test_context_too_long import fits, long_context

from support import StubSandbox, check_snapshot, having
from toolwright.events import HistoryShortened
from toolwright.optimizer.step_prompt import IDLE_NOTES

NEVER_SAID = ("run_code", "terminate", "Terminate", "add_function", "revise_function", " action", "try again")


async def test_the_whole_request():
    stepper = one_shot([whole()], StubSandbox())
    await stepper.step(context(failures=rejected(0.5), idle=1))
    (site, request) = stepper.model.requests[0]
    text = json.dumps({"site": site.model_dump(), **request.neutral()}, indent=1, ensure_ascii=False)
    assert not [word for word in NEVER_SAID if word in text]
    check_snapshot("optimizer_request_one_shot", text)


async def test_the_first_prompt_of_an_empty_set_says_how_to_change_nothing():
    stepper = one_shot([whole()], StubSandbox())
    await stepper.step(context(having()))
    system, prompt = (message.text for message in stepper.model.last.messages)
    assert "An empty list leaves the set as it is." in system
    assert "There are none yet." in prompt
    assert IDLE_NOTES["one_shot"] not in prompt


async def test_after_an_idle_step_the_note_speaks_of_the_empty_list():
    stepper = one_shot([whole()], StubSandbox())
    await stepper.step(context(idle=1))
    prompt = stepper.model.last.messages[1].text
    assert prompt.endswith(IDLE_NOTES["one_shot"])
    assert IDLE_NOTES["progressive"] not in prompt


async def test_a_prompt_that_is_too_long_for_the_model_is_halved_and_sent_again():
    stepper = one_shot(fits(7_000, whole()), StubSandbox())
    made = await stepper.step(long_context())
    assert made.end == "terminated"
    assert len(stepper.events.of(HistoryShortened)) == 2
    assert [site.turn for site, _ in stepper.model.requests] == [0, 0, 0]
