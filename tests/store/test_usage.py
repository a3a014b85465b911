"""Rows of usage and cost: tables match the model, values come back as they were, a period read again is replaced."""

from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from costguard.model.findings import Cause, Gap
from costguard.model.series import Gathered
from costguard.model.usage import ROWS as TABLES
from costguard.model.usage import (
    ActiveDimension,
    BillableUsage,
    CostTotal,
    HourlyUsage,
    MonthlyAttribution,
    MonthlyCost,
    Period,
    Row,
    columns,
)
from costguard.store import Store, StoreError
from costguard.store.columns import lies_in
from tests.store.samples import MONTH, NOW, ROWS

COLUMN_TYPES = {
    str: "VARCHAR",
    int: "BIGINT",
    Decimal: "DECIMAL(38,18)",
    date: "DATE",
    datetime: "TIMESTAMP",
    bool: "BOOLEAN",
}


@pytest.fixture
def store(tmp_path: Path) -> Iterable[Store]:
    with Store.open(tmp_path / "c.duckdb") as store:
        yield store


def read(
    store: Store,
    *periods: tuple[str, str, bool],
    org: str = "acme",
    complete: bool | None = True,
) -> None:
    """A run that reads periods of active dimensions: each its key, one letter a dimension, and whether it is final."""
    with store.begin(NOW, "1") as run:
        for key, dimensions, final in periods:
            run.add(org, Period(ActiveDimension, key, final))
            for dimension in dimensions:
                run.add(org, ActiveDimension(MONTH, dimension))
        if complete is not None:
            run.done(org, ActiveDimension, complete)


def write(store: Store, *rows: Row) -> None:
    """A run that reads rows of one table, all of one month."""
    table = type(rows[0])
    with store.begin(NOW, "1") as run:
        run.add("acme", Period(table, "2026-10", True))
        for row in rows:
            run.add("acme", row)
        run.done("acme", table, True)


def cost(value: Decimal, field: str = "") -> MonthlyCost:
    return MonthlyCost(MONTH, "", "", field, value, None, None, None)


def held(store: Store, periods: list[str] | None = None, orgs: list[str] | None = None) -> str:
    return "".join(row.dimension for row in store.rows(ActiveDimension, periods=periods, orgs=orgs))


def final(store: Store, org: str = "acme") -> set[str]:
    return set(store.previous(org, "1").final_periods(ActiveDimension))


def test_every_row_type_has_its_table(store: Store) -> None:
    for table in TABLES:
        described = store._connection.execute(f"DESCRIBE {lies_in(table)}").fetchall()
        found = [(name, type_, null == "YES") for name, type_, null, *_ in described]
        hints = get_type_hints(table)
        expected = [("org", "VARCHAR", False), ("period", "VARCHAR", False), ("run", "INTEGER", False)]
        for field in fields(table):
            optional = type(None) in get_args(hints[field.name])
            [type_] = set(get_args(hints[field.name]) or [hints[field.name]]) - {type(None)}
            if field.name in table.varying:
                expected.append((field.name, f"{COLUMN_TYPES[type_]}[]", False))
            else:
                expected.append((field.name, COLUMN_TYPES[type_], optional))
        assert found == expected


@pytest.mark.parametrize("table", [table for table in TABLES if table.varying], ids=lambda table: table.table)
def test_series_come_back_row_by_row(store: Store, table: type[Row]) -> None:
    [(first, second)] = [rows for rows in ROWS if type(rows[0]) is table]
    alike = replace(second, **{name: getattr(first, name) for name in columns(table) if name not in table.varying})
    gathered = Gathered(table)
    for row in (first, alike, second):
        lists = gathered.alike(*(getattr(row, name) for name in columns(table) if name not in table.varying))
        for values, name in zip(lists, table.varying, strict=True):
            values.append(getattr(row, name))
    series = list(gathered.series())
    assert ([len(each) for each in series], list(gathered.series())) == ([2, 1], [])
    assert [row for each in series for row in each.rows()] == [first, alike, second]
    with store.begin(NOW, "1") as run:
        run.add("acme", Period(table, "2026-10", True))
        run.extend("acme", series)
        run.done("acme", table, True)
    assert set(store.rows(table)) == {first, alike, second}


