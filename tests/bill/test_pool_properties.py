"""What holds of every bill whose products include one another, whatever is freed of them and committed to.

At given allotments each line's cost is convex in its own use and grows with it (test_bill_properties). Across lines
that does not hold: hosts that go take along what they include, so that freeing more may save less. What does is below.
"""

from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from costguard.bill import Bill, allotments, combine, grants, list_prices, measure
from costguard.bill.prices import precise
from costguard.model.contract import Contract
from costguard.model.money import Frees, Units, Usd
from tests.bill.rows import MONTH, paid, used

ZERO = Decimal(0)

NEAR = Decimal("1e-9")
"""What sums of amounts up to 10¹² may differ by when they are rounded in another order."""

slow = settings(deadline=None, max_examples=60)

PRICES, TABLE = list_prices(), allotments()

PARENTS = ("infra_host", "apm_host", "apm_host_enterprise", "iot", "serverless_apm", "ci_pipeline", "dbm_host")
CHILDREN = tuple(
    sorted({grant.child for grant in grants(TABLE, Contract(), MONTH) if grant.parent in PARENTS} - {"prof_container"})
)

few = st.integers(0, 2_000).map(Decimal)
counts = st.decimals(0, 10**12, places=2, allow_nan=False)
amounts = st.decimals(0, 10**8, places=4, allow_nan=False)
contracts = st.builds(
    Contract, on_demand=st.sampled_from(["monthly", "hourly"]), pooling=st.sampled_from(["hourly", "period"])
)


@st.composite
def bills(draw: st.DrawFn) -> Bill:
    """A bill of products and what they include, and up to hundreds of others; all of it priced.

    The bill includes what is granted, more or less than that, or nothing. A line of a dimension takes its use, its
    commitment, its allotment and its two costs from these.
    """
    usage, cost = [], []

    def line(dimension: str, billable: Units, allotment: Units, committed: Units) -> None:
        on_demand = max(ZERO, billable - allotment - committed)
        usage.append(used(f"{dimension}_sum", billable, committed, on_demand))
        for part, units in (("committed", committed), ("on_demand", on_demand)):
            cost.append(paid(f"{dimension}_{part}_cost", draw(amounts) if units else ZERO))

    contract = draw(contracts)
    parents = {
        parent: (draw(few), draw(st.just(ZERO) | few))
        for parent in draw(st.lists(st.sampled_from(PARENTS), min_size=1, unique=True))
    }
    for parent, (billable, committed) in parents.items():
        line(parent, billable, ZERO, committed)
    includes = grants(TABLE, contract, MONTH)
    for child in draw(st.lists(st.sampled_from(CHILDREN), unique=True)):
        granted = sum(
            (
                grant.units * max(parents[grant.parent])
                for grant in includes
                if grant.child == child and grant.parent in parents
            ),
            ZERO,
        )
        share = draw(st.sampled_from([Decimal(each) for each in ("0", "0.5", "0.9999", "1", "1.005", "1.5")]))
        line(child, draw(st.just(granted) | counts), granted * share, draw(st.just(ZERO) | counts))
    for number in range(draw(st.sampled_from([0, 0, 5, 300]))):
        billable = Decimal(number * 977)
        usage.append(used(f"other{number:03}_sum", billable, 40_000, max(ZERO, billable - 40_000)))
        cost.append(paid(f"other{number:03}_committed_cost", 400))
        cost.append(paid(f"other{number:03}_on_demand_cost", max(ZERO, billable - 40_000) / 20))
    return measure(usage, cost, [], month=MONTH, currency="USD", prices=PRICES, table=TABLE, contract=contract)


def freed(bill: Bill) -> st.SearchStrategy[Frees]:
    """Freed units of some of the bill's dimensions, up to twice what is used."""
    some = [dimension for dimension in bill.lines if not dimension.startswith("other") or dimension < "other005"]

    def share(dimension: str) -> st.SearchStrategy[Units]:
        units = bill.lines[dimension].units or ZERO
        return st.integers(0, 200).map(lambda percent: units * percent / 100)

    return st.fixed_dictionaries({}, optional={each: share(each) for each in some})


@slow
@given(bills())
def test_at_the_measured_usage_it_gives_the_measured_cost(bill: Bill) -> None:
    assert bill.residual == 0
    assert [row.rest for row in bill.reconciliation()] == [0] * len(bill.lines)
    for line in bill.lines.values():
        assert line.included is not None
        assert line.units is not None
        assert line.included <= line.units
        assert line.beyond == line.on_demand, "the function gives the on-demand units that were billed"


@slow
@given(st.data(), bills())
def test_a_saving_is_a_difference_of_two_evaluations(data: st.DataObject, bill: Bill) -> None:
    frees = data.draw(freed(bill))
    saving = bill.saving(frees)

    known = [effect for effect in bill.effects(frees) if effect.now is not None]
    if saving.now is not None:
        assert _near(saving.now, bill.cost() - bill.cost(frees))
    assert _near(_sum(effect.now for effect in known), bill.cost() - bill.cost(frees))


