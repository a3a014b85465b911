"""What the simulated API says of the account's cost adds up to its truth, to the cent, whichever way it is asked."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Any

import pytest

from costguard.simulator import Figures, Simulator
from costguard.simulator.tagging import KEYS
from tests.simulator.asking import cursor, get
from tests.simulator.calls import COST, ESTIMATED, HISTORICAL, PROJECTED

NOW = datetime(2026, 10, 21, 9, 30, tzinfo=UTC)
MEASURES = ("committed_cost", "on_demand_cost", "total_cost")
BREAKDOWNS = [("team",), ("env",), ("service", "team"), ("team", "env", "service")]

Sums = dict[tuple[str, str], list[Decimal]]
"""Committed, on-demand and total by dimension and organisation's public id."""


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulator]:
    with Simulator(now=NOW) as running:
        yield running


def rows(sim: Simulator, start: str, end: str, *keys: str, fields: str = "*", **more: object) -> list[Any]:
    """The attributes of all rows of cost attribution."""
    query = {"start_month": start, "end_month": end, "fields": fields, "tag_breakdown_keys": ",".join(keys), **more}
    pages = cursor(sim, 0, COST, "next_record_id", ("meta", "pagination", "next_record_id"), query)
    return [row["attributes"] for page in pages for row in page["data"]]


def sums(found: Sequence[Any]) -> Sums:
    """Rows of cost attribution, added up."""
    added: Sums = defaultdict(lambda: [Decimal(0)] * 3)
    for row in found:
        for field, value in row["values"].items():
            for place, measure in enumerate(MEASURES):
                if field.endswith(f"_{measure}"):
                    added[field.removesuffix(f"_{measure}"), row["public_id"]][place] += Decimal(str(value))
    return added


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def figures(amounts: Sequence[Decimal]) -> Figures:
    return Figures(*map(cents, amounts))


def added(amounts: Sequence[Sequence[Decimal]]) -> Figures:
    return figures([sum(each, Decimal(0)) for each in zip(*amounts, strict=True)])


def test_every_month_by_product_and_organisation_is_the_truth(sim: Simulator) -> None:
    names = {org.public_id: org.name for org in sim.orgs}
    by_month = defaultdict(list)
    for row in rows(sim, "2025-07", "2026-10"):
        by_month[date.fromisoformat(row["month"][:10])].append(row)
    truth = sim.bill_truth
    assert tuple(by_month) == truth.months
    assert len(truth.months) == 15
    for month, found in by_month.items():
        told, seen = truth.month(month), sums(found)
        assert {(dimension, names[org]): figures(each) for (dimension, org), each in seen.items()} == told.lines
        assert added(list(seen.values())) == told.total
        for org in sim.orgs:
            assert added([each for (_, of), each in seen.items() if of == org.public_id]) == told.by_org[org.name]
        for dimension in told.by_product:
            assert added([each for (of, _), each in seen.items() if of == dimension]) == told.by_product[dimension]


@pytest.mark.parametrize("month", ["2025-11", "2026-05", "2026-09"])
def test_the_charges_of_a_month_are_its_attributed_cost(sim: Simulator, month: str) -> None:
    attributed = sums(rows(sim, month, month))
    seen = charges(get(sim, HISTORICAL, view="sub-org", start_month=month)["data"])
    assert {key: figures(each) for key, each in seen.items()} == {
        key: figures(each) for key, each in attributed.items()
    }
    (whole,) = get(sim, HISTORICAL, start_month=month)["data"]
    assert cents(Decimal(str(whole["attributes"]["total_cost"]))) == added(list(attributed.values())).total


def charges(data: Sequence[Any]) -> Sums:
    """Charges added up; `total` repeats what the others say, and a product may have two of a kind."""
    found: Sums = defaultdict(lambda: [Decimal(0)] * 3)
    for row in data:
        about = row["attributes"]
        total = Decimal(0)
        for charge in about["charges"]:
            kind = charge["charge_type"].removeprefix("projected_")
            place = ("committed", "on_demand", "total").index(kind)
            found[charge["product_name"], about["public_id"]][place] += Decimal(str(charge["cost"]))
            total += Decimal(str(charge["cost"])) if kind == "total" else 0
        told = about.get("total_cost", about.get("projected_total_cost"))
        assert abs(total - Decimal(str(told))) < Decimal("0.0001")
        kinds = [charge["charge_type"] for charge in about["charges"] if charge["product_name"] == "infra_host"]
        assert len(kinds) == 4
        assert len(set(kinds)) == 3, "one product is charged twice for its commitment"
    for committed, on_demand, whole in found.values():
        assert abs(committed + on_demand - whole) < Decimal("0.00001")
    return found


