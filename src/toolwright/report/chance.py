"""How likely chance alone makes a difference of two evaluations, as a report says it: exact wherever it can be.

The gates' own p-values (`training/gates/sign_flip.py`) are drawn where more than 12 tasks differ and cannot fall below
1 / 5000 on a side: that is enough to decide, and would tell a reader too little.

Example:
    >>> two_sided_p([1.0] * 20, seed=0)
    1.9073486328125e-06
"""

import math
from collections.abc import Sequence
from typing import Any, Final

_DIGITS: Final = 9
"""Decimals by which two differences are compared: 2/3 - 1/3 is 1/3."""

_LISTED: Final = 14
"""Where at most so many tasks differ, all their signs are listed."""


def two_sided_p(differences: Sequence[float], seed: int) -> float:
    """The two-sided p-value of paired differences, above 0 to 1: how often random signs give a sum so far from 0.

    Exact where all that differ do so by the same amount, right against wrong (McNemar's exact test), or where at most
    14 differ; above, it is the gates', which is never below 2 / 5000.

    Args:
        differences: One a task.
        seed: Of signs that are drawn; must not depend on scores.
    """
    differing = [one for one in differences if round(one, _DIGITS)]
    if not differing:
        return 1.0
    import numpy as np  # noqa: PLC0415 - half a second with scipy, only where a report is made
    from scipy.stats import binomtest, permutation_test  # noqa: PLC0415 - as above

    from toolwright.training.gates.sign_flip import SignFlips  # noqa: PLC0415 - as above

    if len({round(abs(one), _DIGITS) for one in differing}) == 1:
        return float(binomtest(sum(one > 0 for one in differing), len(differing)).pvalue)
    if len(differing) <= _LISTED:
        found = permutation_test(
            (differing,), _distance, permutation_type="samples", n_resamples=2**_LISTED, alternative="greater"
        )
        return float(found.pvalue)
    gains = np.array(differences)
    return min(1.0, 2 * min(SignFlips(len(differences), seed).p_values(np.stack([gains, -gains]))))


def p_text(p: float) -> str:
    """A p-value as text; of one that drawn signs cannot show to be smaller, that it is at most so much."""
    from toolwright.training.gates.sign_flip import FLIPS  # noqa: PLC0415 - as in two_sided_p

    return f"p {'≤' if math.isclose(p, 2 / (FLIPS + 1)) else '='} {p:.2g}"


def _distance(differences: Any, axis: int) -> Any:  # noqa: ANN401 - numpy's
    """How far the sums are from 0, rounded: those that are equal but for the order they were added up in are equal."""
    return abs(differences.sum(axis=axis)).round(_DIGITS)
