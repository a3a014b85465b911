"""What the bill becomes when the contract is signed anew: with commitments given up, made smaller or larger."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from costguard.bill.allotments import granted
from costguard.bill.line import ZERO, Line
from costguard.bill.pool import counted
from costguard.bill.prices import add, least_certain, precise, worth
from costguard.bill.recommitment import Recommitment, recommitting
from costguard.model.money import Dimension, Frees, Saving, Units

if TYPE_CHECKING:
    from costguard.bill.bill import Bill

Numbers: TypeAlias = dict[str, Units]
"""Fields of a line that change."""


@precise
def remaining(bill: "Bill", frees: Frees) -> "Bill":
    """See `Bill.remaining`."""
    changes: dict[Dimension, Numbers] = {}
    for effect in bill.effects(frees):
        line = effect.line
        if line.units is None or line.dimension not in bill.lines:
            continue
        numbers: Numbers = {"units": line.units - effect.freed}
        if line.committed is not None:
            numbers["committed"] = line.committed - max(ZERO, effect.committed or ZERO)
        elif line.on_demand is not None:
            numbers["on_demand"] = line.on_demand - (effect.on_demand or ZERO)
        changes[line.dimension] = numbers
    return _changed(bill, changes)


@precise
def recommitted(bill: "Bill", changes: Mapping[Dimension, Units]) -> "Bill":
    """See `Bill.recommitted`."""
    missing = sorted(changes.keys() - bill.lines.keys())
    if missing:
        raise KeyError(missing[0])
    return _changed(bill, {dimension: {"committed": size} for dimension, size in changes.items()})


@precise
def rate_saving(bill: "Bill", changes: Mapping[Dimension, Units], frees: Frees) -> Saving:
    """See `Bill.rate_saving`."""
    known = all(
        (line := bill.lines.get(each)) and line.units is not None and line.committed is not None for each in changes
    )
    if not known:
        return Saving(now=ZERO, at_renewal=None, source=None, working="the present commitment is not known")
    before = remaining(bill, frees)
    after = recommitted(before, {each: _size(bill, before, each, size) for each, size in sorted(changes.items())})
    every = (
        _step(line, after.lines[dimension])
        for dimension, line in sorted(before.lines.items())
        if line is not after.lines[dimension]
    )
    steps = [step for step in every if step.saved != 0 or step.before.dimension in changes]
    return Saving(
        now=ZERO,
        at_renewal=add(*(step.saved for step in steps)),
        source=least_certain(rate.source for step in steps for rate in step.prices),
        working=recommitting(steps, bill.currency),
    )


def _size(bill: "Bill", left: "Bill", dimension: Dimension, size: Units) -> Units:
    """The commitment that a change comes to once usage findings are acted on.

    It is changed by as much as was meant, but on-demand units that are gone need no commitment any more.
    """
    line, after = bill.lines[dimension], left.lines[dimension]
    assert line.committed is not None
    assert after.committed is not None
    change = size - line.committed
    if change > 0:
        gone = line.beyond - after.beyond
        change = max(ZERO, change - max(ZERO, gone))
    return max(ZERO, after.committed + change)


def _step(before: Line, after: Line) -> Recommitment:
    committed, on_demand = (after.committed or ZERO) - (before.committed or ZERO), before.beyond - after.beyond
    saved = add(worth(before.rates.on_demand, on_demand), worth(before.rates.committed, -committed))
    if after.committed is None and (after.units or ZERO) > (after.granted or ZERO):
        # More or less is included of what may be committed or on demand: nobody can say what that is worth.
        saved = None
    return Recommitment(before, after, on_demand, committed, saved)


def _changed(bill: "Bill", changes: Mapping[Dimension, Numbers]) -> "Bill":
    """The bill at another use or with other commitments, and so with other allotments."""
    changed = {dimension: bill.lines[dimension].model_copy(update=numbers) for dimension, numbers in changes.items()}
    lines = {**bill.lines, **changed}
    every = granted(bill.grants, counted(lines))
    for child in sorted({grant.child for grant in bill.grants if grant.parent in changed} & lines.keys()):
        line, now = lines[child], every.get(child, ZERO)
        if line.granted and now != line.granted:
            changed[child] = line.model_copy(update={"allotment": line.allotted(now), "granted": now})
    lines |= {dimension: _evaluated(line) for dimension, line in changed.items()}
    # A copy would keep what the bill has worked out of its lines.
    return type(bill).model_construct(**{**dict(bill), "lines": lines, "measured_total": None})


def _evaluated(line: Line) -> Line:
    """The line with what the function gives in place of what was measured."""
    if line.committed is None:
        return line.model_copy(update={"measured": None, "committed_cost": None, "on_demand_cost": None})
    return line.model_copy(
        update={
            "on_demand": line.beyond,
            "committed_cost": worth(line.rates.committed, line.committed),
            "on_demand_cost": worth(line.rates.on_demand, line.beyond),
            "measured": None,
        }
    )
