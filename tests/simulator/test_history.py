"""Fifteen months of a company that grew, signed anew, bought a product, was corrected, and had one day out of line."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from costguard.simulator import Simulator
from costguard.simulator.calendar import shift
from tests.simulator.asking import get
from tests.simulator.calls import COST, ESTIMATED, HISTORICAL, MONTHLY_ATTRIBUTION

NOW = datetime(2026, 10, 21, 9, 30, tzinfo=UTC)
MONTHS = [shift(date(2026, 10, 1), -back) for back in range(15, 0, -1)]
BILLABLE = "/api/v1/usage/billable-summary"
MAPPING = "/api/v2/usage/billing_dimension_mapping"


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulator]:
    with Simulator(now=NOW) as running:
        yield running


def billed(sim: Simulator, month: date, org: int = 0) -> dict[str, Any]:
    usage: dict[str, Any] = get(sim, BILLABLE, month=f"{month:%Y-%m}")["usage"][org]["usage"]
    return usage


def values(sim: Simulator, month: date, org: int) -> dict[str, float]:
    found = get(sim, COST, start_month=f"{month:%Y-%m}", fields="*")["data"][org]["attributes"]["values"]
    return {field: value for field, value in found.items() if field.endswith("_cost")}


def test_usage_grew_until_three_months_ago(sim: Simulator) -> None:
    usage = [billed(sim, month) for month in MONTHS]
    for key in ("infra_host_top99p", "timeseries_average", "rum_sum", "logs_indexed_15day_sum"):
        series = [each[key]["account_billable_usage"] for each in usage]
        assert series == sorted(series)
        assert len(set(series[:-2])) == 13
        assert series[-3] == series[-2] == series[-1]


def test_prices_and_commitments_changed_in_one_month(sim: Simulator) -> None:
    def rate(month: date) -> Decimal:
        cost = sum(values(sim, month, org)["infra_host_committed_cost"] for org in range(3))
        committed: int = billed(sim, month)["infra_host_top99p"]["account_committed_usage"]
        return Decimal(str(cost)) / committed

    rates = [rate(month).quantize(Decimal("0.001")) for month in MONTHS]
    assert rates == [Decimal("16.5")] * 8 + [Decimal(15)] * 7
    committed = [billed(sim, month)["rum_sum"]["account_committed_usage"] for month in MONTHS]
    assert [each == committed[-1] for each in committed] == [False] * 8 + [True] * 7


def test_a_product_was_bought_five_months_ago(sim: Simulator) -> None:
    for month in MONTHS:
        had = month >= date(2026, 5, 1)
        assert ("dbm_host_top99p" in billed(sim, month)) == had
        assert ("dbm_host_total_cost" in values(sim, month, 0)) == had
        ids = {row["id"] for row in get(sim, MAPPING, 0, **{"filter[month]": f"{month:%Y-%m}"})["data"]}
        assert ("dbm_host" in ids) == had
        everything = {
            row["id"]
            for row in get(sim, MAPPING, 0, **{"filter[month]": f"{month:%Y-%m}", "filter[view]": "all"})["data"]
        }
        assert ids | {"dbm_host", "npm_host"} <= everything
        hours = get(sim, "/api/v2/usage/hourly_usage", 0, **{
            "filter[timestamp][start]": f"{month:%Y-%m}-09T00",
            "filter[timestamp][end]": f"{month:%Y-%m}-09T01",
            "filter[product_families]": "dbm",
        })["data"]  # fmt: skip
        assert bool(hours) == had


def test_a_month_was_restated_long_after_it_was_out() -> None:
    """The same account at two moments: only the correction differs."""
    restated = date(2026, 5, 1)
    with Simulator(now=datetime(2026, 6, 25, 12, tzinfo=UTC), anchor=NOW) as before, Simulator(now=NOW) as after:
        assert before.bill_truth.restated == after.bill_truth.restated
        assert (before.bill_truth.restated.month, before.bill_truth.restated.org) == (restated, "larkspur-payments")
        assert before.now < before.bill_truth.restated.at < after.now
        both = set(before.bill_truth.months) & set(after.bill_truth.months)
        assert len(both) == 11
        for month in both:
            for org in range(3):
                was, now = values(before, month, org), values(after, month, org)
                changed = {field for field in now if was[field] != now[field]}
                assert bool(changed) == (month == restated)
                assert changed <= {f"logs_ingested_{each}_cost" for each in ("committed", "on_demand", "total")}
        used = [billed(each, restated, 1)["logs_ingested_sum"]["org_billable_usage"] for each in (before, after)]
        assert used[0] == used[1] * 13 // 10
        dates = [
            get(each, COST, start_month="2026-05", fields="*")["data"][0]["attributes"]["updated_at"]
            for each in (before, after)
        ]
        assert dates == ["2026-06-10T00:00:00Z", "2026-07-07T04:00:00Z"]
        first, last = (get(each, HISTORICAL, start_month="2026-05")["data"][0] for each in (before, after))
        assert first["attributes"]["total_cost"] > last["attributes"]["total_cost"]


def test_one_day_is_out_of_line_and_sundays_are_not(sim: Simulator) -> None:
    found = get(sim, ESTIMATED, start_date="2026-09-01", end_date="2026-10-18")["data"]
    totals: dict[str, dict[date, float]] = {}
    for row in found:
        day = date.fromisoformat(row["attributes"]["date"][:10])
        for charge in row["attributes"]["charges"]:
            if charge["charge_type"] == "on_demand":
                totals.setdefault(charge["product_name"], {})[day] = charge["cost"]

    def days(product: str) -> dict[date, float]:
        of = totals[product]
        return {day: cost - (of[day - timedelta(days=1)] if day.day > 1 else 0) for day, cost in of.items()}

    (planted,) = (each for each in sim.truth.money if each.rule == "cost-anomaly")
    assert (planted.org, planted.id, planted.day, planted.weeks) == ("larkspur", "rum", date(2026, 10, 15), 6)
    for product in ("rum", "apm_trace_search", "logs_indexed_30day", "synthetics_api_tests", "sensitive_data_scanner"):
        costs = days(product)
        out = {
            day
            for day, cost in costs.items()
            if (week_ago := costs.get(day - timedelta(days=7))) and cost > 1.5 * week_ago
        }
        assert out == ({planted.day} if product == "rum" else set()), product
    scanner = days("sensitive_data_scanner")
    assert max(scanner.values()) > 50 * min(scanner.values())
    assert {day.weekday() for day, cost in scanner.items() if cost > 20 * min(scanner.values())} == {6}


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 11, 7, 12, tzinfo=UTC),
        datetime(2026, 11, 3, 12, tzinfo=UTC),
        datetime(2028, 2, 29, 23, 50, tzinfo=UTC),
        datetime(2027, 1, 1, 0, 5, tzinfo=UTC),
    ],
)
def test_the_spike_is_a_complete_day_at_any_time_and_moves_nothing_else(now: datetime) -> None:
    with Simulator(now=now) as sim:
        (planted,) = (each for each in sim.truth.money if each.rule == "cost-anomaly")
        assert planted.day is not None
        assert planted.day.day > 1
        assert planted.cost is not None
        days = sim.bill_truth.by_day(planted.day.replace(day=1), "rum")
        others = [each.total for day, each in days.items() if day != planted.day]
        assert planted.cost > 2 * max(others, default=Decimal(0))
        last = shift(now.date().replace(day=1), -1)
        assert sim.bill_truth.month(last).total.total == sim.truth.bill_total


def test_what_is_planted_about_money_follows_from_the_answers(sim: Simulator) -> None:
    excess: dict[str, list[int]] = {}
    unused: dict[str, list[int]] = {}
    cost = {field: sum(values(sim, MONTHS[-1], org)[field] for org in range(3)) for field in values(sim, MONTHS[-1], 0)
            if field != "premier_support_total_cost" and not field.startswith("premier")}  # fmt: skip
    for month in MONTHS[-3:]:
        for key, usage in billed(sim, month).items():
            dimension = key.rpartition("_")[0]
            excess.setdefault(dimension, []).append(usage["account_on_demand_usage"])
            if not usage["account_on_demand_usage"]:
                over = usage["account_committed_usage"] - usage["account_billable_usage"]
                unused.setdefault(dimension, []).append(max(0, over))
    told = {(each.rule, each.id): each for each in sim.truth.money}
    found = {("commit-on-demand-excess", each) for each, units in excess.items() if min(units)}
    found |= {("commit-underused", each) for each, units in unused.items() if min(units)}
    found.discard(("commit-on-demand-excess", "logs_ingested"))  # costs the same on demand
    assert {key for key in told if key[0].startswith("commit")} == found
    committed = billed(sim, MONTHS[-1])
    spans = Decimal(str(cost["apm_trace_search_on_demand_cost"])) / excess["apm_trace_search"][-1]
    for (rule, dimension), each in told.items():
        if not rule.startswith("commit"):
            continue
        (units,) = each.units.values()
        size = next(v for k, v in committed.items() if k.rpartition("_")[0] == dimension)
        assert units == min((excess if rule == "commit-on-demand-excess" else unused)[dimension])
        if not size["account_committed_usage"]:
            assert each.at_renewal is None
            continue
        low = Decimal(str(cost[f"{dimension}_committed_cost"])) / size["account_committed_usage"]
        high = low
        if rule == "commit-on-demand-excess":
            high = Decimal(str(cost[f"{dimension}_on_demand_cost"])) / size["account_on_demand_usage"]
        worth = units * (high - low if high != low else low)
        if dimension == "apm_host":
            worth -= units * 1_000_000 * spans  # what these hosts include, and some spans are on demand already
        assert each.at_renewal is not None
        assert abs(each.at_renewal - worth) < Decimal("0.01")


def test_planted_tags_follow_from_the_answers(sim: Simulator) -> None:
    told = {(each.rule, each.org, each.id) for each in sim.truth.money if each.rule.startswith("attribution")}
    assert told == {
        ("attribution-untagged", "larkspur-payments", sim.orgs[1].public_id),
        ("attribution-tag-drift", "larkspur-labs", sim.orgs[2].public_id),
    }
    lacking = {}
    for org in sim.orgs[:2]:
        untagged = sim.bill_truth.month(MONTHS[-1]).untagged("team")[org.name]
        lacking[org.name] = (untagged.missing + untagged.empty) / untagged.of
    assert lacking["larkspur"] < Decimal("0.15")
    assert lacking["larkspur-payments"] > Decimal("0.6")


def test_the_summary_says_what_is_billed_month_by_month(sim: Simulator) -> None:
    query = {"start_month": "2025-07", "end_month": "2026-09", "include_org_details": "true"}
    answer = get(sim, "/api/v1/usage/summary", 0, **query)
    assert [each["date"][:7] for each in answer["usage"]] == [f"{month:%Y-%m}" for month in MONTHS]
    keys = {
        endpoint["keys"][0]: {each["id"]: each["keys"] for each in row["attributes"]["endpoints"]}
        for row in get(sim, MAPPING)["data"]
        for endpoint in row["attributes"]["endpoints"]
        if endpoint["id"] == "api/v1/usage/summary" and endpoint["keys"]
    }
    assert {"infra_host_top99p", "custom_ts_avg", "dbm_queries_count_avg", "custom_events_sum"} <= keys.keys()
    for month, row in zip(MONTHS, answer["usage"], strict=True):
        usage = billed(sim, month)
        for key, of in keys.items():
            (billable,) = of["api/v1/usage/billable-summary"]
            if billable in usage and billable != "infra_container_sum":
                assert row[key] == usage[billable]["account_billable_usage"]
        assert [each["public_id"] for each in row["orgs"]] == [org.public_id for org in sim.orgs]
        assert sum(each["infra_host_top99p"] for each in row["orgs"]) == row["infra_host_top99p"]
    assert answer["rum_session_count_agg_sum"] == sum(each["rum_session_count_sum"] for each in answer["usage"])
    fields = get(sim, "/api/v2/usage/summary/available_fields")["data"]["attributes"]
    assert set(answer) == set(fields["response_fields"])
    assert {key for each in answer["usage"] for key in each} == set(fields["date_fields"])
    assert {key for each in answer["usage"] for org in each["orgs"] for key in org} == set(fields["date_org_fields"])
    kept = answer["logs_by_retention"]["usage_by_month"]["usage"]
    assert {each["retention"]: each["logs_indexed_logs_usage_sum"] for each in kept} == {
        days: billed(sim, MONTHS[-1])[f"logs_indexed_{days}day_sum"]["account_billable_usage"]
        for days in ("3", "7", "15", "30")
    }
    assert "orgs" not in get(sim, "/api/v1/usage/summary", start_month="2026-09")["usage"][0]


def test_an_unknown_dimension_is_among_the_active_ones(sim: Simulator) -> None:
    active = get(sim, "/api/v2/cost_by_tag/active_billing_dimensions")["data"]["attributes"]["values"]
    assert {"bits_ai_investigations", "premier_support"} <= set(active)
    assert {f"{each}_total_cost" for each in active} >= {
        field for org in range(3) for field in values(sim, MONTHS[-1], org) if field.endswith("_total_cost")
    }
    query = {"start_month": "2026-09", "fields": "bits_ai_investigations_usage"}
    assert get(sim, MONTHLY_ATTRIBUTION, 0, **query)["usage"][0]["values"] == {"bits_ai_investigations_usage": 90.0}
