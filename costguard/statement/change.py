"""Why the bill changed: what more or less use did, what other prices did, what is new and what has ended."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from costguard.bill import Dimensions, product_of
from costguard.model.money import Dimension, Units, Usd
from costguard.model.statement import Change, Cost, Quantity
from costguard.statement.lines import ZERO, name_of

STEP = Decimal("0.000001")
"""To what the parts of a change are rounded; what is left is in `both`, so that they add up exactly."""


class Effect(NamedTuple):
    """A change of cost taken apart; the three add up to it."""

    usage: Usd
    rate: Usd
    both: Usd


def changes(
    before: Mapping[Dimension, Cost],
    after: Mapping[Dimension, Cost],
    used_before: Mapping[Dimension, Quantity],
    used_after: Mapping[Dimension, Quantity],
    names: Dimensions,
) -> tuple[Change, ...]:
    """Every dimension that costs more or less than before, the largest change first."""
    found = [
        change(
            dimension,
            before.get(dimension, Cost()),
            after.get(dimension, Cost()),
            used_before.get(dimension, Quantity()),
            used_after.get(dimension, Quantity()),
            names,
        )
        for dimension in {*before, *after}
    ]
    return tuple(sorted((each for each in found if each.amount), key=lambda each: (-abs(each.amount), each.dimension)))


def change(
    dimension: Dimension, before: Cost, after: Cost, used_before: Quantity, used_after: Quantity, names: Dimensions
) -> Change:
    """The change of one dimension's cost.

    Where committed and on-demand units are known, each of the two is split by its own price: a commitment is paid
    whether it is used or not, so that its average price would move with every unit.
    """
    old, new = before.total or ZERO, after.total or ZERO
    whole = Change(dimension, name_of(names, dimension), product_of(dimension) if dimension else "", old, new)
    if not old or not new:
        return replace(whole, new=new if not old else ZERO, ended=-old if not new else ZERO)
    effects = _by_charge(before, after, used_before, used_after)
    if effects is None:
        effect = split(old, new, used_before.units, used_after.units)
        effects = [effect] if effect else None
    if effects is None:
        return replace(whole, unknown=new - old)
    usage = sum((each.usage for each in effects), ZERO).quantize(STEP)
    rate = sum((each.rate for each in effects), ZERO).quantize(STEP)
    return replace(whole, usage=usage, rate=rate, both=new - old - usage - rate)


def split(before: Usd, after: Usd, units_before: Units | None, units_after: Units | None) -> Effect | None:
    """price × Δunits, units × Δprice, and Δprice × Δunits; None where units are not known or there were none."""
    if not units_before or not units_after:
        return None
    usage = before * (units_after - units_before) / units_before
    rate = units_before * after / units_after - before
    return Effect(usage, rate, after - before - usage - rate)


def _by_charge(before: Cost, after: Cost, used_before: Quantity, used_after: Quantity) -> list[Effect] | None:
    """What is committed and what is on demand apart; None where that cannot be told."""
    if before.unsplit or after.unsplit:
        return None
    effects = []
    for costs, units in (
        ((before.committed, after.committed), (used_before.committed, used_after.committed)),
        ((before.on_demand, after.on_demand), (used_before.on_demand, used_after.on_demand)),
    ):
        effect = _of_charge(costs[0] or ZERO, costs[1] or ZERO, *units)
        if effect is None:
            return None
        effects.append(effect)
    return effects


def _of_charge(before: Usd, after: Usd, units_before: Units | None, units_after: Units | None) -> Effect | None:
    """One way of charging; what was not charged at all before, or is not any more, is all use."""
    if not before and not after:
        return Effect(ZERO, ZERO, ZERO)
    if units_before is None or units_after is None:
        return None
    if not before and not units_before and units_after:
        return Effect(after, ZERO, ZERO)
    if not after and not units_after and units_before:
        return Effect(-before, ZERO, ZERO)
    return split(before, after, units_before, units_after)
