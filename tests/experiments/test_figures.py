"""The figures are what the records say, drawn without eval or network, on a page where all text stays text."""

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any, Final, cast

import altair as alt
import pytest
from results_builder import experiment, pair, record, sample_results, scores

from chromium import started_chromium
from toolwright.experiments.figures import figure_specs, figures_page
from toolwright.experiments.figures.telling import gaps_text
from toolwright.experiments.matrix import Table
from toolwright.experiments.records import CellKey, Pair, Point, Results
from toolwright.experiments.tables.cells import Grid
from toolwright.messages import Usage
from toolwright.report.documents import Chart
from toolwright.report.page.writing import write_page

KEY: Final = CellKey(domain="algebra", agent="plus", model="mini", method="trained")
PAYLOAD: Final = "</script><script>window.hacked=1</script><img src=x onerror=window.hacked=1>"


@pytest.fixture(scope="module")
def charts() -> dict[str, Chart]:
    return figure_specs(sample_results())


def rows(chart: Chart, **where: Any) -> list[dict[str, Any]]:
    return [row for row in chart["data"]["values"] if all(row[key] == value for key, value in where.items())]


def parts(spec: Any) -> Iterator[tuple[str, Any]]:
    """Every key of a specification with its value, its data left out."""
    fields = cast("dict[str, Any]", spec) if isinstance(spec, dict) else {}
    yield from fields.items()
    inner = cast("list[Any]", spec) if isinstance(spec, list) else [v for key, v in fields.items() if key != "data"]
    for value in inner:
        yield from parts(value)


def test_each_is_vega_lite_that_fetches_nothing_and_is_told_in_words(charts: dict[str, Chart]) -> None:
    assert {name.partition("-")[0] for name in charts} == {"curves", "transfer", "batch", "costs"}
    for chart in charts.values():
        alt.Chart.from_dict(chart)  # its schema's validation
        assert chart["description"].startswith(chart["title"]["text"])
        assert chart["title"]["subtitle"] == ["Models: agent and optimizer openai:gpt-5-mini."]
        assert chart["description"].endswith(chart["title"]["subtitle"][0])
        found = list(parts(chart))
        assert not {"url", "href", "expr", "calculate", "signal"} & {key for key, _ in found}
        json.dumps(chart, allow_nan=False)


def test_a_curve_is_the_mean_over_seeds_in_a_band_from_the_lowest_to_the_highest() -> None:
    made = experiment(
        domains={"algebra": {}}, agents={"plus": {}}, seeds=[0, 1], tables=[{"kind": "curves", "methods": ["trained"]}]
    )
    points = [(Point(epoch=0, decision="start", train=train, test=None),) for train in (0.2, 0.6)]
    cells = [record(KEY.model_copy(update={"seed": seed}), points=some) for seed, some in enumerate(points)]
    chart = figure_specs(Results(experiment=made, cells=tuple(cells)))["curves-1"]
    (row,) = rows(chart)
    assert (row["series"], row["value"], row["low"], row["high"]) == ("training tasks", 0.4, 0.2, 0.6)
    assert "means over seeds (2)" in chart["description"]


def test_a_curve_keeps_a_training_that_ended_with_its_best_set() -> None:
    made = experiment(
        domains={"algebra": {}}, agents={"plus": {}}, seeds=[0, 1], tables=[{"kind": "curves", "methods": ["trained"]}]
    )
    start = Point(epoch=0, decision="start", train=0.5, best=0.5, test=0.5)
    solved = (start, Point(epoch=1, decision="accept", train=1.0, best=1.0, test=0.9))
    longest = (start, *(Point(epoch=epoch, decision="reject", train=0.4, best=0.5, test=0.3) for epoch in (1, 2, 3)))
    cells = [record(KEY.model_copy(update={"seed": seed}), points=some) for seed, some in enumerate((solved, longest))]
    chart = figure_specs(Results(experiment=made, cells=tuple(cells)))["curves-1"]
    for series, value, low, high in (("training tasks", 0.7, 0.4, 1.0), ("test tasks", 0.6, 0.3, 0.9)):
        found = rows(chart, series=series)
        assert [row["epoch"] for row in found] == [0, 1, 2, 3]
        assert [(row["value"], row["low"], row["high"]) for row in found[1:]] == [(value, low, high)] * 3
    assert "A training that ended before the longest one" in chart["description"]


