"""What Datadog's API says of an account's charges: estimated day by day, final once a month is over, projected."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from costguard.datadog.charges import Answer, answered
from costguard.datadog.client import Connection, Unreadable
from costguard.datadog.collectors import Item, Window
from costguard.datadog.history import YEAR, each_month, months_of
from costguard.datadog.invoices import invoices, restated
from costguard.datadog.periods import (
    PROJECTED_FROM,
    closed_months,
    day_is_final,
    invoice_is_final,
    month_key,
    next_month,
    today,
)
from costguard.datadog.raw import items_of
from costguard.model.findings import Cause, Gap
from costguard.model.usage import CostCharge, CostTotal
from costguard.wording import month as month_name

VIEWS = ("summary", "sub-org")
"""The whole account, and each organisation of it: the same money twice."""

_DAYS = {"summary": 31, "sub-org": 7}
"""Days of estimated cost that are asked for at a time: an answer has no pages and is held whole."""

_SAME_FOR_ALL = (Cause.MISSING_PERMISSION, Cause.NOT_PARENT, Cause.RATE_LIMITED, Cause.UNREACHABLE)
"""Where one of the three is refused so, the others are too."""


class CostCharges:
    """GET /api/v2/usage/{estimated,historical,projected}_cost, of the account and of each organisation."""

    provides = CostCharge
    also = (CostTotal,)
    permissions = ("usage_read", "billing_read")
    parent_only = True

    def collect(self, org: Connection, window: Window) -> Iterator[Item]:
        """The days of the running and the last month, the closed months, the running month as it is projected.

        Only what may have changed is read: days of the last 72 hours, months that the invoice is not out of, months
        that were restated. An optional Gap where Datadog has none of a kind yet.
        """
        for part in (_estimated, _historical, _projected):
            try:
                yield from part(org, window)
            except Unreadable as error:
                if error.gap.cause in _SAME_FOR_ALL:
                    raise
                yield error.gap


def _estimated(org: Connection, window: Window) -> Iterator[Item]:
    final, now = window.previous.final_periods(CostCharge), window.now
    first = closed_months(now)[-1]
    days = [first + timedelta(days=number) for number in range((today(now) - first).days + 1)]
    found = False
    for view in VIEWS:
        wanted = [day for day in days if _key(day.isoformat(), "estimated", view) not in final]
        found = found or len(wanted) < len(days)
        for span in _spans(wanted, _DAYS[view]):
            query = {"start_date": span[0].isoformat(), "end_date": span[-1].isoformat()}
            answer = _asked(org, window, "estimated", view, {**query, "cost_aggregation": "cumulative"})
            found = found or bool(answer.by_day)
            for day in span:
                yield from answer.period(_key(day.isoformat(), "estimated", view), day_is_final(day, now), (day,))
            yield from answer.gaps
    if not found:
        yield _nothing(org, "estimated", "Datadog gives no estimated cost of this account or of the last three days")


def _historical(org: Connection, window: Window) -> Iterator[Item]:
    now = window.now
    months = months_of(window)
    changed = restated(org, window)
    final = window.previous.final_periods(CostCharge)
    seen: dict[date, bool] = {}

    def wanted(view: str, among: Sequence[date]) -> list[date]:
        keys = {month: _key(month_key(month), "historical", view) for month in among}
        return [month for month, key in keys.items() if key not in final or month_key(month) in changed]

    def told(answer: Answer, view: str, month: date) -> Iterator[Item]:
        days = [day for day in answer.by_day if (day.year, day.month) == (month.year, month.month)]
        seen[month] = bool(days)
        yield from answer.period(_key(month_key(month), "historical", view), invoice_is_final(month, now), days)

    def alone(view: str) -> Callable[[date], Iterator[Item]]:
        def read(month: date) -> Iterator[Item]:
            query = {"start_month": month_key(month), "end_month": month_key(month)}
            answer = _asked(org, window, "historical", view, query)
            yield from told(answer, view, month)
            yield from answer.gaps

        return read

    if recent := wanted("summary", months[:YEAR]):
        year = answered(invoices(org, window), source="historical", view="summary", org=org.org.name, now=now)
        for month in recent:
            yield from told(year, "summary", month)
        yield from year.gaps
    yield from each_month(org, window, CostCharge.table, wanted("summary", months[YEAR:]), alone("summary"))
    # What the account has no invoice of, its organisations have none of.
    missing = {month for month, there in seen.items() if not there}
    those = [month for month in wanted("sub-org", months) if month not in missing]
    yield from each_month(org, window, CostCharge.table, those, alone("sub-org"))
    if months[0] in missing:
        others = any(seen.values()) or len(seen) < len(months)
        yield _uninvoiced(org, months[0], early=not invoice_is_final(months[0], now), others=others)


def _projected(org: Connection, window: Window) -> Iterator[Item]:
    month, found = today(window.now).replace(day=1), False
    for view in VIEWS:
        answer = _asked(org, window, "projected", view, {})
        found = found or bool(answer.by_day)
        yield from answer.period(_key(month_key(month), "projected", view), final=False, days=answer.by_day)
        yield from answer.gaps
    if not found:
        early = today(window.now).day <= PROJECTED_FROM
        when = f"wait: Datadog projects the cost of a month from about its {PROJECTED_FROM}th day"
        yield _nothing(org, "projected", when if early else "Datadog projects no cost of this account")


def _asked(org: Connection, window: Window, source: str, view: str, query: dict[str, Any]) -> Answer:
    """What one request of a source and a view is answered; raises Unreadable."""
    operation = {
        "estimated": "v2.get_estimated_cost_by_org",
        "historical": "v2.get_historical_cost_by_org",
        "projected": "v2.get_projected_cost",
    }[source]
    body = org.call(operation, query={"view": view, **query, **window.connected}, what=CostCharge.table, optional=True)
    items = items_of(body, "data", org=org.org.name, what=CostCharge.table)
    return answered(items, source=source, view=view, org=org.org.name, now=window.now)


def _spans(days: Sequence[date], most: int) -> Iterator[list[date]]:
    """The days in runs without a hole, of at most so many, none across the end of a month."""
    span: list[date] = []
    for day in days:
        if span and (day != span[-1] + timedelta(days=1) or len(span) == most or day.day == 1):
            yield span
            span = []
        span.append(day)
    if span:
        yield span


def _key(time: str, source: str, view: str) -> str:
    """The key of a period: "2026-11-20:estimated:summary"."""
    return f"{time}:{source}:{view}"


def _uninvoiced(org: Connection, month: date, *, early: bool, others: bool) -> Gap:
    """Why there may be no final cost of the last month."""
    by = f"by the 16th of {month_name(next_month(month))}"
    if early:
        return _nothing(org, "historical", f"wait: the final cost of {month_name(month)} is published {by}")
    if others:
        hint = f"run again later: the final cost of {month_name(month)} was to be published {by}"
        return _nothing(org, "historical", hint)
    return _nothing(
        org,
        "historical",
        "nothing to do: Datadog gives no cost of any closed month, as of accounts on trial or billed by somebody else",
    )


def _nothing(org: Connection, source: str, hint: str) -> Gap:
    what = f"{CostCharge.table} {source}"
    return Gap(org=org.org.name, what=what, cause=Cause.NOT_AVAILABLE, hint=hint, optional=True)
