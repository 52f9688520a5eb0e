"""write_functions: the one tool of a one-shot step, with which the whole function set is written anew.

Source: paper, section 4.3 (without progressive update).
"""

from typing import Final

from pydantic import JsonValue

from toolwright.messages import AssistantMessage, ToolCall, ToolSpec
from toolwright.optimizer.actions import ACTIONS

_NAME: Final = "write_functions"
_ADD: Final = next(action for action in ACTIONS if action.name == "add_function")

WRITE_FUNCTIONS: Final = ToolSpec(
    name=_NAME,
    description="Write the whole set of functions the assistant is to have from now on. One that is not in it is "
    "removed; an empty list leaves the set as it is.",
    parameters={
        "type": "object",
        "properties": {
            "functions": {"type": "array", "description": "Every function of the set.", "items": _ADD.parameters}
        },
        "required": ["functions"],
        "additionalProperties": False,
    },
)
"""The tool as the optimizer's model is offered it; an item of its list has the fields of add_function."""


def functions_of(reply: AssistantMessage) -> list[JsonValue]:
    """What the first call of a reply lists, each as it was written.

    Raises:
        ValueError: The reply holds no such list; the message is meant for the model.
    """
    if not reply.calls:
        raise ValueError(f"That holds no functions. Reply with one call of {_NAME}.")
    call = reply.calls[0]
    if call.name != _NAME:
        raise ValueError(f"there is no tool {call.name!r}; there is {_NAME}")
    given = call.parsed().get("functions")
    if isinstance(given, str):  # JSON that came as a string: models often quote once too much
        given = _quoted(given).parsed().get("functions")
    if not isinstance(given, list):
        raise ValueError("functions: a list of functions is missing")  # noqa: TRY004 - one error for all a model may write wrong
    return given


def _quoted(text: str) -> ToolCall:
    return ToolCall(id="", name=_NAME, arguments=f'{{"functions": {text}}}')
