"""The benches of a whole training: the critical path's arithmetic, and what a run prints follows from its own rows."""

import importlib
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).parent.parent
PEER = ROOT / ".bench" / "autogen" / ".made"
ROW = re.compile(r"(?P<name>\S.*?)  +(?P<wall>[\d.]+) +(?P<started>[\d.]+) +[\d.]+ +\d+ +(?P<requests>\d+)")
FIGURE = re.compile(r"(?P<name>\S.*?)  +(?P<value>[\d.]+)( +=.*| +target.*)?")

sys.path.append(str(ROOT))
chains: Any = importlib.import_module("bench.chains")


def entry(mark: int, parent: int | None, at: float, seconds: float, word: str = "") -> dict[str, Any]:
    """A request of the agent's about a word, of the optimizer's without one."""
    text = f"What is the seal of the word {word}?" if word else "Improve the functions."
    body = {"model": "agent" if word else "optimizer", "messages": [{"role": "user", "content": text}]}
    before = "" if parent is None else str(parent)
    return {"at": at, "left": at + seconds, "mark": str(mark), "parent": before, "fault": "ok", "body": body}


def test_the_critical_path_is_the_longest_rollout_of_each_evaluation_every_step_and_the_longest_of_the_test():
    log = [
        entry(0, None, 0.0, 1.0, "a"),
        entry(1, None, 0.0, 1.5, "b"),  # the starting set's longest
        entry(2, None, 2.0, 1.0),  # a step of two turns
        entry(3, 2, 4.0, 1.0),
        entry(4, None, 6.0, 1.0, "a"),  # two turns, longer than one of 1.8
        entry(5, None, 6.0, 1.8, "b"),
        entry(6, 4, 8.0, 1.0, "a"),
        entry(7, None, 10.0, 1.0, "t"),  # the test, twice: the longer one
        entry(8, None, 12.0, 1.25, "t"),
    ]
    path = chains.critical_path(log, {"t"})
    assert path.evaluations == pytest.approx((1.5, 2.0))
    assert path.steps == pytest.approx((2.0,))
    assert (path.test, path.seconds) == (pytest.approx(1.25), pytest.approx(6.75))


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0.1, 2.0), st.floats(0.0, 1.0)), min_size=1, max_size=12))
def test_the_critical_path_of_requests_one_after_another_is_never_longer_than_their_time(
    requests: list[tuple[str, float, float]],
):
    clock, log, last = 0.0, list[dict[str, Any]](), dict[str, int]()
    for mark, (word, seconds, pause) in enumerate(requests):
        log.append(entry(mark, last.get(word), clock, seconds, word))
        last[word] = mark
        clock += seconds + pause
    path = chains.critical_path(log, set())
    total = {word: sum(seconds for w, seconds, _ in requests if w == word) for word in last}
    assert path.seconds == pytest.approx(max(total.values()))
    assert path.seconds <= clock + 1e-9


def test_no_critical_path_is_computed_of_a_run_with_faults():
    with pytest.raises(AssertionError, match="fault-free"):
        chains.critical_path([{**entry(0, None, 0.0, 1.0, "a"), "fault": "reset"}], set())


def printed(*arguments: str) -> list[str]:
    command = [sys.executable, "-m", *arguments]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=540)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def read(pattern: re.Pattern[str], lines: list[str]) -> dict[str, dict[str, str]]:
    return {found["name"]: found.groupdict() for line in lines if (found := pattern.fullmatch(line))}


@pytest.mark.soak
def test_a_quick_run_makes_the_requests_it_claims_on_both_sides_and_its_ratios_follow_from_its_rows():
    subprocess.run(["sh", "scripts/bench_peer.sh"], cwd=ROOT, check=True, capture_output=True)
    if not PEER.exists():
        pytest.skip("AutoGen could not be installed")
    said = printed("bench.training", "--quick")
    few, many = said[: said.index("")], said[said.index("") + 1 :]
    rows, figures = read(ROW, few), read(FIGURE, few)
    names = ["Toolwright", "AutoGen, one after another (0.2.40)", "AutoGen, in threads (0.2.40)"]
    assert [name.partition(" (")[0] for name in rows] == [name.partition(" (")[0] for name in names]
    assert {row["requests"] for row in rows.values()} == {"42"}  # 4 tasks: 1 + 2 x 3 turns; 2 x 3 actions; test 2 x 4
    wall, path = float(rows["Toolwright"]["wall"]), float(figures["critical path"]["value"])
    assert path <= wall
    assert path >= 0.05 * (1 + 2 * (3 + 3) + 3) - 0.01  # as many dependent requests, 50 ms each
    assert float(figures["wall / critical path"]["value"]) == pytest.approx(wall / path, rel=0.05)
    [sequential] = [float(row["wall"]) for name, row in rows.items() if "one after another" in name]
    faster = {name: float(figure["value"]) for name, figure in figures.items() if name.startswith("times faster")}
    assert faster["times faster than AutoGen, as much work"] == pytest.approx(sequential / wall, rel=0.05, abs=0.01)
    assert faster["times faster than AutoGen, as its notebook"] <= faster["times faster than AutoGen, as much work"]
    assert sequential >= 42 * 0.05
    assert read(ROW, many)["Toolwright"]["requests"] == "98"


@pytest.mark.soak
def test_the_growth_of_a_short_run_is_tabled_and_every_prompt_is_within_its_budget():
    said = printed("bench.growth", "400", "--sizes", "20", "50")
    shares = [int(found[1]) for line in said if (found := re.fullmatch(r" +\d+ +[\d,]+ +(\d+)%", line))]
    assert len(shares) == 2
    assert max(shares) <= 100
    assert [line.split()[0] for line in said if re.fullmatch(r"( +[\d,.]+){5}", line)][-1] == "400"
    assert [line for line in said if line.startswith("last tenth / first:")]


@pytest.mark.soak
def test_a_short_run_of_the_model_turns_bench_prints_every_row():
    said = "\n".join(printed("bench.model_turn", "3", "--at-once", "30"))
    for words in ("its own transport", "the whole door and the rollout", "20 at once", "memory of a waiting rollout"):
        assert words in said
    assert "30 at once" in said


def test_start_up_is_measured_beside_a_bare_interpreter():
    said = printed("bench.start_up", "1")
    assert [line.partition("  ")[0] for line in said[1:]] == [
        "python -c pass",
        "python -c 'import toolwright'",
        "toolwright --help",
    ]
