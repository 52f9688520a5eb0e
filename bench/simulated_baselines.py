"""What the simulated models say in an experiment: two kinds of tasks, ReAct, a learner of half a truth, the baselines.

Beside the seal of a word there is its crest. What is learned or written solves words of one half of the alphabet: so
what each method must score follows from the words alone.

    learned functions, CREATOR, CRAFT     words from a to m ("early")
    the interpreter without functions     words from n to z
    few solved tasks shown                words of an even number of letters
    the model "small"                     reads the first five letters of a word, and is right where there are no more

Example:
    >>> reply_to({"model": "agent", "messages": [{"role": "user", "content": "What is the crest of the word abc?"}]})
    {'role': 'assistant', 'content': 'I cannot know that. \\boxed{unknown}'}
"""

import hashlib
import json
import re
from collections.abc import Callable
from typing import Final

from simulated import WHOLE, Body, action, call, end, first_user, offered, say

PARTS: Final = {"seal": (0, 12), "crest": (12, 24)}
"""Which part of a word's digest each kind of task asks for."""

LAST_EARLY: Final = "m"
LETTERS: Final = 5
"""How much of a word the model "small" reads."""

_ASKED: Final = re.compile(r"^What is the (seal|crest) of the word (\w+)\?", re.MULTILINE)
_LISTED: Final = re.compile(r"^(\w+): .*\nArguments \(JSON schema\):", re.MULTILINE)
_RETURNED: Final = re.compile(r'(?:Observation: )?(?:Printed:\n(\w+)\n[\s\S]*|"(\w+)")')
_SPOILED: Final = "[::-1]"


def asked(kind: str, word: str) -> str:
    """A task's question."""
    return f"What is the {kind} of the word {word}? Nobody can guess it."


def truth(kind: str, word: str) -> str:
    """Its answer."""
    first, past = PARTS[kind]
    return hashlib.sha256(word.encode()).hexdigest()[first:past]


def reply_to(body: Body) -> Body:
    """The reply of either role: an optimizer is who is offered actions, whatever the model is called."""
    return _learner(body) if offered(body).keys() & {"add_function", WHOLE} else _agent(body)


def _learner(body: Body) -> Body:
    """First a function for the early words, then a wrong one in its place; sends again what was refused once."""
    prompt, last = str(first_user(body)["content"]), body["messages"][-1]
    functions, _, rest = prompt.partition("# What functions may import")
    rejected = rest.partition("# Sets that were tried")[2].partition("# The conversations")[0]
    kind = _kind(body)
    admitted = last["role"] == "tool" and str(last["content"]).startswith("Admitted")
    if admitted or _SPOILED in functions or _SPOILED in rejected:
        return end(body)
    if f"def {kind}(" in functions:
        return action(body, "revise_function", f"def {kind}(word: str) -> str:\n    return word{_SPOILED}\n", kind)
    return action(body, "add_function", tool(kind, kind), kind)


def tool(kind: str, name: str) -> str:
    """A function that is right for the early words."""
    first, past = PARTS[kind]
    return (
        f"import hashlib\n\n\ndef {name}(word: str) -> str:\n"
        f'    """The {kind} of a word, worked out of its letters."""\n'
        f"    if word[0] > {LAST_EARLY!r}:\n        return 'unknown'\n"
        f"    return hashlib.sha256(word.encode()).hexdigest()[{first}:{past}]\n"
    )


def _agent(body: Body) -> Body:
    said = str(body["messages"][-1]["content"])
    told = str(body["messages"][0]["content"])
    stage = next((reply for sign, reply in _STAGES.items() if sign in said or told.startswith(sign)), None)
    return say(stage(body)) if stage else _answering(body)


def _answering(body: Body) -> Body:
    """The cell's own agent: by a function, by code, from the tasks it was shown, or not at all."""
    kind, word = _task(body)
    system = str(body["messages"][0]["content"])
    tools = {*offered(body), *_LISTED.findall(system)}
    returned = _RETURNED.fullmatch(str(body["messages"][-1]["content"]).strip())
    if returned:
        return say(_boxed(returned[1] or returned[2]))
    if "solved tasks of the same kind" in str(first_user(body)["content"]):
        return say(_boxed(truth(kind, word) if len(word) % 2 == 0 else "unknown"))
    if kind in tools:
        return _call(body, kind, {"word": word})
    if "python" in tools:
        return _call(body, "python", {"code": _code(kind, word, knows=word[0] > LAST_EARLY)})
    return say("I cannot know that. \\boxed{unknown}")


def _call(body: Body, name: str, arguments: Body) -> Body:
    """A call, as text where the request has no tools of its own."""
    if offered(body):
        return call(body, name, arguments)
    return say(f"Thought: I look it up.\nAction: {name}\nAction Input: {json.dumps(arguments)}")


def _code(kind: str, word: str, *, knows: bool) -> str:
    first, past = PARTS[kind]
    digest = f"hashlib.sha256({word!r}.encode()).hexdigest()[{first}:{past}]"
    return f"import hashlib\n\nprint({digest})\n" if knows else "print('unknown')\n"


def _task(body: Body) -> tuple[str, str]:
    """What a conversation is about: of several questions the last one, which the others lead to."""
    kind, word = _ASKED.findall(str(first_user(body)["content"]))[-1]
    return kind, word[:LETTERS] if body["model"] == "small" else word


def _kind(body: Body) -> str:
    return _task(body)[0]


def _boxed(answer: str) -> str:
    return f"That is it: \\boxed{{{answer}}}"


def _fenced(code: str) -> str:
    return f"Like this:\n```python\n{code}```"


def _read(body: Body) -> str:
    found = re.search(r"Printed:\n(\w+)", str(body["messages"][-1]["content"]))
    return _boxed(found[1] if found else "unknown")


def _used(body: Body, name: str) -> str:
    """Code that calls a tool that is there."""
    kind, word = _task(body)
    return f"print({name.format(kind)}({word!r}))\n"


def _written(body: Body) -> str:
    """Code for the one task, right for the early words."""
    kind, word = _task(body)
    return _fenced(_code(kind, word, knows=word[0] <= LAST_EARLY))


def _decided(body: Body) -> str:
    """CREATOR's call, which for words of an odd number of letters names a function that is not there."""
    return _fenced(_used(body, "find_{}" if len(_task(body)[1]) % 2 == 0 else "find_the_{}"))


def _whole(body: Body, name: str) -> str:
    """A tool with its call."""
    return _fenced(f"{tool(_kind(body), name.format(_kind(body)))}\n\n{_used(body, name)}")


_STAGES: Final[dict[str, Callable[[Body], str]]] = {
    "First make a tool": lambda body: _fenced(tool(_kind(body), f"find_{_kind(body)}")),
    "Now decide how to use it": _decided,
    "The code did not work": lambda body: _whole(body, "find_{}"),
    "You solve a task by writing Python code": _written,
    "There is no function that fits": _written,
    "You turn code that solves one task": lambda body: _whole(body, "{}_of_word"),
    "Suppose there were a library": lambda body: (
        f"Names: {_kind(body)}_of_word\nDocstring: The {_kind(body)} of a word."
    ),
    "These functions were written": lambda body: _fenced(_used(body, "{}_of_word")),
    "The code has run": _read,
    "There is no code that works": lambda _: _boxed("unknown"),
}
"""What is said at each stage of a baseline, by words of its prompt."""
