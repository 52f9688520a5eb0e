r"""Reading ReAct's text protocol as models really write it: bold marks, code fences, calls in one line, Python dicts.

Example:
    >>> read_react("Thought: sum\nAction: add\nAction Input: {'a': 1}").action
    'add'
"""

import ast
import json
import re
from typing import Final

from toolwright.base import Frozen

_MARK: Final = r"^[ \t>*_#`-]*"
_END: Final = r"[ \t*_`]*:[ \t*_`]*"
_ACTION: Final = re.compile(_MARK + r"Action(?![ \t]*Input)" + _END + r"(?P<rest>[^\n]*)", re.IGNORECASE | re.MULTILINE)
_INPUT: Final = re.compile(_MARK + r"Action[ \t]*Input[ \t*_`]*:[ \t*_]*", re.IGNORECASE | re.MULTILINE)
_FINAL: Final = re.compile(r"FINAL[ \t]+ANSWER[ \t*_`]*:", re.IGNORECASE)
_NEXT: Final = re.compile(
    _MARK + r"(?:Observation|Thought|Action|FINAL[ \t]+ANSWER)" + _END, re.IGNORECASE | re.MULTILINE
)
_FENCE: Final = re.compile(r"\A\s*```[a-zA-Z]*\n?(.*?)```", re.DOTALL)
_CALL: Final = re.compile(r"\A(?P<name>[A-Za-z_]\w*)[ \t]*\((?P<inside>.*)\)[ \t]*\Z", re.DOTALL)
_NOTHING: Final = {"", "none", "n/a", "no action", "finish", "final answer"}


class ReactStep(Frozen):
    """What one reply says.

    Attributes:
        text: The reply up to what it made up after its first action (its own Observation, say).
        action: The action's name, "" where there is none.
        arguments: The action's input: JSON text of an object where one could be read, else the text as it stands.
        final: Whether the reply gives a final answer before any action.
    """

    text: str
    action: str = ""
    arguments: str = ""
    final: bool = False


def read_react(text: str) -> ReactStep:
    """Reads one reply; whichever comes first, an action or a final answer, counts."""
    action = next((m for m in _ACTION.finditer(text) if _plain(m["rest"]).lower() not in _NOTHING), None)
    final = _FINAL.search(text)
    if action is None or (final is not None and final.start() < action.start()):
        return ReactStep(text=text, final=final is not None)
    return _with_action(text, action)


def _with_action(text: str, action: "re.Match[str]") -> ReactStep:
    given = _INPUT.search(text, action.end())
    start = given.end() if given else action.end()
    stop = _end_of_input(text, start)
    name, inline = _split_call(_plain(action["rest"]))
    raw = text[start:stop] if given else inline
    return ReactStep(text=text[:stop].rstrip(), action=name, arguments=_arguments(raw))


def _end_of_input(text: str, start: int) -> int:
    """Where the input ends: after its code fence or its JSON object, else before the next label."""
    fence = _FENCE.match(text[start:])
    if fence:
        return start + fence.end()
    blank = len(text[start:]) - len(text[start:].lstrip())
    try:
        _, length = json.JSONDecoder().raw_decode(text[start + blank :])
        return start + blank + length
    except (ValueError, RecursionError):
        following = _NEXT.search(text, start)
        return following.start() if following else len(text)


def _plain(rest: str) -> str:
    return rest.strip().strip("`*_\"' \t").rstrip(".")


def _split_call(rest: str) -> tuple[str, str]:
    """A name, and what stands in brackets after it where the reply writes `name(…)`."""
    call = _CALL.match(rest)
    return (call["name"], call["inside"]) if call else (rest, "")


def _arguments(raw: str) -> str:
    """The input as JSON text of an object where it is one, or can be read as a Python dict or keyword arguments."""
    fence = _FENCE.match(raw)
    text = (fence[1] if fence else raw).strip().strip("`").strip()
    if not text:
        return "{}"
    for attempt in (text, f"dict({text})"):
        value = _literal(attempt)
        if isinstance(value, dict):
            return json.dumps(value)
    return text


def _literal(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        tree = ast.parse(text, mode="eval").body
        if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == "dict" and not tree.args:
            return {word.arg: ast.literal_eval(word.value) for word in tree.keywords if word.arg}
        return ast.literal_eval(tree)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
