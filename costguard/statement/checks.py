"""What the measured cost is held against: the bill as a function of its use, line by line."""

from collections.abc import Iterable, Mapping
from datetime import date

from costguard.bill import Bill, ContractError, Explained, Hours, measure
from costguard.model.money import Dimension, Usd
from costguard.model.statement import Check, Cost, Prices
from costguard.model.usage import ActiveDimension, MetricUsage, MonthlyCost
from costguard.settings import Settings, SettingsError
from costguard.statement.change import change
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


def checks(bill: Bill, hours: Mapping[Dimension, Hours], earlier: Mapping[Dimension, Usd]) -> tuple[Check, ...]:
    """The reconciliation, the dearest line first, with what the month's hours come to.

    `earlier`: what the month's use costs at the prices of the month before. It is what prices that are worked out of
    the bill itself are held against.
    """
    return tuple(_check(row, earlier.get(row.dimension)) for row in bill.reconciliation(hours))


def before_prices(
    ledger: Ledger, costs: Mapping[date, Mapping[Dimension, Cost]], usage: Usage, month: date
) -> Mapping[Dimension, Usd]:
    """What the month's use costs at the prices measured in the month before, as far as that had a price of each part.

    `costs` and `usage` are of both months; without those of the month before nothing is known.
    """
    prior = before(month)
    if prior not in costs or not ledger.month(prior).over:
        return {}
    found = {}
    for dimension, cost in costs.get(month, {}).items():
        was = costs[prior].get(dimension, Cost())
        if (cost.committed and not was.committed) or (cost.on_demand and not was.on_demand):
            continue
        used = usage.of((prior,), dimension), usage.of((month,), dimension)
        moved = change(dimension, was, cost, *used, usage.names)
        if moved.before and moved.after and not moved.unknown:
            found[dimension] = moved.before + moved.usage
    return found


def _check(row: Explained, earlier: Usd | None) -> Check:
    # Without known use the function can only repeat what was measured.
    explained = None if row.units is None else row.function_cost
    prices = None
    if explained is not None:
        prices = Prices.AGREED if not row.own_prices else Prices.OWN if earlier is None else Prices.EARLIER
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
        rate_source=row.source,
        measured=row.measured_cost,
        explained=explained,
        rest=None if row.units is None else row.rest,
        prices=prices,
        earlier=earlier if prices is Prices.EARLIER else None,
        notes=row.notes,
    )


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
