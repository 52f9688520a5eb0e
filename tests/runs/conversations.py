"""Strategies for anything a run may journal."""

from hypothesis import strategies as st

from toolwright.messages import (
    AssistantMessage,
    Message,
    ModelRequest,
    Reply,
    SystemMessage,
    ToolCall,
    ToolMessage,
    ToolSpec,
    Usage,
    UserMessage,
)
from toolwright.protocols import CallSite

# Any text Python can hold: also line separators, and halves of surrogate pairs, as a careless JSON escape leaves them.
texts = st.text(st.characters(), max_size=20) | st.sampled_from(["\ud800", "\ud83d\ude00", "\u2028\r\n", "né", ""])
names = st.sampled_from(["add", "loan", "crc"])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
calls = st.builds(ToolCall, id=texts, name=names, arguments=texts)
assistants = st.builds(
    AssistantMessage, text=texts, calls=st.lists(calls, max_size=2).map(tuple), provider=st.none() | json_values
)
messages: st.SearchStrategy[Message] = st.one_of(
    st.builds(SystemMessage, text=texts),
    st.builds(UserMessage, text=texts),
    assistants,
    st.builds(ToolMessage, call_id=texts, name=names, text=texts),
)
tools = st.builds(ToolSpec, name=names, description=texts, parameters=st.dictionaries(texts, json_values, max_size=3))
requests = st.builds(
    ModelRequest,
    messages=st.lists(messages, max_size=5).map(tuple),
    tools=st.lists(tools, max_size=2).map(tuple),
    settings=st.dictionaries(texts, json_values, max_size=2),
)
counts = st.integers(0, 10**6)
usages = st.builds(
    Usage,
    requests=counts,
    input_tokens=counts,
    output_tokens=counts,
    cached_tokens=counts,
    dollars=st.none() | st.floats(0, 100),
)
replies = st.builds(Reply, message=assistants, usage=usages, finish=texts, model=texts)
sites = st.builds(
    CallSite,
    role=st.sampled_from(["agent", "optimizer"]),
    purpose=texts,
    parameters=texts,
    task=texts,
    repeat=st.integers(0, 3),
    turn=st.integers(0, 9),
)
exchanges = st.lists(st.tuples(sites, requests, replies), max_size=4, unique_by=lambda item: item[0].key)


def neutral(request: ModelRequest) -> ModelRequest:
    """The request as a run keeps it: provider parts are with the replies they came in."""
    return ModelRequest(
        messages=tuple(
            message.model_copy(update={"provider": None}) if isinstance(message, AssistantMessage) else message
            for message in request.messages
        ),
        tools=request.tools,
        settings=request.settings,
    )


def conversation(turns: int, words: str = "word " * 60) -> list[tuple[CallSite, ModelRequest, Reply]]:
    """A rollout of that many turns, each reading everything said before."""
    said: list[Message] = [SystemMessage(text="Be brief. " + words), UserMessage(text="What is it? " + words)]
    made: list[tuple[CallSite, ModelRequest, Reply]] = []
    for turn in range(turns):
        call = ToolCall(id=f"id-{turn}", name="add", arguments=f'{{"a":{turn}}}')
        reply = Reply(message=AssistantMessage(text=f"{turn} {words}", calls=(call,)), usage=Usage(requests=1))
        site = CallSite(role="agent", purpose="train", parameters="p", task="t", turn=turn)
        made.append((site, ModelRequest(messages=tuple(said)), reply))
        said += [reply.message, ToolMessage(call_id=call.id, name="add", text=f"result {turn} {words}")]
    return made
