"""What an account's month costs as a function of its use, and so what using less would save."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property

from costguard.bill import renewal
from costguard.bill.aggregation import kind_of
from costguard.bill.allotments import Grant
from costguard.bill.dimensions import label, product_of, unit
from costguard.bill.effect import Effect
from costguard.bill.hours import Hours
from costguard.bill.known import NOT_BILLED
from costguard.bill.line import ZERO, Line
from costguard.bill.metric_names import MetricNames
from costguard.bill.pool import Pool
from costguard.bill.prices import Rates, add, least_certain, precise
from costguard.bill.reconciliation import Explained, explain
from costguard.bill.working import working
from costguard.model.base import Frozen
from costguard.model.money import Dimension, Frees, PriceSource, Saving, Units, Usd
from costguard.model.report import BillLine, BillSummary


class Total(Frozen):
    """What many findings save together, each dollar once, as far as it is known."""

    now: Usd | None
    """Over the dimensions whose effect on the next invoice is known; None where that is none of them."""
    at_renewal: Usd | None
    """Over the dimensions whose worth at renewal is known; None where that is none of them."""
    unpriced: tuple[Dimension, ...]
    """Dimensions that are left out of `now`, of `at_renewal` or of both."""


class Bill(Frozen):
    """An account's last closed month, dimension by dimension, with the prices to evaluate it at any other use."""

    month: date
    """The first day of the month."""
    currency: str
    lines: Mapping[Dimension, Line]
    measured_total: Usd | None
    """What the month cost; None where no cost could be read."""
    elsewhere: Mapping[Dimension, Rates] = {}
    """Contract and list prices of all dimensions, for those that the bill does not have."""
    grants: tuple[Grant, ...] = ()
    """What each unit of a product includes of others."""
    unpriced: Mapping[Dimension, str] = {}
    """Dimensions whose units have no price, and why."""
    metric_names: MetricNames | None = None
    """The month's metric names and the contract's prices of them; None where it bills time series, or has none."""
    notes: tuple[str, ...] = ()
    """What a reader of the bill should know of how it was read; each line has its own as well."""

    def line(self, dimension: Dimension, freed: Units = ZERO) -> Line:
        """The line of a dimension; for one that the bill does not have, a line with what is known of it all the same.

        On a readable bill it has had no use: using it costs what is asked for it on demand, and freeing it cannot be
        priced, because Datadog does not report all dimensions. Without a readable bill there is only the price list.
        """
        if found := self.lines.get(dimension):
            return found
        new = Line(
            dimension=dimension,
            label=label(dimension),
            product=product_of(dimension),
            unit=unit(dimension),
            kind=kind_of(dimension),
            rates=self.elsewhere.get(dimension, Rates()),
            unpriced=self.unpriced.get(dimension) or NOT_BILLED.get(dimension, ""),
        )
        if not self.lines:
            return new
        if freed < 0:
            included = self._pool.included(dimension, freed)
            numbers = {"units": ZERO, "committed": ZERO, "on_demand": ZERO, "granted": included}
            return new.model_copy(update={**numbers, "allotment": included or ZERO})
        return new.model_copy(update={"rates": Rates()})

    @precise
    def cost(self, frees: Frees = {}) -> Usd:  # noqa: B006 - a default that nobody can change: Frees is a Mapping
        """What the month costs when `frees` is no longer used; dimensions and parts without a price are left out."""
        freed = {dimension: frees.get(dimension, ZERO) for dimension in {*self.lines, *frees}}
        left = self._pool.left(frees)
        return sum(
            (self.line(each, units).cost(units, left.get(each)) or ZERO for each, units in sorted(freed.items())), ZERO
        )

    @precise
    def now(self, frees: Frees) -> Usd | None:
        """What the next invoice drops by: cost() − cost(frees); None where that is not known of every dimension."""
        return add(*(each.now for each in self.effects(frees)))

    @precise
    def at_renewal(self, frees: Frees) -> Usd | None:
        """What the freed parts of commitments are worth at the next signing; None where that is not known of all."""
        return add(*(each.at_renewal for each in self.effects(frees)))

    @precise
    def saving(self, frees: Frees) -> Saving:
        """What a finding that frees these units saves alone.

        An amount is None unless it is known of every dimension that the finding touches: half a sum could be a loss.
        Where nobody can say what is committed (the billable summary was not readable), `now` is None, because cutting
        committed usage is no cash, and `at_renewal` is what the units are worth at the committed price.
        """
        effects = self.effects(frees)
        return Saving(
            now=add(*(each.now for each in effects)),
            at_renewal=add(*(each.at_renewal for each in effects)),
            source=least_certain(rate.source for each in effects for rate in each.prices),
            working=working(effects, self.currency, self.month),
        )

    @precise
    def total(self, frees: Frees) -> Total:
        """What findings save together: the same function of their combined frees (see `combine`).

        What is freed is never more than what is billed, commitments are used up once, and the order does not matter.
        A dimension whose amount is not known is left out and named. So that leaving it out cannot hide a cost, a
        finding belongs in a total only where its own amount is known.
        """
        effects = self.effects(frees)
        now = [each.now for each in effects if each.now is not None]
        at_renewal = [each.at_renewal for each in effects if each.at_renewal is not None]
        return Total(
            now=sum(now, ZERO) if now or not effects else None,
            at_renewal=sum(at_renewal, ZERO) if at_renewal or not effects else None,
            unpriced=tuple(each.line.dimension for each in effects if each.now is None or each.at_renewal is None),
        )

    def remaining(self, frees: Frees) -> "Bill":
        """The bill of the time after `frees` was acted on and the contract signed anew: its own, hypothetical bill.

        Freed parts of commitments are given up, and with them what they included of other products.
        """
        return renewal.remaining(self, frees)

    def recommitted(self, changes: Mapping[Dimension, Units]) -> "Bill":
        """The bill with commitments of these sizes (single units a month), at the same use: a hypothetical bill.

        Raises KeyError for a dimension that the bill does not have.
        """
        return renewal.recommitted(self, changes)

    def rate_saving(self, changes: Mapping[Dimension, Units], frees: Frees = {}) -> Saving:  # noqa: B006 - as above
        """What commitments of these sizes save at renewal, at the use that remains after the usage findings' `frees`.

        A commitment cannot be changed before, so that `now` is 0. What `frees` already frees of on-demand usage is not
        committed to, and what it gives up of a commitment is not given up again: with `saving(frees)` this is one
        evaluation of the bill. Negative where committing costs more than it saves; None where a price, the use or the
        present commitment is not known.
        """
        return renewal.rate_saving(self, changes, frees)

    def reconciliation(self, hours: Mapping[Dimension, Hours] = {}) -> tuple[Explained, ...]:
        """The function against the measured cost, line by line, the dearest first; what is left is shown as it is.

        `hours`: what the account's hours of the month come to by dimension, where they were read, to hold the billable
        units against.
        """
        return explain(tuple(self.lines.values()), hours, self.month, self.metric_names)

    @property
    @precise
    def residual(self) -> Usd | None:
        """The measured cost less what the function gives at the measured usage; None where no cost was measured."""
        if self.measured_total is None:
            return None
        # Metric names that nothing was paid under are no part of what was measured.
        rows = (row for row in self.reconciliation() if row.dimension in self.lines or row.measured_cost is not None)
        return self.measured_total - sum((row.function_cost or ZERO for row in rows), ZERO)

    @precise
    def effects(self, frees: Frees) -> list[Effect]:
        """What freeing these does to each of their dimensions, then to those that they include; where that matters."""
        left = self._pool.left(frees)
        effects = [
            self.line(dimension, freed).effect(freed, left.get(dimension))
            for dimension, freed in sorted(frees.items())
            if freed
        ]
        if left:
            others = (self.line(each).effect(ZERO, left[each]) for each in sorted(left) if not frees.get(each))
            effects += [effect for effect in others if effect.now != 0 or effect.at_renewal != 0]
        return effects

    def summary(self) -> BillSummary:
        """The bill as reports show it, the dearest line first."""
        lines = [
            BillLine(
                dimension=line.dimension,
                label=line.label,
                product=line.product,
                units=line.units,
                unit=line.unit.many,
                committed_units=line.committed,
                on_demand_units=line.on_demand,
                cost=line.cost() if line.measured is None else line.measured,
                committed_cost=line.committed_cost,
                on_demand_cost=line.on_demand_cost,
                rate_source=line.source,
            )
            for line in self.lines.values()
        ]
        lines.sort(key=lambda line: (line.cost is None, -(line.cost or ZERO), line.dimension))
        sources = [line.rate_source for line in lines if line.cost is not None and line.rate_source]
        return BillSummary(
            month=self.month,
            total=self.measured_total,
            source=least_certain(sources) if self.measured_total is None else PriceSource.MEASURED,
            residual=self.residual,
            lines=tuple(lines),
        )

    @cached_property
    def _pool(self) -> Pool:
        return Pool(self.lines, self.grants)


@precise
def combine(frees: Iterable[Frees]) -> Frees:
    """All of these together, dimension by dimension."""
    together: dict[Dimension, Units] = {}
    for each in frees:
        for dimension, units in each.items():
            together[dimension] = together.get(dimension, ZERO) + units
    return together
