"""Abstraction and validation: a general function of code that was right, kept where it still is (CRAFT, steps 3, 4).

It is an evaluation on the tasks whose code was right: the agent answers with what the general function's call prints.
"""

from collections.abc import Mapping

from toolwright.base import digest_of
from toolwright.errors import FunctionError
from toolwright.evaluations import Evaluation
from toolwright.experiments.methods.code_replies import code_of
from toolwright.experiments.methods.conversation import Conversation, printed, prompt
from toolwright.experiments.methods.craft.tool import CraftTool, read_tool
from toolwright.messages import AssistantMessage
from toolwright.protocols import Rollout
from toolwright.tasks import Task, TaskSet
from toolwright.trajectories import Trajectory


class Abstracting:
    """Makes a tool of a task's solution, and answers with what its call prints.

    Args:
        solutions: Code that was right, by task id.
    """

    name = "craft_abstraction"

    def __init__(self, solutions: Mapping[str, str]) -> None:
        self._solutions = dict(solutions)

    @property
    def digest(self) -> str:
        """The digest of the solutions."""
        return digest_of([[task, code] for task, code in self._solutions.items()])

    async def run(self, task: Task, rollout: Rollout) -> str | None:
        """Asks for a tool, once more where what came is none, and runs its call."""
        talk = Conversation(rollout, prompt("craft_abstract_system"))
        code = await talk.code(prompt("craft_abstract", task=task.text, solution=self._solutions[task.id]))
        try:
            tool = read_tool(code, task)
        except FunctionError as fault:
            tool = _tool(await talk.code(prompt("craft_again", fault=fault)), task)
        if tool is None:
            return None
        return printed(await rollout.run_code(f"{tool.definition}{tool.call}"))


def tools_of(evaluation: Evaluation, tasks: TaskSet) -> list[CraftTool]:
    """The tools whose call was right, in task order."""
    by_id = {task.id: task for task in tasks.tasks}
    right = [result.trajectory for result in evaluation.results if result.value >= 1]
    found = [_tool(_last_code(trajectory), by_id[trajectory.task_id]) for trajectory in right]
    return [tool for tool in found if tool is not None]


def _tool(code: str, task: Task) -> CraftTool | None:
    try:
        return read_tool(code, task)
    except FunctionError:
        return None


def _last_code(trajectory: Trajectory) -> str:
    """The code of the model's last word, which is what ran."""
    said = [message.text for message in trajectory.messages if isinstance(message, AssistantMessage)]
    return code_of(said[-1]) if said else ""
