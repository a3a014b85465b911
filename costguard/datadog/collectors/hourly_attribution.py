"""What Datadog's API says of an account's usage by the hour, organisation, usage type and tag."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from difflib import get_close_matches
from typing import Any

from costguard.datadog.attribution import Endpoint, Listing, tags_of
from costguard.datadog.client import Connection, Unreadable
from costguard.datadog.collectors import Item, Window
from costguard.datadog.collectors.billable_usage import is_alone
from costguard.datadog.collectors.usage_names import attribution_types
from costguard.datadog.extras import amount, beyond, extra, unfit
from costguard.datadog.periods import TOGETHER, closed_months, day_is_final, days, month_key
from costguard.datadog.raw import MalformedError, Times, decimal, identity, mapping, read_each, text
from costguard.datadog.tag_choices import configured
from costguard.model.findings import Cause, Gap
from costguard.model.usage import HourlyAttribution, Period
from costguard.safetext import visible

ENDPOINT = Endpoint(
    "v1.get_hourly_usage_attribution", HourlyAttribution.table, "usage", "metadata", "hours of attributed usage"
)
_MONTHS = Endpoint("v1.get_monthly_usage_attribution", HourlyAttribution.table, "usage", "metadata", "months")

_KNOWN = frozenset(
    {
        *("hour", "org_name", "public_id", "region", "tag_config_source", "tags", "total_usage_sum", "updated_at"),
        "usage_type",
    }
)


_ROWS = 20_000
"""About so many are asked for at a time of several days: each is held until its day's turn."""

_BARE = frozenset({"flex_logs_starter", "flex_stored_logs", "published_app"})
"""Usage types that Datadog's API reference writes without the _usage that ends the others (docs/datadog.md, B1)."""


