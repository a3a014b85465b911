"""The account's billing dimensions over its last closed months, from one bill a month."""

from collections.abc import Sequence

from costguard.bill import Bill, Line
from costguard.model.money import PriceSource
from costguard.model.spend import BilledMonth, BillingDimension


def billing_dimensions(bills: Sequence[Bill], org: str) -> tuple[BillingDimension, ...]:
    """The dimensions of the last bill; `bills` are of months that follow each other, the oldest first.

    Prices are those of the last bill. A dimension that was not billed in the last month has no place in a contract.
    """
    if not bills:
        return ()
    last = bills[-1]
    return tuple(_dimension(line, bills, org) for line in last.lines.values() if line.units is not None)


def _dimension(line: Line, bills: Sequence[Bill], org: str) -> BillingDimension:
    months = ((bill.month, bill.lines.get(line.dimension)) for bill in bills)
    return BillingDimension(
        org=org,
        id=line.dimension,
        name=line.label,
        unit=line.unit.many,
        months=tuple(
            BilledMonth(month=month, units=each.units, committed=each.committed, on_demand=each.on_demand)
            for month, each in months
            if each is not None and each.units is not None
        ),
        contracted=line.contracted,
        committed_price=line.rate_committed,
        on_demand_price=line.rate_on_demand,
        listed=line.rates.committed is not None and line.rates.committed.source is PriceSource.LIST,
    )
