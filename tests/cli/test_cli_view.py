"""`toolwright view`: the live page beside a real training, as processes of their own."""

import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from projects import Project, Trained
from viewer import command, patiently, viewer

from toolwright.runs.folder import RunFolder


@pytest.fixture
def folder(trained: Trained, tmp_path: Path) -> Path:
    """A folder with a finished run."""
    shutil.copytree(trained.project.folder / "runs", tmp_path / "runs")
    return tmp_path


def test_the_page_is_served_until_ctrl_c_which_is_no_failure(folder: Path) -> None:
    with viewer(folder, "first") as running:
        assert running.url.startswith("http://127.0.0.1:")
        overview = running.overview()
        assert (overview["run"], overview["state"]) == ("first", "finished")
        code, out, err = running.end()
    assert (code, out) == (0, "")
    assert err == "Showing the run first; Ctrl-C ends this, not the run.\n"


@pytest.mark.soak
def test_a_supervisor_ends_it_as_any_command(folder: Path) -> None:
    with viewer(folder) as running, running.following() as told:
        patiently(lambda: bool(told))
        code, _, err = running.end(signal.SIGTERM)
    assert (code, "Traceback" in err) == (143, False)


@pytest.mark.soak
def test_every_document_the_overview_leads_to_is_served(folder: Path) -> None:
    with viewer(folder, "first") as running:
        assert {row["split"] for row in running.get("documents/tasks")["tasks"]} == {"train", "test"}
        assert [one["name"] for one in running.get("documents/functions")["functions"]] == ["seal"]
        steps = running.get("documents/optimizer")["steps"]
        assert running.get(f"documents/steps/{steps[0]['name']}")["name"] == steps[0]["name"]
        event = running.get("documents/tasks")["columns"][0]["event"]
        assert running.get(f"documents/trajectories/{event}/0")["rollouts"]


@pytest.mark.soak
def test_without_a_name_the_newest_run_is_shown_and_stays_though_another_begins(folder: Path) -> None:
    with RunFolder.create(folder / "runs", "second", {}), viewer(folder) as running:
        assert running.overview()["run"] == "second"
        with RunFolder.create(folder / "runs", "third", {}):
            assert running.overview()["run"] == "second"


def requests_in(overview: dict[str, Any]) -> int:
    return sum(used["requests"] for used in overview["usage"].values())


@pytest.mark.soak
def test_a_training_is_followed_from_before_its_first_moment_through_its_death_to_its_end(tmp_path: Path) -> None:
    with viewer(tmp_path) as running, running.following() as one, running.following() as two:
        assert running.overview()["headline"] == "There is no run in runs yet."
        training = subprocess.Popen(command("demo", "-q"), cwd=tmp_path, stdout=subprocess.DEVNULL)
        try:
            patiently(lambda: max(one, default=0) > 60 and max(two, default=0) > 60)
            training.send_signal(signal.SIGSTOP)  # else it is done before a busy machine has drawn a page
            told, seen = one[-1], running.overview()
            assert (seen["state"], bool(seen["run"])) == ("running", True)
            training.send_signal(signal.SIGCONT)
            patiently(lambda: one[-1] > told + 100)
            training.send_signal(signal.SIGSTOP)
            assert requests_in(running.overview()) > requests_in(seen)
        finally:
            training.kill()  # with no chance to say anything
            training.wait()
        patiently(lambda: running.overview()["state"] == "unfinished")
        heard = len(one)
        subprocess.run(command("resume", "-q"), cwd=tmp_path, stdout=subprocess.DEVNULL, check=True)
        patiently(lambda: running.overview()["state"] == "finished")
        patiently(lambda: len(one) > heard)
        ended = running.overview()
        assert one == sorted(one)
        assert ended["run"] == seen["run"]
        assert len(ended["epochs"]) > len(seen["epochs"])
        patiently(lambda: one[-1] == two[-1])
        code, _, err = running.end()
    assert (code, "Traceback" in err) == (0, False)
    assert err.splitlines()[0] == "There is no run in runs yet; the page shows the first one as soon as it begins."


@pytest.mark.soak
def test_a_run_that_is_removed_does_not_end_the_viewer(folder: Path) -> None:
    with viewer(folder, "first") as running:
        running.overview()
        shutil.rmtree(folder / "runs")
        assert "not there any more" in running.overview()["notices"][0]
        code, _, err = running.end()
    assert (code, "Traceback" in err) == (0, False)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("none",), "must be meant by 'none'"),
        (("first", "--host", "203.0.113.1"), "cannot be served at 203.0.113.1, port 0"),
        (("--root", "c.toml"), "cannot be listed"),
    ],
)
def test_what_cannot_be_served_is_said(trained: Trained, arguments: tuple[str, ...], said: str) -> None:
    ran = trained.project.run("view", *arguments)
    assert (ran.code, said in ran.err, ran.out) == (1, True, "")


def test_a_run_that_is_damaged_from_the_first_is_said(project: Project) -> None:
    (project.folder / "runs/broken").mkdir(parents=True)
    (project.folder / "runs/broken/run.sqlite").write_bytes(b"nothing of the kind" * 1000)
    ran = project.run("view", "broken")
    assert (ran.code, "damaged" in ran.err) == (1, True)


def test_a_port_out_of_range_is_wrong_usage(project: Project) -> None:
    assert project.run("view", "--port", "65536").code == 2


def test_beyond_loopback_the_address_holds_a_token_and_no_browser_is_told(folder: Path) -> None:
    with viewer(folder, "first", "--host", "0.0.0.0", "--open") as running:
        assert "?token=" in running.url
        code, _, err = running.end()
    assert (code, "Open it yourself" in err) == (0, True)
    assert running.url.partition("token=")[2] not in err
