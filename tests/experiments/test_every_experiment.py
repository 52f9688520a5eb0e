"""Every kind of method and table against a simulated endpoint: run, broken off, gone on with, and drawn."""

import json
import random
import signal
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import pytest
from every_experiment import (
    KINDS,
    NAMES,
    TEST,
    asked_of,
    early,
    expected,
    kept_in,
    make_project,
    scores_of,
    toolwright,
    used_by,
    with_budget,
)

from resuming import finished, until
from resuming import toolwright as process_of
from simulated_endpoint import SimulatedEndpoint, simulated_endpoint
from toolwright.experiments.records import CellRecord, Results
from toolwright.experiments.results_file import read_results
from toolwright.messages import Usage

pytestmark = pytest.mark.soak

FEW = (
    "seals/calling/large/trained/0",
    "crests/calling/large/trained/0",
    "seals/calling/large/creator/0",
    "seals/calling/large/craft/0",
    "seals/react/large/few_shot/0",
    "seals/react/large/interpreter/0",
    "seals/calling/large/divided/0",
)
"""One cell a kind of method, two of a training, in the experiment's order; each of these takes 55 requests, and 15 for
its curve and its transfer; the next ones 18, 27, 5 and 10."""

MEASURED = FEW[:2]


@dataclass(frozen=True)
class Ran:
    """An experiment that came to its end.

    Attributes:
        folder: Where it was run; its results are in "out".
        estimate: What `experiment estimate` said before.
        out: What the last command printed.
        drawn: What `experiment table` printed afterwards, without an endpoint.
    """

    folder: Path
    estimate: dict[str, Any]
    out: str
    drawn: str

    @property
    def results(self) -> Results:
        return read_results(self.folder / "out")


@dataclass(frozen=True)
class Stage:
    """How far one command came.

    Attributes:
        code: What the command returned.
        statuses: What the cells had come to; "unread" is done with something left to be read.
        asked: The requests the endpoint got meanwhile; empty where it is gone with its log.
        kept: Those the journals held in addition.
    """

    code: int
    statuses: list[str]
    asked: Counter[str]
    kept: Counter[str]


def estimated(folder: Path, file: str, *arguments: str) -> dict[str, Any]:
    code, out, err = toolwright(folder, "estimate", file, "--json", *arguments)
    assert code == 0, err
    return json.loads(out)


def only(cells: Iterable[str]) -> tuple[str, ...]:
    return tuple(part for cell in cells for part in ("--only", cell))


@dataclass
class Story:
    """An experiment that is broken off again and again."""

    folder: Path
    file: str
    kept: Counter[str]
    ended: list[Stage]

    def command(self, cells: Iterable[str] = FEW) -> tuple[str, ...]:
        return ("run", self.file, "--out", "out", *only(cells))

    def goes_on(self, endpoint: SimulatedEndpoint | None = None, cells: Iterable[str] = FEW) -> str:
        """Runs the command until it ends, by itself; returns what it printed."""
        past = endpoint.counts().get("requests", 0) if endpoint else 0
        code, out, _ = toolwright(self.folder, *self.command(cells))
        self._note(code, asked_of(endpoint, past) if endpoint else Counter())
        return out

    def is_killed(self, endpoint: SimulatedEndpoint, more: int) -> None:
        """Runs the command and kills it when it has asked so often."""
        past = endpoint.counts().get("requests", 0)
        with process_of(self.folder, "experiment", *self.command()) as process:
            until(lambda: endpoint.counts().get("requests", 0) >= past + more or process.poll() is not None)
            process.send_signal(signal.SIGKILL)
        self._note(process.returncode, asked_of(endpoint, past))

    def _note(self, code: int, asked: Counter[str]) -> None:
        out = self.folder / "out"
        kept = kept_in(out)
        records = read_results(out).cells if (out / "results.json").exists() else ()
        statuses = ["unread" if record.unread else record.status for record in records]
        self.ended.append(Stage(code, statuses, asked, kept - self.kept))
        self.kept = kept


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> tuple[Story, Ran]:
    """Ended by the provider and by its budget, both while something is read, by hand after one cell, and killed."""
    folder = tmp_path_factory.mktemp("few")
    with simulated_endpoint(models="experiment", die_after=60) as endpoint:
        port = urlparse(endpoint.url).port
        story = Story(folder, make_project(folder, endpoint.url), Counter(), [])
        estimate = estimated(folder, story.file, *only(FEW))
        story.goes_on()
    with simulated_endpoint(models="experiment", port=port, latency=0.01) as endpoint:
        whole = (folder / story.file).read_text()
        with_budget(folder, 125)
        story.goes_on(endpoint)
        (folder / story.file).write_text(whole)
        story.goes_on(endpoint, FEW[:2])
        story.is_killed(endpoint, 20)
        out = story.goes_on(endpoint)
    code, drawn, err = toolwright(folder, "table", "out")
    assert code == 0, err
    return story, Ran(folder, estimate, out, drawn)


