"""`estimate`: before anything is spent."""

import json

from projects import Project, Trained, tasks


def test_an_estimate_asks_nobody_and_says_what_is_unknown(project: Project) -> None:
    before = project.endpoint.counts()
    ran = project.run("estimate", "c.toml")
    assert ran.code == 0, ran.err
    assert "The price of optimizer is unknown; set models.optimizer.price = {" in ran.out
    assert "- epochs: 3 (low" in ran.out
    assert project.endpoint.counts() == before


def test_what_a_training_took_is_in_requests_above_the_low_case_and_in_all_below_the_high_one(trained: Trained) -> None:
    found = json.loads(trained.project.run("estimate", "c.toml", "--json").out)
    took = json.loads(trained.project.run("show", "first", "--json").out)["usage"]
    totals = {name: sum(used[name] for used in took.values()) for name in ("requests", "input_tokens", "output_tokens")}
    assert found["total"]["requests"]["low"] <= totals["requests"]
    assert [name for name, total in totals.items() if total > found["total"][name]["high"]] == []


def test_a_limit_that_will_end_the_training_is_told(project: Project) -> None:
    project.edit("c.toml", lambda text: text + "\n[limits]\nrequests = 5\ntokens = 100_000\n")
    out = project.run("estimate", "c.toml").out
    assert "The limit of 5 requests will end the training early" in out
    assert "The limit of 100,000 tokens may end the training early" in out


def few_validation_tasks(project: Project, count: int) -> None:
    (project.folder / "validation.jsonl").write_text(tasks("validation", count))
    table = 'validation = { reader = "jsonl", path = "validation.jsonl" }\n'
    project.edit("c.toml", lambda text: text.replace("[training]", f"{table}[training]"))


def test_tasks_too_few_for_the_gate_are_told_and_no_pilot_is_paid_for_them(project: Project) -> None:
    few_validation_tasks(project, 4)
    before = project.endpoint.counts()
    told, piloted = project.run("estimate", "c.toml"), project.run("estimate", "c.toml", "--pilot", "2")
    text = "on 4 validation tasks the paired gate can accept nothing"
    assert (told.code, piloted.code, piloted.out) == (0, 1, "")
    assert text in " ".join(told.out.split())
    assert text in " ".join(piloted.err.split())
    assert project.endpoint.counts() == before
    (note,) = json.loads(project.run("estimate", "c.toml", "--json").out)["notes"]
    assert "give 5 validation tasks or more" in note
    (project.folder / "validation.jsonl").write_text(tasks("validation", 5))
    assert json.loads(project.run("estimate", "c.toml", "--json").out)["notes"] == []


def test_a_pilot_says_what_it_took_and_what_the_whole_is_expected_to_take(project: Project) -> None:
    before = project.endpoint.counts()["requests"]
    ran = project.run("estimate", "c.toml", "--pilot", "2", "--epochs", "5")
    assert ran.code == 0, ran.err
    assert "The pilot took, on 2 training tasks" in ran.out
    assert "Estimate: expected (low to high), for 5 epochs" in ran.out
    assert "The price of optimizer is unknown" in ran.out
    took = project.endpoint.counts()["requests"] - before
    assert f"total      {took} " in ran.out
    assert not (project.folder / "runs").exists()


def test_a_pilot_larger_than_the_training_set_is_refused_before_anybody_is_asked(project: Project) -> None:
    before = project.endpoint.counts()
    ran = project.run("estimate", "c.toml", "--pilot", "9")
    assert (ran.code, ran.out) == (1, "")
    assert "--pilot 9: there are 4 training tasks; ask for so many at the most" in ran.err
    assert project.endpoint.counts() == before


def test_a_pilot_keeps_to_the_limits_and_says_what_it_took_where_they_end_it(project: Project) -> None:
    project.edit("c.toml", lambda text: text + "\n[limits]\nrequests = 3\n")
    before = project.endpoint.counts()["requests"]
    ran = project.run("estimate", "c.toml", "--pilot", "2", "--quiet")
    assert (ran.code, ran.out) == (1, "")
    assert "The pilot took 3 requests and " in ran.err
    assert "the limit of 3 requests is reached" in ran.err
    assert project.endpoint.counts()["requests"] - before == 3


def test_react_is_estimated_with_its_own_instructions(project: Project) -> None:
    def asked() -> float:
        return json.loads(project.run("estimate", "c.toml", "--json").out)["agent"]["input_tokens"]["low"]

    calling = asked()
    project.edit("c.toml", lambda text: text.replace("[models]", 'agent = "react"\n[models]'))
    assert asked() > calling