def test_the_heat_map_has_every_measured_cell_and_no_training_below() -> None:
    made = experiment(agents={"plus": {}}, seeds=[0], tables=[{"kind": "transfer", "methods": ["trained"]}])
    algebra = record(KEY, test=pair(40, 48), transfer={"geometry": scores(20)})
    geometry = record(KEY.model_copy(update={"domain": "geometry"}), test=pair(16, 24))
    chart = figure_specs(Results(experiment=made, cells=(algebra, geometry)))["transfer-1"]
    found = {(row["trained"], row["tested"]): row["mean score"] for row in rows(chart)}
    assert found == {
        ("Algebra", "Algebra"): 0.6,
        ("Algebra", "Geometry"): 0.25,
        ("Geometry", "Geometry"): 0.3,
        ("no training", "Algebra"): 0.5,
        ("no training", "Geometry"): 0.2,
    }
    assert rows(chart, trained="Algebra", tested="Geometry")[0]["gain"] == "+5.0 points"


def test_batches_have_a_bar_a_domain_with_its_interval(charts: dict[str, Chart]) -> None:
    found = rows(charts["batch-1"])
    assert [(row["batch"], row["domain"]) for row in found][:3] == [
        ("training: all 20", "Algebra"),
        ("training: all 20", "Geometry"),
        ("batch_5: 5 of 100", "Algebra"),
    ]
    assert all(row["low"] <= row["value"] <= row["high"] for row in found)


def test_what_a_figure_does_not_show_stands_under_its_title() -> None:
    missing = {
        **{f"geometry/plus/mini/{name}/{seed}": "failed" for seed in range(3) for name in ("trained", "batch_5")},
        "algebra/plus/mini/batch_5/1": "not run",
        "algebra/plus/mini/trained/2": "incomplete",
    }
    drawn = figure_specs(sample_results(without=missing))
    told = {name: chart["title"]["subtitle"][-1] for name, chart in drawn.items()}
    parts = "in part: training on Algebra (2 of 3 seeds), batch_5 on Algebra (2 of 3 seeds)."
    assert told["batch-1"] == f"Not shown: training on Geometry (failed), batch_5 on Geometry (failed); {parts}"
    assert told["curves-1"] == (
        "Not shown: Geometry, GPT-4+, training (failed); in part: training tasks (2 of 3 seeds), "
        "test tasks (2 of 3 seeds)."
    )
    assert told["transfer-1"].startswith("Not shown: Geometry on Algebra (failed), Geometry on Geometry (failed); in ")
    assert told["costs-1"].startswith("Not shown: training on Geometry (failed); in part: training on Algebra (2 of 3")
    assert all(chart["description"].endswith(told[name]) for name, chart in drawn.items())


def test_a_figure_that_lacks_many_names_some_and_counts_the_rest() -> None:
    group = Grid(Results(experiment=experiment()), Table(kind="main")).groups[0]
    text = gaps_text((f"m{place}", group, 0) for place in range(8))
    assert text.endswith("m5 (not run), and 2 more.")


def test_figures_are_told_as_the_tables_round_them() -> None:
    made = experiment(agents={"plus": {}}, seeds=[0], tables=[{"kind": "transfer", "methods": ["trained"]}])
    test = pair(115, 121, 400)  # 28.75 %, which 100 * 0.2875 in floating point falls short of
    chart = figure_specs(Results(experiment=made, cells=(record(KEY, test=test),)))["transfer-1"]
    assert [row["score"] for row in rows(chart)] == ["30.3 %", "28.8 %"]
    assert "no training on Algebra: 28.8 %" in chart["description"]
    texts = [layer["encoding"]["text"] for layer in chart["layer"] if "text" in layer["encoding"]]
    assert texts == [{"field": "score", "type": "nominal"}] * 2


def costs(dollars: float | None) -> tuple[Chart, Chart]:
    """Accuracy against the cost of learning and of a task, of two methods; the second one's price is given."""
    made = experiment(agents={"plus": {}}, seeds=[0], tables=[{"kind": "baselines", "methods": ["trained", "creator"]}])
    other = KEY.model_copy(update={"method": "creator"})
    read = [
        scores(right, usage=Usage(input_tokens=tokens, dollars=price))
        for right, tokens, price in ((40, 160, 0.25), (60, 320, 0.5), (20, 800, dollars and 2.0))
    ]
    cells = (
        record(KEY, test=Pair(before=read[0], after=read[1]), usage={"agent": Usage(input_tokens=530, dollars=1.0)}),
        record(KEY.model_copy(update={"domain": "geometry"}), test=pair(0, 0)),
        record(other, test=Pair(after=read[2]), usage={"agent": Usage(input_tokens=830, dollars=dollars)}),
    )
    charts = figure_specs(Results(experiment=made, cells=cells))
    return charts["costs-1"], charts["costs-2"]


