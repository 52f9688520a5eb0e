"""Transfer, curves, functions and costs as tables: deltas, means over seeds and sums are what the records say."""

from typing import Any

import pytest
from results_builder import experiment, pair, record, scores

from toolwright.experiments.records import (
    CellKey,
    CellRecord,
    EpochCalls,
    FunctionFigures,
    LearnedFunction,
    Point,
    Results,
)
from toolwright.experiments.tables import Shown, tables_of
from toolwright.experiments.tables.shown import NONE
from toolwright.messages import Usage


def cell(domain: str, seed: int = 0, **fields: Any) -> CellRecord:
    return record(CellKey(domain=domain, agent="plus", model="mini", method="trained", seed=seed), **fields)


def tables(name: str, *cells: CellRecord, kind: str = "main", seeds: int = 1) -> tuple[Shown, ...]:
    made = experiment(
        seeds=list(range(seeds)),
        domains={"algebra": {"paper": "MATH/Intermediate Algebra"}, "numbers": {"paper": "MATH/Algebra"}},
        agents={"plus": {"paper": "GPT-4+"}},
        methods={"trained": {"paper": "with"}},
        tables=[{"kind": kind}],
    )
    return tables_of(Results(experiment=made, cells=cells), wanted=[name])


def test_a_transfer_has_its_delta_to_the_diagonal_and_to_no_training() -> None:
    algebra = cell("algebra", test=pair(40, 50), transfer={"numbers": scores(44)})
    numbers = cell("numbers", test=pair(40, 60), transfer={"algebra": scores(40)})
    (shown,) = tables("transfer", algebra, numbers, kind="transfer")
    rows = {row[2]: row[3:] for row in shown.rows}
    assert rows["algebra"][1].startswith("55.0; own -20.0 (p ")
    assert "; none +5.0 (p " in rows["algebra"][1]
    assert rows["numbers"][0].startswith("50.0; own -12.5 (p ")
    assert "; none 0.0 (p 1.000)" in rows["numbers"][0]
    assert rows["numbers"][1].startswith("75.0; none +25.0 (p ")
    assert rows["no training"] == ("50.0", "50.0")
    assert rows["paper: algebra"] == ("38.8", "67.5")
    deltas = {(str(one["trained"]), str(one["tested"])): one["to_own"] for one in shown.data}
    assert deltas["algebra", "algebra"] is None
    own = deltas["algebra", "numbers"]
    assert isinstance(own, dict)
    assert own["mean"] == pytest.approx(-0.2)


def test_a_transfer_that_was_not_measured_is_no_figure() -> None:
    (shown,) = tables("transfer", cell("algebra", test=pair(40, 50)), kind="transfer")
    rows = {row[2]: row[3:] for row in shown.rows}
    assert rows["algebra"][1] == NONE
    assert rows["numbers"] == ("not run", "not run")
    assert rows["no training"] == ("50.0", "not run")


def test_a_curve_is_the_mean_over_the_seeds_that_came_so_far() -> None:
    first = (Point(epoch=0, decision="start", train=0.5, test=0.25), Point(epoch=1, decision="accept", train=0.75))
    second = (Point(epoch=0, decision="start", train=0.25, test=0.75),)
    cells = [cell("algebra", seed, test=pair(4, 5), points=points) for seed, points in enumerate((first, second))]
    algebra, numbers = tables("curves", *cells, kind="curves", seeds=2)
    assert algebra.rows[0] == ("0", "start", "37.5 [25.0, 50.0]", NONE, "50.0 [25.0, 75.0]", "0")
    assert algebra.rows[1] == ("1", "accept", "75.0", NONE, NONE, "0")
    assert numbers.rows == ()
    assert "numbers/plus/mini/trained/0: not run." in numbers.notes


def test_functions_are_means_over_seeds_beside_the_papers_by_data_set() -> None:
    def figures(lines: tuple[int, ...], last: int) -> FunctionFigures:
        return FunctionFigures(
            functions=tuple(
                LearnedFunction(name=f"f{place}", lines=size, complexity=3) for place, size in enumerate(lines)
            ),
            calls=(EpochCalls(epoch=1, successful=2, failed=1), EpochCalls(epoch=4, successful=last, failed=0)),
            most_used=(("f0", last),),
            tasks_using=0.25,
        )

    one, other = figures((4, 8), 10), figures((6,), 20)
    cells = [cell("algebra", seed, test=pair(4, 5), functions=found) for seed, found in enumerate((one, other))]
    (shown,) = tables("functions", *cells, seeds=2)
    assert shown.rows[0][3:] == ("1.5", "6", "3", "2", "15", "25.0", "f0 (30)")
    assert shown.rows[-1] == ("MATH", "paper", NONE, NONE, NONE, "1.2", "11", "23", NONE, NONE)


def test_costs_are_means_by_cell_and_sums_by_method_failures_among_them() -> None:
    usage = {
        "agent": Usage(requests=10, input_tokens=1_000, dollars=0.5),
        "optimizer": Usage(requests=1, output_tokens=9),
    }
    spent = Usage(input_tokens=70)
    done = cell("algebra", test=pair(40, 50), usage=usage, minutes=2.0, measuring=spent)
    failed = cell("algebra", 1, status="failed", usage={"agent": Usage(requests=4, dollars=0.25)}, minutes=1.0)
    by_cell, by_method = tables("costs", done, failed, seeds=2)
    row = dict(zip(by_cell.columns, by_cell.rows[0], strict=True))
    assert row["requests"] == "11 (1 of 2 seeds)"
    assert (row["agent's tokens"], row["optimizer's tokens"], row["measuring tokens"]) == ("1,000", "9", "70")
    assert (row["dollars"], row["minutes"], row["tokens a task before"], row["after"]) == ("$0.50", "2", "900", "900")
    assert by_method.rows == (("trained", "1 done of 4", "15", "1,009", "$0.75", "3", "$0.00"),)


def test_an_unknown_price_makes_the_sum_unknown_and_not_nothing() -> None:
    unknown = cell("algebra", test=pair(40, 50), usage={"agent": Usage(requests=1, dollars=None)})
    by_cell, by_method = tables("costs", unknown)
    assert by_cell.rows[0][5] == "unknown"
    assert by_method.rows[0][4] == "unknown"


def test_a_cell_of_several_tables_stands_once_among_the_costs() -> None:
    by_cell, _ = tables_of(Results(experiment=experiment()), wanted=["costs"])
    assert len(by_cell.rows) == len({row[:3] for row in by_cell.rows})
