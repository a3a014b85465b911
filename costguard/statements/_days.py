"""What the days of a statement show: which of them carry charges for a whole month, and what stood out on which day."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from statistics import median
from typing import NamedTuple

from costguard.model.money import Dimension, Usd
from costguard.model.statement import Cost, Kind, Line

ZERO = Decimal(0)

OPENING = (
    "The first day of a month also carries what is charged for all of it: commitments, fees, and what is billed by its"
    " level (hosts, custom metrics). Bars are to the scale of the other days."
)

FEWEST = 4
"""Days that a usual one can be told from."""

OUT = Decimal("0.01")
"""Parts of the usual cost that a day is beyond it to be named, and it is at least one unit of money beyond it."""


class Peak(NamedTuple):
    """A day on which a billing dimension cost more than usual."""

    day: date
    label: str
    cost: Usd
    usual: Usd
    """The median of its days."""


def day_of(line: Line) -> date:
    """The day of a line, the last one where it covers several; raises ValueError for what is no day."""
    return date.fromisoformat(line.key)


def opens(line: Line) -> bool:
    """Whether the line has the first day of a month in it."""
    return line.kind is Kind.VALUE and (day_of(line) - timedelta(days=line.days - 1)).day == 1


def positive(cost: Cost) -> Usd:
    """All that is charged, without what is given back."""
    return sum((max(part or ZERO, ZERO) for part in (cost.committed, cost.on_demand, cost.unsplit)), ZERO)


def scale(lines: Sequence[Line], by: str) -> Usd:
    """The amount that the longest bar stands for: of days one that is no first of a month, where there is any."""
    others = [line for line in lines if by == "day" and line.kind is Kind.VALUE and not opens(line)]
    return max((positive(line.cost) for line in others), default=ZERO) or max(
        (positive(line.cost) for line in lines), default=ZERO
    )


def by_product(line: Line) -> Mapping[str, Usd]:
    """What each product cost; one of which no amount is known is absent."""
    found: dict[str, Usd] = {}
    for part in line.parts:
        if part.cost.total is not None:
            found[part.product] = found.get(part.product, ZERO) + part.cost.total
    return found


def peaks(lines: Iterable[Line]) -> list[Peak]:
    """Each dimension's dearest day against its median day, what is most beyond it first.

    Only single days count, and not the first of a month; what is hardly beyond the usual is left out.
    """
    costs: dict[Dimension, list[tuple[Usd, date, str]]] = {}
    for line in lines:
        if line.kind is Kind.VALUE and line.days == 1 and not opens(line):
            for part in line.parts:
                costs.setdefault(part.dimension, []).append((part.cost.total or ZERO, day_of(line), part.label))
    found = []
    for days in costs.values():
        cost, day, label = max(days, key=lambda each: (each[0], -each[1].toordinal()))
        usual = median(each for each, _, _ in days)
        if len(days) >= FEWEST and cost - usual >= max(usual * OUT, Decimal(1)):
            found.append(Peak(day, label, cost, usual))
    return sorted(found, key=lambda peak: (peak.usual - peak.cost, peak.label))
