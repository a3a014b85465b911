"""What each organisation's usage costs: in a whole month, up to any hour of it, and by tags; worked out once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from typing import NamedTuple, TypeVar

from costguard.simulator.calendar import hours_in
from costguard.simulator.hours import used
from costguard.simulator.inventory import Inventory
from costguard.simulator.tagging import MICRO, Values, applies, cells, keys_of, split_cost, split_units
from costguard.simulator.terms import BY_DIMENSION, SUPPORT, SUPPORT_FEE
from costguard.simulator.usage import Account

T = TypeVar("T")


class Charge(NamedTuple):
    """What a dimension costs, in dollars."""

    committed: Decimal
    on_demand: Decimal

    @property
    def total(self) -> Decimal:
        """Both together."""
        return self.committed + self.on_demand


NOTHING = Charge(Decimal(0), Decimal(0))

Costs = Mapping[str, Charge]
"""Charges by dimension."""


class CostPart(NamedTuple):
    """A row of cost attribution: an organisation's cost, or the part of it that carries some values of the tags."""

    inventory: Inventory
    tags: tuple[Values, ...] | None
    """In the order of the keys that were asked for; None = the breakdown does not apply, this is the total."""
    costs: Costs


class UnitPart(NamedTuple):
    """A row of usage attribution, in units by dimension."""

    inventory: Inventory
    tags: tuple[Values, ...] | None
    units: Mapping[str, int]


