"""Breakdowns: what each line means, and that all breakdowns of a month add up to the same total, to the cent."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costguard.model.statement import Cost, Kind, Quantity, Statement
from costguard.model.usage import MonthlyCost, Row
from costguard.statement import StatementError
from costguard.store import RunOrg, Store
from tests.statement.rows import OCTOBER, SEPTEMBER, cents, charge, cost, means, show, stored, used

HOST, LOGS = "infra_host", "logs_ingested"

BREAKDOWNS = ("product", "org", "usage-type", "tag:team", "tag:env", "tag:team,env", "day")


def lines(statement: Statement) -> list[tuple[str, str, str | None]]:
    return [(line.label, line.kind.value, cents(line.cost.total)) for line in statement.lines]


def tagged(tags: str | None, amount: str | int | None, **about: Any) -> MonthlyCost:
    """A value of a month that is broken down by tags."""
    return cost(about.pop("field", f"{HOST}_committed_cost"), amount, tags=tags, **about)


# The rows of a breakdown by team, and the lines beside the total of 100 dollars.
TAGS: list[tuple[str, list[MonthlyCost], list[tuple[str, str, str | None]]]] = [
    (
        "each value, and what carries none",
        [tagged('{"team":["web"]}', 70), tagged('{"team":["ops"]}', 20), tagged('{"team":[]}', 10)],
        [("web", "value", "70.00"), ("ops", "value", "20.00"), ("no team tag", "untagged", "10.00")],
    ),
    (
        "a tag without a value is not an untagged one",
        [tagged('{"team":["<empty>"]}', 70), tagged('{"team":[]}', 30)],
        [("team without a value", "empty", "70.00"), ("no team tag", "untagged", "30.00")],
    ),
    (
        "several values of one tag, in whatever order",
        [tagged('{"team":["web","ops"]}', 70), tagged('{"team":["ops","web"]}', 20), tagged('{"team":["ops"]}', 10)],
        [("ops | web", "value", "90.00"), ("ops", "value", "10.00")],
    ),
    (
        "an empty value beside another is a value",
        [tagged('{"team":["<empty>","web"]}', 100)],
        [("<empty> | web", "value", "100.00")],
    ),
    (
        "a null instead of a list carries nothing",
        [tagged('{"team":null}', 100)],
        [("no team tag", "untagged", "100.00")],
    ),
    (
        "tags of null are the total again",
        [tagged(None, 100)],
        [("Not broken down by tag", "rest", "100.00")],
    ),
    (
        "so where they are null of one organisation, that one is left",
        [tagged('{"team":["web"]}', 60), tagged(None, 40, org="child")],
        [("web", "value", "60.00"), ("Not broken down by tag", "rest", "40.00")],
    ),
    (
        "what does not add up is named",
        [tagged('{"team":["web"]}', "99.50")],
        [("web", "value", "99.50"), ("Not broken down by tag", "rest", "0.50")],
    ),
    (
        "also where it is too much",
        [tagged('{"team":["web"]}', "100.25")],
        [("web", "value", "100.25"), ("Not broken down by tag", "rest", "-0.25")],
    ),
    (
        "partial months of two choices of tags add up",
        [
            MonthlyCost(
                OCTOBER, "parent", "Parent", f"{HOST}_committed_cost", Decimal(amount), '{"team":["web"]}', source, None
            )
            for amount, source in ((35, "Acme:::team"), (65, "Acme:::team///env"))
        ],
        [("web", "value", "100.00")],
    ),
    (
        "a percentage is never added to anything",
        [tagged('{"team":["web"]}', 100), tagged('{"team":["web"]}', 100, field=f"{HOST}_percentage_in_org")],
        [("web", "value", "100.00")],
    ),
    (
        "a null is not nothing",
        [tagged('{"team":["web"]}', 100), tagged('{"team":["ops"]}', None)],
        [("web", "value", "100.00"), ("ops", "value", None)],
    ),
    (
        "a hostile value is a value",
        [tagged('{"team":["\'; DROP TABLE ledger; --"]}', 100)],
        [("'; DROP TABLE ledger; --", "value", "100.00")],
    ),
]


@pytest.mark.parametrize(("rows", "expected"), [case[1:] for case in TAGS], ids=[case[0] for case in TAGS])
def test_what_tags_mean(tmp_path: Path, rows: list[MonthlyCost], expected: list[Any]) -> None:
    whole = [cost(f"{HOST}_committed_cost", 60), cost(f"{HOST}_committed_cost", 40, org="child")]
    with stored(tmp_path, *whole, breakdowns={"2026-10:team": rows}) as store:
        shown = show(store, by="tag:team")
    assert lines(shown) == expected
    assert cents(shown.total) == "100.00"


@pytest.mark.parametrize("key", ["kubernetes.io/cluster", "a~b", 'say "hi"', "$team", "/team", "Ünï 𝕏"])
def test_tag_keys_may_be_anything(tmp_path: Path, key: str) -> None:
    rows = [tagged(json.dumps({key: ["web"]}), 60), tagged(json.dumps({key: []}), 40)]
    with stored(tmp_path, cost(f"{HOST}_committed_cost", 100), breakdowns={f"2026-10:{key}": rows}) as store:
        shown = show(store, by=f"tag:{key}")
    assert [line.cost.total for line in shown.lines] == [Decimal(60), Decimal(40)]
    [untagged] = shown.untagged
    assert (untagged.key, untagged.share) == (key, Decimal("0.4"))


def test_several_tags_together(tmp_path: Path) -> None:
    rows = [
        tagged('{"env":["prod"],"team":["web"]}', 50),
        tagged('{"env":[],"team":["web"]}', 30),
        tagged('{"env":["<empty>"],"team":[]}', 15),
        tagged('{"env":[],"team":[]}', 5),
    ]
    with stored(tmp_path, cost(f"{HOST}_committed_cost", 100), breakdowns={"2026-10:team,env": rows}) as store:
        both, team = show(store, by="tag:team,env"), show(store, by="tag:team")
    assert lines(both) == [
        ("web · prod", "value", "50.00"),
        ("web · no env", "value", "30.00"),
        ("no team · env without a value", "value", "15.00"),
        ("no team, env tag", "untagged", "5.00"),
    ]
    assert lines(team) == [("web", "value", "80.00"), ("no team tag", "untagged", "20.00")]


def test_of_several_breakdowns_the_last_reading_counts_and_none_twice(tmp_path: Path) -> None:
    whole = cost(f"{HOST}_committed_cost", 100)
    breakdowns = {
        "2026-10:team": [tagged('{"team":["web"]}', 100)],
        "2026-10:team,env": [tagged('{"env":["prod"],"team":["web"]}', 100)],
    }
    with stored(tmp_path, whole, breakdowns=breakdowns) as store:
        assert lines(show(store, by="tag:team")) == [("web", "value", "100.00")]
        assert lines(show(store, by="tag:env")) == [("prod", "value", "100.00")]
        assert cents(show(store).total) == "100.00"


def test_how_much_the_tags_explain(tmp_path: Path) -> None:
    rows = [
        tagged('{"env":["prod"],"team":["web"]}', 50),
        tagged('{"env":[],"team":["<empty>"]}', 30),
        tagged(None, 20, org="child"),
    ]
    whole = [cost(f"{HOST}_committed_cost", 80), cost(f"{HOST}_committed_cost", 20, org="child")]
    with stored(tmp_path, *whole, breakdowns={"2026-10:team,env": rows}) as store:
        found = {each.key: each for each in show(store).untagged}
    amounts = {key: (each.tagged, each.untagged, each.empty, each.rest) for key, each in found.items()}
    assert amounts["env"] == tuple(map(Decimal, (50, 30, 0, 20)))
    assert amounts["team"] == tuple(map(Decimal, (50, 0, 30, 20)))
    assert found["team"].share == found["env"].share == Decimal("0.375"), "of what is broken down, not of everything"


def test_total_and_parts_of_a_tag_are_not_added(tmp_path: Path) -> None:
    parts = [("committed", 60), ("on_demand", 10), ("total", 70)]
    rows = [tagged('{"team":["web"]}', amount, field=f"{HOST}_{part}_cost") for part, amount in parts]
    whole = [cost(f"{HOST}_{part}_cost", amount) for part, amount in parts]
    with stored(tmp_path, *whole, breakdowns={"2026-10:team": rows}) as store:
        [line] = show(store, by="tag:team").lines
    assert line.cost == Cost(Decimal(60), Decimal(10), None)


def test_by_usage_type(tmp_path: Path) -> None:
    rows = [
        cost(f"{HOST}_committed_cost", 60),
        cost(f"{HOST}_on_demand_cost", 12),
        cost(f"{LOGS}_on_demand_cost", 8),
        cost("rum_total_cost", 3),
    ]
    with stored(tmp_path, *rows) as store:
        shown = show(store, by="usage-type")
    assert lines(shown) == [
        ("Committed", "value", "60.00"),
        ("On-demand", "value", "20.00"),
        ("Not split", "rest", "3.00"),
    ]
    assert [part.dimension for part in shown.lines[1].parts] == [HOST, LOGS]


def test_an_organisation_is_called_by_its_last_name(tmp_path: Path) -> None:
    before = MonthlyCost(SEPTEMBER, "parent", "Old Name", f"{HOST}_total_cost", Decimal(50), None, None, None)
    with stored(tmp_path, before, cost(f"{HOST}_total_cost", 60)) as store:
        [line] = show(store, by="org").lines
    assert (line.key, line.label, line.cost.total, line.before) == ("parent", "Parent", Decimal(60), Decimal(50))


def test_a_line_has_what_it_cost_and_used_before(tmp_path: Path) -> None:
    rows = [
        cost(f"{HOST}_total_cost", 50, month=SEPTEMBER),
        cost(f"{LOGS}_total_cost", 7, month=SEPTEMBER),
        cost(f"{HOST}_total_cost", 60),
        used("infra_host_top99p", 120, 100, 20, of_org=120),
        means(HOST, "infra_host_top99p", label="Infra Hosts"),
    ]
    with stored(tmp_path, *rows) as store:
        shown = show(store)
    assert [(line.key, cents(line.cost.total), cents(line.before)) for line in shown.lines] == [
        ("hosts", "60.00", "50.00"),
        ("logs", "0.00", "7.00"),
    ]
    [part] = shown.lines[0].parts
    assert (part.label, part.unit) == ("Infra Hosts", "hosts")
    assert part.quantity == Quantity(Decimal(120), Decimal(100), Decimal(20))
    assert cents(shown.before) == "57.00"


def test_several_months_are_set_against_as_many_before(tmp_path: Path) -> None:
    months = [date(2026, month, 1) for month in (5, 6, 7, 8, 9, 10)]
    rows = [cost(f"{HOST}_total_cost", 10 * number, month=month) for number, month in enumerate(months, 1)]
    with stored(tmp_path, *rows) as store:
        shown = show(store, first="2026-09", last="2026-10")
        long = show(store, first="2026-07", last="2026-10")
    assert (cents(shown.total), cents(shown.before), shown.before_first) == ("110.00", "70.00", date(2026, 7, 1))
    assert (cents(long.total), long.before) == ("180.00", None), "March and April are not in the store"
    assert [each.month for each in shown.trend] == months


def test_months_that_are_missing_are_named(tmp_path: Path) -> None:
    rows = [cost(f"{HOST}_total_cost", 10, month=date(2026, month, 1)) for month in (6, 7, 10)]
    with stored(tmp_path, *rows) as store:
        shown = show(store, first="2026-06", last="2026-10")
    assert (cents(shown.total), shown.before) == ("30.00", None)
    assert "the store has no cost of August 2026 to September 2026" in shown.notes
    assert [cents(each.cost.total) for each in shown.trend] == ["10.00", "10.00", None, None, "10.00"]


amounts = st.decimals(min_value=-50, max_value=5000, places=6, allow_nan=False)
values = st.sampled_from(['["web"]', '["ops","web"]', "[]", '["<empty>"]'])


@st.composite
def accounts(draw: st.DrawFn) -> tuple[list[Row], list[MonthlyCost]]:
    """Rows of a month, and of its breakdown by two tags; they need not add up."""
    names = st.sampled_from([HOST, LOGS, "rum", "new_thing"])
    orgs, kinds = st.sampled_from(["parent", "child"]), st.sampled_from(["committed", "on_demand", "total"])
    days, views = st.integers(1, 31), st.sampled_from(["summary", "sub-org"])

    def several(row: st.SearchStrategy[Any], most: int) -> list[Any]:
        return draw(st.lists(row, max_size=most))

    attributed = several(
        st.builds(lambda *of: cost(f"{of[0]}_{of[1]}_cost", of[2], org=of[3]), names, kinds, amounts, orgs), 9
    )
    estimated = several(
        st.builds(
            lambda name, amount, day, org: charge(
                name, "total", str(amount), source="estimated", day=date(2026, 10, day), org=org
            ),
            names, amounts, days, orgs,
        ),
        8,
    )  # fmt: skip
    historical = several(
        st.builds(lambda name, amount, view: charge(name, "on_demand", str(amount), view=view), names, amounts, views),
        4,
    )
    tags = st.one_of(st.none(), st.builds('{{"env":{},"team":{}}}'.format, values, values))
    parts = several(
        st.builds(
            lambda tags, amount, org, name, kind: tagged(tags, str(amount), org=org, field=f"{name}_{kind}_cost"),
            tags, amounts, orgs, names, kinds,
        ),
        8,
    )  # fmt: skip
    return [*attributed, *estimated, *historical], parts


@settings(max_examples=12, deadline=None)
@given(account=accounts())
def test_every_breakdown_adds_up_to_the_same_total_to_the_cent(account: tuple[list[Row], list[MonthlyCost]]) -> None:
    rows, parts = account
    base = cost("base_total_cost", 10)
    with (
        TemporaryDirectory() as folder,
        stored(Path(folder), base, *rows, breakdowns={"2026-10:team,env": parts}) as store,
    ):
        shown = {by: show(store, month="2026-10", by=by) for by in BREAKDOWNS}
    totals = {cents(each.total) for each in shown.values()}
    assert len(totals) == 1
    for by, statement in shown.items():
        assert {cents(sum((line.cost.total or Decimal(0) for line in statement.lines), Decimal(0)))} == totals, by
        parts_too = (part.cost.total or Decimal(0) for line in statement.lines for part in line.parts)
        assert {cents(sum(parts_too, Decimal(0)))} == totals, by


def test_charges_are_the_same_money_as_the_lines(tmp_path: Path) -> None:
    rows = [
        cost(f"{HOST}_committed_cost", "60.10"),
        cost(f"{HOST}_on_demand_cost", "12.35", org="child"),
        cost(f"{LOGS}_total_cost", "3.05"),
        *(charge(HOST, "total", 2 * day, source="estimated", day=date(2026, 10, day)) for day in (1, 2, 31)),
    ]
    parts = [tagged('{"team":["web"]}', "50.00"), tagged('{"team":[]}', "10.10")]
    with stored(tmp_path, *rows, breakdowns={"2026-10:team": parts}) as store:
        for by in ("product", "org", "usage-type", "day", "tag:team"):
            shown = show(store, by=by, charges=True)
            found = sum((each.cost.total or Decimal(0) for each in shown.charges), Decimal(0))
            assert cents(found) == cents(shown.total) == "75.50", by
    assert {each.kind for each in shown.charges} == {Kind.VALUE, Kind.UNTAGGED, Kind.REST}


def test_what_was_read_of_another_account_does_not_count(tmp_path: Path) -> None:
    with stored(tmp_path, cost(f"{HOST}_total_cost", 60)):
        pass
    with Store.open(tmp_path / "store.duckdb") as store:
        with store.begin(datetime(2026, 11, 21, tzinfo=UTC), "0") as run:
            run.org(RunOrg("other", "datadoghq.eu", True, "elsewhere"))
        with pytest.raises(StatementError, match="no cost and no billable usage"):
            show(store)
