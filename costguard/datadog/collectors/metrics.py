"""What Datadog's API says of metrics: how many time series they have, and whether anything reads them."""

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from costguard.datadog.client import Connection, Unreadable
from costguard.datadog.collectors import Item, Window
from costguard.datadog.collectors.metric_usage import months_series
from costguard.datadog.pages import by_cursor
from costguard.datadog.raw import decimal, identity, key_of, mapping, read_each, sequence, text
from costguard.model.findings import Cause, Gap
from costguard.model.resources import IGNORE_TAG, Metric

_PAGE = 10_000

_REPORTING = 86_400
"""A metric is listed if it reported within this many seconds: one that fell silent earlier costs nothing any more."""

_WIDEST = 2_592_000
"""The widest reporting window that the call allows. The lists of what is spared are asked with it, so that a metric
that reports while we read cannot be on the one list and missed by the other."""

_QUERIED = 7_776_000
"""90 days."""


@dataclass(frozen=True, slots=True)
class _Listed:
    name: str
    type: str | None
    indexed: Decimal | None
    ingested: Decimal | None


class Metrics:
    """GET /api/v2/metrics: all of them once, then those that are queried, used by assets, or to be left alone.

    Those three are asked for as lists of what is spared, not of what is waste: a server that ignores a filter makes
    costguard say less, never more. No call is made for a single metric, and no metric's data is queried: Datadog would
    then count it as queried.
    """

    provides = Metric
    permissions = ("metrics_read",)
    parent_only = False

    def collect(self, org: Connection, window: Window) -> Iterator[Item]:
        """Every metric that reported within a day; raises Unreadable also where the ignored ones cannot be listed."""
        listed = list(_listed(org))
        ignored = _names(org, {"filter[tags]": IGNORE_TAG}, what="metric")
        queried = yield from _spared(
            org,
            "metric queries",
            {"filter[queried]": "true", "filter[queried][window][seconds]": _QUERIED},
        )
        used = yield from _spared(org, "metric assets", {"filter[related_assets]": "true"})
        usage = months_series(org, window)
        if listed and usage is not None and not usage:
            # Without categories no metric is known to be custom: nothing is found, and that must not look clean.
            hint = "Datadog has no usage by metric for the last month yet, so custom metrics cannot be told; try again"
            yield Gap(org=org.org.name, what="metric usage", cause=Cause.NOT_AVAILABLE, hint=hint)
        for each in listed:
            if isinstance(each, Gap):
                yield each
                continue
            category, series = (usage or {}).get(each.name, ("unknown", each.indexed))
            yield Metric(
                org=org.org.name,
                id=each.name,
                name=each.name,
                url=org.app_url(f"/metric/summary?metric={quote(each.name, safe='')}"),
                tags=(IGNORE_TAG,) if each.name in ignored else (),
                category=category,
                type=each.type,
                series=each.indexed if series is None else series,
                ingested_series=each.ingested,
                queried=None if queried is None else each.name in queried,
                has_assets=None if used is None else each.name in used,
            )


def _listed(org: Connection) -> Iterator[_Listed | Gap]:
    """Every metric with its volumes, which come in a list beside the metrics, page by page."""
    volumes: dict[str, Mapping[str, Any]] = {}

    def fetch(query: Mapping[str, Any]) -> Any:
        body = org.call("v2.list_tag_configurations", query=query, what="metric")
        for each in map(mapping, sequence(mapping(body).get("included"))):
            volumes[text(each.get("id"))] = mapping(each.get("attributes"))
        return body

    listed = _sweep(org, fetch, {"window[seconds]": _REPORTING, "include": "metric_volumes"}, what="metric")
    yield from read_each(listed, lambda raw: _metric(raw, volumes), org=org.org.name, what="metric", plural="metrics")


def _sweep(
    org: Connection, fetch: Callable[[Mapping[str, Any]], Any], query: Mapping[str, str | int], *, what: str
) -> Iterator[dict[str, Any]]:
    """Every metric of the list that `query` asks for; `page[size]` is what makes the call give pages."""
    return by_cursor(
        lambda page: fetch({**query, "page[size]": _PAGE, **page}),
        org=org.org.name,
        what=what,
        items="data",
        key=key_of("id"),
        cursor="page[cursor]",
        after=("meta", "pagination", "next_cursor"),
    )


def _metric(raw: Mapping[str, Any], volumes: Mapping[str, Mapping[str, Any]]) -> _Listed:
    name = identity(raw.get("id"))
    relation = mapping(mapping(mapping(raw.get("relationships")).get("metric_volumes")).get("data"))
    volume = volumes.get(text(relation.get("id")) or name, {})
    return _Listed(
        name=name,
        type=text(mapping(raw.get("attributes")).get("metric_type")) or None,
        indexed=decimal(volume.get("indexed_volume", volume.get("distinct_volume"))),
        ingested=decimal(volume.get("ingested_volume")),
    )


def _names(org: Connection, query: Mapping[str, str | int], *, what: str) -> frozenset[str]:
    def fetch(asked: Mapping[str, Any]) -> Any:
        return org.call("v2.list_tag_configurations", query=asked, what=what)

    asked = {"window[seconds]": _WIDEST, **query}
    return frozenset(text(each.get("id")) for each in _sweep(org, fetch, asked, what=what))


def _spared(org: Connection, what: str, query: Mapping[str, str | int]) -> Generator[Item, None, frozenset[str] | None]:
    """The names, or a Gap about `what` and None."""
    try:
        return _names(org, query, what=what)
    except Unreadable as error:
        yield error.gap
        return None
