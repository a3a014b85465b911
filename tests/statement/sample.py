"""A small account with everything that a statement can show, and one whose names are as hostile as may be."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from costguard.model.findings import Cause, Gap
from costguard.model.statement import Statement
from costguard.model.usage import MonthlyCost, Row
from costguard.store import Store
from tests.statement.rows import charge, cost, means, show, stored, total, used

HOSTILE = "=cmd|' /C calc'!A0 \x1b[31m\u202e</script><img src=x onerror=\"window.__x=1\">\"'"

MONTHS = tuple(date(2025 + month // 12, month % 12 + 1, 1) for month in range(7, 22))
"""August 2025 to October 2026."""

ORGS = {"parent": Decimal("0.6"), "shop": Decimal("0.3"), "labs": Decimal("0.1")}
"""Each organisation's part of the cost."""

DIMENSIONS: Mapping[str, tuple[str, str, int, int, str, str]] = {
    # label, billable key, committed units, units in the first month, price committed, price on demand
    "infra_host": ("Infra Hosts", "infra_host_top99p", 400, 380, "15", "18"),
    "logs_indexed_15day": ("Indexed Logs (15 Day Retention)", "logs_indexed_15day_sum", 900, 1000, "1.70", "2.55"),
    "synthetics_api_tests": ("Synthetics API Tests", "synthetics_api_tests_sum", 0, 300, "0.5", "0.72"),
    "timeseries": ("Custom Metrics", "timeseries_average", 20000, 15000, "0.05", "0.06"),
    "csm_host_pro": ("CSM Pro Hosts", "csm_host_pro_top99p", 0, 40, "10", "12"),
    "quantum_flux": ("quantum_flux", "quantum_flux_sum", 0, 10, "1", "2"),
}

GAPS = (
    Gap(org="acme", what="monthly_cost", cause=Cause.NOT_AVAILABLE, hint="Nothing was published.", optional=True),
    Gap(
        org="acme", what="cost_charge", cause=Cause.MISSING_PERMISSION, hint="grant billing_read to the application key"
    ),
)


def rows() -> tuple[list[Row], dict[str, list[MonthlyCost]]]:
    """The account's rows, and those of its breakdown by team and env."""
    found: list[Row] = []
    breakdowns: dict[str, list[MonthlyCost]] = {}
    for number, month in enumerate(MONTHS):
        tags = breakdowns.setdefault(f"{month:%Y-%m}:team,env", [])
        for dimension, (label, key, committed, units, price, dear) in DIMENSIONS.items():
            billable = units + number * units // 50
            beyond = max(0, billable - committed)
            found.append(means(dimension, key, label=label, month=month))
            for org, part in ORGS.items():
                found.append(used(key, billable, committed, beyond, org=org, of_org=billable * part, month=month))
                amounts = {"committed": committed * Decimal(price) * part, "on_demand": beyond * Decimal(dear) * part}
                for kind, amount in {**amounts, "total": sum(amounts.values())}.items():
                    found.append(
                        cost(f"{dimension}_{kind}_cost", amount, org=org, month=month, updated="2026-11-10T00")
                    )
                    tags += _tagged(f"{dimension}_{kind}_cost", amount, org, month)
                found.append(cost(f"{dimension}_percentage_in_org", "16.5", org=org, month=month))
        found.append(cost("premier_support_committed_cost", 500, month=month))
        found.append(cost("nameless_total_cost", None, month=month))
    for day in (date(2026, 10, 30), date(2026, 10, 31), date(2026, 11, 17), date(2026, 11, 18)):
        for org in ORGS:
            found.append(charge("infra_host", "committed", 200 + day.day, source="estimated", day=day, org=org))
            spent = 300 - 10 * day.day if day.month == 11 else 10 * day.day
            found.append(charge("rum", "on_demand", spent, source="estimated", day=day, org=org))
    found += [
        charge("infra_host", "projected_committed", 6000, source="projected", view="summary", day=date(2026, 11, 30)),
        charge("infra_host", "total", 6500, source="projected", view="summary", day=date(2026, 11, 30)),
        total(6500, source="projected", day=date(2026, 11, 30)),
    ]
    return found, breakdowns


@contextmanager
def account(folder: Path, *, gaps: bool = False, hostile: bool = False) -> Iterator[Store]:
    """An open store with the account."""
    found, breakdowns = rows()
    if hostile:
        found = [_hostile(row) for row in found]
        breakdowns = {
            f"{key}{HOSTILE.replace(',', '')}": [replace(row, tags=_hostile_tags(row.tags)) for row in each]
            for key, each in breakdowns.items()
        }
    with stored(folder, *found, breakdowns=breakdowns, gaps=GAPS if gaps else ()) as store:
        yield store


def sample(folder: Path, *, gaps: bool = False, hostile: bool = False, **asked: Any) -> Statement:
    """The account's statement; `asked` as the command's options."""
    with account(folder, gaps=gaps, hostile=hostile) as store:
        return show(store, **asked)


def _tagged(field: str, amount: Decimal | int, org: str, month: date) -> Iterator[MonthlyCost]:
    """Half of it to web in prod, a quarter to ops and web, a fifth to nobody; labs is not broken down."""
    if org == "labs":
        yield cost(field, Decimal(amount), org=org, month=month)
        return
    for tags, part in (
        ('{"env":["prod"],"team":["web"]}', "0.5"),
        ('{"env":["prod"],"team":["ops","web"]}', "0.25"),
        ('{"env":["<empty>"],"team":["<empty>"]}', "0.05"),
        ('{"env":[],"team":[]}', "0.2"),
    ):
        yield cost(field, Decimal(amount) * Decimal(part), org=org, tags=tags, month=month)


def _hostile(row: Any) -> Any:
    changes = {"org_name": HOSTILE + row.org_name} if hasattr(row, "org_name") else {"label": HOSTILE + row.label}
    return replace(row, **changes)


def _hostile_tags(tags: str | None) -> str | None:
    if tags is None:
        return None
    found = {key: [f"{HOSTILE}{value}" for value in values] for key, values in json.loads(tags).items()}
    return json.dumps({"env" + HOSTILE.replace(",", ""): found["env"], "team": found["team"]}, sort_keys=True)
