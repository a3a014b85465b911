"""How much of each billing dimension was used in some months, by the account and by each organisation."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from costguard.bill import Dimensions, Hours, Kind, Measured, billed_by_org, kind_of, metered
from costguard.bill.attributed import attributed
from costguard.bill.usage import account_usage, billed_keys
from costguard.model.money import Dimension, Units
from costguard.model.statement import Quantity, Used
from costguard.model.usage import BillableUsage, DimensionKey
from costguard.store import Store

NONE = Quantity()


@dataclass(frozen=True, slots=True)
class Usage:
    """Billable usage of some months; what Datadog did not say is absent."""

    rows: tuple[BillableUsage, ...]
    keys: tuple[DimensionKey, ...]
    names: Dimensions
    account: Mapping[date, Mapping[Dimension, Quantity]]
    """By month and dimension: of the account, or of the one organisation that counts."""
    orgs: Mapping[date, Mapping[tuple[str, Dimension], Units]]
    """By month, public id and dimension."""
    kinds: Mapping[Dimension, Kind]

    def of(self, months: Collection[date], dimension: Dimension) -> Quantity:
        """What was used in these months together; None in each part that is not known of one of them."""
        found = [self.account.get(month, {}).get(dimension, NONE) for month in months]
        return Quantity(
            units=_sum([each.units for each in found]),
            committed=_sum([each.committed for each in found]),
            on_demand=_sum([each.on_demand for each in found]),
        )

    def each(self, months: Collection[date], dimensions: Iterable[Dimension]) -> dict[Dimension, Quantity]:
        """What was used in these months together, of each of the dimensions."""
        return {dimension: self.of(months, dimension) for dimension in dimensions}

    def of_org(self, months: Collection[date], org: str, dimension: Dimension) -> Units | None:
        """What one organisation used in these months together; None where that is not known of one of them."""
        return _sum([self.orgs.get(month, {}).get((org, dimension)) for month in months])


def read_usage(store: Store, months: Collection[date], only: str | None) -> Usage:
    """The billable usage of these months, without that of connected accounts.

    `only` = the public id of the one organisation that counts.
    """
    periods = sorted({f"{month:%Y-%m}" for month in months})
    rows = tuple(store.rows(BillableUsage, periods=periods, own=True))
    # Of all months: a dimension is called the same in each of them, as it is now.
    keys = tuple(store.rows(DimensionKey))
    names = Dimensions(keys, rows)
    orgs = {month: billed_by_org(rows, keys, month=month) for month in months}
    kinds: dict[Dimension, Kind] = {}
    account: dict[date, Mapping[Dimension, Quantity]] = {}
    for month in sorted(months):
        kinds |= {dimension: kind_of(dimension, key) for dimension, key in billed_keys(rows, names, month).items()}
        if only is None:
            used = account_usage(rows, names, month)
            account[month] = {dimension: Quantity(*each) for dimension, each in used.items()}
        else:
            account[month] = {
                dimension: Quantity(units) for (org, dimension), units in orgs[month].items() if org == only
            }
    return Usage(rows, keys, names, account, orgs, kinds)


def read_days(
    store: Store, months: Collection[date], usage: Usage, only: str | None
) -> Mapping[date, dict[Dimension, Units]]:
    """Measured units by day and dimension: the sum of a day's hours, their average or maximum, as the month is billed.

    Of several usage types of a dimension the largest counts: they are views of the same use. Where it is not known how
    the month is billed, neither is the day's number.
    """
    days: defaultdict[date, dict[Dimension, Units]] = defaultdict(dict)
    rows = store.query("bill-usage-by-day", months=[f"{month:%Y-%m}" for month in months], only=only)
    for day, family, usage_type, total, average, maximum in rows:
        dimension = usage.names.hourly(family, usage_type)
        if dimension is None:
            continue
        kind = usage.kinds.get(dimension) or kind_of(dimension)
        if kind is Kind.UNKNOWN:
            continue
        units = total if kind in (Kind.SUM, Kind.CONTAINER_HOURS) else average if kind is Kind.AVERAGE else maximum
        days[day][dimension] = max(Decimal(str(units)), days[day].get(dimension, Decimal(0)))
    return days


def read_hours(store: Store, month: date, keys: Iterable[DimensionKey]) -> Mapping[Dimension, Hours]:
    """What the account's hours of a month come to by dimension; nothing where not all of its hours were read."""
    rows = store.query("bill-hours", month=month)
    return metered(
        (
            Measured(family, usage_type, Hours(Decimal(high_water), Decimal(total), Decimal(maximum), hours))
            for family, usage_type, high_water, total, maximum, hours in rows
        ),
        keys,
    )


def read_used(
    store: Store, months: Collection[date], names: Dimensions, orgs: Mapping[str, str], only: str | None
) -> tuple[Used, ...]:
    """What each organisation used of each usage type in these months together; `orgs` are their names by public id."""
    periods = [f"{month:%Y-%m}" for month in months]
    units: dict[tuple[str, str], Units] = {}
    for _, org, field, value in store.query("bill-consumed", periods=periods, only=only):
        units[field, org] = units.get((field, org), Decimal(0)) + value
    return tuple(_used(field, org, orgs.get(org, org), each, names) for (field, org), each in sorted(units.items()))


def _used(field: str, org: str, org_name: str, units: Units, names: Dimensions) -> Used:
    name = field.removesuffix("_usage")
    dimension = attributed(field) or (name if name in names.named else None)
    # Of what is not known, Datadog's own name still says where bytes are counted.
    words = names.unit(dimension).many if dimension else "bytes" if "_bytes_" in field else "units"
    return Used(field, dimension, names.label(dimension) if dimension else field, words, org, org_name, units)


def _sum(counts: Collection[Units | None]) -> Units | None:
    known = [count for count in counts if count is not None]
    return sum(known, Decimal(0)) if known and len(known) == len(counts) else None
