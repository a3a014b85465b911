"""Why the bill changed: what use, units included and prices did, what is new and what has ended."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from costguard.bill import Dimensions, product_of
from costguard.model.money import Dimension, Units, Usd
from costguard.model.statement import Change, Cost, Quantity
from costguard.statement.lines import ZERO, name_of
from costguard.statement.usage import Usage

STEP = Decimal("0.000001")
"""To what the parts of a change are rounded; what is left is in `both`, so that they add up exactly."""


class Effect(NamedTuple):
    """A change of cost taken apart; the three add up to it."""

    usage: Usd
    rate: Usd
    both: Usd


class Charged(NamedTuple):
    """What moved of the units that are charged one way, and what that did."""

    units: Units
    effect: Effect


def used_in(
    usage: Usage, costs: Mapping[date, Mapping[Dimension, Cost]], months: Collection[date]
) -> dict[Dimension, Quantity]:
    """What was used in these months together, of each dimension that cost anything in them.

    A month whose use was read, and in which a dimension was neither used nor paid for, used none of it.
    """

    def billed(month: date, dimension: Dimension) -> bool:
        cost = costs.get(month, {}).get(dimension)
        used = usage.account.get(month)
        return not used or dimension in used or bool(cost and cost.total)

    return {
        dimension: usage.of([month for month in months if billed(month, dimension)], dimension)
        for dimension in {each for month in months for each in costs.get(month, {})}
    }


def ranked(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Those of dimensions that cost more or less than before, the largest first."""
    moved = (each for each in changes if each.amount)
    return tuple(sorted(moved, key=lambda each: (-abs(each.amount), each.dimension)))


def changes(
    before: Mapping[Dimension, Cost],
    after: Mapping[Dimension, Cost],
    used_before: Mapping[Dimension, Quantity],
    used_after: Mapping[Dimension, Quantity],
    names: Dimensions,
    account: Mapping[Dimension, Change] | None = None,
) -> dict[Dimension, Change]:
    """The change of every dimension, also of one that costs as much as before.

    `account`: where these are the costs of one organisation, how those of the whole account changed.
    """
    return {
        dimension: change(
            dimension,
            before.get(dimension, Cost()),
            after.get(dimension, Cost()),
            used_before.get(dimension, Quantity()),
            used_after.get(dimension, Quantity()),
            names,
            account.get(dimension) if account else None,
        )
        for dimension in {*before, *after}
    }


def change(
    dimension: Dimension,
    before: Cost,
    after: Cost,
    used_before: Quantity,
    used_after: Quantity,
    names: Dimensions,
    account: Change | None = None,
) -> Change:
    """The change of one dimension's cost; of one organisation's, where that of the whole `account` is given.

    Where committed and on-demand units are known, each of the two is split by its own price: a commitment is paid
    whether it is used or not, so that its average price would move with every unit.
    """
    old, new = before.total or ZERO, after.total or ZERO
    whole = Change(dimension, name_of(names, dimension), product_of(dimension) if dimension else "", old, new)
    if not old or not new:
        return replace(whole, new=new if not old else ZERO, ended=-old if not new else ZERO)
    if account and account.before and account.after:
        return _of_org(whole, account, used_before.units, used_after.units)
    charges = _by_charge(before, after, used_before, used_after)
    if charges is None:
        effect = split(old, new, used_before.units, used_after.units)
        return _split(whole, effect.usage, ZERO, effect.rate) if effect else replace(whole, unknown=new - old)
    moved = sum((each.effect.usage for each in charges), ZERO)
    usage = _by_use(charges, used_before.units, used_after.units)
    return _split(whole, usage, moved - usage, sum((each.effect.rate for each in charges), ZERO))


def _split(whole: Change, usage: Usd, included: Usd, rate: Usd) -> Change:
    usage, included, rate = (each.quantize(STEP) for each in (usage, included, rate))
    both = whole.amount - usage - included - rate
    return replace(whole, usage=usage, included=included, rate=rate, both=both)


def _of_org(whole: Change, account: Change, units_before: Units | None, units_after: Units | None) -> Change:
    """An organisation's change: its share of each cause of the account's, and what other shares of the use did.

    What it pays is a share of the account's cost, so that its own cost by its own units is no price. Use of others
    moves its cost too, through what is included and what is on demand: that is none of its own use.
    """
    if account.unknown or units_before is None or units_after is None:
        return replace(whole, unknown=whole.amount)
    share_before, share = whole.before / account.before, whole.after / account.after
    usage = (share * account.usage + account.before * (share - share_before)).quantize(STEP)
    others = ZERO if usage * (units_after - units_before) > 0 else usage
    return _split(whole, usage - others, share * account.included + others, share * account.rate)


def _by_use(charges: Sequence[Charged], units_before: Units | None, units_after: Units | None) -> Usd:
    """What the units did that were used more or fewer; the others only changed from one way of charging to another.

    No more units than were used more or fewer, at the old price of those that moved the same way.
    """
    if units_before is None or units_after is None:
        return sum((each.effect.usage for each in charges), ZERO)
    used, moved = units_after - units_before, sum((each.units for each in charges), ZERO)
    if used * moved <= 0:
        return ZERO
    alike = [each for each in charges if each.units * moved > 0]
    units = sum((each.units for each in alike), ZERO)
    return sum((each.effect.usage for each in alike), ZERO) * min(abs(used), abs(moved)) / abs(units)


def split(before: Usd, after: Usd, units_before: Units | None, units_after: Units | None) -> Effect | None:
    """price × Δunits, units × Δprice, and Δprice × Δunits; None where units are not known or there were none."""
    if not units_before or not units_after:
        return None
    usage = before * (units_after - units_before) / units_before
    rate = units_before * after / units_after - before
    return Effect(usage, rate, after - before - usage - rate)


def _by_charge(before: Cost, after: Cost, used_before: Quantity, used_after: Quantity) -> list[Charged] | None:
    """What is committed and what is on demand apart; None where that cannot be told."""
    if before.unsplit or after.unsplit:
        return None
    charges = []
    for costs, units in (
        ((before.committed, after.committed), (used_before.committed, used_after.committed)),
        ((before.on_demand, after.on_demand), (used_before.on_demand, used_after.on_demand)),
    ):
        charged = _of_charge(costs[0] or ZERO, costs[1] or ZERO, *units)
        if charged is None:
            return None
        charges.append(charged)
    return charges


def _of_charge(before: Usd, after: Usd, units_before: Units | None, units_after: Units | None) -> Charged | None:
    """One way of charging; what was not charged at all before, or is not any more, is all a matter of units."""
    if not before and not after:
        return Charged(ZERO, Effect(ZERO, ZERO, ZERO))
    if units_before is None or units_after is None:
        return None
    if not before and not units_before and units_after:
        return Charged(units_after, Effect(after, ZERO, ZERO))
    if not after and not units_after and units_before:
        return Charged(-units_before, Effect(-before, ZERO, ZERO))
    effect = split(before, after, units_before, units_after)
    return Charged(units_after - units_before, effect) if effect else None
