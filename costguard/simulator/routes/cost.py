"""The account's cost by organisation and tag, and the billing dimensions that it is made of."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from costguard.simulator.calendar import cost_is_out, month_of, shift, start_of, zulu
from costguard.simulator.call import Call, Refused, Route
from costguard.simulator.inventory import Json
from costguard.simulator.ledger import NOTHING, Charge, CostPart, Costs, together
from costguard.simulator.routes import tags
from costguard.simulator.routes.fields import fields_asked
from costguard.simulator.routes.periods import months
from costguard.simulator.terms import BY_DIMENSION, SUPPORT

ROWS_A_PAGE = 50

MEASURES = ("committed_cost", "on_demand_cost", "total_cost", "percentage_in_org", "percentage_in_account")

Row = tuple[date, int, CostPart]
"""Month, place among the month's rows, and what the row is of."""


def monthly(call: Call) -> Any:
    """GET /api/v2/cost_by_tag/monthly_cost_attribution: by organisation, month and tags, by cursor."""
    period, fields = months(call), _fields(call)
    everybody, keys = tags.asked(call), tags.keys(call)
    known = [each for each in period if cost_is_out(each, call.now) and not _late(call, each)]
    if not known or call.account.traits.trial:
        return {"data": []}
    rows = [
        (month, place, part)
        for month in known
        for place, part in enumerate(call.ledger.costs_by(month, keys, call.inventory))
        if part.inventory in everybody
    ]
    found, cursor = call.after("next_record_id", _sorted(call, rows), ROWS_A_PAGE)
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for month in known:
        costs = [call.ledger.month(month)[inventory.number] for inventory in everybody]
        for dimension, charge in together(costs).items():
            for field, value in _money(dimension, charge).items():
                sums[field] += value
    aggregates = [
        {"field": field, "agg_type": "sum", "value": float(value)}
        for field, value in sums.items()
        if fields is None or field in fields
    ]
    return {
        "data": [_row(call, row, fields) for row in found],
        "meta": {"aggregates": aggregates, "pagination": {"next_record_id": cursor}},
    }


def _late(call: Call, month: date) -> bool:
    return call.faults.empty_month and month == shift(month_of(call.now), -1)


def _fields(call: Call) -> frozenset[str] | None:
    return fields_asked(
        call, {f"{dimension}_{measure}" for dimension in (*BY_DIMENSION, SUPPORT) for measure in MEASURES}
    )


def _sorted(call: Call, rows: list[Row]) -> list[Row]:
    name = call.text("sort_name")
    if name and name not in (*BY_DIMENSION, SUPPORT):
        raise Refused(400, f"Invalid value for sort_name: {name}")
    return tags.ordered(call, rows, (lambda row: row[2].costs.get(name, NOTHING).total) if name else None)


def _row(call: Call, row: Row, fields: frozenset[str] | None) -> Json:
    month, place, part = row
    costs = call.ledger.month(month)
    restated = month == call.account.history.restated and call.now >= call.account.history.restated_at
    updated = call.account.history.restated_at if restated else start_of(shift(month, 1)) + timedelta(days=9)
    return {
        "id": f"{part.inventory.org.public_id}-{month:%Y-%m}-{place}",
        "type": "cost_by_tag",
        "attributes": {
            **tags.about(call, part.inventory, part.tags),
            "month": zulu(start_of(month)),
            "updated_at": zulu(updated),
            "values": _values(part.costs, costs[part.inventory.number], together(costs), fields),
        },
    }


def _values(part: Costs, org: Costs, account: Costs, fields: frozenset[str] | None) -> dict[str, float]:
    values: dict[str, float] = {}
    for dimension, charge in part.items():
        measures = {
            **{field: float(value) for field, value in _money(dimension, charge).items()},
            f"{dimension}_percentage_in_org": percent(charge.total, org[dimension].total),
            f"{dimension}_percentage_in_account": percent(charge.total, account[dimension].total),
        }
        values |= {field: value for field, value in measures.items() if fields is None or field in fields}
    return values


def _money(dimension: str, charge: Charge) -> dict[str, Decimal]:
    return {
        f"{dimension}_committed_cost": charge.committed,
        f"{dimension}_on_demand_cost": charge.on_demand,
        f"{dimension}_total_cost": charge.total,
    }


def percent(part: Decimal | int, of: Decimal | int) -> float:
    """A share in hundredths; 0 of nothing."""
    return round(float(100 * part / of), 4) if of else 0.0


def active(call: Call) -> Any:
    """GET /api/v2/cost_by_tag/active_billing_dimensions."""
    month = month_of(call.now)
    values = [] if call.account.traits.trial else [*call.account.positions_in(month), SUPPORT]
    return {
        "data": {
            "type": "billing_dimensions",
            "id": f"active-{month:%Y-%m}",
            "attributes": {"month": zulu(start_of(month)), "values": values},
        }
    }


ROUTES = (
    Route(
        "/api/v2/cost_by_tag/monthly_cost_attribution",
        ("usage_read", "billing_read"),
        "cost_attribution",
        monthly,
        parent_only="v1",
        government=False,
    ),
    Route("/api/v2/cost_by_tag/active_billing_dimensions", ("usage_read",), "cost_attribution", active),
)
