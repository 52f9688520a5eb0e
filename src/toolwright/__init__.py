"""Toolwright trains an LLM agent without touching its LLM: the agent's Python functions are its weights.

Example:
    from toolwright import Trainer, read_tasks

    trainer = Trainer("openai:gpt-5-mini", scorer="numeric")
    result = trainer.fit(read_tasks("train.jsonl"), test=read_tasks("test.jsonl"))
    result.save("learned")
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from toolwright.api import Trainer, read_tasks
    from toolwright.config import Config, load_config
    from toolwright.errors import ToolwrightError
    from toolwright.evaluations import Evaluation, Score
    from toolwright.functions import Function, FunctionSet
    from toolwright.models.ledger import Limits
    from toolwright.models.spec import ModelSpec, Price
    from toolwright.parameters import Parameters
    from toolwright.run import Run
    from toolwright.tasks import Task, TaskSet
    from toolwright.training.result import TrainingResult
    from toolwright.trajectories import Trajectory

_HOMES: Final = {
    "Config": "toolwright.config",
    "Evaluation": "toolwright.evaluations",
    "Function": "toolwright.functions",
    "FunctionSet": "toolwright.functions",
    "Limits": "toolwright.models.ledger",
    "ModelSpec": "toolwright.models.spec",
    "Parameters": "toolwright.parameters",
    "Price": "toolwright.models.spec",
    "Run": "toolwright.run",
    "Score": "toolwright.evaluations",
    "Task": "toolwright.tasks",
    "TaskSet": "toolwright.tasks",
    "ToolwrightError": "toolwright.errors",
    "Trainer": "toolwright.api",
    "TrainingResult": "toolwright.training.result",
    "Trajectory": "toolwright.trajectories",
    "load_config": "toolwright.config",
    "read_tasks": "toolwright.api",
}

__all__ = [
    "Config",
    "Evaluation",
    "Function",
    "FunctionSet",
    "Limits",
    "ModelSpec",
    "Parameters",
    "Price",
    "Run",
    "Score",
    "Task",
    "TaskSet",
    "ToolwrightError",
    "Trainer",
    "TrainingResult",
    "Trajectory",
    "load_config",
    "read_tasks",
]


def __getattr__(name: str) -> object:
    """Imports a public name when it is first used, so that `import toolwright` stays fast."""
    if name not in _HOMES:
        raise AttributeError(f"module 'toolwright' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """The public names, for completion, imported yet or not."""
    return sorted(__all__)
