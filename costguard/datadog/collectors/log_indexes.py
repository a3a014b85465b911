"""What Datadog's API says of log indexes: which logs they take, for how long, and which they leave out."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from costguard.datadog.client import Connection
from costguard.datadog.collectors import Item, Window
from costguard.datadog.raw import (
    MalformedError,
    decimal,
    identity,
    integer,
    items_of,
    mapping,
    read_each,
    sequence,
    text,
    texts,
)
from costguard.model.findings import Gap
from costguard.model.resources import ExclusionFilter, LogIndex


class LogIndexes:
    """GET /api/v1/logs/config/indexes."""

    provides = LogIndex
    permissions = ("logs_read_config",)
    parent_only = False

    def collect(self, org: Connection, window: Window) -> Iterator[Item]:
        """Every index."""
        yield from indexes(org, window)


def indexes(org: Connection, window: Window) -> tuple[LogIndex | Gap, ...]:
    """Every index of the organisation, and a Gap for those that cannot be read; raises Unreadable."""
    body = window.once("indexes", lambda: org.call("v1.list_log_indexes", what="log_index"))
    return tuple(
        read_each(
            items_of(body, "indexes", org=org.org.name, what="log_index"),
            lambda raw: _index(org, raw),
            org=org.org.name,
            what="log_index",
            plural="log indexes",
        )
    )


def _index(org: Connection, raw: Mapping[str, Any]) -> LogIndex:
    reset = raw.get("daily_limit_reset")
    name = identity(raw.get("name"))
    return LogIndex(
        org=org.org.name,
        id=name,
        name=name,
        url=org.app_url("/logs/pipelines/indexes"),
        tags=texts(raw.get("tags")),
        query=text(mapping(raw.get("filter")).get("query")),
        retention_days=integer(raw.get("num_retention_days")),
        flex_retention_days=integer(raw.get("num_flex_logs_retention_days")),
        daily_limit=integer(raw.get("daily_limit")),
        daily_limit_reset=json.dumps(reset, sort_keys=True) if isinstance(reset, dict) else None,
        daily_limit_warning=decimal(raw.get("daily_limit_warning_threshold_percentage")),
        exclusion_filters=tuple(_exclusion(mapping(each)) for each in sequence(raw.get("exclusion_filters"))),
    )


def _exclusion(raw: Mapping[str, Any]) -> ExclusionFilter:
    rule = mapping(raw.get("filter"))
    rate = decimal(rule.get("sample_rate"))
    if rate is None:
        raise MalformedError("an exclusion filter without a sample rate")
    return ExclusionFilter(
        name=text(raw.get("name")),
        enabled=raw.get("is_enabled") is not False,
        query=text(rule.get("query")),
        sample_rate=rate,
        sample_attribute=text(rule.get("sample_attribute")) or None,
    )
