"""What Datadog's API says of the events that each log index took, hour by hour."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from costguard.datadog.client import Connection
from costguard.datadog.collectors import Item, Window
from costguard.datadog.extras import beyond, count, extra, flag, unfit
from costguard.datadog.periods import day_is_final, days, midnight
from costguard.datadog.raw import MalformedError, Times, identity, items_of, read_each, text
from costguard.model.findings import Gap
from costguard.model.series import Gathered
from costguard.model.usage import IndexUsage, Period

_KNOWN = frozenset(
    {
        *("event_count", "filtered", "hour", "index_id", "index_name", "live_index_indexed", "org_id", "org_name"),
        *("public_id", "rate_limited", "rehydrated_indexed", "retention"),
    }
)
_COUNTS = ("retention", "org_id", "event_count", "live_index_indexed", "rehydrated_indexed")

_HOUR = timedelta(hours=1)


def _none() -> defaultdict[str, int]:
    return defaultdict(int)


def _empty() -> Gathered[IndexUsage]:
    return Gathered(IndexUsage)


@dataclass
class IndexDays:
    """The last 30 whole days of an organisation's indexes."""

    by_day: defaultdict[date, defaultdict[str, int]] = field(default_factory=lambda: defaultdict(_none))
    """Events that the organisation's own indexes took from the stream of logs, by day and name of the index."""
    rows: defaultdict[date, Gathered[IndexUsage]] = field(default_factory=lambda: defaultdict(_empty))
    """The hours of days that are not final in the store."""
    published: datetime | None = None
    """The end of the last hour that Datadog knows; it publishes an hour up to 72 hours late."""
    gaps: tuple[Gap, ...] = ()


class IndexEvents:
    """GET /api/v1/usage/logs_by_index, in one request: 30 days of one organisation's hours are not too many.

    All of them are asked for even when most are final in the store: log slices are scaled to the sum.
    """

    provides = IndexUsage
    permissions = ("usage_read",)
    parent_only = False

    def collect(self, org: Connection, window: Window) -> Iterator[Item]:
        """The hours of every whole day that is not final in the store."""
        read = index_days(org, window)
        final = window.previous.final_periods(IndexUsage)
        for day in days(window.now):
            if day.isoformat() not in final:
                yield Period(IndexUsage, day.isoformat(), day_is_final(day, window.now) and not read.gaps)
                yield from read.rows[day].series()
        yield from read.gaps


def index_days(org: Connection, window: Window) -> IndexDays:
    """The days of the organisation's own indexes, read once; raises Unreadable."""
    return window.once("index days", lambda: _read(org, window))


def _read(org: Connection, window: Window) -> IndexDays:
    whole = days(window.now)
    start, end = midnight(whole[0]), midnight(whole[-1]) + timedelta(days=1)
    body = org.call(
        "v1.get_usage_logs_by_index",
        query={"start_hr": f"{start:%Y-%m-%dT%H}", "end_hr": f"{end:%Y-%m-%dT%H}"},
        what="index_usage",
    )
    out = IndexDays()
    own = window.organisation.id if window.organisation else None
    final = window.previous.final_periods(IndexUsage)
    unread = {day for day in whole if day.isoformat() not in final}
    times = Times()

    def add(raw: dict[str, Any]) -> None:
        hour = times.of(raw.get("hour"))
        if hour is None:
            raise MalformedError("no hour")
        if not start <= hour < end:
            return
        name, day = identity(raw.get("index_name")), hour.date()
        if day in unread:
            _gather(raw, name, hour, out.rows[day])
        if own and (public_id := text(raw.get("public_id"))) and public_id != own:
            return
        out.published = max(out.published or start, hour + _HOUR)
        live = raw.get("live_index_indexed")
        out.by_day[day][name] += count(raw.get("event_count") if live is None else live) or 0

    items = items_of(body, "usage", org=org.org.name, what="index_usage")
    read = read_each(items, add, org=org.org.name, what="index_usage", plural="hours of log indexes")
    out.gaps = tuple(each for each in read if each is not None)
    return out


def _gather(raw: Mapping[str, Any], name: str, hour: datetime, rows: Gathered[IndexUsage]) -> None:
    told = [raw.get(key) for key in _COUNTS]
    numbers = [count(value) for value in told]
    kept = None
    if None in numbers or not raw.keys() <= _KNOWN:
        unread = (unfit(key, raw.get(key), value) for key, value in zip(_COUNTS, numbers, strict=True))
        kept = extra(beyond(raw, _KNOWN), *unread)
    retention, org_id, took, live, rehydrated = numbers
    events, live_events, rehydrated_events, hours = rows.alike(
        hour.date(),
        text(raw.get("public_id")),
        text(raw.get("org_name")),
        str(raw.get("index_id") or ""),
        name,
        retention,
        org_id,
        flag(raw.get("rate_limited")),
        flag(raw.get("filtered")),
        kept,
    )
    events.append(took)
    live_events.append(live)
    rehydrated_events.append(rehydrated)
    hours.append(hour)
