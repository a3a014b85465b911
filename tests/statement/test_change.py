"""Why the bill changed: use, price, both, new and ended, to the cent and adding up."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costguard.bill import Dimensions
from costguard.model.statement import Change, Cost, Quantity
from costguard.statement.change import change, changes

NAMES = Dimensions()
PARTS = ("usage", "rate", "both", "new", "ended", "unknown")

Amounts = tuple[float | None, float | None, float | None]


def cost(amounts: Amounts) -> Cost:
    return Cost(*(None if each is None else Decimal(str(each)) for each in amounts))


def quantity(units: Amounts) -> Quantity:
    return Quantity(*(None if each is None else Decimal(str(each)) for each in units))


def nonzero(found: Change) -> dict[str, str]:
    return {part: f"{getattr(found, part):.2f}" for part in PARTS if getattr(found, part)}


N = None
# Cost before and after (committed, on-demand, unsplit), use before and after (units, committed, on-demand).
CASES: list[tuple[str, tuple[Amounts, Amounts], tuple[Amounts, Amounts], dict[str, str]]] = [
    (
        "more use at the same price: 10 units more × $2",
        ((N, 100, N), (N, 120, N)),
        ((50, 0, 50), (60, 0, 60)),
        {"usage": "20.00"},
    ),
    (
        "another price for the same use: 50 units × $0.40 more",
        ((N, 100, N), (N, 120, N)),
        ((50, 0, 50), (50, 0, 50)),
        {"rate": "20.00"},
    ),
    (
        "both: 10 × $2, 50 × $0.50, and 10 × $0.50 that is neither's alone",
        ((N, 100, N), (N, 150, N)),
        ((50, 0, 50), (60, 0, 60)),
        {"usage": "20.00", "rate": "25.00", "both": "5.00"},
    ),
    (
        "less use, dearer",
        ((N, 100, N), (N, 90, N)),
        ((50, 0, 50), (30, 0, 30)),
        {"usage": "-40.00", "rate": "50.00", "both": "-20.00"},
    ),
    (
        "use inside a commitment changes nothing",
        ((1000, 0, N), (1000, 0, N)),
        ((80, 100, 0), (95, 100, 0)),
        {},
    ),
    (
        "of use beyond the commitment only the price on demand counts: 5 × $18",
        ((1500, 180, N), (1500, 270, N)),
        ((110, 100, 10), (115, 100, 15)),
        {"usage": "90.00"},
    ),
    (
        "the first units on demand are use",
        ((1500, 0, N), (1500, 90, N)),
        ((100, 100, 0), (105, 100, 5)),
        {"usage": "90.00"},
    ),
    (
        "a larger commitment at a lower price: 100 more × $15, 100 × $1 less, 100 more × $1 less",
        ((1500, N, N), (2800, N, N)),
        ((100, 100, 0), (200, 200, 0)),
        {"usage": "1500.00", "rate": "-100.00", "both": "-100.00"},
    ),
    (
        "only a total: by all units",
        ((N, N, 100), (N, N, 150)),
        ((50, N, N), (60, N, N)),
        {"usage": "20.00", "rate": "25.00", "both": "5.00"},
    ),
    ("units not known", ((N, 100, N), (N, 150, N)), ((N, N, N), (60, 0, 60)), {"unknown": "50.00"}),
    ("new", ((N, N, N), (N, 30, N)), ((N, N, N), (60, 0, 60)), {"new": "30.00"}),
    ("new with a zero before", ((0, 0, N), (N, 30, N)), ((0, 0, 0), (60, 0, 60)), {"new": "30.00"}),
    ("ended", ((20, 30, N), (N, N, N)), ((60, 30, 30), (N, N, N)), {"ended": "-50.00"}),
]  # fmt: skip


@pytest.mark.parametrize(("costs", "units", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_change_is_split(
    costs: tuple[Amounts, Amounts], units: tuple[Amounts, Amounts], expected: dict[str, str]
) -> None:
    (before, after), (used_before, used_after) = map(cost, costs), map(quantity, units)
    found = change("infra_host", before, after, used_before, used_after, NAMES)
    assert nonzero(found) == expected
    assert found.label == "Infrastructure hosts"


known = st.decimals(min_value=0, max_value=10**7, places=6, allow_nan=False)
maybe = st.one_of(st.none(), known)
costs = st.builds(Cost, maybe, maybe, maybe)
quantities = st.builds(Quantity, maybe, maybe, maybe)


@given(costs, costs, quantities, quantities)
def test_the_parts_of_a_change_add_up_exactly(
    before: Cost, after: Cost, used_before: Quantity, used_after: Quantity
) -> None:
    found = change("infra_host", before, after, used_before, used_after, NAMES)
    assert sum((getattr(found, part) for part in PARTS), Decimal(0)) == found.amount
    assert found.amount == (after.total or 0) - (before.total or 0)


def test_changes_are_listed_by_size_and_without_what_stayed() -> None:
    before = {name: Cost(on_demand=Decimal(amount)) for name, amount in (("a", 10), ("b", 10), ("c", 10), ("d", 1))}
    after = {name: Cost(on_demand=Decimal(amount)) for name, amount in (("a", 10), ("b", 5), ("c", 30), ("e", 5))}
    found = changes(before, after, {}, {}, NAMES)
    assert [(each.dimension, each.amount) for each in found] == [
        ("c", Decimal(20)),
        ("b", Decimal(-5)),
        ("e", Decimal(5)),
        ("d", Decimal(-1)),
    ]
