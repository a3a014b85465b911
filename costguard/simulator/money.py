"""The truth about the money rules: what has to be found in the account's commitments, days and tags."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from costguard.simulator.bill_truth import CENT, BillTruth
from costguard.simulator.calendar import hours_in, month_of, shift, start_of
from costguard.simulator.contract import INCLUDES, included
from costguard.simulator.history import SPIKED_DIMENSION, SPIKED_ORG
from costguard.simulator.tagging import KEYS, OWN_KEYS, UNTAGGED
from costguard.simulator.usage import Positions

MONTHS = 3
"""Closed months over which a commitment has to be wrong."""

LARGE = 20
"""Hundredths of an organisation's cost without a value of a tag from which on it is large."""


@dataclass(frozen=True)
class ExpectedMoney:
    """A finding about money; what a rule spares below its thresholds is told by `share`."""

    rule: str
    org: str
    kind: str
    id: str
    """A billing dimension, or an organisation's public id."""
    share: Decimal | None = None
    """On-demand units of those paid for, unused of the committed, untagged of the cost: the least of the months."""
    units: dict[str, Decimal] = field(default_factory=dict)
    """What could be committed to, or given back, by billing dimension."""
    now: Decimal | None = None
    """What the next invoice drops by, to the cent; None = not determined."""
    at_renewal: Decimal | None = None
    """What the next contract saves a month, to the cent; None where the account shows no committed price."""
    day: date | None = None
    """The day of a spike."""
    cost: Decimal | None = None
    """What that day added to the month's cost in the dimension, to the cent."""
    weeks: int | None = None
    """How many earlier days of the same weekday the API tells the cost of: it does not go back beyond a month."""


def tell_money(bill: BillTruth) -> tuple[ExpectedMoney, ...]:
    """Everything that the money rules have to find in an account."""
    found = (*_commitments(bill), *_spike(bill), *_attribution(bill))
    return tuple(sorted(found, key=lambda each: (each.rule, each.org, each.id)))


def _commitments(bill: BillTruth) -> Iterator[ExpectedMoney]:
    account = bill.ledger.account
    parent = account.company.inventories[0].org.name
    last = month_of(account.company.now)
    months = [account.positions_in(shift(last, -back)) for back in range(MONTHS, 0, -1)]
    hours = hours_in(shift(last, -1))
    for dimension, position in months[-1].items():
        past = [each[dimension] for each in months if dimension in each]
        term = position.term
        excess, unused = (min(getattr(each, what) for each in past) for what in ("on_demand", "unused"))
        saved = term.on_demand_rate - term.committed_rate
        if excess and saved > 0 and len(past) == MONTHS:
            paid = [each.on_demand + each.committed for each in past]
            yield ExpectedMoney(
                *("commit-on-demand-excess", parent, "billing_dimension", dimension),
                share=_least([(each.on_demand, of) for each, of in zip(past, paid, strict=True)]),
                units={dimension: Decimal(excess)},
                now=Decimal(0),
                at_renewal=_cents(excess * saved) if position.committed else None,
            )
        if unused and len(past) == MONTHS:
            yield ExpectedMoney(
                *("commit-underused", parent, "billing_dimension", dimension),
                share=_least([(each.unused, each.committed) for each in past]),
                units={dimension: Decimal(unused)},
                now=Decimal(0),
                at_renewal=_cents(unused * term.committed_rate - _missed(months[-1], dimension, unused, hours)),
            )


def _missed(positions: Positions, parent: str, fewer: int, hours: int) -> Decimal:
    """What other products cost more on demand because a smaller commitment includes fewer of their units."""
    smaller = replace(positions[parent], committed=positions[parent].committed - fewer)
    missed = Decimal(0)
    for dimension, position in positions.items():
        if INCLUDES.get(dimension, ("", 0))[0] == parent:
            left = replace(position, allotment=included(dimension, {parent: smaller}, hours))
            missed += left.on_demand_cost - position.on_demand_cost
    return missed


def _least(pairs: list[tuple[int, int]]) -> Decimal:
    share = min(Fraction(part, of) for part, of in pairs)
    return Decimal(share.numerator) / Decimal(share.denominator)


def _spike(bill: BillTruth) -> Iterator[ExpectedMoney]:
    account = bill.ledger.account
    day = account.history.spike
    days = bill.by_day(month_of(start_of(day)), SPIKED_DIMENSION)
    told = (day - shift(bill.running, -1)).days
    if day in days:
        yield ExpectedMoney(
            *("cost-anomaly", account.company.inventories[SPIKED_ORG].org.name, "billing_dimension", SPIKED_DIMENSION),
            day=day,
            cost=days[day].total,
            weeks=told // 7,
        )


def _attribution(bill: BillTruth) -> Iterator[ExpectedMoney]:
    account = bill.ledger.account
    if not account.traits.attribution or not bill.months:
        return
    untagged = bill.month(bill.months[-1]).untagged(KEYS[0])
    for inventory in account.company.inventories:
        org = inventory.org
        if inventory.number in OWN_KEYS:
            yield ExpectedMoney("attribution-tag-drift", org.name, "org", org.public_id)
        elif UNTAGGED[inventory.number] > LARGE:
            found = untagged[org.name]
            yield ExpectedMoney(
                *("attribution-untagged", org.name, "org", org.public_id),
                share=(found.missing + found.empty) / found.of,
            )


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)
