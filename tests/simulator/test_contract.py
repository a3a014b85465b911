"""Every answer that the simulator can give, held to Datadog's published schemas."""

import importlib.util
import json
import re
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from datadog_api_client import ApiClient, Configuration
from datadog_api_client.v2.api.dashboards_api import DashboardsApi
from datadog_api_client.v2.api.key_management_api import KeyManagementApi
from datadog_api_client.v2.api.synthetics_api import SyntheticsApi
from datadog_api_client.v2.api.users_api import UsersApi

from costguard.simulator import Simulator
from costguard.simulator.routes import ROUTES
from tests.simulator.asking import ask, cursor, numbered, offset

CONTRACT = Path(__file__).parents[2].parent / "shared" / "contract" / "contract.py"
NOW = datetime(2026, 10, 21, 9, 30, tzinfo=UTC)
EVENTS = (
    "sum:datadog.estimated_usage.logs.ingested_events{datadog_is_excluded:false}"
    " by {datadog_index,service,status}.as_count().rollup(sum, 86400)"
)

UNPUBLISHED = {
    "/api/v2/current_user": "newer than the published document; held to the official client's model",
    "/api/v2/validate": "newer than the published document; held to the official client's model",
    "/api/v2/validate_keys": "not in the published document; held to the official client's model",
    "/api/v2/synthetics/downtimes": "newer than the published document; held to the official client's model",
    "/api/v2/dashboards/usage": "a preview, newer than the published document; held to the client's model",
}
"""Endpoints without a published schema, and what they are held to instead."""


def contract() -> Any:
    """The published schemas; skips where they are not at hand."""
    if not CONTRACT.exists():
        pytest.skip(f"the published schemas are not here: {CONTRACT}")
    return _load()


