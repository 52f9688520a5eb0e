"""Makes rollouts of one task over a scripted model and the real sandbox."""

from collections.abc import Sequence

from support import MemoryJournal, ScriptedModel, having
from toolwright.agents.rollout import RecordingRollout, RolloutLimits
from toolwright.agents.tools import Tool
from toolwright.functions import Function
from toolwright.protocols import Agent, CallSite, Journal, Sandbox
from toolwright.tasks import Task
from toolwright.trajectories import Trajectory

TASK = Task(id="t", question="What is 2 + 3?", target="5", metadata={"answer": "5"})
SITE = CallSite(role="agent", purpose="train", parameters="p", task="t")


def rollout(
    model: ScriptedModel,
    sandbox: Sandbox,
    *functions: Function,
    tools: Sequence[Tool] = (),
    limits: RolloutLimits | None = None,
    journal: Journal | None = None,
) -> RecordingRollout:
    return RecordingRollout(
        TASK,
        SITE,
        having(*functions).functions,
        model=model,
        sandbox=sandbox,
        journal=journal or MemoryJournal(),
        tools=tools,
        limits=limits,
    )


async def roll(agent: Agent, one: RecordingRollout) -> Trajectory:
    """Runs an agent to its answer."""
    async with one:
        return one.trajectory(await agent.run(one.task, one), "answer")
