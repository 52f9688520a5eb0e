"""What the simulated models say: both roles' replies by rule, a pure function of the conversation.

The agent is asked for the seal of a word, which nobody can know but through a function. The optimizer is a learner,
which first proposes a wrong one, then, once that is in its failure record, the right one and then has nothing left to
do; or it is busy: every request of it is one more action, every action makes a function no other did.

Example:
    >>> agent_reply({"model": "agent", "messages": [{"role": "user", "content": question("abc")}]})["content"]
    'I cannot know that. \\boxed{unknown}'
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

Body = dict[str, Any]
"""A request's or a reply's JSON."""

RIGHT: Final = (
    "import hashlib\n\ndef seal(word: str) -> str:\n    return hashlib.sha256(word.encode()).hexdigest()[:12]\n"
)
WRONG: Final = "def seal(word: str) -> str:\n    return word[::-1]\n"
OPTIMIZERS: Final = ("learner", "busy")
WHOLE: Final = "write_functions"
"""The tool of an optimizer that writes the whole function set at once."""


def question(word: str) -> str:
    """What the simulated agent understands."""
    return f"What is the seal of the word {word}? Seals cannot be guessed."


def seal(word: str) -> str:
    """The answer to `question(word)`: what the right function returns."""
    return hashlib.sha256(word.encode()).hexdigest()[:12]


def word_of(body: Body) -> str:
    """The word an agent's request asks about; "" of the optimizer's."""
    found = re.search(r"^What is the seal of the word (\w+)\?", str(first_user(body)["content"]), re.MULTILINE)
    return found[1] if found and body["model"] != "optimizer" else ""


def agent_reply(body: Body, slip: str = "", *, turns: int = 2) -> Body:
    """Calls `seal` where it is offered, mends a call that was refused, and answers with what it returned.

    Args:
        body: The request.
        slip: "unknown_tool" or "wrong_types": a call that cannot be made.
        turns: Requests a task takes where `seal` is offered, at least 2: calls, each of the result of the one before
            it, and the answer, which is the first one's result.
    """
    word, tools = word_of(body), offered(body)
    if slip == "unknown_tool":
        return call(body, "look_up_seal", {"word": word})
    if "seal" not in tools:
        return say("I cannot know that. \\boxed{unknown}")
    if slip == "wrong_types":
        return call(body, "seal", {"word": 17, "loudly": "yes"})
    results = [found[1] for found in map(_result, body["messages"]) if found]
    if _result(body["messages"][-1]) and len(results) >= turns - 1:
        return say(f"The function says so. \\boxed{{{results[0]}}}")
    return call(body, "seal", {"word": results[-1] if results else word})


def optimizer_reply(body: Body, slip: str = "", *, manner: str = "learner") -> Body:
    """An action of a learner or of a busy optimizer (`OPTIMIZERS`), or a slip."""
    if slip == "unknown_tool":
        return call(body, "rewrite_everything", {"reason": "A slip."})
    if slip == "wrong_types" and WHOLE in offered(body):
        return call(body, WHOLE, {"functions": 17})
    if slip == "wrong_types":
        return call(body, "add_function", {"name": "seal", "code": 17, "examples": "none"})
    return _busy(body) if manner == "busy" else _learner(body)


def _learner(body: Body) -> Body:
    """A wrong function, then the right one; ends a step after an admitted action, and where `seal` is right."""
    prompt, last = str(first_user(body)["content"]), body["messages"][-1]
    if "hashlib.sha256" in prompt or (last["role"] == "tool" and str(last["content"]).startswith("Admitted")):
        return end(body)
    return action(body, "add_function", RIGHT if "epoch 1" in prompt else WRONG)


def end(body: Body) -> Body:
    """Changes nothing: no further action, or, where the whole set is asked for, none written."""
    if WHOLE in offered(body):
        return call(body, WHOLE, {"functions": []})
    return call(body, "terminate", {"reason": "Nothing is left to do."})


def _busy(body: Body) -> Body:
    """The right function, in a version that only this conversation leads to."""
    said = json.dumps([_plain(message) for message in body["messages"]])
    version = hashlib.sha256(said.encode()).hexdigest()[:12]
    kind = "revise_function" if "def seal(" in said else "add_function"
    return action(body, kind, f"{RIGHT}# version {version}\n")


def action(body: Body, kind: str, code: str, name: str = "seal") -> Body:
    """An action in the form the request's tools ask for: ours, or the reference's with its packages and text fields.

    Where the whole set is asked for, it is the set of that function.
    """
    whole = offered(body).get(WHOLE)
    properties = (whole["properties"]["functions"]["items"] if whole else offered(body)[kind])["properties"]
    meanings: Any = {"word": "The word."}
    if properties.get("arguments", {}).get("type") == "string":
        meanings = json.dumps({"word": {"type": "string", "description": "The word."}})
    fields = {
        "name": name,
        "description": f"The {name} of a word.",
        "arguments": meanings,
        "code": code,
        "packages": "",
        "examples": [{"arguments": {"word": "abc"}}],
        "reason": "Seals are asked.",
    }
    given = {name: value for name, value in fields.items() if name in properties}
    return call(body, WHOLE, {"functions": [given]}) if whole else call(body, kind, given)


def completion(body: Body, message: Body, mark: str, finish: str = "") -> Body:
    """A chat completion; tokens are characters/4. `mark` is in its id and its calls' ids."""
    for call in message.get("tool_calls", []):
        call["id"] = f"call_{mark}"
    asked, said = prompt_tokens(body), len(json.dumps(message)) // 4
    why = next((name for name in ("tool_calls", "function_call") if message.get(name)), "stop")
    return {
        "id": f"chatcmpl-{mark}",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": finish or why}],
        "usage": {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said},
    }


def prompt_tokens(body: Body) -> int:
    """Tokens of a request's messages."""
    return len(json.dumps(body["messages"])) // 4


def parent_of(body: Body) -> str:
    """The mark of the reply a request goes on from, "" where it begins a conversation or has no ids."""
    called = [message["tool_calls"] for message in body["messages"] if message.get("tool_calls")]
    return str(called[-1][0]["id"]).removeprefix("call_") if called else ""


def offered(body: Body) -> Mapping[str, Body]:
    """The parameters' schemas by tool; the reference's agents still offer `functions`."""
    tools = [tool["function"] for tool in body.get("tools", [])] + list(body.get("functions", []))
    return {tool["name"]: tool["parameters"] for tool in tools}


def first_user(body: Body) -> Body:
    """A request's first message by a user."""
    messages: Sequence[Body] = body["messages"]
    return next(message for message in messages if message["role"] == "user")


def _plain(message: Body) -> Body:
    """A message without the ids of its calls."""
    calls = [call["function"] for call in message.get("tool_calls") or ()]
    return {"role": message["role"], "content": message.get("content"), "calls": calls}


def _result(message: Body) -> re.Match[str] | None:
    """What a call of `seal` returned; None of any other message."""
    if message["role"] not in ("tool", "function"):
        return None
    return re.fullmatch(r'"?(\w+)"?', str(message["content"]).strip())


def say(text: str) -> Body:
    """A reply in words."""
    return {"role": "assistant", "content": text}


def call(body: Body, name: str, arguments: Body) -> Body:
    """A reply that calls a tool, in the form of the request's tools."""
    function = {"name": name, "arguments": json.dumps(arguments)}
    if body.get("functions"):
        return {"role": "assistant", "content": None, "function_call": function}
    return {"role": "assistant", "content": None, "tool_calls": [{"type": "function", "function": function}]}