@pytest.mark.parametrize("keys", BREAKDOWNS)
@pytest.mark.parametrize("month", ["2025-12", "2026-09"])
def test_a_breakdown_adds_up_to_the_total_rows(sim: Simulator, month: str, keys: tuple[str, ...]) -> None:
    whole, parts = sums(rows(sim, month, month)), rows(sim, month, month, *keys)
    assert sums(parts) == whole
    told = sim.bill_truth.month(date.fromisoformat(f"{month}-01")).by_tag(*keys)
    seen: dict[Any, list[list[Decimal]]] = defaultdict(list)
    for row in parts:
        tags = row["tags"]
        values = None if tags is None else tuple(tuple(tags[key]) for key in keys)
        seen[values] += sums([row]).values()
    assert {values: added(each) for values, each in seen.items()} == told
    whole_total = sim.bill_truth.month(date.fromisoformat(f"{month}-01")).total.total
    assert abs(sum((each.total for each in told.values()), Decimal(0)) - whole_total) <= len(told) * Decimal("0.005")


def test_tags_are_missing_empty_several_or_not_applicable(sim: Simulator) -> None:
    found = rows(sim, "2026-09", "2026-09", "team", "env", "service")
    of = {org.public_id: [row for row in found if row["public_id"] == org.public_id] for org in sim.orgs}
    for org in sim.orgs[:2]:
        tags = [row["tags"] for row in of[org.public_id]]
        assert {"team": [], "env": [], "service": []} in tags
        assert {"team": ["<empty>"], "env": ["<empty>"], "service": []} in tags
        assert any(len(each["team"]) == 2 for each in tags)
        assert any(not each["team"] and each["service"] for each in tags)
        assert {row["tag_config_source"] for row in of[org.public_id]} == {"larkspur:::team///env///service"}
    (labs,) = of[sim.orgs[2].public_id]
    assert labs["tags"] is None
    assert labs["tag_config_source"] == "larkspur-labs:::project///owner"
    own = rows(sim, "2026-09", "2026-09", "project")
    assert [row["tags"] for row in own] == [None] * 3, "a child's own tags are not shown to the parent"


def test_hostile_values_of_tags_come_as_they_are() -> None:
    with Simulator(now=NOW, hostile=True) as sim:
        found = rows(sim, "2026-09", "2026-09", "service")
        assert any("<script>" in "".join(row["tags"]["service"]) for row in found if row["tags"])
        assert all("<script>" in row["tag_config_source"] and ":::" in row["tag_config_source"] for row in found)
        assert sums(found) == sums(rows(sim, "2026-09", "2026-09"))
        told = sim.bill_truth.month(date(2026, 9, 1)).by_tag("service")
        seen = {None if row["tags"] is None else (tuple(row["tags"]["service"]),) for row in found}
        assert seen == told.keys()


def test_percentages_are_of_the_organisation_and_of_the_account(sim: Simulator) -> None:
    in_org: dict[tuple[str, str], float] = defaultdict(float)
    in_account: dict[str, float] = defaultdict(float)
    for row in rows(sim, "2026-09", "2026-09", "team"):
        for field, value in row["values"].items():
            if field.endswith("_percentage_in_org"):
                in_org[field, row["public_id"]] += value
            elif field.endswith("_percentage_in_account"):
                in_account[field] += value
    assert {round(value, 1) for value in in_org.values()} == {0.0, 100.0}
    assert {round(value, 1) for value in in_account.values()} == {0.0, 100.0}
    assert in_org["rum_percentage_in_org", sim.orgs[1].public_id] > 99


