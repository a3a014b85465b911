"""How an account's bill is put together from Datadog's usage and cost rows and the prices that apply."""

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from costguard.bill import terms
from costguard.bill.aggregation import kind_of
from costguard.bill.allotments import AllotmentTable, allotments, granted, grants, pooled_by_hour, quantities
from costguard.bill.bill import Bill
from costguard.bill.costs import account_costs, billed_fields, months_with_cost, totals
from costguard.bill.dimensions import Dimensions, product_of
from costguard.bill.included import included
from costguard.bill.line import ZERO, Line
from costguard.bill.metric_names import metric_names
from costguard.bill.prices import PriceList, Rates, list_prices, precise
from costguard.bill.reconcile import Reconciled, reconcile
from costguard.bill.usage import account_usage, billed_keys, on_enterprise_plan
from costguard.model.contract import Contract
from costguard.model.money import Dimension, Units
from costguard.model.usage import ActiveDimension, BillableUsage, DimensionKey, MetricUsage, MonthlyCost

NO_CONTRACT = Contract()


@precise
def measure(
    billable: Iterable[BillableUsage],
    costs: Iterable[MonthlyCost],
    keys: Iterable[DimensionKey],
    *,
    month: date,
    currency: str,
    contract: Contract = NO_CONTRACT,
    active: Iterable[ActiveDimension] = (),
    metrics: Iterable[MetricUsage] = (),
    prices: PriceList | None = None,
    table: AllotmentTable | None = None,
) -> Bill:
    """The bill of one account's `month`, from rows of any months.

    Prices: the contract's, else measured (own cost ÷ own units), else the list's (`prices`, by default the one that
    comes with costguard; none where `currency` is not the list's). Datadog publishes a month's cost up to 19 days late:
    until then prices are those of the last month that has costs, and the month's own total is not known. Allotments are
    what the bill shows to be included, explained by what `table` (by default the one that comes with costguard) and the
    contract grant. `metrics` are read where the contract bills custom metrics by name. Raises ContractError for a
    contract about dimensions that nobody knows.
    """
    month, billable, active = month.replace(day=1), tuple(billable), tuple(active)
    paid, names = totals(costs), Dimensions(keys, billable)
    billed = {names.billable(key) for key in {row.key for row in billable}}
    billed |= billed_fields(paid) | {row.dimension for row in active}
    listed = (prices or list_prices()).rates(currency)
    table = table or allotments()
    included_with = (pair for pair, quantity in sorted(quantities(table, contract).items()) if quantity)
    terms.check(contract, names.named | billed | listed.keys(), included_with)
    notes = [] if contract.applies(month) else [f"the contract is not in force in {month:%B %Y}: it is not applied"]
    given = contract if contract.applies(month) else NO_CONTRACT

    priced_in = max((each for each in months_with_cost(paid) if each <= month), default=month)
    read = _read(billable, paid, names, month, given)
    priced = read if priced_in == month else _read(billable, paid, names, priced_in, contract)
    if priced_in != month:
        notes.append(f"the cost of {month:%B %Y} is not published yet; prices: {priced_in:%B %Y}")

    by_name = metric_names(given, metrics, month)
    agreed = terms.rates(given)
    unpriced = terms.unpriced(given, by_name.one_less(currency) if by_name else "")
    includes = grants(table, given, month, enterprise=on_enterprise_plan(billable, month))
    provided, hours = granted(includes, _counted(read)), 24 * monthrange(month.year, month.month)[1]
    sizes = terms.commitments(given)
    used_keys = billed_keys(billable, names, month)
    lines = {}
    for dimension, each in sorted(read.items()):
        usage, cost, remarks = each
        measured = priced[dimension].rates(priced_in) if dimension in priced else Rates()
        grant = provided.get(dimension)
        by_hour = hours if pooled_by_hour(dimension, given) else None
        allotment, unlike = included(usage, grant, by_hour=by_hour, unit=names.unit(dimension))
        lines[dimension] = Line(
            dimension=dimension,
            label=names.label(dimension),
            product=product_of(dimension),
            unit=names.unit(dimension),
            units=usage.units,
            committed=usage.committed,
            contracted=size if (size := sizes.get(dimension)) != usage.committed else None,
            on_demand=usage.on_demand,
            allotment=allotment,
            granted=grant,
            kind=kind_of(dimension, used_keys.get(dimension, "")),
            rates=agreed.get(dimension, Rates()).over(measured).over(listed.get(dimension, Rates())),
            committed_cost=cost.committed if cost and not cost.unsplit else None,
            on_demand_cost=cost.on_demand if cost and not cost.unsplit else None,
            measured=cost.total if cost else None,
            unpriced=unpriced.get(dimension, ""),
            notes=remarks + unlike,
        )
    notes += _unused(given, lines, names, month)
    notes += [f"Metric names: {note}" for note in by_name.notes] if by_name else []
    measured_costs = {line.dimension: line.measured for line in lines.values() if line.measured is not None}
    notes += terms.contradictions(
        given, {*lines, *(row.dimension for row in active if row.month >= month)}, measured_costs
    )
    return Bill(
        month=month,
        currency=currency,
        lines=lines,
        measured_total=sum(measured_costs.values(), ZERO) if measured_costs else None,
        elsewhere={each: agreed.get(each, Rates()).over(listed.get(each, Rates())) for each in {*agreed, *listed}},
        grants=includes,
        unpriced=unpriced,
        metric_names=by_name,
        notes=tuple(notes),
    )


def _read(
    billable: Sequence[BillableUsage],
    paid: Sequence[MonthlyCost],
    names: Dimensions,
    month: date,
    contract: Contract,
) -> dict[Dimension, Reconciled]:
    """Usage and cost of a month, with the commitments of the contract where it is in force."""
    usage = account_usage(billable, names, month)
    if not contract.applies(month):
        return reconcile(usage, account_costs(paid, month))
    read = reconcile(terms.committed(usage, contract), account_costs(paid, month))
    for dimension, reported in usage.items():
        if notes := terms.disputed(reported, contract, dimension):
            read[dimension] = read[dimension]._replace(notes=notes + read[dimension].notes)
    return read


def _counted(read: Mapping[Dimension, Reconciled]) -> dict[Dimension, Units]:
    """What allotments are counted by: the larger of each product's commitment and its usage."""
    used = {dimension: each.usage for dimension, each in read.items()}
    return {
        dimension: max(usage.units, usage.committed or ZERO)
        for dimension, usage in used.items()
        if usage.units is not None
    }


def _unused(contract: Contract, lines: Mapping[Dimension, Line], names: Dimensions, month: date) -> list[str]:
    """Notes on commitments of the contract that the month knows nothing of."""
    return [
        f"{names.label(dimension)}: committed by contract, but neither used nor paid for in {month:%B %Y}"
        for dimension, size in sorted(terms.commitments(contract).items())
        if size and dimension not in lines
    ]
