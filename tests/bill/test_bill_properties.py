"""What holds of every bill, whatever was used, committed, included and paid, and whatever is freed."""

from decimal import Decimal
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from costguard.bill import Bill, combine, list_prices, measure
from costguard.bill.prices import precise
from costguard.model.money import Frees
from tests.bill.rows import MONTH, paid, used

ZERO = Decimal(0)
NEAR = Decimal("1e-15")
"""What a sum may differ by when it is rounded in another order: far less than any money."""

slow = settings(deadline=None)

PRICES = list_prices()

counts = st.decimals(0, 10**13, places=2, allow_nan=False)
amounts = st.decimals(0, 10**8, places=6, allow_nan=False)
LISTED = ("synthetics_api_tests", "logs_indexed_15day", "logs_indexed_30day", "timeseries", "infra_container")
NAMES = (*LISTED, *(f"no{n:02}_list_price" for n in range(20)))


@st.composite
def bills(draw: st.DrawFn, *, priced: bool = False) -> Bill:
    """A consistent bill: on-demand = max(0, billable − allotment − commitment). Unless `priced`, prices may lack."""
    usage, cost = [], []
    for dimension in draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=12, unique=True)):
        billable, allotment, committed = draw(counts), draw(st.just(ZERO) | counts), draw(st.just(ZERO) | counts)
        on_demand = max(ZERO, billable - allotment - committed)
        told = priced or draw(st.booleans())
        usage.append(used(f"{dimension}_sum", billable, committed if told else None, on_demand if told else None))
        for part, units in (("committed", committed), ("on_demand", on_demand)):
            amount = draw(amounts) if units else ZERO
            cost.append(paid(f"{dimension}_{part}_cost", amount if priced or draw(st.booleans()) else None))
    return measure(usage, cost, [], month=MONTH, currency="USD", prices=PRICES)


def freed(bill: Bill, *, most: Decimal = Decimal(2)) -> st.SearchStrategy[Frees]:
    """Freed units of some of the bill's dimensions, up to twice what is used: findings may claim too much."""
    return st.fixed_dictionaries(
        {},
        optional={
            dimension: st.decimals(0, most * (line.units or Decimal(1)), places=2, allow_nan=False)
            for dimension, line in bill.lines.items()
        },
    )


@slow
@given(bills(priced=True))
def test_at_the_measured_usage_it_gives_the_measured_cost(bill: Bill) -> None:
    assert bill.residual == 0
    assert all(line.residual == 0 for line in bill.lines.values())


@slow
@given(st.data(), bills(priced=True))
def test_a_saving_is_a_difference_of_two_evaluations(data: st.DataObject, bill: Bill) -> None:
    frees = data.draw(freed(bill))

    now = bill.now(frees)

    assert now is not None
    assert _near(now, bill.cost() - bill.cost(frees))
    assert bill.cost(frees) >= 0


@slow
@given(st.data(), bills())
def test_nothing_saves_more_than_was_paid_for_it(data: st.DataObject, bill: Bill) -> None:
    for dimension, units in data.draw(freed(bill)).items():
        line = bill.lines[dimension]
        now, at_renewal = line.now(units), line.at_renewal(units)

        assert now is None or now >= 0
        assert at_renewal is None or at_renewal >= 0
        if now is not None and line.on_demand_cost is not None:
            assert now <= line.on_demand_cost
        if at_renewal is not None and line.committed_cost is not None and line.commitment_known:
            assert at_renewal <= line.committed_cost
        if at_renewal is not None and line.measured is not None and not line.commitment_known:
            assert at_renewal <= line.measured


@slow
@given(st.data(), bills(priced=True))
def test_a_total_is_never_more_than_the_bill(data: st.DataObject, bill: Bill) -> None:
    total = bill.total(combine(data.draw(st.lists(freed(bill), max_size=5))))

    assert total.unpriced == ()
    assert total.now is not None
    assert total.at_renewal is not None
    assert bill.measured_total is not None
    assert total.now >= 0
    assert total.now + total.at_renewal <= bill.measured_total


@slow
@given(st.data(), bills(), st.randoms(use_true_random=False))
def test_the_order_of_findings_does_not_matter(data: st.DataObject, bill: Bill, random: Random) -> None:
    findings = data.draw(st.lists(freed(bill), max_size=6))
    shuffled = random.sample(findings, len(findings))

    assert bill.total(combine(findings)) == bill.total(combine(shuffled))
    assert bill.saving(combine(findings)) == bill.saving(combine(shuffled))


