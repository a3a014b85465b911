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
from datadog_api_client.v2.api.logs_api import LogsApi
from datadog_api_client.v2.api.synthetics_api import SyntheticsApi
from datadog_api_client.v2.api.usage_metering_api import UsageMeteringApi
from datadog_api_client.v2.api.users_api import UsersApi

from costguard.simulator import Simulator
from costguard.simulator.routes import ROUTES
from tests.simulator.asking import ask
from tests.simulator.calls import answers

CONTRACT = Path(__file__).parents[2].parent / "shared" / "contract" / "contract.py"
NOW = datetime(2026, 10, 21, 9, 30, tzinfo=UTC)
UNPUBLISHED = {
    "/api/v2/current_user": "newer than the published document; held to the official client's model",
    "/api/v2/validate": "newer than the published document; held to the official client's model",
    "/api/v2/logs/events": "not in the published document; held to the official client's model",
    "/api/v2/validate_keys": "not in the published document; held to the official client's model",
    "/api/v2/synthetics/downtimes": "newer than the published document; held to the official client's model",
    "/api/v2/dashboards/usage": "a preview, newer than the published document; held to the client's model",
    "/api/v2/usage/summary/available_fields": "newer than the published document; held to the client's model",
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


@pytest.mark.parametrize(
    ("org", "hostile"),
    [(0, False), (1, False), (2, False), (0, True), (2, True)],
    ids=["parent", "first child", "second child", "parent with hostile names", "second child with hostile names"],
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
    ("/api/v1/usage/summary", {"start_month": "2026-09"}, 400, {"org": 1}),
    ("/api/v1/usage/monthly-attribution", {"start_month": "2025-06", "fields": "*"}, 400, {}),
    ("/api/v1/usage/hourly-attribution", {"start_hr": "2026-10-01T00", "usage_type": "made_up_usage"}, 400, {}),
    ("/api/v2/usage/estimated_cost", {}, 400, {}),
    ("/api/v2/usage/historical_cost", {"start_month": "2025-06"}, 400, {}),
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
    "/api/v2/logs/events": lambda client: LogsApi(client).list_logs_get(),
    "/api/v2/validate": lambda client: KeyManagementApi(client).validate(),
    "/api/v2/validate_keys": lambda client: KeyManagementApi(client).validate_api_key(),
    "/api/v2/synthetics/downtimes": lambda client: SyntheticsApi(client).list_synthetics_downtimes(),
    "/api/v2/dashboards/usage": lambda client: DashboardsApi(client).list_dashboards_usage(),
    "/api/v2/usage/summary/available_fields": lambda client: UsageMeteringApi(
        client
    ).get_usage_summary_available_fields(),
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
