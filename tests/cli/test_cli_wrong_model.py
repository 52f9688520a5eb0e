"""A model's name or key that the provider refuses: what to change, and no line to go on with that cannot work."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from projects import Project, Ran, make_project

from simulated_endpoint import SimulatedEndpoint, simulated_endpoint

GO_ON = "Go on with it:  toolwright resume runs/cut"


def trained(folder: Path, plan: str, change: Callable[[str], str] = str) -> tuple[Project, Ran]:
    with simulated_endpoint(plan=plan) as endpoint:
        project = make_project(folder, endpoint)
        project.edit("c.toml", change)
        ran = project.run("train", "c.toml", "--name", "cut")
    return project, ran


def bodies(endpoint: SimulatedEndpoint, model: str) -> list[dict[str, Any]]:
    """Everything a model was asked so far, in order."""
    return [entry["body"] for entry in endpoint.log() if entry["body"]["model"] == model]


def test_a_refused_key_says_which_key_of_the_config_and_the_run_goes_on_with_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_KEY", "not-the-right-one")
    with simulated_endpoint(plan="ok,ok,ok,ok,bad_key") as endpoint:
        project = make_project(tmp_path, endpoint)
        ran = project.run("train", "c.toml", "--name", "cut")
        assert (ran.code, ran.out) == (1, "")
        assert "error: the provider refuses the key of the optimizer's model: " in ran.err
        assert "models.optimizer.api_key_env" in ran.err
        assert "With a key that is accepted the run can go on (--config FILE" in ran.err
        assert GO_ON in ran.err
        project.edit("c.toml", lambda text: text.replace('"optimizer",', '"optimizer", api_key_env = "SOME_KEY",'))
        answered = bodies(endpoint, "agent")
        assert len(answered) == 4
        again = project.run("resume", "cut", "--config", "c.toml")
        assert again.code == 0, again.err
        assert [entry["key"] for entry in endpoint.log() if entry["body"]["model"] == "optimizer"][-1] == (
            "not-the-right-one"
        )
        assert [body for body in bodies(endpoint, "agent")[4:] if body in answered] == []


def test_a_wrong_name_at_a_providers_own_address_prints_no_line_that_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "not-a-key-of-openais")
    with simulated_endpoint(plan="no_model") as endpoint:
        monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
        project = make_project(tmp_path, endpoint)
        named = f'model = "agent", base_url = "{endpoint.url}"'
        project.edit("c.toml", lambda text: text.replace(named, 'model = "openai-chat:gpt-55"'))
        ran = project.run("train", "c.toml", "--name", "cut")
    assert (ran.code, ran.out) == (1, "")
    assert "the provider knows no 'gpt-55', the agent's model: " in ran.err
    assert "correct the name and start a new run" in ran.err
    assert "toolwright resume" not in ran.err
    assert "{" not in ran.err


def test_a_wrong_name_at_an_address_of_ones_own_may_be_the_addresss_fault_and_then_goes_on(tmp_path: Path) -> None:
    project, ran = trained(tmp_path, "no_model")
    assert ran.code == 1
    assert (
        "Where the name is right, and the address (--config FILE) or the server was wrong, the run can go on:"
        in ran.err
    )
    assert GO_ON in ran.err
    with simulated_endpoint() as right:
        project.edit("c.toml", lambda text: re.sub(r"http://[^\"]*", right.url, text))
        assert project.run("resume", "cut", "--config", "c.toml").code == 0


def test_what_the_agent_answered_is_used_again_by_the_run_with_the_optimizers_right_name(tmp_path: Path) -> None:
    _, ran = trained(tmp_path, "ok,ok,ok,ok,no_model", lambda text: text.replace('"optimizer",', '"optimiser",'))
    line = re.search(r"can be used again by that:  toolwright (record CONFIG --out FILE --from runs/cut)", ran.err)
    assert line is not None, ran.err
    with simulated_endpoint() as endpoint:
        project = Project(tmp_path, endpoint)
        right = re.sub(r"http://[^\"]*", endpoint.url, project.config).replace('"optimiser",', '"optimizer",')
        (tmp_path / "right.toml").write_text(right)
        words = line[1].replace("CONFIG", "right.toml").replace("FILE", "rec.jsonl").split()
        again = project.run(*words)
        assert again.code == 0, again.err
        assert "4 reused from runs/cut" in again.out


def test_another_agents_name_really_is_another_run(tmp_path: Path) -> None:
    project, _ = trained(tmp_path, "no_model")
    project.edit("c.toml", lambda text: text.replace('model = "agent"', 'model = "agent-2"'))
    ran = project.run("resume", "cut", "--config", "c.toml")
    assert ran.code == 1
    assert 'models.agent.model: was "agent", now "agent-2"' in ran.err