@dataclass(frozen=True)
class Ledger:
    """The account's cost; answers are kept, so that each month is worked out once."""

    account: Account
    _kept: dict[tuple[object, ...], object] = field(default_factory=dict, repr=False)

    def _once(self, key: tuple[object, ...], work: Callable[[], T]) -> T:
        if key not in self._kept:
            self._kept[key] = work()
        return self._kept[key]  # type: ignore[return-value] # a key is always of the same kind of work

    def month(self, month: date) -> tuple[Costs, ...]:
        """What a whole month costs, organisation by organisation."""
        return self._once(("month", month), lambda: self._month(month))

    def _month(self, month: date) -> tuple[Costs, ...]:
        """The account's cost by each organisation's share of the usage; all shares add up to the whole."""
        units = self.account.units_in(month)
        costs: list[dict[str, Charge]] = [{} for _ in units]
        for dimension, position in self.account.positions_in(month).items():
            used_by = [each[dimension] for each in units]
            committed = _shares(position.committed_cost, used_by)
            on_demand = _shares(position.on_demand_cost, used_by)
            for each, *charge in zip(costs, committed, on_demand, strict=True):
                each[dimension] = Charge(*charge)
        costs[0][SUPPORT] = Charge(SUPPORT_FEE * self.account.company.scale, Decimal(0))
        return tuple(costs)

    def until(self, month: date, hours: int) -> tuple[Costs, ...]:
        """What the first hours of a month have cost, organisation by organisation.

        What is billed by the sum grows with the usage, the commitment's cost too; what is billed by a level, and fees,
        are there from the first hour on (docs: account_management/plan_and_usage/cost_details; how the commitment's
        cost accrues is not said there).
        """
        if hours >= hours_in(month):
            return self.month(month)
        return self._once(("until", month, hours), lambda: self._until(month, hours))

    def _until(self, month: date, hours: int) -> tuple[Costs, ...]:
        return tuple(
            {
                dimension: Charge(_part(charge.committed, share), _part(charge.on_demand, share))
                for dimension, charge in costs.items()
                for share in (self._progress(inventory, dimension, month, hours),)
            }
            for inventory, costs in zip(self.account.company.inventories, self.month(month), strict=True)
        )

    def _progress(self, inventory: Inventory, dimension: str, month: date, hours: int) -> Fraction:
        term = BY_DIMENSION.get(dimension)
        if term is None or term.shape != "sum":
            return Fraction(hours > 0)
        whole = self.account.units_in(month)[inventory.number][dimension]
        if not whole:
            return Fraction(hours, hours_in(month))
        return Fraction(used(self.account, inventory, term, month, 0, hours), whole)

    def used(self, month: date, hours: int) -> tuple[Mapping[str, int], ...]:
        """Units that the first hours of a month used, as they would be billed, organisation by organisation."""
        return self._once(
            ("used", month, hours),
            lambda: tuple(
                {
                    dimension: used(self.account, inventory, BY_DIMENSION[dimension], month, 0, hours) if hours else 0
                    for dimension in self.account.positions_in(month)
                }
                for inventory in self.account.company.inventories
            ),
        )

    def costs_by(self, month: date, keys: Sequence[str], asker: Inventory) -> list[CostPart]:
        """A month's cost by tags; the rows of an organisation add up to its total, whatever the tags."""
        key = ("costs", month, tuple(keys), asker.number)
        return self._once(key, lambda: self._costs_by(month, keys, asker))

    def _costs_by(self, month: date, keys: Sequence[str], asker: Inventory) -> list[CostPart]:
        rows: list[CostPart] = []
        for inventory, costs in zip(self.account.company.inventories, self.month(month), strict=True):
            if not applies(self.account, inventory, asker, keys):
                rows.append(CostPart(inventory, None, costs))
                continue
            split: dict[tuple[Values, ...], dict[str, Charge]] = {}
            chosen = keys_of(self.account, inventory)
            for dimension, charge in costs.items():
                parts = cells(self.account, inventory, dimension, chosen)
                sums = split_cost(charge.committed, parts), split_cost(charge.on_demand, parts)
                for part, committed, on_demand in zip(parts, *sums, strict=True):
                    found = split.setdefault(tuple(part.values[chosen.index(key)] for key in keys), {})
                    other = found.get(dimension, NOTHING)
                    found[dimension] = Charge(other.committed + committed, other.on_demand + on_demand)
            rows += [CostPart(inventory, values, found) for values, found in split.items()]
        return rows

    def units_by(self, month: date, hours: int, keys: Sequence[str], asker: Inventory) -> list[UnitPart]:
        """The usage of a month's first hours by tags; the rows of an organisation add up to its total."""
        key = ("units", month, hours, tuple(keys), asker.number)
        return self._once(key, lambda: self._units_by(month, hours, keys, asker))

    def _units_by(self, month: date, hours: int, keys: Sequence[str], asker: Inventory) -> list[UnitPart]:
        rows: list[UnitPart] = []
        for inventory, units in zip(self.account.company.inventories, self.used(month, hours), strict=True):
            if not applies(self.account, inventory, asker, keys):
                rows.append(UnitPart(inventory, None, units))
                continue
            split: dict[tuple[Values, ...], dict[str, int]] = {}
            for dimension, whole in units.items():
                parts = cells(self.account, inventory, dimension, keys)
                for part, each in zip(parts, split_units(whole, parts), strict=True):
                    split.setdefault(part.values, {})[dimension] = each
            rows += [UnitPart(inventory, values, found) for values, found in split.items()]
        return rows


def _shares(whole: Decimal, used_by: Sequence[int]) -> list[Decimal]:
    """A cost by usage, in millionths; what cannot be divided goes to the last that used anything."""
    everything = sum(used_by)
    holder = max((number for number, each in enumerate(used_by) if each), default=0)
    shares = [(whole * each / everything).quantize(MICRO, ROUND_DOWN) if everything else Decimal(0) for each in used_by]
    shares[holder] += whole - sum(shares)
    return shares


def _part(whole: Decimal, share: Fraction) -> Decimal:
    return whole if share == 1 else (whole * share.numerator / share.denominator).quantize(MICRO, ROUND_DOWN)


def together(costs: Sequence[Costs]) -> Costs:
    """The charges of several organisations, dimension by dimension."""
    names = dict.fromkeys(name for each in costs for name in each)
    return {
        name: Charge(
            *(sum(pair, Decimal(0)) for pair in zip(*(each.get(name, NOTHING) for each in costs), strict=True))
        )
        for name in names
    }
