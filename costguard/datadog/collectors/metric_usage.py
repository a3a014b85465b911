"""What Datadog's API says of the time series that each metric had in the last closed month."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from costguard.datadog.client import Connection, Unreadable
from costguard.datadog.collectors import Item, Window
from costguard.datadog.extras import amount, beyond, extra, unfit
from costguard.datadog.pages import by_cursor
from costguard.datadog.periods import closed_months, month_key, usage_is_final
from costguard.datadog.raw import identity, key_of, read_each, text
from costguard.model.findings import Gap
from costguard.model.resources import Metric
from costguard.model.usage import MetricUsage, Period

_PAGE = 5_000
"""The most that the call gives at a time."""

_KNOWN = frozenset({"avg_metric_hour", "max_metric_hour", "metric_category", "metric_name"})

Category: TypeAlias = Literal["custom", "standard", "unknown"]


class MonthOfMetrics:
    """GET /api/v1/usage/top_avg_metrics of the last closed month."""

    provides = MetricUsage
    permissions = ("usage_read",)
    parent_only = False

    def collect(self, org: Connection, window: Window) -> Iterator[Item]:
        """Every metric's month, unless that is final in the store."""
        rows = _month(org, window)
        if rows is None:
            return
        month = closed_months(window.now)[-1]
        gaps = [row for row in rows if isinstance(row, Gap)]
        yield from gaps
        final = bool(rows) and not gaps and usage_is_final(month, window.now)
        yield Period(MetricUsage, month_key(month), final)
        yield from (row for row in rows if isinstance(row, MetricUsage))


def months_series(org: Connection, window: Window) -> Mapping[str, tuple[Category, Decimal | None]] | None:
    """Category and average time series of the last closed month by metric; None where those cannot be read."""
    try:
        rows = _month(org, window)
    except Unreadable:
        # The gap is the one of MonthOfMetrics, which reads the same.
        return None
    if rows is None:
        known = window.previous.resources(Metric).values()
        return {metric.id: (metric.category, metric.series) for metric in known if metric.category != "unknown"}
    return {row.name: (_category(row.category), row.avg_series) for row in rows if isinstance(row, MetricUsage)}


def _month(org: Connection, window: Window) -> tuple[MetricUsage | Gap, ...] | None:
    """The rows of the month, read once; None where they are final in the store and joined with the metrics there."""
    month = closed_months(window.now)[-1]
    if month_key(month) in window.previous.final_periods(MetricUsage) and window.previous.resources(Metric):
        return None

    def row(raw: Mapping[str, Any]) -> MetricUsage:
        average, most = amount(raw.get("avg_metric_hour")), amount(raw.get("max_metric_hour"))
        return MetricUsage(
            month=month,
            name=identity(raw.get("metric_name")),
            category=text(raw.get("metric_category")),
            avg_series=average,
            max_series=most,
            extra=extra(
                beyond(raw, _KNOWN),
                unfit("avg_metric_hour", raw.get("avg_metric_hour"), average),
                unfit("max_metric_hour", raw.get("max_metric_hour"), most),
            ),
        )

    def read() -> tuple[MetricUsage | Gap, ...]:
        query: dict[str, Any] = {"month": month_key(month), "limit": _PAGE}
        listed = by_cursor(
            lambda page: org.call("v1.get_usage_top_avg_metrics", query={**query, **page}, what="metric_usage"),
            org=org.org.name,
            what="metric_usage",
            items="usage",
            key=key_of("metric_name"),
            cursor="next_record_id",
            after=("metadata", "pagination", "next_record_id"),
        )
        return tuple(read_each(listed, row, org=org.org.name, what="metric_usage", plural="metrics"))

    return window.once("metric usage", read)


def _category(value: str) -> Category:
    return "custom" if value == "custom" else "standard" if value == "standard" else "unknown"
