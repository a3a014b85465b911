"""The bill function held against what was measured: line by line, with what it does not explain."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from costguard.bill.aggregation import Hours, Kind, billable
from costguard.bill.line import ZERO, Line
from costguard.bill.prices import precise
from costguard.bill.working import count
from costguard.model.base import Frozen
from costguard.model.money import Dimension, PriceSource, Units, Usd

CLOSE = Decimal("0.01")
"""Parts that hourly and billable usage may differ by without a remark: usage is corrected for three days."""


class Explained(Frozen):
    """A line of the bill and how the function comes to its cost; None throughout = not known."""

    dimension: Dimension
    label: str
    product: str
    unit: str
    """The word for many units."""
    kind: Kind
    units: Units | None
    metered: Units | None
    """Billable units by the hourly usage; None where no hours were given."""
    committed: Units | None
    granted: Units | None
    """What other products include; None where nothing is known to include it."""
    included: Units | None
    """What the use takes of the allotment."""
    headroom: Units | None
    """Units that could be used more before any is on demand."""
    on_demand: Units | None
    """As Datadog reports it, else by the bill."""
    rate_committed: Usd | None
    rate_on_demand: Usd | None
    source: PriceSource | None
    function_cost: Usd | None
    """What the function gives at the measured usage."""
    measured_cost: Usd | None
    rest: Usd | None
    """The measured cost less the function's: what is not explained; None where no cost was measured."""
    notes: tuple[str, ...]


def explain(lines: Sequence[Line], hours: Mapping[Dimension, Hours]) -> tuple[Explained, ...]:
    """These lines of a bill, the dearest first."""
    rows = [_explained(line, hours.get(line.dimension)) for line in lines]

    def rank(row: Explained) -> tuple[bool, Usd, Dimension]:
        cost = row.function_cost if row.measured_cost is None else row.measured_cost
        return cost is None, -(cost or ZERO), row.dimension

    return tuple(sorted(rows, key=rank))


def _explained(line: Line, hours: Hours | None) -> Explained:
    metered = None if hours is None else billable(line.kind, hours)
    return Explained(
        dimension=line.dimension,
        label=line.label,
        product=line.product,
        unit=line.unit.many,
        kind=line.kind,
        units=line.units,
        metered=metered,
        committed=line.committed,
        granted=line.granted,
        included=line.included,
        headroom=line.headroom,
        on_demand=line.on_demand,
        rate_committed=line.rate_committed,
        rate_on_demand=line.rate_on_demand,
        source=line.source,
        function_cost=line.cost(),
        measured_cost=line.measured,
        rest=line.residual,
        notes=line.notes + ((line.unpriced,) if line.unpriced else ()) + _metered(line, metered),
    )


@precise
def _metered(line: Line, metered: Units | None) -> tuple[str, ...]:
    """A note where the hours do not make the units that are billed."""
    if metered is None or line.units is None or abs(metered - line.units) <= line.units * CLOSE:
        return ()
    return (f"the {line.kind} of the hourly usage is {count(metered)}, billed are {count(line.units)}",)
