"""`train`, `record` and `evaluate`, over HTTP against a simulated endpoint."""

import json
from pathlib import Path
from typing import cast

from projects import Project, Trained, make_project

from simulated_endpoint import simulated_endpoint
from support import strip_times
from toolwright.recordings import Recording


def figures(text: str) -> dict[str, object]:
    """A run's figures without what differs between two equal runs."""
    data = cast("dict[str, object]", strip_times(json.loads(text)))
    return {
        key: value
        for key, value in data.items()
        if key not in {"minutes", "folder", "functions_folder", "usage", "confinement", "told"}
    }


def test_a_training_ends_with_all_that_happened(trained: Trained) -> None:
    out = trained.ran.out
    for title in (
        "Loss by epoch",
        "Changes",
        "Accuracy, with 95 % confidence",
        "Requests, tokens and price",
        "The run",
    ):
        assert title in out
    assert "rolled back" in out
    assert "as good: 0.000 against 0.000 on train" in out
    assert "1 accepted, 1 rolled back, 0 refused" in out
    assert "test (sealed)  3" in out
    assert "100.0% [43.9%, 100.0%]" in out


def test_the_learned_functions_lie_where_the_report_says(trained: Trained) -> None:
    line = next(line for line in trained.ran.out.splitlines() if line.startswith("Learned functions: "))
    folder = trained.project.folder / line.removeprefix("Learned functions: ")
    assert "hashlib" in (folder / "seal.py").read_text()


def test_an_unknown_price_is_said_and_a_known_one_shown(trained: Trained) -> None:
    rows = {line.split()[0]: line for line in trained.ran.out.splitlines() if line.startswith(("agent", "optimizer"))}
    assert "$" in rows["agent"]
    assert rows["optimizer"].rstrip().endswith("unknown")


def test_how_functions_are_confined_comes_first_and_progress_goes_to_standard_error(trained: Trained) -> None:
    lines = trained.ran.err.splitlines()
    assert lines[0].startswith("Sandbox: confined, tier ")
    assert "UNCONFINED" not in trained.ran.err + trained.ran.out
    assert "epoch 1: add_function seal: admitted. Seals are asked." in lines
    assert "epoch 2: accepted: better: 1.000 against 0.000 on train" in lines
    assert "\x1b" not in trained.ran.err + trained.ran.out


def test_json_is_one_object_alone_on_standard_output_and_a_replay_gives_the_same_one(trained: Trained) -> None:
    shown = trained.project.run("show", "first", "--json")
    replayed = trained.project.run("train", "c.toml", "--model", "replay:rec.jsonl", "--json")
    assert replayed.code == 0, replayed.err
    assert figures(replayed.out) == figures(shown.out)
    assert figures(shown.out)["functions"] == ["seal"]


def test_a_replay_asks_nobody(trained: Trained) -> None:
    before = trained.project.endpoint.counts()
    assert trained.project.run("train", "c.toml", "--model", "replay:rec.jsonl", "--quiet").code == 0
    assert trained.project.endpoint.counts() == before


def test_quiet_says_nothing_but_the_result(trained: Trained) -> None:
    ran = trained.project.run("train", "c.toml", "--model", "replay:rec.jsonl", "--quiet")
    assert ran.err == ""
    assert ran.out.startswith("Loss by epoch")


def test_what_a_scorer_prints_does_not_spoil_json(project: Project) -> None:
    (project.folder / "noisy_scorer.py").write_text(
        "def score(task, answer):\n    print('NOISE')\n    return float(answer == task.target)\n"
    )
    project.edit(
        "c.toml", lambda text: text.replace('"exact"', '"noisy_scorer:score"').replace("epochs = 3", "epochs = 0")
    )
    ran = project.run("train", "c.toml", "--json")
    assert json.loads(ran.out)["end"] == "epochs"
    assert "NOISE" in ran.err


def test_runs_and_names_are_chosen_on_the_command_line(project: Project) -> None:
    project.edit("c.toml", lambda text: text.replace("epochs = 3", "epochs = 0"))
    ran = project.run("train", "c.toml", "--runs", "elsewhere", "--name", "mine")
    assert (ran.code, (project.folder / "elsewhere/mine/summary.json").is_file()) == (0, True)
    assert "Run folder: elsewhere/mine" in ran.out


def test_a_recording_made_from_a_run_reuses_every_reply(trained: Trained) -> None:
    ran = trained.project.run("record", "c.toml", "-o", "again.jsonl", "--from", "rec.jsonl", "--note", "why", "--json")
    data = json.loads(ran.out)
    recording = Recording.read(trained.project.folder / "again.jsonl")
    assert (data["new"], data["reused"]) == (0, len(recording.entries))
    assert recording.header.note == "why"
    assert recording.header.models == {"agent": "agent", "optimizer": "optimizer"}


def test_a_recording_goes_over_the_one_it_is_made_from_and_over_another_by_force(trained: Trained) -> None:
    (trained.project.folder / "mine.jsonl").write_text("something else")
    forced = trained.project.run("record", "c.toml", "-o", "mine.jsonl", "--from", "rec.jsonl", "--force", "--quiet")
    again = trained.project.run("record", "c.toml", "-o", "./mine.jsonl", "--from", "mine.jsonl", "--json")
    assert (forced.code, again.code) == (0, 0), forced.err + again.err
    assert json.loads(again.out)["new"] == 0


