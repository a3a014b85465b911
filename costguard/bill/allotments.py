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
from costguard.bill.dimensions import product_of
from costguard.bill.prices import precise
from costguard.model.base import Frozen
from costguard.model.contract import Contract
from costguard.model.money import Dimension, Units

HOURS_A_YEAR = 8_760

BY_THE_MONTH = frozenset(("apm_fargate", "incident_management", "network_device", "serverless_apm"))
"""Products that are metered by the month whatever the contract says, as all logs are (docs/datadog.md, A0)."""


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


class Bundle(Frozen):
    """Products that are sold as one under a name of their own, of which each unit includes what its parts do."""

    product: Dimension
    parts: tuple[Dimension, ...]
    confidence: Literal["primary", "secondary", "conflicting"] = "primary"
    note: str = ""


class AllotmentTable(Frozen):
    """The published allotments as they were known on a day."""

    version: date
    source: str
    allotment: tuple[Allotment, ...]
    bundle: tuple[Bundle, ...] = ()


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
    found = (
        Grant(parent, child, quantity * _factor(child, contract, month))
        for (child, parent), quantity in sorted(quantities(table, contract, enterprise=enterprise).items())
    )
    return tuple(grant for grant in found if grant.units)


@precise
def quantities(
    table: AllotmentTable, contract: Contract, *, enterprise: bool = False
) -> dict[tuple[Dimension, Dimension], Units]:
    """What one unit of a parent includes, by (child, parent): by contract where that says so, else by the table.

    A bundle includes what its parts do, by contract as well, unless the contract says what the bundle itself does.
    """
    agreed = {
        (child, parent): quantity
        for child, parents in contract.allotments.items()
        for parent, quantity in parents.items()
    }
    found = {
        (each.child, each.parent): ((enterprise and each.enterprise) or each.quantity) / each.per
        for each in table.allotment
    } | agreed
    bundled: defaultdict[tuple[Dimension, Dimension], Units] = defaultdict(Decimal)
    for bundle in table.bundle:
        for (child, parent), quantity in found.items():
            if parent in (bundle.product, *bundle.parts):
                bundled[child, bundle.product] += quantity
    return found | bundled | agreed


def _factor(child: Dimension, contract: Contract, month: date) -> Decimal:
    """What a quantity is multiplied with to give the month's grant."""
    hours = Decimal(24 * monthrange(month.year, month.month)[1])
    kind = kind_of(child)
    if kind is Kind.CONTAINER_HOURS:
        return hours
    if kind is Kind.SUM and _metered_by_hour(child, contract):
        return hours * 12 / HOURS_A_YEAR
    return Decimal(1)


def _metered_by_hour(child: Dimension, contract: Contract) -> bool:
    return contract.on_demand == "hourly" and child not in BY_THE_MONTH and product_of(child) != "logs"


def pooled_by_hour(child: Dimension, contract: Contract) -> bool:
    """Whether what one hour leaves of the grant is lost to the next, so that not all of a month's grant can be used.

    Containers are pooled by the hour whatever the contract says; on an hourly metered account so is all that is not
    metered by the month, but for sums on accounts that have been moved to pooling over the period.
    """
    kind = kind_of(child)
    if kind is Kind.CONTAINER_HOURS:
        return True
    return _metered_by_hour(child, contract) and not (kind is Kind.SUM and contract.pooling == "period")


@precise
def granted(grants: Iterable[Grant], counted: Mapping[Dimension, Units]) -> dict[Dimension, Units]:
    """What parents of which so many units are counted grant, by child; children without such a parent are absent."""
    total: defaultdict[Dimension, Units] = defaultdict(Decimal)
    for grant in grants:
        if units := counted.get(grant.parent):
            total[grant.child] += grant.units * units
    return dict(total)
