"""What the account paid for a month, dimension by dimension, from the rows of the monthly cost attribution."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from costguard.bill.prices import precise
from costguard.model.money import Dimension, Usd
from costguard.model.usage import MonthlyCost

COSTS = ("on_demand_cost", "committed_cost", "total_cost")
SHARES = ("percentage_in_org", "percentage_in_account")


class Field(NamedTuple):
    """A field of the cost attribution, `<dimension>_<measure>`, taken apart."""

    dimension: Dimension
    measure: str


class Cost(NamedTuple):
    """What a dimension cost in a month; a part is None where Datadog named it without an amount."""

    committed: Usd | None = Decimal(0)
    on_demand: Usd | None = Decimal(0)
    unsplit: Usd = Decimal(0)
    """Cost of which Datadog gave only the total."""

    @property
    def total(self) -> Usd:
        """All that is known of it."""
        return (self.committed or Decimal(0)) + (self.on_demand or Decimal(0)) + self.unsplit


def split_field(field: str) -> Field | None:
    """The parts of a field: infra_host and on_demand_cost of infra_host_on_demand_cost; None for no known measure."""
    for measure in (*COSTS, *SHARES):
        dimension = field.removesuffix(f"_{measure}")
        if dimension and dimension != field:
            return Field(dimension, measure)
    return None


def totals(costs: Iterable[MonthlyCost]) -> tuple[MonthlyCost, ...]:
    """The rows that are not broken down: those with tags are the same money again."""
    return tuple(row for row in costs if row.tags is None)


def months_with_cost(costs: Iterable[MonthlyCost]) -> frozenset[date]:
    """The months (their first days) of which any cost was read."""
    return frozenset(
        row.month.replace(day=1) for row in costs if row.field.endswith(COSTS) and _amount(row) is not None
    )


def billed_fields(costs: Iterable[MonthlyCost]) -> frozenset[Dimension]:
    """The dimensions that any of these fields names."""
    return frozenset(field.dimension for name in {row.field for row in costs} if (field := split_field(name)))


@precise
def account_costs(costs: Iterable[MonthlyCost], month: date) -> dict[Dimension, Cost | None]:
    """The month's cost by dimension, parent and children together; None where Datadog named it without an amount.

    Expects `totals` only. Tag keys that are changed within a month leave a report of each part of it, told apart by
    `tag_config_source`, which add up; of one report's field the latest value counts.
    """
    named: dict[Dimension, set[str]] = {}
    latest: dict[tuple[Dimension, str, str, str], tuple[str, Usd]] = {}
    for row in costs:
        if not _same_month(row.month, month):
            continue
        field = split_field(row.field)
        if field is None or field.measure not in COSTS:
            continue
        named.setdefault(field.dimension, set()).add(field.measure)
        if (amount := _amount(row)) is not None:
            report = row.tag_config_source or ""
            where, seen = (field.dimension, row.org_public_id, field.measure, report), (row.updated_at or "", amount)
            latest[where] = max(seen, latest.get(where, seen))
    by_org: dict[Dimension, dict[str, dict[str, Usd]]] = {dimension: {} for dimension in named}
    for (dimension, org, measure, _), (_, amount) in sorted(latest.items()):
        amounts = by_org[dimension].setdefault(org, {})
        amounts[measure] = amounts.get(measure, Decimal(0)) + amount
    return {dimension: _account(tuple(by_org[dimension].values()), named[dimension]) for dimension in named}


def _account(orgs: Sequence[Mapping[str, Usd]], named: AbstractSet[str]) -> Cost | None:
    """The organisations' costs of a dimension together."""
    if not orgs:
        return None
    parts = [_cost(amounts) for amounts in orgs]
    known = {measure for amounts in orgs for measure in amounts}
    committed, on_demand = (
        None if measure in named - known and "total_cost" not in known else sum(amounts, Decimal(0))
        for measure, amounts in (
            ("committed_cost", (part.committed or Decimal(0) for part in parts)),
            ("on_demand_cost", (part.on_demand or Decimal(0) for part in parts)),
        )
    )
    return Cost(committed, on_demand, sum((part.unsplit for part in parts), Decimal(0)))


def _amount(row: MonthlyCost) -> Usd | None:
    return row.value if row.value is not None and row.value.is_finite() else None


def _same_month(one: date, other: date) -> bool:
    return (one.year, one.month) == (other.year, other.month)


def _cost(amounts: Mapping[str, Usd]) -> Cost:
    """An organisation's cost; the total is never added to its parts, but it tells a part that is missing."""
    committed, on_demand, total = (amounts.get(f"{part}_cost") for part in ("committed", "on_demand", "total"))
    if total is None:
        return Cost(committed or Decimal(0), on_demand or Decimal(0))
    if committed is None and on_demand is None:
        return Cost(unsplit=total)
    if committed is None:
        return Cost(total - (on_demand or Decimal(0)), on_demand)
    return Cost(committed, total - committed if on_demand is None else on_demand)
