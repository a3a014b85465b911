"""The account's usage: by the hour as measured, and by the month as billed."""

from datetime import timedelta
from typing import Any

from costguard.simulator.calendar import (
    HOUR,
    hour_of_month,
    hours_in,
    iso_hour,
    measured_until,
    month_of,
    shift,
    spread,
    start_of,
    zulu,
)
from costguard.simulator.call import Call, Refused, Route
from costguard.simulator.contract import TERMS, Position
from costguard.simulator.hours import measured, oldest
from costguard.simulator.inventory import Inventory, Json

FAMILIES = tuple(dict.fromkeys(term.family for term in TERMS))


def hourly(call: Call) -> Any:
    """GET /api/v2/usage/hourly_usage: a family's hour a record, by cursor."""
    start = call.time("filter[timestamp][start]").replace(minute=0, second=0, microsecond=0)
    end = call.time("filter[timestamp][end]", start + timedelta(days=1))
    if end <= start:
        raise Refused(400, "start_hr [YYYY-MM-DDThh] must be before end_hr [YYYY-MM-DDThh]")
    size = call.number("page[limit]", 500, low=1, high=500)
    everybody = bool(call.flag("filter[include_descendants]", False)) and call.inventory.org.parent
    if end - start > timedelta(days=1 if everybody else 62):
        raise Refused(400, "The requested time range is too long for this request")
    asked = call.text("filter[product_families]").split(",")
    families = [each for each in FAMILIES if "all" in asked or each in asked]
    if not call.text("filter[product_families]"):
        raise Refused(400, "The parameter 'filter[product_families]' is required")
    orgs = call.company.inventories if everybody else (call.inventory,)
    first = max(start, oldest(call.now))
    hours = max(0, int((min(end, measured_until(call.now)) - first) / HOUR))
    keys = [
        (first + number * HOUR, inventory, family)
        for number in range(hours)
        for inventory in orgs
        for family in families
    ]
    found, cursor = call.after("page[next_record_id]", keys, size)
    return {
        "data": [_record(call, *key) for key in found],
        "meta": {"pagination": {"next_record_id": cursor}},
    }


def _record(call: Call, hour: Any, inventory: Inventory, family: str) -> Json:
    values = measured(call.account, inventory, family, hour)
    return {
        "id": f"{inventory.org.public_id}-{family}-{hour:%Y%m%d%H}",
        "type": "usage_timeseries",
        "attributes": {
            "org_name": inventory.title,
            "public_id": inventory.org.public_id,
            "account_name": call.company.inventories[0].title,
            "account_public_id": call.company.inventories[0].org.public_id,
            "region": "us",
            "product_family": family,
            "timestamp": iso_hour(hour),
            "measurements": [{"usage_type": each, "value": value} for each, value in values.items()],
        },
    }


def billable_summary(call: Call) -> Any:
    """GET /api/v1/usage/billable-summary: a month as it is billed, an organisation a row."""
    month = month_of(call.time("month", call.now))
    current = month_of(call.now)
    if month > current or start_of(month) < oldest(call.now):
        return {"usage": []}
    if call.faults.empty_month and month == shift(current, -1):
        return {"usage": []}
    elapsed = hours_in(month) if month < current else hour_of_month(measured_until(call.now))
    if elapsed <= 0:
        return {"usage": []}
    positions = call.account.positions.values()
    return {
        "usage": [
            {
                "org_name": inventory.title,
                "public_id": inventory.org.public_id,
                "account_name": call.company.inventories[0].title,
                "account_public_id": call.company.inventories[0].org.public_id,
                "billing_plan": "Pro",
                "region": "us",
                "num_orgs": len(call.company.inventories),
                "start_date": iso_hour(start_of(month)),
                "end_date": iso_hour(start_of(shift(month, 1))),
                "ratio_in_month": elapsed / hours_in(month),
                "usage": {each.term.key: _billed(call, each, inventory, month, elapsed) for each in positions},
            }
            for inventory in call.company.inventories
        ]
    }


def _billed(call: Call, position: Position, inventory: Inventory, month: Any, elapsed: int) -> Json:
    dimension = position.term.dimension
    own, whole = call.account.units[inventory.number][dimension], position.billable
    if position.term.shape == "sum":
        own, whole = (spread(amount, month, 0, elapsed) for amount in (own, whole))
    on_demand = max(0, whole - position.allotment - position.committed)
    return {
        "account_billable_usage": whole,
        "account_committed_usage": position.committed,
        "account_on_demand_usage": on_demand,
        "org_billable_usage": own,
        "percentage_in_account": round(100 * own / whole, 4) if whole else 0.0,
        "usage_unit": position.term.unit,
        "elapsed_usage_hours": elapsed,
        "first_billable_usage_hour": zulu(start_of(month)),
        "last_billable_usage_hour": zulu(start_of(month) + (elapsed - 1) * HOUR),
    }


ROUTES = (
    Route("/api/v2/usage/hourly_usage", ("usage_read",), "usage_metering", hourly),
    Route("/api/v1/usage/billable-summary", ("usage_read",), "usage_metering", billable_summary, parent_only="v1"),
)
