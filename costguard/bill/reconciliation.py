"""The bill function held against what was measured: line by line, with what it does not explain."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from costguard.bill.aggregation import Kind
from costguard.bill.hours import Hours
from costguard.bill.line import ZERO, Line
from costguard.bill.metric_names import MetricNames
from costguard.bill.prices import precise
from costguard.bill.terms import unknown_metrics
from costguard.bill.working import count
from costguard.model.base import Frozen
from costguard.model.money import Dimension, PriceSource, Units, Usd

CLOSE = Decimal("0.01")
"""Parts that hourly and billable usage may differ by without a remark: usage is corrected for three days."""


METRIC_NAMES = "metric_names"
"""What the line of metric names is called here; what Datadog calls it is not published."""


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
    """Billable units by the hourly usage; None where no hours were given, or nobody knows how they are billed."""
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
    source_committed: PriceSource | None
    source_on_demand: PriceSource | None
    source: PriceSource | None
    """The least certain of the two, of what the line's cost is made of."""
    own_prices: bool
    """Whether one of its prices is worked out of this very bill, so that the function cannot but agree with it."""
    function_cost: Usd | None
    """What the function gives at the measured usage."""
    agreed_cost: Usd
    """The part of it at prices of the contract or the list."""
    measured_cost: Usd | None
    rest: Usd | None
    """The measured cost less the function's: what is not explained; None where no cost was measured."""
    notes: tuple[str, ...]


def explain(
    lines: Sequence[Line], hours: Mapping[Dimension, Hours], month: date, names: MetricNames | None = None
) -> tuple[Explained, ...]:
    """These lines of the bill of a month, the dearest first.

    Where the contract prices metric names, they are one line in place of those that they are paid under.
    """
    by_name = paid_by_name(lines) if names else ()
    rows = [_explained(line, hours.get(line.dimension), month) for line in lines if line not in by_name]
    if names:
        rows.append(_names(names, by_name))

    def rank(row: Explained) -> tuple[bool, Usd, Dimension]:
        cost = row.function_cost if row.measured_cost is None else row.measured_cost
        return cost is None, -(cost or ZERO), row.dimension

    return tuple(sorted(rows, key=rank))


def paid_by_name(lines: Iterable[Line]) -> tuple[Line, ...]:
    """The lines that metric names and their data points are paid under, as far as their names tell."""
    of_metrics = {line.dimension: line for line in lines if line.measured is not None}
    return tuple(of_metrics[each] for each in unknown_metrics(of_metrics))


@precise
def _names(names: MetricNames, paid: Sequence[Line]) -> Explained:
    """The metric names by the contract's tiers, against what was paid for them and for their data points."""
    measured = sum((line.measured or ZERO for line in paid), ZERO) if paid else None
    where = f"held against what is paid under {', '.join(line.dimension for line in paid)}"
    return Explained(
        dimension=METRIC_NAMES,
        label="Metric names",
        product="metrics",
        unit="names",
        kind=Kind.UNKNOWN,
        units=names.names,
        metered=None,
        committed=None,
        granted=None,
        included=None,
        headroom=None,
        on_demand=None,
        rate_committed=None,
        rate_on_demand=None,
        source_committed=None,
        source_on_demand=None,
        source=PriceSource.CONTRACT,
        own_prices=False,
        function_cost=names.cost,
        agreed_cost=names.cost or ZERO,
        measured_cost=measured,
        rest=None if measured is None else measured - (names.cost or ZERO),
        notes=(where if paid else "nothing is paid under a name that speaks of metrics",),
    )


def _explained(line: Line, hours: Hours | None, month: date) -> Explained:
    metered = None if hours is None else hours.billable(line.kind)
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
        source_committed=line.rates.committed.source if line.rates.committed else None,
        source_on_demand=line.rates.on_demand.source if line.rates.on_demand else None,
        source=line.source,
        own_prices=any(rate.source is PriceSource.MEASURED and rate.when == month for rate in line.prices),
        function_cost=line.cost(),
        agreed_cost=line.agreed,
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
