"""What the hours of a month come to by billing dimension: the number to hold against what is billed."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from costguard.bill.aggregation import Kind
from costguard.bill.dimensions import HOURLY_ENDPOINT, Dimensions
from costguard.bill.known import KNOWN
from costguard.model.money import Dimension, Units
from costguard.model.usage import DimensionKey


class Hours(NamedTuple):
    """What all hours of a month come to, of the account's organisations together, in single units."""

    high_water: Units
    """The highest of the lower 99 %: of 720 hours the top 7 are dropped."""
    total: Units
    maximum: Units
    hours: int
    """Hours of the month."""

    def billable(self, kind: Kind) -> Units | None:
        """The number that is billed of them; None where it is not known how they are put together."""
        if kind is Kind.UNKNOWN:
            return None
        if kind is Kind.AVERAGE:
            return self.total / self.hours
        return {Kind.HIGH_WATER: self.high_water, Kind.MAXIMUM: self.maximum}.get(kind, self.total)


class Measured(NamedTuple):
    """The hours of one measurement of hourly usage."""

    family: str
    usage_type: str
    hours: Hours


def metered(measured: Iterable[Measured], keys: Iterable[DimensionKey]) -> Mapping[Dimension, Hours]:
    """The hours by dimension; sessions of browsers and of mobiles are one sum.

    A dimension is left out where it is not known which one measurement it is billed by, because Datadog's mapping names
    several.
    """
    mapping = tuple(keys)
    names, measurements = Dimensions(mapping), _measurements(mapping)
    found: dict[Dimension, Hours] = {}
    for each in measured:
        dimension = names.hourly(each.family, each.usage_type)
        if dimension and _single(dimension, each, measurements):
            other = found.get(dimension)
            total = each.hours.total + (other.total if other else 0)
            found[dimension] = each.hours._replace(total=total)
    return found


def _single(dimension: Dimension, measured: Measured, measurements: Counter[Dimension]) -> bool:
    """Whether it is this measurement that the dimension is billed by."""
    known = KNOWN[dimension].hourly if dimension in KNOWN else ()
    return f"{measured.family}/{measured.usage_type}" in known if known else measurements[dimension] == 1


def _measurements(keys: Iterable[DimensionKey]) -> Counter[Dimension]:
    """How many measurements of hourly usage each dimension has in Datadog's newest mapping."""
    rows = {(row.month, row.dimension, row.key) for row in keys if row.endpoint.strip("/") == HOURLY_ENDPOINT}
    newest = max((month for month, _, _ in rows), default=None)
    return Counter(dimension for month, dimension, key in rows if month == newest and key)
