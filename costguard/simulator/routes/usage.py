"""The account's usage: by the hour as measured, and by the month as billed."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from costguard.simulator import connected
from costguard.simulator.calendar import (
    HOUR,
    hours_in,
    iso_hour,
    known_hours,
    measured_until,
    month_of,
    shift,
    start_of,
    zulu,
)
from costguard.simulator.call import Call, Refused, Route
from costguard.simulator.contract import Position
from costguard.simulator.hours import FAMILIES, breakdown, measured, oldest
from costguard.simulator.inventory import Inventory, Json
from costguard.simulator.routes.periods import hours
from costguard.simulator.terms import TERMS

VERSION = "1.0.0"
"""The only version of every product family."""

Key = tuple[datetime, Inventory | None, str]
"""Hour, organisation (None = of the connected account) and product family."""


def hourly(call: Call) -> Any:
    """GET /api/v2/usage/hourly_usage: a family's hour a record, by cursor."""
    everybody = bool(call.flag("filter[include_descendants]", False)) and call.inventory.org.parent
    start, end = hours(call, ("filter[timestamp][start]", "filter[timestamp][end]"), several=everybody)
    size = call.number("page[limit]", 500, low=1, high=500)
    families = _families(call)
    orgs = call.company.inventories if everybody else (call.inventory,)
    partner = bool(call.flag("filter[include_connected_accounts]", False)) and "infra_hosts" in families
    first = max(start, oldest(call.now))
    known = max(0, int((min(end, measured_until(call.now)) - first) / HOUR))
    keys: list[Key] = []
    for hour in (first + number * HOUR for number in range(known)):
        keys += [(hour, inventory, family) for inventory in orgs for family in families if _told(call, family, hour)]
        keys += [(hour, None, "infra_hosts")] if partner else []
    found, cursor = call.after("page[next_record_id]", keys, size)
    return {
        "data": [_record(call, *key) for key in found],
        "meta": {"pagination": {"next_record_id": cursor}},
    }


def _families(call: Call) -> list[str]:
    text = call.text("filter[product_families]")
    if not text:
        raise Refused(400, "The parameter 'filter[product_families]' is required")
    for each in filter(None, call.text("filter[versions]").split(",")):
        family, _, version = each.partition(":")
        if not family or version != VERSION:
            raise Refused(400, f"Invalid value for filter[versions]: {each}")
    asked = text.split(",")
    return [each for each in FAMILIES if "all" in asked or each in asked]


def _told(call: Call, family: str, hour: datetime) -> bool:
    """Whether the company had any product of the family in that hour."""
    begun = call.account.history.begun
    dimensions = [term.dimension for term in TERMS if term.family == family]
    return not dimensions or any(begun(each, month_of(hour)) for each in dimensions)


def _record(call: Call, hour: datetime, inventory: Inventory | None, family: str) -> Json:
    names: Json = connected.NAMES
    values: dict[str, int | None] = {"host_count": connected.HOSTS}
    if inventory is not None:
        names, values = _names(call, inventory), dict(measured(call.account, inventory, family, hour))
        if family == "logs" and call.flag("filter[include_breakdown]", False):
            values |= breakdown(call.account, inventory, hour)
    return {
        "id": f"{names['public_id']}-{family}-{hour:%Y%m%d%H}",
        "type": "usage_timeseries",
        "attributes": {
            **names,
            "product_family": family,
            "timestamp": iso_hour(hour),
            "measurements": [{"usage_type": each, "value": value} for each, value in values.items()],
        },
    }


def _names(call: Call, inventory: Inventory) -> Json:
    root = call.company.inventories[0]
    return {
        "org_name": inventory.title,
        "public_id": inventory.org.public_id,
        "account_name": root.title,
        "account_public_id": root.org.public_id,
        "region": "us",
    }


def billable_summary(call: Call) -> Any:
    """GET /api/v1/usage/billable-summary: a month as it is billed, an organisation a row."""
    month, current = month_of(call.time("month", call.now)), month_of(call.now)
    late = call.faults.empty_month and month == shift(current, -1)
    if month > current or start_of(month) < oldest(call.now) or late or call.account.traits.trial:
        return {"usage": []}
    elapsed = known_hours(month, call.now)
    if not elapsed:
        return {"usage": []}
    rows = [
        _summary(call, month, elapsed, _names(call, each), dict(_billed(call, each, month, elapsed)))
        for each in call.company.inventories
    ]
    if call.flag("include_connected_accounts", False):
        rows.append(_summary(call, month, elapsed, connected.NAMES, {"infra_host_top99p": _partner(month, elapsed)}))
    return {"usage": rows}


def _summary(call: Call, month: date, elapsed: int, names: Json, usage: Json) -> Json:
    return {
        **names,
        "billing_plan": "Pro",
        "num_orgs": len(call.company.inventories) if names is not connected.NAMES else 1,
        "start_date": iso_hour(start_of(month)),
        "end_date": iso_hour(start_of(shift(month, 1))),
        "ratio_in_month": elapsed / hours_in(month),
        "usage": usage,
    }


def _billed(call: Call, inventory: Inventory, month: date, elapsed: int) -> Iterator[tuple[str, Json]]:
    used = call.ledger.used(month, elapsed)
    for dimension, position in call.account.positions_in(month).items():
        whole, own = sum(each[dimension] for each in used), used[inventory.number][dimension]
        yield (
            position.term.key,
            {
                "account_billable_usage": whole,
                "account_committed_usage": position.committed,
                "account_on_demand_usage": _on_demand(position, whole),
                "org_billable_usage": own,
                "percentage_in_account": round(100 * own / whole, 4) if whole else 0.0,
                "usage_unit": position.term.unit,
                **_period(month, elapsed),
            },
        )


def _on_demand(position: Position, whole: int) -> int:
    """Of what is added up, allotment and commitment count for the part of the month that has gone by."""
    if position.term.shape == "sum" and position.billable:
        return position.on_demand * whole // position.billable
    return position.on_demand if whole else 0


def _partner(month: date, elapsed: int) -> Json:
    return {
        "account_billable_usage": connected.HOSTS,
        "account_committed_usage": 0,
        "account_on_demand_usage": connected.HOSTS,
        "org_billable_usage": connected.HOSTS,
        "percentage_in_account": 100.0,
        "usage_unit": "hosts",
        **_period(month, elapsed),
    }


def _period(month: date, elapsed: int) -> Json:
    return {
        "elapsed_usage_hours": elapsed,
        "first_billable_usage_hour": zulu(start_of(month)),
        "last_billable_usage_hour": zulu(start_of(month) + (elapsed - 1) * HOUR),
    }


ROUTES = (
    Route("/api/v2/usage/hourly_usage", ("usage_read",), "usage_metering", hourly),
    Route("/api/v1/usage/billable-summary", ("usage_read",), "usage_metering", billable_summary, parent_only="v1"),
)
