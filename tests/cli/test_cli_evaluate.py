"""`evaluate`, and what reads a run's sealed test, over HTTP against a simulated endpoint."""

import json
import re
import shutil

from projects import Project, Trained, tasks


def test_evaluating_the_same_again_in_a_run_makes_no_request(trained: Trained) -> None:
    before = trained.project.endpoint.counts()
    ran = trained.project.run("evaluate", "c.toml", "-f", "runs/first", "--tasks", "train", "--run", "first", "--json")
    assert ran.code == 0, ran.err
    figures = json.loads(ran.out)
    assert figures["score"]["mean"] == 1.0
    assert figures["rollouts"] == {"read": 4, "run_now": 0}
    assert (figures["used_now"]["requests"], figures["usage"]["requests"]) == (0, 8)
    told = trained.project.run("evaluate", "c.toml", "-f", "runs/first", "--tasks", "train", "--run", "first").out
    assert "Rollouts: all 4 were read from the run; nothing was asked" in told
    assert "Requests, tokens and price" not in told
    assert trained.project.endpoint.counts() == before
    assert json.loads(trained.project.run("runs", "--json").out)[0]["state"] == "finished"


def test_a_task_set_that_is_neither_a_split_nor_a_file_is_refused_with_the_splits_there_are(project: Project) -> None:
    (project.folder / "learned").mkdir()
    project.edit("c.toml", lambda text: text.replace("train.jsonl", "lost.jsonl"))  # not read for that
    for named, what in (("nosuch", "split or file"), ("nosuch.jsonl", "split or file"), ("validation", "split")):
        ran = project.run("evaluate", "c.toml", "-f", "learned", "--tasks", named)
        assert (ran.code, ran.out) == (1, "")
        assert f"--tasks {named}: there is no such {what}; the config has train, test\n" in ran.err
    drawn = 'source = { reader = "jsonl", path = "lost.jsonl" }\nsplit = { train = 2, validation = 1 }\n'
    project.edit("c.toml", lambda text: re.sub(r"train = .*\ntest = .*\n", drawn, text))
    assert (
        "the config has train, validation\n" in project.run("evaluate", "c.toml", "-f", "learned", "--tasks", "x").err
    )


def test_an_evaluation_that_its_budget_ends_says_how_much_of_it_was_scored(trained: Trained, project: Project) -> None:
    shutil.copytree(trained.project.folder / "runs" / "first", project.folder / "runs" / "first")
    learned = ("evaluate", "c.toml", "-f", "runs/first", "--tasks", "train")
    project.edit("c.toml", lambda text: f"{text}\n[limits]\ntokens = 10\n")
    none = project.run(*learned)
    assert "Mean score: not evaluated, as none of 4 rollouts was scored" in none.out
    assert "%" not in none.out
    figures = json.loads(project.run(*learned, "--json").out)
    assert (figures["scored"], figures["score"]) == (0, None)
    project.edit(
        "c.toml", lambda text: text.replace("tokens = 10", "requests = 5").replace("epochs = 3", "at_once = 1")
    )
    some = project.run(*learned)
    assert "Mean score of the 2 scored: 100.0% [" in some.out
    figures = json.loads(project.run(*learned, "--json").out)
    assert (figures["scored"], figures["score"]["mean"], figures["complete"]) == (2, 1.0, False)


def test_a_budgets_end_says_that_going_on_reads_the_sealed_test_once_more(project: Project) -> None:
    project.edit("c.toml", lambda text: f"{text}\n[limits]\nrequests = 26\n")
    ended = project.run("train", "c.toml", "--name", "short")
    assert ended.code == 0
    assert "the run can go on; its sealed test, read now, would be read once more and the report says so:" in ended.err
    project.edit("c.toml", lambda text: text.replace("requests = 26", "requests = 900"))
    again = project.run("resume", "short", "--config", "c.toml")
    assert again.code == 0, again.err
    assert "was read 2 times" in again.out


def test_a_budget_too_small_for_the_first_evaluation_ends_well_and_says_that_nothing_was_trained(
    project: Project,
) -> None:
    project.edit("c.toml", lambda text: f"{text}\n[limits]\ntokens = 700\n")  # enough by the estimate's low case
    ended = project.run("train", "c.toml", "--json")
    assert ended.code == 0  # as every end by the run's own budget
    figures = json.loads(ended.out)
    assert (figures["state"], figures["end"]) == ("unfinished", "budget")
    assert figures["end_text"].startswith("the limit of 700 tokens is reached: ")
    assert figures["end_text"].endswith(
        "; by then the starting set was not evaluated to the end, so nothing was trained"
    )
    assert f"ended: {figures['end_text']}\n" in ended.err
    assert "With a larger limit in the config (--config FILE) the run can go on:\nGo on with it:" in ended.err


def test_a_budgets_end_that_read_no_sealed_test_does_not_speak_of_it(project: Project) -> None:
    project.edit("c.toml", lambda text: f"{re.sub('test = .*', '', text)}\n[limits]\nrequests = 14\n")
    ended = project.run("train", "c.toml", "--name", "short")
    assert ended.code == 0
    assert "With a larger limit in the config (--config FILE) the run can go on:\n" in ended.err


def test_a_runs_sealed_test_is_refused_whatever_it_is_called_and_read_by_force(
    trained: Trained, project: Project
) -> None:
    shutil.copytree(trained.project.folder / "runs" / "first", project.folder / "runs" / "first")
    shutil.copy(project.folder / "test.jsonl", project.folder / "harmless.jsonl")
    (project.folder / "part.jsonl").write_text(tasks("test", 2).replace('"test-', '"mine-').replace(" ", "  "))
    for named in ("test", "harmless.jsonl", "part.jsonl"):
        ran = project.run("evaluate", "c.toml", "-f", "runs/first", "--tasks", named, "--run", "first")
        assert ran.code == 1
        assert "sealed test tasks of the run first" in ran.err
    before = project.endpoint.counts()
    forced = ("evaluate", "c.toml", "-f", "runs/first", "--tasks", "test", "--run", "first", "--force", "--json")
    assert project.run(*forced).code == 0
    assert project.endpoint.counts() == before
