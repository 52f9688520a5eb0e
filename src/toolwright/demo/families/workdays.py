"""Business days over years with a long holiday list, some of it on weekends or outside the period."""

from collections.abc import Sequence
from datetime import date, timedelta

from toolwright.demo.families.base import Draw, Question, wordings

INSIDE, OUTSIDE = 30, 4

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def questions(draw: Draw, count: int) -> list[Question]:
    """Periods of three to six years; every second question leaves out the last day."""
    closed, half_open = (draw.shuffled(wordings(f"workdays_{end}")) for end in ("closed", "half_open"))
    return [_question(draw, (half_open if k % 2 else closed)[k // 2 % 2], open_end=bool(k % 2)) for k in range(count)]


def business_days(first: date, last: date, holidays: Sequence[date]) -> int:
    """How many days of [first, last] are neither weekend nor holiday."""
    days = (first + timedelta(days=k) for k in range((last - first).days + 1))
    return sum(day.weekday() < 5 and day not in holidays for day in days)


def _question(draw: Draw, template: str, *, open_end: bool) -> Question:
    first = date(2018, 1, 1) + timedelta(days=draw.below(3_000))
    last = first + timedelta(days=draw.between(1_100, 2_200))
    holidays = _holidays(draw, first, last)
    write = draw.pick((date.isoformat, _in_words))
    text = template.format(first=write(first), last=write(last), holidays=", ".join(write(day) for day in holidays))
    return Question(text, str(business_days(first, last - timedelta(days=open_end), holidays)))


def _holidays(draw: Draw, first: date, last: date) -> list[date]:
    """Unsorted distinct dates, most in the period, a few before or after it."""
    inside = draw.shuffled(range((last - first).days))[:INSIDE]
    after = [(last - first).days + draw.between(10 * k + 1, 10 * k + 9) for k in range(OUTSIDE // 2)]
    before = [-draw.between(10 * k + 1, 10 * k + 9) for k in range(OUTSIDE // 2)]
    return [first + timedelta(days=offset) for offset in draw.shuffled(inside + after + before)]


def _in_words(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
