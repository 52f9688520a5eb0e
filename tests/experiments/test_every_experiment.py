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

FEW = (
    "seals/calling/large/trained/0",
    "seals/calling/large/creator/0",
    "seals/calling/large/craft/0",
    "seals/react/large/few_shot/0",
    "seals/react/large/interpreter/0",
    "crests/calling/large/measured/0",
    "seals/calling/large/divided/0",
)
"""One cell a kind of method, in the experiment's order; the first takes 55 requests, the next ones 18, 27, 5 and 10."""


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
class Broken:
    """How an experiment was broken off.

    Attributes:
        code: What the command returned.
        statuses: What the cells had come to.
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
    broken: list[Broken]

    def command(self) -> tuple[str, ...]:
        return ("run", self.file, "--out", "out", *only(FEW))

    def told(self, code: int, asked: Counter[str]) -> None:
        """Notes what came of a command."""
        kept = kept_in(self.folder / "out")
        statuses = [record.status for record in read_results(self.folder / "out").cells]
        self.broken.append(Broken(code, statuses, asked, kept - self.kept))
        self.kept = kept


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> tuple[Story, Ran]:
    """Ended by its budget, then by the provider, then killed; then it comes to its end."""
    folder = tmp_path_factory.mktemp("few")
    with simulated_endpoint(models="experiment") as endpoint:
        port = urlparse(endpoint.url).port
        story = Story(folder, make_project(folder, endpoint.url), Counter(), [])
        estimate = estimated(folder, story.file, *only(FEW))
        whole = (folder / story.file).read_text()
        with_budget(folder, 72)
        code, _, _ = toolwright(folder, *story.command())
        story.told(code, asked_of(endpoint))
        (folder / story.file).write_text(whole)
    with simulated_endpoint(models="experiment", port=port, die_after=20):
        code, _, _ = toolwright(folder, *story.command())
        story.told(code, Counter())
    with simulated_endpoint(models="experiment", port=port, latency=0.01) as endpoint:
        with process_of(folder, "experiment", *story.command()) as process:
            until(lambda: endpoint.counts().get("requests", 0) >= 40 or process.poll() is not None)
            process.send_signal(signal.SIGKILL)
        story.told(process.returncode, asked_of(endpoint))
        past = endpoint.counts()["requests"]
        code, out, err = toolwright(folder, *story.command())
        assert code == 0, err
        story.told(code, asked_of(endpoint, past))
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


@pytest.fixture(params=["few", pytest.param("all", marks=pytest.mark.soak)])
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
    measured = [record for record in ran.results.cells if record.key.method == "measured"]
    assert measured
    for record in measured:
        (other,) = set(KINDS) - {record.key.domain}
        found = {domain: scores.by_task for domain, scores in record.transfer.items()}
        assert found == {other: scores_of(KINDS[other], dict.fromkeys(TEST, False))}


def test_a_curve_shows_what_each_epoch_proposed(ran: Ran):
    share = sum(map(early, TEST)) / len(TEST)
    for record in ran.results.cells:
        if record.key.method == "measured":
            assert [point.decision for point in record.points] == ["start", "accept", "reject"]
            assert [point.test for point in record.points] == [0, share, 0]


def test_what_it_took_is_near_what_was_estimated(ran: Ran):
    for one in ran.estimate["methods"]:
        used = used_by(record for record in ran.results.cells if record.key.method == one["method"])
        requests = one["estimate"]["requests"]
        assert requests["low"] <= used.requests <= requests["high"] <= 6 * used.requests, one
        for figure in ("input_tokens", "output_tokens", "dollars"):  # these models say less than real ones
            low, high = (one["estimate"][figure][side] for side in ("low", "high"))
            assert low / 7 <= getattr(used, figure) <= high, one
    assert sum(one["cells"] for one in ran.estimate["methods"]) == len(ran.results.cells) == ran.estimate["cells"]


def test_every_table_is_drawn_again_without_an_endpoint(ran: Ran):
    assert ran.out.partition("\nResults: ")[0].rstrip() == ran.drawn.rstrip()
    tables: list[dict[str, Any]] = json.loads(toolwright(ran.folder, "table", "out", "--format", "json")[1])["tables"]
    assert [table["name"] for table in tables] == list(NAMES)
    for form, begins in (("markdown", "### "), ("latex", "\\begin{table")):
        _, text, _ = toolwright(ran.folder, "table", "out", "--format", form)
        assert text.count(begins) == len(tables)
        assert all(table["title"] in text for table in tables)


def test_figures_are_drawn_without_an_endpoint(ran: Ran):
    code, _, err = toolwright(ran.folder, "figure", "out")
    assert code == 0, err
    assert "Crests" in (ran.folder / "figures.html").read_text()


def test_a_budget_the_provider_and_a_kill_end_it_in_the_middle_of_a_cell(story: tuple[Story, Ran]):
    budget, provider, killed, last = story[0].broken
    assert (budget.code, budget.statuses) == (0, ["done", *["incomplete"] * 6])
    assert budget.kept.total() == 72
    assert (provider.code, provider.statuses) == (3, ["done", "done", *["incomplete"] * 5])
    assert (killed.code, killed.statuses) == (-signal.SIGKILL, [*["done"] * 5, *["incomplete"] * 2])
    assert (last.code, last.statuses) == (0, ["done"] * 7)


def test_whatever_broke_it_off_nothing_is_asked_twice(story: tuple[Story, Ran]):
    budget, provider, killed, last = story[0].broken
    assert budget.asked == budget.kept
    assert 0 < provider.kept.total() <= 20
    assert killed.kept.total() > 0
    assert killed.kept <= killed.asked
    assert last.asked == last.kept
    assert used_by(story[1].results.cells).requests == story[0].kept.total()
    assert len(set(story[0].kept)) > 100


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(12))
def test_killed_anywhere_it_asks_nothing_twice_and_comes_to_the_same_end(seed: int, tmp_path: Path, every: Ran):
    draw, wanted = random.Random(seed), {record.key.id: record for record in every.results.cells}
    with simulated_endpoint(models="experiment", latency=0.01) as endpoint:
        story = Story(tmp_path, make_project(tmp_path, endpoint.url), Counter(), [])
        for _ in range(draw.choice((1, 2, 3))):
            with process_of(tmp_path, "experiment", *story.command()) as process:
                past = endpoint.counts().get("requests", 0)
                asked = past + draw.randrange(150)
                until(lambda asked=asked, process=process: _at(endpoint, asked) or process.poll() is not None)
                process.send_signal(signal.SIGKILL)
            kept = kept_in(tmp_path / "out")
            assert kept - story.kept <= asked_of(endpoint, past)
            story.kept = kept
        past = endpoint.counts().get("requests", 0)
        finished(tmp_path, "experiment", *story.command())
        assert asked_of(endpoint, past) == kept_in(tmp_path / "out") - story.kept
    for record in read_results(tmp_path / "out").cells:
        one = wanted[record.key.id]
        assert (record.status, record.usage, record.measuring) == (one.status, one.usage, one.measuring)
        for split in ("train", "test"):
            assert _scores(record, split) == _scores(one, split)
        assert (record.points, record.functions) == (one.points, one.functions)


def _at(endpoint: SimulatedEndpoint, asked: int) -> bool:
    return endpoint.counts().get("requests", 0) >= asked


def _scores(record: CellRecord, split: str) -> list[object]:
    pair = getattr(record, split)
    return [side and side.by_task for side in (pair.before, pair.after)] if pair else []