@pytest.mark.parametrize("rows", ROWS, ids=lambda rows: type(rows[0]).table)
def test_rows_come_back_as_they_were(store: Store, rows: tuple[Row, Row]) -> None:
    table = type(rows[0])
    write(store, *rows)
    assert set(store.rows(table)) == set(rows)
    assert store.seen() == {"acme": frozenset({table.table})}


def test_each_table_has_a_sample() -> None:
    assert {type(row) for rows in ROWS for row in rows} == set(TABLES)


@pytest.mark.parametrize("text", ["0", "1", "1000", "1E+3", "0.5", "12.50", "-0.000001", "0.1234567890123456", "1E-18"])
def test_decimals_come_back_equal_and_without_trailing_zeros(store: Store, text: str) -> None:
    value = Decimal(text)
    write(store, cost(value))
    [row] = store.rows(MonthlyCost)
    assert row.value == value
    assert f"{row.value:f}" == text.replace("1E+3", "1000").replace("12.50", "12.5").replace("1E-18", f"{value:f}")


def test_costs_add_up_exactly(store: Store) -> None:
    write(store, *(cost(Decimal("0.1"), str(number)) for number in range(20_000)))
    assert sum(row.value or 0 for row in store.rows(MonthlyCost)) == 2000
    assert store._connection.execute("SELECT sum(value) FROM monthly_cost").fetchall() == [(Decimal(2000),)]


def test_a_number_that_no_bill_has_is_refused_in_a_line(store: Store) -> None:
    for value in (Decimal("1E+30"), Decimal("NaN"), Decimal("Infinity")):
        with pytest.raises(StoreError, match=r"c\.duckdb: Conversion Error") as caught:
            write(store, cost(value))
        assert str(caught.value).isprintable()
    assert store.runs() == ()


def test_half_a_surrogate_pair_does_not_stop_a_run(store: Store) -> None:
    good = HourlyUsage(NOW, "abc", "𝕏", "us", "f", "t", 1)
    write(store, good, replace(good, org_name="\ud83d", value=2), replace(good, value=3))
    assert [(row.org_name, row.value) for row in store.rows(HourlyUsage)] == [("\\ud83d", 2), ("𝕏", 1), ("𝕏", 3)]


def test_a_period_that_is_read_again_is_replaced_and_the_others_stay(store: Store) -> None:
    read(store, ("2026-09", "ab", True), ("2026-10", "cd", False))
    assert (held(store), final(store)) == ("abcd", {"2026-09"})
    read(store, ("2026-10", "c", True), ("2026-11", "", False))
    assert (held(store), final(store)) == ("abc", {"2026-09", "2026-10"})
    periods = store._connection.execute("SELECT key, final, read_at, run FROM period ORDER BY key").fetchall()
    at = NOW.replace(tzinfo=None)
    assert periods == [("2026-09", True, at, 1), ("2026-10", True, at, 2), ("2026-11", False, at, 2)]


def test_a_period_read_twice_in_a_run_is_as_it_was_read_last(store: Store) -> None:
    for _ in range(2):
        read(store, ("2026-10", "ab", False), ("2026-11", "x", False), ("2026-10", "c", True))
        assert (held(store), final(store)) == ("cx", {"2026-10"})


@pytest.mark.parametrize("complete", [False, None], ids=["incomplete", "never done"])
def test_a_period_that_may_be_cut_short_never_replaces_one_and_is_never_final(
    store: Store, complete: bool | None
) -> None:
    read(store, ("2026-09", "ab", False), ("2026-10", "cd", False), complete=complete)
    assert (held(store, orgs=["acme"]), final(store)) == ("abcd", set())
    read(store, ("2026-09", "x", True), ("2026-10", "y", True), complete=complete)
    assert (held(store, orgs=["acme"]), final(store)) == ("xcd", {"2026-09"})
    assert store.seen() == ({} if complete is None else {"acme": frozenset()})


def test_a_period_that_lacks_something_is_not_final(store: Store) -> None:
    """A gap of the table's own name says so of the period that is open, and of no other."""
    gap = Gap(org="acme", what=ActiveDimension.table, cause=Cause.MALFORMED, hint="x")
    with store.begin(NOW, "1") as run:
        for key, said in (("2026-09", ()), ("2026-10", (gap,)), ("2026-11", (gap.model_copy(update={"what": "y"}),))):
            run.extend("acme", (Period(ActiveDimension, key, True), ActiveDimension(MONTH, "a"), *said))
        run.done("acme", ActiveDimension, complete=False)
    assert final(store) == {"2026-09"}
    assert {each.what for each in store.gaps()} == {ActiveDimension.table, "y"}


