"""The truth table follows from what the simulated API answers, and the company's figures add up."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pytest

from costguard.simulator import Simulator
from tests.simulator.asking import cursor, get
from tests.simulator.oracle import Answers, waste

NOW = datetime(2026, 10, 21, 9, 30, tzinfo=UTC)
MOMENTS = {
    "in the middle of a month": (NOW, 1, 1, False),
    "a new month, its cost not out, names hostile": (datetime(2027, 3, 1, 0, 10, tzinfo=UTC), 2, 1, True),
    "a leap day, twice the size": (datetime(2028, 2, 29, 23, 50, tzinfo=UTC), 3, 2, False),
}
RULES = {"synthetics-idle", "synthetics-overfrequent", "logs-low-value-indexed", "metrics-unused"}


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulator]:
    with Simulator(now=NOW) as running:
        yield running


def billable(sim: Simulator, month: str) -> list[Any]:
    rows: list[Any] = get(sim, "/api/v1/usage/billable-summary", month=month)["usage"]
    return rows


@pytest.mark.parametrize(("now", "seed", "scale", "hostile"), MOMENTS.values(), ids=MOMENTS)
def test_the_answers_show_exactly_the_waste_that_is_planted(
    now: datetime, seed: int, scale: int, hostile: bool
) -> None:
    month = (now.replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
    with Simulator(now=now, seed=seed, scale=scale, hostile=hostile) as sim:
        for number, row in enumerate(billable(sim, month)):
            billed = {key.removesuffix("_sum"): value["org_billable_usage"] for key, value in row["usage"].items()}
            seen = waste(Answers(sim, number), billed)
            told = {
                (each.rule, each.kind, each.id): each.frees
                for each in sim.truth.findings
                if each.org == sim.orgs[number].name
            }
            assert seen.keys() == told.keys()
            for key, (dimension, units) in seen.items():
                assert list(told[key]) == [dimension]
                assert abs(Fraction(told[key][dimension]) - units) < Fraction(1, 10**9)
        assert sim.offences == []


def test_every_rule_has_waste_in_every_organisation(sim: Simulator) -> None:
    found = {(each.rule, each.org) for each in sim.truth.findings}
    assert found == {(rule, org.name) for rule in RULES for org in sim.orgs}


def test_two_rules_claim_the_same_test_in_two_organisations(sim: Simulator) -> None:
    rules = defaultdict(set)
    for each in sim.truth.findings:
        rules[each.org, each.kind, each.id].add(each.rule)
    twice = [org for (org, _, _), names in rules.items() if len(names) == 2]
    assert sorted(twice) == ["larkspur", "larkspur-payments"]


def contract(sim: Simulator, month: str) -> dict[str, dict[str, Fraction]]:
    """Units and rates by dimension, from the billable summary and the cost of a month alone."""
    keys = {
        row["id"]: row["attributes"]["endpoints"][0]["keys"]
        for row in get(sim, "/api/v2/usage/billing_dimension_mapping", 0, **{"filter[month]": month})["data"]
    }
    usage = billable(sim, month)[0]["usage"]
    cost: dict[str, Fraction] = defaultdict(Fraction)
    answer = get(sim, "/api/v2/cost_by_tag/monthly_cost_attribution", start_month=month, fields="*")
    for row in answer["data"]:
        for field, value in row["attributes"]["values"].items():
            cost[field] += Fraction(str(value))
    terms = {}
    for dimension, (key, *_) in ((name, key) for name, key in keys.items() if key):
        committed, on_demand = (Fraction(usage[key][f"account_{each}_usage"]) for each in ("committed", "on_demand"))
        terms[dimension] = {
            "units": Fraction(usage[key]["account_billable_usage"]),
            "committed": committed,
            "on_demand": on_demand,
            "committed_rate": cost[f"{dimension}_committed_cost"] / committed if committed else Fraction(0),
            "on_demand_rate": cost[f"{dimension}_on_demand_cost"] / on_demand if on_demand else Fraction(0),
        }
    return terms


def cents(amount: Fraction) -> Decimal:
    exact = Decimal(amount.numerator) / Decimal(amount.denominator)
    return exact.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def worth(terms: dict[str, dict[str, Fraction]], frees: dict[str, Fraction]) -> tuple[Decimal, Decimal]:
    """What the next invoice drops by, and what is freed of commitments."""
    now = renewal = Fraction(0)
    for dimension, units in frees.items():
        term = terms[dimension]
        from_on_demand = min(units, term["on_demand"])
        now += from_on_demand * term["on_demand_rate"]
        unused = max(Fraction(0), term["committed"] - term["units"])
        from_commitment = max(Fraction(0), min(units - from_on_demand, term["committed"] - unused))
        renewal += from_commitment * term["committed_rate"]
    return cents(now), cents(renewal)


def test_the_money_follows_from_usage_and_cost(sim: Simulator) -> None:
    terms = contract(sim, "2026-09")
    for each in sim.truth.findings:
        frees = {dimension: Fraction(units) for dimension, units in each.frees.items()}
        assert (each.now, each.at_renewal) == worth(terms, frees), each


def test_the_total_is_one_evaluation_and_not_a_sum(sim: Simulator) -> None:
    largest: dict[tuple[str, str, str, str], Fraction] = defaultdict(Fraction)
    for each in sim.truth.findings:
        for dimension, units in each.frees.items():
            key = (each.org, each.kind, each.id, dimension)
            largest[key] = max(largest[key], Fraction(units))
    together: dict[str, Fraction] = defaultdict(Fraction)
    for (*_, name), amount in largest.items():
        together[name] += amount
    truth = sim.truth
    assert (truth.total_now, truth.total_at_renewal) == worth(contract(sim, "2026-09"), together)
    assert truth.total_now < sum(each.now for each in truth.findings)
    assert truth.total_now < truth.bill_total


def test_the_contract_has_each_kind_of_position(sim: Simulator) -> None:
    terms = contract(sim, "2026-09")
    inside = {name for name, term in terms.items() if term["committed"] > term["units"]}
    over = {name for name, term in terms.items() if term["committed"] and term["on_demand"]}
    assert {"synthetics_browser_checks", "logs_indexed_7day"} <= inside
    assert {"synthetics_api_tests", "logs_indexed_15day", "timeseries"} <= over
    assert terms["logs_indexed_30day"]["committed"] == 0
    included = terms["apm_trace_search"]
    assert included["units"] > included["committed"] + included["on_demand"] > 0
    straddling = {each.kind for each in sim.truth.findings if each.now and each.at_renewal}
    assert straddling == {"metric", "log_slice"}


def test_what_is_included_follows_from_hosts_as_published(sim: Simulator) -> None:
    """Where something is on demand, the answers show all that is included: of 450 hosts, 250 APM hosts by contract."""
    shown = {
        dimension: term["units"] - term["committed"] - term["on_demand"]
        for month, hours in (("2026-09", 720), ("2026-08", 744))
        for dimension, term in contract(sim, month).items()
        if term["on_demand"] and (dimension != "infra_container" or hours == 744)
    }
    assert {dimension: units for dimension, units in shown.items() if units} == {
        "timeseries": 450 * 100,
        "custom_event": 450 * 500,
        "infra_container": 450 * 5 * 744,
        "apm_trace_search": 250 * 1_000_000,
    }


def test_cost_adds_up_to_the_bill_over_organisations_and_tags(sim: Simulator) -> None:
    path = "/api/v2/cost_by_tag/monthly_cost_attribution"
    for query in ({}, {"tag_breakdown_keys": "team"}, {"tag_breakdown_keys": "team,service,env"}):
        fields = {"start_month": "2026-09", "fields": "*", **query}
        total: dict[str, Decimal] = defaultdict(Decimal)
        rows = 0
        for page in cursor(sim, 0, path, "next_record_id", ("meta", "pagination", "next_record_id"), fields):
            for row in page["data"]:
                rows += 1
                own_keys = row["attributes"]["public_id"] == sim.orgs[2].public_id
                assert (row["attributes"]["tags"] is None) == (not query or own_keys)
                for field, value in row["attributes"]["values"].items():
                    total[field.rpartition("_")[0].rpartition("_")[2]] += Decimal(str(value))
        assert rows >= len(sim.orgs)
        assert total["committed"] + total["demand"] == total["total"]
        assert total["total"].quantize(Decimal("0.01")) == sim.truth.bill_total


def hourly(sim: Simulator, org: int, start: str, end: str) -> dict[tuple[str, str], list[int | None]]:
    """Values hour by hour, by family and usage type."""
    query: dict[str, object] = {
        "filter[timestamp][start]": start,
        "filter[timestamp][end]": end,
        "filter[product_families]": "all",
    }
    values: dict[tuple[str, str], list[int | None]] = defaultdict(list)
    where = ("meta", "pagination", "next_record_id")
    for page in cursor(sim, org, "/api/v2/usage/hourly_usage", "page[next_record_id]", where, query):
        for record in page["data"]:
            about = record["attributes"]
            for each in about["measurements"]:
                values[about["product_family"], each["usage_type"]].append(each["value"])
    return values


MONTH_OF: dict[str, Callable[[list[int]], int | Fraction]] = {
    "sum": sum,
    "average": lambda values: Fraction(sum(values), len(values)),
    "maximum": max,
    "top99p": lambda values: values[-8],
}
"""How the hours of a month, in order of size, make what is billed."""


@pytest.mark.parametrize(("org", "month"), [(0, "2026-09"), (1, "2026-09"), (2, "2025-08"), (1, "2026-05")])
def test_hours_add_up_to_the_billed_month(sim: Simulator, org: int, month: str) -> None:
    after = (datetime.fromisoformat(f"{month}-01") + timedelta(days=31)).strftime("%Y-%m-01T00")
    hours = hourly(sim, org, f"{month}-01T00", after)
    usage = billable(sim, month)[org]["usage"]
    assert len({len(values) for values in hours.values()}) == 1
    assert {values[0] for (_, name), values in hours.items() if name == "container_count_excl_agent"} == {None}
    measured: dict[str, list[list[int]]] = defaultdict(list)
    for (_, usage_type), values in hours.items():
        if known := sorted(value for value in values if value is not None):
            measured[usage_type].append(known)
    billed = {key: value["org_billable_usage"] for key, value in usage.items()}
    query = {"filter[month]": month}
    seen = set()
    for row in get(sim, "/api/v2/usage/billing_dimension_mapping", 0, **query)["data"]:
        keys = {each["id"]: each["keys"] for each in row["attributes"]["endpoints"]}
        if not keys["api/v1/usage/billable-summary"]:
            continue
        (key,), (usage_type,) = keys["api/v1/usage/billable-summary"], keys["api/v2/usage/hourly_usage"]
        seen.add(key)
        makes = MONTH_OF[key.rpartition("_")[2]]
        assert billed[key] in [makes(values) for values in measured[usage_type]], key
    assert seen == billed.keys()


@pytest.mark.parametrize(("month", "after"), [("2025-12", "2026-01"), ("2026-09", "2026-10")])
@pytest.mark.parametrize("org", range(3))
def test_indexes_add_up_to_the_hours_and_metrics_to_the_average(
    sim: Simulator, org: int, month: str, after: str
) -> None:
    query = {"start_hr": f"{month}-01T00", "end_hr": f"{after}-01T00"}
    rows = get(sim, "/api/v1/usage/logs_by_index", org, **query)["usage"]
    events: dict[str, int] = defaultdict(int)
    for row in rows:
        assert row["event_count"] == row["live_index_indexed"] + row["rehydrated_indexed"]
        events[f"logs_indexed_{row['retention']}day_sum"] += row["event_count"]
    usage = billable(sim, month)[org]["usage"]
    billed = {key: usage[key]["org_billable_usage"] for key in usage if key.startswith("logs_indexed")}
    assert events == {key: value for key, value in billed.items() if value}
    metrics = get(sim, "/api/v1/usage/top_avg_metrics", org, month=month, limit=5000)["usage"]
    custom = sum(each["avg_metric_hour"] for each in metrics if each["metric_category"] == "custom")
    assert custom == usage["timeseries_average"]["org_billable_usage"]


def test_some_logs_are_rehydrated_and_the_usage_metric_is_off_by_a_tenth_or_two(sim: Simulator) -> None:
    answers = Answers(sim, 0)
    assert any(row["rehydrated_indexed"] for row in answers.index_hours)
    estimated: dict[str, float] = defaultdict(float)
    live: dict[str, int] = defaultdict(int)
    for series in answers.slices:
        assert len(series["pointlist"]) == 30
        estimated[series["tag_set"][0].removeprefix("datadog_index:")] += sum(value for _, value in series["pointlist"])
    for row in answers.index_hours:
        live[row["index_name"]] += row["live_index_indexed"]
    for index, count in live.items():
        assert 0.08 < abs(estimated[index] / count - 1) < 0.25


def test_the_last_three_months_have_the_same_bill(sim: Simulator) -> None:
    months = ["2026-07", "2026-08", "2026-09"]
    summaries = [
        {key: value["account_billable_usage"] for key, value in billable(sim, month)[0]["usage"].items()}
        for month in months
    ]
    assert summaries[0] == summaries[1] == summaries[2]
    running = billable(sim, "2026-10")[0]
    assert 0.6 < running["ratio_in_month"] < 0.7
    assert running["usage"]["logs_ingested_sum"]["account_billable_usage"] < summaries[0]["logs_ingested_sum"]
