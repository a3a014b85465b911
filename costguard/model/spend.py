"""What rules about money judge: spend and commitments, worked out of the account's rows of usage and cost."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import ClassVar

from costguard.model.base import Frozen
from costguard.model.money import Units, Usd
from costguard.model.resources import Organisation, Resource
from costguard.model.usage import BillableUsage, CostCharge, MonthlyAttribution, MonthlyCost, Row

GIGABYTE = Units(10**9)


class Derived(Resource):
    """Not read as such, but worked out of rows; `org` is the account's parent, or a child that it is about."""

    rows: ClassVar[tuple[type[Row], ...]]
    """The tables that it is worked out of."""
    also: ClassVar[tuple[type[Row], ...]] = ()
    """Tables that tell more of it, where they were read."""


class BilledMonth(Frozen):
    """One closed month of a billing dimension, of the whole account; None = not known."""

    month: date
    units: Units | None = None
    committed: Units | None = None
    """The size of the commitment."""
    on_demand: Units | None = None

    @property
    def on_demand_share(self) -> Decimal | None:
        """On-demand units of all units that are paid for; None where that is not known, or nothing is paid for."""
        if self.committed is None or self.on_demand is None or not self.committed + self.on_demand:
            return None
        return self.on_demand / (self.committed + self.on_demand)

    @property
    def unused(self) -> Units | None:
        """Units of the commitment that nothing uses, as far as the bill shows; None where that is not known.

        More of it may be unused where a part of the use is included with other products: no bill shows that.
        """
        return None if self.units is None or self.committed is None else max(Units(0), self.committed - self.units)


class BillingDimension(Derived):
    """A billing dimension of the account; `id` is Datadog's name of it, `name` its label."""

    kind = "billing_dimension"
    rows = (BillableUsage, MonthlyCost)
    unit: str = "units"
    """The word for several of its units."""
    months: tuple[BilledMonth, ...] = ()
    """The last closed months, oldest first; months without billable usage are left out."""
    contracted: Units | None = None
    """The commitment that the contract in the settings gives, where the last bill contradicts it."""
    committed_price: Usd | None = None
    """The price of one unit under a commitment: by contract, as last paid, or by the list; None where not known."""
    on_demand_price: Usd | None = None
    """The price of one unit beyond the commitment."""
    listed: bool = False
    """Whether the committed price is only Datadog's list price, which may be of something else than is billed here."""

    def amount(self, units: Units, *more: str) -> str:
        """A number of units in words, with `more` before the unit: "1,200 committed hosts"; bytes in gigabytes."""
        in_bytes = self.unit == "bytes"
        number = units / GIGABYTE if in_bytes else units
        return " ".join([f"{number:,.0f}", *more, "GB" if in_bytes else self.unit])

    @property
    def dispute(self) -> str:
        """A sentence on a contract that the bill contradicts; empty without one."""
        if self.contracted is None:
            return ""
        return f" The contract in your settings commits {self.amount(self.contracted)}: find out which holds first."


class SpentDay(Frozen):
    """The estimated cost of a product from the first day of a month to the end of a day of it."""

    day: date
    committed: Usd = Usd(0)
    on_demand: Usd = Usd(0)
    """All of the cost, where Datadog does not tell the two apart."""

    @property
    def total(self) -> Usd:
        """Both together."""
        return self.committed + self.on_demand


class DailySpend(Derived):
    """What a product of the account cost day by day, as Datadog estimates it; `id` is the billing dimension."""

    kind = "daily_spend"
    rows = (CostCharge,)
    currency: str = "USD"
    accumulates: bool = True
    """Whether each day adds its use (a sum: logs, runs, sessions); else the days of a month are charged as one level
    that stays or moves in steps (a high-water mark, an average, a maximum)."""
    days: tuple[SpentDay, ...] = ()
    """Oldest first; a day that was not read is left out."""

    @property
    def dimension(self) -> BillingDimension:
        """The billing dimension that it is the cost of."""
        return BillingDimension(org=self.org, id=self.id, name=self.name, url=self.url, tags=self.tags)


class Budget(Derived):
    """An amount of `[budgets]` and what has come of it in the running month; `id` is its key in the settings."""

    kind = "budget"
    rows = (CostCharge,)
    currency: str = "USD"
    amount: Usd
    """The most that a month may cost."""
    month: date
    """The first day of the running month."""
    spent: Usd | None = None
    """The estimated cost so far; None where it could not be read."""
    spent_until: date | None = None
    """The last day in `spent`."""
    projected: Usd | None = None
    """What Datadog projects the whole month to cost; None before about its 12th day."""


class Attribution(Derived):
    """An organisation's cost of a month by tags; `id` is the organisation's public id."""

    kind = "attribution"
    rows = (MonthlyCost,)
    also = (MonthlyAttribution,)
    currency: str = "USD"
    month: date
    cost: Usd | None = None
    """The cost that is broken down by tags; None where no breakdown was read."""
    untagged: Mapping[str, Usd] = {}
    """Of this, what carries no value, by tag key: the tag is missing, or set without a value."""
    tag_keys: tuple[tuple[str, ...], ...] = ()
    """The sets of tag keys that the month was attributed by, each sorted; more than one = changed within the month."""
    usual_keys: tuple[str, ...] = ()
    """What the account is attributed by: the parent's tag keys."""

    @property
    def organisation(self) -> Organisation:
        """The organisation that it is of."""
        return Organisation(org=self.org, id=self.id, name=self.name, url=self.url, tags=self.tags)


DERIVED: Mapping[str, type[Derived]] = {each.kind: each for each in (BillingDimension, DailySpend, Budget, Attribution)}
"""Every kind that is worked out of rows, by its name."""
