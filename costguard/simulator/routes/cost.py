"""The account's cost by organisation and tag, and which billing dimensions there are."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any

from costguard.simulator.calendar import cost_is_out, month_of, shift, start_of, zulu
from costguard.simulator.call import Call, Refused, Route
from costguard.simulator.contract import SUPPORT, SUPPORT_FEE, TERMS, Term
from costguard.simulator.hours import oldest
from costguard.simulator.inventory import Inventory, Json
from costguard.simulator.words import PROFILES

ROWS_A_PAGE = 100
TAG_KEYS = ("team", "service", "env")
"""The tags that usage attribution is set up for."""

PROJECTION_DAY = 12
"""Day of the month from which its cost is projected (DOMAIN.md, B1)."""

MICRO = Decimal("0.000001")

Costs = dict[str, tuple[Decimal, Decimal]]
"""Committed and on-demand cost by dimension."""


def monthly(call: Call) -> Any:
    """GET /api/v2/cost_by_tag/monthly_cost_attribution: by organisation, month and tags, by cursor."""
    start = month_of(call.time("start_month"))
    end = month_of(call.time("end_month", start_of(start)))
    asked = call.text("fields")
    if not asked:
        raise Refused(400, "The parameter 'fields' is required")
    keys = [key for key in call.text("tag_breakdown_keys").split(",") if key]
    months: list[date] = []
    while start <= end and len(months) < 24:
        if _known(call, start):
            months.append(start)
        start = shift(start, 1)
    rows = [row for month in months for inventory in _asked(call) for row in _rows(call, inventory, month, asked, keys)]
    if not rows:
        return {"data": []}
    found, cursor = call.after("next_record_id", rows, ROWS_A_PAGE)
    totals: dict[str, float] = defaultdict(float)
    for row in rows:
        for field, value in row["attributes"]["values"].items():
            if field.endswith("_cost"):
                totals[field] += value
    aggregates = [{"field": field, "agg_type": "sum", "value": value} for field, value in totals.items()]
    return {"data": found, "meta": {"aggregates": aggregates, "pagination": {"next_record_id": cursor}}}


def _asked(call: Call) -> tuple[Inventory, ...]:
    everybody = call.flag("include_descendants", True)
    return call.company.inventories if everybody else call.company.inventories[:1]


def _known(call: Call, month: date) -> bool:
    if call.faults.empty_month and month == shift(month_of(call.now), -1):
        return False
    return start_of(month) >= oldest(call.now) and cost_is_out(month, call.now)


def _rows(call: Call, inventory: Inventory, month: date, asked: str, keys: list[str]) -> list[Json]:
    costs = shares(call, inventory)
    account = {dimension: sum(pair) for dimension, pair in _whole(call).items()}
    whole = {dimension: sum(pair) for dimension, pair in costs.items()}
    if not keys or not set(keys) <= set(TAG_KEYS):
        parts: list[tuple[Json | None, Costs]] = [(None, costs)]
    else:
        parts = _by_tag(inventory, costs, keys)
    name = call.company.inventories[0].title
    return [
        {
            "id": f"{inventory.org.public_id}-{month:%Y-%m}-{number}",
            "type": "cost_by_tag",
            "attributes": {
                "org_name": inventory.title,
                "public_id": inventory.org.public_id,
                "month": zulu(start_of(month)),
                "tags": tags,
                "tag_config_source": f"{name}:::{'///'.join(TAG_KEYS)}",
                "updated_at": zulu(start_of(shift(month, 1)) + timedelta(days=9)),
                "values": _values(part, whole, account, asked),
            },
        }
        for number, (tags, part) in enumerate(parts)
    ]


def _whole(call: Call) -> Costs:
    """The account's cost; premier support is billed to the parent."""
    costs: Costs = {
        dimension: (position.committed_cost, position.on_demand_cost)
        for dimension, position in call.account.positions.items()
    }
    return costs | {SUPPORT: (SUPPORT_FEE * call.company.scale, Decimal(0))}


def shares(call: Call, inventory: Inventory) -> Costs:
    """An organisation's share of the account's cost, by its share of the usage; all shares add up to the whole."""
    costs: Costs = {}
    last = inventory is call.company.inventories[-1]
    for dimension, position in call.account.positions.items():
        used = [units[dimension] for units in call.account.units]
        pair = []
        for whole in (position.committed_cost, position.on_demand_cost):
            parts = [_part(whole, each, position.billable) for each in used[:-1]]
            pair.append(whole - sum(parts) if last else parts[inventory.number])
        costs[dimension] = (pair[0], pair[1])
    if inventory.org.parent:
        costs[SUPPORT] = _whole(call)[SUPPORT]
    return costs


def _part(whole: Decimal, share: int, of: int) -> Decimal:
    return (whole * share / of).quantize(MICRO, rounding=ROUND_DOWN) if of else Decimal(0)


