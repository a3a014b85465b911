"""What is read of usage and cost: plain rows, one type a table of the store, kept as Datadog answered them."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a usage or cost answer; `table` is its table in the store, its fields are the columns."""

    table: ClassVar[str]


@dataclass(frozen=True, slots=True)
class HourlyUsage(Row):
    """GET /api/v2/usage/hourly_usage: one measurement of one organisation in one hour."""

    table: ClassVar[str] = "hourly_usage"
    hour: datetime
    org_public_id: str
    org_name: str
    region: str
    family: str
    usage_type: str
    value: int | None


@dataclass(frozen=True, slots=True)
class BillableUsage(Row):
    """GET /api/v1/usage/billable-summary: one organisation's month of one usage key (infra_host_top99p, …)."""

    table: ClassVar[str] = "billable_usage"
    month: date
    org_public_id: str
    org_name: str
    region: str
    billing_plan: str
    key: str
    unit: str
    account_billable: Decimal | None
    account_committed: Decimal | None
    account_on_demand: Decimal | None
    org_billable: Decimal | None
    percentage_in_account: Decimal | None
    first_hour: datetime | None
    last_hour: datetime | None


@dataclass(frozen=True, slots=True)
class MonthlyCost(Row):
    """GET /api/v2/cost_by_tag/monthly_cost_attribution: one value of one organisation's month."""

    table: ClassVar[str] = "monthly_cost"
    month: date
    org_public_id: str
    org_name: str
    field: str
    """Datadog's field, dimension and measure together: infra_host_on_demand_cost."""
    value: Decimal | None
    tags: str | None
    """JSON of the tag breakdown, keys sorted; None = the total, not broken down."""
    tag_config_source: str | None
    updated_at: str | None


@dataclass(frozen=True, slots=True)
class DimensionKey(Row):
    """GET /api/v2/usage/billing_dimension_mapping: a key under which an endpoint reports a billing dimension."""

    table: ClassVar[str] = "dimension_key"
    month: date
    dimension: str
    label: str
    endpoint: str
    """api/v1/usage/billable-summary, api/v2/usage/hourly_usage, …"""
    key: str | None
    """None where the endpoint does not report it (status NOT_FOUND)."""


@dataclass(frozen=True, slots=True)
class ActiveDimension(Row):
    """GET /api/v2/cost_by_tag/active_billing_dimensions: a dimension that the account was billed for."""

    table: ClassVar[str] = "active_dimension"
    month: date
    dimension: str


@dataclass(frozen=True, slots=True)
class IndexUsage(Row):
    """GET /api/v1/usage/logs_by_index: one log index's day, the sum of its hours."""

    table: ClassVar[str] = "index_usage"
    day: date
    org_public_id: str
    org_name: str
    index_id: str
    index_name: str
    retention_days: int | None
    events: int | None
    """`event_count`: all events that the index took, live and rehydrated."""
    live_events: int | None
    rehydrated_events: int | None


@dataclass(frozen=True, slots=True)
class MetricUsage(Row):
    """GET /api/v1/usage/top_avg_metrics: one metric's month."""

    table: ClassVar[str] = "metric_usage"
    month: date
    name: str
    category: str
    avg_series: Decimal | None
    """Time series, average of the month's hours."""
    max_series: Decimal | None


ROWS: tuple[type[Row], ...] = (
    HourlyUsage,
    BillableUsage,
    MonthlyCost,
    DimensionKey,
    ActiveDimension,
    IndexUsage,
    MetricUsage,
)


@dataclass(frozen=True, slots=True)
class Period:
    """Opens a period of a table while collecting: the rows that follow are all that it holds, until the next one.

    Reading a period again replaces what the store had of it.
    """

    table: type[Row]
    key: str
    """"2026-10" or "2026-10-31": the period that is read as a whole."""
    final: bool
    """Whether Datadog will not correct it any more, so that it is never read again."""
