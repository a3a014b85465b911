"""A report: findings after triage with their money, gaps, totals and the bill that they were priced from."""

from datetime import date, datetime
from enum import StrEnum

from costguard.model.base import Frozen
from costguard.model.findings import Finding, Gap
from costguard.model.money import Dimension, PriceSource, Saving, Units, Usd


class State(StrEnum):
    """What has become of a finding since earlier runs."""

    NEW = "new"
    KNOWN = "known"
    ACCEPTED = "accepted"


class Judged(Frozen):
    """A finding with its money and its place among the others."""

    finding: Finding
    title: str
    """The rule's question."""
    product: str
    """synthetics, logs, metrics, …: the rule's folder."""
    saving: Saving | None
    """What it alone would save; None for a claim that is about no units that Datadog bills: nothing is to be priced."""
    score: int
    """0–100, for ranking only; see triage."""
    state: State = State.NEW
    first_seen: datetime
    overlaps_with: tuple[str, ...] = ()
    """Fingerprints of larger findings about the same resource that free the same dimension."""


class ReportOrg(Frozen):
    """An organisation that was audited."""

    name: str
    public_id: str | None
    site: str
    parent: bool | None


class ReportGap(Frozen):
    """A gap and what it cost the report."""

    gap: Gap
    rules: tuple[str, ...] = ()
    """Rules that did not run, or ran with less confidence, because of it."""
    prices: tuple[str, ...] = ()
    """Rules whose findings are priced without it, and so less surely or not at all."""


class Sum(Frozen):
    """What a set of findings saves together, each dollar once."""

    findings: int
    now: Usd | None
    at_renewal: Usd | None
    unpriced: int
    """Findings among them that have no price."""

    @property
    def priceless(self) -> bool:
        """Whether there is nothing among them to be priced: then both amounts are None, and not because unknown."""
        return self.now is None and self.at_renewal is None and not self.unpriced


NOTHING = Sum(findings=0, now=Usd(0), at_renewal=Usd(0), unpriced=0)
"""What no findings save."""


class BillLine(Frozen):
    """One billing dimension of the account's last closed month."""

    dimension: Dimension
    label: str
    product: str
    units: Units | None
    unit: str
    committed_units: Units | None
    on_demand_units: Units | None
    cost: Usd | None
    committed_cost: Usd | None
    on_demand_cost: Usd | None
    rate_source: PriceSource | None


class BillSummary(Frozen):
    """The bill that savings were measured against."""

    month: date
    total: Usd | None
    """Measured cost of the month; None where no cost could be read."""
    source: PriceSource | None
    residual: Usd | None
    """Measured cost less what the bill function gives at the measured usage."""
    lines: tuple[BillLine, ...]


class Report(Frozen):
    """Everything that a reporter shows; reporters see nothing else."""

    generated_at: datetime
    version: str
    currency: str
    orgs: tuple[ReportOrg, ...]
    findings: tuple[Judged, ...]
    """Highest score first."""
    gaps: tuple[ReportGap, ...]
    total: Sum
    """What the findings about the use of something save; the findings of all kinds are counted."""
    rates: Sum = NOTHING
    """What changed commitments save beyond that, at the use that is left once all of `total` is acted on."""
    by_product: dict[str, Sum]
    """As `total`, by product; a product of which there are only findings about commitments is not among them."""
    by_rule: dict[str, Sum]
    """As `total`, or as `rates` for a rule about commitments."""
    bill: BillSummary | None
    rules_run: tuple[str, ...] = ()
    """Ids of the rules that judged at least one organisation."""

    @property
    def complete(self) -> bool:
        """Whether everything that was asked for could be read and judged."""
        return all(each.gap.optional for each in self.gaps)
