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
    Pair,
    Point,
    Results,
    Scores,
)
from toolwright.experiments.tables import Shown, as_latex, as_markdown, tables_of
from toolwright.experiments.tables.functions import most_used
from toolwright.experiments.tables.shown import NONE
from toolwright.messages import Usage


def cell(domain: str, seed: int = 0, **fields: Any) -> CellRecord:
    return record(CellKey(domain=domain, agent="plus", model="mini", method="trained", seed=seed), **fields)


CURVE = "epoch by epoch on the test tasks"
START = Point(epoch=0, decision="start", train=0.5, best=0.5)


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


def test_a_transfer_that_was_not_read_says_so_with_its_reason() -> None:
    (shown,) = tables("transfer", cell("algebra", test=pair(40, 50), unread="no more money."), kind="transfer")
    rows = {row[2]: row[3:] for row in shown.rows}
    assert rows["algebra"][1] == "not read"
    assert "algebra/plus/mini/trained/0: not read on numbers: no more money." in shown.notes
    assert shown.data[1]["missing"] == ["algebra/plus/mini/trained/0: not read on numbers: no more money."]
    assert rows["numbers"] == ("not run", "not run")
    assert rows["no training"] == ("50.0", "not run")


def test_a_transfer_of_which_a_part_of_the_seeds_was_read_says_of_how_many() -> None:
    read = cell("algebra", test=pair(40, 50), transfer={"numbers": scores(44)})
    unread = cell("algebra", 1, test=pair(40, 50))
    own = [cell("numbers", seed, test=pair(40, 60), transfer={"algebra": scores(40)}) for seed in range(2)]
    (shown,) = tables("transfer", read, unread, *own, kind="transfer", seeds=2)
    rows = {row[2]: row[3:] for row in shown.rows}
    assert rows["algebra"][1].startswith("55.0 (1 of 2 seeds); own ")
    assert rows["algebra"][0].startswith("62.5; none ")
    assert "algebra/plus/mini/trained/1: not read on numbers." in shown.notes


def test_a_transfer_says_over_which_seeds_it_is_compared_and_marks_a_p_that_the_seeds_contradict() -> None:
    read = [cell("algebra", seed, test=pair(40, 50), transfer={"numbers": scores(44 - seed)}) for seed in (0, 1)]
    own = [cell("numbers", seed, test=pair(40, right)) for seed, right in ((1, 60), (2, 50))]
    (shown,) = tables("transfer", *read, *own, kind="transfer", seeds=3)
    assert {row[2]: row[3:] for row in shown.rows}["algebra"][1].startswith("54.4 (2 of 3 seeds); own -21.3 (p ")
    for side in ("own", "none"):
        note = f"algebra on numbers: compared to {side} over seed 1 alone, which both have."
        assert note in shown.notes
    assert not any("numbers on numbers: compared" in note for note in shown.notes)
    wide = [cell("algebra", seed, test=pair(40, right)) for seed, right in enumerate((42, 70))]
    (marked,) = tables("transfer", *wide, kind="transfer", seeds=2)
    assert marked.rows[0][3].endswith("; none +20.0 (p <0.001‡)")
    assert any(note.startswith("‡ The test over seeds") for note in marked.notes)


def test_the_data_of_a_transfer_miss_what_was_not_read_alone_with_the_whole_reason() -> None:
    made = experiment(
        agents={"plus": {}},
        seeds=[0],
        domains={"algebra": {}, "numbers": {}, "odds": {"label": "Odds: even"}},
        methods={"trained": {}},
        tables=[{"kind": "transfer"}, {"kind": "curves"}],
    )
    reason = "a long reply " * 40 + "and its end"
    one = cell("algebra", test=pair(40, 50), transfer={"numbers": scores(44)}, unread=reason, points=(START,))
    transfer, curve, *_ = tables_of(Results(experiment=made, cells=(one,)))
    missing = {str(row["tested"]): row["missing"] for row in transfer.data if row["trained"] == "algebra"}
    whole = f"algebra/plus/mini/trained/0: not read on Odds: even: {reason}."
    assert missing == {"algebra": [], "numbers": [], "odds": [whole]}
    assert not any(reason in note for note in transfer.notes)
    assert [row["missing"] for row in curve.data] == [[whole.replace("on Odds: even", CURVE)]]


