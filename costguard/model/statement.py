"""A statement: what an account paid for a month or several, where each figure came from, and why it changed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from costguard.model.findings import Gap
from costguard.model.money import Dimension, PriceSource, Units, Usd

ZERO = Decimal(0)


class Basis(StrEnum):
    """Which of Datadog's answers a month's cost was read from, best first (docs/datadog.md, B1)."""

    HISTORICAL = "historical"
    """The invoiced cost: final, there by the 16th of the next month."""
    ATTRIBUTED = "attributed"
    """The cost attribution: there by the 19th of the next month."""
    ESTIMATED = "estimated"
    """The running total: up to three days late."""
    PROJECTED = "projected"
    """What the running month is expected to cost: there from about its 12th."""

    @property
    def final(self) -> bool:
        """Whether it is what was invoiced."""
        return self in (Basis.HISTORICAL, Basis.ATTRIBUTED)


class Kind(StrEnum):
    """What a line of a breakdown stands for."""

    VALUE = "value"
    """One product, organisation, day, …"""
    UNTAGGED = "untagged"
    """Use that does not carry the tag: an empty list of values."""
    EMPTY = "empty"
    """Use that carries the tag without a value: Datadog's "<empty>"."""
    REST = "rest"
    """What the breakdown does not say, so that the lines add up to the total; negative where it says too much."""


@dataclass(frozen=True, slots=True)
class Cost:
    """An amount by how it is charged; a part is None where Datadog named no amount, which is not zero."""

    committed: Usd | None = None
    on_demand: Usd | None = None
    unsplit: Usd | None = None
    """Cost of which Datadog gave only the total."""

    @property
    def total(self) -> Usd | None:
        """All that is known of it; None where nothing is."""
        known = [each for each in (self.committed, self.on_demand, self.unsplit) if each is not None]
        return sum(known, ZERO) if known else None

    @staticmethod
    def sum(costs: "Iterable[Cost]") -> "Cost":
        """All together, part by part."""
        committed, on_demand, unsplit = None, None, None
        for each in costs:
            committed = _plus(committed, each.committed)
            on_demand = _plus(on_demand, each.on_demand)
            unsplit = _plus(unsplit, each.unsplit)
        return Cost(committed, on_demand, unsplit)


@dataclass(frozen=True, slots=True)
class Quantity:
    """Billable units of a dimension, in single units; None = not known."""

    units: Units | None = None
    committed: Units | None = None
    """The size of the commitment."""
    on_demand: Units | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A billing dimension's share of a line; `dimension` is "" for cost that Datadog gives to no product."""

    dimension: Dimension
    label: str
    product: str
    cost: Cost
    before: Usd | None = None
    """What it cost in the months before; None where that is not known."""
    quantity: Quantity = Quantity()
    unit: str = "units"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the breakdown: a product, an organisation, a tag's value, a way of charging, or a day."""

    key: str
    """A product's, an organisation's public id, a tag value, committed …, 2026-10-31; "" for what has none."""
    label: str
    kind: Kind
    cost: Cost
    before: Usd | None
    parts: tuple[Part, ...]
    """By billing dimension, the dearest first."""
    restated: Usd = ZERO
    """Of a day: what earlier days were corrected by, never positive."""
    days: int = 1
    """Of a day: how many days it covers, where Datadog gave no figure for some."""
    until: datetime | None = None
    """Of a day that was not over: until when its cost is known; None = the whole day."""


@dataclass(frozen=True, slots=True)
class Month:
    """A month's cost and where it was read."""

    month: date
    """Its first day."""
    basis: Basis | None
    """None where no cost could be read."""
    cost: Cost
    as_of: datetime | None
    """When Datadog last updated the figures, or when they were read; None where that is not known."""
    through: date | None
    """The last day that is in the figures; None = the whole month."""
    until: datetime | None = None
    """Until when that day is known, where it was not over; None = all of it."""

    @property
    def over(self) -> bool:
        """Whether the figures cover the whole month."""
        return self.through is None or (self.until is None and (self.through + timedelta(days=1)).day == 1)


