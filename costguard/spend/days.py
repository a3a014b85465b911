"""What each product cost day by day, from Datadog's estimates of the running and the previous months."""

from collections.abc import Collection, Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from operator import itemgetter

from costguard.bill import Bill, label
from costguard.bill.aggregation import Kind, kind_of
from costguard.model.money import Dimension
from costguard.model.spend import DailySpend, SpentDay
from costguard.store import Store

DAYS = 11 * 7
"""How far back: a week, the eight that it is compared with, and two more in which an anomaly may have begun."""

SUMS = (Kind.SUM, Kind.CONTAINER_HOURS, Kind.UNKNOWN)
"""What is not known is taken for a sum, as most products are."""


def daily_spend(store: Store, bill: Bill, orgs: Collection[str], today: date) -> tuple[DailySpend, ...]:
    """By the organisation that they were read through, and by product; today's own estimate is left out."""
    since = (today - timedelta(days=DAYS)).replace(day=1)
    rows = store.query("spend-days", since=since, until=today, orgs=sorted(orgs))
    known = {org: {day for _, day, *_ in found} for org, found in groupby(rows, itemgetter(0))}
    return tuple(
        DailySpend(
            org=org,
            id=dimension,
            name=bill.lines[dimension].label if dimension in bill.lines else label(dimension),
            currency=bill.currency,
            accumulates=_kind(bill, dimension) in SUMS,
            days=tuple(_days({day: (committed, on_demand) for _, day, _, committed, on_demand in found}, known[org])),
        )
        for (org, dimension), found in groupby(rows, itemgetter(0, 2))
    )


def _kind(bill: Bill, dimension: Dimension) -> Kind:
    return bill.lines[dimension].kind if dimension in bill.lines else kind_of(dimension)


def _days(told: dict[date, tuple[Decimal, Decimal]], known: Collection[date]) -> Iterator[SpentDay]:
    """The days that were told, and nothing for those before: Datadog leaves out what has not cost anything yet."""
    begun: set[tuple[int, int]] = set()
    for day in sorted(known):
        if day in told:
            begun.add((day.year, day.month))
            yield SpentDay(day=day, committed=told[day][0], on_demand=told[day][1])
        elif (day.year, day.month) not in begun:
            yield SpentDay(day=day)