def test_a_recording_in_a_config_lies_beside_it_and_one_on_the_command_line_where_the_user_is(
    trained: Trained, tmp_path: Path
) -> None:
    config = trained.project.config.replace('model = "agent"', 'model = "replay:rec.jsonl"')
    (trained.project.folder / "replaying.toml").write_text(config.replace('"optimizer", ', '"replay:rec.jsonl", '))
    elsewhere = Project(tmp_path, trained.project.endpoint)
    file = str(trained.project.folder / "replaying.toml")
    before = trained.project.endpoint.counts()
    beside = elsewhere.run("train", file, "--json")
    assert beside.code == 0, beside.err
    assert "is no file" not in elsewhere.run("doctor", file).out
    assert "here.jsonl" in elsewhere.run("train", file, "--model", "replay:here.jsonl").err
    (tmp_path / "here.jsonl").write_bytes((trained.project.folder / "rec.jsonl").read_bytes())
    here = elsewhere.run("train", file, "--model", "replay:here.jsonl", "--json")
    assert figures(here.out) == figures(beside.out)
    assert trained.project.endpoint.counts() == before


def test_recording_after_a_change_asks_only_what_changed(trained: Trained) -> None:
    changed = trained.project.config + '\n[optimizer]\nsystem_prompt = "Improve the functions."\n'
    (trained.project.folder / "changed.toml").write_text(changed)
    before = trained.project.endpoint.counts()
    ran = trained.project.run("record", "changed.toml", "-o", "changed.jsonl", "--from", "rec.jsonl", "--json")
    after, data = trained.project.endpoint.counts(), json.loads(ran.out)
    assert data["new"] == after["optimizer"] - before["optimizer"] > 0
    assert data["reused"] > 0
    assert after["agent"] == before["agent"]


def test_learned_functions_are_tried_on_any_tasks(trained: Trained) -> None:
    learned = trained.project.run("evaluate", "c.toml", "--functions", "runs/first", "--per-task")
    assert learned.code == 0, learned.err
    assert "Mean score: 100.0% [43.9%, 100.0%]" in learned.out
    assert "test-2" in learned.out
    empty = trained.project.run(
        "evaluate", "c.toml", "-f", "runs/first/accepted/epoch-0", "--tasks", "train.jsonl", "--json"
    )
    data = json.loads(empty.out)
    assert (data["score"]["mean"], data["tasks"]["count"], data["functions"]) == (0.0, 4, [])
    assert {result["task"] for result in data["results"]} == {f"train-{n}" for n in range(4)}


def test_an_evaluation_leaves_no_run(trained: Trained) -> None:
    before = trained.project.run("runs", "--json").out
    assert trained.project.run("evaluate", "c.toml", "-f", "runs/first", "--tasks", "train", "--quiet").code == 0
    assert trained.project.run("runs", "--json").out == before


def test_a_provider_that_fails_for_good_ends_the_run_with_code_3_and_what_was_reached(tmp_path: Path) -> None:
    with simulated_endpoint(die_after=14) as endpoint:
        project = make_project(tmp_path, endpoint)
        project.edit("c.toml", lambda text: text.replace("base_url", "attempts = 1, outage_minutes = 0, base_url"))
        ran = project.run("train", "c.toml", "--name", "cut")
        again = project.run("train", "c.toml", "--name", "none")
    assert ran.code == 3
    assert "has been out for 0 minutes" in ran.out
    assert "could not be evaluated" in again.err
    assert (again.code, again.out) == (3, "")
    assert f"The run folder {Path('runs/none')} keeps every reply and outcome that was journalled" in again.err


def test_a_task_that_cannot_be_scored_is_named_before_anything_is_paid_for(project: Project) -> None:
    rows = [{"id": "gap", "question": "What?", "target": None}, {"id": "blank", "question": "Which?", "target": " "}]
    (project.folder / "test.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    before = project.endpoint.counts()
    ran, looked_at = project.run("train", "c.toml"), project.run("doctor", "c.toml", "--json")
    assert (ran.code, ran.out, looked_at.code) == (1, "", 1)
    (found,) = (check["text"] for check in json.loads(looked_at.out)["checks"] if check["name"] == "tasks")
    for said in (ran.err, found):
        assert "scorer 'exact' cannot score 2 of the tasks" in said
        assert "test, task 'gap' of test: its target is null" in said
        assert "test, task 'blank' of test: its target is empty" in said
    assert "Go on with it" not in ran.err
    assert (project.endpoint.counts(), (project.folder / "runs").exists()) == (before, False)


def test_limits_below_the_first_evaluation_are_refused_and_below_one_epoch_warned_of(project: Project) -> None:
    before = project.endpoint.counts()
    for limit in ("requests = 3", "tokens = 50"):
        project.edit("c.toml", lambda text, limit=limit: f"{text.partition('[limits]')[0]}[limits]\n{limit}\n")
        ran = project.run("train", "c.toml")
        assert (ran.code, ran.out) == (1, "")
        assert f"limits.{limit} does not reach the end of the first evaluation" in ran.err
    assert (project.endpoint.counts(), (project.folder / "runs").exists()) == (before, False)
    project.edit("c.toml", lambda text: f"{text.partition('[limits]')[0]}[limits]\nrequests = 13\n")
    ran = project.run("train", "c.toml", "--name", "short")
    assert ran.code == 0, ran.err
    assert "warning: limits.requests = 13 will hardly let the optimizer be asked" in ran.err
    assert project.endpoint.counts().get("optimizer") == before.get("optimizer")
