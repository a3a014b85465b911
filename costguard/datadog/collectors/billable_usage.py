"""What Datadog's API says of an account's usage by the month, as it is billed."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from costguard.datadog.client import Connection, Unreadable
from costguard.datadog.collectors import Item, Window
from costguard.datadog.extras import amount, beyond, count, extra, unfit
from costguard.datadog.history import each_month, unread
from costguard.datadog.invoices import restated
from costguard.datadog.periods import closed_months, cost_is_final, month_key, row_month, running_month
from costguard.datadog.raw import MalformedError, identity, items_of, mapping, moment, read_each, text
from costguard.model.findings import Cause, Gap
from costguard.model.usage import BillableUsage, Period
from costguard.wording import month as month_name

_KNOWN = frozenset(
    {
        *("account_name", "account_public_id", "billing_plan", "end_date", "num_orgs", "org_name", "public_id"),
        *("ratio_in_month", "region", "start_date", "usage"),
    }
)
_USAGE = frozenset(
    {
        *("account_billable_usage", "account_committed_usage", "account_on_demand_usage", "billing_dimension"),
        *("elapsed_usage_hours", "first_billable_usage_hour", "last_billable_usage_hour", "org_billable_usage"),
        *("percentage_in_account", "usage_unit"),
    }
)


class BillableUsages:
    """GET /api/v1/usage/billable-summary, of the running month too."""

    provides = BillableUsage
    permissions = ("usage_read",)
    parent_only = True

    def collect(self, org: Connection, window: Window) -> Iterator[Item]:
        """Every month that may have changed, final once its cost is; an optional Gap where the last closed has none."""
        last, final = closed_months(window.now)[-1], window.previous.final_periods(BillableUsage)
        some = bool(final)

        def read(month: date) -> Iterator[Item]:
            nonlocal some
            orgs = _summary(org, window, month)
            some = some or bool(orgs)
            # An empty month may be one that is late: it is asked for again.
            yield Period(BillableUsage, month_key(month), bool(orgs) and cost_is_final(month, window.now))
            yield from read_each(
                _keys(orgs, month),
                lambda item: item["row"](item["key"], item["usage"]),
                org=org.org.name,
                what="billable_usage",
                plural="usage keys",
            )
            if month == last and not orgs:
                yield _absent(org, month, others=some)

        months = unread(window, BillableUsage, restated(org, window))
        yield from each_month(org, window, "billable_usage", months, read)


def is_alone(org: Connection, window: Window) -> bool:
    """Whether the keys read one organisation only: a child, or an account that has no other, as its bill says."""
    if window.parent is False:
        return True
    try:
        rows = [mapping(each) for each in _summary(org, window, running_month(window.now))]
    except Unreadable:
        # The gap is the one of the billable usage.
        return False
    return len(rows) == 1 and count(rows[0].get("num_orgs")) == 1


def _summary(org: Connection, window: Window, month: date) -> list[Any]:
    """The organisations' rows of a month, those of the running one asked once; raises Unreadable."""

    def read() -> list[Any]:
        query: dict[str, str | bool] = {"month": month_key(month), **window.connected}
        body = org.call("v1.get_usage_billable_summary", query=query, what="billable_usage")
        return items_of(body, "usage", org=org.org.name, what="billable_usage")

    return window.once("billable summary", read) if month == running_month(window.now) else read()


def _absent(org: Connection, month: date, *, others: bool) -> Gap:
    """Why there may be no billable usage of the last closed month."""
    hint = (
        f"run again later: there is no billable usage of {month_name(month)} yet"
        if others
        else f"nothing to do: Datadog bills no usage of {month_name(month)}, as of accounts on trial and new ones"
    )
    return Gap(org=org.org.name, what=BillableUsage.table, cause=Cause.NOT_AVAILABLE, hint=hint, optional=True)


def _keys(orgs: list[Any], month: date) -> Iterator[dict[str, Any]]:
    """Each key of each organisation's month, with what makes a row of it; an organisation without any has one, ""."""
    for about in map(mapping, orgs):
        if row_month(moment(about.get("start_date")), month):
            row = _row(about, month)
            for key, usage in mapping(about.get("usage")).items() or (("", {}),):
                yield {"row": row, "key": key, "usage": usage}


def _row(about: Mapping[str, Any], month: date) -> Callable[[str, object], BillableUsage]:
    orgs, ratio = count(about.get("num_orgs")), amount(about.get("ratio_in_month"))
    start, end = moment(about.get("start_date")), moment(about.get("end_date"))
    more = (
        beyond(about, _KNOWN),
        unfit("num_orgs", about.get("num_orgs"), orgs),
        unfit("ratio_in_month", about.get("ratio_in_month"), ratio),
        unfit("start_date", about.get("start_date"), start),
        unfit("end_date", about.get("end_date"), end),
    )

    def row(key: str, usage: object) -> BillableUsage:
        if not isinstance(usage, dict):
            raise MalformedError("no usage")
        unread: dict[str, Any] = {}

        def number(name: str) -> Any:
            value = amount(usage.get(name))
            unread.update(unfit(name, usage.get(name), value))
            return value

        def hour(name: str) -> Any:
            value = moment(usage.get(name))
            unread.update(unfit(name, usage.get(name), value))
            return value

        elapsed = count(usage.get("elapsed_usage_hours"))
        unread.update(unfit("elapsed_usage_hours", usage.get("elapsed_usage_hours"), elapsed))
        return BillableUsage(
            month=month,
            org_public_id=identity(about.get("public_id")),
            org_name=text(about.get("org_name")),
            region=text(about.get("region")),
            billing_plan=text(about.get("billing_plan")),
            key=key,
            unit=text(usage.get("usage_unit")),
            account_billable=number("account_billable_usage"),
            account_committed=number("account_committed_usage"),
            account_on_demand=number("account_on_demand_usage"),
            org_billable=number("org_billable_usage"),
            percentage_in_account=number("percentage_in_account"),
            first_hour=hour("first_billable_usage_hour"),
            last_hour=hour("last_billable_usage_hour"),
            elapsed_hours=elapsed,
            billing_dimension=text(usage.get("billing_dimension")) or None,
            account_public_id=text(about.get("account_public_id")),
            account_name=text(about.get("account_name")),
            num_orgs=orgs,
            start_date=start,
            end_date=end,
            ratio_in_month=ratio,
            extra=extra(*more, beyond(usage, _USAGE), unread),
        )

    return row
