"""What Datadog's API says of service level objectives and what they are computed from."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from costguard.datadog import widgets
from costguard.datadog.client import Connection
from costguard.datadog.collectors import Item, Window
from costguard.datadog.pages import by_offset
from costguard.datadog.raw import identity, key_of, mapping, moment, read_each, sequence, text, texts
from costguard.model.resources import Query, Slo

_PAGE = 1000


class Slos:
    """GET /api/v1/slo."""

    provides = Slo
    permissions = ("slos_read",)
    parent_only = False

    def collect(self, org: Connection, window: Window) -> Iterator[Item]:  # noqa: ARG002 - as every collector
        """Every objective."""
        yield from read_each(
            by_offset(
                lambda page: org.call("v1.list_slos", query={"limit": _PAGE, **page}, what="slo"),
                org=org.org.name,
                what="slo",
                items="data",
                key=key_of("id"),
                start="offset",
            ),
            lambda raw: _slo(org, raw),
            org=org.org.name,
            what="slo",
            plural="objectives",
        )


def _slo(org: Connection, raw: Mapping[str, Any]) -> Slo:
    id_ = identity(raw.get("id"))
    query, specification = mapping(raw.get("query")), raw.get("sli_specification")
    monitor_ids = tuple(str(each) for each in sequence(raw.get("monitor_ids")) if isinstance(each, (str, int)))
    ratio = [
        Query(source="metrics", text=each) for each in map(text, (query.get("numerator"), query.get("denominator")))
    ]
    queries = (*(each for each in ratio if each.text), *widgets.queries(specification))
    return Slo(
        org=org.org.name,
        id=id_,
        name=text(raw.get("name")),
        url=org.app_url(f"/slo?slo_id={quote(id_, safe='')}"),
        tags=texts(raw.get("tags")),
        created=moment(raw.get("created_at")),
        modified=moment(raw.get("modified_at")),
        type=text(raw.get("type")),
        monitor_ids=monitor_ids,
        queries=queries if queries or monitor_ids else (Query(source="unknown", text=_shown(raw)),),
    )


def _shown(raw: Mapping[str, Any]) -> str:
    """What an objective of an unknown make is computed from, as JSON."""
    return json.dumps({key: raw.get(key) for key in ("query", "sli_specification")})
