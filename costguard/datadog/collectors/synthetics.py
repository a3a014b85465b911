"""What Datadog's API says of synthetic tests and of the downtimes that stop them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from costguard.datadog.client import Connection, Unreadable
from costguard.datadog.collectors import Item, Window
from costguard.datadog.details import Detail, fetch_each
from costguard.datadog.pages import by_number
from costguard.datadog.raw import (
    identity,
    integer,
    items_of,
    key_of,
    mapping,
    moment,
    optional_identity,
    read_each,
    sequence,
    text,
    texts,
)
from costguard.model.resources import SyntheticsDowntime, SyntheticTest

_PAGE = 100

_DAY = 24 * 60
"""Minutes."""

_WEEK = 7 * _DAY
"""Minutes."""


class SyntheticTests:
    """GET /api/v1/synthetics/tests, and for the steps of a browser test that is new or edited its own call."""

    provides = SyntheticTest
    permissions = ("synthetics_read",)
    parent_only = False

    def collect(self, org: Connection, window: Window) -> Iterator[Item]:
        """Every test; a browser test whose steps cannot be read has None."""
        known = window.previous.resources(SyntheticTest)
        unread: list[SyntheticTest] = []
        failure: Unreadable | None = None
        listed = by_number(
            lambda page: org.call("v1.list_tests", query={"page_size": _PAGE, **page}, what="synthetic_test"),
            org=org.org.name,
            what="synthetic_test",
            items="tests",
            key=key_of("public_id"),
            number="page_number",
        )
        try:
            for test in read_each(
                listed,
                lambda raw: _test(org, raw),
                org=org.org.name,
                what="synthetic_test",
                plural="synthetic tests",
            ):
                if not isinstance(test, SyntheticTest) or test.type != "browser" or test.steps is not None:
                    yield test
                    continue
                before = known.get(test.id)
                if before and before.steps is not None and before.modified == test.modified:
                    yield test.model_copy(update={"steps": before.steps})
                else:
                    unread.append(test)
        except Unreadable as error:
            failure = error
        yield from _with_steps(org, window, unread)
        if failure:
            raise failure


def _with_steps(org: Connection, window: Window, tests: Sequence[SyntheticTest]) -> Iterator[Item]:
    read: set[str] = set()

    def fetch(test: SyntheticTest) -> Any:
        return org.call("v1.get_browser_test", path={"public_id": test.id}, what="synthetic_test")

    for detail in fetch_each(
        tests,
        fetch,
        window.fan_out,
        name=lambda test: test.id,
        what="synthetic_test steps",
        plural="browser tests",
    ):
        if isinstance(detail, Detail):
            read.add(detail.item.id)
            yield detail.item.model_copy(update={"steps": _steps(mapping(detail.body))})
        else:
            yield detail
    yield from (test for test in tests if test.id not in read)


class SyntheticsDowntimes:
    """GET /api/v2/synthetics/downtimes, once for all and once for those in force."""

    provides = SyntheticsDowntime
    permissions = ("synthetics_read",)
    parent_only = False

    def collect(self, org: Connection, window: Window) -> Iterator[Item]:  # noqa: ARG002 - as every collector
        """Every downtime; raises Unreadable, optional where the site does not know the call."""
        # Asked for by the filter rather than worked out from time slots: a server that ignores the filter makes
        # more downtimes active, and so more tests spared.
        active = {text(mapping(raw).get("id")) for raw in self._list(org, {"filter[active]": "true"})}
        yield from read_each(
            self._list(org, {}),
            lambda raw: _downtime(org, raw, active),
            org=org.org.name,
            what="synthetics_downtime",
            plural="synthetics downtimes",
        )

    def _list(self, org: Connection, query: Mapping[str, str]) -> list[Any]:
        body = org.call("v2.list_synthetics_downtimes", query=query, what="synthetics_downtime", optional=True)
        return items_of(body, "data", org=org.org.name, what="synthetics_downtime")


def _test(org: Connection, raw: Mapping[str, Any]) -> SyntheticTest:
    options = mapping(raw.get("options"))
    id_ = identity(raw.get("public_id"))
    return SyntheticTest(
        org=org.org.name,
        id=id_,
        name=text(raw.get("name")),
        url=org.app_url(f"/synthetics/details/{quote(id_, safe='')}"),
        tags=texts(raw.get("tags")),
        created=moment(raw.get("created_at")),
        modified=moment(raw.get("modified_at")),
        type=text(raw.get("type")),
        subtype=text(raw.get("subtype")) or None,
        status=text(raw.get("status")),
        locations=texts(raw.get("locations")),
        device_ids=texts(options.get("device_ids")),
        tick_every=integer(options.get("tick_every")),
        weekly_seconds=weekly_seconds(mapping(options.get("scheduling")).get("timeframes")),
        steps=_steps(raw),
        monitor_id=optional_identity(raw.get("monitor_id")),
        message=text(raw.get("message")),
        min_failure_duration=integer(options.get("min_failure_duration")) or 0,
        min_location_failed=integer(options.get("min_location_failed")) or 1,
        blocks_ci=mapping(options.get("ci")).get("executionRule") == "blocking",
    )


def _steps(raw: Mapping[str, Any]) -> int | None:
    """Steps of a browser test's own answer, or of a multistep test's configuration."""
    for steps in (raw.get("steps"), mapping(raw.get("config")).get("steps")):
        if isinstance(steps, list):
            return len(steps)
    return None


def weekly_seconds(timeframes: object) -> int:
    """Seconds of a week that a schedule's `timeframes` cover, overlapping ones once; a whole week without any.

    A timeframe is a day (1 = Monday) with `from` and `to` as "HH:MM"; one that ends before it begins runs past
    midnight, and "00:00" as an end is the midnight that follows.
    """
    spans: list[tuple[int, int]] = []
    for each in map(mapping, sequence(timeframes)):
        day, start, end = integer(each.get("day")), _minute(each.get("from")), _minute(each.get("to"))
        if day is None or not 1 <= day <= 7 or start is None or end is None:
            continue
        if end < start or end == 0:
            end += _DAY
        first = (day - 1) * _DAY
        spans.append((first + start, min(first + end, _WEEK)))
        spans.append((0, max(first + end - _WEEK, 0)))
    covered = reach = 0
    for start, end in sorted(spans):
        covered += max(0, end - max(start, reach))
        reach = max(reach, end)
    return (covered or _WEEK) * 60


def _minute(value: object) -> int | None:
    """ "16:30" → 990."""
    hours, _, minutes = text(value).partition(":")
    if not (hours.isdecimal() and minutes.isdecimal()):
        return None
    minute = int(hours) * 60 + int(minutes)
    return minute if minute <= _DAY else None


def _downtime(org: Connection, raw: Mapping[str, Any], active: set[str]) -> SyntheticsDowntime:
    attributes = mapping(raw.get("attributes"))
    id_ = identity(raw.get("id"))
    return SyntheticsDowntime(
        org=org.org.name,
        id=id_,
        name=text(attributes.get("name")),
        url=org.app_url("/synthetics/downtimes"),
        tags=texts(attributes.get("tags")),
        created=moment(attributes.get("createdAt")),
        modified=moment(attributes.get("updatedAt")),
        test_ids=texts(attributes.get("testIds")),
        active=id_ in active and attributes.get("isEnabled") is not False,
    )
