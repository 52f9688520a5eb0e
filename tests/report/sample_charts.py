"""Small charts of every kind, and the figures they are made of."""

from collections.abc import Callable
from functools import partial
from typing import Any

from toolwright.messages import Usage
from toolwright.report.charts import (
    accuracy_chart,
    comparison_accuracy_chart,
    comparison_cost_chart,
    cost_chart,
    functions_chart,
    loss_chart,
    tokens_chart,
    transfer_chart,
)
from toolwright.report.documents import Chart, EpochFigures, FunctionHistory, TransferCell, Version
from toolwright.report.figures import SplitFigures
from toolwright.training.intervals import Interval

DECIDED = ("accept", "reject", "undecided", "none")


def interval(mean: float, width: float = 0.1) -> Interval:
    return Interval(mean=mean, low=max(0.0, mean - width), high=min(1.0, mean + width))


def epoch(number: int, decision: Any = "accept", train: float | None = 0.5, **fields: Any) -> EpochFigures:
    about: dict[str, Any] = {"epoch": number, "decision": decision if number else "start", "reason": "because"}
    spent = {
        role: Usage(requests=1, input_tokens=90, output_tokens=10, dollars=0.01) for role in ("agent", "optimizer")
    }
    figures = {"train": None if train is None else interval(train), "minutes": number, "spent": spent, "best": 0.5}
    return EpochFigures.model_validate({**about, **figures, **fields})


EPOCHS = (
    epoch(0, train=0.2, best=0.2, validation=interval(0.25)),
    epoch(1, train=0.5, best=0.5, validation=interval(0.45)),
    epoch(2, "reject", train=0.4, best=0.5, validation=interval(0.3)),
    epoch(3, "none", train=None, best=0.5),
    epoch(4, "reject", train=None, best=0.5),
)
TEST = SplitFigures(
    split="test", tasks=9, rollouts=9, scored=9, before=interval(0.22), after=interval(0.71), took=None, takes=None
)
CELLS = tuple(
    TransferCell(functions=functions, tasks=tasks, score=interval(score), rollouts=9, file="x.json")
    for functions, tasks, score in (
        ("none", "a", 0.1),
        ("none", "b", 0.2),
        ("learned", "a", 0.9),
        ("learned", "b", 0.69),
    )
)
HISTORIES = (
    FunctionHistory(name="add", state="in use", versions=(Version(epoch=1, happened="added", came_to="accepted"),)),
    FunctionHistory(
        name="gone",
        state="never kept",
        versions=(
            Version(epoch=1, happened="refused", came_to="refused", refusal="no"),
            Version(epoch=2, happened="revised", came_to="rolled back"),
        ),
    ),
)
RUNS = (("first", EPOCHS), ("second", EPOCHS[:3]))
ALL: dict[str, Callable[[], Chart]] = {
    "loss": partial(loss_chart, EPOCHS, stopped="after epoch 4: early stop", test=TEST),
    "accuracy": partial(accuracy_chart, EPOCHS, stopped="after epoch 4: early stop", test=TEST),
    "cost": partial(cost_chart, EPOCHS),
    "tokens": partial(tokens_chart, EPOCHS),
    "accuracy of several": partial(comparison_accuracy_chart, RUNS),
    "cost of several": partial(comparison_cost_chart, RUNS),
    "transfer": partial(transfer_chart, CELLS),
    "functions": partial(functions_chart, HISTORIES),
    "loss of nothing": partial(loss_chart, ()),
    "cost of nothing": partial(cost_chart, ()),
    "tokens of nothing": partial(tokens_chart, ()),
    "no runs": partial(comparison_accuracy_chart, ()),
    "no transfer": partial(transfer_chart, ()),
    "no functions": partial(functions_chart, ()),
    "one epoch": partial(accuracy_chart, EPOCHS[:1]),
}
