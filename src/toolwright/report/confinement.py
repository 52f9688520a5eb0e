"""How confined learned code is, in words: one line for a terminal or report, and what the walls leave open."""

from typing import Final

from toolwright.sandbox.report import Report

_NAMES: Final = {"landlock": "Landlock"}
_NOTHING: Final = "nothing that the escape tests try gets through"
_LEFT: Final = {
    "B": _NOTHING,
    "B-": f"{_NOTHING}, but files are kept back by one wall, not two",
    "A": "a function can see whether a path it guesses exists, its size and times; its working folder is read-only",
}


def sandbox_line(kind: str, report: Report | None) -> str:
    """One line: the kind, the tier and the layers in force; what is left where that is more than nothing.

    Example:
        >>> sandbox_line("mine", None)
        'Sandbox: mine'
    """
    if kind == "unconfined":
        return "Sandbox: UNCONFINED: learned functions run as the user, and can do whatever the user can"
    if report is None:
        return f"Sandbox: {kind}"
    layers = ", ".join(_NAMES.get(layer.name, layer.name) for layer in report.layers if layer.on and layer.name != kind)
    tier = f", tier {report.tier}" if report.tier else ""
    left = f"; {what_is_left(kind, report)}" if report.tier == "A" else ""
    return f"Sandbox: {kind}{tier} ({layers}){left}"


def what_is_left(kind: str, report: Report) -> str:
    """What learned code can still do that it should not; docs/security.md has the whole list."""
    if kind == "unconfined":
        return "everything: learned functions run as you"
    inside = "in the container, " if kind == "container" else ""
    filtered = any(layer.name == "seccomp" and layer.on for layer in report.layers)
    shared = "calls that run at once can see each other's " + ("working folders" if filtered else "files and processes")
    return inside + _LEFT.get(report.tier, shared)
