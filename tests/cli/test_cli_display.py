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
from toolwright.cli.telling import duration, tell
from toolwright.cli.text import one_line, plain
from toolwright.events import (
    ActionRefused,
    BudgetAnnounced,
    CodeRun,
    EvaluationFinished,
    EvaluationStarted,
    Event,
    GateDecided,
    HistoryShortened,
    ModelRetried,
    PaceWaited,
    ProposalsScreened,
    ProviderPaused,
    ProviderResumed,
    RaceStopped,
    RolloutFinished,
    RunStarted,
    StepStarted,
    TestOpened,
    Warned,
)
from toolwright.messages import Usage
from toolwright.models.passing import RATE_LIMIT, Passing
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
    return drawn(view)


def drawn(view: LiveView) -> str:
    console = Console(file=io.StringIO(), width=140, force_terminal=True, color_system=None)
    with console.capture() as captured:
        console.print(view)
    return captured.get()


def begun(epoch: int, split: str, rollouts: int) -> EvaluationStarted:
    return EvaluationStarted(epoch=epoch, split=split, parameters="p", rollouts=rollouts)


def finished(epoch: int, split: str) -> EvaluationFinished:
    return EvaluationFinished(epoch=epoch, split=split, parameters="p", mean=0.5, scored=4, rollouts=4, usage=Usage())


def out_for(since: float, wait: float) -> ProviderPaused:
    return ProviderPaused(role="agent", fault="connection: refused", wait=wait, since=since)


def lines(*events: Event, clock: list[float]) -> list[str]:
    out = io.StringIO()
    sink = Lines(Console(file=out, width=100), clock=lambda: clock.pop(0))
    for event in events:
        sink.emit(event)
    return out.getvalue().splitlines()


def test_the_live_display_shows_epoch_split_rollouts_and_running_mean() -> None:
    text = shown(STARTED, begun(2, "train", 4), rolled(1.0), rolled(None), rolled(0.0), rolled(0.5))
    for part in ("epoch 2/5  train", "3/4", "mean 0.500", "0 requests", "run r1"):
        assert part in text


def test_the_live_display_begins_anew_with_every_part() -> None:
    progress = Progress()
    for event in (STARTED, begun(1, "train", 4), rolled(1.0)):
        progress.take(event)
    progress.take(StepStarted(epoch=2, parameters="p", history=""))
    assert (progress.epoch, progress.doing, progress.done, progress.mean) == (2, "optimizer", 0, None)


def test_retries_are_told_sparsely() -> None:
    retry = ModelRetried(role="agent", attempt=1, fault="rate limit", wait=2.0)
    told = lines(*[retry] * 4, clock=[0.0, 3.0, 9.0, 11.0])
    assert told == [
        "agent: rate limit; attempt 2 in 2 s (1 retry so far)",
        "agent: rate limit; attempt 2 in 2 s (4 retries so far)",
    ]


def test_a_retry_that_waits_for_nothing_comes_at_once() -> None:
    retry = ModelRetried(role="agent", attempt=1, fault="rate limit", wait=0.0)
    assert lines(retry, clock=[0.0]) == ["agent: rate limit; attempt 2 at once (1 retry so far)"]
    assert "1 retry ·" in shown(STARTED, retry)


def test_evaluations_side_by_side_are_counted_together() -> None:
    progress = Progress()
    for event in (STARTED, begun(1, "train", 4), begun(1, "validation", 6), rolled(1.0), rolled(0.0)):
        progress.take(event)
    assert (progress.doing, progress.done, progress.total, progress.mean) == ("train + validation", 2, 10, 0.5)
    for event in (finished(1, "train"), finished(1, "validation"), begun(2, "test", 3)):
        progress.take(event)
    assert (progress.doing, progress.done, progress.total) == ("test", 0, 3)


def test_more_repeats_of_the_incumbent_do_not_turn_the_epoch_back() -> None:
    progress = Progress()
    for event in (STARTED, begun(3, "validation", 4), finished(3, "validation"), begun(1, "validation", 12)):
        progress.take(event)
    assert (progress.epoch, progress.total) == (3, 12)


def test_a_pause_is_counted_down_while_nothing_happens() -> None:
    now = [100.0]
    view = LiveView(Path("runs"), clock=lambda: now[0])
    for event in (STARTED, out_for(since=150.0, wait=32.0)):
        view.emit(event)
    seen: list[str] = []
    for passed in (0.0, 20.0, 40.0):
        now[0] = 100.0 + passed
        seen.append(drawn(view))
    beginning = "agent: the provider is not answering (connection: refused); paused, "
    assert f"{beginning}trying again in 32 s; nothing is lost, out for 2 min" in seen[0]
    assert f"{beginning}trying again in 12 s; nothing is lost, out for 3 min" in seen[1]
    assert f"{beginning}trying again; nothing is lost, out for 3 min" in seen[2]
    view.emit(ProviderResumed(role="optimizer", seconds=190.0))  # roles may share a provider
    assert "paused" not in drawn(view)
    assert "the provider answers again, after 3 min; going on" in drawn(view)


