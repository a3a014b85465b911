"""What the company buys of Datadog: each billing dimension with its prices, and the names that report it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Shape = Literal["sum", "average", "top99p", "maximum"]
"""How a month's hours make its billable usage."""


@dataclass(frozen=True)
class Term:
    """One billing dimension of the contract, in single billable units a month (names: docs/datadog.md, A5)."""

    dimension: str
    label: str
    unit: str
    family: str
    usage_type: str
    """Where the hourly usage reports it."""
    attribution: str
    """Its name in usage attribution, without _usage or _percentage."""
    committed_rate: Decimal
    on_demand_rate: Decimal
    shape: Shape = "sum"

    @property
    def key(self) -> str:
        """Its key in the billable summary."""
        return f"{self.dimension}_{self.shape}"


def _term(
    dimension: str, label: str, unit: str, where: str, attribution: str, rates: tuple[str, str], shape: Shape = "sum"
) -> Term:
    family, _, usage_type = where.partition("/")
    committed, on_demand = (Decimal(rate) for rate in rates)
    return Term(dimension, label, unit, family, usage_type, attribution, committed, on_demand, shape)


def _logs(days: int, committed: str, on_demand: str) -> Term:
    return _term(
        f"logs_indexed_{days}day",
        f"Indexed Logs ({days} Day Retention)",
        "events",
        f"indexed_logs/logs_indexed_events_{days}_day_count",
        f"logs_indexed_{days}day",
        (committed, on_demand),
    )


TERMS = (
    _term("infra_host", "Infra Hosts", "hosts", "infra_hosts/host_count", "infra_host", ("15", "22.5"), "top99p"),
    _term("apm_host", "APM Hosts", "hosts", "infra_hosts/apm_host_count", "apm_host", ("31", "36"), "top99p"),
    _term(
        *("infra_container", "Containers", "container hours", "infra_hosts/container_count", "container"),
        ("0.0016", "0.002"),
    ),
    _term(
        *("timeseries", "Custom Metrics", "time series", "timeseries/num_custom_timeseries", "custom_timeseries"),
        *(("0.05", "0.06"), "average"),
    ),
    _logs(3, "0.00000106", "0.00000159"),
    _logs(7, "0.00000127", "0.00000191"),
    _logs(15, "0.0000017", "0.00000255"),
    _logs(30, "0.0000025", "0.00000375"),
    _term(
        *("logs_ingested", "Ingested Logs", "bytes", "logs/billable_ingested_bytes", "ingested_logs_bytes"),
        ("0.0000000001", "0.0000000001"),
    ),
    _term(
        *("ingested_spans", "Ingested Spans", "bytes", "ingested_spans/ingested_events_bytes", "ingested_spans_bytes"),
        ("0.0000000001", "0.00000000015"),
    ),
    _term(
        *("apm_trace_search", "Indexed Spans", "events", "indexed_spans/indexed_events_count", "indexed_spans"),
        ("0.0000017", "0.00000255"),
    ),
    _term(
        *("rum", "RUM Sessions", "sessions", "rum_browser_sessions/session_count", "rum_browser_mobile_sessions"),
        ("0.0015", "0.0022"),
    ),
    _term(
        *("synthetics_api_tests", "Synthetics API Tests", "runs", "synthetics_api/check_calls_count", "api"),
        ("0.0005", "0.00072"),
    ),
    _term(
        *("synthetics_browser_checks", "Synthetics Browser Tests", "runs"),
        *("synthetics_browser/browser_check_calls_count", "browser", ("0.012", "0.018")),
    ),
    _term(
        *("ingested_timeseries", "Ingested Custom Metrics", "time series", "timeseries/num_custom_input_timeseries"),
        *("custom_ingested_timeseries", ("0.001", "0.0012"), "average"),
    ),
    _term("dbm_host", "Database Hosts", "hosts", "dbm/dbm_host_count", "dbm_hosts", ("70", "84"), "top99p"),
    _term(
        *("dbm_normalized_queries", "Normalized Queries", "queries", "dbm/dbm_queries_count", "dbm_queries"),
        *(("0.1", "0.12"), "average"),
    ),
    _term("fargate_container", "Fargate Tasks", "tasks", "fargate/tasks_count", "fargate", ("1", "1.2"), "average"),
    _term(
        *("incident_management", "Incident Management", "users", "incident_management/monthly_active_users"),
        *("incident_management_monthly_active_users", ("20", "29"), "maximum"),
    ),
    _term(
        *("custom_event", "Custom Events", "events", "custom_events/num_custom_events", "custom_event"),
        ("0.00002", "0.00003"),
    ),
    _term(
        *("sensitive_data_scanner", "Sensitive Data Scanner", "bytes", "sds/total_scanned_bytes", "sds_scanned_bytes"),
        ("0.00000000025", "0.0000000003"),
    ),
    _term(
        *("bits_ai_investigations", "Bits AI Investigations", "investigations", "bits_ai/bits_ai_investigations"),
        *("bits_ai_investigations", ("1.5", "2")),
    ),
)
"""Per single unit; list prices are published per thousand, million or gigabyte of these (docs/datadog.md, A2)."""

BY_DIMENSION = {term.dimension: term for term in TERMS}

SUPPORT = "premier_support"
SUPPORT_LABEL = "Premier Support"
SUPPORT_FEE = Decimal(2_400)
"""A fee without usage, per scale step and month."""
