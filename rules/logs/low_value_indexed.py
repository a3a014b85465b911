"""Logs of low severity that are indexed and paid for while nothing reads them."""

import json
from typing import Any, Literal
from urllib.parse import quote

from pydantic import Field, PositiveInt

from costguard.rule import (
    Confidence,
    Dashboard,
    Estate,
    Evidence,
    Finding,
    Fix,
    Iterator,
    LogIndex,
    LogSlice,
    Monitor,
    Notebook,
    Options,
    Rule,
    Slo,
    hcl,
    hcl_label,
)

NO_SERVICE = ("", "N/A")
"""How usage metrics name logs without a service."""

RESET = ("reset_time", "reset_utc_offset")
"""What an index says of its daily limit's reset (v1 schema LogsDailyLimitReset)."""


class LowValue(Options):
    """Which logs count as of low value."""

    min_events: PositiveInt = Field(1_000_000, description="Spare slices with fewer indexed events a month.")
    severities: tuple[Literal["trace", "debug", "info"], ...] = Field(
        ("trace", "debug", "info"),
        description="Severities that may be of low value; info is claimed with less confidence.",
    )


class LowValueIndexedLogs(Rule[LowValue]):
    """Are there indexed logs of low severity that nothing reads?

    ## What it finds
    The trace, debug or info logs of one service in one index, in real volume, that no log monitor, dashboard, notebook
    or objective could be reading. Whether a search could read them is decided by its conditions on service, status and
    index: a condition on anything else (`env:prod`, `@http.status_code:500`, free text, a template variable) may hold,
    and a search that cannot be understood may read everything. Logs of a warning or above are never found.

    ## Why it costs
    Each indexed event is billed by its index's retention, on top of its ingestion. Events that are excluded from the
    index are still ingested, and still reach archives, log-based metrics and Live Tail.

    ## What to do
    Add an exclusion filter to the index. It stands first in the fix, because the first active filter that matches a
    log decides, even if it samples the log in. The API call replaces the whole index: the fix sends everything back
    that the index has, as of when it was read.

    ## When it is wrong
    People search logs by hand, and through the API, without leaving a trace here: ask those who are on call. Security
    rules that look at indexed logs are not seen either, nor is an audit that wants the logs kept. Services are compared
    by the tag in the usage metrics, in which Datadog writes capitals and special characters in another way: preview
    the filter's query before saving it.
    """

    id = "logs-low-value-indexed"
    needs = (LogSlice, LogIndex, Monitor, Dashboard)
    refines = (Notebook, Slo)
    Options = LowValue

    def check(self, estate: Estate) -> Iterator[Finding]:
        indexes = {index.id: index for index in estate[LogIndex]}
        for logs in estate[LogSlice]:
            index, severity = indexes.get(logs.index), logs.status.lower()
            if severity not in self.options.severities or logs.events < self.options.min_events:
                continue
            # Without a standard retention its events are not billed as indexed ones.
            if index is None or not index.retention_days or estate.log_readers(logs, limit=1):
                continue
            confidence = Confidence.LOW if severity == "info" else Confidence.HIGH
            yield self.finding(
                logs,
                why=(
                    f"{logs.events:,.0f} {severity} events a month are kept for {index.retention_days} days, and no"
                    " monitor, dashboard, notebook or objective that was read could be reading them."
                ),
                do=f"Exclude them from the index {index.name or index.id}; they are still ingested and archived.",
                frees={index.dimension: logs.events},
                confidence=confidence if logs.calibrated else confidence.lowered,
                evidence=_evidence(logs, index),
                fix=_exclude(logs, index, severity),
            )


def _evidence(logs: LogSlice, index: LogIndex) -> tuple[Evidence, ...]:
    usage = "GET /api/v1/query, datadog.estimated_usage.logs.ingested_events"
    scaled = "to the index's billed events" if logs.calibrated else "no: billed events not known, may be 10–20 % off"
    return (
        Evidence(label="Indexed events in 30 days", value=f"{logs.events:,.0f}", source=usage),
        Evidence(label="Scaled", value=scaled, source="GET /api/v1/usage/logs_by_index"),
        Evidence(label="Retention", value=f"{index.retention_days} days", source="GET /api/v1/logs/config/indexes"),
    )


