"""What a figure says under its title and in its description: whose models, and which cells are not in it and why.

A bar that is not there is not seen; so what failed, was not run or not read is named, and how many of the seeds are.

Example:
    gaps = gaps_text([("CREATOR, Algebra", group, 0)])    # "Not shown: CREATOR, Algebra (failed)."
"""

from collections.abc import Iterable
from typing import Final

from toolwright.experiments.tables.cells import NOT_READ, Group
from toolwright.report.documents import Chart

Drawn = tuple[str, Group, int]
"""A group by a name that the figure's reader knows, and of how many of its seeds the figure shows something."""

_MOST: Final = 6
"""Names that one line has; of more it is said how many."""


def gaps_text(groups: Iterable[Drawn]) -> str:
    """Which groups a figure does not show, or of a part of their seeds alone; "" where it shows all."""
    found = [*groups]
    missing = [f"{name} ({NOT_READ if group.done else group.status})" for name, group, count in found if not count]
    partly = [f"{name}{group.part(count)}" for name, group, count in found if group.part(count)]
    parts = [f"{said} {_listed(names)}" for said, names in (("not shown:", missing), ("in part:", partly)) if names]
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def with_lines(chart: Chart, *lines: str) -> Chart:
    """The figure with these lines under its title and at the end of its description; empty ones are left out."""
    said = [line for line in lines if line]
    description = " ".join([chart["description"], *said])
    return {**chart, "title": {"text": chart["title"], "subtitle": said}, "description": description}


def _listed(names: list[str]) -> str:
    more = f", and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return f"{', '.join(names[:_MOST])}{more}"
