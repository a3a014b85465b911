"""Months whose tag keys were changed: several partial reports, which together are the month."""

from decimal import Decimal
from pathlib import Path

import pytest

from costguard.bill import Total, measure
from costguard.model.statement import Kind
from costguard.model.usage import MonthlyAttribution, MonthlyCost, Row
from tests.statement.rows import OCTOBER, cents, cost, show, stored, used

HOST = "infra_host"
OLD, NEW = "Acme:::team", "Acme:::team///env"


def month_of(committed: int, on_demand: int, source: str, *, updated: str = "2026-11-10T00") -> list[MonthlyCost]:
    """What one report says of hosts."""
    return [
        cost(f"{HOST}_committed_cost", committed, source=source, updated=updated),
        cost(f"{HOST}_on_demand_cost", on_demand, source=source, updated=updated),
        cost(f"{HOST}_total_cost", committed + on_demand, source=source, updated=updated),
        cost(f"{HOST}_percentage_in_org", 100, source=source, updated=updated),
        cost(f"{HOST}_percentage_in_account", 60, source=source, updated=updated),
    ]


def consumed(units: int, source: str, *, updated: str = "2026-11-10T00") -> MonthlyAttribution:
    """What one report says of the hosts used."""
    value = Decimal(units)
    return MonthlyAttribution(OCTOBER, "parent", "Parent", "us", f"{HOST}_usage", value, None, source, updated)


WHOLE = month_of(600, 200, OLD) + month_of(400, 100, NEW)

REPORTS: list[tuple[str, list[MonthlyCost], tuple[str, str, str]]] = [
    ("one report is the month", month_of(600, 200, OLD), ("600.00", "200.00", "800.00")),
    ("two reports are added up", WHOLE, ("1000.00", "300.00", "1300.00")),
    (
        "of one report the value that was updated last counts",
        [*WHOLE, *month_of(410, 100, NEW, updated="2026-11-12T00")],
        ("1010.00", "300.00", "1310.00"),
    ),
    (
        "also where the older one was updated later than the other report",
        [*WHOLE, *month_of(1, 1, NEW, updated="2026-11-09T00"), *month_of(500, 200, OLD, updated="2026-11-12T00")],
        ("900.00", "300.00", "1200.00"),
    ),
    (
        "a report that only has a total leaves it unsplit",
        [*month_of(600, 200, OLD), cost(f"{HOST}_total_cost", 50, source=NEW)],
        ("600.00", "200.00", "850.00"),
    ),
]


@pytest.mark.parametrize(("rows", "expected"), [each[1:] for each in REPORTS], ids=[each[0] for each in REPORTS])
def test_partial_reports_of_a_month_add_up(tmp_path: Path, rows: list[Row], expected: tuple[str, str, str]) -> None:
    with stored(tmp_path, *rows) as store:
        shown = show(store)
    assert (cents(shown.cost.committed), cents(shown.cost.on_demand), cents(shown.total)) == expected


@pytest.mark.parametrize(
    ("rows", "expected"), [each[1:] for each in REPORTS[:4]], ids=[each[0] for each in REPORTS[:4]]
)
def test_the_bill_that_savings_rest_on_adds_them_up_too(
    rows: list[MonthlyCost], expected: tuple[str, str, str]
) -> None:
    bill = measure([used(f"{HOST}_top99p", 100, 80, 20)], rows, [], month=OCTOBER, currency="USD")
    line = bill.lines[HOST]
    assert (cents(line.committed_cost), cents(line.on_demand_cost), cents(bill.measured_total)) == expected
    assert line.rate_committed == Decimal(expected[0]) / 80, "not the price of a part of the month"
    assert bill.residual == 0
    assert bill.total({}) == Total(now=Decimal(0), at_renewal=Decimal(0), unpriced=())


def test_a_breakdown_by_tags_of_such_a_month_leaves_nothing_over(tmp_path: Path) -> None:
    team, both = '{"team":["checkout"]}', '{"env":["prod"],"team":["checkout"]}'
    breakdown = [
        *(cost(each.field, each.value, tags=team, source=OLD) for each in month_of(600, 200, OLD)),
        *(cost(each.field, each.value, tags=both, source=NEW) for each in month_of(400, 100, NEW)),
    ]
    with stored(tmp_path, *WHOLE, breakdowns={"2026-10:env,team": breakdown}) as store:
        shown = show(store, by="tag:team")
    assert [(line.key, line.kind, cents(line.cost.total)) for line in shown.lines] == [
        ("checkout", Kind.VALUE, "1300.00")
    ]


def test_units_add_up_and_percentages_never(tmp_path: Path) -> None:
    rows = [*WHOLE, consumed(60, OLD), consumed(30, NEW), consumed(40, NEW, updated="2026-11-12T00")]
    with stored(tmp_path, *rows) as store:
        [charge] = show(store, charges=True).charges
        [used_hosts] = show(store, by="usage-type").used
    assert used_hosts.units == charge.quantity.units == Decimal(100)
    assert (charge.percentage_in_org, charge.percentage_in_account) == (None, None)
    assert charge.tag_config_source == NEW


def test_one_report_has_percentages(tmp_path: Path) -> None:
    with stored(tmp_path, *month_of(600, 200, OLD), *month_of(600, 200, OLD, updated="2026-11-12T00")) as store:
        [charge] = show(store, charges=True).charges
    assert (charge.percentage_in_org, charge.percentage_in_account) == (Decimal(100), Decimal(60))
