"""What is read of usage and cost: plain rows, one type a table of the store, kept as Datadog answered them."""

from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar, TypeAlias

Day: TypeAlias = date
"""A date, for rows with a field of that name."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a usage or cost answer; `table` is its table in the store, its fields are the columns."""

    table: ClassVar[str]
    varying: ClassVar[tuple[str, ...]] = ()
    """The columns in which the rows of a series differ (model/series.py); () = rows come one by one."""


def columns(table: type[Row]) -> tuple[str, ...]:
    """The columns of a table's own fields, in their order."""
    return tuple(field.name for field in fields(table))


@dataclass(frozen=True, slots=True)
class HourlyUsage(Row):
    """GET /api/v2/usage/hourly_usage: one measurement of one organisation in one hour."""

    table: ClassVar[str] = "hourly_usage"
    varying: ClassVar[tuple[str, ...]] = ("hour", "value")
    hour: datetime
    org_public_id: str
    org_name: str
    region: str
    family: str
    usage_type: str
    """"" where the family's hour was named without a measurement."""
    value: int | None
    account_public_id: str = ""
    account_name: str = ""
    extra: str | None = None
    """JSON of what the answer says beyond the fields that have columns; None = nothing."""


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
    """"" where the organisation was named without any usage."""
    unit: str
    account_billable: Decimal | None
    account_committed: Decimal | None
    account_on_demand: Decimal | None
    org_billable: Decimal | None
    percentage_in_account: Decimal | None
    first_hour: datetime | None
    last_hour: datetime | None
    elapsed_hours: int | None = None
    """Hours of the month that have been measured."""
    billing_dimension: str | None = None
    """The dimension that the key belongs to, where Datadog says so; undocumented."""
    account_public_id: str = ""
    account_name: str = ""
    num_orgs: int | None = None
    """Organisations of the account."""
    start_date: datetime | None = None
    end_date: datetime | None = None
    ratio_in_month: Decimal | None = None
    """The part of the month that the row is of."""
    extra: str | None = None
    """As in HourlyUsage."""


@dataclass(frozen=True, slots=True)
class MonthlyCost(Row):
    """GET /api/v2/cost_by_tag/monthly_cost_attribution: one value of one organisation's month."""

    table: ClassVar[str] = "monthly_cost"
    varying: ClassVar[tuple[str, ...]] = ("field", "value")
    month: date
    org_public_id: str
    org_name: str
    field: str
    """Datadog's field, dimension and measure together: infra_host_on_demand_cost; "" = the row had none."""
    value: Decimal | None
    tags: str | None
    """JSON of the tag breakdown, keys sorted; None = the total, not broken down."""
    tag_config_source: str | None
    """`<organisation>:::<key>///<key>`: whose choice of tag keys the organisation's usage is attributed by."""
    updated_at: str | None
    extra: str | None = None
    """As in HourlyUsage."""


@dataclass(frozen=True, slots=True)
class DimensionKey(Row):
    """GET /api/v2/usage/billing_dimension_mapping: a key under which an endpoint reports a billing dimension."""

    table: ClassVar[str] = "dimension_key"
    month: date
    dimension: str
    label: str
    endpoint: str
    """api/v1/usage/billable-summary, api/v2/usage/hourly_usage, …; "" where Datadog named none."""
    key: str | None
    """None where the endpoint does not report it (status NOT_FOUND)."""
    view: str = "active"
    """active: a dimension of the contract; all: one that is only in the list of all that there are."""
    status: str = ""
    """OK or NOT_FOUND."""
    extra: str | None = None
    """As in HourlyUsage."""


@dataclass(frozen=True, slots=True)
class ActiveDimension(Row):
    """GET /api/v2/cost_by_tag/active_billing_dimensions: a dimension that the account was billed for."""

    table: ClassVar[str] = "active_dimension"
    month: date
    dimension: str
    extra: str | None = None
    """As in HourlyUsage."""


@dataclass(frozen=True, slots=True)
class IndexUsage(Row):
    """GET /api/v1/usage/logs_by_index: one log index's hour."""

    table: ClassVar[str] = "index_usage"
    varying: ClassVar[tuple[str, ...]] = ("events", "live_events", "rehydrated_events", "hour")
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
    hour: datetime | None = None
    org_id: int | None = None
    rate_limited: bool | None = None
    filtered: bool | None = None
    extra: str | None = None
    """As in HourlyUsage."""


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
    extra: str | None = None
    """As in HourlyUsage."""


@dataclass(frozen=True, slots=True)
class KubernetesUsage(Row):
    """GET /api/v1/query: one metric's hour of one node, or of one pod on a node; times and units as Datadog's."""

    table: ClassVar[str] = "kubernetes_usage"
    hour: datetime
    cluster: str
    """Tag kube_cluster_name; "" where it is not set."""
    node: str
    """The node's name in Kubernetes; "" for a metric of the whole cluster."""
    namespace: str
    """"" for a metric of a node."""
    workload_kind: str
    """deployment, stateful_set, …; "" where the metric does not say."""
    workload: str
    pod: str
    metric: str
    """Datadog's name; of the uptimes, of which two aggregates are read, with .min or .max."""
    value: Decimal
    instance_type: str
    """Of a node; "" where it is not known."""


