"""What usage answers say of an account: who is its parent, who belongs to it, how usage and cost are split."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from costguard.datadog.client import Connection, KeysRefused, Unreadable
from costguard.datadog.operations import OPERATIONS
from costguard.datadog.periods import closed_months, month_key
from costguard.datadog.raw import items_of, mapping, text
from costguard.datadog.tag_choices import tag_keys
from costguard.model.findings import Cause
from costguard.wording import month as month_name

T = TypeVar("T")


@dataclass(frozen=True)
class Told(Generic[T]):
    """A fact, or why it is not known."""

    value: T | None = None
    why: str = ""


def read_parent(org: Connection, now: datetime) -> Told[bool]:
    """Whether the keys are those of the account's root organisation, which alone may ask for the billing dimensions.

    An account of one organisation is its own root. Raises KeysRefused.
    """
    query = {"filter[month]": f"{closed_months(now)[-1].isoformat()}T00:00:00Z", "filter[view]": "active"}
    try:
        org.call("v2.get_billing_dimension_mapping", query=query, what="parent or child")
    except KeysRefused:
        raise
    except Unreadable as error:
        return Told(False) if error.gap.cause is Cause.NOT_PARENT else Told(None, error.gap.hint)
    return Told(True)


def read_organisations(org: Connection, now: datetime) -> Told[Mapping[str, str]]:
    """Name by public id of the other organisations that the account's last bill names; the keys must be the parent's.

    Raises KeysRefused.
    """
    for month in reversed(closed_months(now)[-2:]):
        query = {"month": month_key(month)}
        rows = _rows(org, "v1.get_usage_billable_summary", query, "usage", "organisations")
        if rows.value is None:
            return Told(None, rows.why)
        named = {text(row.get("public_id")): row for row in rows.value}
        if named:
            return Told({key: text(row.get("org_name")) for key, row in named.items() if key and not _is_root(row)})
    return Told(None, f"there is no billable usage of {month_name(closed_months(now)[-1])} yet")


def _is_root(row: Mapping[str, Any]) -> bool:
    """Whether a row is that of the account's parent."""
    return text(row.get("public_id")) == text(row.get("account_public_id"))


def read_tags(org: Connection, now: datetime) -> Told[tuple[str, ...]]:
    """The tag keys that usage attribution is configured for in this organisation; () = none. Raises KeysRefused."""
    month = closed_months(now)[-1]
    query = {"start_month": month_key(month), "fields": "*", "include_descendants": False}
    rows = _rows(org, "v1.get_monthly_usage_attribution", query, "usage", "usage attribution tags")
    if rows.value is None:
        return Told(None, rows.why)
    if not rows.value:
        return Told(None, f"no usage of {month_name(month)} is attributed")
    return Told(next((tags for row in rows.value if (tags := tag_keys(row.get("tag_config_source")))), ()))


def read_cost_attribution(org: Connection, now: datetime) -> Told[bool]:
    """Whether Datadog gives the cost by organisation, product and tag; the keys must be the parent's.

    Raises KeysRefused.
    """
    operation = OPERATIONS["v2.get_monthly_cost_attribution"]
    if org.site in operation.not_on:
        return Told(False, f"Datadog does not offer it on {org.site}")
    # The one before the last: its cost has been published whatever day it is (docs/datadog.md, B1).
    month = closed_months(now)[-2]
    query = {"start_month": month_key(month), "fields": "*", "include_descendants": False}
    rows = _rows(org, operation.id, query, "data", "cost attribution")
    if rows.value is None:
        return Told(None, rows.why)
    if not rows.value:
        return Told(None, f"there is none of {month_name(month)}; only accounts that Datadog bills directly have it")
    return Told(True)


def _rows(
    org: Connection, operation: str, query: Mapping[str, Any], items: str, what: str
) -> Told[list[dict[str, Any]]]:
    """The rows of the first page; raises KeysRefused."""
    try:
        body = org.call(operation, query=query, what=what, optional=True)
        return Told([mapping(each) for each in items_of(body, items, org=org.org.name, what=what)])
    except KeysRefused:
        raise
    except Unreadable as error:
        if error.gap.cause is Cause.MISSING_PERMISSION:
            # Usage attribution is refused to a plan without it as to a key without the permission.
            return Told(None, f"{OPERATIONS[operation].call} is refused, by the key's permissions or by the plan")
        return Told(None, error.gap.hint)
