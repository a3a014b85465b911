"""What usage and cost of a month tell of each other, and what is made of numbers that do not fit."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

from costguard.bill.costs import Cost
from costguard.bill.line import ZERO
from costguard.bill.prices import Rate, Rates, precise
from costguard.bill.usage import Usage
from costguard.model.money import Dimension, PriceSource, Units, Usd


class Reconciled(NamedTuple):
    """A dimension's month, as far as usage and cost agree on it."""

    usage: Usage
    cost: Cost | None
    notes: tuple[str, ...] = ()
    """Where they do not."""

    def rates(self, month: date) -> Rates:
        """The prices measured in this month: own cost ÷ own units.

        Where Datadog gave only a total, or nothing tells what is committed, both are the average of all that was paid
        for: too low for what is on demand, so that a saving is not oversold.
        """
        (units, committed, on_demand), cost, _ = self
        if cost is None or units is None:
            return Rates()
        if cost.unsplit or (committed is None and on_demand is None):
            paid = units if committed is None or on_demand is None else committed + on_demand
            rate = _rate(cost.total, paid, month)
            return Rates(committed=rate, on_demand=rate)
        return Rates(
            committed=_rate(cost.committed, committed, month), on_demand=_rate(cost.on_demand, on_demand, month)
        )


@precise
def reconcile(used: Mapping[Dimension, Usage], paid: Mapping[Dimension, Cost | None]) -> dict[Dimension, Reconciled]:
    """Usage and cost of a month, side by side.

    On a bill that could be read, a dimension that is not named was free; unless there is cost under a similar name that
    no usage belongs to (apm_host, apm_host_enterprise): then nothing is known of its price.
    """
    read = {}
    lonely = [dimension for dimension, cost in paid.items() if cost and cost.total and dimension not in used]
    for dimension in {*used, *paid}:
        cost, notes = paid.get(dimension), tuple[str, ...]()
        if dimension not in paid and any(cost is not None for cost in paid.values()):
            alike = [each for each in lonely if each.startswith(dimension) or dimension.startswith(each)]
            cost = None if alike else Cost()
            notes = (f"no cost under this name, but {', '.join(alike)} has cost without usage",) if alike else ()
        settled = _settle(used.get(dimension, Usage()), cost)
        read[dimension] = settled._replace(notes=notes + settled.notes)
    return read


def _settle(usage: Usage, cost: Cost | None) -> Reconciled:
    """The month with what usage and cost tell of each other, and what they contradict each other in.

    `account_committed_usage` is read as the size of the commitment, which Datadog does not say.
    """
    units, committed, on_demand = usage
    if units is None:
        return Reconciled(Usage(), cost)
    notes = []
    if cost and cost.unsplit:
        if committed is not None and on_demand is None:
            on_demand = max(ZERO, units - committed)
        if committed == 0:
            cost = Cost(on_demand=cost.total)
        elif on_demand == 0:
            cost = Cost(committed=cost.total)
    split = cost if cost and not cost.unsplit else None
    if split:
        if _paid(split.committed) and committed == 0:
            notes.append("a commitment is paid for whose size is not reported")
            committed = None
        if _paid(split.on_demand) and on_demand == 0:
            notes.append("on-demand usage is paid for that is not reported")
            on_demand = None
    if on_demand is None:
        on_demand = _on_demand(units, committed, split)
    if committed is None and on_demand is not None:
        if split and split.committed is not None:
            committed = max(ZERO, units - on_demand) if _paid(split.committed) else ZERO
            if committed:
                notes.append("the size of the commitment is not known: read as the usage that is not on demand")
        elif on_demand >= units:
            committed = ZERO
    elif committed and committed == units and not on_demand:
        notes.append("committed usage equals billable usage: it may be what the commitment covered, not its size")
    settled = Usage(units, committed, on_demand)
    return Reconciled(settled, cost, (*notes, *_contradictions(settled, split)))


def _on_demand(units: Units, committed: Units | None, cost: Cost | None) -> Units | None:
    """On-demand units where Datadog does not report them; None where they cannot be told."""
    if cost and cost.on_demand is not None and not _paid(cost.on_demand):
        return ZERO
    if committed is not None:
        return max(ZERO, units - committed)
    return units if cost and cost.committed is not None and not _paid(cost.committed) else None


def _paid(cost: Usd | None) -> bool:
    """Whether there is money in it: a credit is none."""
    return cost is not None and cost > 0


def _contradictions(usage: Usage, cost: Cost | None) -> Iterator[str]:
    """Why the function cannot give the measured cost, or gives it with prices that make no sense."""
    units, committed, on_demand = usage
    if units is None or committed is None or on_demand is None:
        return
    if committed and on_demand and units < committed + on_demand:
        yield "on-demand usage beside an unused commitment, as with hourly metering: its cost is not explained"
    if cost is None or cost.committed is None or cost.on_demand is None:
        return
    if committed and not cost.committed:
        yield "a commitment is reported that is not paid for"
    if on_demand and not cost.on_demand:
        yield "on-demand usage is reported that is not paid for"
    if _paid(cost.on_demand) and cost.committed * on_demand > cost.on_demand * committed > 0:
        yield "a committed unit costs more than one on demand: committed usage may not be the size of the commitment"


def _rate(cost: Usd | None, units: Units | None, month: date) -> Rate | None:
    """The price; None without units, and for a credit, which is no price."""
    if cost is None or cost < 0 or not units:
        return None
    return Rate(amount=cost, per=units, source=PriceSource.MEASURED, when=month)
