"""What custom metrics cost under Metric Name Pricing: names by marginal tiers, and data points beyond those included.

Billed are the month's metric names with more than 100 indexed data points, the indexed data points beyond 10 million
for each name, and the ingested ones beyond 5 for each that is indexed (docs/datadog.md, A3). Prices are the contract's.
"""

from decimal import Decimal

from costguard.bill.prices import precise
from costguard.model.contract import MetricNamePricing
from costguard.model.money import Units, Usd

ZERO = Decimal(0)

MILLION = Decimal(10) ** 6


@precise
def metric_name_cost(pricing: MetricNamePricing, *, names: Units, indexed: Units, ingested: Units) -> Usd | None:
    """What a month of so many metric names, indexed and ingested data points costs.

    None where the contract has no price for data points beyond the included ones, or no tier for that many names.
    """
    parts = (
        _names(pricing, names),
        _points(pricing.indexed_per_million, indexed - names * pricing.indexed_included),
        _points(pricing.ingested_per_million, ingested - indexed * pricing.ingested_included),
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


def _points(per_million: Usd | None, beyond: Units) -> Usd | None:
    if beyond <= 0:
        return ZERO
    return None if per_million is None else beyond * per_million / MILLION