@dataclass(frozen=True, slots=True)
class Source:
    """What one of Datadog's answers says that a month cost, beside the one that the statement rests on."""

    month: date
    basis: Basis
    used: bool
    total: Usd | None
    stated: Usd | None
    """Datadog's own total of the same answer; None where it gives none."""
    difference: Usd | None
    """Less the one that is used."""
    as_of: datetime | None
    through: date | None = None
    """The last day in it; None = the whole month."""
    until: datetime | None = None
    """Until when that day is known, where it was not over; None = all of it."""


@dataclass(frozen=True, slots=True)
class Untagged:
    """How much of the cost a tag explains, as far as Datadog breaks the cost down by it."""

    key: str
    tagged: Usd
    untagged: Usd
    empty: Usd
    """Carries the tag without a value."""
    rest: Usd
    """Cost that Datadog did not break down, in no share."""

    @property
    def share(self) -> Decimal | None:
        """The part of what is broken down that carries no value, 0 to 1; None where nothing is."""
        whole = self.tagged + self.untagged + self.empty
        return (self.untagged + self.empty) / whole if whole > 0 else None


@dataclass(frozen=True, slots=True)
class Forecast:
    """A product's running month."""

    product: str
    estimated: Usd | None
    projected: Usd | None


@dataclass(frozen=True, slots=True)
class Running:
    """The running month, as far as Datadog tells."""

    month: date
    estimated: Usd | None
    through: date | None
    """The last day in the estimate."""
    estimated_as_of: datetime | None
    projected: Usd | None
    projected_as_of: datetime | None
    products: tuple[Forecast, ...]
    until: datetime | None = None
    """Until when the last day is known, where it was not over; None = all of it."""


@dataclass(frozen=True, slots=True)
class TrendMonth:
    """A month of the trend; no products where the store has no cost of it."""

    month: date
    basis: Basis | None
    cost: Cost
    products: tuple[tuple[str, Usd], ...]
    """What each product cost, by its name."""


@dataclass(frozen=True, slots=True)
class Change:
    """Why a dimension costs more or less than before; the amounts add up to `after` − `before`."""

    dimension: Dimension
    label: str
    product: str
    before: Usd
    after: Usd
    usage: Usd = ZERO
    """The old price × the units used more or fewer."""
    included: Usd = ZERO
    """The old prices × the units that are included, committed or on demand instead, whatever is used."""
    rate: Usd = ZERO
    """The old units × the change of the price."""
    both: Usd = ZERO
    """The change of the price × the units more or fewer: what neither alone explains."""
    new: Usd = ZERO
    """Cost of what was not billed before."""
    ended: Usd = ZERO
    """Cost of what is not billed any more, as a negative amount."""
    unknown: Usd = ZERO
    """What cannot be split because the units are not known."""

    @property
    def amount(self) -> Usd:
        """By how much more it costs."""
        return self.after - self.before


class Prices(StrEnum):
    """What the prices are that a reconciliation rests on."""

    AGREED = "agreed"
    """The contract's or the list's."""
    EARLIER = "earlier"
    """Those measured in the month before."""
    OWN = "own"
    """Worked out of this very bill, which therefore cannot but agree."""


@dataclass(frozen=True, slots=True)
class Check:
    """A line of the reconciliation: the measured cost against the bill as a function of its use."""

    dimension: Dimension
    label: str
    product: str
    unit: str
    units: Units | None
    metered: Units | None
    """Billable units by the hourly usage; None where not all of the month was read, or how it is billed is unknown."""
    committed: Units | None
    granted: Units | None
    """Units that other products should include; None where nothing is known to include any."""
    included: Units | None
    """Units that other products include, by the bill."""
    headroom: Units | None
    """Units that could be used more before any is on demand; None where that is not known."""
    on_demand: Units | None
    rate_committed: Usd | None
    rate_on_demand: Usd | None
    rate_committed_source: PriceSource | None
    rate_on_demand_source: PriceSource | None
    rate_source: PriceSource | None
    """The least certain of those that the line's cost is made of."""
    measured: Usd | None
    explained: Usd | None
    """What the function gives at the measured use; None where the use or the price is not known."""
    rest: Usd | None
    """What of the measured cost it does not explain; None where there is no use to hold the cost against."""
    prices: Prices | None
    """By which prices it is explained; None where it is not."""
    earlier: Usd | None
    """What the use costs at the prices measured in the month before; None where `prices` is not EARLIER.

    Where the contract or the list has one of the two prices, it is the same in both.
    """
    agreed: Usd
    """The part of `explained` that is at prices of the contract or the list."""
    notes: tuple[str, ...]

    @property
    def price_change(self) -> Usd | None:
        """What other prices than in the month before make of it; None where it is not held against those."""
        return None if self.earlier is None or self.explained is None else self.explained - self.earlier