def test_methods_are_set_against_the_cost_of_learning_and_that_of_a_task_on_the_domains_all_of_them_have() -> None:
    learning, task = costs(dollars=2.5)
    found = {row["method"]: (row["mean test score"], row["US dollars a cell"]) for row in rows(learning)}
    assert found == {"training": (0.75, 0.25), "CREATOR": (0.25, 0.5)}
    assert {row["method"]: row["US dollars a task"] for row in rows(task)} == {"training": 0.00625, "CREATOR": 0.025}
    assert all(chart["title"]["text"].endswith("over Algebra") for chart in (learning, task))


def test_an_unknown_price_makes_the_cost_one_of_tokens() -> None:
    learning, task = costs(dollars=None)
    assert [row["tokens a cell (a price is unknown)"] for row in rows(learning)] == [50, 30]
    assert [row["tokens a task (a price is unknown)"] for row in rows(task)] == [4, 10]


def test_results_without_cells_have_a_page_and_no_figures() -> None:
    results = Results(experiment=experiment())
    assert figure_specs(results) == {}
    assert "Toolwright</title>" in figures_page(results)


def test_the_policy_names_each_script_and_style_and_allows_nothing_else() -> None:
    page = figures_page(Results(experiment=experiment(name=PAYLOAD)))
    policy = unescape(re.findall(r'Content-Security-Policy" content="([^"]*)"', page)[0])
    rules = {name: values.split() for name, _, values in (rule.partition(" ") for rule in policy.split("; "))}
    assert rules.pop("script-src") == [digest(text) for text in re.findall(r"<script>(.*?)</script>", page, re.DOTALL)]
    assert rules.pop("style-src") == [digest(text) for text in re.findall(r"<style>(.*?)</style>", page, re.DOTALL)]
    assert rules.pop("img-src") == ["data:"]
    assert {*rules} == {"default-src", "connect-src", "base-uri", "form-action"}
    assert all(values == ["'none'"] for values in rules.values())


def digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_the_document_is_in_the_page_as_it_is_and_equal_results_make_equal_pages(tmp_path: Path) -> None:
    results = sample_results(tables=[{"kind": "transfer", "methods": ["trained"], "agents": ["plus"]}], seeds=[0])
    page = figures_page(results)
    (data,) = re.findall(r'data-name="experiment">([^<]*)<', page)
    document = json.loads(gzip.decompress(base64.b64decode(data)))
    assert document["charts"] == figure_specs(results)
    assert [table["name"] for table in document["tables"]] == ["transfer", "functions", "costs", "costs-by-method"]
    assert page == figures_page(results)
    file = write_page(tmp_path / "page.html", page)
    assert write_page(file, page) == file  # it knows its own page again


@pytest.mark.soak
def test_the_page_draws_every_figure_and_shows_attacks_as_text(tmp_path: Path) -> None:
    results = sample_results(
        name=PAYLOAD,
        about=PAYLOAD,
        domains={"algebra": {"label": PAYLOAD}, "geometry": {}},
        without={"geometry/plus/mini/trained/0": "failed"},
    )
    file = tmp_path / "page.html"
    file.write_text(figures_page(results), encoding="utf-8")
    problems: list[str] = []
    with started_chromium() as browser:
        page = browser.new_page()
        page.on("console", lambda message: problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "request", lambda request: problems.append(request.url) if not request.url.startswith("file:") else None
        )
        page.goto(file.as_uri())
        page.get_by_role("heading", name="Tables").wait_for()
        page.locator("figure.chart svg").nth(len(figure_specs(results)) - 1).wait_for()
        assert page.locator("figure.chart svg").count() == len(figure_specs(results))
        assert page.locator("figure.chart .problem").count() == 0
        assert PAYLOAD in page.locator("h1").inner_text()
        assert page.get_by_text("geometry/plus/mini/trained/0: failed: the failed one's reason.").count() >= 2
        assert page.locator("main script, main img").count() == 0
        assert page.evaluate("window.hacked") is None
    assert [one for one in problems if not one.startswith("data:")] == []
