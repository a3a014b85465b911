"""The contract with Datadog: how much of each billing dimension the company has committed to, and has included."""

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


def position(term: Term, billable: int, wasted: int, largest: int) -> Position:
    """The commitment that the company once made, seen from today's usage.

    `wasted` is the planted waste in the dimension, `largest` its largest piece: custom metrics exceed the commitment by
    less than that piece, three-day logs by less than the whole, so that clearing the waste reaches into the commitment.
    """
    committed, allotment = {
        "infra_host": (_share(billable, 90, 10), 0),
        "apm_host": (_share(billable, 110, 10), 0),
        "infra_container": (0, _share(billable, 60, 1000)),
        "timeseries": (_share(billable - largest * 7 // 10, 100, 100), 0),
        "logs_indexed_3day": (_share(billable - wasted // 2, 100, 1_000_000), 0),
        "logs_indexed_7day": (_share(billable, 120, 1_000_000), 0),
        "logs_indexed_15day": (_share(billable, 70, 1_000_000), 0),
        "logs_indexed_30day": (0, 0),
        "logs_ingested": (_share(billable, 80, 10**12), 0),
        "ingested_spans": (_share(billable, 105, 10**12), 0),
        "apm_trace_search": (_share(billable, 50, 1_000_000), _share(billable, 30, 1_000_000)),
        "rum": (_share(billable, 75, 1000), 0),
        "synthetics_api_tests": (_share(billable, 80, 10_000), 0),
        "synthetics_browser_checks": (_share(billable, 115, 1000), 0),
        "ingested_timeseries": (0, _share(billable, 200, 100)),
        "dbm_host": (_share(billable, 80, 1), 0),
        "dbm_normalized_queries": (0, _share(billable, 134, 1)),
        "fargate_container": (0, 0),
        "incident_management": (_share(billable, 137, 5), 0),
        "custom_event": (0, _share(billable, 80, 1000)),
        "sensitive_data_scanner": (0, 0),
        "bits_ai_investigations": (0, 0),
    }[term.dimension]
    return Position(term, billable, committed, allotment)