def test_untagged_is_told_apart_from_tagged_without_a_value(sim: Simulator) -> None:
    for key in ("team", "env", "service"):
        found = rows(sim, "2026-09", "2026-09", key)
        for org in sim.orgs[:2]:
            parts = {
                str(row["tags"][key]): added(list(sums([row]).values())).total
                for row in found
                if row["public_id"] == org.public_id
            }
            told = sim.bill_truth.month(date(2026, 9, 1)).untagged(key)[org.name]
            assert (parts["[]"], parts.get("['<empty>']", Decimal("0.00"))) == (told.missing, told.empty)
    assert sim.orgs[2].name not in sim.bill_truth.month(date(2026, 9, 1)).untagged("team")


def test_aggregates_are_of_all_pages(sim: Simulator) -> None:
    query = {"start_month": "2026-08", "end_month": "2026-09", "fields": "*", "tag_breakdown_keys": "team,env,service"}
    pages = list(cursor(sim, 0, COST, "next_record_id", ("meta", "pagination", "next_record_id"), query))
    assert len(pages) > 2
    seen: dict[str, Decimal] = defaultdict(Decimal)
    for row in (row for page in pages for row in page["data"]):
        for field, value in row["attributes"]["values"].items():
            if field.endswith("_cost"):
                seen[field] += Decimal(str(value))
    for page in pages:
        told = {each["field"]: each for each in page["meta"]["aggregates"]}
        assert {each["agg_type"] for each in told.values()} == {"sum"}
        assert {field: cents(Decimal(str(each["value"]))) for field, each in told.items()} == {
            field: cents(value) for field, value in seen.items()
        }


@pytest.mark.parametrize(("direction", "reverse"), [({}, True), ({"sort_direction": "asc"}, False)])
def test_rows_are_sorted_by_a_dimensions_cost(sim: Simulator, direction: dict[str, str], reverse: bool) -> None:
    query = {"fields": "rum_total_cost", "sort_name": "rum", **direction}
    values = [row["values"]["rum_total_cost"] for row in rows(sim, "2026-09", "2026-09", "team", **query)]
    assert values == sorted(values, reverse=reverse)
    assert len(set(values)) > 5


def estimated(sim: Simulator, start: str, end: str, view: str = "summary") -> list[Any]:
    found: list[Any] = get(sim, ESTIMATED, view=view, start_date=start, end_date=end)["data"]
    return found


def test_differences_of_running_totals_are_the_days(sim: Simulator) -> None:
    truth = sim.bill_truth
    for month, start, end in (
        (date(2026, 9, 1), "2026-09-01", "2026-09-30"),
        (truth.running, "2026-10-01", "2026-10-31"),
    ):
        found = estimated(sim, start, end)
        *complete, partial = found if month == truth.running else [*found, None]
        days = [datetime.fromisoformat(row["attributes"]["date"]) for row in complete]
        assert days[0].date() == month
        assert all(after - before == timedelta(days=1) for before, after in pairwise(days))
        totals = [added(list(charges([row]).values())) for row in complete]
        steps = [totals[0], *(Figures(*(b - a for a, b in zip(x, y, strict=True))) for x, y in pairwise(totals))]
        told = truth.by_day(month)
        assert list(told) == [day.date() for day in days]
        for step, expected in zip(steps, told.values(), strict=True):
            assert all(abs(a - b) <= Decimal("0.01") for a, b in zip(step, expected, strict=True))
        if partial is not None:
            assert datetime.fromisoformat(partial["attributes"]["date"]) == truth.estimated_until
            assert truth.estimated is not None
            assert added(list(charges([partial]).values())) == truth.estimated.total


def test_the_last_day_of_a_month_has_all_of_it(sim: Simulator) -> None:
    whole = sim.bill_truth.month(date(2026, 9, 1))
    names = {org.public_id: org.name for org in sim.orgs}
    found = charges(estimated(sim, "2026-09-30", "2026-09-30", "sub-org"))
    assert {(dimension, names[org]): figures(each) for (dimension, org), each in found.items()} == whole.lines
    (month,) = get(sim, ESTIMATED, start_month="2026-09")["data"]
    assert month["attributes"]["date"] == "2026-09-01T00:00:00+00:00"
    assert added(list(charges([month]).values())) == whole.total


