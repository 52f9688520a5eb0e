"""`resume`, and `evaluate --run`, over HTTP against a simulated endpoint."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import pytest
from projects import Project, Ran, Trained, make_project, tasks

from simulated_endpoint import SimulatedEndpoint, simulated_endpoint
from toolwright.messages import Usage
from toolwright.runs.folder import RunFolder


@pytest.fixture
def slow() -> Generator[SimulatedEndpoint]:
    with simulated_endpoint(latency=0.1) as running:
        yield running


def process(project: Project, *arguments: str) -> subprocess.Popen[str]:
    """`toolwright` as a process of its own."""
    command = [sys.executable, "-m", "toolwright.cli", *arguments]
    return subprocess.Popen(command, cwd=project.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@dataclass
class Ended:
    """How a process ended, and what came of resuming its run while it was at work."""

    code: int
    out: str
    err: str
    pid: int
    meanwhile: Ran


def broken_off(project: Project, *arguments: str, by: int = signal.SIGINT, after: int = 2) -> Ended:
    """Trains until the optimizer was asked so often, then sends a signal."""
    before = project.endpoint.counts().get("optimizer", 0)
    with process(project, "train", "c.toml", "--name", "cut", *arguments) as running:
        while project.endpoint.counts().get("optimizer", 0) < before + after:
            assert running.poll() is None
            time.sleep(0.02)
        running.send_signal(signal.SIGSTOP)  # else it may be done before that is refused
        meanwhile = project.run("resume", "cut")
        running.send_signal(signal.SIGCONT)
        children = descendants(running.pid)
        running.send_signal(by)
        out, err = running.communicate(timeout=30)
    assert children
    deadline = time.monotonic() + 30
    while any(Path(f"/proc/{pid}").exists() for pid in children):
        assert time.monotonic() < deadline, "processes are left"
        time.sleep(0.05)
    return Ended(running.returncode, out, err, running.pid, meanwhile)


def descendants(root: int) -> set[int]:
    parents: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
    found, fresh = set[int](), {root}
    while fresh:
        fresh = {pid for pid, parent in parents.items() if parent in fresh}
        found |= fresh
    return found


@dataclass
class Cut:
    """A project with a run, "cut", that Ctrl-C broke off, and how that process ended."""

    project: Project
    ended: Ended


@pytest.fixture(scope="module")
def cut_once(tmp_path_factory: pytest.TempPathFactory) -> Generator[Cut]:
    """Made once; tests only read it."""
    with simulated_endpoint(latency=0.1) as endpoint:
        project = make_project(tmp_path_factory.mktemp("cut"), endpoint)
        yield Cut(project, broken_off(project))


@pytest.fixture
def cut(tmp_path: Path, cut_once: Cut) -> Project:
    """A copy of its project, for tests that go on with it."""
    shutil.copytree(cut_once.project.folder, tmp_path, dirs_exist_ok=True)
    return Project(tmp_path, cut_once.project.endpoint)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_ctrl_c_ends_with_130_says_where_the_run_is_and_loses_nothing_that_was_journalled(cut_once: Cut) -> None:
    ended = cut_once.ended
    assert (ended.code, ended.out) == (130, "")
    assert "The run folder runs/cut keeps every reply and outcome that was journalled" in ended.err
    assert "Go on with it:  toolwright resume runs/cut" in ended.err
    assert "Traceback" not in ended.err
    assert "Not ended" in cut_once.project.run("show", "cut").out
    assert json.loads(cut_once.project.run("runs", "--json").out)[0]["requests"] >= 5


def test_a_running_run_is_refused_with_its_process(cut_once: Cut) -> None:
    ended = cut_once.ended
    assert ended.meanwhile.code == 1
    assert f"is in use by process {ended.pid}" in ended.meanwhile.err


def test_ctrl_c_ends_cleanly_with_the_line_that_goes_on_and_that_line_goes_on(cut: Project, cut_once: Cut) -> None:
    the_line_goes_on(cut, cut_once.ended, signal.SIGINT, "interrupted")


@pytest.mark.soak
def test_so_does_a_termination(tmp_path: Path, slow: SimulatedEndpoint) -> None:
    project = make_project(tmp_path, slow)
    the_line_goes_on(project, broken_off(project, by=signal.SIGTERM), signal.SIGTERM, "terminated")


def the_line_goes_on(project: Project, ended: Ended, by: int, said: str) -> None:
    assert (ended.code, ended.out) == (128 + by, "")
    assert "Traceback" not in ended.err
    assert ended.err.splitlines()[-1] == said
    line = re.search(r"Go on with it:  toolwright (.*)", ended.err)
    assert line is not None
    with RunFolder.read(project.folder / "runs/cut") as run:
        used = sum(run.store.usage().values(), Usage()).requests  # replies, and what was broken off
    asked = project.endpoint.counts()["requests"]
    ran = project.run(*line[1].split(), "--json")
    assert ran.code == 0, ran.err
    figures = json.loads(ran.out)
    assert figures["end"] == "optimizer_done" or figures["functions"] == ["seal"]
    whole = sum(usage["requests"] for usage in figures["usage"].values())
    assert project.endpoint.counts()["requests"] - asked == whole - used


@pytest.mark.soak
def test_a_second_ctrl_c_ends_at_once_and_without_a_traceback(tmp_path: Path, slow: SimulatedEndpoint) -> None:
    project = make_project(tmp_path, slow)
    (tmp_path / "slow_tool.py").write_text(
        'import asyncio\n\nasync def stubborn(task, answer):\n    """Will not be hurried."""\n'
        "    while True:\n        try:\n            await asyncio.sleep(60)\n        except asyncio.CancelledError:\n"
        '            print("cleaning up", flush=True)\n'
    )
    project.edit("c.toml", lambda text: text.replace('"exact"', '"slow_tool:stubborn"'))
    with process(project, "train", "c.toml", "--name", "cut") as running:
        while slow.counts().get("agent", 0) < 4:
            time.sleep(0.02)
        time.sleep(1)
        running.send_signal(signal.SIGINT)
        time.sleep(1)
        assert running.poll() is None
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=10)
    assert running.returncode == 130
    assert "Traceback" not in err
    said, line = err.splitlines()[-2:]
    assert said == "ended at once; what was journalled is kept"
    assert line == "Go on with it:  toolwright resume runs/cut"


STUBBORN = """
import asyncio
from toolwright.cli.interrupts import run_interruptible

