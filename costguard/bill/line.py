"""What one billing dimension of an account costs as a function of its use."""

from decimal import Decimal

from costguard.bill.aggregation import Kind
from costguard.bill.dimensions import Unit
from costguard.bill.effect import Effect, Granted, effect_of, freed_on_demand
from costguard.bill.prices import Rate, Rates, least_certain, precise
from costguard.model.base import Frozen
from costguard.model.money import Dimension, PriceSource, Units, Usd

ZERO = Decimal(0)


class Line(Frozen):
    """One billing dimension of the account's month (docs/design.md, "The bill is a function").

    paid = max(0, used − allotment); on-demand = max(0, paid − committed); the commitment is paid whether used or not.
    At a given allotment the cost is convex in the use: the units freed first are those on demand.
    """

    dimension: Dimension
    label: str
    product: str
    unit: Unit
    units: Units | None = None
    """Billable units; None for what is paid without use (premier_support), or where the usage could not be read."""
    committed: Units | None = None
    """The size of the commitment; None where it is not known."""
    contracted: Units | None = None
    """The size that the contract gives, where the bill contradicts it."""
    on_demand: Units | None = None
    """Units billed on demand, as Datadog says; None where that is not known."""
    allotment: Units = ZERO
    """Units included with other products, by the bill: usage that is neither committed nor on demand.

    Where nothing is on demand the bill shows a part of them only: then it is what is granted, where that is more.
    """
    granted: Units | None = None
    """What the account's other products include; None where nothing is known to include it."""
    kind: Kind = Kind.SUM
    rates: Rates = Rates()
    committed_cost: Usd | None = None
    on_demand_cost: Usd | None = None
    measured: Usd | None = None
    """What the month cost, committed and on demand together; None where it was not read."""
    unpriced: str = ""
    """Why units have no price, whatever they cost together; empty where they have one or might."""
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
        """The least certain of `prices`; None without any."""
        return least_certain(rate.source for rate in self.prices)

    @property
    def prices(self) -> tuple[Rate, ...]:
        """The prices that the line's cost is made of; of one that costs nothing, those that are known."""
        return tuple(rate for rate, units in self._parts() if rate and units) or self.rates.known

    @precise
    def cost(self, freed: Units = ZERO, granted: Granted | None = None) -> Usd | None:
        """What the month costs when so many units fewer are used; None where it has no price at all.

        `granted` is what other products include after the change, by default what they do now. Without known units it
        is the measured cost, whatever is freed. A part without a price is left out.
        """
        if self.units is None:
            return self.measured
        parts = self._parts() if self.unpriced else self._parts(freed, granted)
        priced = [rate.of(units) for rate, units in parts if rate and units is not None]
        return sum(priced, ZERO) if priced or not any(units for _, units in parts) else None

    @property
    @precise
    def agreed(self) -> Usd:
        """What of the cost is at prices of a contract or a list, not worked out of a bill."""
        parts = ((rate, units) for rate, units in self._parts() if rate and units)
        return sum((rate.of(units) for rate, units in parts if rate.source is not PriceSource.MEASURED), ZERO)

    @property
    @precise
    def residual(self) -> Usd | None:
        """The measured cost less what the function gives at the measured usage; None where no cost was measured."""
        return None if self.measured is None else self.measured - (self.cost() or ZERO)

    @property
    def included(self) -> Units | None:
        """Units of the allotment that are used; None where the use is not known."""
        return None if self.units is None else min(self.units, self.allotment)

    @property
    @precise
    def beyond(self) -> Units:
        """On-demand units by the function, at the measured usage; 0 where that is not known."""
        return ZERO if self.units is None else self.beyond_at(self.units, self.allotment)

    @property
    @precise
    def headroom(self) -> Units | None:
        """Units that could be used more before any is on demand; None where that is not known."""
        if self.units is None or self.committed is None:
            return None
        return max(ZERO, self.allotment + self.committed - self.units)

    def now(self, freed: Units) -> Usd | None:
        """What the next invoice drops by; None where that is not known."""
        return self.effect(freed).now

    def at_renewal(self, freed: Units) -> Usd | None:
        """What the freed part of the commitment is worth when the contract is next signed; None where not known."""
        return self.effect(freed).at_renewal

    @precise
    def effect(self, freed: Units, granted: Granted | None = None) -> Effect:
        """What freeing so many units does; negative units are used in addition.

        `granted` is what other products include after the change, by default what they do now.
        """
        return effect_of(self, freed, granted)

    def allotted(self, granted: Units) -> Units:
        """The allotment when other products include so much: it grows and shrinks in proportion to what is granted.

        So what the bill shows to be included stays the measure, where it is not what the published table grants.
        """
        if not self.granted or granted == self.granted:
            return self.allotment
        return max(ZERO, self.allotment * granted / self.granted)

    def counted(self, freed: Units) -> tuple[Units, Units, Units] | None:
        """The units that this product's own grants are counted by: before, on the next invoice, and at renewal.

        That is the larger of commitment and usage; where the commitment is not known, it is taken to hold until then.
        """
        if self.units is None:
            return None
        used = self.units - min(freed, self.units)
        if self.committed is None:
            return self.units, self.units, used
        given_up = self.covered_at(self.units, self.allotment) - self.covered_at(used, self.allotment)
        kept = self.committed - max(ZERO, given_up)
        return max(self.committed, self.units), max(self.committed, used), max(kept, used)

    def lost(self, freed: Units, granted: Granted | None) -> Units:
        """Units no longer included, where the commitment is not known and so neither is the allotment.

        All that is no longer granted, unless what is left of it still includes all of the use.
        """
        if granted is None or self.granted is None or self.units is None:
            return ZERO
        return ZERO if self.units - freed <= granted.at_renewal else self.granted - granted.at_renewal

    def beyond_at(self, units: Units, allotment: Units) -> Units:
        """On-demand units at this use, where the commitment is known."""
        return max(ZERO, units - allotment - (self.committed or ZERO))

    def covered_at(self, units: Units, allotment: Units) -> Units:
        """Units of the commitment that are used at this use."""
        return min(self.committed or ZERO, max(ZERO, units - allotment))

    def _parts(
        self, freed: Units = ZERO, granted: Granted | None = None
    ) -> tuple[tuple[Rate | None, Units | None], ...]:
        """The prices that the cost is made of, with the units that they are for."""
        if self.units is None:
            return ()
        capped = min(freed, self.units)
        used = self.units - capped
        if self.committed is not None:
            allotment = self.allotted(granted.now) if granted else self.allotment
            return (self.rates.committed, self.committed), (self.rates.on_demand, self.beyond_at(used, allotment))
        net = capped - self.lost(capped, granted)
        if self.on_demand is None:
            return ((self.rates.committed, self.units - net),)
        gone = freed_on_demand(self.on_demand, net) if net else ZERO
        return ((self.rates.on_demand, None if gone is None else self.on_demand - gone),)
