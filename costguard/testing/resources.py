"""How a case tells a resource: shortly, with defaults for what it leaves out, and with times relative to its own."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from costguard.model.resources import KINDS as READ
from costguard.model.resources import Resource
from costguard.model.spend import DERIVED, SpentDay

KINDS: Mapping[str, type[Resource]] = {**READ, **DERIVED}
"""Every kind that a case may give, by name."""

ORG = "acme"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
"""The time at which every case is judged."""

DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "synthetic_test": {
        "type": "api",
        "status": "live",
        "tick_every": 300,
        "locations": ["aws:eu-central-1"],
        "steps": 1,
        "created": "200 days ago",
        "modified": "100 days ago",
    },
    "monitor": {"type": "query alert", "query": "avg(last_5m):avg:system.load.1{*} > 5", "notifications": []},
    "downtime": {"scope": "*", "status": "active", "starts": "1 days ago"},
    "synthetics_downtime": {"active": True},
    "slo": {"type": "monitor"},
    "log_index": {"query": "*", "retention_days": 15},
    "log_slice": {"index": "main", "service": "web", "status": "debug", "events": 50_000_000, "calibrated": True},
    "container_group": {
        "cluster": "prod",
        "namespace": "web",
        "workload_kind": "deployment",
        "workload": "shop",
        "days": 30,
        "pod_hours": 1460,
        "cpu_request": 1,
        "cpu_used_95": 0.9,
        "memory_request": 1_073_741_824,
        "memory_used_95": 1_000_000_000,
        "memory_used_most": 1_000_000_000,
        "cpu_hour_cost": 0.03,
        "memory_hour_cost": 0.004,
    },
    "billing_dimension": {"unit": "units", "committed_price": 2, "on_demand_price": 3},
    "attribution": {"month": "2026-10-01"},
    "budget": {"month": "2026-11-01"},
    "metric": {"category": "custom", "type": "gauge", "series": 1000, "queried": False, "has_assets": False},
}
"""Fields that a case need not give, by kind."""

_TIMES = re.compile(r"(?:in (?P<ahead>\d+)|(?P<ago>\d+)) days?(?(ago) ago)")


def resource(kind: str, fields: Mapping[str, Any]) -> Resource:
    """The resource of a kind that these fields tell; raises ValueError for a field that there is not."""
    values = {"org": ORG, **DEFAULTS.get(kind, {}), **fields}
    if kind == "log_slice":
        values.setdefault("id", f"{values['index']}/{values['service']}/{values['status']}")
    if kind == "billing_dimension":
        values["months"] = _months(values.get("months", ()))
    if kind == "daily_spend":
        values = _with_days(values)
    if kind == "container_group":
        values.setdefault("id", f"{values['cluster']}/{values['namespace']}/{values['workload']}")
    values = {name: _time(value) if isinstance(value, str) else value for name, value in values.items()}
    return KINDS[kind].model_validate(values)


def _months(told: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    months = list(told) * 3 if len(told) == 1 else list(told)
    last = NOW.year * 12 + NOW.month - 1
    numbers = range(last - len(months), last)
    return [
        {"month": date(number // 12, number % 12 + 1, 1), **each} for number, each in zip(numbers, months, strict=True)
    ]


def _with_days(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields with `days` made of `adds` or `levels`."""
    values = dict(fields)
    committed, accruing = (Decimal(str(values.pop(key, 0))) for key in ("committed", "accruing"))
    for key in ("adds", "levels"):
        if key in values:
            amounts = _spelt(values.pop(key))
            days = [NOW.date() - timedelta(days=back) for back in range(len(amounts), 0, -1)]
            told = _running(days, amounts, committed, accruing, adds=key == "adds")
            values |= {"accumulates": key == "adds", "days": told}
    return values


def _spelt(told: Sequence[Any]) -> list[Decimal]:
    """All numbers of a list in which [2, 30, 10] stands for 30, 10, 30, 10."""
    spelt: list[Any] = []
    for each in told:
        spelt += each[1:] * each[0] if isinstance(each, list) else [each]
    return [Decimal(str(each)) for each in spelt]


def _running(
    days: Sequence[date], amounts: Sequence[Decimal], committed: Decimal, accruing: Decimal, *, adds: bool
) -> list[SpentDay]:
    """Running totals, which begin anew with each month."""
    found, so_far, accrued = [], Decimal(0), Decimal(0)
    for day, amount in zip(days, amounts, strict=True):
        if day.day == 1:
            so_far = accrued = Decimal(0)
        so_far = so_far + amount if adds else amount
        accrued += accruing
        found.append(SpentDay(day=day, committed=committed + accrued, on_demand=so_far))
    return found


def _time(value: str) -> str | datetime:
    found = _TIMES.fullmatch(value)
    return NOW + timedelta(days=int(found["ahead"] or 0) - int(found["ago"] or 0)) if found else value
