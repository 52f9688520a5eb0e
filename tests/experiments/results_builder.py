"""Results as an experiment leaves them, without a model: of every kind of table, drawn by the cells' own names.

Example:
    results = sample_results()                          # three seeds, all done
    results = sample_results(without={"geometry/react/mini/trained/1": "failed"})
    scores(66, 80).mean                                 # 0.825
"""

from collections.abc import Mapping
from random import Random
from typing import Any, Final

from toolwright.experiments.matrix import Experiment
from toolwright.experiments.records import (
    CellKey,
    CellRecord,
    EpochCalls,
    FunctionFigures,
    LearnedFunction,
    Pair,
    Point,
    Results,
    Scores,
)
from toolwright.messages import Usage

TABLES: Final = (
    {"kind": "main", "methods": ["trained"]},
    {"kind": "ablation", "methods": ["trained", "none", "one_shot"]},
    {"kind": "baselines", "methods": ["trained", "creator", "few_shot"]},
    {"kind": "models", "methods": ["trained"], "agents": ["plus"], "domains": ["algebra"]},
    {"kind": "curves", "methods": ["trained"], "agents": ["plus"]},
    {"kind": "transfer", "methods": ["trained"], "agents": ["plus"]},
    {"kind": "batch", "methods": ["trained", "batch_5"], "agents": ["plus"]},
    {"kind": "scaling", "methods": ["trained", "parts"], "agents": ["plus"]},
)
METHODS: Final[Mapping[str, Mapping[str, Any]]] = {
    "trained": {"label": "training", "paper": "with"},
    "none": {"kind": "none", "paper": "without"},
    "one_shot": {"label": "one-shot", "paper": "without progressive update"},
    "creator": {"kind": "creator", "label": "CREATOR", "paper": "CREATOR"},
    "few_shot": {"kind": "few_shot", "options": {"shots": 4}},
    "batch_5": {"draw": {"train": 100}, "training": {"batch": 5}},
    "parts": {"kind": "divide", "draw": {"train": 160}, "options": {"parts": 8}},
}


def scores(right: int, count: int = 80, *, first: int = 0, prefix: str = "t", usage: Usage | None = None) -> Scores:
    """Scores of one repeat: `right` tasks are right, beginning with the `first`."""
    won = {(first + place) % count for place in range(right)}
    by_task = {f"{prefix}{place}": (float(place in won),) for place in range(count)}
    return Scores(by_task=by_task, usage=usage or Usage(requests=2 * count, input_tokens=900 * count), seconds=count)


def experiment(**changes: Any) -> Experiment:
    """An experiment with every kind of table; `changes` are keys of its TOML."""
    base: dict[str, Any] = {
        "name": "sample",
        "seeds": [0, 1, 2],
        "domains": {
            "algebra": {"label": "Algebra", "paper": "MATH/Algebra"},
            "geometry": {"label": "Geometry", "paper": "MATH/Geometry"},
        },
        "agents": {
            "plus": {"interpreter": True, "label": "GPT-4+", "paper": "GPT-4+"},
            "react": {"kind": "react", "label": "ReAct", "paper": "ReAct"},
        },
        "models": {"mini": {"agent": "openai:gpt-5-mini"}},
        "methods": METHODS,
        "tables": TABLES,
    }
    return Experiment.model_validate({**base, **changes})


def sample_results(without: Mapping[str, str] | None = None, **changes: Any) -> Results:
    """Results of `experiment(**changes)`.

    Args:
        without: By a cell's id "failed", "incomplete", or "not run", for those that are not done.
        changes: Keys of the experiment's TOML.
    """
    made = experiment(**changes)
    keys: dict[CellKey, None] = {}
    for table in made.tables:
        for domain in table.domains or made.domains:
            for agent in table.agents or made.agents:
                for model in table.models or made.models:
                    for method in table.methods or made.methods:
                        for seed in table.seeds or made.seeds:
                            names = {"domain": domain, "agent": agent, "model": model, "method": method}
                            keys[CellKey(**names, seed=seed)] = None
    missing = without or {}
    cells = [_cell(made, key, missing.get(key.id, "done")) for key in keys if missing.get(key.id) != "not run"]
    return Results(experiment=made, cells=tuple(cells), toolwright="0.1.0")


def record(key: CellKey, **fields: Any) -> CellRecord:
    """A record with the fields that matter to a test."""
    return CellRecord(key=key, digest="0" * 32, **fields)


def pair(before: int | None, after: int, count: int = 80, *, first: int = 0, prefix: str = "t") -> Pair:
    """A split before and after, by the counts of right tasks; `first` moves which ones are right afterwards."""
    base = None if before is None else scores(before, count, prefix=prefix)
    return Pair(before=base, after=scores(after, count, first=first, prefix=prefix))


def _cell(made: Experiment, key: CellKey, status: str) -> CellRecord:
    if status != "done":
        return record(key, status=status, reason=f"the {status} one's reason", usage={"agent": Usage(requests=3)})
    dice, method = Random(key.id), made.methods[key.method]
    learns, read = method.kind in ("train", "divide"), key.method == "trained"
    before = 40 + dice.randrange(-4, 5)
    after = before + dice.randrange(-3, 9)
    train = method.draw.get("train", made.domains[key.domain].draw.train)
    transfer = {name: scores(before + dice.randrange(-4, 8)) for name in made.domains if name != key.domain}
    return record(
        key,
        train=pair(train // 2 if learns else None, train * 3 // 5, train, prefix=f"seed{key.seed}-"),
        test=pair(before if learns else None, after, first=dice.randrange(6)),
        transfer=transfer if read else {},
        curve=read,
        points=_points(dice, 5) if learns else (),
        functions=_functions(dice) if learns else None,
        usage=_usage(dice, optimizer=learns),
        measuring=Usage(requests=400, input_tokens=300_000, dollars=0.1) if read else Usage(),
        minutes=dice.uniform(3, 9),
        substitutes=("rectification: 3 rounds",) if method.kind == "creator" else (),
        folder=key.id,
    )


def _usage(dice: Random, *, optimizer: bool) -> dict[str, Usage]:
    agent = Usage(requests=900, input_tokens=700_000 + dice.randrange(9_000), output_tokens=50_000, dollars=0.31)
    step = Usage(requests=12, input_tokens=150_000, output_tokens=9_000, dollars=0.22)
    return {"agent": agent, "optimizer": step} if optimizer else {"agent": agent}


def _points(dice: Random, epochs: int) -> tuple[Point, ...]:
    best = 0.5
    points = [Point(epoch=0, decision="start", train=best, best=best, test=0.5, requests=160)]
    for epoch in range(1, epochs + 1):
        train = dice.randrange(8, 17) / 20
        test = dice.randrange(36, 50) / 80
        decision, best = ("accept", train) if train > best else ("reject", best)
        counts = {"functions": epoch, "prompt_tokens": 8_000 + 400 * epoch, "requests": 170}
        points.append(Point(epoch=epoch, decision=decision, train=train, best=best, test=test, **counts))
    return tuple(points)


def _functions(dice: Random) -> FunctionFigures:
    return FunctionFigures(
        functions=(
            LearnedFunction(name="solve_linear", lines=dice.randrange(6, 14), complexity=2),
            LearnedFunction(name="round_to", lines=4, complexity=None),
        ),
        calls=(EpochCalls(epoch=1, successful=11, failed=4), EpochCalls(epoch=5, successful=23, failed=1)),
        most_used=(("solve_linear", 40), ("round_to", 3)),
        tasks_using=0.4,
    )
