"""`doctor`: what a training needs, found out without asking a model."""

import json

import pytest
from projects import Project

from toolwright.cli.jobs.endpoints import endpoint_checks
from toolwright.cli.jobs.machine import Check, extra_checks, platform_check
from toolwright.config.load import parse_config
from toolwright.models.spec import ModelSpec


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


def test_a_broken_config_does_not_hide_the_rest(project: Project) -> None:
    project.edit("c.toml", lambda text: text.replace("epochs = 3", "epoch = 3"))
    ran = project.run("doctor", "c.toml", "--json")
    found = checks(ran.out)
    assert (ran.code, found["config"]["status"], found["sandbox"]["status"]) == (1, "fail", "ok")


def test_keys_are_named_and_never_shown(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret-value-000")
    out = project.run("doctor").out
    assert "OPENAI_API_KEY" in out
    assert "secret" not in out


@pytest.mark.parametrize(
    ("system", "status", "words"),
    [
        ("linux", "ok", ["Linux"]),
        ("darwin", "note", ["macOS", "runs", "fork", "memory limit is NOT enforced"]),
        ("win32", "fail", ["Windows has no fork", "WSL"]),
        ("freebsd14", "note", ["not tested"]),
    ],
)
def test_every_platform_is_told_what_runs_there(system: str, status: str, words: list[str]) -> None:
    found = platform_check(system)
    assert found.status == status
    assert [word for word in words if word not in found.text] == []


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
        ({"model": "agent", "base_url": "file:///etc"}, "fail", "no http://"),
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
