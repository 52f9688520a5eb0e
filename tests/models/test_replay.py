import pytest

from toolwright.errors import ReplayError
from toolwright.messages import (
    AssistantMessage,
    Message,
    ModelRequest,
    Reply,
    SystemMessage,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from toolwright.models.replay import ReplayModel
from toolwright.protocols import CallSite, Model, Role
from toolwright.recordings import Entry, Header, Recording


def site(task: str = "t", repeat: int = 0, turn: int = 0, role: Role = "agent") -> CallSite:
    return CallSite(role=role, purpose="train", parameters="p" * 32, task=task, repeat=repeat, turn=turn)


def ask(*texts: str) -> ModelRequest:
    messages: list[Message] = [SystemMessage(text="Be brief.")]
    return ModelRequest(messages=(*messages, *(UserMessage(text=text) for text in texts)))


def say(text: str) -> Reply:
    return Reply(message=AssistantMessage(text=text))


def replaying(*entries: tuple[CallSite, ModelRequest, str], fallback: Model | None = None) -> ReplayModel:
    made = tuple(Entry(site=where, request=request, reply=say(text)) for where, request, text in entries)
    return ReplayModel(Recording(header=Header(), entries=made), "agent", fallback)


class Live:
    def __init__(self) -> None:
        self.requests: list[ModelRequest] = []

    async def request(self, site: CallSite, request: ModelRequest) -> Reply:
        self.requests.append(request)
        return say("live")


async def test_the_same_request_gets_its_replies_in_recorded_order():
    model = replaying((site(), ask("2?"), "first"), (site(), ask("2?"), "second"))
    assert [(await model.request(site(), ask("2?"))).message.text for _ in range(2)] == ["first", "second"]
    assert (model.hits, model.unused()) == (2, ())


async def test_each_task_and_repeat_has_replies_of_its_own_in_whatever_order_they_ask():
    model = replaying((site("a"), ask("2?"), "a0"), (site("a", 1), ask("2?"), "a1"), (site("b"), ask("2?"), "b0"))
    asked = [site("b"), site("a", 1), site("a", 0)]
    assert [(await model.request(where, ask("2?"))).message.text for where in asked] == ["b0", "a1", "a0"]


async def test_parameters_purpose_and_call_ids_are_not_what_a_reply_is_found_by():
    def called(call_id: str) -> ModelRequest:
        call = ToolCall(id=call_id, name="add", arguments="{}")
        said = (AssistantMessage(calls=(call,)), ToolMessage(call_id=call_id, name="add", text="4"))
        return ModelRequest(messages=said)

    model = replaying((site(), called("one"), "four"))
    elsewhere = site().model_copy(update={"parameters": "q", "purpose": "test"})
    assert (await model.request(elsewhere, called("two"))).message.text == "four"


async def test_the_other_roles_replies_are_never_handed_out():
    model = replaying((site(role="optimizer"), ask("2?"), "the optimizer's"))
    with pytest.raises(ReplayError, match="it holds none for this role, so record again"):
        await model.request(site(), ask("2?"))


async def test_a_request_without_a_counterpart_shows_its_difference_to_the_nearest():
    model = replaying(
        (site("other"), ask("What is 2 + 3?", "Be exact."), "five"),
        (site("sum"), ask("What is 2 + 2?", "Something else entirely."), "four"),
        (site("sum", turn=1), ask("What is 2 + 2?", "Really?"), "four"),
    )
    await model.request(site("other"), ask("What is 2 + 3?", "Be exact."))
    with pytest.raises(ReplayError) as caught:
        await model.request(site("sum", turn=1), ask("What is 2 + 2?", "Really now?"))
    said = str(caught.value)
    assert "this request of the agent's turn 1 (task 'sum', repeat 0, train" in said
    assert "1 of 3 recorded replies of the agent were replayed" in said
    assert "The nearest recorded request is that of the agent's turn 1 (task 'sum'" in said
    assert "\n-Really?\n+Really now?\n" in said
    assert "`toolwright record --from`" in said


async def test_the_difference_shows_a_change_far_into_a_long_line_and_stays_short():
    long = "word " * 5000
    model = replaying((site(), ask(long + "old end"), "x"))
    with pytest.raises(ReplayError) as caught:
        await model.request(site(), ask(long + "new end"))
    assert "-old end" in str(caught.value).replace("word ", "")
    with pytest.raises(ReplayError, match=r"… and \d+ more lines") as caught:
        await model.request(site(), ask("\n".join(map(str, range(500)))))
    assert len(str(caught.value).splitlines()) < 50


async def test_settings_and_tools_are_part_of_the_difference():
    model = replaying((site(), ask("2?"), "x"))
    with pytest.raises(ReplayError, match=r"\+\[setting\] temperature = 0"):
        await model.request(site(), ModelRequest(messages=ask("2?").messages, settings={"temperature": 0}))


async def test_a_request_made_too_often_or_for_another_task_says_so():
    model = replaying((site(), ask("2?"), "once"))
    await model.request(site(), ask("2?"))
    with pytest.raises(ReplayError, match="asked more often now than it was recorded"):
        await model.request(site(), ask("2?"))
    with pytest.raises(ReplayError, match="the same request, but of another task or repeat"):
        await model.request(site("new"), ask("2?"))


async def test_with_a_fallback_only_what_is_missing_is_asked():
    live = Live()
    model = replaying((site(), ask("2?"), "kept"), (site(), ask("never"), "left"), fallback=live)
    replies = [(await model.request(site(), ask(text))).message.text for text in ("2?", "3?", "2?")]
    assert replies == ["kept", "live", "live"]
    assert live.requests == [ask("3?"), ask("2?")]
    assert (model.hits, model.asked) == (1, 2)
    assert [entry.reply.message.text for entry in model.unused()] == ["left"]
