"""The types of the public JSON document `costguard.report/1`; they change only by a new version."""

from typing import Annotated, Literal

from pydantic import Field

from costguard.document import Number, Public, Time
from costguard.model.findings import Cause, Confidence, Effort, Risk
from costguard.model.money import PriceSource
from costguard.model.report import State

VERSION = "costguard.report/1"


class Org(Public):
    """An organisation that was audited."""

    name: str
    """Its name in the settings."""
    public_id: str | None
    site: str
    parent: bool | None
    """Whether it is the account's parent organisation; null where that was not found out."""


class Resource(Public):
    """What a finding is about."""

    kind: str
    """synthetic_test, monitor, dashboard, log_index, log_slice, metric, host, …"""
    id: str
    name: str
    url: str | None
    tags: list[str]


class Evidence(Public):
    """One fact that the claim rests on, and where it was read."""

    label: str
    value: str
    source: str


class Freed(Public):
    """Billable units a month: freed or, where negative, used in addition; of a commitment, signed for or given up."""

    dimension: str
    """Datadog's name of the billing dimension."""
    units: Number
    unit: str | None
    """What one unit is; null where the bill does not name it."""


class Saving(Public):
    """What the finding alone is worth, in the report's currency, a month."""

    now: Number | None
    """What the next invoice drops by."""
    at_renewal: Number | None
    """What the freed part of a commitment is worth when the contract is next signed; in addition to `now`."""
    source: PriceSource | None
    """The least certain of the prices behind it."""
    working: str
    """The sum as one reads it."""


class Remedy(Public):
    """How to act on it, as text: costguard never executes it."""

    ui: str | None
    api: str | None
    terraform: str | None


class Finding(Public):
    """Something that could stop being paid for."""

    rule: str
    title: str
    """The rule's question."""
    product: str
    org: str
    resource: Resource
    owner: str | None
    why: str
    do: str
    evidence: list[Evidence]
    frees: list[Freed]
    """What would no longer be used; empty for a finding that is not about the use of something."""
    commits: list[Freed]
    """By how much to change commitments when the contract is next signed: more, or fewer where negative."""
    concerns: Number | None
    """The money that a finding without a saving is about, such as what a budget is exceeded by: never a saving."""
    saving: Saving | None
    """null where there is nothing to be priced: it neither frees nor commits units that Datadog bills; amounts inside
    it are null where a price is not known."""
    confidence: Confidence
    risk: Risk
    effort: Effort
    score: Annotated[int, Field(ge=0, le=100)]
    """For ranking only."""
    state: State
    first_seen: Time
    overlaps_with: list[str]
    """Fingerprints of larger findings about the same resource; totals count such units once."""
    fix: Remedy | None
    fingerprint: str
    """The same in every run, whatever the resource is called and whatever it costs."""


class Gap(Public):
    """Something that could not be read or judged."""

    org: str
    what: str
    cause: Cause
    hint: str
    optional: bool
    """true for what is simply not there: listed, but the run is not incomplete."""
    rules: list[str]
    """Rules that did not run, or ran with less confidence."""
    prices: list[str]
    """Rules whose findings are priced without it, and so less surely or not at all."""


class Total(Public):
    """What a set of findings saves together, a month, each unit counted once."""

    findings: int
    now: Number | None
    """null where it is not known, or where nothing among the findings could have a price."""
    at_renewal: Number | None
    unpriced: int
    """Findings among them whose price is not known; they are not in the amounts."""


class Totals(Total):
    """All findings together, and by product and rule; amounts are of the findings that free units."""

    rates: Total
    """What changed commitments save at renewal in addition, at the use that is left once all that could be freed is."""
    by_product: dict[str, Total]
    """Without the findings about commitments."""
    by_rule: dict[str, Total]
    """Of a rule about commitments as in `rates`."""


class BillLine(Public):
    """One billing dimension of the month."""

    dimension: str
    units: Number | None
    committed_units: Number | None
    on_demand_units: Number | None
    cost: Number | None
    committed_cost: Number | None
    on_demand_cost: Number | None


class Bill(Public):
    """The bill of the last closed month."""

    month: Annotated[str, Field(pattern=r"^\d{4}-\d\d$")]
    total: Number | None
    source: PriceSource | None
    residual: Number | None
    """Measured cost less what the bill function gives at the measured usage."""
    lines: list[BillLine]


class Document(Public):
    """What could be stopped being paid for in Datadog, why, how sure that is, and what could not be seen."""

    schema_: Literal["costguard.report/1"] = Field(alias="schema")
    generated_at: Time
    costguard_version: str
    currency: str
    """ISO 4217 code of every amount."""
    orgs: list[Org]
    findings: list[Finding]
    """Highest score first."""
    gaps: list[Gap]
    totals: Totals
    bill: Bill | None
