"""The p-value a report shows: exact wherever it can be, and said to be a bound where it is one."""

from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolwright.report.chance import p_text, two_sided_p


@settings(max_examples=40)
@given(gained=st.integers(0, 60), lost=st.integers(0, 60), same=st.integers(0, 9))
def test_on_right_and_wrong_it_is_mcnemars_exact_test_however_many_differ(gained: int, lost: int, same: int):
    differing = gained + lost
    tail = sum(comb(differing, k) for k in range(min(gained, lost) + 1)) / 2**differing
    found = two_sided_p([1.0] * gained + [-1.0] * lost + [0.0] * same, seed=1)
    assert found == pytest.approx(min(1.0, 2 * tail))


def test_twenty_of_twenty_is_shown_as_what_it_is():
    assert p_text(two_sided_p([1.0] * 20, seed=1)) == "p = 1.9e-06"


def test_scores_between_are_counted_out_where_few_differ():
    assert two_sided_p([1.0, 0.5, 0.25], seed=1) == 0.25  # of eight choices of signs two give so much, on both sides
    assert two_sided_p([2 / 3 - 1 / 3, 1 / 3], seed=1) == 0.5


def test_a_p_that_drawn_signs_cannot_show_to_be_smaller_is_at_most_so_much():
    assert p_text(two_sided_p([1.0] * 20 + [0.5], seed=1)) == "p ≤ 0.0004"
    assert p_text(0.00041) == "p = 0.00041"


def test_no_difference_is_chance():
    assert two_sided_p([0.0] * 5, seed=1) == 1.0
