"""The bundled demo task set: 20 training and 20 test tasks whose answers no amount of thinking replaces.

Example:
    >>> train, test = demo_tasks()
    >>> len(train), len(test)
    (20, 20)
"""

import json
from importlib.resources import files

from toolwright.tasks import Task, TaskSet

__all__ = ["demo_tasks"]


def demo_tasks() -> tuple[TaskSet, TaskSet]:
    """The training and the test tasks, as they ship; the answers are for the `exact` scorer."""
    return _bundled("train"), _bundled("test")


def _bundled(split: str) -> TaskSet:
    lines = files(__name__).joinpath("tasks", f"{split}.jsonl").read_text(encoding="utf-8").splitlines()
    return TaskSet(name=f"demo/{split}", tasks=tuple(Task.model_validate(json.loads(line)) for line in lines))
