"""Tasks by evaluations, in a browser: the heat map, and from a cell to what was said, alone and beside another."""

# ruff: noqa: RUF001 - the glyphs are what the page shows

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from browser import Shown
from playwright.sync_api import Locator, expect
from pydantic import BaseModel
from sample_documents import SampleDocuments

from toolwright.report.documents import Cell, Column, TaskRow, TasksDocument, TrajectoriesDocument
from toolwright.report.page.source import RunDocuments
from toolwright.runs.folder import RunFolder

pytestmark = pytest.mark.soak

OpenPage = Callable[..., Shown]


class WithTasks(SampleDocuments):
    """The sample run with other tasks: `scores` by task, one for each epoch, all of them accepted but `rejected`."""

    def __init__(self, scores: Mapping[str, tuple[float | None, ...]], rejected: tuple[int, ...] = ()) -> None:
        super().__init__()
        self._scores, self._rejected = scores, rejected

    def read(self, name: str) -> BaseModel:
        return self._tasks() if name == "tasks" else super().read(name)

    def _tasks(self) -> TasksDocument:
        epochs = range(max(map(len, self._scores.values()), default=0))
        columns = tuple(
            Column(
                event=10 * (epoch + 1),
                epoch=epoch,
                split="train",
                parameters=str(epoch),
                mean=0.5,
                parts=1,
                decision="reject" if epoch in self._rejected else "accept",
            )
            for epoch in epochs
        )
        rows = tuple(
            TaskRow(
                id=task,
                split="train",
                question=f"Question {task}?",
                target="7",
                cells={place: Cell(score=score) for place, score in enumerate(scores)},
            )
            for task, scores in self._scores.items()
        )
        return TasksDocument(columns=columns, tasks=rows)


class WithRollouts(SampleDocuments):
    """The sample run with every rollout changed, or with none of them."""

    def __init__(self, change: Callable[[Any], Any] | None) -> None:
        super().__init__()
        self._change = change

    def read(self, name: str) -> BaseModel:
        found = super().read(name)
        if not isinstance(found, TrajectoriesDocument):
            return found
        kept = () if self._change is None else tuple(map(self._change, found.rollouts))
        return TrajectoriesDocument(rollouts=kept)


def cell(shown: Shown, task: str, epoch: int, split: str = "train") -> Locator:
    return shown.page.get_by_role("button", name=f"task {task}, epoch {epoch} {split}:")


def tasks_shown(shown: Shown) -> list[str]:
    return shown.page.locator(".heat-map .task-id").all_inner_texts()


def test_a_cell_says_its_score_in_its_name_its_text_and_its_colour(open_page: OpenPage) -> None:
    shown = open_page(SampleDocuments(), "#/tasks")
    half, none = cell(shown, "train/1", 3), cell(shown, "train/0", 3)
    expect(half).to_have_accessible_name("task train/1, epoch 3 train: 0.50")
    expect(half).to_have_text(".50")
    expect(none).to_have_text("0")
    colour = "element => getComputedStyle(element).backgroundColor"
    assert half.evaluate(colour) != none.evaluate(colour)


def test_a_call_is_shown_with_arguments_outcome_and_time_where_it_was_asked_for(open_page: OpenPage) -> None:
    shown = open_page(SampleDocuments(), "#/task/train/train%2F0?e=10")
    message = shown.page.get_by_role("listitem").filter(has_text="I call two functions.")
    ran, broken = message.locator(".call").nth(0), message.locator(".call").nth(1)
    for said in ("solve_linear", "✓ ok", "12 ms", "halving", "3.5"):
        expect(ran).to_contain_text(said)
    for said in ("parse_fraction", "× refused", "The arguments were no JSON object", '{"text": ', "not valid JSON"):
        expect(broken).to_contain_text(said)


def test_a_call_that_no_message_asked_for_is_shown_after_them(open_page: OpenPage) -> None:
    late = WithRollouts(lambda rollout: rollout.model_copy(update={"messages": rollout.messages[:2]}))
    shown = open_page(late, "#/task/train/train%2F0?e=10")
    expect(shown.page.get_by_role("heading", name="Further calls")).to_be_visible()
    expect(shown.page.locator(".call")).to_have_count(2)


def test_repeats_are_chosen_and_what_was_shortened_is_said(open_page: OpenPage) -> None:
    shown = open_page(SampleDocuments(), "#/task/train/train%2F0?e=10")
    expect(shown.page.get_by_text("lost 400 characters")).to_have_count(0)
    shown.page.get_by_role("combobox", name="Repeat").select_option(label="2 of 2: .50")
    expect(shown.page.get_by_text("one message lost 400 characters")).to_be_visible()


