"""What each cell that is not done is expected to take, and what that rests on; asks nobody.

done cells ─► pilot ─► done cells of other domains ─► nothing: the first that there is counts

Example:
    found = expectations(plan, plain)
    found[key].outlay.used.requests.expected, found[key].rests_on
"""

import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from operator import add
from typing import Literal

from toolwright.base import Frozen
from toolwright.experiments.cell_folder import CellFolder
from toolwright.experiments.cells import Cell, Readings
from toolwright.experiments.measuring.projections import projected, projected_readings
from toolwright.experiments.pilots import PILOTED, TRAINS, group_of, has_step, leaders, pilots_in
from toolwright.experiments.planning import Plan, Planned
from toolwright.experiments.records import CellKey, CellRecord
from toolwright.messages import Usage
from toolwright.training.measured import Pilot
from toolwright.training.outlay import Outlay, Range, RoleEstimate

Basis = Literal["done cells", "pilot", "other domains", "nothing"]
"""What an expected figure rests on: the same cell's with other seeds, a pilot's, or the same method elsewhere."""


class Expectation(Frozen):
    """What is to come of a cell; without an expected figure where it rests on nothing."""

    outlay: Outlay
    rests_on: Basis


class _Peer(Frozen):
    """A cell that is done."""

    cell: Cell
    record: CellRecord


def expectations(plan: Plan, plain: Mapping[CellKey, RoleEstimate]) -> dict[CellKey, Expectation]:
    """What is to come of each cell that is not done.

    Args:
        plan: The experiment.
        plain: What each of these cells takes by assumptions alone.

    Raises:
        ToolwrightError: A pilot cannot be read, or an option of a method is wrong.
    """
    pilots, peers = dict(pilots_in(plan)), _peers(plan)
    return {one.cell.key: _expected(one, plain[one.cell.key], pilots.get(group_of(one)), peers) for one in plan.to_run}


def to_pilot(plan: Plan) -> tuple[Planned, ...]:
    """Cells to pilot, one a group, where no cell that is done tells of one that is to be run."""
    peers = _peers(plan)
    wanted = {
        group_of(one) for one in plan.to_run if one.cell.method.kind in PILOTED and _by_seeds(one, peers, None) is None
    }
    return tuple(one for group, one in leaders(plan.planned).items() if group in wanted)


def _peers(plan: Plan) -> tuple[_Peer, ...]:
    again = [one.cell.key for one in plan.planned if one.again]
    found = ((cell, CellFolder(plan.setup.out, cell.key).record) for cell in plan.cells if cell.key not in again)
    return tuple(_Peer(cell=cell, record=record) for cell, record in found if record and record.status == "done")


def _expected(one: Planned, plain: RoleEstimate, pilot: Pilot | None, peers: Sequence[_Peer]) -> Expectation:
    bounds, readings = Outlay(used=plain), None
    trained = one.trained is not None
    if pilot is not None and _tells_of(pilot, one):
        bounds = projected(one.work, pilot, trained=trained)
        readings = tuple(projected_readings(one.work, pilot, trained=trained))
    if (found := _by_seeds(one, peers, readings)) is not None:
        return Expectation(outlay=_within(bounds, found), rests_on="done cells")
    if bounds.used.requests.expected is not None:
        return Expectation(outlay=bounds, rests_on="pilot")
    if (found := _by_peers(one, _elsewhere(one, peers), readings)) is not None:
        return Expectation(outlay=_within(bounds, found), rests_on="other domains")
    return Expectation(outlay=bounds, rests_on="nothing")


def _tells_of(pilot: Pilot, one: Planned) -> bool:
    kind = one.cell.method.kind
    return kind in PILOTED and (kind != TRAINS or has_step(pilot))


def _by_seeds(one: Planned, peers: Sequence[_Peer], readings: tuple[Outlay, ...] | None) -> Outlay | None:
    return _by_peers(one, _seeds(one, peers), readings)


def _seeds(one: Planned, peers: Iterable[_Peer]) -> tuple[CellRecord, ...]:
    """The same cell's records with other seeds."""
    return tuple(peer.record for peer in _alike(one, peers) if peer.cell.key.domain == one.cell.key.domain)


def _elsewhere(one: Planned, peers: Iterable[_Peer]) -> tuple[CellRecord, ...]:
    """The same method's, agent's and model's records in other domains, where as many tasks are drawn."""
    sizes = one.cell.draw.model_dump(exclude={"seed"})
    others = (peer for peer in _alike(one, peers) if peer.cell.key.domain != one.cell.key.domain)
    return tuple(peer.record for peer in others if peer.cell.draw.model_dump(exclude={"seed"}) == sizes)


def _alike(one: Planned, peers: Iterable[_Peer]) -> Iterator[_Peer]:
    same = one.cell.key.model_dump(include={"agent", "model", "method"})
    return (peer for peer in peers if peer.cell.key.model_dump(include={"agent", "model", "method"}) == same)


def _by_peers(one: Planned, records: Sequence[CellRecord], readings: tuple[Outlay, ...] | None) -> Outlay | None:
    """The mean of what such cells took; readings as those took that had the same, else as a pilot says.

    None where none of it would be theirs: so a cell that is trained, which itself has nothing read of what is left, is
    no evidence of itself.
    """
    if not records:
        return None
    parts: list[Outlay] = [] if one.trained else [_mean([(_total(each), each.minutes) for each in records])]
    if one.missing:
        read = [(each.measuring, each.measuring_minutes) for each in records if _was_read(one.missing, each)]
        if not read and (one.trained or readings is None):
            return None
        parts += [_mean(read)] if read else readings or ()
    return reduce(add, parts)


def _was_read(readings: Readings, record: CellRecord) -> bool:
    """Whether just these were read beside a cell, in whichever order."""
    return (record.curve, {*record.transfer}) == (readings.curve, {*readings.transfer})


def _total(record: CellRecord) -> Usage:
    return sum(record.usage.values(), Usage())


def _mean(took: Sequence[tuple[Usage, float]]) -> Outlay:
    """The mean as expected, between the least and the most of them."""
    used = [usage for usage, _ in took]
    dollars = [usage.dollars for usage in used if usage.dollars is not None]
    return Outlay(
        used=RoleEstimate(
            requests=_range([usage.requests for usage in used]),
            input_tokens=_range([usage.input_tokens for usage in used]),
            output_tokens=_range([usage.output_tokens for usage in used]),
            dollars=_range(dollars) if len(dollars) == len(used) else None,
        ),
        minutes=_range([minutes for _, minutes in took]),
    )


def _range(values: Sequence[float]) -> Range:
    return Range(low=min(values), high=max(values), expected=statistics.fmean(values))


def _within(bounds: Outlay, found: Outlay) -> Outlay:
    """What is expected, between low and high of a pilot or of assumptions: a few cells bound nothing."""
    used = RoleEstimate(
        requests=_widened(bounds.used.requests, found.used.requests),
        input_tokens=_widened(bounds.used.input_tokens, found.used.input_tokens),
        output_tokens=_widened(bounds.used.output_tokens, found.used.output_tokens),
        dollars=_either(bounds.used.dollars, found.used.dollars),
    )
    return Outlay(used=used, minutes=_either(bounds.minutes, found.minutes))


def _either(bounds: Range | None, found: Range | None) -> Range | None:
    return found if bounds is None else bounds if found is None else _widened(bounds, found)


def _widened(bounds: Range, found: Range) -> Range:
    return Range(low=min(bounds.low, found.low), high=max(bounds.high, found.high), expected=found.expected)
