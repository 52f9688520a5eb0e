"""Generation: code that solves one train task, kept where the scorer finds right what it prints (CRAFT, step 2).

It is an evaluation on train tasks: the agent that writes the code never sees a target.
"""

from typing import cast

from toolwright.evaluations import Evaluation
from toolwright.experiments.methods.conversation import Conversation, printed, prompt
from toolwright.protocols import Rollout
from toolwright.tasks import Task


class Generating:
    """Writes code for a task and answers with what it prints."""

    name = "craft_generation"

    async def run(self, task: Task, rollout: Rollout) -> str | None:
        """Asks for code and runs it once."""
        code = await Conversation(rollout, prompt("craft_generate")).code(task.text)
        return printed(await rollout.run_code(code)) if code else None


def solutions_of(evaluation: Evaluation) -> dict[str, str]:
    """The code that was right, by task id."""
    return {
        result.trajectory.task_id: cast("str", call.arguments["code"])
        for result in evaluation.results
        if result.value >= 1
        for call in result.trajectory.calls[-1:]
        if call.arguments is not None
    }
