"""What costguard says: findings with their evidence, and gaps for what it could not see."""

import hashlib
from decimal import Decimal
from enum import StrEnum

from pydantic import Field, model_validator

from costguard.model.base import Frozen
from costguard.model.money import Dimension, Units, Usd


class Cause(StrEnum):
    """Why something could not be read or judged."""

    MISSING_PERMISSION = "missing_permission"
    NOT_PARENT = "not_parent"
    NOT_ON_SITE = "not_on_site"
    NOT_AVAILABLE = "not_available"
    """Answered 404 or empty by design: a preview not enabled, a product not bought, a month not yet published."""
    RATE_LIMITED = "rate_limited"
    UNREACHABLE = "unreachable"
    MALFORMED = "malformed"
    FAILED = "failed"


class Gap(Frozen):
    """Something that could not be read or judged: a value in the report, never only a log line."""

    org: str
    what: str
    """What is missing, in the words of a reader: a resource kind ("dashboard") or a rule id."""
    cause: Cause
    hint: str
    """The next step: "grant dashboards_read to the application key"."""
    optional: bool = False
    """True for what is simply not there (a preview, a product not bought): listed, but the run is not incomplete."""


class Confidence(StrEnum):
    """How sure the rule is of its claim."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def lowered(self) -> "Confidence":
        """One step less sure."""
        return Confidence.MEDIUM if self is Confidence.HIGH else Confidence.LOW


class Risk(StrEnum):
    """What acting on the finding may break."""

    SAFE = "safe"
    REVIEW = "review"


class Effort(StrEnum):
    """How long acting on it takes."""

    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"


class Evidence(Frozen):
    """One fact that the claim rests on."""

    label: str
    value: str
    source: str
    """Where it was read: "GET /api/v1/monitor/search", "GET /api/v1/usage/billable-summary, October 2026"."""


class Fix(Frozen):
    """How to act on a finding, as text: costguard never executes it."""

    ui: str = ""
    """The way through Datadog's pages."""
    api: str = ""
    """Method, path and JSON body."""
    terraform: str = ""
    """A snippet for Datadog's Terraform provider."""


class ResourceRef(Frozen):
    """The resource that a finding is about."""

    org: str
    kind: str
    id: str
    name: str
    url: str = ""
    tags: tuple[str, ...] = ()


class Finding(Frozen):
    """A rule's claim about one resource: which billable units it would free, never what they cost.

    A claim about the use of something `frees` units; one about the contract `commits` to other amounts; one that is
    about neither (a budget, a missing tag) has no price because there is nothing to be priced.
    """

    rule: str
    resource: ResourceRef
    owner: str | None = None
    why: str
    """The evidence in a sentence."""
    do: str
    """The next step in a sentence."""
    evidence: tuple[Evidence, ...] = ()
    frees: dict[Dimension, Units] = Field(default_factory=dict)
    """Billable units a month that would no longer be used; negative = used instead."""
    commits: dict[Dimension, Units] = Field(default_factory=dict)
    """Units by which to change commitments when the contract is next signed: more (+) or fewer (−)."""
    concerns: Usd | None = None
    """The money that a claim which saves nothing on Datadog's bill is about (what a budget is exceeded by, what a
    workload costs its cluster): shown and ranked by, never a saving."""
    event: str = ""
    """Of a claim about something that happened: which time, such as its first day, for the next time is another."""
    confidence: Confidence
    risk: Risk = Risk.REVIEW
    effort: Effort = Effort.MINUTES
    fix: Fix | None = None

    @model_validator(mode="after")
    def _one_claim(self) -> "Finding":
        if self.frees and self.commits:
            raise ValueError(
                "a finding is about the use of something (frees) or about the contract (commits), not both"
            )
        return self

    @property
    def fingerprint(self) -> str:
        """The finding's identity over time: of rule, organisation, kind, id and event; no money, no name."""
        parts = [self.rule, self.resource.org, self.resource.kind, self.resource.id, *([self.event] * bool(self.event))]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def units(value: int | float | str | Decimal) -> Units:
    """A count of billable units as an exact decimal; floats are read as they print."""
    return value if isinstance(value, Decimal) else Decimal(str(value))
