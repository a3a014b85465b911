"""A store of one account, written from rows as short as the tests need them."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TypeVar, cast

from costguard.bill import Bill, measure
from costguard.model.spend import Derived
from costguard.model.usage import CostCharge, CostTotal, MonthlyCost, Period, Row
from costguard.settings import OrgSettings, Settings
from costguard.spend import spend
from costguard.store import RunOrg, Store
from tests.bill.rows import Number

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

ORGS = (
    RunOrg("acme", "datadoghq.com", True, "parent"),
    RunOrg("acme-shop", "datadoghq.com", False, "child"),
)
"""The organisations of the settings; "other" is a child that the settings do not name."""

SETTINGS = Settings(orgs=(OrgSettings(name="acme"), OrgSettings(name="acme-shop")))

D = TypeVar("D", bound=Derived)

Periods = Mapping[tuple[type[Row], str], Sequence[Row]]
"""Rows by their table and the key of their period."""


def written(
    path: Path,
    periods: Periods,
    *,
    orgs: Sequence[RunOrg] = ORGS,
    complete: Collection[type[Row]] | None = None,
    now: datetime = NOW,
) -> Store:
    """The open store after a run that read these periods through the first organisation, by default completely."""
    store = Store.open(path)
    payer = orgs[0].name
    with store.begin(now, "1") as run:
        for org in orgs:
            run.org(org)
        for (table, key), rows in periods.items():
            run.add(payer, Period(table, key, True))
            for row in rows:
                run.add(payer, row)
        for table in dict.fromkeys(table for table, _ in periods):
            run.done(payer, table, complete is None or table in complete)
    return store


def found(
    path: Path, periods: Periods, kind: type[D], *, settings: Settings = SETTINGS, bills: Sequence[Bill] = ()
) -> dict[str, D]:
    """The resources of a kind by id, worked out of these periods in a new store below `path`."""
    path.mkdir(exist_ok=True)
    with written(path / "c.duckdb", periods) as store:
        return {each.id: cast(D, each) for each in spend(store, settings, bills or (empty_bill(),), NOW)[kind]}


def empty_bill() -> Bill:
    """A bill without a line."""
    return measure((), (), (), month=date(2026, 10, 1), currency="USD")


def charge(
    product: str,
    day: date,
    *,
    source: str = "estimated",
    view: str = "summary",
    org: str = "parent",
    **costs: Number,
) -> list[CostCharge]:
    """The charges of a product, by type: committed=1, on_demand=2."""
    return [
        CostCharge(
            source=source,
            view=view,
            date=day,
            org_public_id=org,
            org_name=org.title(),
            account_public_id="parent",
            account_name="Parent",
            region="us",
            product=product,
            charge_type=charge_type,
            cost=None if cost is None else Decimal(cost),
            read_at=NOW,
        )
        for charge_type, cost in costs.items()
    ]


def total(
    cost: Number, day: date, *, source: str = "estimated", view: str = "summary", org: str = "parent"
) -> CostTotal:
    """A total beside the charges."""
    amount = None if cost is None else Decimal(cost)
    return CostTotal(source, view, day, org, org.title(), "parent", "Parent", "us", amount, NOW)


def broken_down(
    cost: Number,
    tags: Mapping[str, Sequence[str]] | None,
    *,
    field: str = "infra_host_total_cost",
    org: str = "parent",
    source: str | None = "Parent:::team///env",
    month: date = date(2026, 10, 1),
) -> MonthlyCost:
    """A cost with tags."""
    text = None if tags is None else json.dumps(dict(tags), sort_keys=True)
    amount = None if cost is None else Decimal(cost)
    return MonthlyCost(month, org, org.title(), field, amount, text, source, None)


def by_day(rows: Iterable[CostCharge]) -> dict[tuple[type[Row], str], Sequence[Row]]:
    """Charges in the periods that they are read in."""
    periods: dict[tuple[type[Row], str], list[Row]] = {}
    for row in rows:
        periods.setdefault((CostCharge, f"{row.date.isoformat()}:{row.source}:{row.view}"), []).append(row)
    return dict(periods)
