"""Days as a reader sees them: product by product, what stood out, and a first of the month that hides no other day."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from costguard.model.statement import Statement
from costguard.model.usage import Row
from costguard.statements import _stack as stack
from costguard.statements._days import OPENING, opens, peaks
from costguard.statements.html import render
from tests.statement.rows import SEPTEMBER, charge, cost, show, stored
from tests.statement.test_days import until
from tests.statement.test_terminal import printed


@pytest.fixture
def october(tmp_path: Path) -> Statement:
    """Hosts at 9,000 from the first day on; each day 10 of RUM and 20 of logs, but 305 of RUM on the 4th."""
    rows = []
    rum = logs = 0
    for day in range(1, 8):
        rum, logs = rum + (305 if day == 4 else 10), logs + 20
        rows += [until(day, 9000, kind="committed"), until(day, rum, product="rum", kind="on_demand")]
        rows += [until(day, logs, product="logs_ingested", kind="on_demand")]
    with stored(tmp_path, *rows) as store:
        return show(store, month="2026-10", by="day")


def test_what_stood_out_is_named_with_its_day(october: Statement) -> None:
    [peak] = peaks(october.lines)
    assert (peak.label, peak.day) == ("RUM sessions", date(2026, 10, 4))
    assert (peak.cost, peak.usual) == (Decimal(305), Decimal(10))
    text = printed(october, 80)
    assert (
        " ".join(text.partition("Stood out")[2].splitlines()[2].split())
        == "RUM sessions 4 October $305.00 $10.00 $295.00"
    )
    assert "What stood out" in render(october)


def test_each_day_product_by_product_what_moved_most_first(october: Statement) -> None:
    table = printed(october, 80).partition("Day × product")[2].splitlines()[1:9]
    assert [line.split() for line in (table[0], table[1], table[4])] == [
        ["Day", "RUM", "Hosts", "Logs"],
        ["1", "Oct", "$10.00", "$9,000", "$20.00"],
        ["4", "Oct", "$305", "$0.00", "$20.00"],
    ]


def test_products_without_room_are_summed_up(tmp_path: Path) -> None:
    products = ("rum", "logs_ingested", "infra_host", "timeseries", "dbm_host", "npm_host", "siem", "ci_pipeline")
    rows = [until(day, day * (number + 1), product=each) for day in (1, 2) for number, each in enumerate(products)]
    with stored(tmp_path, *rows) as store:
        text = printed(show(store, month="2026-10", by="day"), 60)
    header, _, second = text.partition("Day × product")[2].splitlines()[1:4]
    assert "more" in header
    amounts = [Decimal(each.strip("$")) for each in second.split()[2:]]
    assert sum(amounts) == sum(range(1, 9))


def test_the_first_of_a_month_does_not_flatten_the_other_days(october: Statement) -> None:
    first, second, *_ = (line.split() for line in printed(october, 80).partition("\nDay ")[2].splitlines()[1:])
    assert first[3] == "███████████▶"
    assert second[3] == "▒", "30 of 325"
    fourth = printed(october, 80).partition("4 October 2026")[2].split()[0]
    assert fourth == "▒" * 12
    assert " ".join(OPENING.split()) in " ".join(printed(october, 80).split())


def test_the_drawing_cuts_the_first_of_a_month_and_says_so(october: Statement) -> None:
    drawn = stack.days(october)
    assert drawn is not None
    assert [column.cut for column in drawn.columns] == [True] + [False] * 6
    top = drawn.lines[-1][1]
    assert top == 400
    heights = [sum(float(piece.height) for piece in column.pieces) for column in drawn.columns]
    assert heights == pytest.approx([240, 18, 18, 195, 18, 18, 18], abs=0.05)
    page = render(october)
    assert OPENING in page
    assert page.count("longer than it is drawn") == 1
    assert "4 October 2026, RUM: $305</title>" in page


def test_where_nothing_is_higher_than_the_other_days_nothing_is_cut(tmp_path: Path) -> None:
    rows = [until(day, 10 * day, product="rum") for day in range(1, 5)]
    with stored(tmp_path, *rows) as store:
        drawn = stack.days(shown := show(store, month="2026-10", by="day"))
    assert drawn is not None
    assert not any(column.cut for column in drawn.columns)
    assert "▶" not in printed(shown, 80)


def test_days_that_are_one_line_and_what_is_left_are_no_days_to_compare(tmp_path: Path) -> None:
    rows = [until(2, 20), until(5, 50), charge("infra_host", "total", 60)]
    with stored(tmp_path, *rows) as store:
        shown = show(store, by="day")
    assert [opens(line) for line in shown.lines] == [True, False, False]
    assert peaks(shown.lines) == []
    assert "5 Oct (+2)" in printed(shown, 80)


def test_a_month_without_days_has_no_table_of_them(tmp_path: Path) -> None:
    with stored(tmp_path, cost("infra_host_total_cost", 70)) as store:
        shown = show(store, by="day")
    assert "Day × product" not in printed(shown, 80)
    assert stack.days(shown) is None


def test_a_product_has_one_colour_on_a_page(tmp_path: Path) -> None:
    """Over the months logs are dearest, in October's days RUM is."""
    rows: list[Row] = [until(day, 10 * day, product="rum") for day in range(1, 5)]
    rows += [until(day, day, product="logs_ingested") for day in range(1, 5)]
    rows += [cost("logs_ingested_total_cost", 900, month=SEPTEMBER), cost("rum_total_cost", 1, month=SEPTEMBER)]
    with stored(tmp_path, *rows) as store:
        shown = show(store, month="2026-10", by="day")
    months, days = stack.months(shown), stack.days(shown)
    assert months is not None
    assert days is not None
    assert months.legend == days.legend == (("logs", 0), ("rum", 1))
    for drawn in (months, days):
        assert {(piece.product, piece.color) for column in drawn.columns for piece in column.pieces} == {*drawn.legend}


@pytest.mark.parametrize(("dearest", "named"), [("68.01", False), ("68.50", False), ("68.99", False), ("69.01", True)])
def test_a_day_that_is_hardly_beyond_the_usual_does_not_stand_out(tmp_path: Path, dearest: str, named: bool) -> None:
    rows, total = [], Decimal(0)
    for day in range(1, 8):
        total += Decimal(dearest if day == 4 else "68")
        rows.append(charge("rum", "on_demand", str(total), source="estimated", day=date(2026, 10, day)))
    with stored(tmp_path, *rows) as store:
        assert bool(peaks(show(store, month="2026-10", by="day").lines)) is named
