"""What Datadog's API says of an account's usage by the hour, organisation and product family."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, TypeAlias

from costguard.datadog.client import Connection, Unreadable
from costguard.datadog.collectors import Item, Window
from costguard.datadog.collectors.billable_usage import is_alone
from costguard.datadog.extras import beyond, count, extra, unfit
from costguard.datadog.pages import by_cursor
from costguard.datadog.periods import TOGETHER, closed_months, day_is_final, days, midnight, today
from costguard.datadog.raw import MalformedError, Times, identity, mapping, read_each, sequence, text
from costguard.model.findings import Cause, Gap
from costguard.model.series import Gathered, Series
from costguard.model.usage import HourlyUsage, Period

_PAGE = 500
"""The most that the call gives at a time."""

_DAY = 24
"""Hours; more of several organisations is refused in one request, but not of one (docs/datadog.md, B1)."""

_RECORDS = 2_500
"""About so many are asked for at a time where requests go out side by side: each is held until its turn."""

_SETTLED = 3
"""Days after which usage is known in full, so that its records can be counted."""

_GATHERED = 50_000
"""Measurements that are held before the series that they belong to are handed over, complete or not."""

_Read: TypeAlias = tuple[date, Series[HourlyUsage] | Gap]
"""With the day that it is of."""

_ITEM = frozenset({"id", "type", "attributes"})
_KNOWN = frozenset(
    {
        *("account_name", "account_public_id", "measurements", "org_name", "product_family", "public_id", "region"),
        "timestamp",
    }
)
_MEASUREMENT = frozenset({"usage_type", "value"})


class _Span(NamedTuple):
    """Hours that are asked for together: some of one day, or all of several."""

    days: tuple[date, ...]
    start: datetime
    end: datetime


class HourlyUsages:
    """GET /api/v2/usage/hourly_usage of all product families and the account's organisations."""

    provides = HourlyUsage
    permissions = ("usage_read",)
    parent_only = True
    own = True

    def collect(self, org: Connection, window: Window) -> Iterator[Item]:
        """The last whole days, as many as the settings say, but for those that are final in the store.

        By default all since the last closed month began: what it was billed for is held against its hours.
        """
        count = window.usage.hourly_days or (today(window.now) - closed_months(window.now)[-1]).days
        final = window.previous.final_periods(HourlyUsage)
        wanted = [day for day in days(window.now, count) if day.isoformat() not in final]
        if not wanted:
            return
        # One day goes first, and tells how many records an hour has.
        day = wanted.pop(-1 - min(_SETTLED, len(wanted) - 1))
        listing = _Hours(org, window)
        yield Period(HourlyUsage, day.isoformat(), day_is_final(day, window.now))
        yield from (read for _, read in listing.rows(_whole((day,))))
        hours = max(1, min(TOGETHER * _DAY, _RECORDS * _DAY // max(1, listing.records)))
        if hours > _DAY and wanted and not (len(listing.orgs) <= 1 and is_alone(org, window)):
            hours = _DAY
        spans = list(_spans(wanted, hours))

        def stream(span: _Span) -> Iterator[_Read]:
            return _Hours(org, window).rows(span)

        def read(span: _Span) -> list[_Read]:
            return list(stream(span))

        # Where even single hours are too large to be held side by side, they are read one after the other.
        held = listing.records <= _RECORDS * _DAY
        every: Iterator[Iterable[_Read]] = window.fan_out(read, spans) if held else map(stream, spans)
        for span, rows in zip(spans, every, strict=True):
            for day in span.days:
                if span.start <= midnight(day):
                    yield Period(HourlyUsage, day.isoformat(), day_is_final(day, window.now))
                yield from (read for of, read in rows if of == day)


def _spans(days: Sequence[date], hours: int) -> Iterator[_Span]:
    """The days in spans of at most so many hours, none across a day that is not among them."""
    if hours >= _DAY:
        together: list[date] = []
        for day in days:
            if together and (day != together[-1] + timedelta(days=1) or len(together) == hours // _DAY):
                yield _whole(together)
                together = []
            together.append(day)
        if together:
            yield _whole(together)
        return
    for day in days:
        start, after = midnight(day), midnight(day) + timedelta(days=1)
        while start < after:
            end = min(after, start + timedelta(hours=hours))
            yield _Span((day,), start, end)
            start = end


def _whole(days: Sequence[date]) -> _Span:
    """All hours of consecutive days."""
    return _Span(tuple(days), midnight(days[0]), midnight(days[-1]) + timedelta(days=1))


class _Hours:
    """The records of some hours, page by page."""

    def __init__(self, org: Connection, window: Window) -> None:
        self.records = 0
        """How many have come."""
        self.orgs: set[str] = set()
        """Public ids of the organisations that they are of."""
        self._org = org
        self._times = Times()
        self._gathered: defaultdict[date, Gathered[HourlyUsage]] = defaultdict(lambda: Gathered(HourlyUsage))
        self._query: dict[str, Any] = {
            "filter[product_families]": "all",
            "filter[include_descendants]": window.parent is not False,
            "filter[include_breakdown]": True,
            "page[limit]": _PAGE,
        }
        self._query |= {f"filter[{name}]": value for name, value in window.connected.items()}
        if window.usage.versions:
            versions = (f"{family}:{version}" for family, version in sorted(window.usage.versions.items()))
            self._query["filter[versions]"] = ",".join(versions)

    def rows(self, span: _Span) -> Iterator[_Read]:
        """The hours of each measurement, day after day; raises Unreadable."""
        query = {
            **self._query,
            "filter[timestamp][start]": f"{span.start:%Y-%m-%dT%H}",
            "filter[timestamp][end]": f"{span.end:%Y-%m-%dT%H}",
        }

        def fetch(page: dict[str, Any]) -> Any:
            try:
                return self._org.call(
                    "v2.get_hourly_usage", query={**query, **page}, what="hourly_usage", optional=True
                )
            except Unreadable as error:
                raise self._explained(error) from None

        listed = by_cursor(
            fetch,
            org=self._org.org.name,
            what="hourly_usage",
            items="data",
            key=_identity,
            cursor="page[next_record_id]",
            after=("meta", "pagination", "next_record_id"),
        )
        held = 0
        for read in read_each(
            listed,
            lambda raw: self._gather(raw, span),
            org=self._org.org.name,
            what="hourly_usage",
            plural="hours of usage",
        ):
            if isinstance(read, Gap):
                yield span.days[0], read
                continue
            held += read
            # Several days are asked for together only where they are few records.
            if held >= _GATHERED and len(span.days) == 1:
                yield from self._series(span)
                held = 0
        yield from self._series(span)

    def _explained(self, error: Unreadable) -> Unreadable:
        """The error, with the setting that is the likeliest reason of a refusal."""
        versions = self._query.get("filter[versions]")
        if error.status != 400 or error.gap.cause is not Cause.FAILED or not versions:
            return error
        told = error.gap.hint.partition(": ")[2]
        hint = f"check versions in [usage], of which {versions} was asked for: {told}"
        return Unreadable(error.gap.model_copy(update={"hint": hint}), status=error.status)

    def _series(self, span: _Span) -> Iterator[_Read]:
        for day in span.days:
            yield from ((day, each) for each in self._gathered[day].series())

    def _gather(self, raw: Mapping[str, Any], span: _Span) -> int:
        """How many measurements it had; none of hours that were not asked for."""
        self.records += 1
        about = mapping(raw.get("attributes"))
        hour = self._times.of(about.get("timestamp"))
        if hour is None:
            raise MalformedError("no timestamp")
        if not span.start <= hour < span.end:
            return 0
        named = (
            identity(about.get("public_id")),
            text(about.get("org_name")),
            text(about.get("region")),
            identity(about.get("product_family")),
        )
        self.orgs.add(named[0])
        account = (text(about.get("account_public_id")), text(about.get("account_name")))
        more = (beyond(raw, _ITEM), beyond(about, _KNOWN))
        rest, gathered = extra(*more), self._gathered[hour.date()]
        measurements = sequence(about.get("measurements")) or [{}]
        for each in map(mapping, measurements):
            value = each.get("value")
            # By far the most frequent case: a count that fits, and nothing beside it.
            units = value if type(value) is int and -(2**63) <= value < 2**63 else count(value)
            kept = rest
            if not each.keys() <= _MEASUREMENT or (units is None and value is not None):
                kept = extra(*more, beyond(each, _MEASUREMENT), unfit("value", value, units))
            hours, values = gathered.alike(*named, text(each.get("usage_type")), *account, kept)
            hours.append(hour)
            values.append(units)
        return len(measurements)


def _identity(item: Mapping[str, Any]) -> int:
    """What tells a record from another, should their ids be the answer's; a number, for a day may have very many."""
    about = mapping(item.get("attributes"))
    values = (item.get("id"), about.get("public_id"), about.get("product_family"), about.get("timestamp"))
    return hash(tuple(value if isinstance(value, str | int) else None for value in values))
