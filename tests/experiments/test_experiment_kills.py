"""An experiment whose process is killed goes on with the cell it was in; what was done is not run again."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_experiments import Counting, make_experiment, run

from toolwright.errors import RunError
from toolwright.experiments.results_file import read_results

SCRIPT = Path(__file__).parent / "experiment_process.py"
TESTS = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_experiment(tmp_path_factory.mktemp("killed"))


@pytest.fixture(scope="module")
def process(file: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is in its third cell."""
    started = subprocess.Popen([sys.executable, str(SCRIPT), str(file)], env={"PYTHONPATH": f"{SCRIPT.parent}:{TESTS}"})
    try:
        asked, until = file.parent / "asked.txt", time.monotonic() + 60
        while not asked.exists() or len(asked.read_text().splitlines()) < 3:
            assert started.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)
        yield started
    finally:
        started.kill()
        started.wait()


async def test_a_second_process_is_refused_while_it_runs_and_after_a_kill_the_next_goes_on(
    file: Path, process: subprocess.Popen[bytes]
) -> None:
    runner = Counting()
    with pytest.raises(RunError, match=f"in use by process {process.pid}"):
        await run(file, runner)
    process.kill()
    process.wait()
    before = read_results(file.parent / "out").cells
    assert [record.status for record in before] == ["done", "done"]
    ended = await run(file, runner)
    asked = (file.parent / "asked.txt").read_text().splitlines()
    assert runner.ids[0] == asked[2]
    assert not set(runner.ids) & set(asked[:2])
    assert (runner.ran[0].runs / "journal").read_text() == "what was answered"
    assert ended.results.cells[:2] == before
    assert len(ended.results.cells) == 8