def test_cells_that_nobody_wanted_read_are_counted_whatever_their_domain_is_called() -> None:
    made = experiment(
        agents={"plus": {}},
        seeds=list(range(8)),
        domains={"algebra": {}, "odds": {"label": "Odds: even"}},
        methods={"trained": {}},
        tables=[{"kind": "transfer"}],
    )
    cells = tuple(cell("algebra", seed, test=pair(40, 50)) for seed in range(8))
    shown, *_ = tables_of(Results(experiment=made, cells=cells))
    assert "8 cells were not read, algebra/plus/mini/trained/0 say." in shown.notes


def test_many_cells_that_nobody_wanted_read_are_counted() -> None:
    cells = [cell(domain, seed, test=pair(40, 50)) for domain in ("algebra", "numbers") for seed in range(4)]
    (shown,) = tables("transfer", *cells, kind="transfer", seeds=4)
    assert "8 cells were not read, algebra/plus/mini/trained/0 say." in shown.notes
    assert not any(": not read" in note for note in shown.notes)


def test_of_a_method_that_is_no_training_nothing_is_read_and_the_tables_say_so() -> None:
    methods = {"trained": {}, "parts": {"kind": "divide", "options": {"parts": 2}}, "plain": {"kind": "none"}}
    made = experiment(
        agents={"plus": {}}, seeds=[0], methods=methods, tables=[{"kind": "curves"}, {"kind": "transfer"}]
    )
    points = (step(0, "start", 0.5, 0.5, None),)
    keys = [CellKey(domain="algebra", agent="plus", model="mini", method=name) for name in ("parts", "plain")]
    cells = [record(key, test=pair(40, 50), points=points) for key in keys]
    shown = {table.name: table for table in tables_of(Results(experiment=made, cells=tuple(cells)))}
    assert [name for name in shown if name.startswith("curves")] == [f"curves-{place}" for place in (1, 2, 3, 4)]
    parts = next(table for table in shown.values() if table.title.endswith("Algebra, plus, parts"))
    assert parts.rows[0][4] == NONE
    assert any(note.endswith("only trainings are read epoch by epoch on the test tasks.") for note in parts.notes)
    assert "Only trainings are read on other domains, and not: parts, plain." in shown["transfer"].notes
    rows = {row[1:3]: row[3:] for row in shown["transfer"].rows}
    assert rows["plain", "Algebra"][1] == NONE


def step(epoch: int, decision: str, train: float, best: float, test: float | None, *, functions: int = 0) -> Point:
    return Point(epoch=epoch, decision=decision, train=train, best=best, test=test, functions=functions)


def test_a_training_that_ended_stays_in_the_curve_with_its_best_set() -> None:
    solved = (
        step(0, "start", 0.5, 0.5, 0.5),
        step(1, "accept", 1.0, 1.0, 0.75, functions=4),
        step(2, "reject", 0.2, 1.0, 0.1, functions=9),
    )
    longest = tuple(step(epoch, "start" if epoch == 0 else "reject", 0.5, 0.5, 0.25) for epoch in range(5))
    cells = [
        cell("algebra", seed, test=pair(4, 5), points=points, curve=True)
        for seed, points in enumerate((solved, longest))
    ]
    algebra, numbers = tables("curves", *cells, kind="curves", seeds=2)
    assert algebra.rows[0] == ("0", "start", "50.0 [50.0, 50.0]", "50.0 [50.0, 50.0]", "37.5 [25.0, 50.0]", "0")
    assert algebra.rows[1][4] == "50.0 [25.0, 75.0]"
    ended = ("1 reject, 1 ended", "75.0 [50.0, 100.0]", "75.0 [50.0, 100.0]", "50.0 [25.0, 75.0]", "2")
    assert algebra.rows[3:] == (("3", *ended), ("4", *ended))
    assert any(note.startswith("A training that ended before the longest one") for note in algebra.notes)
    assert numbers.rows == ()
    assert "numbers/plus/mini/trained/0: not run." in numbers.notes


