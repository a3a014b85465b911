"""How usage and cost attribution is asked for and taken apart: pages, months, totals and breakdowns."""

import json
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain, islice
from typing import Any, Literal, TypeVar

from costguard.datadog.client import Connection
from costguard.datadog.collectors import Item, Window
from costguard.datadog.extras import amount, beyond, extra, unfit
from costguard.datadog.history import each_month, months_of
from costguard.datadog.pages import by_cursor
from costguard.datadog.periods import closed_months, cost_is_final, month_key, running_month
from costguard.datadog.raw import mapping, read_each, sequence, text
from costguard.datadog.tag_choices import configured, not_applied, tag_keys
from costguard.model.findings import Cause, Gap
from costguard.model.series import Gathered
from costguard.model.usage import AttributionAggregate, Period, Row

R = TypeVar("R", bound=Row)

_AGGREGATE = frozenset({"agg_type", "field", "value"})


@dataclass(frozen=True)
class Endpoint:
    """An endpoint of attribution; v1 and v2 wrap their rows differently."""

    operation: str
    what: str
    """The table of its rows."""
    items: Literal["data", "usage"]
    meta: Literal["meta", "metadata"]
    plural: str
    """Its rows in words, for gaps."""
    running: bool = False
    """Whether it tells of the month that is not over."""


class Listing:
    """One list of attribution, walked page by page."""

    def __init__(self, org: Connection, endpoint: Endpoint, query: Mapping[str, Any]) -> None:
        self._org, self._endpoint, self._query = org, endpoint, query
        self._answer: Any = None
        """The page that was read last."""
        self._aggregates: list[Any] = []
        self._rows: Iterator[dict[str, Any]] = by_cursor(
            self._page,
            org=org.org.name,
            what=endpoint.what,
            items=endpoint.items,
            cursor="next_record_id",
            after=(endpoint.meta, "pagination", "next_record_id"),
        )

    def first(self) -> list[dict[str, Any]]:
        """What the rows of the first page that has any say, before the list is walked; [] = none has; as `rows`."""
        ahead = list(islice(self._rows, 1))
        self._rows = chain(ahead, self._rows)
        if not ahead:
            return []
        rows = [mapping(row) for row in sequence(mapping(self._answer).get(self._endpoint.items))]
        return [mapping(row.get("attributes")) for row in rows] if self._endpoint.items == "data" else rows

    def rows(self) -> Iterator[dict[str, Any]]:
        """All rows, once; raises Unreadable."""
        return self._rows

    def aggregates(self) -> list[dict[str, Any]]:
        """What the pages that have been walked gave beside their rows, once; a page that differs is added."""
        return [mapping(each) for page in self._aggregates for each in page]

    def _page(self, page: dict[str, Any]) -> Any:
        operation, what = self._endpoint.operation, self._endpoint.what
        if page:
            self._org.rest(operation)
        self._answer = answer = self._org.call(operation, query={**self._query, **page}, what=what)
        told = sequence(mapping(mapping(answer).get(self._endpoint.meta)).get("aggregates"))
        if told and told not in self._aggregates[-1:]:
            self._aggregates.append(told)
        return answer


def tags_of(raw: Mapping[str, Any]) -> str | None:
    """The JSON of a row's tags, keys sorted; None for a total: null, or nothing in it."""
    tags = raw.get("tags")
    return json.dumps(tags, sort_keys=True, ensure_ascii=False) if isinstance(tags, dict) and tags else None


