"""The contract with Datadog: how much of each billing dimension the company has committed to, and has included."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from costguard.simulator.terms import Term


@dataclass(frozen=True)
class Position:
    """Where a dimension stands: what is billable, committed, and included with other products."""

    term: Term
    billable: int
    committed: int
    allotment: int

    @property
    def counted(self) -> int:
        """Units by which it includes other products: committed or used, whichever is more."""
        return max(self.billable, self.committed)

    @property
    def on_demand(self) -> int:
        """Units beyond allotment and commitment."""
        return max(0, self.billable - self.allotment - self.committed)

    @property
    def unused(self) -> int:
        """Units of the commitment that nothing uses."""
        return max(0, self.committed - max(0, self.billable - self.allotment))

    @property
    def committed_cost(self) -> Decimal:
        """What the commitment costs, used or not."""
        return self.committed * self.term.committed_rate

    @property
    def on_demand_cost(self) -> Decimal:
        """What the rest costs."""
        return self.on_demand * self.term.on_demand_rate


def _share(amount: int, percent: int, step: int) -> int:
    """A percentage of an amount, cut down to whole steps, as one signs for it."""
    return amount * percent // 100 // step * step


INCLUDES = {
    "infra_container": ("infra_host", 5),
    "timeseries": ("infra_host", 100),
    "ingested_timeseries": ("infra_host", 100),
    "custom_event": ("infra_host", 500),
    "apm_trace_search": ("apm_host", 1_000_000),
    "ingested_spans": ("apm_host", 150 * 10**9),
    "dbm_normalized_queries": ("dbm_host", 200),
}
"""What each unit of a product includes, by what is included: the published quantities of the Pro plan (docs/datadog.md,
A2), a month or at any time; of containers in each hour."""


def included(dimension: str, positions: Mapping[str, Position], hours: int) -> int:
    """Units that other products include in a month of so many hours; `positions` are those of these products."""
    parent, quantity = INCLUDES.get(dimension, ("", 0))
    if parent not in positions:
        return 0
    return positions[parent].counted * quantity * (hours if dimension == "infra_container" else 1)


def committed(dimension: str, billable: int, allotment: int, wasted: int, largest: int) -> int:
    """The commitment that the company once made, seen from today's usage.

    `wasted` is the planted waste in the dimension, `largest` its largest piece: custom metrics exceed the commitment by
    less than that piece, three-day logs by less than the whole, so that clearing the waste reaches into the commitment.
    """
    return {
        "infra_host": _share(billable, 90, 10),
        "apm_host": _share(billable, 110, 10),
        "timeseries": _share(billable - allotment - largest * 7 // 10, 100, 100),
        "logs_indexed_3day": _share(billable - wasted // 2, 100, 1_000_000),
        "logs_indexed_7day": _share(billable, 120, 1_000_000),
        "logs_indexed_15day": _share(billable, 70, 1_000_000),
        "logs_ingested": _share(billable, 80, 10**12),
        "apm_trace_search": _share(billable, 10, 1_000_000),
        "rum": _share(billable, 75, 1000),
        "synthetics_api_tests": _share(billable, 80, 10_000),
        "synthetics_browser_checks": _share(billable, 115, 1000),
        "dbm_host": _share(billable, 80, 1),
        "fargate_container": _share(billable, 102, 1),
        "incident_management": _share(billable, 137, 5),
    }.get(dimension, 0)
