"""The sample run's conversations with the optimizer."""

from typing import Final

from toolwright.messages import AssistantMessage, SystemMessage, ToolCall, ToolMessage, Usage, UserMessage
from toolwright.report.documents import OptimizerDocument, Said, StepDocument, StepSummary

_NAMES: Final = ("1-0", "2-0", "3-0", "3-1", "4-0", "5-0", "6-0")
_CAME_TO: Final = ("accepted", "rolled back", "accepted", "not chosen", "no action", "accepted", "pending")
_USED: Final = Usage(requests=1, input_tokens=5200, output_tokens=640, dollars=0.0071)


def optimizer_document() -> OptimizerDocument:
    """Seven steps in six epochs: the third made two proposals, the fourth none."""
    return OptimizerDocument(
        steps=tuple(
            StepSummary(
                name=name,
                epoch=int(name[0]),
                proposal=int(name[2]),
                replies=2,
                actions=int(came_to != "no action"),
                refused=1,
                end="terminated",
                came_to=came_to,
                left_out="4 of 6 solved tasks were left out",
                usage=_USED,
            )
            for name, came_to in zip(_NAMES, _CAME_TO, strict=True)
        )
    )


def step_document(name: str) -> StepDocument:
    """A refused action, a cell of code, an admitted action, and the end.

    Raises:
        KeyError: There is no step of this name.
    """
    if name not in _NAMES:
        raise KeyError(name)
    add = ToolCall(
        id="a1",
        name="add_function",
        arguments='{"name": "solve_linear", "code": "def solve_linear(a):\\n    return a / 2", "reason": "halving"}',
    )
    run = ToolCall(id="a2", name="run_code", arguments='{"code": "print(len(tasks))\\nprint(tasks[0])"}')
    epoch = int(name[0])
    return StepDocument(
        name=name,
        said=(
            Said(message=SystemMessage(text="You improve an agent's functions.")),
            Said(message=UserMessage(text="# History\n\ntask train/0: wrong\ntask train/1: right")),
            Said(message=AssistantMessage(text="I look first.", calls=(run,)), usage=_USED, model="large-model-1"),
            Said(message=ToolMessage(call_id="a2", name="run_code", text="6\n{'id': 'train/0'}")),
            Said(message=AssistantMessage(text="", calls=(add,)), usage=_USED, model="large-model-1"),
            Said(message=ToolMessage(call_id="a1", name="add_function", text="admitted: 2 examples ran")),
            Said(message=AssistantMessage(text="Nothing more to gain."), usage=_USED, model="large-model-1"),
        ),
        events=(
            {"kind": "step_started", "epoch": epoch, "proposal": 0, "parameters": "0" * 32, "history": "4 left out"},
            {"kind": "code_run", "epoch": epoch, "proposal": 0, "status": "ok", "error": ""},
            {
                "kind": "action_refused",
                "epoch": epoch,
                "proposal": 0,
                "action": "add_function",
                "function": "guess_answer",
                "reason": "line 2: `eval` is not allowed",
                "stated": "to guess",
            },
            {
                "kind": "action_admitted",
                "epoch": epoch,
                "proposal": 0,
                "action": "add_function",
                "function": "solve_linear",
                "reason": "halving",
                "notes": [],
            },
            {
                "kind": "step_finished",
                "epoch": epoch,
                "proposal": 0,
                "candidate": "1" * 32,
                "actions": 1,
                "refused": 1,
                "end": "terminated",
            },
        ),
        shortened="the prompt lost 12,000 characters" if epoch == 3 else "",
    )
