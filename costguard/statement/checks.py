"""What the measured cost is held against: the bill as a function of its use, line by line."""

from collections.abc import Iterable, Mapping
from datetime import date

from costguard.bill import Bill, ContractError, measure
from costguard.model.money import Dimension
from costguard.model.statement import Check, Cost
from costguard.model.usage import ActiveDimension, MonthlyCost
from costguard.settings import Settings, SettingsError
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
        )
    except ContractError as error:
        raise SettingsError(f"{settings.source}: {error}") from None


def checks(bill: Bill) -> tuple[Check, ...]:
    """The reconciliation, the dearest line first."""
    return tuple(
        Check(
            dimension=row.dimension,
            label=row.label,
            product=row.product,
            unit=row.unit,
            units=row.units,
            committed=row.committed,
            included=row.included,
            on_demand=row.on_demand,
            rate_committed=row.rate_committed,
            rate_on_demand=row.rate_on_demand,
            rate_source=row.source,
            measured=row.measured_cost,
            # Without known use the function can only repeat what was measured.
            explained=None if row.units is None else row.function_cost,
            rest=None if row.units is None else row.rest,
            notes=row.notes,
        )
        for row in bill.reconciliation()
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
