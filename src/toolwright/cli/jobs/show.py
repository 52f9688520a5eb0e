"""One run: its ending report, or how one of its tasks went."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import JsonValue

from toolwright.cli.output import print_json, print_sections
from toolwright.errors import RunError
from toolwright.evaluations import Evaluation, Result
from toolwright.messages import AssistantMessage, Message
from toolwright.rendering import render
from toolwright.report.reading import figures_in
from toolwright.report.sections import Section
from toolwright.report.summary import summarise
from toolwright.runs.folder import RunFolder
from toolwright.runs.listing import find_run


def show_run(root: Path, run: str, *, as_json: bool) -> None:
    """Prints a run's report.

    Raises:
        RunError: No run, or more than one, is meant; or it is damaged.
    """
    with RunFolder.read(find_run(root, run)) as folder:
        figures = figures_in(folder)
    if as_json:
        print_json(figures)
    else:
        print_sections(summarise(figures))


def show_task(root: Path, run: str, task: str, *, as_json: bool) -> None:
    """Prints every conversation about one task, in the order of the evaluations.

    Raises:
        RunError: No such run, or the run has no such task.
    """
    with RunFolder.read(find_run(root, run)) as folder:
        evaluations = list(folder.store.evaluations())
    attempts = [(epoch, evaluation, result) for epoch, evaluation in evaluations for result in evaluation.results]
    found = [attempt for attempt in attempts if attempt[2].trajectory.task_id == task]
    if not found:
        known = dict.fromkeys(result.trajectory.task_id for _, _, result in attempts)
        raise RunError(f"the run has no evaluated task {task!r}; there are: {', '.join(known) or 'none yet'}")
    if as_json:
        print_json([_data(*attempt) for attempt in found])
    else:
        print_sections([_section(*attempt) for attempt in found])


def _data(epoch: int, evaluation: Evaluation, result: Result) -> JsonValue:
    return {"epoch": epoch, "split": evaluation.split, **result.model_dump(mode="json")}


def _section(epoch: int, evaluation: Evaluation, result: Result) -> Section:
    trajectory = result.trajectory
    score = "no score" if result.score is None else f"score {result.score.value:g}"
    reason = f": {result.score.reason}" if result.score and result.score.reason else ""
    end = "" if trajectory.end == "answer" else f"Ended by {trajectory.end}. {trajectory.error}"
    return Section(
        title=f"Epoch {epoch}, {evaluation.split}, repeat {trajectory.repeat}: {score}",
        lines=(
            *(line for message in trajectory.messages for line in _said(message)),
            *(f"[call {call.name}] {render(call.outcome)}" for call in trajectory.calls if not call.outcome.ok),
            *((end,) if end else ()),
            f"Answer: {trajectory.answer}{reason}",
        ),
    )


def _said(message: Message) -> Iterator[str]:
    if message.text:
        yield f"[{message.kind}] {message.text}"
    if isinstance(message, AssistantMessage):
        yield from (f"[calls] {call.name}({call.arguments})" for call in message.calls)
