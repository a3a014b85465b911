"""What the measured cost is held against: the bill as a function of its use, line by line."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from costguard.bill import Bill, ContractError, Explained, Hours, measure, terms
from costguard.bill.usage import Usage as Used
from costguard.model.contract import Contract
from costguard.model.money import Dimension, PriceSource, Units, Usd
from costguard.model.statement import ZERO, Check, Cost, Prices, Quantity
from costguard.model.usage import ActiveDimension, MetricUsage, MonthlyCost
from costguard.settings import Settings, SettingsError
from costguard.statement.ledger import Ledger
from costguard.statement.request import before
from costguard.statement.usage import Usage
from costguard.store import Store


def bill_of(store: Store, settings: Settings, usage: Usage, costs: Mapping[Dimension, Cost], month: date) -> Bill:
    """The bill function of a month, measured by the cost that the statement shows.

    Raises SettingsError for a contract about dimensions that nobody knows.
    """
    try:
        return measure(
            usage.rows,
            _rows(costs, month),
            usage.keys,
            month=month,
            currency=settings.currency,
            contract=settings.contract,
            active=store.rows(ActiveDimension),
            metrics=store.rows(MetricUsage, periods=[f"{month:%Y-%m}"]) if settings.contract.metric_names else (),
        )
    except ContractError as error:
        raise SettingsError(f"{settings.source}: {error}") from None


def under(contract: Contract, usage: Usage) -> Usage:
    """The usage with the commitments that the bill function counts with, in each month that the contract is of."""
    account = {}
    for month, used in usage.account.items():
        read = {dimension: Used(each.units, each.committed, each.on_demand) for dimension, each in used.items()}
        counted = terms.committed(read, contract) if contract.applies(month) else read
        account[month] = {dimension: Quantity(*each) for dimension, each in counted.items()}
    return replace(usage, account=account)


def checks(bill: Bill, hours: Mapping[Dimension, Hours], earlier: Mapping[Dimension, Cost]) -> tuple[Check, ...]:
    """The reconciliation, the dearest line first, with what the month's hours come to.

    `earlier`: what the month's use costs at the prices of the month before. It is what prices that are worked out of
    the bill itself are held against.
    """
    return tuple(_check(row, earlier.get(row.dimension)) for row in bill.reconciliation(hours))


def before_prices(
    ledger: Ledger, costs: Mapping[date, Mapping[Dimension, Cost]], usage: Usage, month: date
) -> Mapping[Dimension, Cost]:
    """What the month's use costs at the prices measured in the month before, as far as that had a price of each part.

    `costs` and `usage` are of both months; without those of the month before nothing is known.
    """
    prior = before(month)
    if prior not in costs or not ledger.month(prior).over:
        return {}
    found = {}
    for dimension, cost in costs.get(month, {}).items():
        was = costs[prior].get(dimension, Cost())
        used = usage.of((prior,), dimension), usage.of((month,), dimension)
        if cost.unsplit or was.unsplit:
            found[dimension] = Cost(unsplit=_priced(was.total, cost.total, used[0].units, used[1].units))
        else:
            found[dimension] = Cost(
                _priced(was.committed, cost.committed, used[0].committed, used[1].committed),
                _priced(was.on_demand, cost.on_demand, used[0].on_demand, used[1].on_demand),
            )
    return found


def _check(row: Explained, earlier: Cost | None) -> Check:
    # Without known use the function can only repeat what was measured.
    explained = None if row.units is None else row.function_cost
    prices, then = None, _earlier(row, earlier)
    if explained is not None:
        prices = Prices.AGREED if not row.own_prices else Prices.OWN if then is None else Prices.EARLIER
    return Check(
        dimension=row.dimension,
        label=row.label,
        product=row.product,
        unit=row.unit,
        units=row.units,
        metered=row.metered,
        committed=row.committed,
        granted=row.granted,
        included=row.included,
        headroom=row.headroom,
        on_demand=row.on_demand,
        rate_committed=row.rate_committed,
        rate_on_demand=row.rate_on_demand,
        rate_committed_source=row.source_committed,
        rate_on_demand_source=row.source_on_demand,
        rate_source=row.source,
        measured=row.measured_cost,
        explained=explained,
        rest=None if row.units is None else row.rest,
        prices=prices,
        earlier=then if prices is Prices.EARLIER else None,
        agreed=ZERO if explained is None else row.agreed_cost,
        notes=row.notes,
    )


def _priced(before: Usd | None, after: Usd | None, units_before: Units | None, units: Units | None) -> Usd | None:
    """These units at the price of the month before; None where it had none."""
    if not after:
        return ZERO
    return before * units / units_before if before and units_before and units is not None else None


def _earlier(row: Explained, earlier: Cost | None) -> Usd | None:
    """What the use costs at the prices of the month before, but for what a contract or a list prices."""
    if earlier is None or row.measured_cost is None:
        return None
    if earlier.unsplit is not None:
        return None if row.agreed_cost else earlier.unsplit
    measured = [
        cost
        for source, cost in ((row.source_committed, earlier.committed), (row.source_on_demand, earlier.on_demand))
        if source is PriceSource.MEASURED
    ]
    known = [each for each in measured if each is not None]
    return row.agreed_cost + sum(known, ZERO) if len(known) == len(measured) else None


def _rows(costs: Mapping[Dimension, Cost], month: date) -> Iterable[MonthlyCost]:
    """The costs in the shape in which the bill function reads them."""
    for dimension, cost in costs.items():
        if not dimension:
            continue
        fields = {"committed_cost": cost.committed, "on_demand_cost": cost.on_demand}
        if cost.unsplit is not None or cost.total is None:
            fields = {"total_cost": cost.total}
        for field, value in fields.items():
            yield MonthlyCost(month, "", "", f"{dimension}_{field}", value, None, None, None)