def test_a_pause_for_a_rate_limit_says_that_the_provider_lets_nothing_through() -> None:
    fault = str(Passing(RATE_LIMIT, "slower"))
    line = tell(ProviderPaused(role="agent", fault=fault, wait=8.0, since=0.0))
    assert line.startswith(
        "agent: the provider lets nothing through (rate limit: slower); paused, trying again in 8 s;"
    )


def own_pace(wait: float) -> PaceWaited:
    return PaceWaited(role="agent", limit="requests_per_minute = 2" if wait else "", wait=wait)


def test_a_wait_for_ones_own_limits_is_counted_down_and_gone_when_it_is_over() -> None:
    now = [100.0]
    view = LiveView(Path("runs"), clock=lambda: now[0])
    for event in (STARTED, own_pace(30.0)):
        view.emit(event)
    assert "agent: waits for your own limit (requests_per_minute = 2), 30 s more" in drawn(view)
    now[0] = 118.0
    assert "(requests_per_minute = 2), 12 s more" in drawn(view)
    now[0] = 130.0
    assert "your own limit" not in drawn(view)
    view.emit(own_pace(30.0))
    view.emit(own_pace(0))  # a reply took less than expected, and the next request goes
    assert "your own limit" not in drawn(view)


def test_an_outage_stays_shown_while_another_endpoints_own_pace_waits() -> None:
    text = shown(STARTED, out_for(since=0.0, wait=32.0), own_pace(30.0))
    assert "the provider is not answering (connection: refused)" in text
    assert "waits for your own limit (requests_per_minute = 2)" in text
    over = shown(STARTED, own_pace(30.0), out_for(since=0.0, wait=32.0), ProviderResumed(role="agent", seconds=9.0))
    assert "paused" not in over
    assert "waits for your own limit (requests_per_minute = 2)" in over


def test_sparse_lines_tell_of_ones_own_limits_once_a_minute_and_of_an_outage_beside_it() -> None:
    resumed = ProviderResumed(role="agent", seconds=31.0)
    events = (own_pace(30.0), resumed, own_pace(30.0), out_for(0, 1.0), own_pace(0), resumed, own_pace(30.0))
    waits = "agent: waits for your own limit (requests_per_minute = 2), 30 s more"
    assert [line.partition("; ")[0] for line in lines(*events, clock=[0.0, 30.0, 31.0, 60.0])] == [
        waits,
        "agent: the provider is not answering (connection: refused)",
        "agent: the provider answers again, after 31 s",
        waits,
    ]


def test_pauses_are_told_sparsely_and_a_resumption_where_its_pause_was() -> None:
    resumed = ProviderResumed(role="agent", seconds=31.0)
    pauses = [out_for(2.0**n - 1, 2.0**n) for n in range(5)]
    told = lines(*pauses, resumed, out_for(0.0, 1.0), resumed, clock=[0.0, 1.0, 3.0, 7.0, 15.0, 20.0])
    assert [line.partition("; nothing")[0] for line in told] == [
        "agent: the provider is not answering (connection: refused); paused, trying again in 1 s",
        "agent: the provider is not answering (connection: refused); paused, trying again in 16 s",
        "agent: the provider answers again, after 31 s; going on",
    ]
    assert told[1].endswith("; nothing is lost, out for 15 s")


LOOK = GateDecided(epoch=2, decision="undecided", reason="perhaps better", incumbent=0.5, candidate=0.6, noise=0.021)


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (
            RaceStopped(epoch=2, split="train", run=12, saved=28, reason="hopeless"),
            "epoch 2: race lost: 28 of 40 rollouts not run to their end",
        ),
        (
            ProposalsScreened(epoch=2, tasks=5, scores={"p": 0.2, "q": 0.6}, chosen="q", requests=20),
            "epoch 2: 2 proposals on 5 tasks: 0.600, 0.200; the best goes on (20 requests)",
        ),
        (
            HistoryShortened(epoch=1, proposal=1, tokens=8000, reason="context too long"),
            "epoch 1, proposal 2: the history did not fit and is sent again within 8,000 tokens (context too long)",
        ),
        (
            CodeRun(epoch=1, status="error", error="NameError"),
            "epoch 1: the optimizer ran code on the training tasks (error: NameError)",
        ),
        (CodeRun(epoch=1, status="ok"), "epoch 1: the optimizer ran code on the training tasks (ok)"),
        (BudgetAnnounced(limit="requests", share=0.5, of=500), "half of the budget of 500 requests is used"),
        (BudgetAnnounced(limit="dollars", share=0.8, of=5), "80% of the budget of $5.00 is used"),
        (TestOpened(times=1, forced=False), ""),
        (
            TestOpened(times=2, forced=True),
            "warning: the sealed test is opened for the second time, FORCED; the run is marked",
        ),
        (LOOK, "epoch 2: undecided: perhaps better; noise floor 2.1 points"),
        (LOOK.model_copy(update={"decision": "reject", "noise": None}), "epoch 2: rolled back: perhaps better"),
    ],
)
def test_what_is_worth_knowing_has_a_line(event: Event, line: str) -> None:
    assert tell(event) == line


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0 s"), (31.6, "32 s"), (119.0, "119 s"), (200.0, "3 min")])
def test_durations_are_said_as_people_say_them(seconds: float, text: str) -> None:
    assert duration(seconds) == text


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
