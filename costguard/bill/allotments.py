"""What products include of other products: the published allotments, the contract's own, and what they grant a month.

An allotment is pooled over the account, and counted by the larger of the parent's commitment and its usage
(docs/datadog.md, A0 and A2).
"""

import tomllib
from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from costguard.bill.aggregation import Kind, kind_of
from costguard.bill.prices import precise
from costguard.model.base import Frozen
from costguard.model.contract import Contract
from costguard.model.money import Dimension, Units

HOURS_A_YEAR = 8_760


class Allotment(Frozen):
    """A line of the published table: so many units of the child with every `per` units of the parent."""

    parent: Dimension
    child: Dimension
    quantity: Annotated[Units, Field(gt=0)]
    """A month for what is summed up (spans, events); at any time for what is counted as it runs."""
    enterprise: Annotated[Units, Field(gt=0)] | None = None
    """The quantity on the Enterprise plan; None = the same."""
    per: Annotated[Units, Field(gt=0)] = Decimal(1)
    confidence: Literal["primary", "secondary", "conflicting"] = "primary"
    note: str = ""


class AllotmentTable(Frozen):
    """The published allotments as they were known on a day."""

    version: date
    source: str
    allotment: tuple[Allotment, ...]


class Grant(NamedTuple):
    """What one unit of the parent includes of the child in the month of the bill."""

    parent: Dimension
    child: Dimension
    units: Units


def allotments() -> AllotmentTable:
    """The table that comes with costguard."""
    text = files("costguard.bill").joinpath("allotments.toml").read_text("utf-8")
    return AllotmentTable.model_validate(tomllib.loads(text, parse_float=Decimal))


@precise
def grants(table: AllotmentTable, contract: Contract, month: date, *, enterprise: bool = False) -> tuple[Grant, ...]:
    """What each parent includes in this month, by contract where that says so, else by the table; sorted.

    Containers are included hour by hour: the month's grant is that of all its hours. On an hourly metered account a
    monthly quantity is divided over the hours of the year (× 12 ÷ 8,760), so that a longer month has more of it.
    """
    quantities: dict[tuple[Dimension, Dimension], Units] = {
        (each.child, each.parent): ((enterprise and each.enterprise) or each.quantity) / each.per
        for each in table.allotment
    }
    for child, parents in contract.allotments.items():
        quantities |= {(child, parent): quantity for parent, quantity in parents.items()}
    found = (
        Grant(parent, child, quantity * _factor(kind_of(child), contract, month))
        for (child, parent), quantity in sorted(quantities.items())
    )
    return tuple(grant for grant in found if grant.units)


def _factor(kind: Kind, contract: Contract, month: date) -> Decimal:
    """What a quantity is multiplied with to give the month's grant."""
    hours = Decimal(24 * monthrange(month.year, month.month)[1])
    if kind is Kind.CONTAINER_HOURS:
        return hours
    if kind is Kind.SUM and contract.on_demand == "hourly":
        return hours * 12 / HOURS_A_YEAR
    return Decimal(1)


def pooled_by_hour(child: Dimension, contract: Contract) -> bool:
    """Whether what one hour leaves of the grant is lost to the next, so that not all of a month's grant can be used.

    Containers are pooled by the hour whatever the contract says; on an hourly metered account so is all the rest, but
    for sums on accounts that have been moved to pooling over the period.
    """
    kind = kind_of(child)
    if kind is Kind.CONTAINER_HOURS:
        return True
    return contract.on_demand == "hourly" and not (kind is Kind.SUM and contract.pooling == "period")


@precise
def granted(grants: Iterable[Grant], counted: Mapping[Dimension, Units]) -> dict[Dimension, Units]:
    """What parents of which so many units are counted grant, by child; children without such a parent are absent."""
    total: defaultdict[Dimension, Units] = defaultdict(Decimal)
    for grant in grants:
        if units := counted.get(grant.parent):
            total[grant.child] += grant.units * units
    return dict(total)