def _exclude(logs: LogSlice, index: LogIndex, severity: str) -> Fix:
    query = f"{_service(logs.service)} status:{severity}"
    name = _unused(f"{logs.service or 'no service'} {severity}", {each.name for each in index.exclusion_filters})
    body = json.dumps(_body(index, name, query), indent=2)
    return Fix(
        ui=f"Logs > Configuration > Indexes > {index.id} > Add an Exclusion Filter, as the first one: {query}",
        api=f"PUT /api/v1/logs/config/indexes/{quote(index.id, safe='')}\n{body}",
        terraform=_terraform(index, name, query),
    )


def _service(service: str) -> str:
    """The condition on a service in Datadog's search syntax, in which quotes make everything but `"` and `\\` plain."""
    if service in NO_SERVICE:
        return "-service:*"
    escaped = service.replace("\\", "\\\\").replace('"', '\\"')
    return f'service:"{escaped}"'


def _unused(name: str, taken: set[str]) -> str:
    number = 2
    candidate = name
    while candidate in taken:
        candidate = f"{name} ({number})"
        number += 1
    return candidate


def _body(index: LogIndex, name: str, query: str) -> dict[str, Any]:
    """The whole index with the new filter; what is left out (a daily limit that is not set) Datadog keeps."""
    filters: list[dict[str, Any]] = [
        {"name": name, "is_enabled": True, "filter": {"query": query, "sample_rate": 1.0}},
        *(
            {
                "name": each.name,
                "is_enabled": each.enabled,
                "filter": {"query": each.query, "sample_rate": float(each.sample_rate)}
                | ({"sample_attribute": each.sample_attribute} if each.sample_attribute else {}),
            }
            for each in index.exclusion_filters
        ),
    ]
    optional = {
        "num_flex_logs_retention_days": index.flex_retention_days,
        "daily_limit": index.daily_limit,
        "daily_limit_reset": json.loads(index.daily_limit_reset) if index.daily_limit_reset else None,
        "daily_limit_warning_threshold_percentage": float(index.daily_limit_warning)
        if index.daily_limit_warning
        else None,
        "tags": list(index.tags) or None,
    }
    return {
        "filter": {"query": index.query},
        "num_retention_days": index.retention_days,
        **{key: value for key, value in optional.items() if value is not None},
        "exclusion_filters": filters,
    }


def _terraform(index: LogIndex, name: str, query: str) -> str:
    """The whole index as a resource, its filters in their order."""
    reset = json.loads(index.daily_limit_reset) if index.daily_limit_reset else {}
    resets = [f"    {key} = {hcl(reset[key])}" for key in RESET if isinstance(reset.get(key), str)]
    lines = [
        f'resource "datadog_logs_index" "{hcl_label(index.id)}" {{',
        f"  name = {hcl(index.id)}",
        f"  retention_days = {index.retention_days}",
        *([f"  flex_retention_days = {index.flex_retention_days}"] if index.flex_retention_days else []),
        "  disable_daily_limit = true" if index.daily_limit is None else f"  daily_limit = {index.daily_limit}",
        *(
            [f"  daily_limit_warning_threshold_percentage = {index.daily_limit_warning}"]
            if index.daily_limit_warning
            else []
        ),
        *([f"  tags = [{', '.join(map(hcl, index.tags))}]"] if index.tags else []),
        *(["  daily_limit_reset {", *resets, "  }"] if resets else []),
        "  filter {",
        f"    query = {hcl(index.query)}",
        "  }",
        *_filter(name, True, query, "1.0", None),
    ]
    for each in index.exclusion_filters:
        lines += _filter(each.name, each.enabled, each.query, str(each.sample_rate), each.sample_attribute)
    return "\n".join([*lines, "}"])


def _filter(name: str, enabled: bool, query: str, rate: str, attribute: str | None) -> list[str]:
    # The provider documents no argument for it: who manages the index must see that something would be lost.
    lost = [f"    # Sampled by {hcl(attribute)}, which the provider cannot express."] if attribute else []
    return [
        "  exclusion_filter {",
        f"    name = {hcl(name)}",
        f"    is_enabled = {str(enabled).lower()}",
        *lost,
        "    filter {",
        f"      query = {hcl(query)}",
        f"      sample_rate = {rate}",
        "    }",
        "  }",
    ]