class Months:
    """The months of an endpoint: each as totals, and broken down by tag keys as a period of its own."""

    def __init__(
        self,
        org: Connection,
        window: Window,
        endpoint: Endpoint,
        table: type[R],
        gather: Callable[[dict[str, Any], date, Gathered[R]], None],
        absent: Callable[[Connection, date, bool], Gap],
    ) -> None:
        """`gather` takes the values of one month of a row of the answer; it raises MalformedError.

        `absent` is said of the last month where there is nothing of it; the flag tells whether of others there is.
        """
        self._org, self._window, self._endpoint = org, window, endpoint
        self._table, self._gather, self._absent = table, gather, absent
        self._last = closed_months(window.now)[-1]
        self._late = False
        """Whether there is nothing of the last month, which has not been said yet."""
        self._some = False
        """Whether there is something of any month."""
        self._own = window.organisation.id if window.organisation else None
        self._final = window.previous.final_periods(table)
        self._changed: Container[str] = ()
        self._said: set[str] = set()

    def items(self, changed: Container[str]) -> Iterator[Item]:
        """Periods, rows and gaps of every month that is not final in the store, and of the `changed` ones."""
        self._changed = changed
        running = (running_month(self._window.now),) if self._endpoint.running else ()
        months = [month for month in (*running, *months_of(self._window)) if not self._done(month)]
        yield from each_month(self._org, self._window, self._endpoint.what, months, self._month)
        yield from self._said_late(others=True)

    def _done(self, month: date) -> bool:
        key, tags = month_key(month), self._window.attribution.tags
        final = key in self._final and (not tags or _broken_down(key, tags) in self._final)
        return final and key not in self._changed

    def _month(self, month: date) -> Iterator[Item]:
        """The breakdown before the totals: where these are final, nothing of the month is missing."""
        key = month_key(month)
        query: dict[str, Any] = {
            "start_month": key,
            "end_month": key,
            "fields": "*",
            "include_descendants": self._window.parent is not False,
        }
        totals = Listing(self._org, self._endpoint, query)
        first = totals.first()
        self._some = self._some or bool(first)
        yield from self._said_late(others=self._some)
        self._late = month == self._last and not first
        tags = self._window.attribution.tags or configured(first, self._own)
        stands = bool(first) and cost_is_final(month, self._window.now)
        if first and not tags:
            yield from self._once("no tag keys are chosen for usage attribution: choose up to three under Plan & Usage")
            # Of the last month it is asked again, so that the gap is said as long as it is there.
            stands = stands and month != self._last
        if first and tags:
            by_tags = Listing(self._org, self._endpoint, {**query, "tag_breakdown_keys": ",".join(tags)})
            if month == self._last:
                # As above, of tags by which nothing is broken down.
                stands = stands and any(map(tags_of, by_tags.first()))
            for item in self._period(by_tags, month, tags, stands):
                # What the breakdown lacks would not be asked for again once the totals are final.
                stands = stands and not (isinstance(item, Gap) and item.what == self._endpoint.what)
                yield item
        if key not in self._final or key in self._changed:
            yield from self._period(totals, month, (), stands)

    def _period(self, listing: Listing, month: date, tags: tuple[str, ...], final: bool) -> Iterator[Item]:
        table, org, what = self._table, self._org.org.name, self._endpoint.what
        yield Period(table, _broken_down(month_key(month), tags), final)
        sources: set[tuple[str, tuple[str, ...]]] = set()
        applied = not tags
        gathered: Gathered[Any] = Gathered(table)
        read = read_each(
            listing.rows(),
            lambda raw: self._gather(raw, month, gathered),
            org=org,
            what=what,
            plural=self._endpoint.plural,
        )
        for gap in read:
            if gap is not None:
                yield gap
                continue
            for series in gathered.series():
                if not applied:
                    applied = bool(series.shared("tags"))
                    sources.add((series.shared("org_name"), tag_keys(series.shared("tag_config_source"))))
                yield series
        if not applied and sources:
            yield from self._once(not_applied(tags, sources))
        yield Period(AttributionAggregate, _broken_down(f"{month_key(month)}:{what}", tags), final)
        for told in listing.aggregates():
            value = amount(told.get("value"))
            yield AttributionAggregate(
                month=month,
                source=what,
                breakdown=",".join(tags),
                agg_type=text(told.get("agg_type")),
                field=text(told.get("field")),
                value=value,
                extra=extra(beyond(told, _AGGREGATE), unfit("value", told.get("value"), value)),
            )

    def _said_late(self, *, others: bool) -> Iterator[Gap]:
        if self._late:
            self._late = False
            yield self._absent(self._org, self._last, others)

    def _once(self, hint: str) -> Iterator[Gap]:
        """An optional Gap about the tags, said once for all months."""
        if hint not in self._said:
            self._said.add(hint)
            what = f"{self._endpoint.what} tags"
            yield Gap(org=self._org.org.name, what=what, cause=Cause.NOT_AVAILABLE, hint=hint, optional=True)


def _broken_down(key: str, tags: tuple[str, ...]) -> str:
    """The key of a period by its breakdown: "2026-10:team,env"."""
    return f"{key}:{','.join(tags)}" if tags else key
