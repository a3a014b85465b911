"""The endpoints page, filter and date what they answer as Datadog does."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from costguard.simulator import Simulator
from tests.simulator.asking import NEEDED, Query, ask, cursor, get, numbered, offset

NOW = datetime(2026, 10, 21, 9, 30, tzinfo=UTC)
TESTS = "/api/v1/synthetics/tests"
HOURLY = "/api/v2/usage/hourly_usage"
COST = "/api/v2/cost_by_tag/monthly_cost_attribution"
LOGS = "sum:datadog.estimated_usage.logs.ingested_events{datadog_is_excluded:false}"


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulator]:
    with Simulator(now=NOW) as running:
        yield running


@pytest.mark.parametrize(
    ("path", "page", "size"),
    [
        (TESTS, "page_number", ("page_size", 7)),
        ("/api/v1/monitor", "page", ("page_size", 33)),
        ("/api/v1/monitor/search", "page", ("per_page", 40)),
        ("/api/v2/downtime", "page[offset]", ("page[limit]", 2)),
        ("/api/v1/dashboard", "start", ("count", 10)),
        ("/api/v2/dashboards/usage", "page[offset]", ("page[limit]", 9)),
        ("/api/v1/slo", "offset", ("limit", 2)),
        ("/api/v1/notebooks", "start", ("count", 4)),
    ],
)
def test_small_pages_hold_what_one_large_page_holds(
    sim: Simulator, path: str, page: str, size: tuple[str, int]
) -> None:
    if page in ("page_number", "page"):
        answers = list(numbered(sim, 0, path, page, size, {}))
    else:
        answers = list(offset(sim, 0, path, page, size))
    parts = [item for answer in answers for item in items(answer)]
    everything = items(get(sim, path, 0, **{size[0]: 500}))
    assert len(answers) > 2
    assert parts == everything


def items(answer: Any) -> list[Any]:
    found: list[Any] = answer if isinstance(answer, list) else next(v for v in answer.values() if isinstance(v, list))
    return found


@pytest.mark.parametrize(
    ("path", "name", "where", "query", "size"),
    [
        ("/api/v2/metrics", "page[cursor]", ("meta", "pagination", "next_cursor"), {}, ("page[size]", 17)),
        (
            *("/api/v1/usage/top_avg_metrics", "next_record_id", ("metadata", "pagination", "next_record_id")),
            *({"month": "2026-09"}, ("limit", 40)),
        ),
        (
            HOURLY,
            "page[next_record_id]",
            ("meta", "pagination", "next_record_id"),
            NEEDED[HOURLY],
            ("page[limit]", 5),
        ),
    ],
)
def test_cursors_lead_through_everything_once(
    sim: Simulator, path: str, name: str, where: tuple[str, ...], query: Query, size: tuple[str, int]
) -> None:
    answers = list(cursor(sim, 0, path, name, where, {**query, size[0]: size[1]}))
    assert len(answers) > 2
    largest = {"page[size]": 10_000, "limit": 5000, "page[limit]": 500}[size[0]]
    assert [row for answer in answers for row in items(answer)] == items(
        get(sim, path, 0, **query, **{size[0]: largest})
    )


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/api/v1/monitor", {"page": 0, "page_size": 1001}),
        ("/api/v2/metrics", {"page[size]": 10_001}),
        ("/api/v2/metrics", {"page[cursor]": "nonsense"}),
        ("/api/v2/metrics", {"window[seconds]": 2_592_001}),
        ("/api/v2/dashboards/usage", {"page[limit]": 501}),
        ("/api/v1/usage/top_avg_metrics", {"month": "2026-09", "limit": 5001}),
        ("/api/v1/usage/top_avg_metrics", {"month": "2026-09", "day": "2026-09-01"}),
        ("/api/v1/usage/top_avg_metrics", {}),
        (HOURLY, {**NEEDED[HOURLY], "page[limit]": 501}),
        (HOURLY, {"filter[timestamp][start]": "2026-10-20T00"}),
        (HOURLY, {"filter[product_families]": "logs"}),
        (HOURLY, {**NEEDED[HOURLY], "filter[timestamp][end]": "2026-10-19T00"}),
        (
            HOURLY,
            {
                **NEEDED[HOURLY],
                "filter[timestamp][end]": "2026-10-21T01",
                "filter[include_descendants]": "true",
            },
        ),
        (
            HOURLY,
            {**NEEDED[HOURLY], "filter[timestamp][start]": "2026-07-01T00", "filter[timestamp][end]": "2026-10-01"},
        ),
        (COST, {"start_month": "2026-09"}),
        (COST, {"start_month": "soon", "fields": "*"}),
        (TESTS, {"page_size": "many"}),
    ],
)
def test_what_datadog_would_not_take_is_refused(sim: Simulator, path: str, query: Query) -> None:
    assert ask(sim, path, query=query).status == 400


def test_browser_steps_are_only_in_the_tests_own_answer(sim: Simulator) -> None:
    tests = get(sim, TESTS, page_size=500)["tests"]
    browser = [each for each in tests if each["type"] == "browser"]
    assert browser
    assert not any("steps" in each for each in browser)
    steps = [len(get(sim, f"{TESTS}/browser/{each['public_id']}")["steps"]) for each in browser]
    assert max(steps) > 25


def test_metric_filters(sim: Simulator) -> None:
    def names(**query: object) -> set[str]:
        return {each["id"] for each in get(sim, "/api/v2/metrics", 0, **query)["data"]}

    month = {"window[seconds]": 2_592_000}
    assert names() < names(**month)
    assert names(**month) - names() == {"loyalty.nightly.export_rows"}
    quarter = {"filter[queried]": "true", "filter[queried][window][seconds]": 7_776_000}
    recent, long_ago = names(**{"filter[queried]": "true"}), names(**quarter)
    assert "identity.token.refresh_age" in long_ago - recent
    assert names(**{**quarter, "filter[queried]": "false"}) == names() - long_ago
    assert names(**{"filter[tags]": "costguard:ignore"}) == {"catalog.audit.seal"}
    used, unused = (names(**{"filter[related_assets]": flag}) for flag in ("true", "false"))
    assert used | unused == names()
    assert not used & unused
    assert names(**{"filter[configured]": "true", **month}) >= {"inventory.shelf.scan_duration"}


def test_volumes_come_beside_the_metrics(sim: Simulator) -> None:
    answer = get(sim, "/api/v2/metrics", include="metric_volumes")
    volumes = {each["id"]: each["attributes"]["indexed_volume"] for each in answer["included"]}
    assert [each["relationships"]["metric_volumes"]["data"]["id"] for each in answer["data"]] == list(volumes)
    assert volumes["storefront.render.trace_step"] == 14_000


def test_only_synthetics_downtimes_in_force_are_active(sim: Simulator) -> None:
    everything = get(sim, "/api/v2/synthetics/downtimes")["data"]
    active = get(sim, "/api/v2/synthetics/downtimes", 0, **{"filter[active]": "true"})["data"]
    assert [each["attributes"]["name"] for each in active] == ["Warehouse move"]
    assert len(everything) == 5


def test_silenced_monitors_name_their_downtimes_when_asked(sim: Simulator) -> None:
    plain, extended = (
        get(sim, "/api/v1/monitor", 1, **query) for query in ({"page": 0}, {"page": 0, "with_downtimes": "true"})
    )
    assert not any("matching_downtimes" in each for each in plain)
    assert sum(bool(each["matching_downtimes"]) for each in extended) == 2


def test_the_month_of_a_cost_appears_on_the_nineteenth() -> None:
    for day, months in ((18, ["2026-08"]), (19, ["2026-08", "2026-09"])):
        with Simulator(now=datetime(2026, 10, day, tzinfo=UTC)) as sim:
            rows = get(sim, COST, start_month="2026-08", end_month="2026-10", fields="infra_host_total_cost")["data"]
            assert sorted({row["attributes"]["month"][:7] for row in rows}) == months
            assert get(sim, COST, start_month="2026-10", fields="*") == {"data": []}


def test_cost_fields_and_tags(sim: Simulator) -> None:
    query = {"start_month": "2026-09", "fields": "infra_host_total_cost,rum_on_demand_cost"}
    rows = get(sim, COST, 0, **query)["data"]
    assert [sorted(row["attributes"]["values"]) for row in rows] == [
        ["infra_host_total_cost", "rum_on_demand_cost"]
    ] * 3
    assert [row["attributes"]["tags"] for row in rows] == [None] * 3
    (own,) = get(sim, COST, 0, **query, include_descendants="false")["data"]
    assert own["attributes"]["public_id"] == sim.orgs[0].public_id
    unknown = get(sim, COST, 0, **query, tag_breakdown_keys="colour")["data"]
    assert [row["attributes"] for row in unknown] == [row["attributes"] for row in rows]
    teams = get(sim, COST, 0, **query, tag_breakdown_keys="team")["data"]
    tags = [row["attributes"]["tags"] for row in teams]
    assert {"team": []} in tags
    assert tags.count(None) == 1


def test_usage_is_kept_for_fifteen_months_and_measured_up_to_now(sim: Simulator) -> None:
    def hours(start: str, end: str) -> list[str]:
        query = {**NEEDED[HOURLY], "filter[timestamp][start]": start, "filter[timestamp][end]": end}
        return [row["attributes"]["timestamp"] for row in get(sim, HOURLY, 0, **query)["data"]]

    assert hours("2025-06-30T22", "2025-07-01T02")[0] == "2025-07-01T00:00:00+00:00"
    assert hours("2026-10-21T00", "2026-10-21T12")[-1] == "2026-10-21T05:00:00+00:00"
    old = [get(sim, "/api/v1/usage/billable-summary", month=month)["usage"] for month in ("2025-06", "2026-11")]
    assert old == [[], []]
    assert get(sim, "/api/v1/usage/top_avg_metrics", month="2025-06")["usage"] == []


def test_just_after_midnight_all_of_yesterday_is_measured() -> None:
    with Simulator(now=datetime(2026, 10, 21, 0, 5, tzinfo=UTC)) as sim:
        query = {"start_hr": "2026-10-20T00", "index_name": "main"}
        assert len(get(sim, "/api/v1/usage/logs_by_index", 0, **query)["usage"]) == 24


def test_the_parent_sees_its_children_in_hourly_usage(sim: Simulator) -> None:
    for org, expected in ((0, 3), (1, 1)):
        query = {**NEEDED[HOURLY], "filter[include_descendants]": "true"}
        rows = get(sim, HOURLY, org, **query)["data"]
        assert len({row["attributes"]["public_id"] for row in rows}) == expected


def points(sim: Simulator, query: str) -> dict[frozenset[str], list[list[float]]]:
    """Points by tags over the 30 days before today."""
    start, end = (int(datetime(2026, month, 21, tzinfo=UTC).timestamp()) for month in (9, 10))
    answer = get(sim, "/api/v1/query", 0, query=query, **{"from": start, "to": end})
    return {frozenset(each["tag_set"]): each["pointlist"] for each in answer["series"]}


@pytest.mark.parametrize(
    "spelling",
    [
        " by {status, service, datadog_index}.rollup(sum,86400)",
        " by {service,datadog_index,status}.rollup( sum , 86400 ).as_count()",
    ],
)
def test_the_spelling_of_a_query_does_not_matter(sim: Simulator, spelling: str) -> None:
    usual = points(sim, f"{LOGS} by {{datadog_index,service,status}}.as_count().rollup(sum, 86400)")
    assert points(sim, LOGS + spelling) == usual
    inventory = sim.company.inventories[0]
    assert len(usual) == sum(len(index.slices) for index in inventory.indexes)
    assert {len(each) for each in usual.values()} == {30}


def test_coarser_groups_hold_the_sum_of_finer_ones(sim: Simulator) -> None:
    fine = points(sim, f"{LOGS} by {{service,status}}.rollup(sum, 86400)")
    by_status = points(sim, f"{LOGS} by {{status}}.rollup(sum, 86400)")
    only = points(sim, LOGS.replace("false}", "false,status:debug}") + " by {status}.rollup(sum, 86400)")
    debug = sum(value for tags, each in fine.items() if "status:debug" in tags for _, value in each)
    assert sum(value for _, value in by_status[frozenset({"status:debug"})]) == debug
    assert only == {frozenset({"status:debug"}): by_status[frozenset({"status:debug"})]}
    assert points(sim, LOGS.replace("false", "true") + " by {status}.rollup(sum, 86400)") == {}


def test_a_query_of_a_customers_metric_is_refused_and_noted() -> None:
    with Simulator(now=NOW) as sim:
        for text in ("avg:cart.coupon.attempts{*}", f"{LOGS} + sum:cart.coupon.attempts{{*}}", "nonsense"):
            assert ask(sim, "/api/v1/query", query={"from": 1, "to": 2, "query": text}).status == 400
        assert len(sim.offences) == 3
        assert "cart.coupon.attempts" in sim.offences[0]
        get(sim, "/api/v1/query", 0, query="avg:datadog.estimated_usage.hosts{*}", **{"from": 1, "to": 2})
        assert len(sim.offences) == 3
