"""What custom metrics cost under Metric Name Pricing: names by marginal tiers, and data points beyond those included.

Billed are the month's metric names with more than 100 indexed data points, the indexed data points beyond 10 million
for each name, and the ingested ones beyond 5 for each that is indexed (docs/datadog.md, A3). Prices are the contract's.
No interface that is known tells a month's data points.
"""

from calendar import monthrange
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from costguard.bill.prices import precise
from costguard.bill.working import count, money
from costguard.model.base import Frozen
from costguard.model.contract import Contract, MetricNamePricing
from costguard.model.money import Units, Usd
from costguard.model.usage import MetricUsage

ZERO = Decimal(0)

MILLION = Decimal(10) ** 6

BILLED_FROM = Decimal(100)
"""Indexed data points a month that are not enough for a name to be billed."""


class MetricNames(Frozen):
    """An account's metric names of a month, and what the contract asks for them."""

    pricing: MetricNamePricing
    origin: str
    """Where the prices are from, as workings say it."""
    names: Units | None
    """Names that are billed for certain; None where the month's usage by metric was not read."""
    unsure: Units = ZERO
    """Names of which it is not known whether they had enough data points."""

    @property
    @precise
    def cost(self) -> Usd | None:
        """What the names cost by themselves; None where they were not read, or no tier is for so many."""
        return None if self.names is None else _names(self.pricing, self.names)

    @property
    def complete(self) -> bool:
        """Whether they cost nothing but that: data points, which nobody can read, would have to be free."""
        return self.names is not None and metric_name_cost(self.pricing, names=self.names) is not None

    @precise
    def less(self, freed: Units) -> Usd | None:
        """What so many names fewer save by themselves, the dearest or the cheapest ones first as the tiers have it."""
        if self.names is None or self.cost is None:
            return None
        left = _names(self.pricing, max(ZERO, self.names - freed))
        return None if left is None else self.cost - left

    def one_less(self, currency: str) -> str:
        """In words what a name that goes is worth; empty where that is not known."""
        saved = self.less(Units(1))
        if not saved:
            return ""
        points = "" if self.complete else "; what its data points cost is not known"
        return f"one name less is {money(saved, currency)} less, at renewal at the latest ({self.origin}){points}"

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of their cost should know."""
        if self.names is None:
            return ("metric names were not read, so that the contract's tiers cannot be applied",)
        told = [f"{count(self.names)} names had more than 100 data points in the organisations that were read"]
        if self.unsure:
            told.append(f"{count(self.unsure)} more may have had as many")
        if self.cost is None:
            told.append("the contract has no tier for so many")
        elif not self.complete:
            told.append("data points are not read: what those beyond the included ones cost is not explained")
        return tuple(told)


def metric_names(contract: Contract, metrics: Iterable[MetricUsage], month: date) -> MetricNames | None:
    """The names of the month that these rows are of; None where the contract has no prices for names.

    A time series that was there for an hour had a data point in it, so that the month's average of them tells the least
    number of points. Names are counted in each organisation [unconfirmed: docs/datadog.md, A3].
    """
    if contract.metric_names is None:
        return None
    hours = 24 * monthrange(month.year, month.month)[1]
    points = [
        (each.avg_series or ZERO) * hours
        for each in metrics
        if each.category == "custom" and (each.month.year, each.month.month) == (month.year, month.month)
    ]
    sure = sum(each > BILLED_FROM for each in points)
    return MetricNames(
        pricing=contract.metric_names,
        origin=f"contract, {contract.invoice}" if contract.invoice else "contract",
        names=Units(sure) if points else None,
        unsure=Units(len(points) - sure),
    )


@precise
def metric_name_cost(
    pricing: MetricNamePricing, *, names: Units, indexed: Units | None = None, ingested: Units | None = None
) -> Usd | None:
    """What a month of so many metric names, indexed and ingested data points costs.

    None where the contract has no price for data points beyond the included ones, or has one and their number is not
    known, or has no tier for that many names.
    """
    parts = (
        _names(pricing, names),
        _points(pricing.indexed_per_million, indexed, names * pricing.indexed_included),
        _points(pricing.ingested_per_million, ingested, indexed and indexed * pricing.ingested_included),
    )
    known = [part for part in parts if part is not None]
    return sum(known, ZERO) if len(known) == len(parts) else None


def _names(pricing: MetricNamePricing, names: Units) -> Usd | None:
    """The names' own cost: each tier's price for those that lie in it."""
    cost, below = ZERO, ZERO
    for tier in pricing.tiers:
        end = names if tier.up_to is None else min(names, tier.up_to)
        cost += max(ZERO, end - below) * tier.price
        below = max(below, end)
    return cost if below >= names else None


def _points(per_million: Usd | None, used: Units | None, included: Units | None) -> Usd | None:
    """The cost of the data points beyond those included."""
    if per_million == 0:
        return ZERO
    if used is None or included is None:
        return None
    beyond = max(ZERO, used - included)
    return ZERO if not beyond else None if per_million is None else beyond * per_million / MILLION
