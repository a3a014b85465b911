"""What each day cost, from Datadog's running totals, and how much was measured on it."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from costguard.bill import Dimensions
from costguard.model.money import Dimension, Units, Usd
from costguard.model.statement import Cost, Kind, Line, Quantity
from costguard.statement.ledger import Ledger, utc
from costguard.statement.lines import ZERO, part

REST = "Not broken down by day"
CORRECTED = "Final cost less the estimates"
"""What the final cost of a month is more than its last running total."""


class DayCell(NamedTuple):
    """The cost of a dimension on a day."""

    month: date
    day: date | None
    """None = what the days do not add up to."""
    since: date | None
    """The day before the first that it covers."""
    until: datetime | None
    """Until when a day that was not over is known; None = the whole day."""
    org_id: str | None
    dimension: Dimension
    cost: Cost
    restated: Usd

    @property
    def days(self) -> int:
        """How many days it covers."""
        return (self.day - self.since).days if self.day and self.since else 1


def day_cells(ledger: Ledger, months: Iterable[date], *, by_org: bool = False) -> list[DayCell]:
    """The costs of these months by day, and what is left of the ledger."""
    rows = ledger.store.query("bill-by-day", months=list(months), only=ledger.only, by_org=by_org)
    return [
        DayCell(month, day, since, utc(until), org, dimension, _cost(parts), restated)
        for month, day, since, until, org, dimension, *parts, restated in rows
    ]


def by_day(
    ledger: Ledger, months: Iterable[date], names: Dimensions, measured: Mapping[date, Mapping[Dimension, Units]]
) -> tuple[Line, ...]:
    """A line a day, in order; of each month, what its days do not add up to."""
    cells: dict[tuple[date, date | None], list[DayCell]] = {}
    for cell in day_cells(ledger, months):
        cells.setdefault((cell.month, cell.day), []).append(cell)
    estimated = {month for month, day in cells if day is not None}
    days = [
        _line(day, found, names, measured.get(day, {}))
        for (_, day), found in sorted(cells.items(), key=_in_order)
        if day
    ]
    rests: dict[str, list[DayCell]] = {}
    for (month, day), found in cells.items():
        if day is None:
            rests.setdefault(rest_label(month, estimated, ledger), []).extend(found)
    return (*days, *(_rest(label, found, names) for label, found in sorted(rests.items())))


def rest_label(month: date, estimated: Iterable[date], ledger: Ledger) -> str:
    """What the days of a month leave, in words."""
    known = ledger.known.get(month)
    return CORRECTED if month in set(estimated) and known and known.basis and known.basis.final else REST


def _line(day: date, cells: list[DayCell], names: Dimensions, measured: Mapping[Dimension, Units]) -> Line:
    parts = [part(names, cell.dimension, cell.cost, quantity=Quantity(measured.get(cell.dimension))) for cell in cells]
    until = cells[0].until
    return Line(
        key=day.isoformat(),
        label=f"{day.day} {day:%B %Y}" + (f", until {until:%H:%M} UTC" if until else ""),
        kind=Kind.VALUE,
        cost=Cost.sum(each.cost for each in parts),
        before=None,
        parts=tuple(sorted(parts, key=lambda each: (-(each.cost.total or ZERO), each.dimension))),
        restated=sum((cell.restated for cell in cells), ZERO),
        days=max(cell.days for cell in cells),
        until=until,
    )


def _rest(label: str, cells: list[DayCell], names: Dimensions) -> Line:
    costs: dict[Dimension, list[Cost]] = {}
    for cell in cells:
        costs.setdefault(cell.dimension, []).append(cell.cost)
    parts = tuple(part(names, dimension, Cost.sum(found)) for dimension, found in sorted(costs.items()))
    return Line("", label, Kind.REST, Cost.sum(each.cost for each in parts), None, parts)


def _cost(parts: list[Decimal | None]) -> Cost:
    """The parts of a difference; one that is nothing need not be there."""
    committed, on_demand, unsplit = parts
    return Cost(committed, on_demand, unsplit or None)


def _in_order(item: tuple[tuple[date, date | None], list[DayCell]]) -> tuple[date, date]:
    (month, day), _ = item
    return month, day or date.max