class HourlyAttributions:
    """GET /api/v1/usage/hourly-attribution of the last days: totals, and by tags.

    It takes a request for each day, usage type and breakdown, so that it is read only where the settings ask for it; of
    an organisation that is alone, one for several days.
    """

    provides = HourlyAttribution
    permissions = ("usage_read",)
    parent_only = True
    own = True

    def collect(self, org: Connection, window: Window) -> Iterator[Item]:
        """Every usage type that the settings name, else that was used in the last closed month; the last days first."""
        wanted = days(window.now, window.attribution.hourly_days)[::-1]
        final = window.previous.final_periods(HourlyAttribution)
        if not wanted or all(day.isoformat() in final for day in wanted):
            return
        reading = _Reading(org, window)
        yield from reading.unlisted()
        # One day goes first, and tells how many rows a day has.
        together, place = 1, 0
        while place < len(wanted):
            span, rows = wanted[place : place + together], 0
            for tags in dict.fromkeys((reading.tags, ())):
                keys = {day: f"{day.isoformat()}:{','.join(tags)}" if tags else day.isoformat() for day in span}
                unread = [day for day in span if keys[day] not in final]
                # Several days are asked for together only where they are few rows.
                found = reading.days(unread, tags) if len(unread) == 1 else list(reading.days(unread, tags))
                for day in unread:
                    yield Period(HourlyAttribution, keys[day], day_is_final(day, window.now))
                    for of, item in found:
                        if of == day:
                            rows += 1
                            yield item
            place += len(span)
            if place == 1 < len(wanted) and is_alone(org, window):
                together = max(1, min(TOGETHER, _ROWS // max(1, rows)))


class _Reading:
    """What is asked for each day: the usage types, and the tag keys."""

    def __init__(self, org: Connection, window: Window) -> None:
        self._org = org
        self._times = Times()
        self._refused: set[str] = set()
        month = month_key(closed_months(window.now)[-1])
        self._descendants = {"include_descendants": window.parent is not False}
        query: dict[str, Any] = {"start_month": month, "end_month": month, "fields": "*", **self._descendants}
        totals = Listing(org, _MONTHS, query)
        own = window.organisation.id if window.organisation else None
        self.tags = window.attribution.tags or configured(totals.first(), own)
        values = [mapping(row.get("values")) for row in totals.rows()]
        used = {field for each in values for field, value in each.items() if decimal(value)}
        asked = window.attribution.usage_types
        listed = [_named(each) for each in _listed(org, window, needed=not asked)]
        types = [_named(each) for each in asked] or listed
        self._types = types if asked or not values else [each for each in types if _field(each) in used]
        self._listed = listed or types

    def unlisted(self) -> Iterator[Gap]:
        """An optional Gap for each type of the settings that Datadog does not list; it is asked for all the same."""
        # The ending that nearly all have in common would make anything alike.
        stems = {each.removesuffix("_usage"): each for each in self._listed}
        for usage_type in self._types:
            if usage_type not in self._listed:
                near = get_close_matches(usage_type.removesuffix("_usage"), stems, n=1)
                step = f"did you mean {visible(stems[near[0]])}?" if near else "use one that Datadog lists"
                yield Gap(
                    org=self._org.org.name,
                    what=f"{HourlyAttribution.table} {usage_type}",
                    cause=Cause.NOT_AVAILABLE,
                    hint=f"Datadog lists no {usage_type}, which usage_types in [attribution] names: {step}",
                    optional=True,
                )

    def days(self, days: Sequence[date], tags: tuple[str, ...]) -> Iterator[tuple[date, Item]]:
        """The days' rows, type by type; an optional Gap for a type that Datadog does not give by the hour."""
        if not days:
            return
        first, after = min(days), max(days) + timedelta(days=1)
        for usage_type in self._types:
            if usage_type in self._refused:
                continue
            query: dict[str, Any] = {
                "start_hr": f"{first.isoformat()}T00",
                "end_hr": f"{after.isoformat()}T00",
                "usage_type": usage_type,
                **self._descendants,
            }
            if tags:
                query["tag_breakdown_keys"] = ",".join(tags)
            listing = Listing(self._org, ENDPOINT, query)
            try:
                listing.first()
            except Unreadable as error:
                if error.status != 400 or error.gap.cause is not Cause.FAILED:
                    raise
                self._refused.add(usage_type)
                if usage_type not in self._listed:
                    continue
                what = f"{HourlyAttribution.table} {usage_type}"
                yield days[0], error.gap.model_copy(update={"what": what, "optional": True})
                continue
            org = self._org.org.name
            for row in read_each(listing.rows(), self._row, org=org, what=ENDPOINT.what, plural=ENDPOINT.plural):
                # Rows of hours that were not asked for find no day that takes them.
                yield (days[0] if isinstance(row, Gap) else row.hour.date()), row

    def _row(self, raw: dict[str, Any]) -> HourlyAttribution:
        hour = self._times.of(raw.get("hour"))
        if hour is None:
            raise MalformedError("no hour")
        value, tags = amount(raw.get("total_usage_sum")), tags_of(raw)
        return HourlyAttribution(
            hour=hour,
            org_public_id=identity(raw.get("public_id")),
            org_name=text(raw.get("org_name")),
            region=text(raw.get("region")),
            usage_type=text(raw.get("usage_type")),
            value=value,
            tags=tags,
            tag_config_source=text(raw.get("tag_config_source")) or None,
            updated_at=text(raw.get("updated_at")) or None,
            extra=extra(
                beyond(raw, _KNOWN),
                unfit("tags", raw.get("tags"), tags),
                unfit("total_usage_sum", raw.get("total_usage_sum"), value),
            ),
        )


def _listed(org: Connection, window: Window, *, needed: bool) -> tuple[str, ...]:
    """The types that can be asked for; where they are not needed, none if they cannot be read: `usage_name` says so."""
    try:
        return attribution_types(org, window)
    except Unreadable:
        if needed:
            raise
        return ()


def _named(usage_type: str) -> str:
    """The type as it is asked for; lists of types, and people, may leave the _usage out."""
    stem = usage_type.removesuffix("_usage")
    return stem if stem in _BARE else usage_type if usage_type.endswith("_percentage") else f"{stem}_usage"


def _field(usage_type: str) -> str:
    """The field of the monthly attribution that says how much of the type was used."""
    return f"{usage_type}_usage" if usage_type in _BARE else usage_type
