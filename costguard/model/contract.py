"""What the contract with Datadog says and no interface tells: prices, commitments, metering and allotments."""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from costguard.errors import shown
from costguard.model.base import Frozen
from costguard.model.money import Dimension, Units, Usd


def _month(value: Any) -> Any:
    """The first day of the month that is written as "2026-01"; a first day stays what it is."""
    if type(value) is date and value.day == 1:
        return value
    if not isinstance(value, str) or not re.fullmatch(r"20[0-9]{2}-(0[1-9]|1[0-2])", value):
        raise ValueError(f'{shown(str(value))} is no month; write year and month in quotes, like "2026-01"')
    return date.fromisoformat(f"{value}-01")


def _text(value: str) -> str:
    if not value.strip() or not value.isprintable():
        raise ValueError("must not be blank or hold control characters")
    return value


def _dimension(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9_]+", value):
        raise ValueError(
            f"{shown(value)} is no billing dimension; their names are small letters, digits and _, like infra_host: "
            "`costguard bill -o bill.json` has them"
        )
    return value


def _number(value: Any) -> Any:
    """Leaves the number to pydantic, which would read true as 1."""
    if isinstance(value, bool):
        raise ValueError("must be a number")  # noqa: TRY004 - pydantic's protocol
    return value


Month = Annotated[date, BeforeValidator(_month)]
"""A month as its first day; written "2026-01"."""

Text = Annotated[str, AfterValidator(_text)]

Name = Annotated[Dimension, AfterValidator(_dimension)]

_LARGEST = 10**18
"""More than anybody uses, pays or commits to: an exabyte of logs is 10¹⁸ bytes."""

_PLACES = 18
"""Digits behind the point, down to the price of a byte and of a data point."""

Count = Annotated[Units, Field(ge=0, le=_LARGEST, decimal_places=_PLACES), BeforeValidator(_number)]

Price = Annotated[Usd, Field(ge=0, le=_LARGEST, decimal_places=_PLACES), BeforeValidator(_number)]

Per = Annotated[Units, Field(gt=0, le=_LARGEST, decimal_places=_PLACES), BeforeValidator(_number)]


class ContractPrice(Frozen):
    """What a billing dimension costs by contract, and how much of it is committed."""

    dimension: Name
    committed_units: Count | None = None
    """The size of the commitment in single billable units a month; None = as Datadog reports it."""
    committed: Price | None = None
    """The price of `per` committed units a month."""
    on_demand: Price | None = None
    """The price of `per` units a month beyond the commitment."""
    per: Per = Units(1)
    """How many units the prices are for: 1 host, 100 time series, 1_000_000 events, 1_000_000_000 bytes."""
    invoice: Text | None = None
    """Where it was read; None = where the contract's other prices were."""

    @model_validator(mode="after")
    def _sensible(self) -> "ContractPrice":
        if self.committed_units is None and self.committed is None and self.on_demand is None:
            raise ValueError("says nothing; give committed_units, committed or on_demand")
        if self.committed is not None and self.on_demand is not None and self.committed > self.on_demand:
            raise ValueError(
                f"committed {self.committed} is above on_demand {self.on_demand}; a commitment is the cheaper one"
            )
        return self


class MetricNameTier(Frozen):
    """One of the marginal tiers of Metric Name Pricing."""

    up_to: Per | None = None
    """The last metric name of the tier; None = no end."""
    price: Price
    """The price of one metric name a month in this tier."""


def _tiers(tiers: tuple[MetricNameTier, ...]) -> tuple[MetricNameTier, ...]:
    ends = [tier.up_to for tier in tiers]
    if None in ends[:-1]:
        raise ValueError("only the last tier may be without up_to")
    known = [end for end in ends if end is not None]
    if any(one >= other for one, other in pairwise(known)):
        raise ValueError("up_to must grow from tier to tier")
    return tiers


class MetricNamePricing(Frozen):
    """Metric Name Pricing, the other model for custom metrics; priced by contracts only (docs/datadog.md, A3)."""

    tiers: Annotated[tuple[MetricNameTier, ...], Field(min_length=1), AfterValidator(_tiers)]
    indexed_per_million: Price | None = None
    """The price of a million indexed data points beyond those that the names include."""
    ingested_per_million: Price | None = None
    """The price of a million ingested data points beyond those that the indexed ones include."""
    indexed_included: Count = Units(10_000_000)
    """Indexed data points a month that each metric name includes; pooled."""
    ingested_included: Count = Units(5)
    """Ingested data points that each indexed one includes; pooled."""


def _priced_once(prices: tuple[ContractPrice, ...]) -> tuple[ContractPrice, ...]:
    twice = [name for name, count in Counter(price.dimension for price in prices).items() if count > 1]
    if twice:
        raise ValueError(f"{twice[0]} is there twice; give each billing dimension one [[contract.prices]]")
    return prices


class Contract(Frozen):
    """A contract with Datadog, as far as the user has told it: the `[contract]` table of costguard.toml.

    It applies to the months from `starts` to `ends`, both included. What is wrong whatever the bill says is refused
    here; a dimension that nobody knows only shows beside the bill (see `costguard.bill.terms`).
    """

    currency: Text | None = None
    """Its currency, which has to be the account's; None = not said."""
    starts: Month | None = None
    ends: Month | None = None
    invoice: Text | None = None
    """The invoice or order form that the prices were read from."""
    on_demand: Literal["monthly", "hourly"] = "monthly"
    """How on-demand usage is metered. Containers are always metered by the hour, logs always by the month."""
    pooling: Literal["hourly", "period"] = "hourly"
    """Over what an hourly metered account shares its allotments: within each hour, or, for accounts that have been
    moved since August 2026, over the whole month where the product is a sum (spans, custom events)."""
    custom_metrics: Literal["timeseries", "metric_names"] = "timeseries"
    """What custom metrics are billed by."""
    prices: Annotated[tuple[ContractPrice, ...], AfterValidator(_priced_once)] = ()
    allotments: Mapping[Name, Mapping[Name, Count]] = {}
    """Included units a month (containers: at any time) by dimension, and by the product one unit of which includes
    them; in place of the published quantities."""
    metric_names: MetricNamePricing | None = None

    @model_validator(mode="after")
    def _consistent(self) -> "Contract":
        if self.starts and self.ends and self.ends < self.starts:
            raise ValueError(f"ends {self.ends:%Y-%m} is before starts {self.starts:%Y-%m}")
        if self.metric_names and self.custom_metrics != "metric_names":
            raise ValueError('metric_names is given, but custom_metrics is "timeseries"; set it to "metric_names"')
        if not self.invoice and any(not price.invoice for price in self.prices):
            raise ValueError("prices need the invoice or order form that they were read from; set invoice")
        return self

    def applies(self, month: date) -> bool:
        """Whether the contract is in force in the month of this day."""
        first = month.replace(day=1)
        return (self.starts is None or self.starts <= first) and (self.ends is None or first <= self.ends)
