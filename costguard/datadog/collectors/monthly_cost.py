"""What Datadog's API says of an account's cost by the month, organisation, billing dimension and tag."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from costguard.datadog.attribution import Endpoint, Months, tags_of
from costguard.datadog.client import Connection
from costguard.datadog.collectors import Item, Window
from costguard.datadog.extras import amount, beyond, extra, imprecise, unfit, unfit_values
from costguard.datadog.invoices import restated
from costguard.datadog.periods import cost_is_final, midnight, row_month
from costguard.datadog.raw import MalformedError, identity, mapping, moment, text
from costguard.model.findings import Cause, Gap
from costguard.model.series import Gathered
from costguard.model.usage import AttributionAggregate, MonthlyCost
from costguard.wording import month as month_name

ENDPOINT = Endpoint("v2.get_monthly_cost_attribution", MonthlyCost.table, "data", "meta", "cost records")

_ITEM = frozenset({"id", "type", "attributes"})
_KNOWN = frozenset({"month", "org_name", "public_id", "tag_config_source", "tags", "updated_at", "values"})


class MonthlyCosts:
    """GET /api/v2/cost_by_tag/monthly_cost_attribution of the closed months, all fields: totals, and by tags."""

    provides = MonthlyCost
    also = (AttributionAggregate,)
    permissions = ("usage_read", "billing_read")
    parent_only = True

    def collect(self, org: Connection, window: Window) -> Iterator[Item]:
        """Every closed month that may have changed; an optional Gap where the last one has no cost."""

        def absent(org: Connection, month: date, others: bool) -> Gap:
            return _absent(org, month, early=not cost_is_final(month, window.now), others=others)

        return Months(org, window, ENDPOINT, MonthlyCost, _costs, absent).items(restated(org, window))


def _costs(raw: dict[str, Any], month: date, gathered: Gathered[MonthlyCost]) -> None:
    """Takes the values of one organisation's month and tags; none of another month."""
    about = mapping(raw.get("attributes"))
    values = about.get("values")
    if not isinstance(values, dict):
        raise MalformedError("no values")
    when = moment(about.get("month"))
    if not row_month(when, month):
        return
    public_id, name, tags = identity(about.get("public_id")), text(about.get("org_name")), tags_of(about)
    source, updated = text(about.get("tag_config_source")) or None, text(about.get("updated_at")) or None
    costs = [amount(value) for value in values.values()]
    rest = extra(
        beyond(raw, _ITEM),
        beyond(about, _KNOWN),
        imprecise("month", about.get("month"), when, exact=when == midnight(month)),
        unfit("tags", about.get("tags"), tags),
        unfit_values(values, costs),
    )
    fields, amounts = gathered.alike(month, public_id, name, tags, source, updated, rest)
    fields += values or ("",)
    amounts += costs or (None,)


def _absent(org: Connection, month: date, *, early: bool, others: bool) -> Gap:
    """Why there may be no cost of the last month."""
    if early:
        hint = f"wait: the cost of {month_name(month)} is published by the 19th of the next month"
    elif others:
        hint = f"run again later: the cost of {month_name(month)} was to be published by the 19th of the next month"
    else:
        hint = (
            "nothing to do: Datadog attributes no cost of any month; only accounts that it bills directly have it, "
            "not those on trial or billed by a reseller or a marketplace"
        )
    return Gap(org=org.org.name, what=MonthlyCost.table, cause=Cause.NOT_AVAILABLE, hint=hint, optional=True)
