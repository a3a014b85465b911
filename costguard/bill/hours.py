"""The account's hourly use by billing dimension, from the rows of hourly usage."""

from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from costguard.bill.dimensions import HOURLY_ENDPOINT, Dimensions
from costguard.bill.known import KNOWN
from costguard.model.money import Dimension, Units
from costguard.model.usage import DimensionKey, HourlyUsage


def hourly_series(
    rows: Iterable[HourlyUsage], keys: Iterable[DimensionKey], *, month: date
) -> Mapping[Dimension, tuple[Units, ...]]:
    """Each dimension's hours of the month in order, all organisations together; an hour without a value is 0.

    The rows may be of any months and are read once, one by one. Nothing is returned unless every hour of the month was
    read, with some row. A dimension is left out where it is not known which one measurement it is billed by, because
    Datadog's mapping names several.
    """
    mapping = tuple(keys)
    names, measurements = Dimensions(mapping), _measurements(mapping)
    first = datetime(month.year, month.month, 1, tzinfo=UTC)
    hours = 24 * monthrange(month.year, month.month)[1]
    unread = set(range(hours))
    found: dict[tuple[str, str], Dimension | None] = {}
    series: dict[Dimension, list[int]] = {}
    for row in rows:
        hour = (row.hour - first) // timedelta(hours=1)
        if not 0 <= hour < hours:
            continue
        unread.discard(hour)
        if row.value is None:
            continue
        measurement = row.family, row.usage_type
        if measurement not in found:
            dimension = names.hourly(*measurement)
            found[measurement] = dimension if dimension and _single(dimension, measurement, measurements) else None
        if dimension := found[measurement]:
            series.setdefault(dimension, [0] * hours)[hour] += row.value
    if unread:
        return {}
    return {dimension: tuple(map(Decimal, values)) for dimension, values in sorted(series.items())}


def _single(dimension: Dimension, measurement: tuple[str, str], measurements: Counter[Dimension]) -> bool:
    """Whether it is this measurement that the dimension is billed by."""
    known = KNOWN[dimension].hourly if dimension in KNOWN else ()
    return "/".join(measurement) in known if known else measurements[dimension] == 1


def _measurements(keys: Iterable[DimensionKey]) -> Counter[Dimension]:
    """How many measurements of hourly usage each dimension has in Datadog's newest mapping."""
    rows = {(row.month, row.dimension, row.key) for row in keys if row.endpoint.strip("/") == HOURLY_ENDPOINT}
    newest = max((month for month, _, _ in rows), default=None)
    return Counter(dimension for month, dimension, key in rows if month == newest and key)