@cache
def _load() -> Any:
    spec = importlib.util.spec_from_file_location("published_contract", CONTRACT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module.Contract.load()


Call = tuple[str, dict[str, object]]


def answers(sim: Simulator, org: int) -> Iterator[tuple[str, Any]]:
    """Path and answer of every successful call, page by page."""
    yield from _paged(sim, org)
    everybody: list[Call] = [
        ("/api/v1/validate", {}),
        ("/api/v1/monitor", {}),
        ("/api/v1/dashboard", {"filter[deleted]": "true"}),
        ("/api/v1/notebooks", {"include_cells": "false"}),
        ("/api/v1/logs/config/indexes", {}),
        ("/api/v1/logs/config/index-order", {}),
        ("/api/v1/usage/logs_by_index", {"start_hr": "2026-10-20T00", "end_hr": "2026-10-21T00"}),
        ("/api/v1/query", {"from": 1_790_000_000, "to": 1_792_540_800, "query": EVENTS}),
        ("/api/v1/query", {"from": 1, "to": 2, "query": "avg:datadog.estimated_usage.hosts{*}"}),
        ("/api/v2/cost_by_tag/active_billing_dimensions", {}),
    ]
    parent: list[Call] = [
        ("/api/v2/usage/billing_dimension_mapping", {"filter[view]": "all"}),
        ("/api/v2/usage/projected_cost", {"view": "summary"}),
        ("/api/v2/usage/projected_cost", {"view": "sub-org"}),
        ("/api/v1/usage/billable-summary", {"month": "2026-10"}),
        ("/api/v1/usage/billable-summary", {"month": "2026-09"}),
        ("/api/v2/cost_by_tag/monthly_cost_attribution", {"start_month": "2026-10", "fields": "*"}),
    ]
    for path, query in everybody if org else everybody + parent:
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


CURSORS: dict[str, tuple[str, tuple[str, ...], dict[str, object]]] = {
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
    "/api/v2/usage/hourly_usage": (
        "page[next_record_id]",
        ("meta", "pagination", "next_record_id"),
        {
            "filter[timestamp][start]": "2026-10-20T00",
            "filter[product_families]": "all",
            "filter[include_descendants]": "true",
            "page[limit]": 100,
        },
    ),
    "/api/v2/cost_by_tag/monthly_cost_attribution": (
        "next_record_id",
        ("meta", "pagination", "next_record_id"),
        {
            "start_month": "2026-01",
            "end_month": "2026-09",
            "fields": "*",
            "tag_breakdown_keys": "team,service",
        },
    ),
}
"""The calls that are paged by a cursor: its parameter, where the next one is, and the other parameters."""


@pytest.mark.parametrize(
    ("org", "hostile"),
    [(0, False), (1, False), (2, False), (2, True)],
    ids=["parent", "first child", "second child", "second child with hostile names"],
)
def test_every_answer_conforms_to_the_published_schema(org: int, hostile: bool) -> None:
    published = contract()
    seen = set()
    with Simulator(now=NOW, hostile=hostile) as sim:
        for path, body in answers(sim, org):
            problems = published.check("GET", path, 200, body)
            assert not problems, (path, problems[:3])
            seen.add(published.find("GET", path).path)
    expected = {route.path for route in ROUTES if not (org and route.parent_only)} - set(UNPUBLISHED)
    assert seen == {_published_path(published, path) for path in expected}


def _published_path(published: Any, path: str) -> str:
    found: str = published.find("GET", re.sub(r"\{\w+\}", "x", path)).path
    return found


def test_what_is_excepted_from_the_published_document_is_not_in_it() -> None:
    published = contract()
    assert [path for path in UNPUBLISHED if published.knows("GET", path)] == []
    known = [route.path for route in ROUTES if route.path not in UNPUBLISHED]
    assert all(published.knows("GET", re.sub(r"\{\w+\}", "x", path)) for path in known)


REFUSALS = [
    ("/api/v1/validate", {}, 403, {"api_key": "wrong"}),
    ("/api/v1/synthetics/tests", {}, 403, {"app_key": "wrong"}),
    ("/api/v1/usage/billable-summary", {"month": "2026-09"}, 400, {"org": 1}),
    ("/api/v2/cost_by_tag/monthly_cost_attribution", {"start_month": "2026-09", "fields": "*"}, 400, {"org": 2}),
    ("/api/v1/usage/top_avg_metrics", {}, 400, {}),
    ("/api/v1/usage/logs_by_index", {"start_hr": "2026-10-02T00", "end_hr": "2026-10-01T00"}, 400, {}),
    ("/api/v1/dashboard/abc-def-ghi", {}, 404, {}),
    ("/api/v1/synthetics/tests/browser/abc-def-ghi", {}, 404, {}),
    ("/api/v1/query", {"from": 1, "to": 2, "query": "avg:my.metric{*}"}, 400, {}),
]


@pytest.mark.parametrize(("path", "query", "status", "keys"), REFUSALS)
def test_refusals_conform_too(path: str, query: dict[str, object], status: int, keys: dict[str, Any]) -> None:
    published = contract()
    with Simulator(now=NOW) as sim:
        reply = ask(sim, path, query=query, **keys)
    assert reply.status == status
    assert published.check("GET", path, status, reply.body) == []


CLIENT_CALLS: dict[str, Callable[[ApiClient], Any]] = {
    "/api/v2/current_user": lambda client: UsersApi(client).get_current_user(),
    "/api/v2/validate": lambda client: KeyManagementApi(client).validate(),
    "/api/v2/validate_keys": lambda client: KeyManagementApi(client).validate_api_key(),
    "/api/v2/synthetics/downtimes": lambda client: SyntheticsApi(client).list_synthetics_downtimes(),
    "/api/v2/dashboards/usage": lambda client: DashboardsApi(client).list_dashboards_usage(),
}


@pytest.mark.filterwarnings("ignore:Using unstable operation")
@pytest.mark.parametrize("path", UNPUBLISHED)
def test_the_others_are_understood_by_the_official_client(path: str) -> None:
    with Simulator(now=NOW) as sim:
        configuration = Configuration(
            host=sim.url, api_key={"apiKeyAuth": sim.orgs[0].api_key, "appKeyAuth": sim.orgs[0].app_key}
        )
        configuration.server_index = None
        for preview in ("list_dashboards_usage", "validate"):
            configuration.unstable_operations[preview] = True
        with ApiClient(configuration) as client:
            answer = CLIENT_CALLS[path](client)
        assert [request.path for request in sim.requests] == [path]
    assert list(_not_understood(answer)) == []


def _not_understood(value: Any, where: str = "") -> Iterator[str]:
    """Where the client kept a value as it came because it fits no model."""
    if getattr(value, "_unparsed", False):
        yield where or "(root)"
    for key, inner in getattr(value, "_data_store", {}).items():
        yield from _not_understood(inner, f"{where}/{key}")
    if isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _not_understood(inner, f"{where}/{number}")


def test_a_child_is_refused_as_it_was_recorded() -> None:
    """The published document says that errors are texts; the recording of this call has objects."""
    recording = CONTRACT.parent / "cassettes" / "v2"
    name = "test_get_billing_dimension_mapping_for_usage_endpoints_returns_bad_request_response.yaml"
    if not recording.exists():
        pytest.skip(f"the recordings are not here: {recording}")
    (interaction,) = yaml.safe_load((recording / name).read_text())["interactions"]
    (recorded,) = json.loads(interaction["response"]["body"]["string"])["errors"]
    with Simulator(now=NOW) as sim:
        reply = ask(sim, "/api/v2/usage/billing_dimension_mapping", org=1)
    (error,) = reply.body["errors"]
    assert (reply.status, error) == (400, {key: recorded[key] for key in ("status", "title", "detail")})
