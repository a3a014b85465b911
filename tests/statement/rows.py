"""Stores of usage and cost as short to write as the tables of cases that they are made for."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from costguard.model.findings import Gap
from costguard.model.statement import Statement
from costguard.model.usage import (
    AttributionAggregate,
    BillableUsage,
    CostCharge,
    CostTotal,
    DimensionKey,
    HourlyUsage,
    MonthlyAttribution,
    MonthlyCost,
    Period,
    Row,
)
from costguard.settings import Settings
from costguard.statement import request, statement
from costguard.store import RunOrg, Store
from tests.bill.rows import means, paid, used

__all__ = ["NOW", "OCTOBER", "SEPTEMBER", "Rows", "cents", "charge", "cost", "means", "show", "stored", "total", "used"]

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
SEPTEMBER, OCTOBER, NOVEMBER = date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1)

ACME = RunOrg("acme", "datadoghq.com", True, "parent")

TABLES: tuple[type[Row], ...] = (
    MonthlyCost, CostCharge, CostTotal, BillableUsage, DimensionKey, HourlyUsage, MonthlyAttribution,
    AttributionAggregate,
)  # fmt: skip

Rows = Iterable[Row] | Mapping[str, Iterable[Row]]

cost = paid
"""A value of the monthly cost attribution: cost("infra_host_committed_cost", 100, org="parent")."""


def charge(
    product: str,
    kind: str,
    amount: str | int | None,
    *,
    source: str = "historical",
    view: str = "sub-org",
    day: date = OCTOBER,
    org: str = "parent",
    account: str = "parent",
    read_at: datetime = NOW,
    as_of: datetime | None = None,
) -> CostCharge:
    """A charge of estimated, historical or projected cost."""
    value = None if amount is None else Decimal(amount)
    place = (source, view, day, org, org.title(), account, account.title(), "us")
    return CostCharge(*place, product, kind, value, read_at, as_of)


def total(
    amount: str | int | None,
    *,
    source: str = "historical",
    view: str = "summary",
    day: date = OCTOBER,
    org: str = "parent",
    account: str = "parent",
) -> CostTotal:
    """Datadog's own total beside the charges."""
    value = None if amount is None else Decimal(amount)
    return CostTotal(source, view, day, org, org.title(), account, account.title(), "us", value, NOW)


@contextmanager
def stored(
    path: Path,
    *rows: Row,
    breakdowns: Mapping[str, Iterable[Row]] | None = None,
    gaps: Iterable[Gap] = (),
    org: RunOrg = ACME,
    others: Mapping[RunOrg, Sequence[Row]] | None = None,
) -> Any:
    """An open store with these rows, read through `org`, and those that were read through `others`.

    `breakdowns` are periods of the monthly cost by tag keys: {"2026-10:team": …}.
    """
    with Store.open(path / "store.duckdb") as store:
        with store.begin(NOW, "0") as run:
            for each, its_rows in {org: rows, **(others or {})}.items():
                run.org(each)
                for table in TABLES:
                    _write(run, table, _periods([row for row in its_rows if type(row) is table]), each.name)
            if breakdowns:
                _write(run, MonthlyCost, breakdowns)
            for gap in gaps:
                run.add(gap.org, gap)
        yield store


def show(store: Store, **asked: Any) -> Statement:
    """The statement of the store; `asked` as the command's options."""
    return statement(store, Settings(), request(**asked))


def cents(amount: Decimal | None) -> str | None:
    """An amount to the cent, as text."""
    return None if amount is None else f"{amount:.2f}"


def _periods(rows: list[Any]) -> Mapping[str, list[Any]]:
    """The rows by the period that a collector would read them in: by month, and hours by day."""
    found: dict[str, list[Any]] = {}
    for row in rows:
        day = getattr(row, "month", None) or getattr(row, "date", None) or row.hour.date()
        key = day.isoformat() if isinstance(row, HourlyUsage) else f"{day:%Y-%m}"
        found.setdefault(key, []).append(row)
    return found


def _write(run: Any, table: type[Row], periods: Mapping[str, Iterable[Row]], org: str = ACME.name) -> None:
    for key, rows in periods.items():
        run.add(org, Period(table, key, final=False))
        for row in rows:
            run.add(org, row)
    if periods:
        run.done(org, table, True)
