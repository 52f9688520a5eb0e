"""What is shown while a training goes on, and that no text of a model steers the terminal."""

import io
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from toolwright.cli.display import Lines, LiveView
from toolwright.cli.output import print_sections
from toolwright.cli.progress import Progress
from toolwright.cli.text import one_line, plain
from toolwright.events import (
    ActionRefused,
    EvaluationStarted,
    Event,
    ModelRetried,
    RolloutFinished,
    RunStarted,
    StepStarted,
    Warned,
)
from toolwright.report.sections import Section

STARTED = RunStarted(
    run="r1", train=4, validation=2, test=3, epochs=5, sandbox="confined", agent="react", models={"agent": "m"}
)
WILD = st.text(st.one_of(st.characters(), st.sampled_from("\x1b\x9b[]0;31mH\x07\\\r\n\u202e\ud800")))


def rolled(score: float | None) -> RolloutFinished:
    return RolloutFinished(split="train", parameters="p", task="t", repeat=0, score=score, end="answer", calls=0)


def shown(*events: Event) -> str:
    view = LiveView(Path("runs"))
    for event in events:
        view.emit(event)
    console = Console(file=io.StringIO(), width=100, force_terminal=True, color_system=None)
    with console.capture() as captured:
        console.print(view)
    return captured.get()


def lines(*events: Event, clock: list[float]) -> list[str]:
    out = io.StringIO()
    sink = Lines(Console(file=out, width=100), clock=lambda: clock.pop(0))
    for event in events:
        sink.emit(event)
    return out.getvalue().splitlines()


def test_the_live_display_shows_epoch_split_rollouts_and_running_mean() -> None:
    begun = EvaluationStarted(epoch=2, split="train", parameters="p", rollouts=4)
    text = shown(STARTED, begun, rolled(1.0), rolled(None), rolled(0.0), rolled(0.5))
    for part in ("epoch 2/5  train", "3/4", "mean 0.500", "0 requests", "run r1"):
        assert part in text


def test_the_live_display_begins_anew_with_every_part() -> None:
    progress = Progress()
    for event in (STARTED, EvaluationStarted(epoch=1, split="train", parameters="p", rollouts=4), rolled(1.0)):
        progress.take(event)
    progress.take(StepStarted(epoch=2, parameters="p", history=""))
    assert (progress.epoch, progress.doing, progress.done, progress.mean) == (2, "optimizer", 0, None)


def test_retries_are_told_sparsely() -> None:
    retry = ModelRetried(role="agent", attempt=1, fault="rate limit", wait=2.0)
    told = lines(*[retry] * 4, clock=[0.0, 0.0, 3.0, 9.0, 11.0, 11.0])
    assert told == [
        "agent: rate limit; attempt 2 in 2 s (1 retry so far)",
        "agent: rate limit; attempt 2 in 2 s (4 retries so far)",
    ]


def test_a_retry_that_waits_for_nothing_comes_at_once() -> None:
    retry = ModelRetried(role="agent", attempt=1, fault="rate limit", wait=0.0)
    assert lines(retry, clock=[0.0, 0.0]) == ["agent: rate limit; attempt 2 at once (1 retry so far)"]
    assert "1 retry ·" in shown(STARTED, retry)


def test_rollouts_have_no_line_of_their_own() -> None:
    assert lines(rolled(1.0), Warned(text="look"), clock=[]) == ["warning: look"]


def test_a_models_words_cannot_be_markup_or_steer_the_terminal() -> None:
    refused = ActionRefused(
        epoch=1, action="add_function", function="f", reason="[red]no[/] \x1b[2J\x1b]52;c;aGk=\x07:smile:\r\nnext"
    )
    expected = "epoch 1: add_function f: refused. [red]no[/] :smile: next"
    assert lines(refused, clock=[]) == [expected]
    assert expected in shown(STARTED, refused)


def test_tables_and_lines_are_shown_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    wild = "[bold]x[/bold]\x1b[31m"
    print_sections([Section(title=wild, columns=("a",), rows=((wild,),), lines=(wild,))])
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == ["[bold]x[/bold]"] * 1 + [
        "a",
        "[bold]x[/bold]",
        "[bold]x[/bold]",
    ]


@given(WILD)
def test_safe_text_has_no_control_character_but_newline_and_tab(text: str) -> None:
    safe = plain(text)
    assert [c for c in safe if unicodedata.category(c) in {"Cc", "Cs"} and c not in "\n\t"] == []
    assert not set(safe) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    assert plain(safe) == safe


@given(WILD, st.integers(1, 40))
def test_one_line_is_one_line_of_at_most_so_many_characters(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert "\n" not in line
    assert len(line) <= limit


@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Cf"))))
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert plain(text) == text