def test_a_curve_that_was_not_read_keeps_its_train_scores_and_says_why() -> None:
    points = (step(0, "start", 0.5, 0.5, None), step(1, "accept", 1.0, 1.0, None))
    cells = [cell("algebra", seed, test=pair(4, 5), points=points) for seed in range(2)]
    algebra, _ = tables("curves", *cells, kind="curves", seeds=2)
    assert [row[2:5] for row in algebra.rows] == [
        ("50.0 [50.0, 50.0]", "50.0 [50.0, 50.0]", "not read"),
        ("100.0 [100.0, 100.0]", "100.0 [100.0, 100.0]", "not read"),
    ]
    assert "algebra/plus/mini/trained/1: not read epoch by epoch on the test tasks." in algebra.notes
    read = tuple(point.model_copy(update={"test": 0.5}) for point in points)
    half = (cells[0], cells[1].model_copy(update={"points": read, "curve": True}))
    algebra, _ = tables("curves", *half, kind="curves", seeds=2)
    assert [row[4] for row in algebra.rows] == ["50.0 (1 of 2 seeds)"] * 2
    assert "algebra/plus/mini/trained/0: not read epoch by epoch on the test tasks." in algebra.notes


def test_an_epoch_that_proposed_nothing_keeps_its_seed_in_the_mean_with_the_best_set() -> None:
    nothing = Point(epoch=2, decision="none", best=1.0)
    idle = (step(0, "start", 0.5, 0.5, 0.5), step(1, "accept", 1.0, 1.0, 0.75), nothing)
    busy = tuple(step(epoch, "start" if epoch == 0 else "reject", 0.5, 0.5, 0.25) for epoch in range(3))
    cells = [
        cell("algebra", seed, test=pair(4, 5), points=points, curve=True) for seed, points in enumerate((idle, busy))
    ]
    algebra, _ = tables("curves", *cells, kind="curves", seeds=2)
    assert algebra.rows[2][1:5] == ("1 reject, 1 none", *["75.0 [50.0, 100.0]"] * 2, "50.0 [25.0, 75.0]")
    assert any(note.startswith("An epoch that proposed nothing stands there") for note in algebra.notes)
    assert "Models: agent and optimizer openai:gpt-5-mini." in algebra.notes


def test_trainings_of_one_length_have_no_note_on_an_early_end() -> None:
    points = (step(0, "start", 0.5, 0.5, 0.5), step(1, "accept", 1.0, 1.0, 0.75))
    cells = [cell("algebra", seed, test=pair(4, 5), points=points, curve=True) for seed in range(2)]
    algebra, _ = tables("curves", *cells, kind="curves", seeds=2)
    assert not any("ended before" in note for note in algebra.notes)


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
    assert shown.rows[0][3:] == ("1.5", "6", "3", "2", "15", "25.0", "f0 (15)")
    assert shown.rows[-1] == ("MATH", "paper", NONE, NONE, NONE, "1.2", "11", "23", NONE, NONE)


def test_most_used_are_the_mean_calls_a_seed_counted_by_hand() -> None:
    seeds = [{"solve": 9, "round": 4}, {"solve": 3, "area": 6}, {}]
    assert most_used(seeds) == (("solve", 4, 2), ("area", 2, 1), ("round", pytest.approx(4 / 3), 1))
    assert most_used([{"b": 2, "a": 2}]) == (("a", 2, 1), ("b", 2, 1))
    assert most_used([]) == ()


