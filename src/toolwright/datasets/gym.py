"""reasoning-gym: tasks made by a generator, by name, size and seed; `scoring.GymScorer` judges them."""

import ast
import difflib
import json
from importlib import import_module
from typing import Any, cast

from pydantic import Field, JsonValue

from toolwright.base import Frozen
from toolwright.errors import ConfigError, DataError
from toolwright.tasks import Task, TaskSet


class GymReader(Frozen):
    """Generates tasks with the reasoning-gym library (extra `reasoning-gym`).

    Attributes:
        generator: The generator's name, "countdown" say.
        size: How many tasks.
        seed: The same seed gives the same tasks, with the same version of the library.
        options: The generator's own options (ranges, difficulty), by their names in the library.
    """

    generator: str
    size: int = Field(ge=1)
    seed: int = Field(default=0, ge=0)
    options: dict[str, JsonValue] = Field(default_factory=dict)

    def read(self) -> TaskSet:
        """The tasks, called `<generator>/<seed>/<index>`.

        Raises:
            ConfigError: The library is missing, or the generator or an option is unknown.
            DataError: The generator made something that is no task.
        """
        dataset = self._dataset()
        tasks = tuple(self._task(index, dataset[index]) for index in range(self.size))
        return TaskSet(name=f"{self.generator}[{self.size}, seed {self.seed}]", tasks=tasks)

    def _dataset(self) -> Any:  # noqa: ANN401 - the library is untyped
        names = _generators()
        if self.generator not in names:
            near = difflib.get_close_matches(self.generator, names, n=3, cutoff=0.5)
            hint = f"did you mean {', '.join(near)}?" if near else f"there are {', '.join(names)}"
            raise ConfigError(f"reasoning-gym has no generator {self.generator!r}; {hint}")
        try:
            return _library().create_dataset(self.generator, size=self.size, seed=self.seed, **self.options)
        except Exception as error:
            raise ConfigError(f"generator {self.generator!r} refuses its options {self.options}: {error}") from error

    def _task(self, index: int, entry: dict[str, Any]) -> Task:
        """The entry is kept as a Python literal: some scorers tell a tuple from a list, which JSON does not."""
        identity, literal = f"{self.generator}/{self.seed}/{index}", repr(_plain(entry))
        if not _is_literal(literal):
            raise DataError(f"task {identity!r}: the generator's entry holds what is no plain value")
        return Task(
            id=identity,
            question=str(entry["question"]),
            target=json.loads(json.dumps(_plain(entry["answer"]))),
            metadata={"generator": self.generator, "options": self.options, "entry": literal},
        )


def _library() -> Any:  # noqa: ANN401 - the library is untyped
    try:
        return import_module("reasoning_gym")
    except ImportError:
        raise ConfigError("reasoning-gym is not installed: pip install 'toolwright[reasoning-gym]'") from None


def _generators() -> list[str]:
    """All but `composite`, which mixes others and is nothing a scorer could tell apart."""
    return sorted(set(_library().factory.DATASETS) - {"composite"})


def _plain(value: object) -> Any:  # noqa: ANN401 - any literal
    """The value with the likes of numpy's strings and numbers made into Python's own."""
    if isinstance(value, dict):
        return {_plain(key): _plain(item) for key, item in cast("dict[object, object]", value).items()}
    if isinstance(value, list | tuple | set):
        kind = cast("type[list[Any]]", type(value))  # pyright: ignore[reportUnknownArgumentType] - items are untyped
        return kind(map(_plain, cast("list[object]", value)))
    for kind in (str, bool, int, float):
        if isinstance(value, kind):
            return kind(value)
    return value


def _is_literal(text: str) -> bool:
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return False
    return True
