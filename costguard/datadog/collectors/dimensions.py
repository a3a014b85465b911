"""What Datadog's API says of billing dimensions: which are active, and under which keys their usage is reported."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, Literal, TypeAlias

from costguard.datadog.client import Connection, Unreadable
from costguard.datadog.collectors import Item, Window
from costguard.datadog.extras import beyond, extra, imprecise
from costguard.datadog.history import each_month, unread
from costguard.datadog.periods import closed_months, cost_is_final, midnight, month_key
from costguard.datadog.raw import identity, items_of, mapping, moment, read_each, sequence, text, texts
from costguard.model.findings import Cause, Gap
from costguard.model.usage import ActiveDimension, DimensionKey, Period

View: TypeAlias = Literal["active", "all"]
"""The dimensions of the contract, or all that there are."""

_ITEM = frozenset({"id", "type", "attributes"})
_KNOWN = frozenset({"endpoints", "in_app_label", "timestamp"})
_ENDPOINT = frozenset({"id", "keys", "status"})
_ACTIVE = frozenset({"month", "values"})


class DimensionKeys:
    """GET /api/v2/usage/billing_dimension_mapping, of the running month too; of the newest one all that there is."""

    provides = DimensionKey
    permissions = ("usage_read",)
    parent_only = True

    def collect(self, org: Connection, window: Window) -> Iterator[Item]:
        """Every month that is not final in the store."""
        newest = True

        def read(month: date) -> Iterator[Item]:
            nonlocal newest
            active = mapping_of(org, window, month)
            yield Period(DimensionKey, month_key(month), bool(active) and cost_is_final(month, window.now))
            yield from _keys(org, active, month, "active")
            if newest and active:
                newest = False
                known = {mapping(each).get("id") for each in active}
                others = _mapping(org, month, "all", optional=True)
                if isinstance(others, Gap):
                    yield others
                else:
                    those = [each for each in others if mapping(each).get("id") not in known]
                    yield from _keys(org, those, month, "all")

        months = unread(window, DimensionKey)
        yield from each_month(org, window, "dimension_key", months, read)


class ActiveDimensions:
    """GET /api/v2/cost_by_tag/active_billing_dimensions of the newest month that has them."""

    provides = ActiveDimension
    permissions = ("usage_read",)
    parent_only = True

    def collect(self, org: Connection, window: Window) -> Iterator[Item]:
        """One month's dimensions; the call takes no month."""
        body = org.call("v2.get_active_billing_dimensions", what="active_dimension", optional=True)
        data = mapping(body).get("data")
        months = [data] if isinstance(data, dict) else items_of(body, "data", org=org.org.name, what="active_dimension")
        for item in map(mapping, months):
            about = mapping(item.get("attributes"))
            time = moment(about.get("month"))
            month = time.date().replace(day=1) if time else closed_months(window.now)[-1]
            rest = extra(
                beyond(item, _ITEM),
                beyond(about, _ACTIVE),
                imprecise("month", about.get("month"), time, exact=time == midnight(month)),
            )
            yield Period(ActiveDimension, month_key(month), final=False)
            yield from (ActiveDimension(month, dimension, rest) for dimension in texts(about.get("values")))


def mapping_of(org: Connection, window: Window, month: date) -> list[Any]:
    """The raw mapping of the contract's dimensions in a month, asked once; raises Unreadable."""

    def read() -> list[Any]:
        found = _mapping(org, month, "active")
        return [] if isinstance(found, Gap) else found

    return window.once(f"mapping of {month.isoformat()}", read)


def _mapping(org: Connection, month: date, view: View, *, optional: bool = False) -> list[Any] | Gap:
    """The raw mapping; raises Unreadable, or with `optional` returns an optional Gap where there is none."""
    query = {"filter[month]": f"{month.isoformat()}T00:00:00Z", "filter[view]": view}
    try:
        body = org.call("v2.get_billing_dimension_mapping", query=query, what="dimension_key", optional=True)
        return items_of(body, "data", org=org.org.name, what="dimension_key")
    except Unreadable as error:
        if optional and error.gap.cause in (Cause.NOT_AVAILABLE, Cause.FAILED):
            return error.gap.model_copy(update={"what": f"dimension_key {view}", "optional": True})
        raise


def _keys(org: Connection, items: list[Any], month: date, view: View) -> Iterator[DimensionKey | Gap]:
    read = read_each(items, _keys_of(month, view), org=org.org.name, what="dimension_key", plural="billing dimensions")
    for rows in read:
        yield from (rows,) if isinstance(rows, Gap) else rows


def _keys_of(month: date, view: View) -> Callable[[Mapping[str, Any]], list[DimensionKey]]:
    def rows(raw: Mapping[str, Any]) -> list[DimensionKey]:
        about = mapping(raw.get("attributes"))
        dimension, label = identity(raw.get("id")), text(about.get("in_app_label"))
        time = moment(about.get("timestamp"))
        more = (
            beyond(raw, _ITEM),
            beyond(about, _KNOWN),
            imprecise("timestamp", about.get("timestamp"), time, exact=time == midnight(month)),
        )
        return [
            DimensionKey(
                month=month,
                dimension=dimension,
                label=label,
                endpoint=text(endpoint.get("id")),
                key=key,
                view=view,
                status=text(endpoint.get("status")),
                extra=extra(*more, beyond(endpoint, _ENDPOINT)),
            )
            for endpoint in map(mapping, sequence(about.get("endpoints")) or ({},))
            for key in (texts(endpoint.get("keys")) or (None,))
        ]

    return rows
