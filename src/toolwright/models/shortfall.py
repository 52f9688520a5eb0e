"""What is said when a limit of the budget is reached: what was used, and what limit would have sufficed.

Example:
    >>> shortfall("requests", 14, used=14, more=1)
    'the limit of 14 requests is reached: 14 used, 1 more needed'
    >>> shortfall("tokens", 9000, used=7120, more=2310).partition(" (")[0]
    'the limit of 9,000 tokens is reached: 7,120 used, and the next request may take up to 2,310'
    >>> shortfall("dollars", 0.02, used=0.0123, more=0.009).partition("); ")[2]
    '0.0213 would have let it go'
"""

from decimal import ROUND_UP, Decimal
from typing import Final

WORST_CASE: Final = "a token is taken to be at least a byte of it; replies to be max_tokens long"
"""Why a request may be refused that would have used far less."""
_DOLLARS: Final = Decimal("0.000001")


def shortfall(name: str, limit: float, *, used: float, more: float, under_way: float = 0.0, held: float = 0.0) -> str:
    """Says that a limit is reached.

    Args:
        name: "requests", "tokens" or "dollars", in which everything is counted.
        limit: The limit.
        used: What was used so far.
        more: What the next request may take at the most.
        under_way: What the requests under way may take at the most.
        held: What is kept back for the sealed test.
    """
    kept = f", {_figure(held)} kept back for the sealed test" if held else ""
    said = f"the limit of {_figure(limit)} {name} is reached: {_figure(used)} used"
    if name == "requests":
        return f"{said}{kept}, {_figure(more)} more needed"
    others = f", up to {_figure(under_way)} by requests under way" if under_way else ""
    enough = _figure(used + under_way + held + more)
    return (
        f"{said}{others}{kept}, and the next request may take up to {_figure(more)} ({WORST_CASE}); "
        f"{enough} would have let it go"
    )


def _figure(amount: float) -> str:
    """A whole number, or dollars to a millionth, rounded up so that what suffices is not said to be less."""
    if amount == int(amount):
        return f"{int(amount):,}"
    return f"{Decimal(str(amount)).quantize(_DOLLARS, ROUND_UP).normalize():,f}"