def test_two_cells_of_a_task_chosen_with_shift_stand_beside_each_other_the_earlier_first(open_page: OpenPage) -> None:
    shown = open_page(SampleDocuments(), "#/tasks")
    cell(shown, "train/2", 5).click(modifiers=["Shift"])
    expect(cell(shown, "train/2", 5)).to_have_attribute("aria-pressed", "true")
    cell(shown, "train/2", 1).click(modifiers=["Shift"])
    attempts = shown.page.get_by_role("main").get_by_role("article")
    expect(attempts).to_have_count(2)
    assert [attempt.get_attribute("aria-label") for attempt in attempts.all()] == [
        "epoch 1, train (accepted)",
        "epoch 5, train (accepted)",
    ]
    expect(attempts.nth(0)).to_contain_text("(evaluation 30)")
    expect(attempts.nth(1)).to_contain_text("(evaluation 90)")
    left, right = attempts.nth(0).bounding_box(), attempts.nth(1).bounding_box()
    assert left
    assert right
    assert left["x"] + left["width"] <= right["x"]


def test_the_trajectory_chooses_its_evaluation_and_what_to_compare_with(open_page: OpenPage) -> None:
    shown = open_page(SampleDocuments(), "#/task/train/train%2F2?e=30", width=400)
    shown.page.get_by_role("combobox", name="Compare with").select_option(label="epoch 2, train (rolled back): .50")
    attempts = shown.page.get_by_role("main").get_by_role("article")
    expect(attempts.nth(1)).to_contain_text("(evaluation 50)")
    above, below = attempts.nth(0).bounding_box(), attempts.nth(1).bounding_box()
    assert above
    assert below
    assert above["y"] + above["height"] <= below["y"], "on a phone they are stacked"
    shown.page.reload()
    expect(attempts).to_have_count(2)


def test_the_keyboard_moves_among_the_cells_opens_one_and_compares_two(open_page: OpenPage) -> None:
    shown = open_page(SampleDocuments(), "#/tasks")
    keys = shown.page.keyboard
    assert shown.page.locator('.heat-map button[tabindex="0"]').count() == 1
    shown.page.locator('.heat-map button[tabindex="0"]').focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowUp", "End", "ArrowLeft"):
        keys.press(key)
    expect(cell(shown, "train/1", 5)).to_be_focused()
    assert shown.page.locator('.heat-map button[tabindex="0"]').count() == 1
    keys.press("Shift+Enter")
    keys.press("Home")
    keys.press("Shift+Enter")
    expect(shown.page.get_by_role("main").get_by_role("article")).to_have_count(2)
    shown.page.go_back()
    cell(shown, "train/3", 1).focus()
    keys.press("Enter")
    expect(shown.page.get_by_role("heading", name="Task train/3")).to_be_visible()


def test_a_task_is_found_by_split_and_by_text(open_page: OpenPage) -> None:
    shown = open_page(SampleDocuments(), "#/tasks")
    shown.page.get_by_role("combobox", name="Split").select_option("validation")
    expect(cell(shown, "validation/3", 5, "validation")).to_be_visible()
    assert len(tasks_shown(shown)) == 4
    box = shown.page.get_by_role("searchbox", name="Text")
    box.press_sequentially("OF 11")
    expect(shown.page.locator(".heat-map .task-id")).to_have_count(1)
    expect(box).to_be_focused()
    assert tasks_shown(shown) == ["validation/2"]
    box.fill("nothing such")
    expect(shown.page.get_by_text("No task is left by this choice.")).to_be_visible()


def test_changed_and_failing_tasks_are_those_of_the_best_set_at_the_end(open_page: OpenPage) -> None:
    scores = {
        "steady": (1.0, 1.0, 1.0),
        "won": (0.0, 1.0, 0.0),
        "lost": (1.0, 0.0, 1.0),
        "bad": (0.0, 0.0, 0.0),
        "unknown": (1.0, None, 1.0),
    }
    shown = open_page(WithTasks(scores, rejected=(2,)), "#/tasks")
    show = shown.page.get_by_role("combobox", name="Show")
    show.select_option("failing at the end")
    expect(shown.page.get_by_role("status").filter(has_text="3 tasks")).to_be_visible()
    assert tasks_shown(shown) == ["lost", "bad", "unknown"], "what has no score is not known to be solved"
    show.select_option("changed")
    expect(shown.page.locator(".heat-map")).to_contain_text("won")
    assert tasks_shown(shown) == ["won", "lost"]


def test_tasks_are_sorted_by_id_by_score_and_by_change(open_page: OpenPage) -> None:
    scores = {"t-10": (0.0, 0.5), "t-9": (1.0, 0.75), "t-1": (0.5, 0.25)}
    shown = open_page(WithTasks(scores), "#/tasks")
    order = shown.page.get_by_role("combobox", name="Sort by")
    for choice, ids in {
        "id": ["t-1", "t-9", "t-10"],
        "score at the end": ["t-1", "t-10", "t-9"],
        "change": ["t-9", "t-1", "t-10"],
    }.items():
        order.select_option(choice)
        expect(shown.page.locator(".heat-map .task-id")).to_have_text(ids)


