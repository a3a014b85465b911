"""The types of the public JSON document `costguard.bill/1`; they change only by a new version."""

from typing import Annotated, Literal

from pydantic import Field

from costguard.document import Number, Public, Time
from costguard.model.findings import Cause
from costguard.model.money import PriceSource
from costguard.model.statement import Basis, Kind, Prices

VERSION = "costguard.bill/1"

Month = Annotated[str, Field(pattern=r"^\d{4}-\d\d$")]
"""A month: 2026-10."""

Day = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]
"""A day: 2026-10-31."""


class Account(Public):
    """Who pays."""

    id: str
    """Datadog's public id of the parent organisation; its name in the settings where that is not known."""
    name: str
    site: str


class Cost(Public):
    """An amount by how it is charged; a part is null where Datadog named no amount, which is not zero."""

    committed: Number | None
    on_demand: Number | None
    unsplit: Number | None
    """Cost of which Datadog gave only the total."""
    total: Number | None


class Part(Public):
    """A billing dimension's share of a line."""

    dimension: str
    """Datadog's name; "" for cost that Datadog gives to no product."""
    label: str
    product: str
    cost: Cost
    before: Number | None
    units: Number | None
    """Billable units of the months together."""
    committed_units: Number | None
    on_demand_units: Number | None
    unit: str


class Line(Public):
    """A line of the breakdown."""

    key: str
    """A product, an organisation's public id, a tag's value, committed, on_demand or unsplit, or a day; "" for the rest
    and for what carries no tag."""
    label: str
    kind: Kind
    """value; untagged or empty: use without the tag or with an empty one; rest: what the breakdown does not say."""
    cost: Cost
    before: Number | None
    """What it cost in the months before; null where that is not known."""
    restated: Number
    """Of a day: what earlier days were corrected by, never positive."""
    days: int
    """Of a day: how many days it covers."""
    until: Time | None
    """Of a day that was not over: until when its cost is known; null = the whole day."""
    parts: list[Part]


class CostMonth(Public):
    """A month's cost and where it was read."""

    month: Month
    basis: Basis | None
    """historical: as invoiced; attributed; estimated; projected; null where no cost could be read."""
    cost: Cost
    as_of: Time | None
    through: Day | None
    """The last day in the figures; null = the whole month."""
    until: Time | None
    """Until when that day is known, where it was not over; null = all of it."""


class Untagged(Public):
    """How much of the cost a tag explains."""

    key: str
    tagged: Number
    untagged: Number
    empty: Number
    rest: Number
    """Cost that Datadog does not break down by it; in no share."""
    share: Number | None
    """Of what is broken down, the part without a value, 0 to 1."""


class Forecast(Public):
    """A product's running month."""

    product: str
    estimated: Number | None
    projected: Number | None


class Running(Public):
    """The running month."""

    month: Month
    estimated: Number | None
    through: Day | None
    until: Time | None
    """Until when that day is known, where it was not over; null = all of it."""
    estimated_as_of: Time | None
    projected: Number | None
    projected_as_of: Time | None
    products: list[Forecast]


class ProductCost(Public):
    """What a product cost in a month of the trend."""

    product: str
    total: Number


class TrendMonth(Public):
    """A month of the trend."""

    month: Month
    basis: Basis | None
    cost: Cost
    products: list[ProductCost]


class Change(Public):
    """Why a dimension costs more or less; its parts, usage to unknown, add up to after − before."""

    dimension: str
    label: str
    product: str
    before: Number
    after: Number
    usage: Number
    """The old price × the units used more or fewer."""
    included: Number
    """The old prices × the units that are included, committed or on demand instead, whatever is used."""
    rate: Number
    """The old units × the change of the price."""
    both: Number
    """The change of the price × the units more or fewer."""
    new: Number
    ended: Number
    unknown: Number
    """What cannot be split because the units are not known."""


class Check(Public):
    """The measured cost of a dimension against the bill as a function of its use."""

    dimension: str
    label: str
    product: str
    unit: str
    units: Number | None
    metered_units: Number | None
    """What the hours of the month come to; null where not all of them were read, or how they are billed is unknown."""
    committed_units: Number | None
    granted_units: Number | None
    """What other products should include; null where nothing is known to include any."""
    included_units: Number | None
    """What other products include, by the bill."""
    headroom_units: Number | None
    """Units that could be used more before any is on demand."""
    on_demand_units: Number | None
    rate_committed: Number | None
    rate_on_demand: Number | None
    rate_committed_source: PriceSource | None
    rate_on_demand_source: PriceSource | None
    rate_source: PriceSource | None
    """The least certain of those that the line's cost is made of."""
    measured: Number | None
    explained: Number | None
    rest: Number | None
    prices: Prices | None
    """By which prices it is explained: agreed, by contract or list; earlier, those measured in the month before; own,
    worked out of this very bill, which therefore cannot but agree."""
    at_earlier_prices: Number | None
    """What the use costs at the prices of the month before; null where it is not held against those."""
    price_change: Number | None
    """What other prices than then make of it: explained − at_earlier_prices."""
    notes: list[str]


class Source(Public):
    """What one of Datadog's answers says that a month cost."""

    month: Month
    basis: Basis
    used: bool
    total: Number | None
    stated: Number | None
    """Datadog's own total of the same answer."""
    difference: Number | None
    """Less the one that is used."""
    as_of: Time | None
    through: Day | None
    until: Time | None


class Used(Public):
    """What an organisation used of a usage type, in Datadog's units."""

    usage_type: str
    """infra_host_usage"""
    dimension: str | None
    label: str
    """The dimension in words, else the usage type."""
    unit: str
    org_id: str
    org: str
    units: Number


class Gap(Public):
    """Something of usage or cost that could not be read."""

    org: str
    what: str
    cause: Cause
    hint: str
    optional: bool


class Document(Public):
    """What an account paid Datadog for a month or several, where each figure was read, and why it changed."""

    schema_: Literal["costguard.bill/1"] = Field(alias="schema")
    generated_at: Time
    costguard_version: str
    currency: str
    """ISO 4217 code of every amount."""
    account: Account
    only: str | None
    """The one organisation that it is of; null = all."""
    first: Month
    last: Month
    by: str
    """product, org, usage-type, day, or tag:KEY."""
    cost: Cost
    before: Number | None
    """What as many months before cost; null where the store does not have them all."""
    before_first: Month
    months: list[CostMonth]
    lines: list[Line]
    """Add up to `cost`, whatever the breakdown."""
    products: list[Line]
    orgs: list[Line]
    untagged: list[Untagged]
    running: Running | None
    trend: list[TrendMonth]
    changes: list[Change]
    reconciliation: list[Check]
    sources: list[Source]
    used: list[Used]
    """By usage type only: what each organisation used by the usage attribution."""
    notes: list[str]
    gaps: list[Gap]
