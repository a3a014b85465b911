"""The usage types that usage attribution knows, and who may ask for it."""

from typing import Any

from costguard.simulator.call import Call, Refused, Route
from costguard.simulator.terms import TERMS

NAMED = {term.attribution: term for term in TERMS}

OTHERS = (
    *("apm_fargate", "apm_usm", "appsec", "ci_pipeline_indexed_spans", "ci_test_indexed_spans", "cloud_siem"),
    *("container_excl_agent", "cspm_containers", "cspm_hosts", "cws_hosts", "error_tracking", "functions"),
    *("infra_host_basic", "invocations", "logs_indexed_1day", "logs_indexed_60day", "logs_indexed_90day"),
    *("mobile_app_testing", "npm_host", "online_archive", "profiled_host", "rum_replay_sessions", "snmp"),
    *("serverless_apps", "universal_service_monitoring", "vuln_management_hosts", "workflow_executions"),
)
"""Usage types that the company has no usage of."""

BARE = ("flex_logs_starter", "flex_stored_logs", "published_app")
"""More of them, which are asked for by the hour without a _usage at the end."""


def types(call: Call) -> Any:
    """GET /api/v2/usage/usage-attribution-types."""
    admitted(call)
    values = sorted([*(f"{name}_usage" for name in (*NAMED, *OTHERS)), *BARE])
    return {"data": {"type": "usage_attribution_types", "id": "types", "attributes": {"values": values}}}


def admitted(call: Call) -> None:
    """Refuses accounts whose plan does not have usage attribution."""
    if call.account.traits.trial:
        raise Refused(403, "Usage attribution is not part of your plan")


ROUTES = (Route("/api/v2/usage/usage-attribution-types", ("usage_read",), "usage_attribution", types),)
