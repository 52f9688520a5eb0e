"""The sample run's functions over time: added, revised, removed, refused, rolled back."""

from typing import Any, Final

from toolwright.events import TriedCall
from toolwright.report.documents import FunctionHistory, FunctionsDocument, Use, Version

_SOURCE: Final = (
    (("k", "def"), ("", " "), ("nf", "solve_linear"), ("p", "("), ("n", "a"), ("p", "):")),
    (("", "    "), ("k", "return"), ("", " "), ("n", "a"), ("", " "), ("o", "/"), ("", " "), ("mi", "2")),
    (("", "    "), ("c1", "# half of it")),
)
_DIFF: Final = (
    ("@", "@@ -1,2 +1,3 @@"),
    (" ", "def solve_linear(a: float):"),
    ("-", "    return a"),
    ("+", "    return a / 2"),
    ("+", "    # half of it"),
)
_TRIED: Final = (
    TriedCall(of="example", call="solve_linear(a=4)", status="ok", returned="2.0", wanted="2.0", seconds=0.01),
    TriedCall(of="past call", call="solve_linear(a='x')", status="error", returned="TypeError", wanted="3.0"),
)


def functions_document() -> FunctionsDocument:
    """Four functions: one kept and revised, one kept, one removed again, one never let in."""
    linear = FunctionHistory(
        name="solve_linear",
        state="in use",
        versions=(
            version(1, "added", "accepted", diff=()),
            version(2, "revised", "rolled back"),
            version(3, "revised", "accepted", complexity=3, lines=9),
            version(6, "removed", "pending", source=(), diff=(), tried=()),
        ),
        use=tuple(_use(epoch) for epoch in range(1, 7)),
    )
    fraction = FunctionHistory(
        name="parse_fraction", state="in use", versions=(version(0, "start", "accepted"),), use=(_use(3), _use(5))
    )
    convert = FunctionHistory(
        name="unit_convert",
        state="removed",
        versions=(
            version(3, "added", "accepted"),
            version(5, "removed", "accepted", source=(), diff=(), tried=()),
        ),
        use=(
            Use(
                epoch=3,
                split="train",
                calls=0,
                errors=0,
                used=0,
                offered=6,
                used_score=None,
                unused_score=0.6,
                seconds=None,
            ),
        ),
    )
    guess = FunctionHistory(
        name="guess_answer",
        state="never kept",
        versions=(
            version(2, "refused", "refused", refusal="line 2: `eval` is not allowed", complexity=None),
            version(3, "refused", "refused", refusal="it holds targets of train as literals"),
            version(
                5, "refused", "refused", refusal="line 1: invalid syntax", source=(), missing="no function was kept"
            ),
        ),
    )
    return FunctionsDocument(functions=(fraction, linear, guess, convert), epochs=tuple(range(7)))


def version(epoch: int, happened: Any, came_to: Any, **changed: Any) -> Version:
    """One thing that happened to a function."""
    given: dict[str, Any] = {
        "reason": "Many tasks ask for half of a number, and the agent errs.",
        "description": "Solves a / 2.",
        "arguments": {"a": "the number"},
        "packages": ("math",),
        "source": _SOURCE,
        "diff": _DIFF,
        "tried": _TRIED,
        "complexity": 2,
        "lines": 3,
    }
    return Version(epoch=epoch, happened=happened, came_to=came_to, **{**given, **changed})


def _use(epoch: int) -> Use:
    return Use(
        epoch=epoch,
        split="train",
        calls=5 + epoch,
        errors=epoch % 2,
        used=4,
        offered=6,
        used_score=0.75,
        unused_score=0.5,
        seconds=0.012 * epoch,
    )
