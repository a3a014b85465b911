"""The finest cells of a statement, for exports: each organisation's charges with quantities, list prices and shares."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from costguard.bill import Rate, Rates, list_prices, product_of
from costguard.bill.attributed import attributed
from costguard.model.money import Dimension, Units, Usd
from costguard.model.statement import Charge, Cost, Kind, Quantity
from costguard.statement.days import day_cells
from costguard.statement.ledger import Cell, Ledger
from costguard.statement.lines import ZERO, name_of
from costguard.statement.tags import Tags
from costguard.statement.usage import NONE, Usage

FEES = frozenset({"premier_support"})
"""Dimensions that are paid by the month whatever is used, so that nothing of them is ever counted."""


class Share(NamedTuple):
    """What the cost attribution says of an organisation's dimension beside its cost; percentages are never summed."""

    in_org: Decimal | None
    in_account: Decimal | None
    tag_config_source: str | None


@dataclass(frozen=True, slots=True)
class _Context:
    """What is known of every charge of some months."""

    usage: Usage
    account: Mapping[date, Mapping[Dimension, Cost]]
    orgs: Mapping[tuple[date, str, Dimension], Cost]
    shares: Mapping[tuple[date, str, Dimension], Share]
    consumed: Mapping[tuple[date, str, Dimension], Units]
    """By the usage attribution."""
    prices: Mapping[Dimension, Rates]

    def charge(self, month: date, org: str | None, name: str | None, dimension: Dimension, cost: Cost) -> Charge:
        """The charge, with everything that is the same for each breakdown."""
        rates = self.prices.get(dimension, Rates())
        share = self.shares.get((month, org, dimension)) if org else None
        return Charge(
            month=month,
            day=None,
            days=1,
            org_id=org,
            org_name=name,
            dimension=dimension,
            label=name_of(self.usage.names, dimension),
            product=product_of(dimension) if dimension else "",
            kind=Kind.VALUE,
            tags=None,
            cost=cost,
            quantity=self._quantity(month, org, dimension, cost),
            unit=self.usage.names.unit(dimension).many if dimension else "units",
            fee=dimension in FEES,
            percentage_in_org=share.in_org if share else None,
            percentage_in_account=share.in_account if share else None,
            tag_config_source=share.tag_config_source if share else None,
            list_price_committed=_usd(rates.committed),
            list_price_on_demand=_usd(rates.on_demand),
            list_price_source=_source(rates),
        )

    def _quantity(self, month: date, org: str | None, dimension: Dimension, cost: Cost) -> Quantity:
        """The account's units in the proportion of the cost, which is that of the units: there is one price.

        What was used is the organisation's own, in the proportion that this charge has of its cost.
        """
        used = self.usage.account.get(month, {}).get(dimension, NONE)
        whole = self.account.get(month, {}).get(dimension, Cost())
        own = self.orgs.get((month, org, dimension), Cost()) if org else Cost()
        units = None
        if org:
            units = self.consumed.get((month, org, dimension))
            units = self.usage.orgs.get(month, {}).get((org, dimension)) if units is None else units
        return Quantity(
            units=_part(units, cost.total, own.total),
            committed=_part(used.committed, cost.committed, whole.committed),
            on_demand=_part(used.on_demand, cost.on_demand, whole.on_demand),
        )


def charges(
    ledger: Ledger, months: Sequence[date], usage: Usage, currency: str, *, by: str, keys: Sequence[str]
) -> tuple[Charge, ...]:
    """The charges of these months by organisation and dimension, and by day or by the values of tags if asked so."""
    cells = ledger.by_org(months)
    orgs = {cell.org_id: cell.org_name for cell in cells if cell.org_id}
    context = _Context(
        usage=usage,
        account=ledger.by_product(months),
        orgs={(cell.month, cell.org_id or "", cell.dimension): cell.cost for cell in cells},
        shares=_shares(ledger, months),
        consumed=_consumed(ledger, months),
        prices=list_prices().published(currency),
    )
    if by == "day":
        return tuple(_daily(context, orgs, ledger, months))
    if keys:
        return tuple(_tagged(context, orgs, ledger, months, keys))
    return tuple(_monthly(context, cells))


def _monthly(context: _Context, cells: Iterable[Cell]) -> Iterator[Charge]:
    for cell in cells:
        yield context.charge(cell.month, cell.org_id, cell.org_name or None, cell.dimension, cell.cost)


def _daily(context: _Context, orgs: Mapping[str, str], ledger: Ledger, months: Sequence[date]) -> Iterator[Charge]:
    for cell in day_cells(ledger, months, by_org=True):
        name = orgs.get(cell.org_id or "")
        charge = context.charge(cell.month, cell.org_id, name, cell.dimension, cell.cost)
        yield replace(
            charge,
            day=cell.day,
            days=cell.days,
            until=cell.until,
            kind=Kind.VALUE if cell.day else Kind.REST,
            percentage_in_org=None,
            percentage_in_account=None,
        )


def _tagged(
    context: _Context, orgs: Mapping[str, str], ledger: Ledger, months: Sequence[date], keys: Sequence[str]
) -> Iterator[Charge]:
    for cell in Tags.open(ledger, months, keys, by_org=True).cells(months, by_org=True):
        name = orgs.get(cell.org_id or "")
        charge = context.charge(cell.month, cell.org_id, name, cell.dimension, cell.cost)
        tags = None if cell.values is None else tuple(zip(keys, cell.values, strict=True))
        yield replace(charge, kind=cell.kind, tags=tags, percentage_in_org=None, percentage_in_account=None)


def _shares(ledger: Ledger, months: Sequence[date]) -> dict[tuple[date, str, Dimension], Share]:
    rows: list[tuple[Any, ...]] = ledger.store.query(
        "bill-shares", periods=[f"{month:%Y-%m}" for month in months], only=ledger.only
    )
    return {(month, org, dimension): Share(*rest) for month, org, dimension, *rest in rows}


def _consumed(ledger: Ledger, months: Sequence[date]) -> dict[tuple[date, str, Dimension], Units]:
    periods = [f"{month:%Y-%m}" for month in months]
    rows = ledger.store.query("bill-consumed", periods=periods, only=ledger.only)
    return {(month, org, dimension): units for month, org, field, units in rows if (dimension := attributed(field))}


def _part(units: Units | None, cost: Usd | None, whole: Usd | None) -> Units | None:
    """The units of a part of a cost; None where the units are not known or the cost does not tell its part."""
    if units is None or cost is None:
        return None
    if not whole:
        return ZERO if not units else None
    return units * cost / whole


def _usd(rate: Rate | None) -> Usd | None:
    return rate.usd if rate else None


def _source(rates: Rates) -> str | None:
    """Where the list prices were read."""
    read = {rate.when for rate in rates.known}
    if not read:
        return None
    days = sorted(each.isoformat() for each in read if each)
    return f"list price, read {days[-1]}" if days else "list price"
