"""`estimate`: before anything is spent."""

import json

from projects import Project, Trained


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
