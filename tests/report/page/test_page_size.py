"""A page is a file that can be sent, whatever the run holds: what does not fit is left out, and that is said."""

import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browser import Shown
from page_elements import Elements
from page_runs import RUN, HandMade, change, made, new_run

from support import sums
from toolwright.evaluations import Result
from toolwright.messages import Message, UserMessage
from toolwright.report.documents import Overview, TasksDocument
from toolwright.report.page.cuts import CUTS
from toolwright.report.page.file import MOST, page_file
from toolwright.report.page.source import RunDocuments
from toolwright.runs.folder import RunFolder
from toolwright.tasks import Task


def words(seed: str, characters: int) -> str:
    """Prose of nobody's, which compresses like prose."""
    chance = random.Random(seed)
    known = [chance.randbytes(chance.randint(1, 4)).hex() for _ in range(2_000)]
    text = " ".join(known[int(chance.paretovariate(0.7)) % 2_000] for _ in range(characters // 4))
    return text[:characters]


def long(task: Task, score: float, epoch: int, characters: int) -> Result:
    """A rollout of so many characters."""
    return made(task, score, epoch=epoch, messages=(UserMessage(text=words(f"{task.id} {epoch}", characters)),))


def a_long_run(run: HandMade, characters: int) -> None:
    """Three epochs, the last rolled back."""
    for epoch, decision in enumerate(("start", "accept", "reject")):
        run.keep(epoch, [long(task, n % 2, epoch, characters) for n, task in enumerate(run.tasks.tasks)])
        if epoch:
            run.decide(epoch, decision)


def test_a_run_that_fits_is_whole(tmp_path: Path) -> None:
    with new_run(tmp_path) as run:
        a_long_run(run, 10_000)
        page = page_file(run.folder)
    overview = Overview.model_validate_json(Elements(page).document("overview"))
    assert not [text for text in overview.notices if "shortened" in text or "left out of" in text]


def test_a_page_stays_within_its_size_and_says_what_it_left_out(tmp_path: Path) -> None:
    with new_run(tmp_path, sums(8)) as run:
        a_long_run(run, 15_000)
        most, said = len(page_file(run.folder).encode()), list[str]()
        for _ in CUTS[1:]:
            page = page_file(run.folder, most - 1)
            assert len(page.encode()) < most
            most = len(page.encode())
            notices = "\n".join(Overview.model_validate_json(Elements(page).document("overview")).notices)
            assert notices not in said
            said.append(notices)
            assert len(TasksDocument.model_validate_json(Elements(page).document("tasks")).tasks) == 8
    assert "4,000 characters" in said[0]
    assert any("left out of all evaluations" in notices for notices in said)


def test_a_page_for_which_there_is_no_room_at_all_still_has_its_scores(tmp_path: Path) -> None:
    with new_run(tmp_path) as run:
        a_long_run(run, 5_000)
        page = page_file(run.folder, 0)
    assert len(TasksDocument.model_validate_json(Elements(page).document("tasks")).columns) == 3


@pytest.mark.soak
def test_a_message_of_5_mb_leaves_a_small_page_that_opens(tmp_path: Path, open_page: Callable[..., Shown]) -> None:
    huge: tuple[Message, ...] = (UserMessage(text=words("huge", 5_000_000)),)
    with new_run(tmp_path) as run:
        event = run.keep(0, [made(run.tasks.tasks[0], 1, messages=huge)])
        assert len(page_file(run.folder).encode()) < 3_000_000
        shown = open_page(run.documents(), f"#/task/train/t0?e={event}")
        shown.page.get_by_text(re.compile("characters (is|are) shortened")).first.wait_for()


@pytest.fixture
def broken(tmp_path: Path) -> Iterator[RunFolder]:
    """A run of which one rollout is damaged."""
    with new_run(tmp_path) as run:
        run.evaluate(0, [0, 0, 1, 0])
    change(tmp_path / RUN, "UPDATE results SET body = '{' WHERE id = 1")
    with RunFolder.read(tmp_path / RUN) as folder:
        yield folder


@pytest.mark.soak
def test_the_page_of_a_damaged_run_opens_and_says_so(broken: RunFolder, open_page: Callable[..., Shown]) -> None:
    shown = open_page(RunDocuments(broken))
    shown.page.get_by_text(re.compile("1 of 4 rollouts cannot be read")).first.wait_for()


@pytest.mark.soak
def test_the_page_of_an_empty_run_opens_and_says_so(tmp_path: Path, open_page: Callable[..., Shown]) -> None:
    with new_run(tmp_path, started=False) as run:
        shown = open_page(run.documents())
        for place in ("#/functions", "#/tasks", "#/optimizer", "#/overview"):
            shown.go(place)
            shown.page.get_by_role("main").get_by_role("heading").first.wait_for()


@pytest.mark.soak
def test_a_run_of_20_epochs_and_500_tasks_stays_within_20_mb(tmp_path: Path) -> None:
    with new_run(tmp_path, sums(500)) as run:
        for epoch in range(21):
            run.keep(epoch, [long(task, n % 2, epoch, 8_000) for n, task in enumerate(run.tasks.tasks)])
            if epoch:
                run.decide(epoch, "accept" if epoch % 5 == 0 else "reject")
        page = page_file(run.folder)
    assert len(page.encode()) <= MOST
    assert len(TasksDocument.model_validate_json(Elements(page).document("tasks")).columns) == 21
