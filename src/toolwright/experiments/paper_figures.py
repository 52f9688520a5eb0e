"""The paper's own figures, to stand beside ours: as published, with their numbers of tasks and what is doubtful.

The paper gives no intervals, seeds or repeats; `PaperFigure.error` is the binomial standard error of its test figure.
Bars, curves and heat maps that it draws without numbers (Figs. 2 and 4, most of Fig. 3) have no figures here.

Example:
    >>> figure = paper_figure("MATH/Algebra", "GPT-4+", "with")
    >>> figure.test, figure.test_tasks, figure.table
    (65.0, 80, 'Table 1')
"""

import math
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Final

from toolwright.base import Frozen
from toolwright.experiments.statistics import standard_error

BATCHES: Final = (
    "The paper's Fig. 4 (Intermediate Algebra, GPT-4+, 100 train tasks, batches of 5, 10, 15 and 20 with 40, 20, 13 "
    "and 10 epochs) is drawn without numbers; its text tells of one minor gain, and of 7.8 % less on test with batches "
    "of 20, not said whether of points or of the share."
)
CURVES: Final = "The paper's learning curves (Fig. 2) are drawn without numbers."
MODELS: Final = (
    "The paper's agents ask GPT-4-1106-preview, on TabMWP GPT-3.5-turbo-1106, in its Table 7 the model named there; "
    "its optimizer asks GPT-4-1106-preview."
)
UNTOLD_MODELS: Final = "Which model CREATOR and CRAFT asked in the paper's Table 4 it does not say."
COSTS: Final = "The paper gives no figure of tokens, money or time."


class PaperFigure(Frozen):
    """One published pair of figures.

    Attributes:
        table: Where it stands.
        agent, method, domain, model: Of what; "" where its table does not say, or has it for all.
        train, test: In percent, as printed; None where it gives none.
        train_tasks, test_tasks: How many tasks each was measured on.
        note: What is doubtful about it, "" for nothing.
    """

    table: str
    agent: str
    method: str
    domain: str
    model: str = ""
    train: float | None
    test: float | None
    train_tasks: int
    test_tasks: int
    note: str = ""

    @property
    def error(self) -> float | None:
        """The binomial standard error of the test figure, in points."""
        return None if self.test is None else 100 * standard_error(self.test / 100, self.test_tasks)


class PaperFunctions(Frozen):
    """Tables 5 and 6: successful calls in the second and the last epoch, mean cyclomatic complexity."""

    dataset: str
    first: int
    last: int
    complexity: float


@cache
def paper_figures() -> tuple[PaperFigure, ...]:
    """Every figure of Tables 1 to 4 and 7."""
    data = _data()
    found = [
        PaperFigure(
            table=table["table"],
            agent=agent,
            method=method,
            domain=domain,
            model=table.get("model", ""),
            train=_known(train),
            test=_known(test),
            train_tasks=table["sizes"][0],
            test_tasks=table["sizes"][1],
        )
        for table in data["tables"]
        for agent, method, domain, train, test in table["rows"]
    ]
    return tuple(one.model_copy(update={"note": _doubt(one, data["doubts"])}) for one in found)


def paper_figure(domain: str, agent: str, method: str, model: str = "") -> PaperFigure | None:
    """The published figure of a domain, agent and method by their names in the paper; None where it has none.

    Args:
        domain: "MATH/Algebra", "MATH", "GAIA", "TabMWP".
        agent: "GPT-4+" or "ReAct"; figures that the paper gives for no agent of these are found with any.
        method: "without", "with", a row of Table 3, "CREATOR", "CRAFT".
        model: A model of Table 7, in any case of letters; "" for the paper's own.
    """
    for one in paper_figures():
        same = (one.domain, one.method, one.model.casefold()) == (domain, method, model.casefold())
        if same and one.agent in ("", agent):
            return one
    return None


@cache
def paper_domains() -> frozenset[str]:
    """The names of the paper's domains, as `paper_figure` knows them."""
    return frozenset(one.domain for one in paper_figures())


def paper_transfer(trained: str, tested: str) -> float | None:
    """The test figure of Fig. 3 in percent, GPT-4+; None where the paper only draws it."""
    cells = {(cell["trained"], cell["tested"]): cell["test"] for cell in _data()["transfer"]}
    return cells.get((trained, tested))


def paper_functions(domain: str) -> PaperFunctions | None:
    """The figures of Tables 5 and 6 of a domain's data set; None where they have none."""
    dataset = domain.partition("/")[0]
    return next((PaperFunctions(**one) for one in _data()["functions"] if one["dataset"] == dataset), None)


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads((files("toolwright.experiments") / "paper_figures.toml").read_text("utf-8"))


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _doubt(one: PaperFigure, doubts: list[dict[str, str]]) -> str:
    """The notes whose every name is the figure's."""
    notes = [
        doubt["note"]
        for doubt in doubts
        if all(getattr(one, name) == value for name, value in doubt.items() if name != "note")
    ]
    return "; ".join(notes)
