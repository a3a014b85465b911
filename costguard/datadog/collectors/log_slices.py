"""How many events each service and severity has in each log index, from Datadog's own usage metric."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from costguard.datadog.client import Connection, Unreadable
from costguard.datadog.collectors import Item, Window
from costguard.datadog.collectors.index_usage import IndexDays, index_days
from costguard.datadog.collectors.log_indexes import indexes
from costguard.datadog.metric_queries import MetricQueries, MetricQuery
from costguard.datadog.periods import days, midnight
from costguard.datadog.raw import malformed, mapping, moment, sequence, texts
from costguard.model.findings import Gap
from costguard.model.resources import LogSlice

QUERY = MetricQuery(
    "sum",
    "datadog.estimated_usage.logs.ingested_events",
    "datadog_is_excluded:false",
    ("datadog_index", "service", "status"),
    rollup=("sum", 86400),
    as_count=True,
)
"""Indexed events a day by index, service and severity (docs/datadog.md, A6)."""

_ABSENT = "N/A"
"""The value of a tag that is not there."""

_DAY = timedelta(days=1)

_Slice = tuple[str, str, str]
"""Index, service, status."""

_Events = Mapping[_Slice, Mapping[date, float]]


class LogSlices:
    """GET /api/v1/query, with each index scaled to its billed events where those can be read."""

    provides = LogSlice
    permissions = ("timeseries_query", "logs_read_config")
    parent_only = False

    def collect(self, org: Connection, window: Window) -> Iterator[Item]:
        """Every slice with events in the last 30 whole days; it carries the tags of its index.

        Raises Unreadable without readable indexes too: a tag that asks to be left alone must not be missed.
        """
        tags: dict[str, tuple[str, ...]] = {}
        for index in indexes(org, window):
            if isinstance(index, Gap):
                yield index.model_copy(update={"what": "log_slice"})
            else:
                tags[index.id] = index.tags
        events = _events(org, window)
        factors = _factors(events, _billed(org, window))
        url = org.app_url("/logs/pipelines/indexes")
        for (name, service, status), by_day in sorted(events.items()):
            count = _exactly(sum(by_day.values())) * factors.get(name, Decimal(1))
            if count > 0:
                yield LogSlice(
                    org=org.org.name,
                    id=f"{name}/{service}/{status}",
                    name=f"{service} {status} in {name}",
                    url=url,
                    tags=tags.get(name, ()),
                    index=name,
                    service=service,
                    status=status,
                    events=count,
                    calibrated=name in factors,
                )


def _events(org: Connection, window: Window) -> _Events:
    """Estimated events by slice and day; raises Unreadable."""
    whole = days(window.now)
    start, end = midnight(whole[0]), midnight(whole[-1]) + timedelta(days=1)
    body = mapping(
        org.call(
            "v1.query_metrics",
            query={"from": int(start.timestamp()), "to": int(end.timestamp()), "query": MetricQueries((QUERY,))},
            what="log_slice",
        )
    )
    if not isinstance(body.get("series"), list) or body.get("status", "ok") != "ok":
        raise Unreadable(malformed(org.org.name, "log_slice", "the query of Datadog's usage metric failed"))
    wanted = frozenset(whole)
    dates: dict[float, date | None] = {}
    out: defaultdict[_Slice, defaultdict[date, float]] = defaultdict(lambda: defaultdict(float))
    for series in map(mapping, body["series"]):
        tags = dict(tag.partition(":")[::2] for tag in texts(series.get("tag_set")))
        index, service, status = (_value(tags.get(key)) for key in ("datadog_index", "service", "status"))
        # What is in no index is not billed as indexed.
        if index == _ABSENT:
            continue
        by_day = out[index, service, status]
        for time, count in _points(series):
            day = dates[time] if time in dates else dates.setdefault(time, _day(time))
            if day is not None and day in wanted:
                by_day[day] += count
    return out


def _points(series: Mapping[str, Any]) -> Iterator[tuple[float, float]]:
    """Time and count of each point; a bucket without events may be null."""
    for point in sequence(series.get("pointlist")):
        if isinstance(point, list) and len(point) == 2:
            time, count = point
            if isinstance(time, (int, float)) and isinstance(count, (int, float)):
                yield time, count


def _day(time: float) -> date | None:
    when = moment(time)
    return when.date() if when else None


def _value(value: str | None) -> str:
    return _ABSENT if not value or value.upper() == _ABSENT else value


def _billed(org: Connection, window: Window) -> IndexDays:
    """The hours that Datadog bills by; none where they cannot be read, which is another collector's gap."""
    try:
        return index_days(org, window)
    except Unreadable:
        return IndexDays()


def _factors(events: _Events, billed: IndexDays) -> Mapping[str, Decimal]:
    """Billed events over estimated ones, by index, on the days that Datadog knows in full."""
    published = billed.published
    whole = sorted(day for day in billed.by_day if published and midnight(day) + _DAY <= published)
    estimated: defaultdict[str, float] = defaultdict(float)
    for (index, _, _), by_day in events.items():
        estimated[index] += sum(by_day.get(day, 0.0) for day in whole)
    measured: defaultdict[str, int] = defaultdict(int)
    for day in whole:
        for index, taken in billed.by_day[day].items():
            measured[index] += taken
    return {index: count / _exactly(estimated[index]) for index, count in measured.items() if estimated.get(index)}


def _exactly(number: float) -> Decimal:
    return Decimal(repr(number))
