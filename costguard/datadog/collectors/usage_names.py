"""What Datadog's API says of the names under which it can report usage."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from costguard.datadog.client import Connection, Unreadable
from costguard.datadog.collectors import Item, Window
from costguard.datadog.periods import month_key, today
from costguard.datadog.raw import malformed, mapping, texts
from costguard.model.findings import Cause
from costguard.model.usage import Period, UsageName

_OPTIONAL = (Cause.NOT_AVAILABLE, Cause.NOT_ON_SITE)


class UsageNames:
    """GET /api/v2/usage/usage-attribution-types and GET /api/v2/usage/summary/available_fields, once a month."""

    provides = UsageName
    permissions = ("usage_read",)
    parent_only = True

    def collect(self, org: Connection, window: Window) -> Iterator[Item]:
        """The names of both; an optional Gap for one that is not there, as the second came only in 2026."""
        month = today(window.now).replace(day=1)
        final = window.previous.final_periods(UsageName)
        lists: tuple[tuple[str, Callable[[Connection, Window], Mapping[str, Any]]], ...] = (
            ("attribution", _types),
            ("summary", _fields),
        )
        for name, read in lists:
            key = f"{month_key(month)}:{name}"
            if key in final:
                continue
            try:
                found = read(org, window)
            except Unreadable as error:
                if error.gap.cause not in _OPTIONAL:
                    raise
                yield error.gap.model_copy(update={"what": f"{UsageName.table} {name}", "optional": True})
                continue
            yield Period(UsageName, key, final=True)
            yield from (UsageName(month, source, each) for source, names in found.items() for each in texts(names))


def attribution_types(org: Connection, window: Window) -> tuple[str, ...]:
    """The types of usage that can be attributed, as the API names them: infra_host or infra_host_usage.

    Asked once; raises Unreadable.
    """
    return texts(_types(org, window)["attribution_type"])


def _types(org: Connection, window: Window) -> Mapping[str, Any]:
    def read() -> Mapping[str, Any]:
        attributes = _attributes(org, "v2.get_usage_attribution_types")
        return {"attribution_type": attributes.get("values")}

    return window.once("attribution types", read)


def _fields(org: Connection, window: Window) -> Mapping[str, Any]:  # noqa: ARG001 - as _types
    attributes = _attributes(org, "v2.get_usage_summary_available_fields")
    return {name: names for name, names in attributes.items() if isinstance(names, list)}


def _attributes(org: Connection, operation: str) -> dict[str, Any]:
    body = mapping(org.call(operation, what=UsageName.table, optional=True))
    if not isinstance(body.get("data"), dict):
        raise Unreadable(malformed(org.org.name, UsageName.table, "the answer has no object 'data'"))
    return mapping(mapping(body["data"]).get("attributes"))
