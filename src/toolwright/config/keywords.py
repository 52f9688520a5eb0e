"""A configuration's options as keyword arguments, for type checkers."""

from typing import Literal, TypedDict


class TrainingOptions(TypedDict, total=False):
    """The keys of a configuration's table [training] as keyword arguments; `config.schema.Training` says what each is.

    `gate` is not among them: an argument of its own takes an object, too.
    """

    epochs: int
    patience: int
    repeats: int
    at_once: int
    ties: Literal["reject", "accept"]
    level: float
    level_per_run: float | None
    max_repeats: int
    objective: Literal["score", "score_then_cost"]
    margin: float
    cost: Literal["tokens", "requests", "seconds"]
    saving: float
    race: bool
    proposals: int
    screen: int
    batch: int
    history: Literal["batch", "running"]
    seed: int
