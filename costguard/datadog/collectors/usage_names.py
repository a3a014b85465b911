"""What Datadog's API says of the names under which it can report usage."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from costguard.datadog.client import Connection, Unreadable
from costguard.datadog.collectors import Item, Window
from costguard.datadog.extras import beyond, extra
from costguard.datadog.periods import month_key, today
from costguard.datadog.raw import malformed, mapping, texts
from costguard.model.findings import Cause
from costguard.model.usage import Period, UsageName

_ITEM = frozenset({"id", "type", "attributes"})

_OPTIONAL = (Cause.NOT_AVAILABLE, Cause.NOT_ON_SITE)


class _Names(NamedTuple):
    """What one of the answers lists."""

    lists: Mapping[str, Any]
    extra: str | None


class UsageNames:
    """GET /api/v2/usage/usage-attribution-types and GET /api/v2/usage/summary/available_fields, once a month."""

    provides = UsageName
    permissions = ("usage_read",)
    parent_only = True

    def collect(self, org: Connection, window: Window) -> Iterator[Item]:
        """The names of both; an optional Gap for one that is not there, as the second came only in 2026."""
        month = today(window.now).replace(day=1)
        final = window.previous.final_periods(UsageName)
        lists: tuple[tuple[str, Callable[[Connection, Window], _Names]], ...] = (
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
            for source, names in found.lists.items():
                yield from (UsageName(month, source, each, found.extra) for each in texts(names))


def attribution_types(org: Connection, window: Window) -> tuple[str, ...]:
    """The types of usage that can be attributed, as the API names them: infra_host or infra_host_usage.

    Asked once; raises Unreadable.
    """
    return texts(_types(org, window).lists["attribution_type"])


def _types(org: Connection, window: Window) -> _Names:
    def read() -> _Names:
        item, attributes = _answer(org, "v2.get_usage_attribution_types")
        return _Names({"attribution_type": attributes.pop("values", None)}, extra(item, attributes))

    return window.once("attribution types", read)


def _fields(org: Connection, window: Window) -> _Names:  # noqa: ARG001 - as _types
    item, attributes = _answer(org, "v2.get_usage_summary_available_fields")
    lists = {name: attributes.pop(name) for name, names in list(attributes.items()) if isinstance(names, list)}
    return _Names(lists, extra(item, attributes))


def _answer(org: Connection, operation: str) -> tuple[Mapping[str, Any], dict[str, Any]]:
    """What the one item of an answer has beside its attributes, and these."""
    item = mapping(org.call(operation, what=UsageName.table, optional=True)).get("data")
    if not isinstance(item, dict):
        raise Unreadable(malformed(org.org.name, UsageName.table, "the answer has no object 'data'"))
    return beyond(item, _ITEM), dict(mapping(item.get("attributes")))
