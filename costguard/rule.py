"""What a rule is: the only module of costguard that rules import."""

import inspect
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, Generic, TypeVar, cast

from pydantic import BaseModel, ConfigDict

from costguard.estate import Estate, Reference
from costguard.hcl import hcl, hcl_label
from costguard.model.findings import (
    Confidence,
    Effort,
    Evidence,
    Finding,
    Fix,
    ResourceRef,
    Risk,
)
from costguard.model.money import Dimension, Frees, Units, Usd
from costguard.model.resources import (
    ContainerGroup,
    Dashboard,
    Downtime,
    LogIndex,
    LogSlice,
    Metric,
    Monitor,
    Notebook,
    Query,
    Resource,
    Slo,
    SyntheticsDowntime,
    SyntheticTest,
)
from costguard.model.spend import Attribution, BilledMonth, BillingDimension, Budget, DailySpend, SpentDay
from costguard.wording import money

__all__ = [
    "Attribution",
    "BilledMonth",
    "BillingDimension",
    "Budget",
    "Confidence",
    "ContainerGroup",
    "DailySpend",
    "Dashboard",
    "Dimension",
    "Downtime",
    "Effort",
    "Estate",
    "Evidence",
    "Finding",
    "Fix",
    "Frees",
    "Iterator",
    "LogIndex",
    "LogSlice",
    "Metric",
    "Monitor",
    "Notebook",
    "Options",
    "Query",
    "Reference",
    "Resource",
    "Risk",
    "Rule",
    "Slo",
    "SpentDay",
    "SyntheticTest",
    "SyntheticsDowntime",
    "Units",
    "Usd",
    "datetime",
    "hcl",
    "hcl_label",
    "money",
    "timedelta",
]


class Options(BaseModel):
    """A rule's thresholds: each field has a default and a description that names its unit."""

    model_config = ConfigDict(frozen=True, extra="forbid")


O = TypeVar("O", bound=Options)  # noqa: E741 - the name that the design gives it

HEADINGS = ("What it finds", "Why it costs", "What to do", "When it is wrong")
"""The headings of a rule's documentation, in this order."""

OWNER_KEYS = ("team", "owner", "service")
"""Tag keys that name an owner, best first."""


class Rule(ABC, Generic[O]):
    """A question to ask of every resource of a kind; the docstring is the rule's documentation.

    Its first line is the question that serves as title, followed by the `HEADINGS` as second-level Markdown headings.
    """

    id: ClassVar[str]
    """"<product>-<rule>", the same as its file's path."""
    needs: ClassVar[tuple[type[Resource], ...]]
    """Kinds that must have been read completely: in an organisation without them the rule does not run."""
    refines: ClassVar[tuple[type[Resource], ...]] = ()
    """Kinds without which it runs with less confidence, and says so."""
    Options: ClassVar[type[Options]]

    def __init__(self, options: O) -> None:
        self.options = options

    @classmethod
    def configured(cls, values: Mapping[str, Any]) -> "Rule[O]":
        """The rule with these thresholds; raises pydantic.ValidationError for an unknown name or a wrong value."""
        return cls(cast(O, cls.Options.model_validate(dict(values))))

    @classmethod
    def documentation(cls) -> str:
        """The docstring, dedented."""
        return inspect.cleandoc(cls.__doc__ or "")

    @classmethod
    def title(cls) -> str:
        """The question that the rule asks."""
        return cls.documentation().partition("\n")[0]

    @classmethod
    def product(cls) -> str:
        """The product that it is about: the first word of its id."""
        return cls.id.partition("-")[0]

    @abstractmethod
    def check(self, estate: Estate) -> Iterator[Finding]:
        """Every finding in the estate, which holds one organisation's resources and all that was read of them."""

    def finding(
        self,
        resource: Resource,
        *,
        why: str,
        do: str,
        confidence: Confidence,
        frees: Frees = {},  # noqa: B006 - a default that nobody can change: Frees is a Mapping
        commits: Frees = {},  # noqa: B006
        concerns: Usd | None = None,
        event: str = "",
        evidence: tuple[Evidence, ...] = (),
        risk: Risk = Risk.REVIEW,
        effort: Effort = Effort.MINUTES,
        fix: Fix | None = None,
    ) -> Finding:
        """A finding of this rule about `resource`, owned by whom its tags name; see `Finding` for what it claims."""
        return Finding(
            rule=self.id,
            resource=ResourceRef(
                org=resource.org,
                kind=resource.kind,
                id=resource.id,
                name=resource.name or resource.id,
                url=resource.url,
                tags=resource.tags,
            ),
            owner=next((value for key in OWNER_KEYS for value in resource.tag_values(key)), None),
            why=why,
            do=do,
            evidence=evidence,
            frees={dimension: units for dimension, units in frees.items() if units},
            commits={dimension: units for dimension, units in commits.items() if units},
            concerns=concerns,
            event=event,
            confidence=confidence,
            risk=risk,
            effort=effort,
            fix=fix,
        )
