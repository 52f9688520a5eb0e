r"""Reading ReAct's text protocol as models really write it: bold marks, code fences, calls in one line, Python dicts.

Example:
    >>> read_react("Thought: sum\nAction: add\nAction Input: {'a': 1}").action
    'add'
"""

import ast
import json
import re
import warnings
from typing import Final, cast

from toolwright.base import Frozen

_MARK: Final = r"^[ \t>*_#`-]*"
_NUMBER: Final = r"(?:[ \t]*\d+)?"
_END: Final = r"[ \t*_`]*:[ \t*_`]*"
_FLAGS: Final = re.IGNORECASE | re.MULTILINE
_ACTION: Final = re.compile(_MARK + rf"Action{_NUMBER}(?![ \t]*Input)" + _END + r"(?P<rest>[^\n]*)", _FLAGS)
_BELOW: Final = re.compile(r"\s*\n(?P<rest>[^\n]+)")
_INPUT: Final = re.compile(rf"\bAction[ \t]*Input{_NUMBER}[ \t*_`]*:[ \t*_]*", _FLAGS)
_FINAL: Final = re.compile(r"FINAL[ \t]+ANSWER[ \t*_`]*(?::|$)", _FLAGS)
_FINAL_LINE: Final = re.compile(_MARK + r"FINAL[ \t]+ANSWER[ \t*_`]*:", _FLAGS)
_NEXT: Final = re.compile(_MARK + rf"(?:Observation|Thought|Action|FINAL[ \t]+ANSWER){_NUMBER}" + _END, _FLAGS)
_FENCE: Final = re.compile(r"\A\s*```[a-zA-Z]*\n?(.*?)```", re.DOTALL)
_CALL: Final = re.compile(r"\A(?P<name>[A-Za-z_]\w*)[ \t]*(?:\((?P<inside>.*)\)|\[(?P<square>.*)\])[ \t]*\Z", re.DOTALL)
_NOTHING: Final = {"", "none", "n/a", "no action", "finish", "final answer"}
_NAMES: Final = ("action", "name", "tool")
_INPUTS: Final = ("action_input", "arguments", "input", "parameters", "args")
_ONE_WORD: Final = re.compile(r"[\w.-]+")
_JSON: Final = json.JSONDecoder(strict=False)
"""Takes line ends inside strings, as models leave them in code."""


class ReactStep(Frozen):
    """What one reply says.

    Attributes:
        text: The reply up to what it made up after its first action (its own Observation, say).
        action: The action's name, "" where there is none.
        arguments: The action's input: JSON text of an object where one could be read, else the text as it stands.
        raw: The input as it was written, out of its code fence.
        final: Whether the reply gives a final answer before any action.
    """

    text: str
    action: str = ""
    arguments: str = ""
    raw: str = ""
    final: bool = False


def read_react(text: str) -> ReactStep:
    """Reads one reply; whichever comes first, an action or a final answer on a line of its own, counts."""
    alone = _alone(text)
    if alone is not None:
        return alone
    for match in _ACTION.finditer(text):
        step = _blob(text, match.start("rest")) or _labelled(text, match)
        if step is not None:
            return ReactStep(text=text, final=True) if _FINAL_LINE.search(text, 0, match.start()) else step
    return ReactStep(text=text, final=_FINAL.search(text) is not None)


def _labelled(text: str, action: "re.Match[str]") -> ReactStep | None:
    """Action: name, on its line or the next, then Action Input, on the same line or below; None where no name is."""
    rest, end = action["rest"], action.end()
    below = _BELOW.match(text, end)
    if not rest.strip() and below and not _NEXT.match(below["rest"]):
        rest, end = below["rest"], below.end()
    following = _NEXT.search(text, end)
    given = _INPUT.search(text, action.start("rest"), following.start() if following else len(text))
    name, inline = _split_call(_plain(_INPUT.split(rest, maxsplit=1)[0]))
    start = given.end() if given else end
    stop = _end_of_input(text, start)
    beside = text[start:stop]
    raw = beside if given or (not inline and _is_block(beside)) else inline
    return None if name.lower() in _NOTHING else _step(text[:stop], name, raw)


