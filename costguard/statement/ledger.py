"""What each month cost by dimension and organisation, as the store's answers say, best source first."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from costguard.model.money import Dimension, Usd
from costguard.model.statement import Basis, Cost, Month, Source
from costguard.statement.orgs import public_id_of
from costguard.store import Store

Costs = Mapping[date, Mapping[Dimension, Cost]]
"""By month and dimension."""


class Cell(NamedTuple):
    """A cost of one organisation's dimension in a month."""

    month: date
    org_id: str | None
    """None = the account's, not broken down by organisation."""
    org_name: str
    dimension: Dimension
    cost: Cost


class Breakdown(NamedTuple):
    """A period of the cost attribution that is broken down by tags."""

    org: str
    period: str
    month: date
    keys: tuple[str, ...]
    read_at: datetime


@dataclass(frozen=True, slots=True)
class Ledger:
    """The costs in the store; `open` makes the tables that all queries of a statement ask.

    Every breakdown of a month adds up to the same total, because every one is a sum over the same rows.
    """

    store: Store
    only: str | None
    """The public id of the one organisation that counts; None = all."""
    names: Mapping[str, str]
    """Each organisation's name by its public id."""
    sources: tuple[Source, ...]
    known: Mapping[date, Month]
    """The months with cost."""
    used: frozenset[date]
    """The months with billable usage."""
    breakdowns: tuple[Breakdown, ...]
    connected: tuple[str, ...]
    """The names of the accounts that were read beside one's own: nothing of theirs is in the ledger."""
    unknown: tuple[str, ...]
    """The names of accounts of which one is one's own, nobody says which: all of theirs is in the ledger."""

    @classmethod
    def open(cls, store: Store, org: str | None = None, *, every_day: bool = False) -> "Ledger":
        """The ledger of the store's organisations, or of the one that is named; raises StatementError, StoreError.

        Without `every_day` it can tell months, not days: the running totals of most days are then not looked at.
        """
        periods = store.query("bill-periods")
        totals = [key for _, key, _ in periods if ":" not in key]
        store.query("bill-parts", periods=totals, every_day=every_day)
        names: dict[str, str] = dict(store.query("bill-orgs"))
        only = public_id_of(store, org, names) if org else None
        store.query("bill-ledger", only=only)
        rows = store.query("bill-sources")
        accounts = store.query("accounts")
        return cls(
            store=store,
            only=only,
            names=names,
            sources=tuple(_sources(rows, only)),
            known=dict(_months(rows)),
            used=frozenset(month for (month,) in store.query("bill-usage-months", only=only)),
            breakdowns=tuple(_breakdowns(periods)),
            connected=tuple(name for own, name in accounts if own is not None),
            unknown=tuple(name for own, name in accounts if own is None),
        )

    def month(self, month: date) -> Month:
        """A month with its cost, or one without."""
        return self.known.get(month) or Month(month, None, Cost(), None, None)

    def by_product(self, months: Collection[date]) -> Costs:
        """The costs of these months by dimension."""
        return _by_month(self.store.query("bill-by-product", months=list(months)))

    def of_account(self, months: Collection[date]) -> Costs:
        """The costs of these months by dimension of the whole account, whichever organisation counts."""
        if self.only is None:
            return self.by_product(months)
        self.store.query("bill-ledger", only=None)
        try:
            return self.by_product(months)
        finally:
            self.store.query("bill-ledger", only=self.only)

    def by_org(self, months: Collection[date]) -> tuple[Cell, ...]:
        """The costs of these months by organisation and dimension."""
        rows = self.store.query("bill-by-org", months=list(months))
        return tuple(Cell(month, org, name, dimension, Cost(*parts)) for month, org, name, dimension, *parts in rows)

    def by_usage_type(self, months: Collection[date]) -> list[tuple[date, str, Dimension, Usd]]:
        """The costs of these months by how they are charged (committed, on_demand, unsplit) and dimension."""
        return [
            (month, usage_type, dimension, cost)
            for month, dimension, usage_type, cost in self.store.query("bill-by-usage-type", months=list(months))
        ]

    def trend(self, first: date, last: date) -> Mapping[date, tuple[Basis, Mapping[Dimension, Cost]]]:
        """The costs of each month from the first to the last, with their source."""
        rows = self.store.query("bill-trend", first=first, last=last)
        costs = _by_month((month, dimension, *parts) for month, _, dimension, *parts in rows)
        return {row[0]: (Basis(row[1]), costs[row[0]]) for row in rows}

    def of(self, basis: Basis, month: date) -> Mapping[Dimension, Cost]:
        """What one source says of a month, used or not."""
        rows = self.store.query("bill-source", source=basis.value, month=month)
        return {dimension: Cost(*parts) for dimension, *parts in rows}


def _by_month(rows: Iterable[Sequence[Any]]) -> Costs:
    costs: dict[date, dict[Dimension, Cost]] = {}
    for month, dimension, *parts in rows:
        costs.setdefault(month, {})[dimension] = Cost(*parts)
    return costs


def _months(rows: Iterable[Sequence[Any]]) -> Iterable[tuple[date, Month]]:
    for month, source, used, committed, on_demand, unsplit, _, as_of, through, until in rows:
        if used:
            basis = Basis(source)
            cost = Cost(committed, on_demand, unsplit)
            partial = through if basis is Basis.ESTIMATED else None
            yield month, Month(month, basis, cost, utc(as_of), partial, utc(until))


def _sources(rows: Sequence[Sequence[Any]], only: str | None) -> Iterable[Source]:
    used = {month: Cost(*parts).total for month, _, used, *parts, _, _, _, _ in rows if used}
    for month, source, is_used, committed, on_demand, unsplit, stated, as_of, through, until in rows:
        total = Cost(committed, on_demand, unsplit).total
        base = used.get(month)
        yield Source(
            month=month,
            basis=Basis(source),
            used=is_used,
            total=total,
            stated=stated if only is None else None,
            difference=None if total is None or base is None else total - base,
            as_of=utc(as_of),
            through=through if source == Basis.ESTIMATED else None,
            until=utc(until),
        )


def _breakdowns(periods: Iterable[Sequence[Any]]) -> Iterable[Breakdown]:
    for org, key, read_at in periods:
        month, _, keys = key.partition(":")
        if keys:
            yield Breakdown(org, key, date.fromisoformat(f"{month}-01"), tuple(keys.split(",")), read_at)


def utc(moment: datetime | None) -> datetime | None:
    """A time of the store's, which are UTC without saying so."""
    return None if moment is None else moment.replace(tzinfo=UTC)
