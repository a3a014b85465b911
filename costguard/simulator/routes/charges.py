"""The account's cost as charges: estimated day by day, final once a month is over, projected to the month's end."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from costguard.simulator import connected
from costguard.simulator.calendar import (
    PROJECTION_DAY,
    charges_are_out,
    costed_until,
    hour_of_month,
    hours_in,
    iso_hour,
    midnight,
    month_of,
    shift,
    start_of,
    zulu,
)
from costguard.simulator.call import Call, Refused, Route
from costguard.simulator.inventory import Inventory, Json
from costguard.simulator.ledger import Charge, Costs, together
from costguard.simulator.routes.periods import first_choice, months

SPLIT = "infra_host"
"""The product whose commitment is charged in two parts, as Datadog charges what was bought in two orders."""


def estimated(call: Call) -> Any:
    """GET /api/v2/usage/estimated_cost: the running and the previous month, by month or day; running totals."""
    by_day, by_month = call.text("start_date"), call.text("start_month")
    if bool(by_day) == bool(by_month):
        raise Refused(400, "Either start_month or start_date should be specified, but not both")
    first_choice(call, "cost_aggregation", ("cumulative",))
    which = ("start_date", "end_date") if by_day else ("start_month", "end_month")
    start = midnight(call.time(which[0]))
    end = midnight(call.time(which[1], start))
    if start < start_of(shift(month_of(call.now), -2)):
        raise Refused(400, f"{which[0]} cannot go beyond two months in the past")
    if end < start:
        raise Refused(400, f"{which[0]} must not be after {which[1]}")
    rows = list(_days(call, start, end) if by_day else _months(call, month_of(start), month_of(end)))
    return _answer(call, "cost_by_org", "total_cost", rows)


Told = tuple[datetime, date, int]
"""The date that a row carries, and the month whose first hours it adds up."""


def _days(call: Call, day: datetime, last: datetime) -> Iterator[Told]:
    """A row a day: the running total up to its end, or up to the last hour that is known."""
    known, day = costed_until(call.now), max(day, start_of(shift(month_of(call.now), -1)))
    while day <= last and day < known:
        until = min(day + timedelta(days=1), known)
        complete = until == day + timedelta(days=1)
        month = month_of(day)
        hours = hours_in(month) if month_of(until) != month else hour_of_month(until)
        yield day if complete else until, month, hours
        day += timedelta(days=1)


def _months(call: Call, month: date, last: date) -> Iterator[Told]:
    known, month = costed_until(call.now), max(month, shift(month_of(call.now), -1))
    while month <= last and start_of(month) < known:
        over = start_of(shift(month, 1)) <= known
        yield start_of(month), month, hours_in(month) if over else hour_of_month(known)
        month = shift(month, 1)


def historical(call: Call) -> Any:
    """GET /api/v2/usage/historical_cost: closed months, from the 16th of the next one on."""
    late = shift(month_of(call.now), -1) if call.faults.empty_month else None
    rows = [
        (start_of(month), month, hours_in(month))
        for month in months(call)
        if charges_are_out(month, call.now) and month != late
    ]
    return _answer(call, "cost_by_org", "total_cost", rows)


def projected(call: Call) -> Any:
    """GET /api/v2/usage/projected_cost: the running month, once there is enough of it to tell."""
    month = month_of(call.now)
    end = start_of(shift(month, 1)) - timedelta(days=1)
    told = [(end, month, hours_in(month))] if call.now.day >= PROJECTION_DAY else []
    return _answer(call, "projected_cost", "projected_total_cost", told)


def _answer(call: Call, kind: str, total: str, rows: Sequence[Told]) -> Json:
    view = first_choice(call, "view", ("summary", "sub-org"))
    root = call.company.inventories[0]
    data = []
    for told, month, hours in [] if call.account.traits.trial else rows:
        costs = call.ledger.until(month, hours)
        parts = list(zip(call.company.inventories, costs, strict=True)) if view == "sub-org" else []
        for inventory, each in parts or [(root, together(costs))]:
            data.append(_row(kind, total, told, _names(inventory, root), each))
        if call.flag("include_connected_accounts", False):
            own = {connected.DIMENSION: Charge(Decimal(0), connected.COST)}
            data.append(_row(kind, total, told, connected.NAMES, own))
    return {"data": data}


def _names(inventory: Inventory, root: Inventory) -> Json:
    return {
        "org_name": inventory.title,
        "public_id": inventory.org.public_id,
        "account_name": root.title,
        "account_public_id": root.org.public_id,
        "region": "us",
    }


def _row(kind: str, total: str, told: datetime, names: Json, costs: Costs) -> Json:
    projected_cost = kind == "projected_cost"
    prefix = "projected_" if projected_cost else ""
    return {
        "id": f"{names['public_id']}-{kind}-{told:%Y%m%dT%H}",
        "type": kind,
        "attributes": {
            **names,
            "date": zulu(told) if projected_cost else iso_hour(told),
            total: float(sum((charge.total for charge in costs.values()), Decimal(0))),
            "charges": [
                {"product_name": dimension, "charge_type": charge_type, "cost": float(cost)}
                for dimension, charge in costs.items()
                for charge_type, cost in _charges(dimension, charge, prefix)
            ],
        },
    }


def _charges(dimension: str, charge: Charge, prefix: str) -> Iterator[tuple[str, Decimal]]:
    """The charges of a product; a commitment that was bought in two orders is charged twice."""
    first = (charge.committed * 3 / 4).quantize(Decimal("0.01")) if dimension == SPLIT else charge.committed
    yield f"{prefix}committed", first
    if dimension == SPLIT:
        yield f"{prefix}committed", charge.committed - first
    yield f"{prefix}on_demand", charge.on_demand
    yield "total", charge.total


ROUTES = tuple(
    Route(f"/api/v2/usage/{name}_cost", ("usage_read", "billing_read"), "usage_metering", answer, parent_only="v2")
    for name, answer in (("estimated", estimated), ("historical", historical), ("projected", projected))
)
