"""What Datadog's API says of an account's usage by the month, under the hundreds of keys of its usage summary."""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from costguard.datadog.client import Connection
from costguard.datadog.collectors import Item, Window
from costguard.datadog.extras import amount, fits
from costguard.datadog.history import each_month, unread
from costguard.datadog.invoices import restated
from costguard.datadog.periods import midnight, month_key, row_month, usage_is_final
from costguard.datadog.raw import MalformedError, identity, items_of, mapping, moment, read_each, sequence, text
from costguard.model.findings import Gap
from costguard.model.usage import Period, UsageSummary

_ORG = frozenset({"public_id", "name", "region", "account_public_id", "account_name"})


class UsageSummaries:
    """GET /api/v1/usage/summary, with each organisation's part, of the running month too."""

    provides = UsageSummary
    permissions = ("usage_read",)
    parent_only = True

    def collect(self, org: Connection, window: Window) -> Iterator[Item]:
        """Every month that may have changed, a month at a time: an answer has no pages and is held whole."""

        def read(month: date) -> Iterator[Item]:
            query: dict[str, Any] = {
                "start_month": month_key(month),
                "end_month": month_key(month),
                "include_org_details": True,
                **window.connected,
            }
            body = org.call("v1.get_usage_summary", query=query, what="usage_summary", optional=True)
            months = items_of(body, "usage", org=org.org.name, what="usage_summary")
            yield Period(UsageSummary, month_key(month), bool(months) and usage_is_final(month, window.now))
            # What repeats the month as the sum of all months asked for is kept out of the way.
            whole = {key: value for key, value in mapping(body).items() if key != "usage"}
            yield from _rows({"response": whole} if months else {}, month)
            parts = read_each(
                months, lambda raw: _month(raw, month), org=org.org.name, what="usage_summary", plural="months of usage"
            )
            for rows in parts:
                yield from (rows,) if isinstance(rows, Gap) else rows

        months = unread(window, UsageSummary, restated(org, window))
        yield from each_month(org, window, "usage_summary", months, read)


def _month(raw: dict[str, Any], month: date) -> list[UsageSummary]:
    """The account's rows of a month and those of its organisations; none of another month."""
    when = moment(raw.get("date"))
    if not row_month(when, month):
        return []
    known = {"orgs"} | ({"date"} if when == midnight(month) else set())
    rows = list(_rows({key: value for key, value in raw.items() if key not in known}, month))
    for part in sequence(raw.get("orgs")):
        if not isinstance(part, dict):
            raise MalformedError("an organisation that is not an object")
        rows += _rows({key: value for key, value in part.items() if key not in _ORG}, month, part)
    return rows


def _rows(values: Mapping[str, Any], month: date, org: Mapping[str, Any] | None = None) -> Iterator[UsageSummary]:
    about = org or {}
    public_id = None if org is None else identity(org.get("public_id"))
    name, region = text(about.get("name")), text(about.get("region"))
    account = text(about.get("account_public_id")), text(about.get("account_name"))
    for key, value in _leaves(values, ""):
        number = amount(value)
        rest = None if fits(value, number) else json.dumps(value, ensure_ascii=False)
        yield UsageSummary(month, public_id, name, region, key, number, *account, rest)


def _leaves(value: object, path: str) -> Iterator[tuple[str, object]]:
    """Each value with its path; what lies in a list is named by its retention, else by its place."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _leaves(each, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _leaves(each, f"{path}.{text(mapping(each).get('retention')) or number}")
    else:
        yield path, value
