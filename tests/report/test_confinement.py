"""How confined learned code was, in a line: no layer that is missing is named, no gap is left out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolwright.report.confinement import sandbox_line, what_is_left
from toolwright.sandbox import Report
from toolwright.sandbox.report import Layer, Tier

LAYERS = ("namespaces", "landlock", "seccomp", "limits")


def report(tier: Tier, *missing: str, around: str = "") -> Report:
    names = [*([around] if around else []), *LAYERS]
    return Report(tier=tier, layers=tuple(Layer(name=name, on=name not in missing, text="") for name in names))


def test_all_layers_are_one_quiet_line() -> None:
    line = sandbox_line("confined", report("B"))
    assert line == "Sandbox: confined, tier B (namespaces, Landlock, seccomp, limits)"


def test_without_landlock_it_is_not_named() -> None:
    line = sandbox_line("confined", report("B-", "landlock"))
    assert line == "Sandbox: confined, tier B- (namespaces, seccomp, limits)"


def test_without_namespaces_the_line_says_what_is_left() -> None:
    line = sandbox_line("confined", report("A", "namespaces"))
    assert line.startswith("Sandbox: confined, tier A (Landlock, seccomp, limits); a function can see whether a path")
    assert line.endswith("its working folder is read-only")


def test_a_container_is_told_by_the_layers_inside_and_its_gap_is_in_it() -> None:
    line = sandbox_line("container", report("A", "namespaces", around="container"))
    assert line.startswith("Sandbox: container, tier A (Landlock, seccomp, limits); in the container, a function can")
    bare = Report(layers=(Layer(name="container", on=True, text=""), Layer(name="limits", on=True, text="")))
    assert sandbox_line("container", bare) == "Sandbox: container (limits)"
    assert "each other's files and processes" in what_is_left("container", bare)
    filtered = bare.model_copy(update={"layers": (*bare.layers, Layer(name="seccomp", on=True, text=""))})
    assert "each other's working folders" in what_is_left("container", filtered)


def test_a_sandbox_of_ones_own_is_named() -> None:
    assert sandbox_line("mine", None) == "Sandbox: mine"


@given(st.sampled_from(["", "A", "B-", "B"]))
def test_no_walls_are_never_told_as_any(tier: Tier) -> None:
    assert sandbox_line("unconfined", report(tier)).startswith("Sandbox: UNCONFINED")
    assert what_is_left("unconfined", report(tier)).startswith("everything")


@pytest.mark.parametrize("kind", ["confined", "container"])
@given(st.sets(st.sampled_from(LAYERS)))
def test_the_layers_named_are_those_in_force(kind: str, missing: set[str]) -> None:
    line = sandbox_line(kind, report("B", *missing)).lower()
    assert {name for name in LAYERS if name in line} == set(LAYERS) - missing
