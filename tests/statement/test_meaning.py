"""What Datadog's answers mean: totals and parts, what is missing, what repeats, and which answer counts."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from costguard.model.statement import Basis, Kind
from costguard.model.usage import MonthlyCost, Row
from tests.statement.rows import NOW, OCTOBER, cents, charge, cost, show, stored, total, used

HOST = "infra_host"

# The rows of October, and the cost of the dimension as committed, on-demand, unsplit and total.
COSTS: list[tuple[str, list[Row], str, tuple[str | None, str | None, str | None, str | None]]] = [
    (
        "a total repeats its parts",
        [cost(f"{HOST}_committed_cost", 60), cost(f"{HOST}_on_demand_cost", 12), cost(f"{HOST}_total_cost", 72)],
        HOST,
        ("60.00", "12.00", None, "72.00"),
    ),
    ("only a total", [cost(f"{HOST}_total_cost", 72)], HOST, (None, None, "72.00", "72.00")),
    (
        "a total tells the missing part",
        [cost(f"{HOST}_committed_cost", 60), cost(f"{HOST}_total_cost", 72)],
        HOST,
        ("60.00", "12.00", None, "72.00"),
    ),
    (
        "a part without an amount is told by the total",
        [cost(f"{HOST}_committed_cost", None), cost(f"{HOST}_on_demand_cost", 12), cost(f"{HOST}_total_cost", 72)],
        HOST,
        ("60.00", "12.00", None, "72.00"),
    ),
    (
        "what the parts do not add up to is not split",
        [cost(f"{HOST}_committed_cost", 60), cost(f"{HOST}_on_demand_cost", 12), cost(f"{HOST}_total_cost", 75)],
        HOST,
        ("60.00", "12.00", "3.00", "75.00"),
    ),
    (
        "a difference of a fraction of a cent is rounding",
        [
            cost(f"{HOST}_committed_cost", "60"),
            cost(f"{HOST}_on_demand_cost", "12"),
            cost(f"{HOST}_total_cost", "72.000001"),
        ],
        HOST,
        ("60.00", "12.00", None, "72.00"),
    ),
    ("no amount is not nothing", [cost(f"{HOST}_total_cost", None)], HOST, (None, None, None, None)),
    (
        "nothing is nothing",
        [cost(f"{HOST}_committed_cost", 0), cost(f"{HOST}_on_demand_cost", 0)],
        HOST,
        ("0.00", "0.00", None, "0.00"),
    ),
    (
        "percentages are no cost",
        [
            cost(f"{HOST}_total_cost", 72),
            cost(f"{HOST}_percentage_in_org", 100),
            cost(f"{HOST}_percentage_in_account", 9),
        ],
        HOST,
        (None, None, "72.00", "72.00"),
    ),
    (
        "organisations add up",
        [cost(f"{HOST}_committed_cost", 60), cost(f"{HOST}_committed_cost", 5, org="child")],
        HOST,
        ("65.00", None, None, "65.00"),
    ),
    (
        "the value that was updated last counts",
        [
            cost(f"{HOST}_total_cost", 72, updated="2026-11-09T00"),
            cost(f"{HOST}_total_cost", 70, updated="2026-11-12T00"),
            cost(f"{HOST}_total_cost", 71, updated="2026-11-10T00"),
        ],
        HOST,
        (None, None, "70.00", "70.00"),
    ),
    (
        "a dimension that nobody knows keeps its name",
        [cost("quantum_flux_on_demand_cost", "3.33")],
        "quantum_flux",
        (None, "3.33", None, "3.33"),
    ),
    (
        "a product may have several charges of a type",
        [charge(HOST, "committed", 0), charge(HOST, "committed", "1.17"), charge(HOST, "on_demand", 72)],
        HOST,
        ("1.17", "72.00", None, "73.17"),
    ),
    (
        "the total among the charges is not added",
        [charge(HOST, "committed", 60), charge(HOST, "on_demand", 12), charge(HOST, "total", 72)],
        HOST,
        ("60.00", "12.00", None, "72.00"),
    ),
    (
        "a charge type that nobody knows is not lost",
        [charge(HOST, "committed", 60), charge(HOST, "true_up", 4)],
        HOST,
        ("60.00", None, "4.00", "64.00"),
    ),
    (
        "nor is it counted twice where there is a total",
        [
            charge(HOST, "committed", 60),
            charge(HOST, "on_demand", 12),
            charge(HOST, "true_up", 4),
            charge(HOST, "total", 76),
        ],
        HOST,
        ("60.00", "12.00", "4.00", "76.00"),
    ),
    (
        "a credit is negative",
        [charge(HOST, "committed", 60), charge(HOST, "on_demand", -15)],
        HOST,
        ("60.00", "-15.00", None, "45.00"),
    ),
]


@pytest.mark.parametrize(
    ("rows", "dimension", "expected"), [case[1:] for case in COSTS], ids=[case[0] for case in COSTS]
)
def test_a_dimension_costs_what_its_rows_mean(
    tmp_path: Path, rows: list[Row], dimension: str, expected: tuple[str | None, ...]
) -> None:
    other = cost("other_total_cost", 1) if isinstance(rows[0], MonthlyCost) else charge("other", "total", 1)
    with stored(tmp_path, *rows, other) as store:
        shown = show(store)
    [part] = [part for line in shown.products for part in line.parts if part.dimension == dimension]
    found = part.cost
    assert tuple(map(cents, (found.committed, found.on_demand, found.unsplit, found.total))) == expected
    assert part.label == (dimension if dimension == "quantum_flux" else "Infrastructure hosts")
    # `other` costs a dollar, so that what is not known can be told from a statement without any cost.
    assert cents(shown.total) == cents(Decimal(expected[3] or 0) + 1)


def test_what_is_not_known_is_shown_as_unknown_and_in_no_sum(tmp_path: Path) -> None:
    with stored(tmp_path, cost(f"{HOST}_total_cost", None), cost("rum_total_cost", 5)) as store:
        shown = show(store)
    assert [(line.key, cents(line.cost.total)) for line in shown.products] == [("rum", "5.00"), ("hosts", None)]
    assert cents(shown.total) == "5.00"


ESTIMATE = [charge(HOST, "total", 61, source="estimated", day=date(2026, 10, 31))]
PROJECTION = [charge(HOST, "total", 59, source="projected", day=date(2026, 10, 31))]
ATTRIBUTED = [cost(f"{HOST}_total_cost", 63, updated="2026-11-10T00")]
HISTORICAL = [charge(HOST, "total", 62)]


@pytest.mark.parametrize(
    ("rows", "basis", "amount", "as_of"),
    [
        ([*HISTORICAL, *ATTRIBUTED, *ESTIMATE, *PROJECTION], Basis.HISTORICAL, 62, NOW),
        ([*ATTRIBUTED, *ESTIMATE, *PROJECTION], Basis.ATTRIBUTED, 63, datetime(2026, 11, 10, tzinfo=UTC)),
        ([*ESTIMATE, *PROJECTION], Basis.ESTIMATED, 61, NOW),
        (PROJECTION, Basis.PROJECTED, 59, NOW),
        ([charge(HOST, "total", None), *ESTIMATE], Basis.ESTIMATED, 61, NOW),
    ],
    ids=["historical", "attributed", "estimated", "projected", "without an amount it is no source"],
)
def test_the_best_answer_that_there_is_counts_and_is_named(
    tmp_path: Path, rows: list[Row], basis: Basis, amount: int, as_of: datetime
) -> None:
    with stored(tmp_path, *rows) as store:
        shown = show(store, month="2026-10")
    [month] = shown.months
    assert (month.basis, month.cost.total, month.as_of) == (basis, Decimal(amount), as_of)
    assert {each.basis: each.total for each in shown.sources if each.used} == {basis: amount}


def test_other_answers_are_set_beside_the_one_that_counts(tmp_path: Path) -> None:
    with stored(tmp_path, *HISTORICAL, *ATTRIBUTED, *ESTIMATE) as store:
        shown = show(store)
    assert [(each.basis, cents(each.total), cents(each.difference)) for each in shown.sources] == [
        (Basis.HISTORICAL, "62.00", "0.00"),
        (Basis.ATTRIBUTED, "63.00", "1.00"),
        (Basis.ESTIMATED, "61.00", "-1.00"),
    ]


def test_an_estimate_counts_up_to_its_last_day(tmp_path: Path) -> None:
    days = [charge(HOST, "on_demand", 10 * day, source="estimated", day=date(2026, 11, day)) for day in (1, 2, 18)]
    with stored(tmp_path, *ATTRIBUTED, *days) as store:
        shown = show(store, month="2026-11")
        closed = show(store)
    [month] = shown.months
    assert (cents(month.cost.total), month.through, month.over) == ("180.00", date(2026, 11, 18), False)
    assert shown.before is None, "half a month is not compared with a whole one"
    assert any("not over" in note for note in shown.notes)
    assert closed.last == OCTOBER
    assert closed.running is not None
    assert (cents(closed.running.estimated), closed.running.through) == ("180.00", date(2026, 11, 18))
    assert closed.running.projected is None


def test_the_running_month_has_an_estimate_and_a_projection_of_its_own(tmp_path: Path) -> None:
    read = datetime(2026, 11, 19, 3, tzinfo=UTC)
    rows = [
        charge(HOST, "committed", 40, source="estimated", day=date(2026, 11, 18)),
        charge("rum", "on_demand", 2, source="estimated", day=date(2026, 11, 18)),
        charge(HOST, "projected_committed", 60, source="projected", day=date(2026, 11, 30), read_at=read),
        charge(HOST, "projected_on_demand", 9, source="projected", day=date(2026, 11, 30), read_at=read),
        charge(HOST, "total", 69, source="projected", day=date(2026, 11, 30), read_at=read),
    ]
    with stored(tmp_path, *ATTRIBUTED, *rows) as store:
        running = show(store).running
    assert running is not None
    assert (cents(running.estimated), cents(running.projected), running.projected_as_of) == ("42.00", "69.00", read)
    assert [(each.product, cents(each.estimated), cents(each.projected)) for each in running.products] == [
        ("hosts", "40.00", "69.00"),
        ("rum", "2.00", "0.00"),
    ]


def test_the_account_and_its_organisations_are_the_same_money(tmp_path: Path) -> None:
    rows = [
        charge(HOST, "committed", 100, view="summary"),
        charge(HOST, "committed", 70),
        charge(HOST, "committed", 25, org="child"),
    ]
    with stored(tmp_path, *rows) as store:
        shown = show(store, by="org")
    assert shown.total == 100
    assert [(line.label, line.kind, cents(line.cost.total)) for line in shown.lines] == [
        ("Parent", Kind.VALUE, "70.00"),
        ("Child", Kind.VALUE, "25.00"),
        ("Not broken down by organisation", Kind.REST, "5.00"),
    ]


def test_an_account_without_its_organisations_is_not_taken_for_one(tmp_path: Path) -> None:
    with stored(tmp_path, charge(HOST, "total", 100, view="summary")) as store:
        [line] = show(store, by="org").lines
    assert (line.kind, cents(line.cost.total)) == (Kind.REST, "100.00")


def test_what_costs_nothing_for_the_account_is_no_rest(tmp_path: Path) -> None:
    rows = [
        charge(HOST, "total", 60, view="summary"),
        charge("rum", "total", 0, view="summary"),
        charge(HOST, "total", 60),
    ]
    with stored(tmp_path, *rows) as store:
        assert [line.label for line in show(store, by="org").lines] == ["Parent"]


def test_what_a_total_has_beyond_its_charges_belongs_to_no_product(tmp_path: Path) -> None:
    rows = [charge(HOST, "total", 90, view="summary"), total("92.50")]
    with stored(tmp_path, *rows) as store:
        shown = show(store)
    assert cents(shown.total) == "92.50"
    assert [(line.label, line.kind, cents(line.cost.total)) for line in shown.lines] == [
        ("Hosts", Kind.VALUE, "90.00"),
        ("Not broken down by product", Kind.REST, "2.50"),
    ]


def test_an_estimate_carries_what_an_organisation_cost_that_is_named_no_more(tmp_path: Path) -> None:
    rows = [
        charge(HOST, "total", 10, source="estimated", day=date(2026, 10, 30)),
        charge(HOST, "total", 4, source="estimated", day=date(2026, 10, 30), org="child"),
        charge(HOST, "total", 11, source="estimated", day=date(2026, 10, 31)),
    ]
    with stored(tmp_path, *rows) as store:
        assert show(store).total == 15


def test_restated_months_replace_what_was_read_before(tmp_path: Path) -> None:
    with stored(tmp_path, cost(f"{HOST}_total_cost", 72)) as store:
        assert show(store).total == 72
    with stored(tmp_path, cost(f"{HOST}_total_cost", 80)) as store:
        assert show(store).total == 80


def test_usage_without_cost_is_shown_with_unknown_cost(tmp_path: Path) -> None:
    with stored(tmp_path, used("infra_host_top99p", 120, 100, 20)) as store:
        shown = show(store)
    assert shown.total is None
    [part] = shown.lines[0].parts
    assert (part.dimension, part.cost.total, part.quantity.units) == (HOST, None, Decimal(120))
    assert shown.months[0].basis is None


@pytest.mark.parametrize("asked", ["acme", "parent", "Parent"], ids=["settings", "public id", "Datadog"])
def test_one_organisation_alone(tmp_path: Path, asked: str) -> None:
    rows: list[Any] = [
        cost(f"{HOST}_total_cost", 60),
        cost(f"{HOST}_total_cost", 5, org="child"),
        charge("rum", "total", 8, source="estimated", day=date(2026, 11, 2), org="child"),
        charge("rum", "total", 3, source="estimated", day=date(2026, 11, 2)),
    ]
    with stored(tmp_path, *rows) as store:
        shown = show(store, org=asked)
        child = show(store, org="Child")
    assert (cents(shown.total), shown.only) == ("60.00", "Parent")
    assert shown.running is not None
    assert shown.running.estimated == 3
    assert (cents(child.total), [line.label for line in child.orgs]) == ("5.00", ["Child"])
