"""A run that SIGKILL ends anywhere goes on as if nothing had been: nothing is asked twice, the end is the same."""

import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import pytest

from resuming import (
    ROLLED,
    RUN,
    Ended,
    Seen,
    ended,
    finished,
    go_on,
    look,
    make_project,
    toolwright,
    until,
    wired,
)
from simulated_endpoint import SimulatedEndpoint, simulated_endpoint
from toolwright.runs.folder import RunFolder

LATENCY = 0.02
POINTS = 50


@pytest.fixture
def endpoint() -> Generator[SimulatedEndpoint]:
    with simulated_endpoint(latency=LATENCY) as running:
        yield running


@dataclass(frozen=True)
class Whole:
    """What an uninterrupted run comes to, and how many requests it makes."""

    ended: Ended
    asked: int


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    folder = tmp_path_factory.mktemp("whole")
    with simulated_endpoint(latency=LATENCY) as running:
        make_project(folder, running)
        finished(folder, "train", "c.toml", "--name", RUN)
        seen = look(folder, running)
        assert Counter(wired(entry["body"]) for entry in running.log()) == seen.requests
        assert (seen.asked, seen.notes) == (len(seen.sites), seen.noted)
    return Whole(ended(folder / "runs" / RUN), seen.asked)


def wait_for_point(
    draw: random.Random, process: subprocess.Popen[str], folder: Path, endpoint: SimulatedEndpoint, asked: int
) -> None:
    """Waits for a point of a run: a number of requests, a time after its start, or the moment it writes its end."""
    kind = draw.choices(("requests", "time", "end"), (0.7, 0.2, 0.1))[0]
    summary = folder / "runs" / RUN / "summary.json"
    if kind == "time":
        end = time.monotonic() + draw.uniform(0.0, 3.0)
        until(lambda: time.monotonic() > end or process.poll() is not None)
    elif kind == "end":
        until(lambda: summary.exists() or process.poll() is not None)
    else:
        until(lambda: endpoint.counts().get("requests", 0) >= asked or process.poll() is not None)
        time.sleep(draw.uniform(0.0, 0.03))


def check_step(before: Seen, after: Seen, log: Counter[str], *, complete: bool) -> None:
    """What one process did: it asked once for every new reply in the journal; where it ended well, nothing else."""
    assert before.sites <= after.sites
    assert all(after.outcomes[key] == body for key, body in before.outcomes.items())
    new = after.requests - before.requests
    if complete:
        assert log == new
        assert after.notes - before.notes == after.noted - before.noted
    else:
        assert new <= log
        assert after.notes - before.notes >= after.noted - before.noted


def kill_and_go_on(draw: random.Random, kills: int, folder: Path, endpoint: SimulatedEndpoint, whole: Whole) -> None:
    make_project(folder, endpoint)
    command: tuple[str, ...] = ("train", "c.toml", "--name", RUN)
    before = look(folder, endpoint)
    for _ in range(kills):
        with toolwright(folder, *command) as process:
            wait_for_point(draw, process, folder, endpoint, before.asked + draw.randrange(whole.asked + 1))
            process.send_signal(signal.SIGKILL)
        after = look(folder, endpoint)
        asked = Counter(wired(entry["body"]) for entry in endpoint.log()[before.asked :])
        check_step(before, after, asked, complete=False)
        before, command = after, go_on(folder)
    before = look(folder, endpoint)
    finished(folder, *command, "--quiet")
    after = look(folder, endpoint)
    asked = Counter(wired(entry["body"]) for entry in endpoint.log()[before.asked :])
    check_step(before, after, asked, complete=True)
    check_end(folder, after, whole.ended)


def check_end(folder: Path, after: Seen, whole: Ended) -> None:
    """The run came to what an uninterrupted one comes to, and every roll of the dice is the journalled one."""
    now = ended(folder / "runs" / RUN)
    assert now.functions == whole.functions
    assert now.sites == whole.sites
    assert now.summary == whole.summary
    assert now.events == whole.events
    with RunFolder.read(folder / "runs" / RUN) as run:
        rolled = [
            ROLLED.findall(str(call.outcome.result))
            for _, evaluation in run.store.evaluations()
            for result in evaluation.results
            for call in result.trajectory.calls
            if call.name == "dice"
        ]
    kept = Counter(roll for body in after.outcomes.values() for roll in ROLLED.findall(body))
    assert Counter(roll for rolls in rolled for roll in rolls) == kept


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1, 1 + POINTS))
def test_a_run_killed_anywhere_once_or_more_goes_on_as_if_nothing_had_been(
    seed: int, tmp_path: Path, endpoint: SimulatedEndpoint, uninterrupted: Whole
):
    draw = random.Random(seed)
    kill_and_go_on(draw, draw.choice((1, 1, 2, 3)), tmp_path, endpoint, uninterrupted)
