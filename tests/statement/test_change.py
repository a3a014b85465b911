"""Why the bill changed: use, price, both, new and ended, to the cent and adding up."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costguard.bill import Dimensions
from costguard.model.statement import Change, Cost, Quantity
from costguard.model.usage import Row
from costguard.statement.change import change, changes, ranked
from tests.statement.rows import OCTOBER, SEPTEMBER, means, show, stored, used
from tests.statement.rows import cost as paid_for

NAMES, ZERO = Dimensions(), Decimal(0)
PARTS = ("usage", "included", "rate", "both", "new", "ended", "unknown")

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
        "the same use, of which 60 units less are on demand, because more is included",
        ((N, 200, N), (N, 80, N)),
        ((500, 0, 100), (500, 0, 40)),
        {"included": "-120.00"},
    ),
    (
        "10 units more are used, and 20 less are included",
        ((N, 200, N), (N, 260, N)),
        ((500, 0, 100), (510, 0, 130)),
        {"usage": "20.00", "included": "40.00"},
    ),
    (
        "the same use, 20 units of it committed instead of on demand: 20 × $15 less 20 × $18",
        ((1500, 360, N), (1800, 0, N)),
        ((120, 100, 20), (120, 120, 0)),
        {"included": "-60.00"},
    ),
    (
        "5 more used, and 20 more committed: 5 × $15, then 15 × $15 less 15 × $18",
        ((1500, 360, N), (1800, 90, N)),
        ((120, 100, 20), (125, 120, 5)),
        {"usage": "75.00", "included": "-45.00"},
    ),
    (
        "the rest of a use that is not known is all taken for use",
        ((N, 100, N), (N, 120, N)),
        ((N, 0, 50), (N, 0, 60)),
        {"usage": "20.00"},
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


HUNDRED = (Cost(on_demand=Decimal(200)), Quantity(Decimal(500), ZERO, Decimal(100)))
"""A dimension of the account: 500 units used, 100 of them on demand at $2, the others included."""

# The account's month after, an organisation's costs and units before and after, and why its cost changed.
SHARES: list[tuple[str, tuple[int, int, int], tuple[int, int], tuple[int | None, int | None], dict[str, str]]] = [
    ("the same use, more is included", (80, 500, 40), (100, 40), (250, 250), {"included": "-60.00"}),
    ("the account's use and its own grow alike", (300, 550, 150), (100, 150), (250, 275), {"usage": "50.00"}),
    ("it uses what another does not", (200, 500, 100), (100, 120), (250, 300), {"usage": "20.00"}),
    ("another price", (300, 500, 100), (100, 150), (250, 250), {"rate": "50.00"}),
    ("others use more: less of its own is included", (300, 550, 150), (100, 136), (250, 250), {"included": "36.00"}),
    ("its own units are not known", (300, 550, 150), (100, 150), (N, 275), {"unknown": "50.00"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("account", "costs", "units", "expected"), [each[1:] for each in SHARES], ids=[each[0] for each in SHARES]
)
def test_an_organisation_s_cost_changes_by_its_share_of_the_account_s_causes(
    account: tuple[int, int, int],
    costs: tuple[int, int],
    units: tuple[int | None, int | None],
    expected: dict[str, str],
) -> None:
    paid, used, on_demand = map(Decimal, account)
    after = (Cost(on_demand=paid), Quantity(used, ZERO, on_demand))
    whole = change("infra_host", HUNDRED[0], after[0], HUNDRED[1], after[1], NAMES)
    before_cost, after_cost = (Cost(on_demand=Decimal(each)) for each in costs)
    before_use, after_use = (quantity((each, N, N)) for each in units)

    found = change("infra_host", before_cost, after_cost, before_use, after_use, NAMES, whole)

    assert nonzero(found) == expected


months = st.tuples(costs, costs, quantities, quantities)


@given(months, months)
def test_the_parts_of_an_organisation_s_change_add_up_exactly(
    account: tuple[Cost, Cost, Quantity, Quantity], own: tuple[Cost, Cost, Quantity, Quantity]
) -> None:
    found = change("infra_host", *own, NAMES, change("infra_host", *account, NAMES))
    assert sum((getattr(found, part) for part in PARTS), Decimal(0)) == found.amount


def test_organisations_and_the_account_tell_the_same_cause(tmp_path: Path) -> None:
    """August includes more container-hours than the month before; billed use is the same."""
    rows: list[Row] = []
    for month, on_demand, paid in ((SEPTEMBER, 100_000, 200), (OCTOBER, 40_000, 80)):
        for org, units in (("parent", 300_000), ("labs", 200_000)):
            rows.append(used("container_usage", 500_000, 0, on_demand, org=org, of_org=units, month=month))
            share = Decimal(paid) * units / 500_000
            rows.append(paid_for("container_on_demand_cost", share, org=org, month=month))
    rows.append(means("container", "container_usage"))
    with stored(tmp_path, *rows) as store:
        found = {org: show(store, month="2026-10", org=org).changes for org in (None, "parent", "labs")}
    assert {org: [nonzero(each) for each in told] for org, told in found.items()} == {
        None: [{"included": "-120.00"}],
        "parent": [{"included": "-72.00"}],
        "labs": [{"included": "-48.00"}],
    }


def test_a_month_without_the_product_is_a_month_of_no_use(tmp_path: Path) -> None:
    """Database hosts came in September; July, August and September are held against the three months before."""
    months = [date(2026, month, 1) for month in range(5, 11)]
    rows: list[Row] = [used("infra_host_top99p", 10, 0, 10, month=month) for month in months]
    rows += [paid_for("infra_host_on_demand_cost", 180, month=month) for month in months]
    for month, hosts in ((date(2026, 7, 1), 2), (date(2026, 8, 1), 3), (SEPTEMBER, 3), (OCTOBER, 4)):
        rows.append(used("dbm_host_top99p", hosts, 0, hosts, month=month))
        rows.append(paid_for("dbm_host_on_demand_cost", hosts * 70, month=month))
    with stored(tmp_path, *rows) as store:
        [found] = show(store, first="2026-08", last="2026-10").changes
    assert (found.before, found.after, nonzero(found)) == (Decimal(140), Decimal(700), {"usage": "560.00"})


def test_changes_are_listed_by_size_and_without_what_stayed() -> None:
    before = {name: Cost(on_demand=Decimal(amount)) for name, amount in (("a", 10), ("b", 10), ("c", 10), ("d", 1))}
    after = {name: Cost(on_demand=Decimal(amount)) for name, amount in (("a", 10), ("b", 5), ("c", 30), ("e", 5))}
    found = ranked(changes(before, after, {}, {}, NAMES).values())
    assert [(each.dimension, each.amount) for each in found] == [
        ("c", Decimal(20)),
        ("b", Decimal(-5)),
        ("e", Decimal(5)),
        ("d", Decimal(-1)),
    ]
