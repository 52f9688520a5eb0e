"""The charts: what their data says, that they are drawn without eval or network, and are read without colours."""

import json
from collections.abc import Iterator
from typing import Any, cast

import altair as alt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_charts import ALL, CELLS, DECIDED, EPOCHS, RUNS, epoch, interval

from toolwright.messages import Usage
from toolwright.report.charts import (
    accuracy_chart,
    comparison_accuracy_chart,
    comparison_cost_chart,
    cost_chart,
    loss_chart,
    tokens_chart,
    transfer_chart,
)
from toolwright.report.documents import Chart


def rows(chart: Chart, **where: Any) -> list[dict[str, Any]]:
    """The rows of a chart's data with these values."""
    return [row for row in chart["data"]["values"] if all(row[key] == value for key, value in where.items())]


def parts(spec: Any) -> Iterator[tuple[str, Any]]:
    """Every key of a specification with its value, its data left out."""
    fields = cast("dict[str, Any]", spec) if isinstance(spec, dict) else {}
    yield from fields.items()
    inner = cast("list[Any]", spec) if isinstance(spec, list) else [v for key, v in fields.items() if key != "data"]
    for value in inner:
        yield from parts(value)


@pytest.mark.parametrize("name", ALL)
def test_a_chart_is_vega_lite_with_a_title_and_the_same_in_words(name: str) -> None:
    chart = ALL[name]()
    alt.Chart.from_dict(chart)  # its schema's validation
    assert chart["title"]
    assert chart["description"]
    assert (chart["width"], chart["background"]) == ("container", "transparent")
    json.dumps(chart, allow_nan=False)


@pytest.mark.parametrize("name", ALL)
def test_a_chart_fetches_nothing_and_holds_no_expression(name: str) -> None:
    found = list(parts(ALL[name]()))
    assert not {"url", "href", "expr", "calculate", "signal"} & {key for key, _ in found}
    assert not [value for key, value in found if key in {"filter", "test"} and isinstance(value, str)]


@pytest.mark.parametrize("name", ["loss", "accuracy", "cost", "tokens", "accuracy of several", "cost of several"])
def test_what_colour_tells_a_dash_or_shape_tells_too(name: str) -> None:
    chart = ALL[name]()
    for layer in chart.get("layer", [chart]):
        mark, encoding = layer["mark"]["type"], layer["encoding"]
        if "color" in encoding and mark in {"line", "bar", "point"}:
            fixed = "shape" in layer["mark"]
            assert fixed or {"strokeDash", "shape"} & set(encoding)
    scales = [value["scale"] for key, value in parts(chart) if key in {"strokeDash", "shape"} and "scale" in value]
    assert scales
    for scale in scales:
        assert len({json.dumps(style) for style in scale["range"]}) == len(scale["domain"])


@given(
    st.lists(
        st.tuples(
            st.sampled_from(DECIDED),
            st.none() | st.floats(min_value=0, max_value=1),
            st.none() | st.floats(min_value=0, max_value=1),
            st.none() | st.floats(min_value=0, max_value=1),
        ),
        max_size=8,
    )
)
def test_loss_is_accuracy_the_other_way_up_and_every_decision_has_one_mark_on_a_line(drawn: list[Any]) -> None:
    epochs = [
        epoch(number, decision, train, best=best, validation=None if other is None else interval(other))
        for number, (decision, train, other, best) in enumerate(drawn)
    ]
    loss, accuracy = loss_chart(epochs), accuracy_chart(epochs)
    for down, up in zip(rows(loss), rows(accuracy), strict=True):
        assert down["value"] == pytest.approx(1 - up["value"], abs=1e-4)
        if up["low"] is not None:
            assert down["low"] <= down["value"] <= down["high"]
            assert (down["low"], down["high"]) == pytest.approx((1 - up["high"], 1 - up["low"]), abs=2e-4)
    for one in epochs:
        series = [row["series"] for row in rows(accuracy, epoch=one.epoch) if row["decision"]]
        expected = ["training tasks"] if one.train else ["incumbent (training)"] if one.best is not None else []
        assert [name for name in series if name != "validation tasks"] == expected


