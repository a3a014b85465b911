"""How an account's bill is put together from Datadog's usage and cost rows and the prices that apply."""

from collections.abc import Iterable, Mapping
from datetime import date

from costguard.bill.bill import Bill
from costguard.bill.costs import account_costs, months_with_cost, totals
from costguard.bill.dimensions import Dimensions, product_of, unit
from costguard.bill.line import ZERO, Line
from costguard.bill.prices import PriceList, Rates, list_prices, precise
from costguard.bill.reconcile import reconcile
from costguard.bill.usage import account_usage
from costguard.model.money import Dimension
from costguard.model.usage import BillableUsage, DimensionKey, MonthlyCost


@precise
def measure(
    billable: Iterable[BillableUsage],
    costs: Iterable[MonthlyCost],
    keys: Iterable[DimensionKey],
    *,
    month: date,
    currency: str,
    contract: Mapping[Dimension, Rates] | None = None,
    prices: PriceList | None = None,
) -> Bill:
    """The bill of one account's `month`, from rows of any months.

    Prices: `contract`, else measured (own cost ÷ own units), else the list's (`prices`, by default the one that comes
    with costguard; none where `currency` is not the list's). Datadog publishes a month's cost up to 19 days late: until
    then prices are those of the last month that has costs, and the month's own total is not known.
    """
    month, billable = month.replace(day=1), tuple(billable)
    paid = totals(costs)
    names = Dimensions(keys)
    given = contract or {}
    listed = (prices or list_prices()).rates(currency)
    elsewhere = {each: given.get(each, Rates()).over(listed.get(each, Rates())) for each in {*given, *listed}}

    read = reconcile(account_usage(billable, names, month), account_costs(paid, month))
    priced_in = max((each for each in months_with_cost(paid) if each <= month), default=month)
    priced = read
    if priced_in != month:
        priced = reconcile(account_usage(billable, names, priced_in), account_costs(paid, priced_in))
    lines = {}
    for dimension, each in sorted(read.items()):
        usage, cost, notes = each
        measured = priced[dimension].rates(priced_in) if dimension in priced else Rates()
        lines[dimension] = Line(
            dimension=dimension,
            label=names.label(dimension),
            product=product_of(dimension),
            unit=unit(dimension),
            units=usage.units,
            committed=usage.committed,
            on_demand=usage.on_demand,
            allotment=each.allotment,
            rates=given.get(dimension, Rates()).over(measured).over(listed.get(dimension, Rates())),
            committed_cost=cost.committed if cost and not cost.unsplit else None,
            on_demand_cost=cost.on_demand if cost and not cost.unsplit else None,
            measured=cost.total if cost else None,
            notes=notes,
        )
    measured_costs = [line.measured for line in lines.values() if line.measured is not None]
    late = () if priced_in == month else (f"the cost of {month:%B %Y} is not published yet; prices: {priced_in:%B %Y}",)
    return Bill(
        month=month,
        currency=currency,
        lines=lines,
        measured_total=sum(measured_costs, ZERO) if measured_costs else None,
        elsewhere=elsewhere,
        notes=late + tuple(f"{line.label}: {note}" for line in lines.values() for note in line.notes),
    )
