"""The sandbox's bench runs, and what it says of each requirement follows from the rows of its own table."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROW = re.compile(r"(?P<name>\S.*?)  +(?P<median>[\d.]+) +(?P<p99>[\d.]+) +(?P<rate>[\d.]+|-) +(?P<cpu>[\d.]+|-) +\d+")
RATIO = re.compile(r"(?P<name>.*?)  +(?P<value>[\d.-]+) +required (?P<sign><=|>=) (?P<bound>[\d.]+) +(?P<verdict>.+)")

Found = dict[str, dict[str, str]]


def quick() -> list[str]:
    """The lines of a short run without AutoGen."""
    command = [sys.executable, "-m", "bench.sandbox", "--quick", "--no-peer"]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=120)
    return done.stdout.splitlines()


def read(pattern: re.Pattern[str], lines: list[str]) -> Found:
    return {found["name"]: found.groupdict() for line in lines if (found := pattern.fullmatch(line))}


def follows(ratio: dict[str, str]) -> bool:
    """Whether a verdict is what its figure and its bound say."""
    if ratio["value"] == "-":
        return ratio["verdict"] == "not measured"
    value, bound = float(ratio["value"]), float(ratio["bound"])
    kept = value <= bound if ratio["sign"] == "<=" else value >= bound
    return ratio["verdict"] == ("ok" if kept else "MISSED")


@pytest.mark.soak
def test_a_quick_run_measures_every_kind_and_judges_by_its_own_rows() -> None:  # one test: a run takes ten seconds
    said = quick()
    rows, ratios = read(ROW, said), read(RATIO, said)
    for word in ("fresh `python -c`", "bare fork", "confined: trivial", "unconfined: trivial", "nothing preloaded"):
        assert [name for name in rows if word in name], f"no row {word}"
    [fork] = [row for name, row in rows.items() if name.startswith("bare fork")]
    trivial = rows["confined: trivial"]
    for name, figure in (("the same back to back", "median"), ("sustained rate / fork-only rate", "rate")):
        value = float(trivial[figure]) / float(fork[figure])
        assert float(ratios[name]["value"]) == pytest.approx(value, rel=0.05)  # both are printed rounded
    assert len(ratios) == 8
    assert [ratio for ratio in ratios.values() if not follows(ratio)] == []
    assert ratios["AutoGen's execution / trivial call"]["verdict"] == "not measured"
    assert "AutoGen was not measured: --no-peer" in said
    assert "8 new functions: the same base process served them." in said
