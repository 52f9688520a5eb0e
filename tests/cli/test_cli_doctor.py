"""`doctor`: what a training needs, found out without asking a model."""

import json
import tomllib
from pathlib import Path

import pytest
from projects import Project, tasks

from toolwright.cli.jobs.check import Check
from toolwright.cli.jobs.doctor_doubts import doubt_checks
from toolwright.cli.jobs.endpoints import endpoint_checks
from toolwright.cli.jobs.machine import extra_checks, platform_check
from toolwright.cli.jobs.tasks import task_checks
from toolwright.cli.jobs.walls import wall_checks
from toolwright.config.load import parse_config
from toolwright.models.spec import ModelSpec
from toolwright.sandbox import Report
from toolwright.sandbox.report import Layer, Verdict


def checks(text: str) -> dict[str, dict[str, str]]:
    return {check["name"]: check for check in json.loads(text)["checks"]}


def endpoint_check(**spec: str) -> Check:
    return endpoint_checks({"agent": ModelSpec.model_validate(spec)})[0]


def test_a_project_that_is_ready_is_said_to_be_and_no_model_is_asked(project: Project) -> None:
    before = project.endpoint.counts()
    ran = project.run("doctor", "c.toml")
    assert ran.code == 0, ran.out
    assert "All that is needed is there." in ran.out
    assert "4 train, 3 test; scorer exact" in ran.out
    assert "starts and runs a call" in ran.out
    assert project.endpoint.counts() == before


def test_what_is_not_ready_is_named_with_code_1(project: Project) -> None:
    project.edit("c.toml", lambda text: text.replace(project.endpoint.url, "http://127.0.0.1:9/v1"))
    project.edit("train.jsonl", lambda text: text + "{")
    ran = project.run("doctor", "c.toml", "--json")
    found = checks(ran.out)
    assert (ran.code, json.loads(ran.out)["ok"]) == (1, False)
    assert "train.jsonl" in found["tasks"]["text"]
    assert "cannot be reached" in found["agent model"]["text"]
    assert found["sandbox"]["status"] == "ok"


def test_every_layer_and_every_verdict_is_shown_with_what_is_left(project: Project) -> None:
    ran = project.run("doctor", "c.toml", "--json")
    found = [check for check in json.loads(ran.out)["checks"] if check["name"] in {"layer", "self-test", "left open"}]
    report = Report.model_validate(json.loads(ran.out)["sandbox"])
    assert [check["text"].partition(":")[0] for check in found if check["name"] == "layer"] == [
        "namespaces",
        "landlock",
        "seccomp",
        "limits",
    ]
    tried = {check["text"].partition(":")[0] for check in found if check["name"] == "self-test"}
    assert {"read a file of the machine", "connect by TCP", "start a process", "compute"} < tried
    assert {verdict.name for verdict in report.verdicts} < tried
    assert any(check["text"].endswith(" ms") for check in found)
    assert found[-1]["name"] == "left open"
    assert f"tier {report.tier}" in project.run("doctor", "c.toml").out


WEAK = Report(
    tier="A",
    layers=(
        Layer(name="namespaces", on=False, text="the system refuses them"),
        Layer(name="seccomp", on=True, text=""),
    ),
    verdicts=(Verdict(name="read", held=True, text="refused"), Verdict(name="run", held=False, text="it got through")),
)


def test_a_missing_layer_is_off_with_its_reason_and_a_verdict_that_does_not_hold_is_a_failure() -> None:
    found = [(check.status, check.text) for check in wall_checks("confined", WEAK)]
    assert ("note", "namespaces: OFF: the system refuses them") in found
    assert ("ok", "read: refused") in found
    assert ("fail", "run: it got through") in found
    assert "whether a path it guesses exists, its size and times" in found[-1][1]


def test_an_interpreter_that_is_not_there_is_a_failure_of_the_sandbox(project: Project) -> None:
    project.edit("c.toml", lambda text: text + 'python = "nowhere/python"\n')
    ran = project.run("doctor", "c.toml", "--json")
    assert (ran.code, checks(ran.out)["sandbox"]["status"]) == (1, "fail")
    assert "nowhere/python is no file" in checks(ran.out)["sandbox"]["text"]


def test_without_an_engine_only_who_wants_a_container_fails(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(project.folder))
    ran = project.run("doctor", "c.toml", "--json")
    wanted = project.run("doctor", "c.toml", "--sandbox", "container", "--json")
    assert (ran.code, wanted.code) == (0, 1)
    texts = [check["text"] for check in json.loads(ran.out)["checks"] if check["name"] == "container"]
    assert "podman is not installed" in texts[0]
    assert [text.partition(":")[0] for text in texts[1:]] == ["docker", "runsc"]
    assert all("untested" in text for text in texts[1:])
    assert "podman is not installed" in checks(wanted.out)["sandbox"]["text"]


