"""What Datadog's API says of an account's usage by the month, organisation, product and tag."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from costguard.datadog.attribution import Endpoint, Months, tags_of
from costguard.datadog.client import Connection
from costguard.datadog.collectors import Item, Window
from costguard.datadog.extras import amount, beyond, extra, imprecise, unfit, unfit_values
from costguard.datadog.invoices import restated
from costguard.datadog.periods import midnight, row_month
from costguard.datadog.raw import MalformedError, identity, moment, text
from costguard.model.findings import Cause, Gap
from costguard.model.series import Gathered
from costguard.model.usage import AttributionAggregate, MonthlyAttribution
from costguard.wording import month as month_name

ENDPOINT = Endpoint(
    "v1.get_monthly_usage_attribution",
    MonthlyAttribution.table,
    "usage",
    "metadata",
    "usage attribution records",
    running=True,
)

_KNOWN = frozenset({"month", "org_name", "public_id", "region", "tag_config_source", "tags", "updated_at", "values"})


class MonthlyAttributions:
    """GET /api/v1/usage/monthly-attribution, all fields: totals, and by tags, of the running month too."""

    provides = MonthlyAttribution
    also = (AttributionAggregate,)
    permissions = ("usage_read",)
    parent_only = True
    own = True

    def collect(self, org: Connection, window: Window) -> Iterator[Item]:
        """Every month that may have changed; an optional Gap where the last closed one has no usage."""
        return Months(org, window, ENDPOINT, MonthlyAttribution, _usage, _absent).items(restated(org, window))


def _usage(raw: dict[str, Any], month: date, gathered: Gathered[MonthlyAttribution]) -> None:
    """Takes the values of one organisation's month and tags; none of another month."""
    values = raw.get("values")
    if not isinstance(values, dict):
        raise MalformedError("no values")
    when = moment(raw.get("month"))
    if not row_month(when, month):
        return
    public_id, name, region = identity(raw.get("public_id")), text(raw.get("org_name")), text(raw.get("region"))
    source, updated = text(raw.get("tag_config_source")) or None, text(raw.get("updated_at")) or None
    tags = tags_of(raw)
    units = [amount(value) for value in values.values()]
    rest = extra(
        beyond(raw, _KNOWN),
        imprecise("month", raw.get("month"), when, exact=when == midnight(month)),
        unfit("tags", raw.get("tags"), tags),
        unfit_values(values, units),
    )
    fields, amounts = gathered.alike(month, public_id, name, region, tags, source, updated, rest)
    fields += values or ("",)
    amounts += units or (None,)


def _absent(org: Connection, month: date, others: bool) -> Gap:
    """Why there may be no usage of the last month."""
    hint = (
        f"run again later: no usage of {month_name(month)} is attributed yet"
        if others
        else "nothing to do: Datadog attributes no usage of this account; that is part of some plans only"
    )
    return Gap(org=org.org.name, what=MonthlyAttribution.table, cause=Cause.NOT_AVAILABLE, hint=hint, optional=True)