def test_decisions_are_marked_by_shape_where_the_candidate_is_or_on_the_incumbents_line() -> None:
    chart = ALL["accuracy"]()
    marks = {(row["epoch"], row["series"]): row["decision"] for row in rows(chart) if row["decision"]}
    assert marks[1, "training tasks"] == "accepted"
    assert marks[2, "validation tasks"] == "rolled back"
    assert marks[3, "incumbent (training)"] == "nothing proposed"
    assert marks[4, "incumbent (training)"] == "rolled back"


def test_the_sealed_test_stands_at_both_ends_with_its_intervals_and_is_absent_while_sealed() -> None:
    before, after = rows(ALL["accuracy"](), series="sealed test")
    assert (before["epoch"], before["value"], before["low"]) == (0, 0.22, 0.12)
    assert (after["epoch"], after["value"], after["high"]) == (4, 0.71, 0.81)
    assert rows(accuracy_chart(EPOCHS), series="sealed test") == []


def test_an_early_stop_is_a_rule_with_its_text_and_is_said_in_words() -> None:
    chart = ALL["loss"]()
    rule, text = chart["layer"][-2:]
    assert (rule["mark"]["type"], text["mark"]["type"]) == ("rule", "text")
    assert text["data"]["values"] == [{"epoch": 4, "stopped": "stopped after epoch 4"}]
    assert "Stopped early: after epoch 4: early stop." in chart["description"]
    assert all(layer["mark"]["type"] != "text" for layer in loss_chart(EPOCHS)["layer"])


def test_cost_is_added_up_by_role_and_in_all() -> None:
    chart = cost_chart(EPOCHS)
    assert [row["US dollars"] for row in rows(chart, role="agent")] == [0.01, 0.02, 0.03, 0.04, 0.05]
    assert rows(chart, role="all roles")[-1]["US dollars"] == 0.1


def test_what_epochs_took_is_titled_as_without_the_sealed_test() -> None:
    titles = [ALL[name]()["title"] for name in ("cost", "tokens", "cost of several")]
    assert all(title.endswith(", without the sealed test") for title in titles)


def test_millionths_of_a_dollar_are_not_nothing() -> None:
    cheap = EPOCHS[0].model_copy(update={"spent": {"agent": Usage(dollars=3e-7)}})
    assert [row["US dollars"] for row in rows(cost_chart([cheap, cheap]))] == [3e-7, 6e-7]


def test_one_unknown_price_makes_the_cost_one_of_tokens_and_says_so() -> None:
    unknown = EPOCHS[1].model_copy(update={"spent": {"agent": Usage(input_tokens=7, dollars=None)}})
    chart = cost_chart([EPOCHS[0], unknown])
    assert chart["title"] == "Tokens (a price is unknown) so far, by epoch, without the sealed test"
    assert [row["tokens"] for row in rows(chart, role="agent")] == [100, 107]
    assert "dollars" not in json.dumps(chart)
    assert comparison_cost_chart([("a", EPOCHS), ("b", [unknown])])["title"] == chart["title"]


def test_tokens_are_stacked_by_role_and_epoch() -> None:
    assert [row["tokens"] for row in rows(tokens_chart(EPOCHS), role="optimizer")] == [100] * 5


def test_runs_are_compared_on_validation_only_where_all_have_it() -> None:
    chart = comparison_accuracy_chart(RUNS)
    assert [row["mean score"] for row in rows(chart, run="first")] == [0.25, 0.45, 0.45, 0.45, 0.45]
    mixed = comparison_accuracy_chart([*RUNS, ("third", [epoch(0, best=0.3)])])
    assert [row["mean score"] for row in rows(mixed, run="first")] == [0.2, 0.5, 0.5, 0.5, 0.5]
    assert "training tasks" in mixed["title"]


def test_a_transfer_cell_shows_its_figure_in_an_ink_that_is_read_on_it() -> None:
    chart = transfer_chart(CELLS)
    white, black = chart["layer"][1:]
    assert (white["mark"]["color"], black["mark"]["color"]) == ("white", "black")
    from_ = white["transform"][0]["filter"]["gte"]
    assert from_ == black["transform"][0]["filter"]["lt"]
    assert "learned on a: 90.0%" in chart["description"]


def test_endless_text_is_cut() -> None:
    long = EPOCHS[1].model_copy(update={"reason": "why " * 5_000})
    assert len(json.dumps(loss_chart([EPOCHS[0], long], stopped="stop " * 5_000))) < 12_000
