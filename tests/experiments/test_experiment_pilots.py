"""`experiment estimate --pilot`: what is asked, what is kept, how it ends, and how near it comes to what cells take."""

import json
import signal
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from every_experiment import asked_of, kept_in, make_project, toolwright, used_by

from resuming import toolwright as process_of
from resuming import until
from simulated_endpoint import SimulatedEndpoint, simulated_endpoint
from toolwright.errors import KeyRefused
from toolwright.experiments.expecting import to_pilot
from toolwright.experiments.load import load_experiment
from toolwright.experiments.pilots import PILOTS, run_pilots
from toolwright.experiments.planning import Setup, plan_of
from toolwright.experiments.results_file import read_results
from toolwright.sync import run_sync

SOME = ("--only", "seals/calling/large/*/0", "--out", "out")
"""Trainings of several kinds, few_shot and plain cells, one with an interpreter; and three that no pilot tells of."""

ONE = ("--only", "seals/calling/large/trained/0", "--out", "out")
UNTOLD = ("creator", "craft", "divided")


@dataclass(frozen=True)
class Project:
    """An experiment in a folder of its own."""

    folder: Path
    file: str
    endpoint: SimulatedEndpoint

    def estimate(self, *arguments: str) -> dict[str, Any]:
        """What `experiment estimate` says; quiet, as what it tells is tested by itself."""
        code, out, err = toolwright(self.folder, "estimate", self.file, *arguments, "--json", "--quiet")
        assert code == 0, err
        return json.loads(out)

    def edit(self, old: str, new: str) -> None:
        text = (self.folder / self.file).read_text()
        assert old in text
        (self.folder / self.file).write_text(text.replace(old, new, 1))

    @contextmanager
    def edited(self, old: str, new: str) -> Generator[None]:
        """The experiment with something else in it, for a while."""
        before = (self.folder / self.file).read_text()
        self.edit(old, new)
        yield
        (self.folder / self.file).write_text(before)

    @property
    def pilots(self) -> Path:
        return self.folder / "out" / PILOTS


def made(folder: Path, endpoint: SimulatedEndpoint) -> Project:
    return Project(folder, make_project(folder, endpoint.url), endpoint)


def by_method(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["method"]: one for one in found["methods"]}


def tokens(estimate: dict[str, Any], case: str) -> float:
    return estimate["input_tokens"][case] + estimate["output_tokens"][case]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[SimulatedEndpoint]:
    with simulated_endpoint(models="experiment") as running:
        yield running


@pytest.fixture(scope="module")
def piloted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Project, dict[str, Any]]]:
    """An experiment whose pilots of 3 tasks were run, at an endpoint of its own, and what was estimated by them."""
    with simulated_endpoint(models="experiment") as running:
        project = made(tmp_path_factory.mktemp("piloted"), running)
        yield project, project.estimate(*SOME, "--pilot", "3")


def test_one_pilot_a_domain_agent_and_model_tells_of_all_methods_but_those_that_ask_in_other_ways(
    piloted: tuple[Project, dict[str, Any]],
) -> None:
    project, found = piloted
    rests_on = {name: one["rests_on"] for name, one in by_method(found).items()}
    assert rests_on == {name: {"nothing" if name in UNTOLD else "pilot": 1} for name in rests_on}
    assert len(rests_on) > 10
    assert {path.parent.relative_to(project.pilots).as_posix() for path in project.pilots.glob("*/*/*/*")} == {
        "seals/calling/large"
    }
    told = by_method(found)
    assert told["plain"]["estimate"]["requests"]["expected"] == 5 * 1
    assert told["interpreter"]["estimate"]["requests"]["expected"] == 5 * 2  # by rollouts of its own: it runs code
    assert tokens(told["few_shot"]["estimate"], "expected") > 1.5 * tokens(told["plain"]["estimate"], "expected")
    assert told["trained"]["minutes"]["expected"] > 0


