"""What Datadog's API says of monitors: whom they notify, when they last alerted, and what mutes them."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from costguard.datadog import widgets
from costguard.datadog.client import Connection, Unreadable
from costguard.datadog.collectors import Item, Window
from costguard.datadog.pages import by_number, by_offset
from costguard.datadog.raw import (
    MalformedError,
    identity,
    key_of,
    mapping,
    moment,
    optional_identity,
    read_each,
    sequence,
    text,
    texts,
)
from costguard.model.resources import Downtime, Monitor

_PAGE = 1000
"""The most that GET /api/v1/monitor gives at a time."""

_DOWNTIMES_PAGE = 100

_EVERYTHING = "*"


class _Activity(NamedTuple):
    """What only the monitor search tells."""

    notifications: tuple[str, ...]
    last_triggered: datetime | None
    metrics: tuple[str, ...]


class Monitors:
    """GET /api/v1/monitor, joined with GET /api/v1/monitor/search."""

    provides = Monitor
    permissions = ("monitors_read",)
    parent_only = False

    def collect(self, org: Connection, window: Window) -> Iterator[Item]:
        """Every monitor; without an answer of the search its notifications are None, and a Gap says so."""
        activity: dict[str, _Activity] = {}
        try:
            activity.update(_search(org))
        except Unreadable as error:
            yield error.gap
        yield from read_each(
            by_number(
                lambda page: org.call(
                    "v1.list_monitors", query={"with_downtimes": True, "page_size": _PAGE, **page}, what="monitor"
                ),
                org=org.org.name,
                what="monitor",
                items=None,
                key=key_of("id"),
            ),
            lambda raw: _monitor(org, raw, activity, window.now),
            org=org.org.name,
            what="monitor",
            plural="monitors",
        )


class Downtimes:
    """GET /api/v2/downtime."""

    provides = Downtime
    permissions = ("monitors_downtime",)
    parent_only = False

    def collect(self, org: Connection, window: Window) -> Iterator[Item]:  # noqa: ARG002 - as every collector
        """Every monitor downtime, over and scheduled ones too."""
        yield from read_each(
            by_offset(
                lambda page: org.call(
                    "v2.list_downtimes", query={"page[limit]": _DOWNTIMES_PAGE, **page}, what="downtime"
                ),
                org=org.org.name,
                what="downtime",
                items="data",
                key=key_of("id"),
                start="page[offset]",
            ),
            lambda raw: _downtime(org, raw),
            org=org.org.name,
            what="downtime",
            plural="downtimes",
        )


def _search(org: Connection) -> Iterator[tuple[str, _Activity]]:
    for raw in by_number(
        lambda page: org.call("v1.search_monitors", query={"per_page": _PAGE, **page}, what="monitor notifications"),
        org=org.org.name,
        what="monitor notifications",
        items="monitors",
        key=key_of("id"),
    ):
        id_ = optional_identity(raw.get("id"))
        if id_ is None:
            continue
        handles = [text(mapping(each).get("handle")) for each in sequence(raw.get("notifications"))]
        yield (
            id_,
            _Activity(tuple(filter(None, handles)), moment(raw.get("last_triggered_ts")), texts(raw.get("metrics"))),
        )


def _monitor(org: Connection, raw: Mapping[str, Any], activity: Mapping[str, _Activity], now: datetime) -> Monitor:
    options = mapping(raw.get("options"))
    id_ = identity(raw.get("id"))
    seen = activity.get(id_)
    muted, until = _mute(raw, options, now)
    return Monitor(
        org=org.org.name,
        id=id_,
        name=text(raw.get("name")),
        url=org.app_url(f"/monitors/{id_}"),
        tags=texts(raw.get("tags")),
        created=moment(raw.get("created")),
        modified=moment(raw.get("modified")),
        type=text(raw.get("type")),
        query=text(raw.get("query")),
        message=text(raw.get("message")),
        overall_state=text(raw.get("overall_state")) or None,
        synthetics_check_id=optional_identity(options.get("synthetics_check_id")),
        muted=muted,
        muted_until=until,
        notifications=seen.notifications if seen else None,
        last_triggered=seen.last_triggered if seen else None,
        metrics=seen.metrics if seen else (),
        queries=widgets.queries(options["variables"]) if "variables" in options else (),
    )


def _mute(raw: Mapping[str, Any], options: Mapping[str, Any], now: datetime) -> tuple[bool, datetime | None]:
    """Whether all of the monitor is muted now, and until when (None = without end)."""
    ends: list[datetime | None] = []
    silenced = mapping(options.get("silenced"))
    if _EVERYTHING in silenced:
        ends.append(moment(silenced[_EVERYTHING]))
    # The newer downtimes are not in `silenced`; they are here even for keys without monitors_downtime.
    for downtime in map(mapping, sequence(raw.get("matching_downtimes"))):
        start = moment(downtime.get("start"))
        if _EVERYTHING in texts(downtime.get("scope")) and (start is None or start <= now):
            ends.append(moment(downtime.get("end")))
    running = [end for end in ends if end is None or end > now]
    known = [end for end in running if end is not None]
    return bool(running), max(known) if running and len(known) == len(running) else None


def _downtime(org: Connection, raw: Mapping[str, Any]) -> Downtime:
    attributes = mapping(raw.get("attributes"))
    whom = mapping(attributes.get("monitor_identifier"))
    schedule = mapping(attributes.get("schedule"))
    current = mapping(schedule.get("current_downtime"))
    monitor_id, tags = optional_identity(whom.get("monitor_id")), texts(whom.get("monitor_tags"))
    if monitor_id is None and not tags:
        raise MalformedError("names no monitor")
    return Downtime(
        org=org.org.name,
        id=identity(raw.get("id")),
        name=text(attributes.get("message")),
        url=org.app_url("/monitors/downtimes"),
        created=moment(attributes.get("created")),
        modified=moment(attributes.get("modified")),
        monitor_id=monitor_id,
        monitor_tags=tags,
        scope=text(attributes.get("scope")),
        status=text(attributes.get("status")),
        starts=moment(schedule.get("start")) or moment(current.get("start")),
        ends=moment(schedule.get("end")) or moment(current.get("end")),
        recurring="recurrences" in schedule,
    )
