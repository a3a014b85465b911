"""Which billing dimension a field of the usage attribution measures (docs/datadog.md, A5)."""

from collections.abc import Mapping

from costguard.bill.known import KNOWN
from costguard.model.money import Dimension

_SUFFIX = "_usage"

_FIELDS: Mapping[str, Dimension] = {
    "api": "synthetics_api_tests",
    "browser": "synthetics_browser_checks",
    "container": "infra_container",
    "container_excl_agent": "infra_container_excl_agent",
    "cspm_containers": "cspm_container",
    "cspm_hosts": "cspm_host",
    "custom_ingested_timeseries": "ingested_timeseries",
    "custom_timeseries": "timeseries",
    "cws_containers": "cws_container",
    "cws_hosts": "cws_host",
    "dbm_hosts": "dbm_host",
    "dbm_queries": "dbm_normalized_queries",
    "fargate": "fargate_container",
    "incident_management_monthly_active_users": "incident_management",
    "indexed_spans": "apm_trace_search",
    "ingested_logs_bytes": "logs_ingested",
    "ingested_spans_bytes": "ingested_spans",
    "invocations": "serverless_invocation",
    "obs_pipeline_bytes": "observability_pipeline",
    "profiled_container": "prof_container",
    "profiled_fargate": "fargate_container_profiler",
    "profiled_host": "prof_host",
    "rum_browser_mobile_sessions": "rum",
    "rum_replay_sessions": "rum_replay",
    "sds_scanned_bytes": "sensitive_data_scanner",
    "snmp": "network_device",
    "workflow_executions": "workflow_execution",
}
"""Fields without their suffix, where they are not called like the dimension."""


def attributed(field: str) -> Dimension | None:
    """The dimension that a field such as infra_host_usage measures; None where that is not known."""
    name = field.removesuffix(_SUFFIX)
    if name == field:
        return None
    return _FIELDS.get(name) or (name if name in KNOWN else None)
