"""Every successful call that the simulator answers, page by page: what the published schemas are held against."""

from collections.abc import Callable, Iterator
from typing import Any

from costguard.simulator import Simulator
from tests.simulator.asking import Query, ask, cursor, numbered, offset

EVENTS = (
    "sum:datadog.estimated_usage.logs.ingested_events{datadog_is_excluded:false}"
    " by {datadog_index,service,status}.as_count().rollup(sum, 86400)"
)
HOURLY = "/api/v2/usage/hourly_usage"
COST = "/api/v2/cost_by_tag/monthly_cost_attribution"
MONTHLY_ATTRIBUTION = "/api/v1/usage/monthly-attribution"
HOURLY_ATTRIBUTION = "/api/v1/usage/hourly-attribution"
ESTIMATED = "/api/v2/usage/estimated_cost"
HISTORICAL = "/api/v2/usage/historical_cost"
PROJECTED = "/api/v2/usage/projected_cost"

EVERYBODY: list[tuple[str, Query]] = [
    ("/api/v1/validate", {}),
    ("/api/v1/monitor", {}),
    ("/api/v1/dashboard", {"filter[deleted]": "true"}),
    ("/api/v1/notebooks", {"include_cells": "false"}),
    ("/api/v1/logs/config/indexes", {}),
    ("/api/v1/logs/config/index-order", {}),
    ("/api/v1/usage/logs_by_index", {"start_hr": "2026-10-20T00", "end_hr": "2026-10-21T00"}),
    ("/api/v1/query", {"from": 1_790_000_000, "to": 1_792_540_800, "query": EVENTS}),
    ("/api/v1/query", {"from": 1, "to": 2, "query": "avg:datadog.estimated_usage.hosts{*}"}),
    ("/api/v1/hosts/totals", {}),
    ("/api/v2/current_user/application_keys", {}),
    ("/api/v2/synthetics/settings/on_demand_concurrency_cap", {}),
    ("/api/v2/cost_by_tag/active_billing_dimensions", {}),
    ("/api/v2/usage/usage-attribution-types", {}),
    (HOURLY_ATTRIBUTION, {"start_hr": "2026-10-20T00", "usage_type": "snmp_usage"}),
    (MONTHLY_ATTRIBUTION, {"start_month": "2026-09", "fields": "api_usage,api_percentage", "sort_name": "api_usage"}),
]

PARENT: list[tuple[str, Query]] = [
    ("/api/v2/usage/billing_dimension_mapping", {"filter[view]": "all"}),
    ("/api/v2/usage/billing_dimension_mapping", {"filter[month]": "2025-10"}),
    (PROJECTED, {"view": "summary"}),
    (PROJECTED, {"view": "sub-org", "include_connected_accounts": "true"}),
    (ESTIMATED, {"view": "sub-org", "start_date": "2026-09-01", "end_date": "2026-10-31"}),
    (ESTIMATED, {"start_month": "2026-09", "end_month": "2026-10", "include_connected_accounts": "true"}),
    (HISTORICAL, {"start_month": "2025-07", "end_month": "2026-10"}),
    (HISTORICAL, {"start_month": "2026-10", "view": "sub-org"}),
    ("/api/v1/usage/billable-summary", {"month": "2026-10"}),
    ("/api/v1/usage/billable-summary", {"month": "2026-09", "include_connected_accounts": "true"}),
    ("/api/v1/usage/summary", {"start_month": "2025-07", "end_month": "2026-10", "include_org_details": "true"}),
    ("/api/v1/usage/summary", {"start_month": "2026-10"}),
    (COST, {"start_month": "2026-10", "fields": "*"}),
    (COST, {"start_month": "2026-09", "fields": "rum_total_cost", "sort_name": "rum", "sort_direction": "asc"}),
]

CURSORS: dict[str, tuple[str, tuple[str, ...], Query]] = {
    "/api/v2/metrics": (
        "page[cursor]",
        ("meta", "pagination", "next_cursor"),
        {"page[size]": 50, "include": "metric_volumes", "window[seconds]": 2_592_000},
    ),
    "/api/v1/usage/top_avg_metrics": (
        "next_record_id",
        ("metadata", "pagination", "next_record_id"),
        {"month": "2026-09", "limit": 50},
    ),
    HOURLY: (
        "page[next_record_id]",
        ("meta", "pagination", "next_record_id"),
        {
            "filter[timestamp][start]": "2026-10-20T00",
            "filter[product_families]": "all",
            "filter[include_descendants]": "true",
            "filter[include_breakdown]": "true",
            "filter[include_connected_accounts]": "true",
            "filter[versions]": "infra_hosts:1.0.0,logs:1.0.0",
            "page[limit]": 100,
        },
    ),
    COST: (
        "next_record_id",
        ("meta", "pagination", "next_record_id"),
        {"start_month": "2026-01", "end_month": "2026-09", "fields": "*", "tag_breakdown_keys": "team,service"},
    ),
    MONTHLY_ATTRIBUTION: (
        "next_record_id",
        ("metadata", "pagination", "next_record_id"),
        {"start_month": "2026-08", "end_month": "2026-10", "fields": "*", "tag_breakdown_keys": "team,env,service"},
    ),
    HOURLY_ATTRIBUTION: (
        "next_record_id",
        ("metadata", "pagination", "next_record_id"),
        {
            "start_hr": "2026-10-19T12",
            "end_hr": "2026-10-20T12",
            "usage_type": "custom_timeseries_usage",
            "tag_breakdown_keys": "env,service",
        },
    ),
}
"""The calls that are paged by a cursor: its parameter, where the next one is, and the other parameters."""


def answers(sim: Simulator, org: int) -> Iterator[tuple[str, Any]]:
    """Path and answer of every successful call, page by page."""
    yield from _paged(sim, org)
    for path, query in EVERYBODY if org else EVERYBODY + PARENT:
        yield path, ask(sim, path, org=org, query=query).body
    for board in sim.company.inventories[org].dashboards:
        path = f"/api/v1/dashboard/{board['id']}"
        yield path, ask(sim, path, org=org).body
    for test in sim.company.inventories[org].tests:
        if test.type == "browser":
            path = f"/api/v1/synthetics/tests/browser/{test.id}"
            yield path, ask(sim, path, org=org).body


def _paged(sim: Simulator, org: int) -> Iterator[tuple[str, Any]]:
    pages: dict[str, Callable[[str], Iterator[Any]]] = {
        "/api/v1/synthetics/tests": lambda path: numbered(sim, org, path, "page_number", ("page_size", 10), {}),
        "/api/v1/monitor": lambda path: numbered(sim, org, path, "page", ("page_size", 40), {"with_downtimes": "true"}),
        "/api/v1/monitor/search": lambda path: numbered(sim, org, path, "page", ("per_page", 40), {}),
        "/api/v2/downtime": lambda path: offset(sim, org, path, "page[offset]", ("page[limit]", 2)),
        "/api/v1/dashboard": lambda path: offset(sim, org, path, "start", ("count", 9)),
        "/api/v1/slo": lambda path: offset(sim, org, path, "offset", ("limit", 2)),
        "/api/v1/notebooks": lambda path: offset(sim, org, path, "start", ("count", 2)),
    }
    for path, ask_for in pages.items():
        for page in ask_for(path):
            yield path, page
    for path, (name, where, query) in CURSORS.items():
        if org == 0 or "cost_by_tag" not in path:
            for page in cursor(sim, org, path, name, where, query):
                yield path, page
