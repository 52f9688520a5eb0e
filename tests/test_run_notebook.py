"""A run in a notebook: its charts are the page's, its tables hold what the run holds, and docs/notebooks.md is true."""

import json
import math
import re
import shutil
import sqlite3
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd
import pytest

from toolwright import Run, ToolwrightError
from toolwright.errors import ConfigError, RunError
from toolwright.evaluations import Result, Score
from toolwright.events import Warned
from toolwright.report.brief import brief_html
from toolwright.report.charts.tasks import tasks_chart
from toolwright.report.documents import TasksDocument
from toolwright.report.tables import TABLES
from toolwright.run import compare
from toolwright.runs.folder import RunFolder
from toolwright.training.result import TrainingResult
from trained_runs import trained_run

DOCS = (Path(__file__).parent.parent / "docs" / "notebooks.md").read_text(encoding="utf-8")
BIDI = "\u202e"


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> TrainingResult:
    return trained_run(tmp_path_factory.mktemp("notebook") / "runs")


@pytest.fixture
def run(result: TrainingResult) -> Run:
    return Run(result.folder)


def data_of(chart: Any) -> list[dict[str, Any]]:
    """The rows an Altair chart draws."""
    (rows,) = chart.to_dict()["datasets"].values()
    return rows


def shown(thing: Any) -> str:
    """What a notebook shows of it."""
    return thing._repr_html_()


def test_a_run_is_found_by_its_folder_its_id_its_beginning_and_as_the_last(result: TrainingResult) -> None:
    folder = Path(result.folder).resolve()
    root = folder.parent
    assert {
        Run(folder).path,
        Run(folder.name, root).path,
        Run(folder.name[:12], root).path,
        Run("last", root).path,
    } == {folder}