def test_of_many_tasks_only_a_page_is_in_the_document(open_page: OpenPage) -> None:
    shown = open_page(WithTasks({f"t-{n}": (n % 3 / 2,) * 21 for n in range(500)}), "#/tasks")
    assert shown.page.locator(".heat-map tbody tr").count() == 50
    assert shown.page.locator(".heat-map tbody button").count() == 50 * 21
    shown.page.get_by_role("button", name="next").click()
    expect(cell(shown, "t-50", 20)).to_be_visible()
    assert tasks_shown(shown) == [f"t-{n}" for n in range(50, 100)]
    expect(shown.page.get_by_text("page 2 of 10")).to_be_visible()
    shown.page.reload()
    expect(cell(shown, "t-99", 0)).to_be_visible()


@pytest.mark.parametrize(
    ("documents", "place", "said"),
    [
        (SampleDocuments(), "#/task/validation/validation%2F0?e=80", "its trajectories are damaged"),
        (SampleDocuments(), "#/task/validation/validation%2F0?e=60", "the gate could not accept it any more"),
        (SampleDocuments(), "#/task/train/no-such?e=10", "The run holds no task no-such in train."),
        (WithRollouts(None), "#/task/train/train%2F0?e=10", "The page holds no trajectory of this task"),
    ],
)
def test_what_is_missing_says_why(open_page: OpenPage, documents: SampleDocuments, place: str, said: str) -> None:
    shown = open_page(documents, place)
    expect(shown.page.get_by_role("main")).to_contain_text(said)


class WithoutTrajectories(SampleDocuments):
    """The sample run with a page that lost the documents of its trajectories."""

    def names(self) -> list[str]:
        return [name for name in super().names() if not name.startswith("trajectories/")]


def test_a_document_that_is_not_there_is_an_error_beside_what_is(open_page: OpenPage) -> None:
    shown = open_page(WithoutTrajectories(), "#/task/train/train%2F0?e=10")
    expect(shown.page.get_by_role("alert")).to_contain_text("trajectories/10/0")
    expect(shown.page.get_by_role("combobox", name="Evaluation")).to_be_visible()


def test_a_run_without_evaluations_says_so(open_page: OpenPage) -> None:
    shown = open_page(WithTasks({}), "#/tasks")
    expect(shown.page.get_by_text("No evaluation has finished yet.")).to_be_visible()


def test_an_answer_of_five_megabytes_is_folded_and_the_page_goes_on(open_page: OpenPage) -> None:
    long = {"answer": "long line of text\n" * 280_000}
    documents = WithRollouts(lambda one: one.model_copy(update=long) if one.task == "train/0" and one.repeat else one)
    shown = open_page(documents, "#/task/train/train%2F0?e=10&r=1")
    expect(shown.page.get_by_role("button", name="show all 5,040,000 characters")).to_be_visible()
    assert len(shown.page.get_by_role("main").inner_text()) < 20_000


@pytest.mark.parametrize("width", [1400, 400])
def test_hostile_tasks_and_trajectories_are_text_and_nothing_else(open_page: OpenPage, width: int) -> None:
    shown = open_page(SampleDocuments(hostile=True), "#/tasks", width=width)
    main = shown.page.get_by_role("main")
    columns = shown.page.locator(".heat-map thead th").count() - 1
    assert columns == 6
    assert "⟦U+202E⟧" in (main.locator(".heat-map button").first.get_attribute("aria-label") or "")
    assert_only_text(shown, main, width)
    main.locator(".heat-map button").nth(0).click(modifiers=["Shift"])
    main.locator(".heat-map button").nth(2).click(modifiers=["Shift"])
    expect(main.get_by_role("article")).to_have_count(2)
    expect(main.locator(".message")).to_have_count(12)
    closed = main.locator("details:not([open]) > summary")
    while closed.count():
        closed.first.click()
    assert_only_text(shown, main, width)


def assert_only_text(shown: Shown, main: Locator, width: int) -> None:
    expect(main).to_contain_text("<script>window.hacked=1</script>")
    assert main.locator("script, img, svg, iframe, style, [onload], [onerror], [style]").count() == 0
    assert "\u202e" not in main.inner_text()
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= width
    shown.check()


def test_the_demos_run_is_walked_through_from_the_map_to_a_function_and_a_step(
    open_page: OpenPage, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "toolwright.cli", "demo", "--runs", str(tmp_path / "runs"), "--quiet"]
    subprocess.run(command, check=True, capture_output=True)
    (run,) = (tmp_path / "runs").iterdir()
    with RunFolder.read(run) as folder:
        shown = open_page(RunDocuments(folder), "#/tasks")
    last = shown.page.locator(".heat-map tbody tr").first.locator("button").last
    expect(last).to_have_text("1")
    last.click()
    attempt = shown.page.get_by_role("main").get_by_role("article")
    expect(attempt).to_contain_text("is right")
    called = attempt.locator(".call-name").first.inner_text()
    shown.page.get_by_role("link", name="Functions").click()
    shown.page.locator(".function-grid").get_by_role("link", name=called).first.click()
    expect(shown.page.get_by_label("source", exact=True).first).to_contain_text(f"def {called}(")
    shown.page.get_by_role("link", name="Optimizer").click()
    shown.page.get_by_role("link", name="Epoch 1").click()
    expect(shown.page.get_by_role("region", name="What came of it")).to_contain_text("admitted: add_function")