async def stubborn():
    print("under way", flush=True)
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            print("cleaning up", flush=True)

def last_words():
    print("last words", flush=True)
    raise OSError("the disk is full, too")

run_interruptible(stubborn(), last_words)
"""


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_lets_last_words_be_said_and_ends_whatever_becomes_of_them(by: int) -> None:
    with subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        for said in ("under way", "cleaning up", "last words"):
            assert running.stdout.readline() == f"{said}\n"
            running.send_signal(by)
    assert running.returncode == 128 + by


@pytest.mark.soak
def test_a_recording_that_is_broken_off_goes_on_as_a_recording(tmp_path: Path, slow: SimulatedEndpoint) -> None:
    project = make_project(tmp_path, slow)
    with process(project, "record", "c.toml", "--out", "rec.jsonl") as running:
        while slow.counts().get("optimizer", 0) < 2:
            time.sleep(0.02)
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=30)
    line = re.search(r"Go on with it:  toolwright (record c.toml --out rec.jsonl --from runs/.*)", err)
    assert line is not None, err
    ran = project.run(*line[1].split(), "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["reused"] > 0
    assert (tmp_path / "rec.jsonl").is_file()


def test_a_finished_run_is_shown_and_nothing_is_asked(trained: Trained) -> None:
    before = trained.project.endpoint.counts()
    ran = trained.project.run("resume", "first")
    assert ran.code == 0
    assert ran.out == trained.project.run("show", "first").out
    assert "The run first came to its end" in ran.err
    assert trained.project.endpoint.counts() == before


@pytest.mark.parametrize("text", ["", '{"sandbox": {"ki', None])
def test_a_run_whose_config_file_is_lost_or_damaged_is_shown_all_the_same(
    trained: Trained, project: Project, text: str | None
) -> None:
    shutil.copytree(trained.project.folder / "runs" / "first", project.folder / "runs" / "first")
    config = project.folder / "runs" / "first" / "config.json"
    config.unlink() if text is None else config.write_text(text)
    shown = project.run("show", "first")
    assert (shown.code, shown.out) == (0, project.run("resume", "first").out)
    assert json.loads(project.run("runs", "--json").out)[0]["sandbox"] == "confined"


def test_what_no_answer_depends_on_may_change_and_is_said_but_where_the_run_lies(cut: Project) -> None:
    elsewhere = '[run]\nname = "another"\nfolder = "elsewhere"\n'
    cut.edit("c.toml", lambda text: f"{text}\n[limits]\nrequests = 500\n{elsewhere}")
    ran = cut.run("resume", "cut", "--config", "c.toml")
    assert ran.code == 0, ran.err
    (said,) = re.findall("the run goes on with other settings: (.*)", ran.err)
    assert said == "limits.requests: was null, now 500"


def test_anything_else_that_changed_is_refused_key_by_key(cut: Project) -> None:
    asked = cut.endpoint.counts()
    changed = cut.config.replace('"exact"', '"numeric"').replace("epochs = 3", "epochs = 1\nrepeats = 2")
    (cut.folder / "other.toml").write_text(changed.replace("[models]", '[agent]\nkind = "react"\n[models]'))
    ran = cut.run("resume", "cut", "--config", "other.toml")
    assert ran.code == 1
    for line in (
        'agent.kind: was "function_calling", now "react"',
        'scorer.kind: was "exact", now "numeric"',
        "training.epochs: was 3, now 1",
        "training.repeats: was 1, now 2",
        "Set them back, or start a new run",
    ):
        assert line in ran.err
    assert cut.endpoint.counts() == asked


def test_other_tasks_in_the_same_file_are_refused(cut: Project) -> None:
    cut.edit("train.jsonl", lambda text: text.replace("trainword0", "another"))
    ran = cut.run("resume", "cut", "--config", "c.toml")
    assert ran.code == 1
    assert "what changed since:\n  the training tasks\n" in ran.err


@pytest.mark.soak
def test_the_config_may_lie_elsewhere_and_the_user_too(cut: Project, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = Project(tmp_path_factory.mktemp("elsewhere"), cut.endpoint)
    (cut.folder / "runs" / "cut" / "config.json").unlink()  # a copy that nothing needs
    ran = elsewhere.run("resume", str(cut.folder / "runs" / "cut"))
    assert ran.code == 0, ran.err
    shutil.copytree(cut.folder / "runs" / "cut", elsewhere.folder / "runs" / "cut")
    assert elsewhere.run("resume").code == 0


@pytest.mark.soak
def test_a_hidden_value_in_the_config_is_named_and_the_file_asked_for(tmp_path: Path, slow: SimulatedEndpoint) -> None:
    project = make_project(tmp_path, slow)
    secret = 'model = "agent", settings = { extra_body = { token = "hush-hush" } },'
    project.edit("c.toml", lambda text: text.replace('model = "agent",', secret))
    broken_off(project)
    ran = project.run("resume", "cut")
    assert ran.code == 1
    assert "hides models.agent.settings.extra_body.token in its config" in ran.err
    assert "toolwright resume runs/cut --config FILE" in ran.err
    assert project.run("resume", "cut", "--config", "c.toml").code == 0


@pytest.mark.soak
def test_an_unconfined_run_goes_on_unconfined_only_where_that_is_said_again(
    tmp_path: Path, slow: SimulatedEndpoint
) -> None:
    project = make_project(tmp_path, slow)
    ended = broken_off(project, "--sandbox", "unconfined")
    assert "Go on with it:  toolwright resume runs/cut --sandbox unconfined" in ended.err
    refused = project.run("resume", "cut")
    assert refused.code == 1
    assert "say it again: toolwright resume runs/cut --sandbox unconfined" in refused.err
    assert project.run("resume", "cut", "--sandbox", "unconfined").code == 0


@pytest.mark.soak
def test_a_run_of_python_objects_says_how_to_go_on(tmp_path: Path, slow: SimulatedEndpoint) -> None:
    project = make_project(tmp_path, slow)
    (tmp_path / "own.py").write_text(
        "from toolwright import ModelSpec, Trainer, read_tasks\n"
        f"spec = ModelSpec(model='agent', base_url={slow.url!r})\n"
        "Trainer(spec, epochs=0).fit(read_tasks('train.jsonl'))\n"
    )
    subprocess.run([sys.executable, "own.py"], cwd=tmp_path, check=True)
    (run,) = (tmp_path / "runs").iterdir()
    assert project.run("resume").code == 0  # it came to its end
    (run / "summary.json").unlink()
    ran = project.run("resume")
    assert ran.code == 1
    assert f'Trainer(…).fit(…, resume="runs/{run.name}")' in ran.err


def test_a_provider_that_died_ends_with_3_and_the_line_that_goes_on(tmp_path: Path) -> None:
    with simulated_endpoint(die_after=14) as dying:
        project = make_project(tmp_path, dying)
        project.edit("c.toml", lambda text: text.replace("base_url", "attempts = 1, outage_minutes = 0, base_url"))
        ran = project.run("train", "c.toml", "--name", "cut")
    assert ran.code == 3
    assert "Go on with it:  toolwright resume runs/cut" in ran.err
    kept = json.loads(project.run("runs", "--json").out)[0]["requests"]
    with simulated_endpoint() as back:
        project.edit("c.toml", lambda text: text.replace(dying.url, back.url))
        again = project.run("resume", "cut", "--config", "c.toml", "--json")
        assert again.code == 0, again.err
        figures = json.loads(again.out)
        assert figures["functions"] == ["seal"]
        assert back.counts()["requests"] == sum(usage["requests"] for usage in figures["usage"].values()) - kept


def test_a_provider_that_died_at_the_start_ends_with_3_and_the_line_that_goes_on(tmp_path: Path) -> None:
    with simulated_endpoint(die_after=2) as dying:
        project = make_project(tmp_path, dying)
        project.edit("c.toml", lambda text: text.replace("base_url", "attempts = 1, outage_minutes = 0, base_url"))
        ran = project.run("train", "c.toml", "--name", "cut")
    assert (ran.code, ran.out) == (3, "")
    assert "Go on with it:  toolwright resume runs/cut" in ran.err


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small file system")
def test_a_full_disk_is_said_before_anything_is_asked(tmp_path: Path, slow: SimulatedEndpoint) -> None:
    project = make_project(tmp_path, slow)
    disk = tmp_path / "runs"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "none", disk], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        ran = project.run("train", "c.toml", "--name", "cut")
        assert ran.code == 1
        assert re.search(r"its disk has 0\.\d MB left, and 8 MB are kept free .*; free space on its disk", ran.err)
        assert "Go on with it:  toolwright resume runs/cut" in ran.err
        assert project.run("resume", "cut").code == 1
        assert slow.counts().get("requests", 0) == 0  # what cannot be kept is not asked for
        subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
        again = project.run("resume", "cut", "--json")
        assert again.code == 0, again.err
        assert slow.counts()["requests"] == sum(u["requests"] for u in json.loads(again.out)["usage"].values())
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.mark.soak
def test_an_evaluation_killed_midway_leaves_the_run_finished_and_is_read_when_it_is_repeated(
    tmp_path: Path, slow: SimulatedEndpoint
) -> None:
    project = make_project(tmp_path, slow)
    assert project.run("train", "c.toml", "--name", "first", "--quiet").code == 0
    shown = project.run("show", "first").out
    (tmp_path / "more.jsonl").write_text(tasks("more", 8))
    project.edit("c.toml", lambda text: text.replace("epochs = 3", "epochs = 3\nat_once = 2"))
    again = ("evaluate", "c.toml", "-f", "runs/first", "--tasks", "more.jsonl", "--run", "first")
    before = slow.counts()["requests"]
    with process(project, *again) as running:
        while slow.counts()["requests"] < before + 7:
            assert running.poll() is None
            time.sleep(0.02)
        running.kill()
    (run,) = json.loads(project.run("runs", "--json").out)
    assert run["state"] == "finished"
    assert project.run("show", "first").out == shown
    resumed = project.run("resume", "first")
    assert (resumed.code, resumed.out) == (0, shown), resumed.err
    asked = slow.counts()["requests"]
    ran = project.run(*again, "--json")
    assert ran.code == 0, ran.err
    figures = json.loads(ran.out)
    assert 0 < figures["rollouts"]["read"] == 8 - figures["rollouts"]["run_now"] < 8
    now = slow.counts()["requests"] - asked
    assert figures["used_now"]["requests"] == now < 2 * 8 == figures["usage"]["requests"]
    (whole,) = json.loads(project.run("runs", "--json").out)
    assert (whole["state"], whole["requests"]) == ("finished", run["requests"] + now)


@pytest.mark.parametrize(("by", "said"), [(signal.SIGINT, "interrupted"), (signal.SIGTERM, "terminated")])
@pytest.mark.soak
def test_an_evaluation_in_a_run_that_is_broken_off_says_that_the_same_command_goes_on(
    trained: Trained, tmp_path: Path, slow: SimulatedEndpoint, by: int, said: str
) -> None:
    project = make_project(tmp_path, slow)
    shutil.copytree(trained.project.folder / "runs" / "first", tmp_path / "runs" / "first")
    (tmp_path / "more.jsonl").write_text(tasks("more", 8))
    project.edit("c.toml", lambda text: text.replace("epochs = 3", "epochs = 3\nat_once = 2"))
    alone = ("evaluate", "c.toml", "-f", "runs/first", "--tasks", "more.jsonl")
    kept = "What was answered is kept in the run; the same command goes on where it was."
    for command, told in ((alone, [said]), ((*alone, "--run", "first"), [kept, said])):
        before = slow.counts().get("requests", 0)
        with process(project, *command) as running:
            while slow.counts().get("requests", 0) < before + 7:
                assert running.poll() is None
                time.sleep(0.02)
            running.send_signal(by)
            out, err = running.communicate(timeout=30)
        assert (running.returncode, out) == (128 + by, "")
        assert [line for line in err.splitlines() if line in (kept, said)] == told
    rollouts = json.loads(project.run(*alone, "--run", "first", "--json").out)["rollouts"]
    assert 0 < rollouts["read"] == 8 - rollouts["run_now"]