def test_a_total_is_expected_only_where_something_is_known_of_every_cell(
    piloted: tuple[Project, dict[str, Any]],
) -> None:
    project, found = piloted
    assert found["total"]["requests"]["expected"] is found["minutes"] is None
    assert found["total"]["requests"]["low"] > 0
    known = project.estimate("--only", "*/calling/large/trained/0", "--only", "seals/calling/large/*a*n/0", *SOME[2:])
    assert known["total"]["requests"]["expected"] is None  # of the other domain there is no pilot
    known = project.estimate(*ONE)
    assert known["total"] == by_method(known)["trained"]["estimate"] == by_method(found)["trained"]["estimate"]


def test_a_pilot_says_what_it_took_and_is_read_and_not_asked_again(piloted: tuple[Project, dict[str, Any]]) -> None:
    project, found = piloted
    asked = asked_of(project.endpoint)
    assert kept_in(project.pilots) == asked
    assert found["pilots"]["requests"] == asked.total()
    for more in ((), ("--pilot", "3"), ("--pilot", "2")):
        assert project.estimate(*SOME, *more) == found
    assert asked_of(project.endpoint) == asked


def test_a_pilot_tells_of_other_schedules_too_but_not_of_what_it_was_not_made_of(
    piloted: tuple[Project, dict[str, Any]],
) -> None:
    project, found = piloted
    with project.edited("epochs = 2", "epochs = 3"):
        longer = by_method(project.estimate(*SOME))["trained"]
    assert longer["rests_on"] == {"pilot": 1}
    assert tokens(longer["estimate"], "expected") > tokens(by_method(found)["trained"]["estimate"], "expected")
    with project.edited("[training]", "[optimizer]\nactions = 2\n[training]"):
        assert by_method(project.estimate(*SOME))["trained"]["rests_on"] == {"nothing": 1}


OTHER = ("--only", "seals/calling/large/trained/1", "--out", "out")
"""The training with another seed, by which other train tasks are drawn."""


@pytest.mark.parametrize("method", ["trained/1", "validated/0"])  # another seed, and a draw of 4 tasks
def test_a_pilot_tells_of_other_draws_of_the_same_tasks_and_none_is_run_again_for_them(
    piloted: tuple[Project, dict[str, Any]], method: str
) -> None:
    project, _ = piloted
    asked, only = asked_of(project.endpoint), ("--only", f"seals/calling/large/{method}", "--out", "out")
    [told] = project.estimate(*only)["methods"]
    assert told["rests_on"] == {"pilot": 1}
    assert told["estimate"]["requests"]["expected"] > 0
    assert project.estimate(*only, "--pilot", "3")["methods"] == [told]
    assert asked_of(project.endpoint) == asked


def test_a_pilot_tells_of_no_tasks_that_its_domain_has_no_more(piloted: tuple[Project, dict[str, Any]]) -> None:
    project, _ = piloted
    file = project.folder / "seal_train.jsonl"
    before = file.read_text()
    file.write_text(before.replace("?", " please?").replace("seal of", "very seal of"))
    assert file.read_text() != before
    for only in (ONE, OTHER):
        assert by_method(project.estimate(*only))["trained"]["rests_on"] == {"nothing": 1}
    file.write_text(before)


def test_what_pilots_took_is_not_granted_to_cells_again(piloted: tuple[Project, dict[str, Any]]) -> None:
    project, found = piloted
    took, plain = found["pilots"]["requests"], "seals/calling/large/plain/0"
    with project.edited("[training]", f"[budget]\nrequests = {took + 4}\n[training]"):
        code, _, err = toolwright(project.folder, "run", project.file, "--only", plain, "--out", "out")
    assert code == 1
    assert f"too small for one cell: {plain}, the cheapest, cannot be run: it needs 5 requests at the least, and" in err