@dataclass(frozen=True, slots=True)
class MonthlyAttribution(Row):
    """GET /api/v1/usage/monthly-attribution: one value of one organisation's month."""

    table: ClassVar[str] = "monthly_attribution"
    varying: ClassVar[tuple[str, ...]] = ("field", "value")
    month: date
    org_public_id: str
    org_name: str
    region: str
    field: str
    """Datadog's field: infra_host_usage, infra_host_percentage; "" = the row had none."""
    value: Decimal | None
    tags: str | None
    """As in MonthlyCost."""
    tag_config_source: str | None
    updated_at: str | None
    extra: str | None = None
    """As in HourlyUsage."""


@dataclass(frozen=True, slots=True)
class HourlyAttribution(Row):
    """GET /api/v1/usage/hourly-attribution: one usage type's hour of one organisation."""

    table: ClassVar[str] = "hourly_attribution"
    hour: datetime
    org_public_id: str
    org_name: str
    region: str
    usage_type: str
    value: Decimal | None
    tags: str | None
    """As in MonthlyCost."""
    tag_config_source: str | None
    updated_at: str | None
    extra: str | None = None
    """As in HourlyUsage."""


@dataclass(frozen=True, slots=True)
class AttributionAggregate(Row):
    """An aggregate that Datadog gives beside the rows of monthly cost and monthly usage attribution."""

    table: ClassVar[str] = "attribution_aggregate"
    month: date
    source: str
    """monthly_cost or monthly_attribution: the table of the rows that it is of."""
    breakdown: str
    """The tag keys that were asked for, comma separated; "" = none."""
    agg_type: str
    field: str
    value: Decimal | None
    extra: str | None = None
    """As in HourlyUsage."""


@dataclass(frozen=True, slots=True)
class CostCharge(Row):
    """GET /api/v2/usage/{estimated,historical,projected}_cost: one charge of an organisation's day or month.

    A product may have several charges of one type, which add up; `total` repeats what the others say.
    """

    table: ClassVar[str] = "cost_charge"
    source: str
    """estimated, historical or projected."""
    view: str
    """summary: the whole account in one row; sub-org: each organisation. The same money twice."""
    date: Day
    """Estimated: a day, up to whose end the charge is the running total of its month. Else: a day of the month."""
    org_public_id: str
    org_name: str
    account_public_id: str
    account_name: str
    region: str
    product: str
    """The billing dimension: infra_host."""
    charge_type: str
    """committed, on_demand or total; of the projected cost projected_committed, projected_on_demand or total."""
    cost: Decimal | None
    read_at: datetime
    as_of: datetime | None = None
    """The time that Datadog wrote, of which `date` is the day; a day that is not over is known until then."""
    extra: str | None = None
    """As in HourlyUsage."""


@dataclass(frozen=True, slots=True)
class CostTotal(Row):
    """The total that Datadog gives beside the charges of an organisation's day or month; columns as in CostCharge."""

    table: ClassVar[str] = "cost_total"
    source: str
    view: str
    date: Day
    org_public_id: str
    org_name: str
    account_public_id: str
    account_name: str
    region: str
    total_cost: Decimal | None
    read_at: datetime
    as_of: datetime | None = None
    """As in CostCharge."""
    extra: str | None = None
    """As in HourlyUsage."""


@dataclass(frozen=True, slots=True)
class UsageSummary(Row):
    """GET /api/v1/usage/summary: one key of the account's or of one organisation's month."""

    table: ClassVar[str] = "usage_summary"
    month: date
    org_public_id: str | None
    """None = the whole account."""
    org_name: str
    region: str
    key: str
    """As Datadog names it; of a value within another its path: logs_by_retention.usage.15.logs_indexed_…"""
    value: Decimal | None
    account_public_id: str = ""
    account_name: str = ""
    extra: str | None = None
    """JSON of a value that is no number, or one that the column cannot hold to its last digit."""


@dataclass(frozen=True, slots=True)
class UsageName(Row):
    """A name under which Datadog can report usage, whether there is any or not.

    GET /api/v2/usage/usage-attribution-types and GET /api/v2/usage/summary/available_fields.
    """

    table: ClassVar[str] = "usage_name"
    month: date
    """The month in which it was asked."""
    source: str
    """attribution_type; of the usage summary response_fields, date_fields or date_org_fields."""
    name: str
    extra: str | None = None
    """As in HourlyUsage."""


ROWS: tuple[type[Row], ...] = (
    HourlyUsage,
    BillableUsage,
    MonthlyCost,
    DimensionKey,
    ActiveDimension,
    IndexUsage,
    MetricUsage,
    KubernetesUsage,
    MonthlyAttribution,
    HourlyAttribution,
    AttributionAggregate,
    CostCharge,
    CostTotal,
    UsageSummary,
    UsageName,
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