@slow
@given(st.data(), bills())
def test_freeing_more_never_saves_less(data: st.DataObject, bill: Bill) -> None:
    for dimension, units in data.draw(freed(bill)).items():
        more = units + data.draw(counts)
        line = bill.lines[dimension]

        assert _grows(line.now(units), line.now(more))
        assert _grows(line.at_renewal(units), line.at_renewal(more))


@slow
@given(st.data(), bills())
def test_nothing_can_be_freed_twice(data: st.DataObject, bill: Bill) -> None:
    """All of a dimension is worth what more than all of it is worth: an overlap adds nothing."""
    everything = {dimension: line.units or ZERO for dimension, line in bill.lines.items()}
    more = {dimension: units + data.draw(counts) for dimension, units in everything.items()}

    assert (bill.now(everything), bill.at_renewal(everything)) == (bill.now(more), bill.at_renewal(more))


@slow
@given(st.data(), bills(priced=True))
def test_savings_of_the_next_invoice_are_sub_additive(data: st.DataObject, bill: Bill) -> None:
    """The cost is convex in the use: what is freed first is on demand, so together two findings save at most the sum.

    At renewal alone that does not hold: two findings that each free on-demand units only may reach the commitment
    together. Both amounts together are sub-additive where a committed unit is not dearer than one on demand.
    """
    one, other = data.draw(freed(bill)), data.draw(freed(bill))
    for dimension, line in bill.lines.items():
        parts = one.get(dimension, ZERO), other.get(dimension, ZERO)
        first, second, both = (line.effect(units) for units in (*parts, sum(parts, ZERO)))

        assert _sum(both.now) <= _sum(first.now, second.now) + NEAR
        committed, on_demand = line.rates.committed, line.rates.on_demand
        if committed is None or (on_demand is not None and committed.usd <= on_demand.usd):
            assert (
                _sum(both.now, both.at_renewal)
                <= _sum(first.now, first.at_renewal, second.now, second.at_renewal) + NEAR
            )


@slow
@given(st.data(), bills())
def test_using_more_never_saves(data: st.DataObject, bill: Bill) -> None:
    dimension = data.draw(st.sampled_from(sorted(bill.lines)))
    effect = bill.lines[dimension].effect(-data.draw(counts))

    assert effect.now is None or effect.now <= 0
    assert effect.at_renewal is None or effect.at_renewal <= 0


@slow
@given(st.data(), bills(priced=True))
def test_there_and_back_is_where_one_was(data: st.DataObject, bill: Bill) -> None:
    """What freeing units saves is what using them again costs, from where that led."""
    dimension = data.draw(st.sampled_from(sorted(bill.lines)))
    line = bill.lines[dimension]
    assert line.units is not None
    units = data.draw(st.decimals(0, line.units, places=2, allow_nan=False))
    less = line.model_copy(update={"units": line.units - units})

    there, back = line.effect(units), less.effect(-units)

    assert _near(_sum(there.now, back.now), ZERO)
    assert _near(_sum(there.at_renewal, back.at_renewal), ZERO)


@slow
@given(st.data(), bills())
def test_a_saving_is_known_only_when_every_part_is(data: st.DataObject, bill: Bill) -> None:
    frees = data.draw(freed(bill))
    parts = [bill.lines[dimension].effect(units) for dimension, units in frees.items()]

    saving, total = bill.saving(frees), bill.total(frees)

    assert (saving.now is None) == any(part.now is None for part in parts)
    assert (saving.at_renewal is None) == any(part.at_renewal is None for part in parts)
    unknown = {part.line.dimension for part in parts if part.now is None or part.at_renewal is None}
    assert set(total.unpriced) == unknown
    if saving.known:
        assert (total.now, total.at_renewal) == (saving.now, saving.at_renewal)


@precise
def _near(one: Decimal, other: Decimal) -> bool:
    return abs(one - other) < NEAR


def _grows(less: Decimal | None, more: Decimal | None) -> bool:
    return less is None or more is None or less <= more


@precise
def _sum(*amounts: Decimal | None) -> Decimal:
    assert None not in amounts
    return sum((amount for amount in amounts if amount is not None), ZERO)
