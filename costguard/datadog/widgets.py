"""What the JSON of a dashboard, notebook or SLO asks of Datadog."""

import json
from collections.abc import Mapping
from typing import Any

from costguard.datadog.raw import MalformedError
from costguard.model.resources import Query

_LOGS = ("logs", "logs_stream", "logs_pattern_stream", "logs_transaction_stream", "logs_issue_stream")

_OTHERS = (
    "metrics", "cloud_cost", "datadog_usage", "slo", "process", "container", "apm_metrics", "apm_resource_stats",
    "apm_dependency_stats", "apm_issue_stream", "spans", "trace_stream", "rum", "rum_stream", "rum_issue_stream",
    "product_analytics", "product_analytics_extended", "product_analytics_retention", "product_analytics_journey",
    "events", "event_stream", "audit", "audit_stream", "ci_pipelines", "ci_pipeline_stream", "ci_tests",
    "ci_test_stream", "network", "network_path", "network_device_flows", "profiles", "security_signals",
    "security_signals_stream", "security_runtime_stream", "incident_analytics", "incidents_stream", "on_call_events",
    "errors", "issue_stream", "llm_observability", "llm_observability_stream", "database_queries", "reference_table",
    "data_quality_metrics", "service_map", "data_streams",
)  # fmt: skip

SOURCES: Mapping[str, str] = {**dict.fromkeys(_LOGS, "logs"), **{name: name for name in _OTHERS}}
"""Datadog's `data_source` to `Query.source`; one that is not here may read anything, so it becomes "unknown".

Source: the published v1 schemas of widget, notebook, SLO and monitor queries.
"""

_LEGACY = {
    "log_query": "logs",
    "rum_query": "rum",
    "apm_query": "spans",
    "apm_stats_query": "apm_resource_stats",
    "audit_query": "audit",
    "event_query": "events",
    "network_query": "network",
    "process_query": "process",
    "profile_metrics_query": "profiles",
    "security_query": "security_signals",
}
"""Keys of the older request format, which names its data source by the key."""

_BELOW = {**_LEGACY, "events": "events", "split_config": "metrics"}
"""What the blocks below a key read, unless they say otherwise."""

_BY_TYPE = {
    "log_stream": "logs",
    "event_stream": "events",
    "event_timeline": "events",
    "manage_status": "monitor_search",
}
"""Widget types that hold a `query` of their own, without a `data_source`."""

_REFERENCES = {
    "alert_id": "monitor",
    "monitor_id": "monitor",
    "monitor_ids": "monitor",
    "powerpack_id": "powerpack",
    "slo_id": "slo",
    "slo_ids": "slo",
    "check_id": "synthetics_test",
    "public_id": "synthetics_test",
    "public_ids": "synthetics_test",
    "synthetics_check_id": "synthetics_test",
    "synthetics_test_id": "synthetics_test",
    "synthetics_test_ids": "synthetics_test",
    "test_id": "synthetics_test",
    "test_ids": "synthetics_test",
}

_FACETED = frozenset(SOURCES.values()) - {"metrics", "cloud_cost", "datadog_usage", "process", "container"}
"""Sources whose `metric` is a facet of an event ("@duration"), not a metric."""

_DESCRIBED_BY = ("env", "service", "operation_name", "resource_name", "query_filter")
"""What tells one APM statistics query from another: it has no query text."""

_SKIPPED = frozenset(
    {
        "columns",
        "conditional_formats",
        "custom_links",
        "formulas",
        "layout",
        "markers",
        "specification",
        "style",
        "time",
    }
)
"""Parts that ask nothing; a conditional format's `metric` repeats one of its request."""

_ASKING = frozenset({"query", "query_string", "search", "q", "metric", "check", *_REFERENCES})
"""Keys whose string may be a query or a reference."""

_Found = dict[tuple[str, str, tuple[str, ...]], None]


