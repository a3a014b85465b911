"""Days: running totals differenced, gaps, corrections, the beginning of a month, and what is left to the final cost."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from costguard.model.usage import CostCharge, HourlyUsage, Row
from tests.statement.rows import cents, charge, cost, means, show, stored, used

HOST = "infra_host"


def until(day: int, amount: str | int | None, *, month: int = 10, product: str = HOST, **about: Any) -> CostCharge:
    """A running total up to the end of a day."""
    return charge(product, about.pop("kind", "total"), amount, source="estimated", day=date(2026, month, day), **about)


# The running totals of October, and the days: key, cost, corrected, days covered.
DAYS: list[tuple[str, list[Row], list[tuple[str, str, str, int]]]] = [
    (
        "each day costs what the total has grown by",
        [until(1, 10), until(2, 25), until(3, "25.50")],
        [("2026-10-01", "10.00", "0.00", 1), ("2026-10-02", "15.00", "0.00", 1), ("2026-10-03", "0.50", "0.00", 1)],
    ),
    (
        "a total that falls is a correction of earlier days",
        [until(1, 10), until(2, 25), until(3, 22)],
        [("2026-10-01", "10.00", "0.00", 1), ("2026-10-02", "15.00", "0.00", 1), ("2026-10-03", "-3.00", "-3.00", 1)],
    ),
    (
        "a correction is told apart from what else the day cost",
        [until(1, 10), until(2, 6), until(1, 10, product="rum"), until(2, 30, product="rum")],
        [("2026-10-01", "20.00", "0.00", 1), ("2026-10-02", "16.00", "-4.00", 1)],
    ),
    (
        "days without a figure are in the next one",
        [until(2, 20), until(5, 50)],
        [("2026-10-02", "20.00", "0.00", 2), ("2026-10-05", "30.00", "0.00", 3)],
    ),
    (
        "a day without an amount stands where it stood",
        [until(1, 10), until(2, None), until(3, 30)],
        [("2026-10-01", "10.00", "0.00", 1), ("2026-10-02", "0.00", "0.00", 1), ("2026-10-03", "20.00", "0.00", 1)],
    ),
    (
        "a product that is not named yet has cost nothing",
        [until(1, 10), until(2, 20), until(2, 6, product="rum"), until(3, 30), until(3, 9, product="rum")],
        [("2026-10-01", "10.00", "0.00", 1), ("2026-10-02", "16.00", "0.00", 1), ("2026-10-03", "13.00", "0.00", 1)],
    ),
    (
        "a product that is not named any more has been taken back",
        [until(1, 10), until(1, 4, product="rum"), until(2, 20)],
        [("2026-10-01", "14.00", "0.00", 1), ("2026-10-02", "6.00", "-4.00", 1)],
    ),
    (
        "organisations add up, and one that a day does not name stands where it stood",
        [until(1, 10), until(2, 20), until(1, 5, org="child"), until(3, 30), until(3, 9, org="child")],
        [("2026-10-01", "15.00", "0.00", 1), ("2026-10-02", "10.00", "0.00", 1), ("2026-10-03", "14.00", "0.00", 1)],
    ),
    (
        "the account's own totals are not added to its organisations'",
        [until(1, 15, view="summary"), until(1, 10), until(1, 5, org="child")],
        [("2026-10-01", "15.00", "0.00", 1)],
    ),
    (
        "where there is nothing else, the account's own totals tell",
        [until(1, 15, view="summary"), until(2, 40, view="summary")],
        [("2026-10-01", "15.00", "0.00", 1), ("2026-10-02", "25.00", "0.00", 1)],
    ),
]


@pytest.mark.parametrize(("rows", "expected"), [case[1:] for case in DAYS], ids=[case[0] for case in DAYS])
def test_days_are_the_differences_of_running_totals(tmp_path: Path, rows: list[Row], expected: list[Any]) -> None:
    with stored(tmp_path, *rows) as store:
        shown = show(store, month="2026-10", by="day")
    found = [(line.key, cents(line.cost.total), f"{line.restated:.2f}", line.days) for line in shown.lines]
    assert found == expected


def test_the_parts_of_a_day_are_differenced_too(tmp_path: Path) -> None:
    rows = [
        until(1, 60, kind="committed"), until(1, 2, kind="on_demand"),
        until(2, 60, kind="committed"), until(2, 5, kind="on_demand"),
    ]  # fmt: skip
    with stored(tmp_path, *rows) as store:
        first, second = show(store, month="2026-10", by="day").lines
    assert (first.cost.committed, first.cost.on_demand) == (Decimal(60), Decimal(2))
    assert (second.cost.committed, second.cost.on_demand) == (Decimal(0), Decimal(3))


def test_each_month_begins_anew(tmp_path: Path) -> None:
    rows = [until(30, 300, month=9), until(1, 10), until(2, 20)]
    with stored(tmp_path, *rows) as store:
        shown = show(store, first="2026-09", last="2026-10", by="day")
    assert [(line.key, cents(line.cost.total), line.days) for line in shown.lines] == [
        ("2026-09-30", "300.00", 30),
        ("2026-10-01", "10.00", 1),
        ("2026-10-02", "10.00", 1),
    ]


def test_what_the_final_cost_is_more_is_a_line_of_its_own(tmp_path: Path) -> None:
    rows = [until(30, 290), until(31, 300), charge(HOST, "total", "303.50")]
    with stored(tmp_path, *rows) as store:
        shown = show(store, by="day")
    assert [(line.label, cents(line.cost.total)) for line in shown.lines] == [
        ("30 October 2026", "290.00"),
        ("31 October 2026", "10.00"),
        ("Final cost less the estimates", "3.50"),
    ]
    assert cents(shown.total) == "303.50"


def test_a_month_without_estimates_is_not_broken_down(tmp_path: Path) -> None:
    with stored(tmp_path, cost(f"{HOST}_total_cost", 70)) as store:
        shown = show(store, by="day")
    assert [(line.label, cents(line.cost.total)) for line in shown.lines] == [("Not broken down by day", "70.00")]


def test_a_day_has_what_was_measured_on_it(tmp_path: Path) -> None:
    def hour(at: int, family: str, usage_type: str, value: int | None, org: str = "parent") -> HourlyUsage:
        moment = datetime(2026, 10, 1, at, tzinfo=UTC)
        return HourlyUsage(moment, org, org.title(), "us", family, usage_type, value)

    hours = [
        hour(0, "infra_hosts", "host_count", 100), hour(0, "infra_hosts", "host_count", 20, "child"),
        hour(1, "infra_hosts", "host_count", 90), hour(1, "infra_hosts", "host_count", None, "child"),
        hour(0, "timeseries", "num_custom_timeseries", 1000), hour(1, "timeseries", "num_custom_timeseries", 3000),
        hour(0, "rum", "sessions", 7), hour(1, "rum", "sessions", 8),
        hour(0, "mystery", "things", 1),
    ]  # fmt: skip
    rows = [
        until(1, 10), until(1, 5, product="timeseries"), until(1, 2, product="rum"), *hours,
        used("infra_host_top99p", 120), used("timeseries_average", 2000), used("rum_sum", 15),
        means("rum", "sessions", endpoint="/api/v2/usage/hourly_usage"),
    ]  # fmt: skip
    with stored(tmp_path, *rows) as store:
        [line] = show(store, month="2026-10", by="day").lines
        [alone] = show(store, month="2026-10", by="day", org="parent").lines
    assert {part.dimension: part.quantity.units for part in line.parts} == {
        HOST: Decimal(120),  # the highest hour of both organisations together
        "timeseries": Decimal(2000),  # the average of the hours
        "rum": Decimal(15),  # the sum of the hours
    }
    assert {part.dimension: part.quantity.units for part in alone.parts}[HOST] == Decimal(100)
