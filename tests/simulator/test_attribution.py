"""Usage attribution of the simulated API: hours make months, tags make totals, and children see their own alone."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from costguard.simulator import Simulator
from tests.simulator.asking import ask, cursor, get
from tests.simulator.calls import HOURLY_ATTRIBUTION, MONTHLY_ATTRIBUTION

NOW = datetime(2026, 10, 21, 9, 30, tzinfo=UTC)
NEXT = ("metadata", "pagination", "next_record_id")
ALL_KEYS = "team,env,service"


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulator]:
    with Simulator(now=NOW) as running:
        yield running


def monthly(sim: Simulator, month: str, org: int = 0, **query: object) -> list[Any]:
    pages = cursor(
        sim, org, MONTHLY_ATTRIBUTION, "next_record_id", NEXT, {"start_month": month, "fields": "*", **query}
    )
    return [row for page in pages for row in page["usage"]]


def hourly(sim: Simulator, usage_type: str, start: str, end: str, org: int = 0, **query: object) -> list[Any]:
    query = {"usage_type": usage_type, "start_hr": start, "end_hr": end, **query}
    return [
        row for page in cursor(sim, org, HOURLY_ATTRIBUTION, "next_record_id", NEXT, query) for row in page["usage"]
    ]


@pytest.mark.parametrize("month", ["2025-09", "2026-05", "2026-09"])
def test_a_month_is_what_is_billed_and_the_truth(sim: Simulator, month: str) -> None:
    billed = get(sim, "/api/v1/usage/billable-summary", month=month)["usage"]
    told = sim.bill_truth.month(date.fromisoformat(f"{month}-01")).by_usage_type
    for org, row, whole in zip(sim.orgs, monthly(sim, month), billed, strict=True):
        assert (row["public_id"], row["tags"], row["month"]) == (org.public_id, None, f"{month}-01T00:00:00+00:00")
        usage = {field: value for field, value in row["values"].items() if field.endswith("_usage")}
        assert usage == {field: units[org.name] for field, units in told.items()}
        assert sorted(usage.values()) == sorted(each["org_billable_usage"] for each in whole["usage"].values())
        percentages = {value for field, value in row["values"].items() if field.endswith("_percentage")}
        assert percentages <= {0.0, 100.0}


@pytest.mark.parametrize("month", ["2026-04", "2026-09", "2026-10"])
@pytest.mark.parametrize("keys", ["team", "env,service", ALL_KEYS])
def test_tags_add_up_to_each_organisations_total(sim: Simulator, month: str, keys: str) -> None:
    seen: dict[tuple[str, str], float] = defaultdict(float)
    applied: dict[str, set[bool]] = defaultdict(set)
    found = monthly(sim, month, tag_breakdown_keys=keys)
    for row in found:
        applied[row["public_id"]].add(row["tags"] is not None)
        for field, value in row["values"].items():
            seen[row["public_id"], field] += value
    for row in monthly(sim, month):
        for field, value in row["values"].items():
            summed = seen[row["public_id"], field]
            assert summed == value if field.endswith("_usage") else abs(summed - value) < 0.01
    assert [applied[org.public_id] for org in sim.orgs] == [{True}, {True}, {False}]
    assert {tuple(row["tags"]) for row in found if row["tags"]} == {tuple(keys.split(","))}


@pytest.mark.parametrize(
    "usage_type", ["rum_browser_mobile_sessions", "sds_scanned_bytes", "logs_indexed_15day", "api"]
)
def test_the_hours_of_a_sum_make_the_month(sim: Simulator, usage_type: str) -> None:
    field = f"{usage_type}_usage"
    for org, row in enumerate(monthly(sim, "2026-09")):
        hours = hourly(sim, field, "2026-09-01T00", "2026-10-01T00", org, include_descendants="false")
        assert len(hours) == 720
        assert sum(each["total_usage_sum"] for each in hours) == row["values"][field]


def test_the_hours_of_the_running_month_make_what_there_is_of_it(sim: Simulator) -> None:
    hours = hourly(sim, "api_usage", "2026-10-01T00", "2026-10-22T00", include_descendants="false")
    assert hours[-1]["hour"] == "2026-10-21T05:00:00+00:00"
    (own, *_) = monthly(sim, "2026-10", fields="api_usage")
    assert own["values"] == {"api_usage": sum(each["total_usage_sum"] for each in hours)}
    assert own["updated_at"] == "2026-10-21T07:05:00Z"


@pytest.mark.parametrize("usage_type", ["infra_host_usage", "custom_timeseries_usage", "indexed_spans_usage"])
def test_an_hours_tags_add_up_to_what_was_measured(sim: Simulator, usage_type: str) -> None:
    window = ("2026-10-19T12", "2026-10-20T12")
    whole: dict[tuple[str, str], float] = {}
    for each in hourly(sim, usage_type, *window):
        assert each["tags"] is None
        whole[each["hour"], each["public_id"]] = each["total_usage_sum"]
    assert len(whole) == 24 * 3
    seen: dict[tuple[str, str], float] = defaultdict(float)
    for row in hourly(sim, usage_type, *window, tag_breakdown_keys=ALL_KEYS):
        assert (row["tags"] is None) == (row["public_id"] == sim.orgs[2].public_id)
        assert row["usage_type"] == usage_type
        seen[row["hour"], row["public_id"]] += row["total_usage_sum"]
    assert seen == whole
    family = {"infra_host_usage": "host_count", "custom_timeseries_usage": "num_custom_timeseries"}
    if usage_type in family:
        query = {
            "filter[timestamp][start]": window[0],
            "filter[timestamp][end]": window[1],
            "filter[product_families]": "infra_hosts,timeseries",
            "filter[include_descendants]": "true",
        }
        records = get(sim, "/api/v2/usage/hourly_usage", 0, **query)["data"]
        measured = {
            (record["attributes"]["timestamp"], record["attributes"]["public_id"]): each["value"]
            for record in records
            for each in record["attributes"]["measurements"]
            if each["usage_type"] == family[usage_type]
        }
        assert measured == whole


def test_a_child_sees_itself_and_its_own_tags(sim: Simulator) -> None:
    own = monthly(sim, "2026-09", 2, tag_breakdown_keys="project,owner")
    assert {row["public_id"] for row in own} == {sim.orgs[2].public_id}
    assert {tuple(row["tags"]["project"]) for row in own} == {("atlas",), ("beacon",), ()}
    assert [row["tags"] for row in monthly(sim, "2026-09", 2, tag_breakdown_keys="team")] == [None]
    inherited = monthly(sim, "2026-09", 1, tag_breakdown_keys="team")
    assert {row["public_id"] for row in inherited} == {sim.orgs[1].public_id}
    assert {row["tag_config_source"] for row in inherited} == {"larkspur:::team///env///service"}
    hours = hourly(sim, "infra_host_usage", "2026-10-20T00", "2026-10-20T02", 2, tag_breakdown_keys="owner")
    assert {tuple(row["tags"]["owner"]) for row in hours} == {("labs",), ("research",), ()}


def test_aggregates_sorting_and_fields(sim: Simulator) -> None:
    query = {"start_month": "2026-09", "fields": "*", "tag_breakdown_keys": ALL_KEYS}
    pages = list(cursor(sim, 0, MONTHLY_ATTRIBUTION, "next_record_id", NEXT, query))
    assert len(pages) > 1
    sums: dict[str, float] = defaultdict(float)
    for row in (row for page in pages for row in page["usage"]):
        for field, value in row["values"].items():
            sums[field] += value
    for page in pages:
        told = {each["field"]: each["value"] for each in page["metadata"]["aggregates"]}
        assert told == {field: value for field, value in sums.items() if field.endswith("_usage")}
    for name, fields in (("api_usage", "api_usage"), ("browser_percentage", "browser_percentage,api_usage")):
        found = monthly(sim, "2026-09", fields=fields, tag_breakdown_keys="service", sort_name=name)
        values = [row["values"][name] for row in found]
        assert values == sorted(values, reverse=True)
        assert {frozenset(row["values"]) for row in found} == {frozenset(fields.split(","))}
    ascending = monthly(sim, "2026-09", fields="api_usage", sort_name="api_usage", sort_direction="asc")
    assert [row["values"]["api_usage"] for row in ascending] == sorted(row["values"]["api_usage"] for row in ascending)


def test_every_type_is_answered_and_those_of_other_products_are_empty(sim: Simulator) -> None:
    types = get(sim, "/api/v2/usage/usage-attribution-types")["data"]["attributes"]["values"]
    assert types == sorted(set(types))
    used = {field for field in monthly(sim, "2026-09")[0]["values"] if field.endswith("_usage")}
    assert used < set(types)
    for each in types:
        found = hourly(sim, each, "2026-10-20T00", "2026-10-20T01")
        assert bool(found) == (each in used), each


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (MONTHLY_ATTRIBUTION, {"start_month": "2026-09"}),
        (MONTHLY_ATTRIBUTION, {"fields": "*"}),
        (MONTHLY_ATTRIBUTION, {"start_month": "2026-09", "fields": "made_up_usage"}),
        (MONTHLY_ATTRIBUTION, {"start_month": "2025-06", "fields": "*"}),
        (MONTHLY_ATTRIBUTION, {"start_month": "2026-09", "end_month": "2026-08", "fields": "*"}),
        (MONTHLY_ATTRIBUTION, {"start_month": "2026-09", "fields": "*", "sort_name": "api"}),
        (MONTHLY_ATTRIBUTION, {"start_month": "2026-09", "fields": "*", "sort_direction": "up"}),
        (HOURLY_ATTRIBUTION, {"start_hr": "2026-10-20T00"}),
        (HOURLY_ATTRIBUTION, {"usage_type": "api_usage"}),
        (HOURLY_ATTRIBUTION, {"start_hr": "2026-10-20T00", "usage_type": "api"}),
        (HOURLY_ATTRIBUTION, {"start_hr": "2025-06-30T00", "usage_type": "api_usage"}),
        (HOURLY_ATTRIBUTION, {"start_hr": "2026-10-20T00", "end_hr": "2026-10-21T01", "usage_type": "api_usage"}),
        (
            HOURLY_ATTRIBUTION,
            {
                "start_hr": "2026-08-01T00",
                "end_hr": "2026-10-03T00",
                "usage_type": "api_usage",
                "include_descendants": "false",
            },
        ),
    ],
)
def test_what_datadog_would_not_take_is_refused(sim: Simulator, path: str, query: dict[str, object]) -> None:
    assert ask(sim, path, query=query).status == 400
