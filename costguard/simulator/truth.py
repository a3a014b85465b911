"""The truth: every piece of planted waste with the units that it frees and the money that it is worth."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from costguard.simulator.bill_truth import CENT, BillTruth
from costguard.simulator.calendar import shift
from costguard.simulator.contract import Position
from costguard.simulator.money import ExpectedMoney, tell_money
from costguard.simulator.terms import SUPPORT_FEE


@dataclass(frozen=True)
class Expected:
    """A finding that has to be made, exactly once and exactly so."""

    rule: str
    org: str
    kind: str
    id: str
    frees: dict[str, Decimal]
    """Units a month by dimension, to 28 significant digits."""
    now: Decimal
    """What the next invoice drops by, to the cent."""
    at_renewal: Decimal
    """What the freed part of the commitment is worth, to the cent."""


@dataclass(frozen=True)
class Truth:
    """All that has to be found, and what it is worth together: one evaluation of the bill, never a sum of findings."""

    findings: tuple[Expected, ...]
    total_now: Decimal
    total_at_renewal: Decimal
    bill_total: Decimal
    money: tuple[ExpectedMoney, ...]
    """What the rules about money have to find: not in the totals, for it is re-evaluated with the rest, never added."""


Freed = Mapping[str, Fraction]


def cents(amount: Fraction) -> Decimal:
    """An amount of money to the cent, halves up."""
    return decimal(amount).quantize(CENT, rounding=ROUND_HALF_UP)


def decimal(number: Fraction) -> Decimal:
    """An exact number as a decimal of 28 significant digits."""
    return Decimal(number.numerator) / Decimal(number.denominator)


def tell(bill: BillTruth) -> Truth:
    """The truth about an account."""
    account = bill.ledger.account
    positions = account.positions_in(shift(bill.running, -1))
    findings = []
    by_resource: dict[tuple[str, str, str], dict[str, Fraction]] = defaultdict(dict)
    for inventory in account.company.inventories:
        for planted in inventory.planted:
            freed = {planted.dimension: account.freed(inventory, planted)}
            findings.append(
                Expected(
                    rule=planted.rule,
                    org=inventory.org.name,
                    kind=planted.kind,
                    id=planted.id,
                    frees={dimension: decimal(units) for dimension, units in freed.items()},
                    now=cents(saved_now(positions, freed)),
                    at_renewal=cents(saved_at_renewal(positions, freed)),
                )
            )
            largest = by_resource[inventory.org.name, planted.kind, planted.id]
            for dimension, units in freed.items():
                largest[dimension] = max(units, largest.get(dimension, Fraction(0)))
    together: dict[str, Fraction] = defaultdict(Fraction)
    for freed in by_resource.values():
        for dimension, units in freed.items():
            together[dimension] += units
    return Truth(
        findings=tuple(sorted(findings, key=lambda each: (each.rule, each.org, each.id))),
        total_now=cents(saved_now(positions, together)),
        total_at_renewal=cents(saved_at_renewal(positions, together)),
        bill_total=cents(
            sum((charged(each, Fraction(0)) for each in positions.values()), Fraction(0))
            + Fraction(SUPPORT_FEE * account.company.scale)
        ),
        money=tell_money(bill),
    )


def charged(position: Position, freed: Fraction) -> Fraction:
    """What a month of a dimension costs once some of its usage is freed."""
    on_demand = max(Fraction(0), _paid(position, freed) - position.committed)
    committed = position.committed * Fraction(position.term.committed_rate)
    return committed + on_demand * Fraction(position.term.on_demand_rate)


def used_commitment(position: Position, freed: Fraction) -> Fraction:
    """What the used part of a commitment is worth once some usage is freed."""
    return min(Fraction(position.committed), _paid(position, freed)) * Fraction(position.term.committed_rate)


def _paid(position: Position, freed: Fraction) -> Fraction:
    return max(Fraction(0), position.billable - freed - position.allotment)


def saved_now(positions: Mapping[str, Position], freed: Freed) -> Fraction:
    """What the next invoice drops by."""
    nothing = Fraction(0)
    return sum((charged(positions[each], nothing) - charged(positions[each], freed[each]) for each in freed), nothing)


def saved_at_renewal(positions: Mapping[str, Position], freed: Freed) -> Fraction:
    """What is freed of the commitments."""
    nothing = Fraction(0)
    return sum(
        (used_commitment(positions[each], nothing) - used_commitment(positions[each], freed[each]) for each in freed),
        nothing,
    )
