"""What powerpacks ask: groups of widgets that dashboards name, but do not hold."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from costguard.datadog import widgets
from costguard.datadog.client import Connection
from costguard.datadog.pages import by_offset
from costguard.datadog.raw import MalformedError, key_of, mapping, text
from costguard.model.resources import Query

SOURCE = "powerpack"
"""`Query.source` of a dashboard's reference to a powerpack; `text` is its id."""

WHAT = "dashboard powerpacks"

_PAGE = 100

Powerpacks = Mapping[str, tuple[Query, ...]]
"""What each powerpack asks, by its id."""


def names_any(queries: Iterable[Query]) -> bool:
    """Whether a powerpack is among what is asked."""
    return any(query.source == SOURCE for query in queries)


def read(org: Connection) -> Powerpacks:
    """GET /api/v2/powerpacks; raises Unreadable. One that cannot be understood is left out."""
    found: dict[str, tuple[Query, ...]] = {}
    for raw in by_offset(
        lambda page: org.call("v2.list_powerpacks", query={"page[limit]": _PAGE, **page}, what=WHAT),
        org=org.org.name,
        what=WHAT,
        items="data",
        key=key_of("id"),
        start="page[offset]",
    ):
        group = mapping(raw.get("attributes")).get("group_widget")
        if isinstance(group, dict):
            asked = _asked(group)
            if asked is not None:
                found[text(raw.get("id"))] = asked
    return found


def filled(queries: Iterable[Query], powerpacks: Powerpacks) -> tuple[Query, ...]:
    """The queries with those of the powerpacks among them; a powerpack that is not known may ask anything."""
    out: dict[Query, None] = {}
    for query in queries:
        out[query] = None
        if query.source == SOURCE:
            unknown = Query(source="unknown", text=json.dumps({"powerpack_id": query.text}))
            out.update(dict.fromkeys(powerpacks.get(query.text, (unknown,))))
    return tuple(out)


def _asked(group: dict[str, Any]) -> tuple[Query, ...] | None:
    try:
        return widgets.queries(group)
    except MalformedError:
        return None