def queries(*parts: object) -> tuple[Query, ...]:
    """Every query and every direct reference in the given JSON values, each once, in the order of the document.

    `Query.source` is a value of `SOURCES`; monitor, slo, synthetics_test or powerpack where `text` is an id (what a
    powerpack asks is not in the document); monitor_search or
    slo_search for a search over those; check for a service check; unknown where it could not be told. Raises
    MalformedError for what is nested too deeply.
    """
    found: _Found = {}
    try:
        for part in parts:
            _walk(part, None, (), found)
    except RecursionError:
        raise MalformedError("nested too deeply") from None
    return tuple(Query(source=source, text=text, indexes=indexes) for source, text, indexes in found)


def template_variables(raw: object) -> tuple[str, ...]:
    """The names in a dashboard's or notebook's `template_variables`, which may be null."""
    variables = raw if isinstance(raw, list) else []
    names = [each.get("name") for each in variables if isinstance(each, dict)]
    return tuple(name for name in names if isinstance(name, str))


def _walk(node: Any, source: str | None, indexes: tuple[str, ...], found: _Found) -> int:
    """Adds what `node` and all below it ask; the number of texts found, repeated ones too.

    `source` and `indexes` are those of the nearest block around it that names any.
    """
    if type(node) is list:
        return sum([_walk(item, source, indexes, found) for item in node if type(item) is dict or type(item) is list])
    if type(node) is not dict:
        return 0
    named = node.get("data_source")
    if type(named) is str:
        source = SOURCES.get(named, "unknown")
    elif node.get("request_type") == "slo_list":
        source = "slo_search"
    if "indexes" in node or "index" in node:
        indexes = _indexes(node)
    texts = 0
    for key, value in node.items():
        kind = type(value)
        if kind is str:
            # Most strings of a dashboard are titles and colours: they are passed over before the call.
            if key in _ASKING:
                texts += _text(node, key, value, source, indexes, found)
        elif key in _REFERENCES:
            texts += _refer(_REFERENCES[key], value, found)
        elif (kind is dict or kind is list) and key not in _SKIPPED:
            texts += _walk(value, _BELOW.get(key, source), indexes, found)
    if type(named) is str and not texts:
        texts += _textless(node, source or "unknown", indexes, found)
    return texts


def _text(
    node: dict[str, Any], key: str, value: str, source: str | None, indexes: tuple[str, ...], found: _Found
) -> int:
    """Adds the string `value` where `key` says that it is a query; 1 if it was one, else 0."""
    if key == "query" or key == "query_string" or key == "search":
        found[source or _BY_TYPE.get(str(node.get("type")), "unknown"), value, indexes] = None
    elif key == "q":
        found[source or "metrics", value, ()] = None
    elif key == "metric":
        if value.startswith("@") or source in _FACETED:
            return 0
        found[source or "metrics", value, ()] = None
    elif key in _REFERENCES:
        return _refer(_REFERENCES[key], value, found)
    elif key == "check" and node.get("type") == "check_status":
        found["check", value, ()] = None
    else:
        return 0
    return 1


def _refer(kind: str, value: object, found: _Found) -> int:
    """Adds the id or ids in `value`; how many there were."""
    ids = [str(each) for each in (value if isinstance(value, list) else [value]) if isinstance(each, (str, int))]
    for id_ in filter(None, ids):
        found[kind, id_, ()] = None
    return len(ids)


def _textless(node: dict[str, Any], source: str, indexes: tuple[str, ...], found: _Found) -> int:
    """Adds a block that names a data source but holds no query; always 1.

    That is an APM statistic, a search without a filter, or something that is not understood.
    """
    if source == "unknown":
        found[source, json.dumps(node, sort_keys=True), ()] = None
    else:
        described = (f"{key}:{node[key]}" for key in _DESCRIBED_BY if isinstance(node.get(key), str) and node[key])
        found[source, " ".join(described), indexes] = None
    return 1


def _indexes(node: dict[str, Any]) -> tuple[str, ...]:
    """The log indexes that a block is restricted to; () for all of them."""
    value = node.get("indexes", node.get("index"))
    names = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    texts = tuple(name for name in names if isinstance(name, str) and name)
    return () if "*" in texts else texts