def test_a_function_that_not_every_seed_called_is_shown_with_how_many_did() -> None:
    each = [
        FunctionFigures(most_used=used) for used in ((("solve", 9), ("round", 4)), (("solve", 4),), (("solve", 2),))
    ]
    cells = [cell("algebra", seed, test=pair(4, 5), functions=found) for seed, found in enumerate(each)]
    (shown,) = tables("functions", *cells, seeds=3)
    assert shown.rows[0][-1] == "solve (5), round (1.3; 1 of 3 seeds)"
    assert shown.data[0]["functions"]["most_used"]["solve"] == 5  # pyright: ignore[reportArgumentType, reportCallIssue, reportIndexIssue, reportOptionalSubscript] - raw figures


def read(requests: int, tokens: int, right: int, dollars: float | None = 0.25) -> Scores:
    """The reading of a sealed test of 80 tasks that took so much."""
    return scores(right, usage=Usage(requests=requests, input_tokens=tokens, dollars=dollars))


def costs_of(*cells: CellRecord, seeds: int = 1) -> tuple[dict[str, str], Shown]:
    """The first cell's row by column, and the table by method."""
    by_cell, by_method = tables("costs", *cells, seeds=seeds)
    return dict(zip(by_cell.columns, by_cell.rows[0], strict=True)), by_method


def test_costs_are_of_learning_without_both_readings_of_the_sealed_test() -> None:
    usage = {
        "agent": Usage(requests=500, input_tokens=10_000, dollars=2.0),
        "optimizer": Usage(requests=5, output_tokens=9, dollars=0.5),
    }
    test = Pair(before=read(80, 1_600, 40), after=read(160, 4_000, 50))
    row, _ = costs_of(cell("algebra", test=test, usage=usage, minutes=2.0))
    assert (row["requests"], row["tokens"], row["dollars"], row["minutes"]) == ("265", "4,409", "$2.00", "2")
    assert (row["agent's tokens"], row["optimizer's tokens"]) == ("4,400", "9")
    assert (row["tokens a task before"], row["tokens a task after"]) == ("20", "50")
    assert row["sealed test's tokens"] == "5,600"


def of_readings(row: dict[str, str]) -> tuple[str, ...]:
    return tuple(row[f"{what} of readings"] for what in ("requests", "tokens", "dollars", "minutes"))


def test_what_readings_took_stands_apart_by_cell_and_by_method_and_in_no_other_figure() -> None:
    usage = {"agent": Usage(requests=100, input_tokens=2_000, dollars=1.0)}
    took = {"measuring": Usage(requests=40, input_tokens=900, output_tokens=70, dollars=0.5), "measuring_minutes": 3.0}
    cells = [cell("algebra", seed, test=Pair(after=read(80, 1_600, 40)), usage=usage, minutes=2.0) for seed in range(2)]
    without, _ = costs_of(*cells, seeds=2)
    row, by_method = costs_of(cells[0], cells[1].model_copy(update=took), seeds=2)
    assert (of_readings(without), of_readings(row)) == (("0", "0", "$0.00", "0"), ("20", "485", "$0.25", "1.5"))
    assert {name: text for name, text in row.items() if text != without[name]}.keys() == {
        f"{what} of readings" for what in ("requests", "tokens", "dollars", "minutes")
    }
    sums = dict(zip(by_method.columns, by_method.rows[0], strict=True))
    assert of_readings(sums) == ("40", "970", "$0.50", "3")
    assert (sums["requests"], sums["requests of learning"], sums["minutes"]) == ("200", "40", "4")
    assert (by_method.data[0]["measuring_minutes"], by_method.rows[0][1]) == (3.0, "2 done of 4")
    for drawn in (as_markdown(by_method), as_latex(by_method)):
        assert all(f"{what} of readings" in drawn for what in ("requests", "tokens", "dollars", "minutes"))


def test_a_test_that_was_read_once_for_both_sides_is_taken_off_once() -> None:
    once = read(80, 1_600, 40)
    usage = {"agent": Usage(requests=100, input_tokens=2_000, dollars=1.0)}
    row, _ = costs_of(cell("algebra", test=Pair(before=once, after=once), usage=usage))
    assert (row["requests"], row["tokens"], row["dollars"]) == ("20", "400", "$0.75")


