"""The billing dimensions whose meaning is known, with the words for them (docs/datadog.md, A5)."""

from collections.abc import Mapping
from typing import NamedTuple

from costguard.model.money import Dimension


class Known(NamedTuple):
    """A billing dimension in words."""

    dimension: Dimension
    label: str
    unit: str
    product: str
    hourly: tuple[str, ...] = ()
    """family/usage_type of the hourly usage answer; of several each is a part of the sum that is billed."""


NOT_BILLED: Mapping[Dimension, str] = dict.fromkeys(
    ("kubernetes_cpu_core_hours", "kubernetes_memory_gb_hours"), "the cluster's cost, not on Datadog's bill"
)
"""What findings free and Datadog never bills, with what is said in place of a price."""

_RETENTIONS = (1, 3, 7, 15, 30, 45, 60, 90, 180, 360)

KNOWN: Mapping[Dimension, Known] = {
    each.dimension: each
    for each in (
        Known(
            "synthetics_api_tests", "Synthetic API tests", "run", "synthetics", ("synthetics_api/check_calls_count",)
        ),
        Known(
            "synthetics_browser_checks",
            "Synthetic browser tests",
            "run",
            "synthetics",
            ("synthetics_browser/browser_check_calls_count",),
        ),
        Known("synthetics_app_testing", "Synthetics parallel testing", "slot", "synthetics"),
        Known("logs_ingested", "Ingested logs", "byte", "logs", ("logs/billable_ingested_bytes",)),
        *(
            Known(
                f"logs_indexed_{days}day",
                f"Indexed logs, {days} day{'s' * (days > 1)}",
                "event",
                "logs",
                (f"indexed_logs/logs_indexed_events_{days}_day_count",),
            )
            for days in _RETENTIONS
        ),
        Known(
            "logs_indexed_custom_retention",
            "Indexed logs, custom retention",
            "event",
            "logs",
            ("indexed_logs/logs_indexed_events_custom_day_count",),
        ),
        Known("logs_indexed", "Indexed logs", "event", "logs"),
        Known("logs_forwarding", "Forwarded logs", "byte", "logs"),
        Known("online_archive", "Online archives", "event", "logs"),
        Known("observability_pipeline", "Observability pipelines", "byte", "logs"),
        Known("timeseries", "Custom metrics", "time series", "metrics", ("timeseries/num_custom_timeseries",)),
        Known(
            "ingested_timeseries",
            "Ingested custom metrics",
            "time series",
            "metrics",
            ("timeseries/num_custom_input_timeseries",),
        ),
        Known("standard_timeseries", "Standard metrics", "time series", "metrics"),
        Known("custom_event", "Custom events", "event", "metrics"),
        Known("infra_host", "Infrastructure hosts", "host", "hosts", ("infra_hosts/host_count",)),
        Known("infra_and_apm_host", "Infrastructure and APM hosts", "host", "hosts"),
        Known("infra_container", "Containers", "container-hour", "hosts", ("infra_hosts/container_count",)),
        Known("infra_container_excl_agent", "Containers, the Agent's excluded", "container-hour", "hosts"),
        Known("iot", "IoT devices", "device", "hosts"),
        Known("apm_host", "APM hosts", "host", "apm", ("infra_hosts/apm_host_count",)),
        Known("apm_host_pro", "APM Pro hosts", "host", "apm"),
        Known("apm_host_enterprise", "APM Enterprise hosts", "host", "apm"),
        Known("apm_host_no_usm", "APM hosts without USM", "host", "apm"),
        Known("apm_fargate", "APM Fargate tasks", "task", "apm"),
        Known("apm_trace_search", "Indexed spans", "span", "apm", ("indexed_spans/indexed_events_count",)),
        Known("ingested_spans", "Ingested spans", "byte", "apm", ("ingested_spans/ingested_events_bytes",)),
        Known("apm_profiler_host", "APM hosts with profiler", "host", "profiling"),
        Known("prof_host", "Profiled hosts", "host", "profiling", ("profiling/host_count",)),
        Known(
            "prof_container",
            "Profiled containers",
            "container-hour",
            "profiling",
            ("profiling/avg_container_agent_count",),
        ),
        Known("application_security_host", "App and API protection hosts", "host", "security"),
        Known("application_security_fargate", "App and API protection Fargate tasks", "task", "security"),
        Known(
            "rum",
            "RUM sessions",
            "session",
            "rum",
            ("rum_browser_sessions/session_count", "rum_mobile_sessions/session_count"),
        ),
        Known("rum_lite", "RUM browser and mobile sessions", "session", "rum", ("rum_browser_sessions/session_count",)),
        Known("rum_replay", "RUM session replays", "session", "rum", ("rum_browser_sessions/replay_session_count",)),
        Known("rum_units", "RUM units", "unit", "rum"),
        Known("dbm_host", "Monitored database hosts", "host", "dbm", ("dbm/dbm_host_count",)),
        Known("dbm_normalized_queries", "Normalized database queries", "query", "dbm", ("dbm/dbm_queries_count",)),
        Known("fargate_container", "Fargate tasks", "task", "serverless", ("fargate/tasks_count",)),
        Known(
            "fargate_container_profiler",
            "Fargate tasks with profiler",
            "task",
            "serverless",
            ("fargate/avg_profiled_fargate_tasks",),
        ),
        Known("fargate_container_apm_and_profiler", "Fargate tasks with APM and profiler", "task", "serverless"),
        Known("lambda_function", "Lambda functions", "function", "serverless", ("serverless/func_count",)),
        Known("serverless_infra", "Serverless functions", "function", "serverless"),
        Known(
            "serverless_invocation",
            "Serverless invocations",
            "invocation",
            "serverless",
            ("serverless/invocations_sum",),
        ),
        Known("serverless_apm", "Serverless APM invocations", "invocation", "serverless"),
        Known("npm_host", "Network monitoring hosts", "host", "network", ("network_hosts/host_count",)),
        Known("npm_flow", "Network flows", "flow", "network"),
        Known("network_device", "Network devices", "device", "network"),
        Known("csm_host_pro", "Cloud security Pro hosts", "host", "security"),
        Known("csm_host_enterprise", "Cloud security Enterprise hosts", "host", "security"),
        Known("csm_container_enterprise", "Cloud security Enterprise containers", "container-hour", "security"),
        Known("cspm_host", "Cloud posture hosts", "host", "security"),
        Known("cspm_container", "Cloud posture containers", "container-hour", "security"),
        Known("cws_host", "Workload security hosts", "host", "security"),
        Known("cws_container", "Workload security containers", "container-hour", "security"),
        Known("siem", "Cloud SIEM", "unit", "security", ("analyzed_logs/analyzed_logs",)),
        Known("sensitive_data_scanner", "Sensitive Data Scanner", "byte", "security", ("sds/total_scanned_bytes",)),
        Known("audit_trail", "Audit Trail", "unit", "security"),
        Known("ci_pipeline", "CI pipeline committers", "committer", "ci"),
        Known("ci_testing", "CI test committers", "committer", "ci"),
        Known("ci_pipeline_indexed_spans", "CI pipeline spans", "span", "ci"),
        Known("ci_test_indexed_spans", "CI test spans", "span", "ci"),
        Known("incident_management", "Incident management", "seat", "incidents"),
        Known("workflow_execution", "Workflow executions", "execution", "other"),
        Known("data_stream_monitoring", "Data streams monitoring", "host", "other"),
        Known("cloud_cost_management", "Cloud cost management", "unit", "other"),
        Known("premier_support", "Premier support", "unit", "support"),
        Known("kubernetes_cpu_core_hours", "Cluster CPU", "core-hour", "k8s"),
        Known("kubernetes_memory_gb_hours", "Cluster memory", "GB-hour", "k8s"),
    )
}