@dataclass(frozen=True, slots=True)
class Used:
    """What an organisation used of a usage type, in Datadog's units: infra_host_usage."""

    usage_type: str
    dimension: Dimension | None
    """The billing dimension that it is measured for; None where that is not known."""
    label: str
    """The dimension in words, else Datadog's name of the usage type."""
    unit: str
    """The word for many units."""
    org_id: str
    org_name: str
    units: Units


@dataclass(frozen=True, slots=True)
class Charge:
    """The finest cell of the breakdown: one organisation's cost of one dimension in a month, day or tag value."""

    month: date
    day: date | None
    days: int
    org_id: str | None
    """None = the account's, not broken down by organisation."""
    org_name: str | None
    dimension: Dimension
    label: str
    product: str
    kind: Kind
    tags: tuple[tuple[str, tuple[str, ...]], ...] | None
    """The values of each tag key that the bill is broken down by; None = not broken down by tags."""
    cost: Cost
    quantity: Quantity = Quantity()
    """Of the organisation: priced units, committed and on demand; `units` = those that it used."""
    unit: str = "units"
    fee: bool = False
    """Whether it is of a dimension that is paid by the month whatever is used."""
    percentage_in_org: Decimal | None = None
    percentage_in_account: Decimal | None = None
    tag_config_source: str | None = None
    list_price_committed: Usd | None = None
    list_price_on_demand: Usd | None = None
    list_price_source: str | None = None
    until: datetime | None = None
    """Of a day that was not over: until when its cost is known; None = the whole day."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who pays."""

    id: str
    name: str
    site: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Everything that `costguard bill` shows; its formats see nothing else."""

    generated_at: datetime
    version: str
    currency: str
    account: Account
    only: str | None
    """The one organisation that it is of; None = all."""
    first: date
    last: date
    """First days of the first and the last month."""
    by: str
    """product, org, usage-type, day, or tag:KEY."""
    cost: Cost
    before: Usd | None
    """What as many months before cost; None where the store does not have them all."""
    before_first: date
    months: tuple[Month, ...]
    lines: tuple[Line, ...]
    """Add up to `cost`, whatever the breakdown."""
    products: tuple[Line, ...]
    """The same by product."""
    orgs: tuple[Line, ...]
    """The same by organisation."""
    untagged: tuple[Untagged, ...]
    running: Running | None
    trend: tuple[TrendMonth, ...]
    """Fifteen months up to the last."""
    changes: tuple[Change, ...]
    """Every dimension that costs more or less than before, the largest change first; () where `before` is None."""
    checks: tuple[Check, ...]
    """The last month's."""
    sources: tuple[Source, ...]
    used: tuple[Used, ...]
    """By the usage attribution, of these months together; only where the breakdown is by usage type."""
    charges: tuple[Charge, ...]
    """Only where a format asked for them."""
    notes: tuple[str, ...]
    gaps: tuple[Gap, ...]
    """What of usage and cost could not be read."""

    @property
    def total(self) -> Usd | None:
        """What it all cost; None where that is not known."""
        return self.cost.total

    @property
    def complete(self) -> bool:
        """Whether everything that was asked for could be read."""
        return all(gap.optional for gap in self.gaps)


def _plus(one: Usd | None, other: Usd | None) -> Usd | None:
    return other if one is None else one if other is None else one + other
