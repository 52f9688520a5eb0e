"""`toolwright experiment`, over HTTP against a simulated endpoint."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from projects import Project, Ran, tasks

from simulated_endpoint import SimulatedEndpoint, simulated_endpoint
from toolwright.experiments.cell_folder import used_by_runs
from toolwright.runs.folder import DATABASE

EXPERIMENT = """
name = "small"

[domains.seals]
source = {{ reader = "jsonl", path = "seals.jsonl" }}
draw = {{ train = 4, test = 5 }}

[agents.fc]
kind = "function_calling"

[models.simulated]
agent = {{ model = "agent", base_url = "{url}", price = {{ input = 3.0, output = 15.0 }} }}
optimizer = {{ model = "optimizer", base_url = "{url}", price = {{ input = 3.0, output = 15.0 }} }}

[methods.trained]
kind = "train"
training = {{ epochs = 2 }}

[methods.plain]
kind = "none"

[sandbox]
packages = ["hashlib"]

[[tables]]
kind = "main"
"""
TRAINED, PLAIN = "seals/fc/simulated/trained/0", "seals/fc/simulated/plain/0"


def make(folder: Path, endpoint: SimulatedEndpoint) -> Project:
    (folder / "seals.jsonl").write_text(tasks("seals", 12))
    (folder / "small.toml").write_text(EXPERIMENT.format(url=endpoint.url))
    return Project(folder, endpoint)


def experiment(project: Project, *arguments: str) -> Ran:
    return project.run("experiment", *arguments)


def cells(project: Project) -> list[dict[str, object]]:
    return json.loads((project.folder / "experiments/small/results.json").read_text())["cells"]


READ = ("curve", "points", "measuring", "measuring_minutes")
"""What a curve changes of a record."""


@dataclass
class Done:
    """A project in which the experiment was run once, and how many requests that took."""

    project: Project
    ran: Ran
    requests: int


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory, endpoint: SimulatedEndpoint) -> Done:
    project = make(tmp_path_factory.mktemp("experiment"), endpoint)
    before = endpoint.counts().get("requests", 0)
    ran = experiment(project, "run", "small.toml")
    return Done(project, ran, endpoint.counts()["requests"] - before)


def test_an_experiment_trains_measures_and_prints_its_tables(done: Done) -> None:
    assert done.ran.code == 0, done.ran.err
    assert "Before and after training" in done.ran.out
    assert "Results: experiments/small/results.json" in done.ran.out
    trained, plain = cells(done.project)
    assert trained["status"] == plain["status"] == "done"
    used = [sum(role["requests"] for role in cell["usage"].values()) for cell in (trained, plain)]  # type: ignore[attr-defined]
    assert sum(used) == done.requests


def test_what_a_cells_runs_used_can_be_read_where_it_has_no_record_yet(done: Done) -> None:
    trained, _ = cells(done.project)
    usage, minutes = used_by_runs(done.project.folder / "experiments/small/cells" / TRAINED)
    assert {role: used.model_dump() for role, used in usage.items()} == trained["usage"]
    assert minutes > 0


@pytest.mark.parametrize("command", ["run", "estimate", "table", "figure", "record", "show"])
def test_every_command_explains_itself(done: Done, command: str) -> None:
    ran = experiment(done.project, command, "--help")
    assert (ran.code, f"toolwright experiment {command}" in ran.out) == (0, True)


def test_a_line_is_said_of_each_cell_begun_and_ended_with_its_scores(done: Done) -> None:
    lines = done.ran.err.splitlines()
    assert lines[0] == f"[1/2] {TRAINED} …"
    assert lines[1].startswith("Sandbox: confined, tier ")
    assert lines[2].startswith(f"[1/2] {TRAINED}: test 0.0% → 100.0% (")
    assert lines[4].startswith(f"[2/2] {PLAIN}: test 0.0% (5 requests, price $0.00")
    assert len(lines) == 5


def test_what_is_done_asks_nobody_again_and_json_is_the_results_file(done: Done) -> None:
    before = done.project.endpoint.counts()
    again = experiment(done.project, "run", "small.toml", "--json")
    assert done.project.endpoint.counts() == before
    assert (again.code, again.err) == (0, "")
    assert json.loads(again.out)["cells"] == cells(done.project)


def test_the_replies_of_every_cell_are_recorded_and_with_them_the_experiment_runs_again(done: Done) -> None:
    recorded = experiment(done.project, "record", "experiments/small", "--out", "replies", "--note", "A simulation.")
    files = [f"replies/seals-fc-simulated-{method}-0.jsonl" for method in ("trained", "plain")]
    assert (recorded.code, recorded.out.split()) == (0, files)
    before = done.project.endpoint.counts()
    name = "replay:replies/{domain}-{agent}-simulated-{method}-{seed}.jsonl"
    lines = EXPERIMENT.format(url="").splitlines()
    replayed = [f'{line.split()[0]} = "{name}"' if "base_url" in line else line for line in lines]
    (done.project.folder / "again.toml").write_text("\n".join(replayed))
    ran = experiment(done.project, "run", "again.toml", "--out", "again", "--json")
    assert ran.code == 0, ran.err
    assert done.project.endpoint.counts() == before
    assert [cell["test"]["after"]["by_task"] for cell in json.loads(ran.out)["cells"]] == [
        cell["test"]["after"]["by_task"]  # type: ignore[index]
        for cell in cells(done.project)
    ]


def test_an_estimate_asks_nobody_and_knows_what_is_done(done: Done) -> None:
    before = done.project.endpoint.counts()
    whole = experiment(done.project, "estimate", "small.toml", "--out", "new", "--json")
    assert [method["method"] for method in json.loads(whole.out)["methods"]] == ["trained", "plain"]
    shown = experiment(done.project, "estimate", "small.toml")
    assert "2 of 2 cells are done" in shown.out
    assert "plain    1      5 to 5 " in experiment(done.project, "estimate", "small.toml", "--out", "new").out
    assert not (done.project.folder / "new").exists()
    assert done.project.endpoint.counts() == before


def test_a_curve_that_is_wanted_later_is_read_of_the_same_training_and_where_it_cannot_be_that_is_said(
    done: Done, tmp_path: Path
) -> None:
    shutil.copytree(done.project.folder, tmp_path, dirs_exist_ok=True)
    project = Project(tmp_path, done.project.endpoint)
    with (tmp_path / "small.toml").open("a") as file:
        file.write('[[tables]]\nkind = "curves"\n')
    database = tmp_path / "experiments/small/cells" / TRAINED / "training" / DATABASE
    whole = database.read_bytes()
    database.write_bytes(b"damaged")
    before = project.endpoint.counts()["requests"]
    ran = experiment(project, "run", "small.toml", "--table", "curves", "--only", TRAINED)
    assert (ran.code, project.endpoint.counts()["requests"]) == (1, before)
    assert f"cell {TRAINED} is done, and what is wanted beside its training cannot be read without its run: " in ran.err
    assert f"--again '{TRAINED}'" in ran.err
    database.write_bytes(whole)
    ran = experiment(project, "run", "small.toml", "--table", "curves")
    trained, _ = cells(project)
    assert (ran.code, trained["curve"], trained["unread"]) == (0, True, "")
    assert project.endpoint.counts()["requests"] - before == trained["measuring"]["requests"]  # type: ignore[index]
    assert {**trained, **dict.fromkeys(READ)} == {**cells(done.project)[0], **dict.fromkeys(READ)}
    assert ran.err.splitlines()[-1].startswith(f"[1/1] {TRAINED}: test 0.0% → 100.0% (")


@pytest.mark.parametrize("form", ["terminal", "markdown", "latex", "json"])
def test_tables_are_drawn_again_without_a_model(done: Done, form: str, tmp_path: Path) -> None:
    ran = experiment(done.project, "table", "experiments/small", "--table", "main", "--format", form)
    assert ran.code == 0, ran.err
    begin = {"terminal": "Before and", "markdown": "### Before", "latex": "% needs ", "json": "{"}[form]
    assert ran.out.startswith(begin)
    assert "Costs" not in ran.out
    file = tmp_path / "tables.txt"
    written = experiment(
        done.project, "table", "experiments/small", "--table", "main", "--format", form, "--out", str(file)
    )
    assert (written.code, written.out, file.read_text()) == (0, "", ran.out.rstrip("\n") + "\n")


def test_figures_are_one_file(done: Done, tmp_path: Path) -> None:
    file = tmp_path / "figures.html"
    ran = experiment(done.project, "figure", "experiments/small/results.json", "--out", str(file))
    assert (ran.code, ran.out) == (0, f"{file}\n"), ran.err
    assert file.read_text().startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "nosuch"), "nosuch is neither a file nor a preset"),
        (("run", "small.toml", "--only", "x/*"), "--only x/*: no cell is called so; there are 2"),
        (("run", "small.toml", "--table", "curves"), "--table curves: the experiment has no such table; it has: main"),
        (("run", "small.toml", "--data", "seals=seals.jsonl"), "--data seals=…: no domain reads data:seals"),
        (("run", "small.toml", "--data", "seals"), "--data seals: write NAME=PATH"),
        (("run", "small.toml", "--data", "seals=nosuch"), "--data seals=nosuch: nosuch is not there"),
        (("run", "small.toml", "--model", "optimizer=openai:x"), "--model: give agent=MODEL"),
        (("run", "small.toml", "--model", "agnt=openai:x"), "there is no role 'agnt'; give MODEL"),
        (("run", "small.toml", "--model", "openai:gpt-5", "--out", "new"), "agent: openai:gpt-5 needs a key"),
        (("table", "nosuch.json"), "nosuch.json cannot be read"),
        (("table", "seals.jsonl"), "is not JSON"),
        (("table", "experiments/small", "--table", "curves"), "curves"),
        (("figure", "small.toml", "--out", "x.html"), "is not JSON"),
        (("show", "nosuch"), "there is no preset 'nosuch'"),
    ],
)
def test_what_is_wrong_is_said_and_asks_nobody(
    done: Done, arguments: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    before = done.project.endpoint.counts()
    ran = experiment(done.project, *arguments)
    assert (ran.code, ran.out) == (1, "")
    assert said in ran.err
    assert done.project.endpoint.counts() == before
    assert not (done.project.folder / "new").exists()


def test_a_budget_that_is_too_small_for_one_cell_asks_nobody(tmp_path: Path, endpoint: SimulatedEndpoint) -> None:
    project = make(tmp_path, endpoint)
    project.edit("small.toml", lambda text: text.replace("[sandbox]", "[budget]\nrequests = 4\n[sandbox]"))
    before = endpoint.counts()
    ran = experiment(project, "run", "small.toml")
    assert (ran.code, endpoint.counts()) == (1, before)
    assert f"too small for one cell: {PLAIN}, the cheapest" in ran.err


def test_a_budget_ends_an_experiment_well_and_says_what_was_not_run(
    tmp_path: Path, endpoint: SimulatedEndpoint
) -> None:
    project = make(tmp_path, endpoint)
    project.edit(
        "small.toml", lambda text: text.replace("[domains", "seeds = [0, 1, 2]\n[budget]\nrequests = 12\n[domains")
    )
    before = endpoint.counts().get("requests", 0)
    ran = experiment(project, "run", "small.toml", "--only", "*/plain/*", "--quiet")
    assert ran.code == 0
    assert endpoint.counts()["requests"] - before == 10
    assert cells(project)[-1]["reason"] == (
        "not run: it needs 5 requests at the least, and may use 2 requests of the experiment's budget of 12 requests; "
        "raise [budget] of the experiment"
    )
    assert "warning: the budget is not enough for every cell: they need 15 requests at the least" in ran.err


def test_a_provider_that_fails_for_good_ends_it_with_code_3_and_it_goes_on(tmp_path: Path) -> None:
    plain = ("run", "small.toml", "--only", "*/plain/*")
    with simulated_endpoint(die_after=3) as dying:
        project = make(tmp_path, dying)
        project.edit("small.toml", lambda text: text.replace("base_url", "attempts = 1, outage_minutes = 0, base_url"))
        ran = experiment(project, *plain)
        assert ran.code == 3
        assert "What was answered is kept in experiments/small; the same command goes on where it was." in ran.err
        [broken] = cells(project)
        assert (broken["status"], broken["reason"] != "") == ("incomplete", True)
    with simulated_endpoint() as sound:
        project.edit("small.toml", lambda text: text.replace(dying.url, sound.url))
        ran = experiment(project, *plain)
        assert ran.code == 0, ran.err
        assert [cell["status"] for cell in cells(project)] == ["done"]


def started(project: Project) -> subprocess.Popen[str]:
    """The experiment in a process of its own, which has begun to ask."""
    process = subprocess.Popen(
        [sys.executable, "-m", "toolwright.cli", "experiment", "run", "small.toml"],
        cwd=project.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + 60
    while project.endpoint.counts().get("optimizer", 0) < 2:
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.02)
    return process


@pytest.mark.soak
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)])
def test_an_experiment_that_is_broken_off_goes_on_by_the_same_command_and_asks_nothing_twice(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    with simulated_endpoint(latency=0.1) as endpoint:
        project = make(tmp_path, endpoint)
        project.edit("small.toml", lambda text: text.replace("[sandbox]", "[budget]\nrequests = 49\n[sandbox]"))
        process = started(project)
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
        assert process.returncode == code
        if number == signal.SIGINT:
            assert "the same command goes on where it was.\ninterrupted\n" in err
        asked = len(endpoint.log())
        ran = experiment(project, "run", "small.toml")
        assert ran.code == 0, ran.err
        assert [cell["status"] for cell in cells(project)] == ["done", "done"]
        used = [sum(role["requests"] for role in cell["usage"].values()) for cell in cells(project)]  # type: ignore[attr-defined]
        assert sum(used) <= 49
        assert len(endpoint.log()) - sum(used) <= 4 < asked  # no more than were under way when it was broken off