def test_an_engine_that_is_there_is_named_and_an_image_that_is_not_too(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = project.folder / "podman"
    program.write_text('#!/bin/sh\nif [ "$1" = info ]; then echo "{}"; else exit 1; fi\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(project.folder))
    out = project.run("doctor", "c.toml").out
    assert f"at {program}" in out
    assert "there is no image localhost/toolwright-functions" in out


def test_no_walls_are_no_failure_but_said_loudly(project: Project) -> None:
    ran = project.run("doctor", "c.toml", "--sandbox", "unconfined", "--json")
    assert (ran.code, checks(ran.out)["sandbox"]["status"]) == (0, "note")
    assert "UNCONFINED" in checks(ran.out)["sandbox"]["text"]


@pytest.mark.parametrize(
    ("validation", "options", "status", "said"),
    [
        (4, "", "fail", "on 4 validation tasks the paired gate can accept nothing"),
        (5, "", "ok", "reads 5 validation tasks; on fewer than 5 it could accept nothing"),
        (4, 'gate = "strict"', "ok", "reads 4 validation tasks"),
        (5, 'objective = "score_then_cost"', "note", "5 tasks that all tie show"),
        (0, "level_per_run = 0.1", "fail", "level_per_run bounds the paired gate alone"),
    ],
)
def test_whether_the_gate_can_accept_anything_is_found_out(
    project: Project, validation: int, options: str, status: str, said: str
) -> None:
    (project.folder / "validation.jsonl").write_text(tasks("validation", validation))
    table = 'validation = { reader = "jsonl", path = "validation.jsonl" }\n' if validation else ""
    config = project.config.replace("[training]", f"{table}[training]\n{options}")
    found = task_checks(parse_config(tomllib.loads(config), "c.toml"), project.folder)
    assert (found[-1].status, said in found[-1].text) == (status, True), found


@pytest.mark.usefixtures("few_packages")
def test_a_broken_config_does_not_hide_the_rest(project: Project) -> None:
    project.edit("c.toml", lambda text: text.replace("epochs = 3", "epoch = 3"))
    ran = project.run("doctor", "c.toml", "--json")
    found = checks(ran.out)
    assert (ran.code, found["config"]["status"], found["sandbox"]["status"]) == (1, "fail", "ok")


def test_keys_are_named_and_never_shown(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret-value-000")
    monkeypatch.setenv("PATH", str(project.folder))
    out = project.run("doctor", "--sandbox", "container").out  # there is none: nothing has to start
    assert "OPENAI_API_KEY" in out
    assert "secret" not in out


@pytest.mark.parametrize(
    ("system", "status", "words"),
    [
        ("linux", "ok", ["Linux", "confined by the layers"]),
        ("darwin", "note", ["macOS", "container", "podman or docker", "else not at all", "Never tried"]),
        ("win32", "fail", ["Windows has no fork", "WSL"]),
        ("freebsd14", "note", ["not tested"]),
    ],
)
def test_every_platform_is_told_what_runs_there(system: str, status: str, words: list[str]) -> None:
    found = platform_check(system)
    assert found.status == status
    assert [word for word in words if word not in found.text] == []


def test_what_is_right_and_likely_not_meant_is_noted(tmp_path: Path) -> None:
    (tmp_path / "half_tools.py").write_text("def search(word):\n    return word\n")

    def noted(tool: str, epochs: int) -> list[tuple[str, str]]:
        table = {"models": {"agent": "openai:x"}, "agent": {"tools": tool}, "training": {"epochs": epochs}}
        return [(check.status, check.text) for check in doubt_checks(parse_config(table, "c.toml"), tmp_path)]

    assert noted("half_tools:search", 0) == [
        ("note", "search has not a type hint for word and a docstring, which is its description"),
        ("note", "training.epochs = 0: nothing is learned, only the starting functions are evaluated"),
    ]
    assert noted("json:dumps", 1)[0][0] == "note"
    [(status, text)] = noted("half_tools:serach", 1)
    assert (status, "half_tools:serach" in text) == ("fail", True)


def test_an_extra_counts_only_where_the_config_needs_it() -> None:
    def failed(model: str) -> list[str]:
        config = parse_config({"models": {"agent": model}}, "test")
        return [check.text for check in extra_checks(config) if check.status == "fail"]

    assert failed("openai:gpt-5") == []
    assert failed("anthropic:claude-x") == []


@pytest.mark.parametrize(
    ("spec", "status", "word"),
    [
        ({"model": "agent"}, "fail", "names no provider"),
        ({"model": "replay:nowhere.jsonl"}, "fail", "is no file"),
        ({"model": "agent", "base_url": "http://127.0.0.1:9/v1"}, "fail", "cannot be reached"),
    ],
)
def test_a_model_that_cannot_be_asked_is_found_out(spec: dict[str, str], status: str, word: str) -> None:
    found = endpoint_check(**spec)
    assert (found.status, word in found.text) == (status, True), found.text


def test_an_endpoint_without_the_model_says_which_it_has(project: Project) -> None:
    url = project.endpoint.url
    assert "there: agent, optimizer" in endpoint_check(model="other", base_url=url).text
    assert endpoint_check(model="agent", base_url=url).status == "ok"
    assert "lists no models" in endpoint_check(model="agent", base_url=f"{url}/elsewhere").text
