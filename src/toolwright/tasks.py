"""Tasks with targets a scorer can check, and task sets that split without overlap.

Example:
    >>> tasks = TaskSet(name="sums", tasks=tuple(Task(id=str(n), question=f"{n}+1?", target=n + 1) for n in range(9)))
    >>> train, test = tasks.split(6, 3, seed=7)
    >>> len(train), len(test)
    (6, 3)
"""

import random
from functools import cached_property
from typing import Self

from pydantic import Field, JsonValue, model_validator

from toolwright.base import Frozen, digest_of, digest_of_model
from toolwright.errors import DataError


class TaskFile(Frozen):
    """A file that belongs to a task. `path` is where it lies here; only `name` is ever told to a model."""

    name: str
    path: str
    sha256: str


class Task(Frozen):
    """A question with a target.

    Attributes:
        id: Unique in its task set.
        question: What is asked.
        target: What a scorer compares the answer with; no agent ever sees it.
        context: A passage or table the question is about.
        choices: The options of a multiple-choice question, in order.
        files: Files the agent's functions may read.
        metadata: Anything a scorer or a report needs; no agent ever sees it.
    """

    id: str = Field(min_length=1)
    question: str = Field(min_length=1)
    target: JsonValue = None
    context: str = ""
    choices: tuple[str, ...] = ()
    files: tuple[TaskFile, ...] = ()
    metadata: dict[str, JsonValue] = Field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """Identifies the task by content; where its files lie does not count."""
        files = tuple(file.model_copy(update={"path": ""}) for file in self.files)
        return digest_of_model(self.model_copy(update={"files": files}))

    @cached_property
    def content_digest(self) -> str:
        """Identifies what is asked, whatever the task is called: two with the same one are the same to an agent.

        Id, target, metadata, names of files, white space and the order of choices and files do not count.
        """
        return digest_of(
            {
                "question": _collapsed(self.question),
                "context": _collapsed(self.context),
                "choices": [*sorted(map(_collapsed, self.choices))],
                "files": [*sorted(file.sha256 for file in self.files)],
            }
        )

    @property
    def text(self) -> str:
        """The task as an agent reads it: context, question, choices and the names of its files."""
        parts = [self.context, self.question]
        if self.choices:
            parts.append("Choices:\n" + "\n".join(f"- {choice}" for choice in self.choices))
        if self.files:
            parts.append("Files: " + ", ".join(file.name for file in self.files))
        return "\n\n".join(part for part in parts if part)


def _collapsed(text: str) -> str:
    """A text with every run of white space as one space, none at its ends."""
    return " ".join(text.split())


class TaskSet(Frozen):
    """An ordered set of tasks with unique ids, never empty."""

    name: str
    tasks: tuple[Task, ...]

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if not self.tasks:
            raise DataError(f"task set {self.name!r} is empty; give it at least one task")
        seen: set[str] = set()
        for task in self.tasks:
            if task.id in seen:
                raise DataError(f"task set {self.name!r}: two tasks have the id {task.id!r}; ids must be unique")
            seen.add(task.id)
        return self

    @cached_property
    def digest(self) -> str:
        """Identifies the set by its tasks, in order."""
        return digest_of_model(TaskDigests(digests=tuple(task.digest for task in self.tasks)))

    def __len__(self) -> int:
        return len(self.tasks)

    def split(self, *sizes: int, seed: int = 0) -> tuple["TaskSet", ...]:
        """Disjoint task sets of the given sizes, drawn without replacement by a seeded shuffle.

        Raises:
            DataError: A size is below 1, the sizes exceed the set, or the seed is negative.
        """
        if seed < 0:
            raise DataError(f"task set {self.name!r}: seed {seed} would draw as {-seed} does; give 0 or more")
        if any(size < 1 for size in sizes) or sum(sizes) > len(self):
            raise DataError(
                f"task set {self.name!r} has {len(self)} tasks and cannot be split into {', '.join(map(str, sizes))}"
            )
        order = random.Random(seed).sample(range(len(self)), sum(sizes))  # noqa: S311 - a split, not a secret
        starts = [sum(sizes[:n]) for n in range(len(sizes))]
        return tuple(
            TaskSet(
                name=f"{self.name}[{start}:{start + size}, seed {seed}]",
                tasks=tuple(self.tasks[index] for index in sorted(order[start : start + size])),
            )
            for start, size in zip(starts, sizes, strict=True)
        )


class TaskDigests(Frozen):
    """The digests of a set's tasks."""

    digests: tuple[str, ...]


def check_disjoint(**sets: TaskSet | None) -> None:
    """Checks that no two named task sets share a task, by id or by text.

    Raises:
        DataError: Two sets overlap; the message names both and a shared task.
    """
    owners: dict[tuple[str, str], tuple[str, str]] = {}
    for name, tasks in sets.items():
        for task in tasks.tasks if tasks is not None else ():
            for key in (("id", task.id), ("text", task.text)):
                owner, other = owners.setdefault(key, (name, task.id))
                if owner != name:
                    raise DataError(
                        f"{owner} and {name} overlap: task {task.id!r} of {name} has the same {key[0]} as task "
                        f"{other!r} of {owner}; give each set tasks of its own"
                    )