def test_a_run_stays_the_same_when_the_working_directory_changes(
    result: TrainingResult, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(Path(result.folder).parent.parent)
    run = Run("last")
    monkeypatch.chdir(tmp_path)
    assert run.overview.run == Path(result.folder).name


def test_no_such_run_and_a_training_that_kept_none_are_said(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"there is no run in .*; `toolwright train CONFIG` starts one"):
        Run("nosuch", tmp_path)
    with pytest.raises(RunError, match="a training that kept no run"):
        Run("")


@pytest.mark.parametrize("name", ["loss", "accuracy", "cost", "tokens"])
def test_a_chart_is_the_pages_own_specification(run: Run, name: str) -> None:
    spec = run.overview.charts[name]
    plotted = {"loss": run.plot_loss, "accuracy": run.plot_accuracy, "cost": run.plot_cost, "tokens": run.plot_tokens}
    chart = plotted[name]()
    assert isinstance(chart, alt.LayerChart | alt.Chart)
    assert data_of(chart) == spec["data"]["values"]
    drawn = chart.to_dict()
    assert {key: drawn[key] for key in spec if key != "data"} == {key: spec[key] for key in spec if key != "data"}


def test_the_functions_are_charted_as_they_came(run: Run) -> None:
    assert [
        (row["function"], row["epoch"], row["happened"], row["came to"]) for row in data_of(run.plot_functions())
    ] == [("add", 1, "added", "accepted")]


def test_every_scored_task_has_a_cell_in_the_heat_map(run: Run, result: TrainingResult) -> None:
    cells = {(row["task"], row["evaluation"]): row["score"] for row in data_of(run.plot_tasks())}
    assert cells["train: t0", "0 train"] == cells["train: t0", "1 train"] == 0.0
    assert [cells[f"train: t{n}", "1 train"] for n in (1, 2, 3)] == [1.0] * 3
    assert len(cells) == 2 * 4 + 2 * 3
    assert result.test is not None


def test_evaluations_of_one_epoch_and_split_have_columns_of_their_own() -> None:
    columns = [
        {"event": n, "epoch": 1, "split": "train", "parameters": f"{n}" * 32, "mean": 0.5, "parts": 1} for n in (1, 2)
    ]
    tasks = [{"id": "a", "split": "train", "cells": {0: {"score": 1.0}, 1: {"score": None}}}]
    document = TasksDocument.model_validate({"columns": columns, "tasks": tasks})
    chart = tasks_chart(document)
    assert [row["evaluation"] for row in chart["data"]["values"]] == ["1 train, 11111111"]
    assert chart["layer"][0]["encoding"]["x"]["sort"] == ["1 train, 11111111", "1 train, 22222222"]


def test_the_tasks_table_is_the_evaluations(run: Run, result: TrainingResult) -> None:
    frame = run.to_pandas("tasks")
    with RunFolder.read(result.folder) as folder:
        kept = [(epoch, each.split, one) for epoch, each in folder.store.evaluations() for one in each.results]
    assert len(frame) == len(kept) == 14
    for row, (epoch, split, one) in zip(frame.itertuples(), kept, strict=True):
        trajectory = one.trajectory
        assert (row.epoch, row.split, row.task, row.repeat) == (epoch, split, trajectory.task_id, trajectory.repeat)
        assert (row.score, row.answer, row.end) == (one.value, trajectory.answer, "answer")
        assert (row.calls, row.requests, row.seconds) == (
            len(trajectory.calls),
            trajectory.usage.requests,
            trajectory.seconds,
        )
    assert frame.groupby(["epoch", "split"])["score"].mean()[1, "train"] == result.train.after.mean == 0.75


def test_samples_that_a_later_evaluation_holds_are_marked_in_its_tables(result: TrainingResult, tmp_path: Path) -> None:
    once = result.train.after
    more = [
        one.model_copy(update={"trajectory": one.trajectory.model_copy(update={"repeat": 1})}) for one in once.results
    ]
    both = tuple(one for pair in zip(once.results, more, strict=True) for one in pair)
    with RunFolder.create(tmp_path, "bought") as folder:
        folder.store.keep_evaluation(once, 1)
        folder.store.keep_evaluation(once.model_copy(update={"results": both}), 2)
    run = Run("bought", tmp_path)
    tasks, calls, uses = run.to_pandas("tasks"), run.to_pandas("calls"), run.to_pandas("uses")
    assert list(tasks["again"]) == [True] * 4 + [False] * 8
    assert not tasks[~tasks["again"]].duplicated(["parameters", "split", "task", "repeat"]).any()
    assert list(calls["again"]) == [True] * 3 + [False] * 6
    assert list(uses["again"]) == [True, False]


def test_a_run_whose_epochs_cannot_be_read_has_no_empty_table_of_them(result: TrainingResult, tmp_path: Path) -> None:
    copied = Path(shutil.copytree(result.folder, tmp_path / "copied"))
    with sqlite3.connect(copied / "run.sqlite") as database:
        database.execute("UPDATE events SET body = '{' WHERE kind = 'gate_decided'")
    database.close()
    with pytest.raises(RunError, match="cannot be read"):
        Run(copied).to_pandas("epochs")


def test_the_epochs_table_has_the_curves_figures(run: Run, result: TrainingResult) -> None:
    frame = run.to_pandas()
    assert list(frame["decision"]) == [epoch.decision for epoch in result.epochs] == ["start", "accept", "none"]
    assert list(frame["train"])[:2] == [0.0, 0.75]
    assert math.isnan(frame["train"][2])
    assert list(frame["best"]) == [0.0, 0.75, 0.75]
    assert frame["train_low"][1] < 0.75 < frame["train_high"][1]
    assert frame["minutes"].is_monotonic_increasing


def test_the_other_tables_hold_what_happened(run: Run, result: TrainingResult) -> None:
    (function,) = run.to_pandas("functions").to_dict("records")
    assert (function["function"], function["epoch"], function["happened"], function["came_to"]) == (
        "add",
        1,
        "added",
        "accepted",
    )
    assert function["source"].strip() == result.functions.functions[0].source.strip()
    assert (function["complexity"], function["tried"]) == (1, 1)
    uses = {(use["epoch"], use["split"]): use for use in run.to_pandas("uses").to_dict("records")}
    use = uses[1, "train"]
    assert (use["calls"], use["errors"], use["used"], use["offered"]) == (3, 0, 3, 4)
    assert (use["used_score"], use["unused_score"]) == (1.0, 0.0)
    calls = run.to_pandas("calls")
    assert json.loads(calls["arguments"][0]) == {"a": 37, "b": 91}
    assert (len(calls), set(calls["status"]), calls["result"][0]) == (6, {"ok"}, "128")
    steps = run.to_pandas("steps")
    assert (list(steps["epoch"]), list(steps["actions"])) == ([1, 2], [1, 0])
    events = run.to_pandas("events")
    assert events["ordinal"].is_monotonic_increasing
    assert (events["kind"] == "rollout_finished").sum() == 14
    assert json.loads(events[events["kind"] == "gate_decided"]["event"].iloc[0])["decision"] == "accept"


@pytest.mark.parametrize("table", TABLES)
def test_a_table_has_its_columns_and_types_also_without_a_row(run: Run, tmp_path: Path, table: Any) -> None:
    with RunFolder.create(tmp_path, "empty"):
        pass
    empty, full = Run("empty", tmp_path).to_pandas(table), run.to_pandas(table)
    assert len(empty) == 0
    assert len(full) > 0
    for frame in (empty, full):
        assert {name: str(kind) for name, kind in frame.dtypes.items()} == TABLES[table].columns


def test_a_table_that_is_none_is_named_with_those_there_are(run: Run) -> None:
    with pytest.raises(ConfigError, match="no table 'tokens' of a run; there are epochs, tasks, functions"):
        run.to_pandas("tokens")  # pyright: ignore[reportArgumentType] - that is the point


def test_text_that_is_no_unicode_is_in_the_tables_all_the_same(result: TrainingResult, tmp_path: Path) -> None:
    torn = "half \ud800 a pair"
    with RunFolder.create(tmp_path, "torn") as folder:
        evaluation = result.train.after
        trajectory = evaluation.results[0].trajectory.model_copy(update={"answer": torn, "error": torn})
        torn_result = Result(trajectory=trajectory, score=Score(value=0.0, reason=torn))
        folder.store.keep_evaluation(evaluation.model_copy(update={"results": (torn_result,)}), 0)
        folder.store.emit(Warned(text="fine"))
    (row,) = Run("torn", tmp_path).to_pandas("tasks").to_dict("records")
    assert row["answer"] == row["error"] == row["why"] == "half \N{REPLACEMENT CHARACTER} a pair"


def test_a_chart_that_is_not_there_yet_says_why(tmp_path: Path) -> None:
    with RunFolder.create(tmp_path, "empty") as folder:
        empty = Run(folder.path)
    for plot in (empty.plot_loss, empty.plot_accuracy):
        with pytest.raises(RunError, match=r"there is no chart of (loss|accuracy) of the run empty: "):
            plot()


def test_a_run_that_goes_on_is_seen_as_it_stands(tmp_path: Path) -> None:
    with RunFolder.create(tmp_path, "going") as folder:
        run = Run(folder.path)
        folder.store.emit(Warned(text="first"))
        before = len(run.to_pandas("events"))
        folder.store.emit(Warned(text="second"))
        assert (before, len(run.to_pandas("events"))) == (1, 2)


@pytest.mark.parametrize(
    ("library", "call"),
    [("altair", Run.plot_loss), ("altair", Run.plot_tasks), ("pandas", Run.to_pandas)],
)
def test_a_library_that_is_missing_names_the_extra(
    run: Run, monkeypatch: pytest.MonkeyPatch, library: str, call: Callable[[Run], object]
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ToolwrightError, match=rf"{library} is not installed.*pip install 'toolwright\[notebook\]'"):
        call(run)


def test_the_page_is_written_whole_and_a_place_that_cannot_be_written_is_said(run: Run, tmp_path: Path) -> None:
    page = run.to_html(tmp_path / "page.html")
    text = page.read_text("utf-8")
    assert text.lower().startswith("<!doctype html>")
    assert 'data-name="overview"' in text
    assert run.to_html(page) == page  # over a page of ours
    with pytest.raises(RunError, match=r"the page cannot be written to .*lost/page\.html: No such file"):
        run.to_html(tmp_path / "lost" / "page.html")


def test_a_page_takes_the_place_of_nothing_but_a_page(run: Run, tmp_path: Path) -> None:
    mine = tmp_path / "mine.html"
    mine.write_text("<!doctype html><title>Mine</title>")
    for write in (run.to_html, compare(run).to_html):
        with pytest.raises(RunError, match=r"mine\.html is there and is no page of Toolwright's"):
            write(mine)
    assert "Mine" in mine.read_text()


def test_runs_are_compared_with_the_pages_charts(run: Run, tmp_path: Path) -> None:
    copied = Run(shutil.copytree(run.path, tmp_path / "copied"))
    both = compare(run, copied)
    names = [run.path.name, f"{run.path.name} (2)"]
    assert {row["run"] for row in data_of(both.plot_accuracy())} == set(names)
    assert data_of(both.plot_cost()) == both.comparison.charts["cost"]["data"]["values"]
    assert names[1] in shown(both)
    assert 'data-name="comparison"' in both.to_html(tmp_path / "both.html").read_text("utf-8")
    with pytest.raises(RunError, match="there is no chart of transfer, as no transfer file was given"):
        both.plot_transfer()


class Elements(HTMLParser):
    """The names of the elements and attributes in a piece of HTML, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes += [name for name, _ in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_run_shows_itself_with_its_headline_and_epochs(run: Run) -> None:
    found = Elements(shown(run))
    assert run.overview.headline in found.text
    assert "better: 0.750 against 0.000 on train" in found.text


def test_nothing_that_is_told_becomes_markup_or_turns_text_around() -> None:
    payload = f'<script>x</script><img src=x onerror=x>"&{BIDI}\x07'
    found = Elements(brief_html(payload, payload, (payload,), ((payload,),), (payload,)))
    assert found.names == {"div", "h4", "p", "ul", "li", "table", "thead", "tbody", "tr", "th", "td"}
    assert found.attributes == []
    assert found.text == '<script>x</script><img src=x onerror=x>"&⟦U+202E⟧⟦U+0007⟧' * 5


def test_long_text_is_cut_in_the_brief() -> None:
    assert len(brief_html("a" * 5_000_000, "", (), ())) < 1000


def test_the_docs_name_every_table_and_column() -> None:
    sections = re.split(r"^### ", DOCS, flags=re.MULTILINE)[1:]
    told = {
        re.findall(r"`(\w+)`", section)[0]: re.findall(
            r"`(\w+)`", " ".join(line.split("|")[1] for line in section.splitlines() if line.startswith("| `"))
        )
        for section in sections
    }
    assert told == {name: list(table.columns) for name, table in TABLES.items()}


@pytest.mark.parametrize("number", [0, 1])
def test_what_the_docs_show_runs(
    result: TrainingResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    runs = tmp_path / "runs"
    runs.mkdir()
    for name in ("first", "second"):
        shutil.copytree(result.folder, runs / name)
    monkeypatch.chdir(tmp_path)
    score = {"mean": 0.5, "low": 0.1, "high": 0.9}
    evaluated = {"parameters": result.best.digest, "functions": ["add"], "tasks": {"name": "dates", "digest": "d"}}
    evaluated |= {"scored": 2, "complete": True, "score": score}
    Path("first-on-dates.json").write_text(json.dumps(evaluated))
    code = re.findall(r"^```python\n(.*?)^```", DOCS, re.MULTILINE | re.DOTALL)[number]
    scope: dict[str, Any] = {}
    exec(code, scope)
    if number == 0:
        assert scope["unsolved"]["task"].unique().tolist() == ["t0", "t1", "t2", "t3"]
        assert Path("report.html").is_file()
    else:
        assert [row["functions"] for row in data_of(scope["transfer"])] == [Path(result.folder).name]
        frame = pd.concat({run.path.name: run.to_pandas() for run in scope["both"].runs})
        assert frame.loc["second"].equals(frame.loc["first"])
        assert Path("comparison.html").is_file()