@slow
@given(st.data(), bills())
def test_a_total_is_never_more_than_the_bill(data: st.DataObject, bill: Bill) -> None:
    total = bill.total(combine(data.draw(st.lists(freed(bill), max_size=4))))

    assert bill.measured_total is not None
    assert (total.now or ZERO) + (total.at_renewal or ZERO) <= bill.measured_total + NEAR


@slow
@given(st.data(), bills(), st.randoms(use_true_random=False))
def test_the_order_of_findings_does_not_matter(data: st.DataObject, bill: Bill, random: Random) -> None:
    findings = data.draw(st.lists(freed(bill), max_size=5))
    shuffled = random.sample(findings, len(findings))
    changed = dict(reversed(list(combine(shuffled).items())))

    assert bill.total(combine(findings)) == bill.total(changed)
    assert bill.saving(combine(findings)) == bill.saving(changed)


@slow
@given(st.data(), bills())
def test_what_is_included_never_makes_a_saving_larger(data: st.DataObject, bill: Bill) -> None:
    """Freeing products costs what they include, never less than nothing."""
    frees = data.draw(freed(bill))
    alone = bill.model_copy(update={"grants": ()})
    alone.__dict__.pop("_pool", None)

    for effect in bill.effects(frees):
        if effect.line.dimension not in frees:
            assert effect.now is None or effect.now <= 0
            assert effect.at_renewal is None or effect.at_renewal <= 0
    less, more = bill.saving(frees), alone.saving(frees)
    if less.known and more.known:
        assert less.now is not None
        assert more.now is not None
        assert less.now <= more.now + NEAR


@slow
@given(st.data(), bills())
def test_included_products_are_freed_convexly_at_what_is_left_of_them(data: st.DataObject, bill: Bill) -> None:
    """With the products that include it freed first, a dimension's own cost is again convex in its own use."""
    parents = {each: units for each, units in data.draw(freed(bill)).items() if each in PARENTS}
    child = data.draw(st.sampled_from([*sorted(bill.lines.keys() - set(PARENTS)), "nothing"]))
    units = (bill.line(child).units or ZERO) / 4
    steps = [{**parents, child: units * part} for part in range(5)]

    costs = [bill.cost(step) for step in steps]
    falls = [_sum([before, -after]) for before, after in pairwise(costs)]

    assert all(fall >= -NEAR for fall in falls), "using less of it never costs more"
    assert all(first >= then - NEAR for first, then in pairwise(falls)), "the dearest units go first"


@slow
@given(st.data(), bills())
def test_use_and_commitments_are_one_evaluation(data: st.DataObject, bill: Bill) -> None:
    """What findings free, then what changed commitments save: together the bill before less the bill after both."""
    frees = data.draw(freed(bill))
    chosen = data.draw(st.lists(st.sampled_from(sorted(bill.lines)), max_size=3, unique=True))
    changes = {each: data.draw(few) for each in chosen}

    usage, rates, left = bill.saving(frees), bill.rate_saving(changes, frees), bill.remaining(frees)

    assert rates.now == 0
    idle = any((effect.committed or ZERO) < 0 for effect in bill.effects(frees))
    if usage.now is not None and usage.at_renewal is not None:
        saved = _sum([bill.cost(), -left.cost()])
        assert _sum([usage.now, usage.at_renewal]) <= saved + NEAR
        # What stands idle and is then used is no cost; it is counted as one, because it could have been given up.
        assert idle or _near(_sum([usage.now, usage.at_renewal]), saved)
    assert rates.at_renewal is None or rates.at_renewal <= left.cost() + NEAR


@slow
@given(st.data(), bills())
def test_the_floor_of_what_is_on_demand_is_worth_committing_whatever_is_freed(data: st.DataObject, bill: Bill) -> None:
    """A commitment raised by no more than what is on demand never loses money where committed units are cheaper."""
    frees = data.draw(freed(bill))
    for dimension, line in bill.lines.items():
        committed, on_demand = line.rates.committed, line.rates.on_demand
        if line.committed is None or dimension in PARENTS or dimension.startswith("other"):
            continue
        if not committed or not on_demand or committed.usd > on_demand.usd:
            continue
        size = line.committed + line.beyond * data.draw(st.integers(0, 100)) / 100
        saved = bill.rate_saving({dimension: size}, frees).at_renewal
        assert saved is not None
        assert saved >= -NEAR


@slow
@given(st.data(), bills())
def test_recommitting_to_the_same_changes_nothing(data: st.DataObject, bill: Bill) -> None:
    same = {dimension: line.committed for dimension, line in bill.lines.items() if line.committed is not None}

    assert bill.recommitted(same).cost() == bill.cost()
    assert bill.rate_saving(same, data.draw(freed(bill))).at_renewal == 0


@precise
def _near(one: Usd, other: Usd) -> bool:
    return abs(one - other) <= NEAR


@precise
def _sum(amounts: Iterable[Usd | None]) -> Usd:
    return sum((each for each in amounts if each is not None), ZERO)
