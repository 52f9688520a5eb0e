"""Each target, worked out a second way from nothing but the question's text."""

import re
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from functools import reduce

import numpy as np

from toolwright.demo.families import Question

QuestionsOf = Callable[[str], list[Question]]

MONTHS = [date(2000, month, 1).strftime("%B") for month in range(1, 13)]
DATE = rf"\d{{4}}-\d\d-\d\d|\d{{1,2}} (?:{'|'.join(MONTHS)}) \d{{4}}"


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match, f"no {pattern} in {text}"
    return match[1]


def cents(amount: str) -> int:
    return int(amount.replace(",", "").replace(".", ""))


def loan(text: str) -> tuple[int, int, int, int]:
    """Principal and payment in cents, rate in hundredths of a percent, number of payments."""
    principal, payment = sorted((cents(amount) for amount in re.findall(r"\$([\d,]+\.\d\d)", text)), reverse=True)
    percent, _, part = found(r"([\d.]+)%", text).partition(".")
    return principal, payment, int(percent + part.ljust(2, "0")), int(found(r"(\d+) payments", text))


def test_loan_balances_follow_from_whole_cents(questions_of: QuestionsOf) -> None:
    for text, target in questions_of("loan"):
        owed, payment, rate, n = loan(text)
        for _ in range(n):
            owed += (2 * owed * rate + 120_000) // 240_000 - payment
        assert target == f"{owed // 100}.{owed % 100:02d}"


def test_loan_balances_come_out_wrong_by_a_closed_formula_or_with_halves_to_even(questions_of: QuestionsOf) -> None:
    for text, target in questions_of("loan"):
        principal, payment, rate, n = loan(text)
        growth = Fraction(120_000 + rate, 120_000)
        closed = round(principal * growth**n - payment * (growth**n - 1) / (growth - 1))
        to_even = reduce(lambda owed, _: owed + round(Fraction(owed * rate, 120_000)) - payment, range(n), principal)
        assert cents(target) not in (closed, to_even)


def crc32_bit_by_bit(data: bytes) -> int:
    register = 0xFFFFFFFF
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ (0xEDB88320 if register & 1 else 0)
    return register ^ 0xFFFFFFFF


def test_checksums_are_those_of_the_quoted_text_bit_by_bit(questions_of: QuestionsOf) -> None:
    for text, target in questions_of("crc"):
        record = found('"([^"]*)"', text)
        assert 20 <= len(record) <= 60
        assert text.count('"') == 2
        assert target == f"{crc32_bit_by_bit(record.encode('ascii')):08x}"


def is_prime(number: int) -> bool:
    """Miller and Rabin's test, exact below 3,215,031,751 for these four bases."""
    twos = ((number - 1) & -(number - 1)).bit_length() - 1
    for base in (2, 3, 5, 7):
        power = pow(base, (number - 1) >> twos, number)
        if power != 1 and all(pow(power, 1 << k, number) != number - 1 for k in range(twos)):
            return False
    return True


def test_prime_counts_agree_with_a_test_of_every_number(questions_of: QuestionsOf) -> None:
    for text, target in questions_of("primes"):
        low, high = map(int, re.findall(r"\d{7,}", text))
        assert target == str(sum(map(is_prime, range(low, high + 1))))


def recurrence(text: str) -> tuple[int, int, int, int, int, int]:
    """Start, a, b, c, m and n, whichever way the text puts them."""
    formula = re.search(r"(\d+)\*\w(?:_k)?\^2 \+ (\d+)\*\w(?:_k)? \+ (\d+)\)? (?:mod|when divided by) (\d+)", text)
    spoken = re.search(r"number by (\d+), add (\d+) times the number, add (\d+),.* on division by (\d+)", text)
    rule = formula or spoken
    assert rule, text
    start = found(r"(?:_0 = |Begin with the number )(\d+)", text)
    n = found(r"(?:What is \w_|Find \w_|after )(\d+)", text)
    return int(start), int(rule[1]), int(rule[2]), int(rule[3]), int(rule[4]), int(n)


def test_recurrences_follow_from_the_formula_in_the_text(questions_of: QuestionsOf) -> None:
    for text, target in questions_of("recurrence"):
        start, a, b, c, m, n = recurrence(text)
        assert n >= 200
        assert is_prime(m)
        assert target == str(reduce(lambda x, _: ((a * x + b) * x + c) % m, range(n), start))


def written_date(text: str) -> date:
    if "-" in text:
        return date.fromisoformat(text)
    day, month, year = text.split()
    return date(int(year), MONTHS.index(month) + 1, int(day))


def period(text: str) -> tuple[date, date]:
    match = re.search(
        rf"(?:from|begins on|between) ({DATE})(?: to | up to, but not including, | and ends on | and )({DATE})", text
    )
    assert match, text
    return written_date(match[1]), written_date(match[2])


def test_business_days_agree_with_numpy(questions_of: QuestionsOf) -> None:
    for text, target in questions_of("workdays"):
        first, last = period(text)
        holidays = [day for day in map(written_date, re.findall(DATE, text)) if day not in (first, last)]
        last_counts = "not including" not in text and "the last one does not" not in text
        end = np.datetime64(last) + np.timedelta64(int(last_counts), "D")
        assert target == str(np.busday_count(np.datetime64(first), end, holidays=[np.datetime64(d) for d in holidays]))


def test_holiday_lists_are_unsorted_and_partly_on_weekends_or_outside(questions_of: QuestionsOf) -> None:
    for text, _ in questions_of("workdays"):
        first, last = period(text)
        days = list(map(written_date, re.findall(DATE, text)))
        assert days != sorted(days)
        assert any(day.weekday() > 4 for day in days)
        assert min(days) < first
        assert max(days) > last
