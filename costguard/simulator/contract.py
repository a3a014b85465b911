"""The contract with Datadog: what each billing dimension costs, and how much of it the company has committed to."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Term:
    """One billing dimension of the contract, in single billable units a month."""

    dimension: str
    label: str
    unit: str
    key: str
    """Its key in the billable summary; empty for a fee without usage."""
    family: str
    usage_type: str
    """Where the hourly usage reports it."""
    committed_rate: Decimal
    on_demand_rate: Decimal
    shape: str = "sum"
    """How hours make a month: sum, average or top99p."""


def _sum(dimension: str, label: str, unit: str, where: str, committed: str, on_demand: str) -> Term:
    family, _, usage_type = where.partition("/")
    rates = Decimal(committed), Decimal(on_demand)
    return Term(dimension, label, unit, f"{dimension}_sum", family, usage_type, *rates)


def _logs(days: int, committed: str, on_demand: str) -> Term:
    where = f"indexed_logs/logs_indexed_events_{days}_day_count"
    label = f"Indexed Logs ({days} Day Retention)"
    return _sum(f"logs_indexed_{days}day", label, "events", where, committed, on_demand)


def _hosts(dimension: str, label: str, usage_type: str, committed: str, on_demand: str) -> Term:
    rates = Decimal(committed), Decimal(on_demand)
    return Term(dimension, label, "hosts", f"{dimension}_top99p", "infra_hosts", usage_type, *rates, shape="top99p")


TERMS = (
    _hosts("infra_host", "Infra Hosts", "host_count", "15", "22.5"),
    _hosts("apm_host", "APM Hosts", "apm_host_count", "31", "36"),
    _sum("infra_container", "Containers", "container hours", "infra_hosts/container_count", "0.0016", "0.002"),
    Term(
        dimension="timeseries",
        label="Custom Metrics",
        unit="time series",
        key="timeseries_average",
        family="timeseries",
        usage_type="num_custom_timeseries",
        committed_rate=Decimal("0.05"),
        on_demand_rate=Decimal("0.06"),
        shape="average",
    ),
    _logs(3, "0.00000106", "0.00000159"),
    _logs(7, "0.00000127", "0.00000191"),
    _logs(15, "0.0000017", "0.00000255"),
    _logs(30, "0.0000025", "0.00000375"),
    _sum("logs_ingested", "Ingested Logs", "bytes", "logs/billable_ingested_bytes", "0.0000000001", "0.0000000001"),
    _sum(
        "ingested_spans",
        "Ingested Spans",
        "bytes",
        "ingested_spans/ingested_events_bytes",
        "0.0000000001",
        "0.00000000015",
    ),
    _sum(
        "apm_trace_search", "Indexed Spans", "events", "indexed_spans/indexed_events_count", "0.0000017", "0.00000255"
    ),
    _sum("rum", "RUM Sessions", "sessions", "rum_browser_sessions/session_count", "0.0015", "0.0022"),
    _sum(
        "synthetics_api_tests", "Synthetics API Tests", "runs", "synthetics_api/check_calls_count", "0.0005", "0.00072"
    ),
    _sum(
        *(
            "synthetics_browser_checks",
            "Synthetics Browser Tests",
            "runs",
            "synthetics_browser/browser_check_calls_count",
        ),
        *("0.012", "0.018"),
    ),
)
"""Per single unit; what is published of list prices is per thousand, million or gigabyte of these (DOMAIN.md, A2)."""

SUPPORT = "premier_support"
SUPPORT_FEE = Decimal(2_400)
"""A fee without usage, per scale step and month."""


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
    }[term.dimension]
    return Position(term, billable, committed, allotment)
