"""What freeing units of one billing dimension does to the next invoice, and at renewal."""

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from costguard.bill.prices import Rate, add, worth
from costguard.model.money import Units, Usd

if TYPE_CHECKING:
    from costguard.bill.line import Line

ZERO = Decimal(0)


class Granted(NamedTuple):
    """What other products include of a dimension once less of them is used."""

    now: Units
    """On the next invoice, while their commitments still count."""
    at_renewal: Units
    """Once the freed part of their commitments is given up."""


class Effect(NamedTuple):
    """What freeing units of one dimension does to the bill; every amount None where it is not known."""

    line: "Line"
    asked: Units
    freed: Units
    """What was asked for, but never more than is billed; negative where more is used."""
    on_demand: Units | None
    """Of these, units that would no longer be billed on demand."""
    committed: Units | None
    """Of these, units of the commitment that would no longer be needed."""
    now: Usd | None
    at_renewal: Usd | None
    lost: Units = ZERO
    """Units that would no longer be included, because less is used of what includes them; at renewal at the latest."""
    later: Units = ZERO
    """On-demand units that are freed only at renewal: negative where commitments that include units are given up."""

    @property
    def prices(self) -> tuple[Rate, ...]:
        """The prices that the amounts were worked out with."""
        rates = self.line.rates
        if self.line.commitment_known:
            used = ((self.on_demand or self.later, rates.on_demand), (self.committed, rates.committed))
        else:
            used = ((ZERO, None), (self.freed or self.lost, rates.committed))
        return tuple(rate for units, rate in used if units and rate)


def effect_of(line: "Line", freed: Units, granted: Granted | None) -> Effect:
    """See `Line.effect`."""
    units = line.units
    capped = freed if units is None else min(freed, units)
    if not capped and (granted is None or line.unpriced):
        return Effect(line, freed, capped, ZERO, ZERO, ZERO, ZERO)
    if line.unpriced:
        return Effect(line, freed, capped, None, None, None, None)
    if units is None or line.committed is None:
        return _uncertain(line, freed, capped, line.lost(capped, granted))
    used, before = units - capped, line.allotment
    after, renewed = (line.allotted(granted.now), line.allotted(granted.at_renewal)) if granted else (before, before)
    beyond = line.beyond_at(used, after)
    on_demand = line.beyond_at(units, before) - beyond
    later = beyond - line.beyond_at(used, renewed) if renewed != after else ZERO
    committed = line.covered_at(units, before) - line.covered_at(used, renewed)
    return Effect(
        line,
        freed,
        capped,
        on_demand,
        committed,
        now=worth(line.rates.on_demand, on_demand),
        at_renewal=add(worth(line.rates.committed, committed), worth(line.rates.on_demand, later)),
        lost=before - renewed,
        later=later,
    )


def freed_on_demand(on_demand: Units, freed: Units) -> Units | None:
    """Of freed units those on demand, where only these are known; None where that cannot be told.

    On-demand units are the last ones used, so where there are any, all growth is on demand as well.
    """
    return min(freed, on_demand) if on_demand or freed > 0 else None


def _uncertain(line: "Line", asked: Units, freed: Units, lost: Units) -> Effect:
    """The effect where it is not known what is committed: nothing that may be committed is sold as cash.

    The units are worth their committed price, the lower one, at the latest when the contract is next signed.
    """
    net = freed - lost
    if not net:
        return Effect(line, asked, freed, ZERO, ZERO, ZERO, ZERO, lost)
    if line.units is not None and line.on_demand is not None:
        on_demand = freed_on_demand(line.on_demand, net)
        committed = ZERO if line.on_demand and net <= line.on_demand else None
        return Effect(
            line,
            asked,
            freed,
            on_demand,
            committed,
            now=worth(line.rates.on_demand, on_demand),
            at_renewal=worth(line.rates.committed, committed),
            lost=lost,
        )
    value = worth(line.rates.committed, net)
    if value is not None and line.measured is not None:
        value = min(value, max(ZERO, line.measured))
    return Effect(line, asked, freed, None, None, now=None, at_renewal=value, lost=lost)
