"""`toolwright report`: the page of a run as a file, and of several runs."""

import errno
import json
import os
import shutil
from pathlib import Path

import pytest
from projects import Project, Trained

from toolwright.cli.jobs import report as job


@pytest.fixture
def reported(trained: Trained, project: Project) -> Project:
    """A project that has the trained run, to be written beside."""
    shutil.copytree(trained.project.folder / "runs", project.folder / "runs")
    return project


def test_a_runs_page_lies_in_its_folder_and_its_path_is_printed(reported: Project) -> None:
    ran = reported.run("report", "first")
    page = (reported.folder / "runs/first/report.html").read_text()
    assert (ran.code, ran.out, ran.err) == (0, "runs/first/report.html\n", "")
    assert page.startswith("<!doctype html>")
    assert 'data-name="overview"' in page


def test_the_page_holds_every_task_and_step(reported: Project) -> None:
    reported.run("report", "first", "--out", "page.html")
    page = (reported.folder / "page.html").read_text()
    assert [
        name for name in ("functions", "tasks", "optimizer", "steps/1-0") if f'data-name="{name}"' not in page
    ] == []
    assert 'data-name="trajectories/' in page


@pytest.mark.parametrize("run", [(), ("last",), ("fir",), ("runs/first",)])
def test_a_run_is_named_as_everywhere(reported: Project, run: tuple[str, ...]) -> None:
    assert reported.run("report", *run, "--out", "page.html").code == 0


def test_the_page_of_an_unchanged_run_is_the_same_again(reported: Project) -> None:
    reported.run("report", "first", "--out", "one.html")
    reported.run("report", "first", "--out", "two.html")
    assert (reported.folder / "one.html").read_bytes() == (reported.folder / "two.html").read_bytes()


def test_several_runs_are_compared(reported: Project) -> None:
    shutil.copytree(reported.folder / "runs/first", reported.folder / "runs/second")
    ran = reported.run("report", "first", "second")
    page = (reported.folder / "comparison.html").read_text()
    assert (ran.code, ran.out) == (0, "comparison.html\n")
    assert 'data-name="comparison"' in page
    assert 'data-name="tasks"' not in page


def test_results_of_evaluations_make_a_transfer_matrix(reported: Project) -> None:
    shown = reported.run("evaluate", "c.toml", "--functions", "runs/first", "--tasks", "train", "--json", "-q")
    assert shown.code == 0, shown.err
    (reported.folder / "train.json").write_text(shown.out)
    ran = reported.run("report", "first", "--transfer", "train.json", "--out", "matrix.html")
    assert (ran.code, ran.err) == (0, "")
    assert 'data-name="comparison"' in (reported.folder / "matrix.html").read_text()


def test_a_transfer_file_that_is_none_is_said(reported: Project) -> None:
    (reported.folder / "odd.json").write_text(json.dumps({"nothing": "of the kind"}))
    ran = reported.run("report", "first", "--transfer", "odd.json")
    assert (ran.code, ran.out) == (1, "")
    assert "odd.json" in ran.err
    assert not (reported.folder / "comparison.html").exists()


def test_an_older_page_is_written_over(reported: Project) -> None:
    reported.run("report", "first")
    file = reported.folder / "runs/first/report.html"
    whole = file.read_bytes()
    file.write_bytes(whole[:20_000])
    assert reported.run("report", "first").code == 0
    assert file.read_bytes() == whole


@pytest.mark.parametrize("content", ["my notes", "<!doctype html><title>My own page</title>"])
def test_what_is_no_page_of_ours_is_left_alone(reported: Project, content: str) -> None:
    (reported.folder / "mine.html").write_text(content)
    ran = reported.run("report", "first", "--out", "mine.html")
    assert (ran.code, "mine.html is there and is no page of Toolwright's" in ran.err) == (1, True)
    assert (reported.folder / "mine.html").read_text() == content


@pytest.mark.parametrize("place", ["runs", "/dev/full", "pipe", "dangling"])
def test_what_is_no_file_is_left_alone(reported: Project, place: str) -> None:
    os.mkfifo(reported.folder / "pipe")
    (reported.folder / "dangling").symlink_to("nowhere")
    ran = reported.run("report", "first", "--out", place)
    assert (ran.code, "is no page of Toolwright's" in ran.err) == (1, True)


@pytest.mark.parametrize("place", ["no/such/folder/page.html", "c.toml/page.html", "x" * 300 + ".html"])
def test_a_place_that_cannot_be_written_is_said(reported: Project, place: str) -> None:
    ran = reported.run("report", "first", "--out", place)
    assert (ran.code, "cannot be written" in ran.err, "--out" in ran.err) == (1, True, True)
    assert "Traceback" not in ran.err


def test_a_full_disk_is_said_and_leaves_the_old_page_whole(reported: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    reported.run("report", "first")
    before = (reported.folder / "runs/first/report.html").read_bytes()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)  # what write_whole waits for
    ran = reported.run("report", "first")
    assert (ran.code, "free space on its disk" in ran.err) == (1, True)
    assert (reported.folder / "runs/first/report.html").read_bytes() == before
    assert [file.name for file in Path(reported.folder / "runs/first").glob(".*")] == []


@pytest.mark.parametrize("runs", [("none",), ("first", "none")])
def test_a_run_that_is_not_there_is_said(reported: Project, runs: tuple[str, ...]) -> None:
    ran = reported.run("report", *runs)
    assert (ran.code, "must be meant by 'none'" in ran.err) == (1, True)


def test_where_there_are_no_runs_it_is_said(project: Project) -> None:
    ran = project.run("report")
    assert (ran.code, "there is no run in runs; `toolwright train CONFIG` starts one" in ran.err) == (1, True)


def test_a_damaged_run_is_said(reported: Project) -> None:
    (reported.folder / "runs/first/run.sqlite").write_bytes(b"nothing of the kind" * 1000)
    ran = reported.run("report", "runs/first")
    assert (ran.code, "damaged" in ran.err, "Traceback" in ran.err) == (1, True, False)


def test_the_page_is_opened_where_that_is_asked_for(reported: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def open_it(url: str) -> bool:
        opened.append(url)
        return False

    monkeypatch.setattr(job.webbrowser, "open", open_it)
    ran = reported.run("report", "first", "--open")
    assert (ran.code, opened) == (0, [(reported.folder / "runs/first/report.html").as_uri()])
    assert "open runs/first/report.html yourself" in ran.err
    reported.run("report", "first")
    assert len(opened) == 1
