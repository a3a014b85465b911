"""What the account used in a month, dimension by dimension, from the rows of the billable summary."""

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from costguard.bill.dimensions import AGGREGATIONS, Dimensions, aggregation, unit
from costguard.bill.known import KNOWN
from costguard.bill.prices import precise
from costguard.model.money import Dimension, Units
from costguard.model.usage import BillableUsage, DimensionKey


class Usage(NamedTuple):
    """An account's month in one dimension, in single units; None = Datadog did not say."""

    units: Units | None = None
    committed: Units | None = None
    on_demand: Units | None = None


def latest_month(billable: Iterable[BillableUsage], *, before: date | None = None) -> date | None:
    """The last month (its first day) that has billable usage, of those that begin before `before`; None without any."""
    months = {row.month.replace(day=1) for row in billable}
    return max((month for month in months if before is None or month < before.replace(day=1)), default=None)


@precise
def account_usage(billable: Iterable[BillableUsage], names: Dimensions, month: date) -> dict[Dimension, Usage]:
    """The month of the account that these rows are of.

    Every organisation's row repeats the account's own numbers. Where they are missing, the organisations' are added up.
    """
    account: dict[Dimension, Usage] = {}
    for dimension, rows in _by_dimension(billable, names, month).items():
        units = _largest(_count(row, dimension, row.account_billable) for row in rows)
        if units is None:
            units = sum(of_orgs, Decimal(0)) if (of_orgs := _by_org(rows, dimension).values()) else None
        account[dimension] = Usage(
            units,
            committed=_largest(_count(row, dimension, row.account_committed) for row in rows),
            on_demand=_largest(_count(row, dimension, row.account_on_demand) for row in rows),
        )
    return account


def billed_keys(billable: Iterable[BillableUsage], names: Dimensions, month: date) -> dict[Dimension, str]:
    """The key of the billable summary that each dimension's month was read from: infra_host_top99p."""
    return {dimension: rows[0].key for dimension, rows in _by_dimension(billable, names, month).items()}


def on_enterprise_plan(billable: Iterable[BillableUsage], month: date) -> bool:
    """Whether the month's billing plan is an Enterprise one, by its name; Datadog publishes no list of names."""
    return any(
        "enterprise" in row.billing_plan.lower()
        for row in billable
        if (row.month.year, row.month.month) == (month.year, month.month)
    )


@precise
def billed_by_org(
    billable: Iterable[BillableUsage], keys: Iterable[DimensionKey], *, month: date
) -> Mapping[tuple[str, Dimension], Units]:
    """Billable units of the month by (public id of the organisation, dimension); what Datadog left out is absent."""
    return {
        (org, dimension): units
        for dimension, rows in _by_dimension(billable, Dimensions(keys), month).items()
        for org, units in _by_org(rows, dimension).items()
    }


def _by_dimension(
    billable: Iterable[BillableUsage], names: Dimensions, month: date
) -> dict[Dimension, list[BillableUsage]]:
    """The month's rows by dimension, each with the rows of one key only.

    An account may report a dimension twice: infra_host_top99p in hosts and infra_host_sum in host-hours. A row without
    a key only says that there is such an organisation.
    """
    by_key: dict[str, list[BillableUsage]] = {}
    for row in billable:
        if row.key and (row.month.year, row.month.month) == (month.year, month.month):
            by_key.setdefault(row.key, []).append(row)
    keys: dict[Dimension, list[list[BillableUsage]]] = {}
    for key, rows in by_key.items():
        keys.setdefault(names.billable(key), []).append(rows)
    return {dimension: min(several, key=_preference) for dimension, several in keys.items()}


def _preference(rows: Sequence[BillableUsage]) -> tuple[bool, bool, int, str]:
    """Sorts a dimension's keys: used before unused, with a commitment before without, then as plans usually bill."""
    key = rows[0].key
    return (
        not any(row.account_billable or row.org_billable for row in rows),
        all(row.account_committed is None and row.account_on_demand is None for row in rows),
        AGGREGATIONS.index(aggregation(key)) if aggregation(key) else 0,
        key,
    )


def _by_org(rows: Iterable[BillableUsage], dimension: Dimension) -> dict[str, Units]:
    """The organisations' own units; a row that appears twice counts once."""
    units: dict[str, Units] = {}
    for row in rows:
        count = _count(row, dimension, row.org_billable)
        if count is not None:
            units[row.org_public_id] = max(count, units.get(row.org_public_id, count))
    return units


def _largest(counts: Iterable[Units | None]) -> Units | None:
    return max((count for count in counts if count is not None), default=None)


def _count(row: BillableUsage, dimension: Dimension, value: Decimal | None) -> Units | None:
    """The value of a row in the dimension's single units; None for what cannot be a count.

    Hours of something that is priced by the month (host_hours, from hourly metering) become its average over the month;
    gigabytes become bytes. Of a dimension that is not known nothing is made but what Datadog says.
    """
    if value is None or not value.is_finite() or value < 0:
        return None
    if dimension not in KNOWN:
        return value
    measured, billed = row.unit.lower().replace(" ", "_").replace("-", "_"), unit(dimension).one
    if measured.endswith(("_hour", "_hours")) and not billed.endswith("-hour"):
        return value / (24 * monthrange(row.month.year, row.month.month)[1])
    return value * 10**9 if billed == "byte" and measured in ("gb", "gigabyte", "gigabytes") else value
