"""What Datadog's API says of an account's usage by the hour, organisation, usage type and tag."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from costguard.datadog.attribution import Endpoint, Listing, configured, tags_of
from costguard.datadog.client import Connection, Unreadable
from costguard.datadog.collectors import Item, Window
from costguard.datadog.collectors.usage_names import attribution_types
from costguard.datadog.extras import amount, beyond, extra, unfit
from costguard.datadog.periods import closed_months, day_is_final, days, month_key
from costguard.datadog.raw import MalformedError, Times, decimal, identity, mapping, read_each, text
from costguard.model.findings import Cause, Gap
from costguard.model.usage import HourlyAttribution, Period

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


class HourlyAttributions:
    """GET /api/v1/usage/hourly-attribution of the last days: totals, and by tags.

    It takes a request for each day, usage type and breakdown, so that it is read only where the settings ask for it.
    """

    provides = HourlyAttribution
    permissions = ("usage_read",)
    parent_only = True

    def collect(self, org: Connection, window: Window) -> Iterator[Item]:
        """Every usage type that the settings name, else that was used in the last closed month; the last days first."""
        wanted = days(window.now, window.attribution.hourly_days)[::-1]
        final = window.previous.final_periods(HourlyAttribution)
        if not wanted or all(day.isoformat() in final for day in wanted):
            return
        reading = _Reading(org, window)
        for day in wanted:
            for tags in (reading.tags, ()):
                key = f"{day.isoformat()}:{','.join(tags)}" if tags else day.isoformat()
                if key not in final:
                    yield Period(HourlyAttribution, key, day_is_final(day, window.now))
                    yield from reading.day(day, tags)
                if not tags:
                    break


class _Reading:
    """What is asked for each day: the usage types, and the tag keys."""

    def __init__(self, org: Connection, window: Window) -> None:
        self._org = org
        self._times = Times()
        self._refused: set[str] = set()
        month = month_key(closed_months(window.now)[-1])
        query: dict[str, Any] = {"start_month": month, "end_month": month, "fields": "*", "include_descendants": True}
        totals = Listing(org, _MONTHS, query)
        own = window.organisation.id if window.organisation else None
        self.tags = window.attribution.tags or configured(totals.first(), own)
        values = [mapping(row.get("values")) for row in totals.rows()]
        used = {field for each in values for field, value in each.items() if decimal(value)}
        asked = window.attribution.usage_types
        types = [
            each if each.endswith("_usage") else f"{each}_usage" for each in asked or attribution_types(org, window)
        ]
        self._types = types if asked or not values else [each for each in types if each in used]

    def day(self, day: date, tags: tuple[str, ...]) -> Iterator[Item]:
        """A day's rows, type by type; an optional Gap for a type that Datadog does not give by the hour."""
        after = day + timedelta(days=1)
        for usage_type in self._types:
            if usage_type in self._refused:
                continue
            query: dict[str, Any] = {
                "start_hr": f"{day.isoformat()}T00",
                "end_hr": f"{after.isoformat()}T00",
                "usage_type": usage_type,
                "include_descendants": True,
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
                yield error.gap.model_copy(update={"what": f"{HourlyAttribution.table} {usage_type}", "optional": True})
                continue
            yield from self._rows(listing, day)

    def _rows(self, listing: Listing, day: date) -> Iterator[Item]:
        read = read_each(listing.rows(), self._row, org=self._org.org.name, what=ENDPOINT.what, plural=ENDPOINT.plural)
        # None of hours that were not asked for.
        yield from (row for row in read if isinstance(row, Gap) or row.hour.date() == day)

    def _row(self, raw: dict[str, Any]) -> HourlyAttribution:
        hour = self._times.of(raw.get("hour"))
        if hour is None:
            raise MalformedError("no hour")
        value = amount(raw.get("total_usage_sum"))
        return HourlyAttribution(
            hour=hour,
            org_public_id=identity(raw.get("public_id")),
            org_name=text(raw.get("org_name")),
            region=text(raw.get("region")),
            usage_type=text(raw.get("usage_type")),
            value=value,
            tags=tags_of(raw),
            tag_config_source=text(raw.get("tag_config_source")) or None,
            updated_at=text(raw.get("updated_at")) or None,
            extra=extra(beyond(raw, _KNOWN), unfit("total_usage_sum", raw.get("total_usage_sum"), value)),
        )