@pytest.fixture(scope="module")
def every(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """All cells, by the real command, at once."""
    folder = tmp_path_factory.mktemp("every")
    with simulated_endpoint(models="experiment") as endpoint:
        file = make_project(folder, endpoint.url)
        estimate = estimated(folder, file)
        out = finished(folder, "experiment", "run", file, "--out", "out")
        assert asked_of(endpoint).total() == kept_in(folder / "out").total()
    return Ran(folder, estimate, out, finished(folder, "experiment", "table", "out"))


@pytest.fixture(params=["few", "all"])
def ran(request: pytest.FixtureRequest) -> Ran:
    if request.param == "few":
        return request.getfixturevalue("story")[1]
    return request.getfixturevalue("every")


def test_every_cell_scores_what_the_words_say(ran: Ran):
    for record in ran.results.cells:
        assert record.status == "done", record.reason
        assert record.test is not None
        assert record.test.after.by_task == expected(record.key), record.key.id
        if record.test.before is not None:
            assert record.test.before.mean == 0


def test_functions_are_worth_nothing_in_the_other_domain(ran: Ran):
    measured = [record for record in ran.results.cells if record.transfer]
    assert {record.key.id for record in measured} == set(MEASURED)
    for record in measured:
        (other,) = set(KINDS) - {record.key.domain}
        found = {domain: scores.by_task for domain, scores in record.transfer.items()}
        assert found == {other: scores_of(KINDS[other], dict.fromkeys(TEST, False))}


def test_a_curve_shows_what_each_epoch_proposed(ran: Ran):
    share = sum(map(early, TEST)) / len(TEST)
    for record in ran.results.cells:
        assert record.curve == (record.key.id in MEASURED)
        if record.curve:
            assert [point.decision for point in record.points] == ["start", "accept", "reject"]
            assert [point.test for point in record.points] == [0, share, 0]


def test_what_it_took_is_near_what_was_estimated(ran: Ran):
    for one in ran.estimate["methods"]:
        used = used_by(record for record in ran.results.cells if record.key.method == one["method"])
        requests = one["estimate"]["requests"]
        assert requests["low"] <= used.requests <= requests["high"] <= 7 * used.requests, one
        for figure in ("input_tokens", "output_tokens", "dollars"):  # these models say less than real ones
            low, high = (one["estimate"][figure][side] for side in ("low", "high"))
            assert low / 7 <= getattr(used, figure) <= high, one
    assert sum(one["cells"] for one in ran.estimate["methods"]) == len(ran.results.cells) == ran.estimate["cells"]


def test_every_table_is_drawn_again_without_an_endpoint(ran: Ran):
    assert ran.out.partition("\nResults: ")[0].rstrip() == ran.drawn.rstrip()
    tables: list[dict[str, Any]] = json.loads(toolwright(ran.folder, "table", "out", "--format", "json")[1])["tables"]
    assert [table["name"] for table in tables] == list(NAMES)
    _, markdown, _ = toolwright(ran.folder, "table", "out", "--format", "markdown")
    assert [line[4:] for line in markdown.splitlines() if line.startswith("### ")] == [one["title"] for one in tables]
    _, latex, _ = toolwright(ran.folder, "table", "out", "--format", "latex")
    assert latex.count("\\begin{longtable}") == latex.count("\\caption{") == len(tables)


def test_figures_are_drawn_without_an_endpoint(ran: Ran):
    code, _, err = toolwright(ran.folder, "figure", "out")
    assert code == 0, err
    assert 'data-name="experiment"' in (ran.folder / "figures.html").read_text()


def test_the_provider_a_budget_and_a_kill_end_it_in_the_middle_of_a_cell(story: tuple[Story, Ran]):
    provider, budget, raised, killed, last = story[0].ended
    others = ["done"] * 4  # those that the provider had not ended come first
    assert (provider.code, provider.statuses) == (3, ["unread", "incomplete"])
    assert (budget.code, budget.statuses) == (0, ["unread", "incomplete", *others, "incomplete"])
    assert (provider.kept + budget.kept).total() == 125
    assert (raised.code, raised.statuses) == (0, ["done", "done", *others, "incomplete"])
    assert (killed.code, killed.statuses) == (-signal.SIGKILL, ["done", "done", *others, "incomplete"])
    assert (last.code, last.statuses) == (0, ["done"] * 7)


def test_whatever_broke_it_off_nothing_is_asked_twice(story: tuple[Story, Ran]):
    provider, budget, raised, killed, last = story[0].ended
    assert 55 < provider.kept.total() <= 60
    assert budget.asked == budget.kept
    assert raised.kept.total() == 5 + 55 + 15
    assert raised.asked == raised.kept
    assert 10 < killed.kept.total() <= killed.asked.total()
    assert killed.kept <= killed.asked
    assert last.asked == last.kept
    assert used_by(story[1].results.cells).requests == story[0].kept.total()


def test_curves_and_transfers_that_are_wanted_later_ask_for_themselves_alone(tmp_path: Path, every: Ran):
    wanted = {record.key.id: record for record in every.results.cells}
    with simulated_endpoint(models="experiment") as endpoint:
        file, asked = make_project(tmp_path, endpoint.url), list[Counter[str]]()
        for kind in ("main", "curves", "transfer", ""):
            past = endpoint.counts().get("requests", 0)
            tables = ("--table", kind) if kind else ()
            code, _, err = toolwright(tmp_path, "run", file, "--out", "out", *only(MEASURED), *tables)
            assert code == 0, err
            asked.append(asked_of(endpoint, past))
    runs = ("training", "curve", "transfer-*")
    kept = [(kept_in(path) for path in (tmp_path / "out" / "cells").glob(f"*/*/*/*/*/{run}")) for run in runs]
    assert asked == [*(sum(each, Counter[str]()) for each in kept), Counter()]
    assert [each.total() for each in asked] == [110, 20, 10, 0]
    for record in read_results(tmp_path / "out").cells:
        _check_same(record, wanted[record.key.id])


@pytest.mark.parametrize("seed", range(6))
def test_killed_anywhere_it_asks_nothing_twice_and_comes_to_the_same_end(seed: int, tmp_path: Path, every: Ran):
    draw, wanted = random.Random(seed), {record.key.id: record for record in every.results.cells}
    with simulated_endpoint(models="experiment", latency=0.01) as endpoint:
        story = Story(tmp_path, make_project(tmp_path, endpoint.url), Counter(), [])
        for _ in range(draw.choice((1, 2, 3))):
            story.is_killed(endpoint, draw.randrange(150))
            assert story.ended[-1].kept <= story.ended[-1].asked
        story.goes_on(endpoint)
        assert story.ended[-1].asked == story.ended[-1].kept
    for record in read_results(tmp_path / "out").cells:
        _check_same(record, wanted[record.key.id])


def _check_same(record: CellRecord, one: CellRecord) -> None:
    """Checks that two records differ in times alone."""
    assert (record.status, record.unread, _counts(record)) == (one.status, one.unread, _counts(one))
    for split in ("train", "test"):
        assert _scores(record, split) == _scores(one, split)
    assert (record.points, record.functions, record.curve) == (one.points, one.functions, one.curve)
    found, other = ({name: scores.by_task for name, scores in each.transfer.items()} for each in (record, one))
    assert found == other


def _counts(record: CellRecord) -> list[Usage]:
    """What it used, without dollars, whose sum depends on the order."""
    return [used.model_copy(update={"dollars": None}) for used in (*record.usage.values(), record.measuring)]


def _scores(record: CellRecord, split: str) -> list[object]:
    pair = getattr(record, split)
    return [side and side.by_task for side in (pair.before, pair.after)] if pair else []
