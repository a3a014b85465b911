"""Which calls costguard can make: reads, each with the permissions that it needs; there is no other way to send."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

US1_FED = "ddog-gov.com"


@dataclass(frozen=True, slots=True)
class Operation:
    """One call of Datadog's API."""

    id: str
    """API version and the official client's operation id: "v1.list_tests"."""
    method: str
    path: str
    """With placeholders: /api/v1/dashboard/{dashboard_id}."""
    permissions: tuple[str, ...]
    """What the application key must be granted; () = any valid key."""
    not_on: tuple[str, ...] = ()
    """Sites that do not offer it, as far as Datadog documents that."""

    @property
    def call(self) -> str:
        """How messages name it: "GET /api/v1/monitor"."""
        return f"{self.method} {self.path}"


QUERY = "v1.query_metrics"

_ALL = (
    # keys and who they belong to
    Operation("v1.validate", "GET", "/api/v1/validate", ()),
    Operation("v2.validate_api_key", "GET", "/api/v2/validate_keys", ()),
    Operation("v2.get_current_user", "GET", "/api/v2/current_user", ()),
    Operation(
        "v2.list_current_user_application_keys", "GET", "/api/v2/current_user/application_keys", ("user_app_keys",)
    ),
    # synthetics
    Operation("v1.list_tests", "GET", "/api/v1/synthetics/tests", ("synthetics_read",)),
    Operation("v1.get_browser_test", "GET", "/api/v1/synthetics/tests/browser/{public_id}", ("synthetics_read",)),
    Operation("v2.list_synthetics_downtimes", "GET", "/api/v2/synthetics/downtimes", ("synthetics_read",)),
    Operation(
        "v2.get_on_demand_concurrency_cap",
        "GET",
        "/api/v2/synthetics/settings/on_demand_concurrency_cap",
        ("billing_read",),
    ),
    # monitors
    Operation("v1.list_monitors", "GET", "/api/v1/monitor", ("monitors_read",)),
    Operation("v1.search_monitors", "GET", "/api/v1/monitor/search", ("monitors_read",)),
    Operation("v2.list_downtimes", "GET", "/api/v2/downtime", ("monitors_downtime",)),
    Operation("v1.list_slos", "GET", "/api/v1/slo", ("slos_read",)),
    # dashboards and notebooks
    Operation("v1.list_dashboards", "GET", "/api/v1/dashboard", ("dashboards_read",)),
    Operation("v1.get_dashboard", "GET", "/api/v1/dashboard/{dashboard_id}", ("dashboards_read",)),
    Operation("v2.list_dashboards_usage", "GET", "/api/v2/dashboards/usage", ("dashboards_read",)),
    Operation("v2.list_powerpacks", "GET", "/api/v2/powerpacks", ("dashboards_read",)),
    Operation("v1.list_notebooks", "GET", "/api/v1/notebooks", ("notebooks_read",)),
    # logs
    Operation("v1.list_log_indexes", "GET", "/api/v1/logs/config/indexes", ("logs_read_config",)),
    Operation("v1.get_logs_index_order", "GET", "/api/v1/logs/config/index-order", ("logs_read_config",)),
    Operation("v2.list_logs_get", "GET", "/api/v2/logs/events", ("logs_read_data",)),
    # metrics
    Operation("v2.list_tag_configurations", "GET", "/api/v2/metrics", ("metrics_read",)),
    Operation(QUERY, "GET", "/api/v1/query", ("timeseries_query",)),
    # hosts
    Operation("v1.get_host_totals", "GET", "/api/v1/hosts/totals", ("hosts_read",)),
    # usage
    Operation("v1.get_usage_summary", "GET", "/api/v1/usage/summary", ("usage_read",)),
    Operation(
        "v2.get_usage_summary_available_fields", "GET", "/api/v2/usage/summary/available_fields", ("usage_read",)
    ),
    Operation("v1.get_usage_billable_summary", "GET", "/api/v1/usage/billable-summary", ("usage_read",)),
    Operation("v1.get_usage_logs_by_index", "GET", "/api/v1/usage/logs_by_index", ("usage_read",)),
    Operation("v1.get_usage_top_avg_metrics", "GET", "/api/v1/usage/top_avg_metrics", ("usage_read",)),
    Operation("v1.get_hourly_usage_attribution", "GET", "/api/v1/usage/hourly-attribution", ("usage_read",)),
    Operation("v1.get_monthly_usage_attribution", "GET", "/api/v1/usage/monthly-attribution", ("usage_read",)),
    Operation("v2.get_usage_attribution_types", "GET", "/api/v2/usage/usage-attribution-types", ("usage_read",)),
    Operation("v2.get_hourly_usage", "GET", "/api/v2/usage/hourly_usage", ("usage_read",)),
    Operation("v2.get_billing_dimension_mapping", "GET", "/api/v2/usage/billing_dimension_mapping", ("usage_read",)),
    # cost
    Operation(
        "v2.get_active_billing_dimensions", "GET", "/api/v2/cost_by_tag/active_billing_dimensions", ("usage_read",)
    ),
    Operation(
        "v2.get_monthly_cost_attribution",
        "GET",
        "/api/v2/cost_by_tag/monthly_cost_attribution",
        ("usage_read", "billing_read"),
        not_on=(US1_FED,),
    ),
    Operation("v2.get_estimated_cost_by_org", "GET", "/api/v2/usage/estimated_cost", ("usage_read", "billing_read")),
    Operation("v2.get_historical_cost_by_org", "GET", "/api/v2/usage/historical_cost", ("usage_read", "billing_read")),
    Operation("v2.get_projected_cost", "GET", "/api/v2/usage/projected_cost", ("usage_read", "billing_read")),
)

OPERATIONS: Mapping[str, Operation] = MappingProxyType({each.id: each for each in _ALL})
"""Every call by its id; permissions are those of Datadog's API reference (docs/datadog.md, B)."""