def test_the_table_shows_what_is_expected_on_what_it_rests_and_what_the_pilots_took(
    piloted: tuple[Project, dict[str, Any]],
) -> None:
    project, found = piloted
    _, out, _ = toolwright(project.folder, "estimate", project.file, *SOME)
    expected, between = out.split("Estimate, low to high")
    rows = [line.split() for line in expected.splitlines()]
    assert ["plain", "1", "5"] in [row[:3] for row in rows]
    assert ["total", str(len(found["methods"])), *["unknown"] * 5] in rows
    assert ["plain", "1", "4", "to", "6"] in [line.split()[:5] for line in between.splitlines()]
    assert "Nothing is expected in total, as of cells of creator, craft, divided nothing was measured." in between
    assert f"Pilots took {found['pilots']['requests']} requests and {found['pilots']['tokens']:,} tokens" in out


def test_a_pilot_of_evaluations_alone_tells_of_no_training_until_one_with_a_step_is_run(
    tmp_path: Path, endpoint: SimulatedEndpoint
) -> None:
    project, plain = made(tmp_path, endpoint), ("--only", "seals/calling/large/plain/0", *ONE[2:])
    assert by_method(project.estimate(*plain, "--pilot", "4"))["plain"]["rests_on"] == {"pilot": 1}
    assert by_method(project.estimate(*ONE))["trained"]["rests_on"] == {"nothing": 1}
    assert by_method(project.estimate(*ONE, "--pilot", "3"))["trained"]["rests_on"] == {"pilot": 1}


def test_a_pilot_is_advised_where_it_can_help(tmp_path: Path, endpoint: SimulatedEndpoint) -> None:
    project = made(tmp_path, endpoint)
    for method, advised in (("trained", True), ("craft", False)):
        only = ("--only", f"seals/calling/large/{method}/0", *ONE[2:])
        _, out, _ = toolwright(project.folder, "estimate", project.file, *only)
        assert "Nothing was measured" in out
        assert ("--pilot 3 runs" in out) == advised


def test_what_else_ends_a_pilot_keeps_its_kind_and_gets_the_pilots_name(tmp_path: Path) -> None:
    with simulated_endpoint(models="experiment", plan="bad_key,bad_key,bad_key") as running:
        experiment, base = load_experiment(tmp_path / made(tmp_path, running).file)
        plan = plan_of(Setup(experiment, base, tmp_path / "out", only=ONE[1:2]))
        with pytest.raises(KeyRefused, match="the pilot of seals/calling/large: the provider refuses the key"):
            run_sync(run_pilots(plan, to_pilot(plan), 3, lambda _: None, ()))


@pytest.mark.parametrize("table", ["limits", "budget"])
def test_a_pilot_that_limits_end_says_so_and_goes_on_where_it_was(
    table: str, tmp_path: Path, endpoint: SimulatedEndpoint
) -> None:
    project = made(tmp_path, endpoint)
    project.edit("[training]", f"[{table}]\nrequests = 4\n[training]")
    past = endpoint.counts().get("requests", 0)
    code, out, err = toolwright(project.folder, "estimate", project.file, *ONE, "--pilot", "3")
    assert (code, out) == (1, "")
    assert "[1/1] pilot of seals/calling/large: 3 train tasks, one step, the same tasks with its candidate …" in err
    reached = {
        "limits": "the limit of 4 requests is reached",
        "budget": "the experiment's budget of 4 requests was used up (this pilot could use 4 of it)",
    }
    assert f"the pilot of seals/calling/large: {reached[table]}: 4 used, 1 more needed; raise [{table}] of" in err
    assert "What was answered is kept, and the same command goes on with it" in err
    assert sum(asked_of(endpoint, past).values()) == 4
    if table == "budget":
        return
    project.edit("requests = 4", "requests = 40")
    found = project.estimate(*ONE, "--pilot", "3")
    assert found["total"]["requests"]["expected"] > 0
    assert kept_in(project.pilots) == asked_of(endpoint, past)


def test_a_pilot_larger_than_the_train_tasks_asks_nobody(tmp_path: Path, endpoint: SimulatedEndpoint) -> None:
    project, past = made(tmp_path, endpoint), endpoint.counts().get("requests", 0)
    code, _, err = toolwright(project.folder, "estimate", project.file, *ONE, "--pilot", "8")
    assert code == 1
    assert "--pilot 8: the cell seals/calling/large/trained/0 has 7 train tasks; ask for so many at the most" in err
    assert endpoint.counts().get("requests", 0) == past
    assert not (tmp_path / "out").exists()


