"""What Datadog says that the last twelve closed months cost in the end, and which of them it has restated since."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from costguard.datadog.client import Connection, Unreadable
from costguard.datadog.collectors import Window
from costguard.datadog.history import YEAR, months_of
from costguard.datadog.periods import month_key
from costguard.datadog.raw import decimal, items_of, mapping, moment

_CENT = Decimal("0.005")


def invoices(org: Connection, window: Window) -> list[Any]:
    """The account's historical cost of the last twelve closed months, in one request, asked once; raises Unreadable."""

    def read() -> list[Any]:
        months = months_of(window)[:YEAR]
        query: dict[str, str | bool] = {
            "view": "summary",
            "start_month": month_key(months[-1]),
            "end_month": month_key(months[0]),
            **window.connected,
        }
        body = org.call("v2.get_historical_cost_by_org", query=query, what="cost_charge", optional=True)
        return items_of(body, "data", org=org.org.name, what="cost_charge")

    return window.once("invoices", read)


def restated(org: Connection, window: Window) -> frozenset[str]:
    """The months, as "2026-10", that now cost otherwise than the store has it; none where that cannot be read."""
    known = window.previous.invoiced()
    if not known:
        return frozenset()
    try:
        rows = invoices(org, window)
    except Unreadable:
        # The gap is the one of the cost's own collector.
        return frozenset()
    told: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        attributes = mapping(mapping(row).get("attributes"))
        when, total = moment(attributes.get("date")), decimal(attributes.get("total_cost"))
        if when is not None and total is not None:
            told[month_key(when.date())] += total
    return frozenset(key for key, total in told.items() if key in known and abs(known[key] - total) >= _CENT)
