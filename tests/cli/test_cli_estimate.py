"""`estimate`: before anything is spent."""

import json
from collections.abc import Callable

import pytest
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


def in_config(old: str, new: str) -> Callable[[Project], None]:
    def spoil(project: Project) -> None:
        assert old in project.config
        project.edit("c.toml", lambda text: text.replace(old, new, 1))

    return spoil


def null_targets(project: Project) -> None:
    (project.folder / "test.jsonl").write_text('{"id": "gap", "question": "What?", "target": null}\n')


def two_tools(project: Project) -> None:
    (project.folder / "mine.py").write_text('def half(x: int) -> int:\n    """Half of it."""\n    return x // 2\n')
    project.edit("c.toml", lambda text: text.replace("[models]", f"agent = {TOOLS}\n[models]"))


def a_file_for_runs(project: Project) -> None:
    (project.folder / "taken").write_text("")
    project.edit("c.toml", lambda text: text + '[run]\nfolder = "taken/runs"\n')


TOOLS = '{ tools = ["mine:half", "mine:half"] }'
REFUSED: dict[str, tuple[Callable[[Project], None], str]] = {
    "a scorer there is not": (in_config('scorer = "exact"', 'scorer = "exakt"'), "unknown scorer 'exakt'"),
    "a scorer's module": (in_config('scorer = "exact"', 'scorer = "nowhere:judge"'), "'nowhere:judge' cannot be"),
    "an agent there is not": (in_config("[models]", 'agent = "raect"\n[models]'), "unknown agent 'raect'"),
    "a tool": (in_config("[models]", 'agent = { tools = ["nowhere:add"] }\n[models]'), "'nowhere:add' cannot be"),
    "a tool twice": (two_tools, "'half' is also the name of another tool"),
    "a tracker": (in_config("[sandbox]", '[run]\ntrackers = ["mlfow"]\n[sandbox]'), "unknown tracker 'mlfow'"),
    "a batch": (in_config("epochs = 3", "epochs = 3\nbatch = 9"), "batch"),
    "a running history": (in_config("epochs = 3", 'epochs = 3\nhistory = "running"'), "history"),
    "a model's setting": (in_config("price =", "settings = { temprature = 0 }, price ="), "'temprature'"),
    "dollars without a price": (in_config("[sandbox]", "[limits]\ndollars = 9\n[sandbox]"), "price"),
    "a run's name": (in_config("[sandbox]", '[run]\nname = "a/b"\n[sandbox]'), "'a/b' cannot name a run"),
    "a folder for runs": (a_file_for_runs, "taken is no folder"),
    "an interpreter": (in_config("[sandbox]", '[sandbox]\npython = "no/python"'), "no/python is no file"),
    "the same tasks twice": (in_config("test.jsonl", "train.jsonl"), "train and test overlap"),
    "a target": (null_targets, "test, task 'gap' of test: its target is null"),
    "a recording": (in_config('model = "agent", base_url', 'model = "replay:none.jsonl", base_url'), "none.jsonl"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_training_would_refuse_is_not_estimated(project: Project, name: str) -> None:
    spoil, said = REFUSED[name]
    spoil(project)
    before = project.endpoint.counts()
    ran = project.run("estimate", "c.toml")
    assert (ran.code, ran.out) == (1, "")
    assert said in " ".join(ran.err.split())
    assert (project.endpoint.counts(), (project.folder / "runs").exists()) == (before, False)


def test_a_key_that_is_not_set_yet_is_a_note(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KEY_OF_MINE", raising=False)
    project.edit("c.toml", lambda text: text.replace("price =", 'api_key_env = "KEY_OF_MINE", price ='))
    ran = project.run("estimate", "c.toml")
    assert ran.code == 0, ran.err
    assert "Before it can be trained: agent: the environment variable KEY_OF_MINE is not set" in ran.out


def test_limits_that_let_nothing_be_trained_or_learned_are_told(project: Project) -> None:
    def notes(limit: str) -> list[str]:
        project.edit("c.toml", lambda text: f"{text.partition('[limits]')[0]}[limits]\n{limit}\n")
        return json.loads(project.run("estimate", "c.toml", "--json").out)["notes"]

    (nothing,) = notes("requests = 3")
    assert nothing.startswith(
        "limits.requests = 3 does not reach the end of the first evaluation, whose prompts alone take 4 "
    )
    (little,) = notes("requests = 13")
    assert little.startswith("limits.requests = 13 will hardly let the optimizer be asked")
    assert "come to 14 requests at the least" in little
    assert notes("requests = 14") == []
    assert notes("tokens = 100")[0].startswith("limits.tokens = 100 does not reach")