def test_two_readers_of_one_table_do_not_mix_their_periods(store: Store) -> None:
    """Each has its own open period, in whatever order their items come."""
    with store.begin(NOW, "1") as run:
        for reader, key in ((MonthlyCost, "2026-10:a"), (MonthlyAttribution, "2026-10:b")):
            run.add("acme", Period(ActiveDimension, key, True), reader=reader)
        for reader, dimension in ((MonthlyCost, "x"), (MonthlyAttribution, "y"), (MonthlyCost, "z")):
            run.add("acme", ActiveDimension(MONTH, dimension), reader=reader)
        run.done("acme", ActiveDimension, True, reader=MonthlyCost)
        run.done("acme", ActiveDimension, False, reader=MonthlyAttribution)
    rows = store._connection.execute(
        "SELECT period, string_agg(dimension, '' ORDER BY dimension) FROM active_dimension GROUP BY 1"
    )
    assert sorted(rows.fetchall()) == [("2026-10:a", "xz"), ("2026-10:b", "y")]
    assert final(store) == {"2026-10:a"}
    assert store.seen() == {"acme": frozenset()}


def test_what_a_month_cost_in_the_end(store: Store) -> None:
    """The account's historical cost, of months that are final; of each organisation of the settings its own."""
    with store.begin(NOW, "1") as run:
        for org, source, view, key, last, total in (
            ("acme", "historical", "summary", "2026-09", True, Decimal("12.5")),
            ("acme", "historical", "summary", "2026-10", False, Decimal(7)),
            ("acme", "historical", "sub-org", "2026-09", True, Decimal(9)),
            ("acme", "estimated", "summary", "2026-08", True, Decimal(3)),
            ("other", "historical", "summary", "2026-09", True, Decimal(1)),
        ):
            run.add(org, Period(CostTotal, f"{key}:{source}:{view}", last))
            run.add(org, CostTotal(source, view, MONTH, "", "", "", "", "", total, NOW))
            run.done(org, CostTotal, True)
    assert store.previous("acme", "1").invoiced() == {"2026-09": Decimal("12.5")}


def test_organisations_and_tables_do_not_touch_each_other(store: Store) -> None:
    with store.begin(NOW, "1") as run:
        for org, dimension in [("a", "x"), ("b", "y")]:
            run.add(org, Period(ActiveDimension, "2026-10", True))
            run.add(org, Period(BillableUsage, "2026-10", False))
            run.add(org, ActiveDimension(MONTH, dimension))
        for org in ("a", "b"):
            run.add(org, ActiveDimension(MONTH, "z"))
            run.done(org, ActiveDimension, True)
            run.done(org, BillableUsage, True)
    assert held(store) == "xzyz"
    read(store, ("2026-10", "v", False), org="b")
    assert held(store, orgs=["a", "b"]) == "xzv"
    assert (final(store, "a"), final(store, "b")) == ({"2026-10"}, set())


def test_rows_are_those_of_the_last_runs_organisations_unless_asked_for(store: Store) -> None:
    read(store, ("2026-10", "a", True), org="old name")
    read(store, ("2026-10", "b", True), org="new name")
    assert held(store) == "b"
    assert held(store, orgs=["old name"]) == "a"
    assert held(store, orgs=[]) == ""


def test_periods_are_chosen_by_key_or_month(store: Store) -> None:
    read(
        store, *((key, letter, True) for key, letter in [("2026-09-30", "a"), ("2026-10-01", "b"), ("2026-10-31", "c")])
    )
    for periods, expected in [(["2026-10"], "bc"), (["2026-10-01", "2026-09"], "ab"), (["2026"], ""), ([], "")]:
        assert held(store, periods=periods) == expected


def test_rows_stream_while_others_are_read(store: Store) -> None:
    read(store, ("2026-10", "b" * 5000, True))
    first, second = store.rows(ActiveDimension), store.rows(ActiveDimension)
    assert next(first) == next(second)
    assert store.runs()
    assert sum(1 for _ in first) == 4999


def test_a_row_without_a_period_is_a_mistake(store: Store) -> None:
    with pytest.raises(ValueError, match="active_dimension was added before its period"), store.begin(NOW, "1") as run:
        run.add("acme", ActiveDimension(MONTH, "a"))