def test_what_learns_nothing_costs_nothing_but_its_tasks() -> None:
    row, _ = costs_of(
        cell(
            "algebra",
            test=Pair(after=read(80, 1_600, 40)),
            usage={"agent": Usage(requests=80, input_tokens=1_600, dollars=0.25)},
        )
    )
    assert (row["requests"], row["tokens"], row["dollars"], row["tokens a task after"]) == ("0", "0", "$0.00", "20")


def test_costs_by_method_are_sums_with_failures_and_tell_what_of_them_is_learning() -> None:
    usage = {"agent": Usage(requests=100, input_tokens=2_000, dollars=1.0)}
    done = cell("algebra", test=Pair(after=read(80, 1_600, 40)), usage=usage, minutes=2.0)
    failed = cell("algebra", 1, status="failed", usage={"agent": Usage(requests=4, dollars=0.25)}, minutes=1.0)
    row, by_method = costs_of(done, failed, seeds=2)
    assert row["requests"] == "20 (1 of 2 seeds)"
    learned, nothing_read = ("24", "400", "$1.00"), ("0", "0", "$0.00", "0")
    assert by_method.rows == (("trained", "1 done of 4", "104", "2,000", "$1.25", "3", *learned, *nothing_read),)


def test_costs_by_method_never_add_two_models() -> None:
    made = experiment(
        agents={"plus": {}},
        seeds=[0],
        domains={"algebra": {}},
        methods={"trained": {}},
        models={"mini": {"agent": "openai:small"}, "big": {"agent": "openai:large"}},
        tables=[{"kind": "main"}],
    )
    cells = [
        record(
            CellKey(domain="algebra", agent="plus", model=model, method="trained"),
            usage={"agent": Usage(requests=requests, dollars=requests / 2)},
        )
        for model, requests in (("mini", 4), ("big", 6))
    ]
    _, by_method = tables_of(Results(experiment=made, cells=tuple(cells)), wanted=["costs"])
    assert by_method.columns[:6] == ("method", "model", "cells", "requests", "tokens", "dollars")
    assert [row[:6] for row in by_method.rows] == [
        ("trained", "mini", "1", "4", "0", "$2.00"),
        ("trained", "big", "1", "6", "0", "$3.00"),
    ]
    assert "Models: mini: agent and optimizer openai:small; big: agent and optimizer openai:large." in by_method.notes


def test_an_unknown_price_makes_the_sum_unknown_and_not_nothing() -> None:
    test = Pair(after=read(1, 1, 40, dollars=None))
    row, by_method = costs_of(cell("algebra", test=test, usage={"agent": Usage(requests=1, dollars=None)}))
    assert row["dollars"] == "unknown"
    sums = dict(zip(by_method.columns, by_method.rows[0], strict=True))
    assert (sums["dollars"], sums["dollars of learning"]) == ("unknown", "unknown")


def test_a_long_reason_is_short_in_the_notes_and_whole_in_the_data() -> None:
    reason = "the reply differs:\n" + "\n".join(f"-line {place}" for place in range(200)) + "\nrecord it again."
    shown = tables_of(
        Results(
            experiment=experiment(agents={"plus": {}}, domains={"algebra": {}}, seeds=[0]),
            cells=(cell("algebra", status="failed", reason=reason),),
        )
    )
    notes = [note for table in shown for note in table.notes if note.startswith("algebra/plus/mini/trained/0")]
    assert len(notes) > 8
    for note in notes:
        assert note.startswith("algebra/plus/mini/trained/0: failed: the reply differs: -line 0 ")
        assert note.endswith("record it again.")
        assert len(note) < 250
    assert shown[0].data[0]["missing"] == [f"algebra/plus/mini/trained/0: failed: {reason}"]


def test_a_cell_of_several_tables_stands_once_among_the_costs() -> None:
    by_cell, _ = tables_of(Results(experiment=experiment()), wanted=["costs"])
    assert len(by_cell.rows) == len({row[:3] for row in by_cell.rows})
