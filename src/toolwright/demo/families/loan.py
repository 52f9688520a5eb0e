"""Loan balances, rounded at every payment: a closed formula misses by cents, only the schedule itself is right."""

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import NamedTuple

from toolwright.demo.families.base import Draw, Question, wordings

CENT = Decimal("0.01")

BORROWERS = ("Marta", "Mr. Oyelaran", "A bakery", "The rowing club", "Priya", "Hendrik", "Ms. Castellanos")


class Loan(NamedTuple):
    """A loan's terms: principal and monthly payment in dollars, rate in percent a year, payments made."""

    principal: Decimal
    rate: Decimal
    payment: Decimal
    n: int


def questions(draw: Draw, count: int) -> list[Question]:
    """Loans of 36 to 60 payments, each with a wording of its own while they last."""
    templates, borrowers = draw.shuffled(wordings("loan")), draw.shuffled(BORROWERS)
    return [_question(_loan(draw), templates[k % len(templates)], borrowers[k % len(borrowers)]) for k in range(count)]


def balance(loan: Loan, rounding: str = ROUND_HALF_UP) -> Decimal:
    """What is owed after the last payment, interest rounded to the cent at every payment, half up as the text says."""
    owed = loan.principal
    for _ in range(loan.n):
        owed += (owed * loan.rate / 1200).quantize(CENT, rounding) - loan.payment
    return owed


def _question(loan: Loan, template: str, who: str) -> Question:
    text = template.format(
        who=who, principal=f"{loan.principal:,}", rate=loan.rate, payment=f"{loan.payment:,}", n=loan.n
    )
    return Question(text, f"{balance(loan):.2f}")


def _loan(draw: Draw) -> Loan:
    """A loan not nearly paid off, at no whole percentage, in whose answer each part of the rounding rule shows."""
    rate = draw.between(4, 11) + Decimal(draw.between(1, 3)) / 4
    while True:
        principal = Decimal(draw.between(9_000_00, 46_000_00)) / 100
        payment = (principal * draw.between(110, 170) / 10_000).quantize(CENT)
        loan = Loan(principal.quantize(CENT), rate, payment, draw.between(36, 60))
        others = (balance(loan, ROUND_HALF_EVEN), _rounded_once(loan))
        if balance(loan) > 1000 and balance(loan) not in others:
            return loan


def _rounded_once(loan: Loan) -> Decimal:
    """The balance if only the end were rounded, as a closed formula gives it."""
    growth = 1 + Fraction(loan.rate) / 1200
    owed = Fraction(loan.principal) * growth**loan.n - Fraction(loan.payment) * (growth**loan.n - 1) / (growth - 1)
    return Decimal(round(owed * 100)) / 100