def _by_tag(inventory: Inventory, costs: Costs, keys: list[str]) -> list[tuple[Json | None, Costs]]:
    """Nine tenths of the cost go to services, the rest carries none of the tags."""
    profile = PROFILES[inventory.number]
    grouped: dict[tuple[str, ...], int] = defaultdict(int)
    for service, team in zip(profile.services, profile.team_of, strict=True):
        known = {"service": service, "team": team, "env": "prod"}
        grouped[tuple(known[key] for key in keys)] += 1
    of = len(profile.services) * 10
    parts: list[tuple[Json | None, Costs]] = []
    left = dict(costs)
    for values, count in grouped.items():
        part = {name: (_part(a, count * 9, of), _part(b, count * 9, of)) for name, (a, b) in costs.items()}
        left = {name: (a - part[name][0], b - part[name][1]) for name, (a, b) in left.items()}
        parts.append(({key: [value] for key, value in zip(keys, values, strict=True)}, part))
    return [*parts, ({key: [] for key in keys}, left)]


def _values(part: Costs, org: Any, account: Any, asked: str) -> dict[str, float]:
    fields: dict[str, float] = {}
    for dimension, (committed, on_demand) in part.items():
        total = committed + on_demand
        fields[f"{dimension}_committed_cost"] = float(committed)
        fields[f"{dimension}_on_demand_cost"] = float(on_demand)
        fields[f"{dimension}_total_cost"] = float(total)
        fields[f"{dimension}_percentage_in_org"] = _percent(total, org[dimension])
        fields[f"{dimension}_percentage_in_account"] = _percent(total, account[dimension])
    if asked == "*":
        return fields
    wanted = set(asked.split(","))
    return {field: value for field, value in fields.items() if field in wanted}


def _percent(part: Decimal, of: Decimal) -> float:
    return round(float(100 * part / of), 4) if of else 0.0


def projected(call: Call) -> Any:
    """GET /api/v2/usage/projected_cost: the running month, once there is enough of it to tell."""
    if call.now.day < PROJECTION_DAY:
        return {"data": []}
    root = call.company.inventories[0]
    if call.text("view", "summary") == "sub-org":
        parts = [(inventory, shares(call, inventory)) for inventory in call.company.inventories]
    else:
        parts = [(root, _whole(call))]
    end = start_of(shift(month_of(call.now), 1)) - timedelta(days=1)
    return {
        "data": [
            {
                "id": f"{inventory.org.public_id}-projected",
                "type": "projected_cost",
                "attributes": {
                    "org_name": inventory.title,
                    "public_id": inventory.org.public_id,
                    "account_name": root.title,
                    "account_public_id": root.org.public_id,
                    "region": "us",
                    "date": zulu(end),
                    "projected_total_cost": float(sum(sum(pair) for pair in costs.values())),
                    "charges": [
                        {"product_name": dimension, "charge_type": kind, "cost": float(cost)}
                        for dimension, (committed, on_demand) in costs.items()
                        for kind, cost in (
                            ("projected_committed", committed),
                            ("projected_on_demand", on_demand),
                            ("total", committed + on_demand),
                        )
                    ],
                },
            }
            for inventory, costs in parts
        ]
    }


def active(call: Call) -> Any:
    """GET /api/v2/cost_by_tag/active_billing_dimensions."""
    month = start_of(month_of(call.now))
    return {
        "data": {
            "type": "billing_dimensions",
            "id": f"active-{month:%Y-%m}",
            "attributes": {"month": zulu(month), "values": [*(term.dimension for term in TERMS), SUPPORT]},
        }
    }


def mapping(call: Call) -> Any:
    """GET /api/v2/usage/billing_dimension_mapping: under which keys each endpoint reports a dimension."""
    month = month_of(call.time("filter[month]", call.now))
    rows = [_mapped(term.dimension, term.label, term, month) for term in TERMS]
    return {"data": [*rows, _mapped(SUPPORT, "Premier Support", None, month)]}


def _mapped(dimension: str, label: str, term: Term | None, month: date) -> Json:
    endpoints = {
        "api/v1/usage/billable-summary": [term.key] if term else [],
        "api/v2/usage/hourly_usage": [term.usage_type] if term else [],
        "api/v1/usage/summary": [],
    }
    return {
        "id": dimension,
        "type": "billing_dimensions",
        "attributes": {
            "in_app_label": label,
            "timestamp": zulu(start_of(month)),
            "endpoints": [
                {"id": endpoint, "keys": keys, "status": "OK" if keys else "NOT_FOUND"}
                for endpoint, keys in endpoints.items()
            ],
        },
    }


ROUTES = (
    Route(
        "/api/v2/cost_by_tag/monthly_cost_attribution",
        ("usage_read", "billing_read"),
        "cost_attribution",
        monthly,
        parent_only="v1",
    ),
    Route(
        "/api/v2/usage/projected_cost",
        ("usage_read", "billing_read"),
        "usage_metering",
        projected,
        parent_only="v2",
    ),
    Route("/api/v2/cost_by_tag/active_billing_dimensions", ("usage_read",), "cost_attribution", active),
    Route(
        "/api/v2/usage/billing_dimension_mapping",
        ("usage_read",),
        "usage_metering",
        mapping,
        parent_only="v2",
        shape="v2",
    ),
)
