"""run_code: a tool beside the actions, with which the optimizer tries a hypothesis on all training tasks."""

from typing import Final

from toolwright.messages import ToolCall, ToolSpec
from toolwright.optimizer.interpreter import lost
from toolwright.rendering import render, shorten
from toolwright.trajectories import Outcome

RUN_CODE: Final = "run_code"

CODE_CALLS: Final = 8
"""Calls a step."""

OUTPUT_CHARACTERS: Final = 4_000
"""What the model reads of one call."""

NONE_LEFT: Final = f"the {CODE_CALLS} calls of run_code in this round are used up; call an action now, or terminate"

_ROW: Final = (
    "Each is a dict: id, question, context, choices, files (names; they lie in the working folder), {target}rollouts. "
    "Each rollout is a dict: repeat, score, {reason}answer, end, error, messages (dicts of role, text and, where the "
    "assistant calls, calls), calls (dicts of name, arguments, status and result or error); messages and calls are "
    "None where there was no room."
)


def code_spec(*, show_targets: bool) -> ToolSpec:
    """The tool as the optimizer's model is offered it."""
    row = _ROW.format(target="target, " if show_targets else "", reason="reason, " if show_targets else "")
    return ToolSpec(
        name=RUN_CODE,
        description=(
            "Run Python on the training tasks; returns what it prints and the value of its last expression. Variables "
            f"stay between calls of one round. `tasks` is the list of all training tasks. {row} The assistant's "
            "functions, as they are now, can be called by their names. It may import what functions may. No action: "
            "nothing defined here reaches the assistant."
        ),
        parameters={
            "type": "object",
            "properties": {
                "code": {"type": "string", "description": "Python code. Print little: counts, and what misses."}
            },
            "required": ["code"],
            "additionalProperties": False,
        },
    )


def code_of(call: ToolCall) -> str:
    """The code of a call; ValueError, with a message for the model, where there is none."""
    code = call.parsed().get("code")
    if not isinstance(code, str):
        raise ValueError("code: a text with Python code is missing")  # noqa: TRY004 - one error for all a model may write wrong
    return code


def told(outcome: Outcome, left: int) -> str:
    """What the model reads of a call, and how many are left."""
    shown = render(outcome, OUTPUT_CHARACTERS)
    if not outcome.ok and outcome.stdout:
        shown = f"Printed:\n{shorten(outcome.stdout, OUTPUT_CHARACTERS // 2)}\n{shown}"
    again = "; `tasks` and the functions are there again" if lost(outcome) else ""
    return f"{shorten(shown, OUTPUT_CHARACTERS)}{again}\nCalls of run_code left in this round: {left}."
