"""What one billing dimension of an account costs as a function of its use."""

from decimal import Decimal
from typing import NamedTuple

from costguard.bill.dimensions import Unit
from costguard.bill.prices import Rate, Rates, least_certain, precise
from costguard.model.base import Frozen
from costguard.model.money import Dimension, PriceSource, Units, Usd

ZERO = Decimal(0)


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

    @property
    def prices(self) -> tuple[Rate, ...]:
        """The prices that the amounts were worked out with."""
        rates = self.line.rates
        if self.line.commitment_known:
            used = ((self.on_demand, rates.on_demand), (self.committed, rates.committed))
        else:
            used = ((ZERO, None), (self.freed, rates.committed))
        return tuple(rate for units, rate in used if units and rate)


class Line(Frozen):
    """One billing dimension of the account's month (DESIGN.md, "The bill is a function").

    paid = max(0, used − allotment); on-demand = max(0, paid − committed); the commitment is paid whether used or not.
    The cost is convex in the use: the units freed first are those on demand.
    """

    dimension: Dimension
    label: str
    product: str
    unit: Unit
    units: Units | None = None
    """Billable units; None for what is paid without use (premier_support), or where the usage could not be read."""
    committed: Units | None = None
    """The size of the commitment; None where it is not known."""
    on_demand: Units | None = None
    """Units billed on demand, as Datadog says; None where that is not known."""
    allotment: Units = ZERO
    """Units included with other products, as far as the bill implies them: those used, neither committed nor on demand.

    The whole allotment may be larger where nothing is on demand: then using more looks dearer than it is.
    """
    rates: Rates = Rates()
    committed_cost: Usd | None = None
    on_demand_cost: Usd | None = None
    measured: Usd | None = None
    """What the month cost, committed and on demand together; None where it was not read."""
    notes: tuple[str, ...] = ()
    """Where Datadog's numbers contradict how they are read here."""

    @property
    def rate_committed(self) -> Usd | None:
        """The price of one unit of the commitment."""
        return self.rates.committed.usd if self.rates.committed else None

    @property
    def rate_on_demand(self) -> Usd | None:
        """The price of one unit on demand."""
        return self.rates.on_demand.usd if self.rates.on_demand else None

    @property
    def commitment_known(self) -> bool:
        """Whether it is known which units are on demand, and so what the next invoice can drop by."""
        return self.units is not None and (self.committed is not None or self.on_demand is not None)

    @property
    def source(self) -> PriceSource | None:
        """The least certain of the prices that the line's cost is made of; None without any."""
        used = [rate for rate, units in self._parts() if rate and units]
        return least_certain(rate.source for rate in used or self.rates.known)

    @precise
    def cost(self, freed: Units = ZERO) -> Usd | None:
        """What the month costs when so many units fewer are used; None where it has no price at all.

        Without known units it is the measured cost, whatever is freed. A part without a price is left out.
        """
        if self.units is None:
            return self.measured
        priced = [rate.of(units) for rate, units in self._parts(freed) if rate and units is not None]
        return sum(priced, ZERO) if priced or not any(units for _, units in self._parts(freed)) else None

    @property
    @precise
    def residual(self) -> Usd | None:
        """The measured cost less what the function gives at the measured usage; None where no cost was measured."""
        return None if self.measured is None else self.measured - (self.cost() or ZERO)

    def now(self, freed: Units) -> Usd | None:
        """What the next invoice drops by; None where that is not known."""
        return self.effect(freed).now

    def at_renewal(self, freed: Units) -> Usd | None:
        """What the freed part of the commitment is worth when the contract is next signed; None where not known."""
        return self.effect(freed).at_renewal

    @precise
    def effect(self, freed: Units) -> Effect:
        """What freeing so many units does; negative units are used in addition."""
        units = self.units
        capped = freed if units is None else min(freed, units)
        if not capped:
            return Effect(self, freed, capped, ZERO, ZERO, ZERO, ZERO)
        if units is None or not self.commitment_known:
            return self._uncertain(freed, capped)
        on_demand, committed = self._freed_on_demand(units, capped), self._freed_committed(units, capped)
        return Effect(
            self,
            freed,
            capped,
            on_demand,
            committed,
            now=_value(self.rates.on_demand, on_demand),
            at_renewal=_value(self.rates.committed, committed),
        )

    def _uncertain(self, asked: Units, freed: Units) -> Effect:
        """The effect where it is not known what is committed: nothing is sold as cash.

        The units are worth their committed price, the lower one, at the latest when the contract is next signed.
        """
        worth = _value(self.rates.committed, freed)
        if worth is not None and self.measured is not None:
            worth = min(worth, max(ZERO, self.measured))
        return Effect(self, asked, freed, None, None, now=None, at_renewal=worth)

    def _freed_on_demand(self, units: Units, freed: Units) -> Units | None:
        if self.committed is not None:
            return self._beyond(units) - self._beyond(units - freed)
        assert self.on_demand is not None
        if self.on_demand or freed > 0:
            # On-demand units are the last ones used, so where there are any, all growth is on demand as well.
            return min(freed, self.on_demand)
        return None

    def _freed_committed(self, units: Units, freed: Units) -> Units | None:
        if self.committed is not None:
            return self._covered(units) - self._covered(units - freed)
        assert self.on_demand is not None
        return ZERO if self.on_demand and freed <= self.on_demand else None

    def _beyond(self, units: Units) -> Units:
        """On-demand units at this use."""
        return max(ZERO, units - self.allotment - (self.committed or ZERO))

    def _covered(self, units: Units) -> Units:
        """Units of the commitment that are used at this use."""
        return min(self.committed or ZERO, max(ZERO, units - self.allotment))

    def _parts(self, freed: Units = ZERO) -> tuple[tuple[Rate | None, Units | None], ...]:
        """The prices that the cost is made of, with the units that they are for."""
        if self.units is None:
            return ()
        used = self.units - min(freed, self.units)
        if not self.commitment_known:
            return ((self.rates.committed, used),)
        if self.committed is not None:
            return (self.rates.committed, self.committed), (self.rates.on_demand, self._beyond(used))
        freed_on_demand = self._freed_on_demand(self.units, freed) if freed else ZERO
        left = None if freed_on_demand is None else (self.on_demand or ZERO) - freed_on_demand
        return ((self.rates.on_demand, left),)


def _value(rate: Rate | None, units: Units | None) -> Usd | None:
    """What the units cost; nothing needs no price, and without a price or a count it is not known."""
    if units is None or (units and rate is None):
        return None
    return rate.of(units) if rate else ZERO