def test_what_is_billed_by_a_level_is_charged_from_the_first_day_and_sums_grow(sim: Simulator) -> None:
    first, later = (charges(estimated(sim, day, day)) for day in ("2026-10-01", "2026-10-12"))
    usage = get(sim, "/api/v1/usage/billable-summary", month="2026-10")["usage"][0]["usage"]
    grown = {key.removesuffix("_sum") for key in usage if key.endswith("_sum")}
    assert first.keys() == later.keys()
    for (dimension, _), charge in first.items():
        after = later[dimension, sim.orgs[0].public_id]
        assert after == charge if dimension not in grown else after[2] > charge[2] or not charge[2], dimension
    steady = {dimension for dimension, _ in first if dimension not in grown}
    assert {"infra_host", "apm_host", "timeseries", "premier_support", "incident_management"} <= steady


def test_one_day_is_a_row_and_sub_organisations_add_up(sim: Simulator) -> None:
    (whole,) = get(sim, ESTIMATED, start_date="2026-10-05")["data"]
    parts = get(sim, ESTIMATED, start_date="2026-10-05", view="sub-org")["data"]
    assert [row["attributes"]["public_id"] for row in parts] == [org.public_id for org in sim.orgs]
    assert added(list(charges(parts).values())) == added(list(charges([whole]).values()))
    accounts = {(row["attributes"]["account_public_id"], row["attributes"]["account_name"]) for row in [whole, *parts]}
    assert accounts == {(sim.orgs[0].public_id, "larkspur")}


@pytest.mark.parametrize(("day", "months", "projected"), [(11, [], False), (12, [], True), (16, ["2026-09"], True)])
def test_final_costs_come_on_the_sixteenth_and_projections_on_the_twelfth(
    day: int, months: list[str], projected: bool
) -> None:
    with Simulator(now=datetime(2026, 10, day, 1, tzinfo=UTC)) as sim:
        out = get(sim, HISTORICAL, start_month="2026-09", end_month="2026-10")["data"]
        assert [row["attributes"]["date"][:7] for row in out] == months
        found = get(sim, PROJECTED, view="sub-org")["data"]
        assert bool(found) == projected
        assert (sim.bill_truth.projected is not None) == projected
        if sim.bill_truth.projected:
            assert found[0]["attributes"]["date"] == "2026-10-31T00:00:00Z"
            assert added(list(charges(found).values())) == sim.bill_truth.projected.total


def test_on_the_first_of_a_month_nothing_of_it_is_estimated() -> None:
    with Simulator(now=datetime(2026, 10, 1, 9, tzinfo=UTC)) as sim:
        assert get(sim, ESTIMATED, start_month="2026-10")["data"] == []
        assert sim.bill_truth.estimated is None
        last = estimated(sim, "2026-09-28", "2026-10-01")
        assert [row["attributes"]["date"][:13] for row in last] == ["2026-09-28T00", "2026-09-29T21"]


def test_a_connected_account_is_shown_apart_and_on_request_alone(sim: Simulator) -> None:
    for path, query in (
        (ESTIMATED, {"start_month": "2026-09"}),
        (HISTORICAL, {"start_month": "2026-09"}),
        (PROJECTED, {}),
    ):
        without = get(sim, path, 0, **query)["data"]
        with_it = get(sim, path, 0, **query, include_connected_accounts="true")["data"]
        assert with_it[:-1] == without
        assert with_it[-1]["attributes"]["account_public_id"] not in {org.public_id for org in sim.orgs}


def test_a_breakdown_by_one_tag_is_the_one_by_all_of_them_added_up(sim: Simulator) -> None:
    """To the millionth: what is cut off in a breakdown is cut off in its finest cells."""
    ledger, month = sim.ledger, date(2026, 9, 1)
    parent = sim.company.inventories[0]
    for place, key in enumerate(KEYS):
        found: dict[Any, Decimal] = defaultdict(Decimal)
        for part in ledger.costs_by(month, KEYS, parent):
            found[part.tags and part.tags[place]] += sum((each.total for each in part.costs.values()), Decimal(0))
        alone: dict[Any, Decimal] = defaultdict(Decimal)
        for part in ledger.costs_by(month, (key,), parent):
            alone[part.tags and part.tags[0]] += sum((each.total for each in part.costs.values()), Decimal(0))
        assert found == alone
