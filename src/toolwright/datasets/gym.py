"""reasoning-gym: tasks made by a generator, by name, size and seed; `scoring.GymScorer` judges them."""

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
        seed: The same seed gives the same tasks, with the same version of the library. Task n + 1 of a seed is task n
            of the next: sets that must not share tasks need seeds further apart than their sizes, or one draw.
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
        identity = f"{self.generator}/{self.seed}/{index}"
        try:
            kept, answer = json.dumps(_tagged(entry)), json.loads(json.dumps(entry["answer"]))
        except TypeError as error:
            raise DataError(f"task {identity!r}: the generator's entry holds what is no plain value: {error}") from None
        return Task(
            id=identity,
            question=str(entry["question"]),
            target=answer,
            metadata={"generator": self.generator, "options": self.options, "entry": kept},
        )


def _library() -> Any:  # noqa: ANN401 - the library is untyped
    try:
        return import_module("reasoning_gym")
    except ImportError:
        raise ConfigError("reasoning-gym is not installed: pip install 'toolwright[reasoning-gym]'") from None


def _generators() -> list[str]:
    """All but `composite`, which mixes others and is nothing a scorer could tell apart."""
    return sorted(set(_library().factory.DATASETS) - {"composite"})


def _tagged(value: object) -> JsonValue:
    """The entry as JSON, in which some scorers' tuples, sets and keys are named; `scoring/judge_child.py` reads it.

    Numpy's strings and numbers become Python's own.
    """
    if isinstance(value, dict):
        items = cast("dict[object, object]", value).items()
        if all(isinstance(key, str) for key, _ in items):
            return {str(key): _tagged(item) for key, item in items}
        return {"__dict__": [[_tagged(key), _tagged(item)] for key, item in items]}
    if isinstance(value, tuple | set):
        listed = [_tagged(item) for item in cast("tuple[object, ...]", value)]
        return {"__tuple__": listed} if isinstance(value, tuple) else {"__set__": sorted(listed, key=repr)}
    if isinstance(value, list):
        return [_tagged(item) for item in cast("list[object]", value)]
    for kind in (str, bool, int, float):
        if isinstance(value, kind):
            return kind(value)
    if value is None:
        return None
    raise TypeError(repr(value)[:80])