@pytest.mark.soak
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("asked", [2, 7, 12])
def test_a_pilot_that_is_broken_off_goes_on_by_the_same_command_and_asks_nothing_twice(
    number: signal.Signals, asked: int, tmp_path: Path
) -> None:
    with simulated_endpoint(models="experiment", latency=0.05) as running:
        project = made(tmp_path, running)
        project.edit('"agent", base_url', '"agent", concurrency = 1, base_url')
        with process_of(tmp_path, "experiment", "estimate", project.file, *ONE, "--pilot", "4") as process:
            until(lambda: running.counts().get("requests", 0) >= asked or process.poll() is not None)
            process.send_signal(number)
            _, err = process.communicate(timeout=60)
        if number == signal.SIGINT:
            assert process.returncode == 130
            assert "What was answered is kept in out; the same command goes on where it was." in err
        kept = kept_in(project.pilots)
        past = running.counts()["requests"]
        assert past - 1 <= kept.total() <= past
        found = project.estimate(*ONE, "--pilot", "4")
        assert kept_in(project.pilots) == kept + asked_of(running, past)
        whole = Project(tmp_path / "whole", project.file, running)
        whole.folder.mkdir()
        make_project(whole.folder, running.url)
        whole.edit('"agent", base_url', '"agent", concurrency = 1, base_url')
        assert whole.estimate(*ONE, "--pilot", "4")["total"] == found["total"]


@pytest.mark.soak
def test_a_provider_that_fails_for_good_ends_a_pilot_with_code_3_and_it_goes_on(tmp_path: Path) -> None:
    with simulated_endpoint(models="experiment", die_after=5) as dying:
        project = made(tmp_path, dying)
        code, out, err = toolwright(tmp_path, "estimate", project.file, *ONE, "--pilot", "3", "--quiet")
        assert (code, out) == (3, "")
        assert "the pilot of seals/calling/large: " in err
        assert "What was answered is kept, and the same command goes on with it" in err
    kept = kept_in(project.pilots).total()
    with simulated_endpoint(models="experiment") as sound:
        text = (tmp_path / project.file).read_text()
        (tmp_path / project.file).write_text(text.replace(dying.url, sound.url))
        assert (
            Project(tmp_path, project.file, sound).estimate(*ONE, "--pilot", "3")["total"]["requests"]["expected"] > 0
        )
        assert kept_in(project.pilots).total() == kept + sound.counts()["requests"]
    assert kept > 0


@pytest.mark.soak
@pytest.mark.parametrize("count", [3, 5])
def test_what_is_expected_is_within_a_factor_of_two_of_what_the_cells_take(count: int, tmp_path: Path) -> None:
    with simulated_endpoint(models="experiment") as running:
        project = made(tmp_path, running)
        found = project.estimate("--out", "out", "--pilot", str(count))
        code, _, err = toolwright(tmp_path, "run", project.file, "--out", "out", "--quiet")
        assert code == 0, err
    taken, expected = [0.0, 0.0], [0.0, 0.0]
    for name, one in by_method(found).items():
        if name in UNTOLD:
            continue
        used = used_by(record for record in read_results(tmp_path / "out").cells if record.key.method == name)
        likely = (one["estimate"]["requests"]["expected"], tokens(one["estimate"], "expected"))
        for place, (figure, truth) in enumerate(zip(likely, (used.requests, used.tokens), strict=True)):
            assert 0.5 < figure / truth < 2, f"{name}: expected {figure:,.0f}, took {truth:,.0f}"
            taken[place] += truth
            expected[place] += figure
    ratios = [figure / truth for figure, truth in zip(expected, taken, strict=True)]
    assert all(0.5 < ratio < 2 for ratio in ratios), f"requests and tokens, expected to true: {ratios}"