def _alone(text: str) -> ReactStep | None:
    """A reply that is one JSON object and nothing else, naming an action and its input; None where it is not."""
    blob = _object(text, 0)
    if blob is None or text[_end_of_input(text, 0) :].strip() or not any(key in blob for key in _INPUTS):
        return None
    step = _blob(text, 0)
    named = step is not None and _ONE_WORD.fullmatch(step.action) and step.action.lower() not in _NOTHING
    return step if named else None


def _blob(text: str, start: int) -> ReactStep | None:
    """The form {"action": name, "action_input": …}, fenced or not; None where it is not used."""
    blob = _object(text, start)
    if blob is None:
        return None
    name = next((blob[key] for key in _NAMES if key in blob), None)
    given = next((blob[key] for key in _INPUTS if key in blob), "")
    raw = given if isinstance(given, str) else _dumped(given) or ""
    return _step(text[: _end_of_input(text, start)], name, raw) if isinstance(name, str) else None


def _object(text: str, start: int) -> "dict[str, object] | None":
    """The JSON object or Python dict that begins there, fenced or not; None where none does."""
    block = text[start : _end_of_input(text, start)]
    value = _literal(_bare(block)) if _is_block(block) else None
    return cast("dict[str, object]", value) if isinstance(value, dict) else None


def _step(text: str, name: str, raw: str) -> ReactStep:
    bare = _bare(raw)
    return ReactStep(text=text.rstrip(), action=name, arguments=_arguments(bare), raw=bare)


def _end_of_input(text: str, start: int) -> int:
    """Where the input ends: after its code fence or its JSON object, else before the next label."""
    fence = _FENCE.match(text[start:])
    if fence:
        return start + fence.end()
    blank = len(text[start:]) - len(text[start:].lstrip())
    if text.startswith("{", start + blank):
        try:
            return _JSON.raw_decode(text, start + blank)[1]
        except (ValueError, RecursionError):
            pass
    following = _NEXT.search(text, start)
    return following.start() if following else len(text)


def _is_block(text: str) -> bool:
    return text.lstrip().startswith(("{", "```"))


def _plain(rest: str) -> str:
    return rest.strip().strip("`*_\"' \t").rstrip(".,;")


def _split_call(rest: str) -> tuple[str, str]:
    """A name, and what stands in brackets after it where the reply writes `name(…)` or `name[…]`."""
    call = _CALL.match(rest)
    return (call["name"], call["inside"] or call["square"] or "") if call else (rest, "")


def _bare(raw: str) -> str:
    fence = _FENCE.match(raw)
    return fence[1].strip("\n").rstrip() if fence else raw.strip().strip("`").strip()


def _arguments(text: str) -> str:
    """The input as JSON text of an object where it is one, or can be read as a Python dict or keyword arguments."""
    for attempt in (text, f"dict({text})"):  # nothing at all is `dict()`
        value = _literal(attempt)
        if isinstance(value, dict):
            return _dumped(value) or text  # pyright: ignore[reportUnknownArgumentType] - any dict
    return text


def _dumped(value: object) -> str | None:
    try:
        return json.dumps(value)
    except (TypeError, ValueError, RecursionError):  # a set, an integer past Python's digits, a nest
        return None


def _literal(text: str) -> object:
    try:
        return cast("object", _JSON.decode(text))
    except (ValueError, RecursionError):
        pass
    try:
        with warnings.catch_warnings(action="ignore"):  # what a model escapes wrongly is no news to the user
            tree = ast.parse(text, mode="eval").body
        if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == "dict" and not tree.args:
            return {word.arg: ast.literal_eval(word.value) for word in tree.keywords if word.arg}
        return ast.literal_eval(tree)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
