"""The truth about the bill: every figure of every month, to the cent, in every breakdown that the API allows."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import NamedTuple

from costguard.simulator.calendar import (
    PROJECTION_DAY,
    RETENTION_MONTHS,
    cost_is_out,
    costed_until,
    hour_of_month,
    hours_in,
    month_of,
    shift,
    start_of,
)
from costguard.simulator.history import RESTATED_DIMENSION, RESTATED_ORG
from costguard.simulator.ledger import NOTHING, Charge, Costs, Ledger, together
from costguard.simulator.tagging import EMPTY, Values
from costguard.simulator.terms import BY_DIMENSION

CENT = Decimal("0.01")


class Figures(NamedTuple):
    """Money, each figure rounded to the cent by itself."""

    committed: Decimal
    on_demand: Decimal
    total: Decimal


def figures(charge: Charge) -> Figures:
    """A charge to the cent, halves up."""
    return Figures(*(each.quantize(CENT, ROUND_HALF_UP) for each in (*charge, charge.total)))


def added(charges: Iterable[Charge]) -> Charge:
    """Several charges together."""
    committed = on_demand = Decimal(0)
    for each in charges:
        committed, on_demand = committed + each.committed, on_demand + each.on_demand
    return Charge(committed, on_demand)


class Untagged(NamedTuple):
    """What of a cost that is broken down by tags carries no value of a tag."""

    missing: Decimal
    """The tag is not there."""
    empty: Decimal
    """The tag is there without a value."""
    of: Decimal
    """The cost that is broken down."""


@dataclass(frozen=True)
class Month:
    """A closed month, or the running one up to an hour: what it cost by organisation and dimension."""

    ledger: Ledger
    month: date
    costs: tuple[Costs, ...]

    @property
    def _orgs(self) -> tuple[str, ...]:
        return tuple(each.org.name for each in self.ledger.account.company.inventories)

    @cached_property
    def total(self) -> Figures:
        """All of it."""
        return figures(added(charge for each in self.costs for charge in each.values()))

    @cached_property
    def by_product(self) -> Mapping[str, Figures]:
        """By billing dimension."""
        return {dimension: figures(charge) for dimension, charge in together(self.costs).items()}

    @cached_property
    def by_org(self) -> Mapping[str, Figures]:
        """By organisation, by its name."""
        return {org: figures(added(each.values())) for org, each in zip(self._orgs, self.costs, strict=True)}

    @cached_property
    def lines(self) -> Mapping[tuple[str, str], Figures]:
        """By billing dimension and organisation."""
        return {
            (dimension, org): figures(charge)
            for org, each in zip(self._orgs, self.costs, strict=True)
            for dimension, charge in each.items()
        }

    def by_tag(self, *keys: str) -> Mapping[tuple[Values, ...] | None, Figures]:
        """By the values of tags, in the order of the keys; None = the breakdown does not apply. Closed months only."""
        charges: dict[tuple[Values, ...] | None, Charge] = defaultdict(lambda: NOTHING)
        for part in self.ledger.costs_by(self.month, keys, self.ledger.account.company.inventories[0]):
            charges[part.tags] = added((charges[part.tags], *part.costs.values()))
        return {values: figures(charge) for values, charge in charges.items()}

    def untagged(self, key: str) -> Mapping[str, Untagged]:
        """By organisation, for those whose cost is broken down by the tag. Closed months only."""
        sums: dict[str, list[Decimal]] = {}
        for part in self.ledger.costs_by(self.month, (key,), self.ledger.account.company.inventories[0]):
            if part.tags is None:
                continue
            cost, found = added(part.costs.values()).total, sums.setdefault(part.inventory.org.name, [Decimal(0)] * 3)
            found[0] += Decimal(0) if part.tags[0] else cost
            found[1] += cost if part.tags[0] == (EMPTY,) else Decimal(0)
            found[2] += cost
        return {org: Untagged(*(each.quantize(CENT, ROUND_HALF_UP) for each in sums[org])) for org in sums}

    @cached_property
    def by_usage_type(self) -> Mapping[str, Mapping[str, int]]:
        """Units by usage type (infra_host_usage) and organisation. Closed months only."""
        return {
            f"{BY_DIMENSION[dimension].attribution}_usage": {
                org: each[dimension] for org, each in zip(self._orgs, self._used, strict=True)
            }
            for dimension in self.ledger.account.positions_in(self.month)
        }

    @property
    def _used(self) -> Sequence[Mapping[str, int]]:
        return self.ledger.used(self.month, hours_in(self.month))


class Restated(NamedTuple):
    """A month that Datadog corrected when it had long been out."""

    month: date
    at: datetime
    dimension: str
    org: str


@dataclass(frozen=True)
class BillTruth:
    """What a bill has to show of the account at the simulated moment."""

    ledger: Ledger

    @cached_property
    def months(self) -> tuple[date, ...]:
        """The closed months whose cost attribution is out, oldest first."""
        now = self.ledger.account.company.now
        past = (shift(month_of(now), -back) for back in range(RETENTION_MONTHS, 0, -1))
        return tuple(month for month in past if cost_is_out(month, now))

    def month(self, month: date) -> Month:
        """A closed month."""
        return Month(self.ledger, month, self.ledger.month(month))

    def change(self, month: date) -> Mapping[str, Decimal]:
        """How much more than in the month before each billing dimension cost."""
        this, before = (together(self.ledger.month(each)) for each in (month, shift(month, -1)))
        return {
            dimension: (this.get(dimension, NOTHING).total - before.get(dimension, NOTHING).total).quantize(
                CENT, ROUND_HALF_UP
            )
            for dimension in {**this, **before}
        }

    @property
    def running(self) -> date:
        """The running month."""
        return month_of(self.ledger.account.company.now)

    @property
    def estimated_until(self) -> datetime:
        """The end of the last hour that the estimated cost knows."""
        return costed_until(self.ledger.account.company.now)

    @property
    def estimated(self) -> Month | None:
        """The running month so far; None while nothing of it is known."""
        until = self.estimated_until
        if until <= start_of(self.running):
            return None
        return Month(self.ledger, self.running, self.ledger.until(self.running, hour_of_month(until)))

    @property
    def projected(self) -> Month | None:
        """The whole running month; None before its 12th day."""
        return self.month(self.running) if self.ledger.account.company.now.day >= PROJECTION_DAY else None

    def by_day(self, month: date, dimension: str | None = None) -> Mapping[date, Figures]:
        """The complete days of the running or the previous month: what each added to the month's running total."""
        found, before, day = {}, NOTHING, start_of(month)
        while day < start_of(shift(month, 1)) and day + timedelta(days=1) <= self.estimated_until:
            costs = together(self.ledger.until(month, hour_of_month(day) + 24))
            total = added(charge for each, charge in costs.items() if dimension in (None, each))
            found[day.date()] = figures(Charge(total.committed - before.committed, total.on_demand - before.on_demand))
            before, day = total, day + timedelta(days=1)
        return found

    @property
    def restated(self) -> Restated:
        """The month that was restated, by now or later."""
        account = self.ledger.account
        return Restated(
            month=account.history.restated,
            at=account.history.restated_at,
            dimension=RESTATED_DIMENSION,
            org=account.company.inventories[RESTATED_ORG].org.name,
        )
