"""Answers that are not what Datadog documents: what cannot be read is counted, the rest is kept."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import takewhile
from typing import Any

import pytest

from costguard.datadog.collectors import Collector, name_of
from costguard.datadog.collectors.billable_usage import BillableUsages
from costguard.datadog.collectors.dashboards import Dashboards
from costguard.datadog.collectors.dimensions import ActiveDimensions, DimensionKeys
from costguard.datadog.collectors.hourly_usage import HourlyUsages
from costguard.datadog.collectors.index_usage import IndexEvents, index_days
from costguard.datadog.collectors.log_indexes import LogIndexes
from costguard.datadog.collectors.log_slices import LogSlices
from costguard.datadog.collectors.metric_usage import MonthOfMetrics
from costguard.datadog.collectors.metrics import Metrics
from costguard.datadog.collectors.monitors import Downtimes, Monitors
from costguard.datadog.collectors.monthly_attribution import MonthlyAttributions
from costguard.datadog.collectors.monthly_cost import MonthlyCosts
from costguard.datadog.collectors.notebooks import Notebooks
from costguard.datadog.collectors.organisation import Organisations
from costguard.datadog.collectors.slos import Slos
from costguard.datadog.collectors.synthetics import SyntheticsDowntimes, SyntheticTests
from costguard.datadog.collectors.usage_summary import UsageSummaries
from costguard.datadog.periods import closed_months, month_key
from costguard.model.findings import Cause
from costguard.model.resources import Dashboard, Downtime, LogSlice, Metric, Monitor, Organisation, SyntheticTest
from costguard.model.usage import (
    ActiveDimension,
    BillableUsage,
    DimensionKey,
    HourlyUsage,
    IndexUsage,
    MonthlyAttribution,
    MonthlyCost,
    Period,
    Row,
    UsageSummary,
)
from costguard.model.usage_settings import UsageSettings
from tests.datadog.collecting import NOW, Known, connect, gaps, held, ids, listed, periods, run, window
from tests.datadog.server import Reply, Request, Script, Server

TESTS = "/api/v1/synthetics/tests"
MONITORS = "/api/v1/monitor"
SEARCH = "/api/v1/monitor/search"
DASHBOARDS = "/api/v1/dashboard"
VIEWS = "/api/v2/dashboards/usage"
INDEXES = "/api/v1/logs/config/indexes"
EVENTS = "/api/v1/usage/logs_by_index"


@pytest.fixture
def server() -> Iterator[Server]:
    """Answers as each test says."""
    with Server() as running:
        yield running


def serve(server: Server, replies: Mapping[str, Script]) -> None:
    """What is answered to which path; other paths are 404."""
    server.replies.update(replies)


def one(body: Any) -> Script:
    """The same body again and again."""
    return [Reply(body=body)]


SPARSE: list[Any] = [
    pytest.param(SyntheticTests(), {TESTS: listed("tests", [{"public_id": "a"}], "page_number")}, "a", id="test"),
    pytest.param(
        SyntheticTests(),
        {TESTS: listed("tests", [{"public_id": "a", "options": None, "config": None, "tags": None}], "page_number")},
        "a",
        id="test with nulls",
    ),
    pytest.param(
        SyntheticsDowntimes(), {"/api/v2/synthetics/downtimes": one({"data": [{"id": "a"}]})}, "a", id="pause"
    ),
    pytest.param(
        Monitors(),
        {MONITORS: listed(None, [{"id": 7, "options": None, "matching_downtimes": None}], "page"), SEARCH: one({})},
        "7",
        id="monitor",
    ),
    pytest.param(
        Downtimes(),
        {
            "/api/v2/downtime": listed(
                "data", [{"id": "a", "attributes": {"monitor_identifier": {"monitor_id": 7}}}], "page[offset]"
            )
        },
        "a",
        id="downtime",
    ),
    pytest.param(
        Dashboards(),
        {DASHBOARDS: listed("dashboards", [{"id": "a"}], "start"), f"{DASHBOARDS}/a": one({"widgets": []})},
        "a",
        id="dashboard",
    ),
    pytest.param(
        Notebooks(),
        {"/api/v1/notebooks": listed("data", [{"id": 7, "attributes": {"cells": []}}], "start")},
        "7",
        id="notebook",
    ),
    pytest.param(Slos(), {"/api/v1/slo": listed("data", [{"id": "a"}], "offset")}, "a", id="slo"),
    pytest.param(LogIndexes(), {INDEXES: one({"indexes": [{"name": "a", "filter": None}]})}, "a", id="index"),
    pytest.param(Metrics(), {"/api/v2/metrics": one({"data": [{"id": "a"}]})}, "a", id="metric"),
]


@pytest.mark.parametrize(("collector", "replies", "id_"), SPARSE)
def test_an_id_is_enough(server: Server, collector: Collector, replies: Mapping[str, Script], id_: str) -> None:
    """Everything that is not the identity of an item may be missing or null."""
    serve(server, replies)
    items = run(collector, connect(server.url), window())
    assert ids(items) == [id_]
    assert [each for each in gaps(items) if each.what == name_of(collector.provides)] == []


BROKEN: list[Any] = [
    pytest.param(
        SyntheticTests(),
        {TESTS: listed("tests", [{"public_id": "a"}, {"name": "x"}, {"public_id": ["b"]}], "page_number")},
        "2 of 3 synthetic tests",
        id="test",
    ),
    pytest.param(
        Monitors(),
        {MONITORS: listed(None, [{"id": "a"}, {"id": None}, {"id": {}}], "page")},
        "2 of 3 monitors",
        id="monitor",
    ),
    pytest.param(
        Downtimes(),
        {
            "/api/v2/downtime": listed(
                "data",
                [
                    {"id": "a", "attributes": {"monitor_identifier": {"monitor_tags": ["*"]}}},
                    {"id": "b", "attributes": None},
                ],
                "page[offset]",
            )
        },
        "1 of 2 downtimes",
        id="downtime of no monitor",
    ),
    pytest.param(
        Dashboards(),
        {
            DASHBOARDS: listed("dashboards", [{"id": "a"}, {"title": "b"}], "start"),
            f"{DASHBOARDS}/a": one({"widgets": []}),
        },
        "1 of 2 dashboards",
        id="dashboard",
    ),
    pytest.param(
        Dashboards(),
        {
            DASHBOARDS: listed("dashboards", [{"id": "a"}, {"id": "b"}, {"id": "c"}], "start"),
            f"{DASHBOARDS}/a": one({"widgets": []}),
            f"{DASHBOARDS}/b": one({"widgets": None}),
            f"{DASHBOARDS}/c": one([]),
        },
        "2 of 3 dashboards: b, c",
        id="dashboard without widgets",
    ),
    pytest.param(
        Dashboards(),
        {
            DASHBOARDS: listed("dashboards", [{"id": "a"}, {"id": "b"}], "start"),
            f"{DASHBOARDS}/a": one({"widgets": []}),
            f"{DASHBOARDS}/b": one(b'{"widgets": ' + b"[" * 3000 + b"]" * 3000 + b"}"),
        },
        "1 of 2 dashboards: b",
        id="dashboard that is very deep",
    ),
    pytest.param(
        Notebooks(),
        {
            "/api/v1/notebooks": listed(
                "data", [{"id": "a", "attributes": {"cells": []}}, {"id": "b", "attributes": {}}], "start"
            )
        },
        "1 of 2 notebooks",
        id="notebook without cells",
    ),
    pytest.param(Slos(), {"/api/v1/slo": listed("data", [{"id": "a"}, {}], "offset")}, "1 of 2 objectives", id="slo"),
    pytest.param(
        LogIndexes(),
        {INDEXES: one({"indexes": [{"name": "a"}, {}, {"name": "c", "exclusion_filters": [{"name": "x"}]}, "d"]})},
        "3 of 4 log indexes",
        id="index",
    ),
    pytest.param(
        Metrics(), {"/api/v2/metrics": one({"data": [{"id": "a"}, {"id": 1.5}]})}, "1 of 2 metrics", id="metric"
    ),
]


@pytest.mark.parametrize(("collector", "replies", "hint"), BROKEN)
def test_a_broken_item_costs_itself(
    server: Server, collector: Collector, replies: Mapping[str, Script], hint: str
) -> None:
    """The others are kept; the gap counts, and makes the kind incomplete."""
    serve(server, replies)
    items = run(collector, connect(server.url), window())
    assert ids(items) == ["a"]
    (gap,) = [each for each in gaps(items) if each.what == name_of(collector.provides)]
    assert (gap.cause, gap.optional) == (Cause.MALFORMED, False)
    assert hint in gap.hint


@pytest.mark.parametrize(
    ("collector", "path"),
    [
        (SyntheticTests(), TESTS),
        (SyntheticsDowntimes(), "/api/v2/synthetics/downtimes"),
        (Monitors(), MONITORS),
        (Downtimes(), "/api/v2/downtime"),
        (Dashboards(), DASHBOARDS),
        (Notebooks(), "/api/v1/notebooks"),
        (Slos(), "/api/v1/slo"),
        (LogIndexes(), INDEXES),
        (Metrics(), "/api/v2/metrics"),
        (MonthOfMetrics(), "/api/v1/usage/top_avg_metrics"),
        (IndexEvents(), EVENTS),
        (HourlyUsages(), "/api/v2/usage/hourly_usage"),
        (BillableUsages(), "/api/v1/usage/billable-summary"),
        (MonthlyCosts(), "/api/v2/cost_by_tag/monthly_cost_attribution"),
        (MonthlyAttributions(), "/api/v1/usage/monthly-attribution"),
        (UsageSummaries(), "/api/v1/usage/summary"),
        (DimensionKeys(), "/api/v2/usage/billing_dimension_mapping"),
        (ActiveDimensions(), "/api/v2/cost_by_tag/active_billing_dimensions"),
    ],
)
@pytest.mark.parametrize(
    "body", [{"surprise": 1}, {"data": 7, "usage": "x", "tests": {}, "indexes": 1, "dashboards": 0}]
)
def test_another_shape_is_a_gap(server: Server, collector: Collector, path: str, body: Any) -> None:
    """An answer without its list is not taken for an empty one."""
    serve(server, {path: one(body), SEARCH: one({"monitors": []}), VIEWS: one({"data": []})})
    items = run(collector, connect(server.url), window())
    assert [each.cause for each in gaps(items) if each.what == name_of(collector.provides)] == [Cause.MALFORMED]
    assert ids(items) == []


def test_unknown_values_are_kept(server: Server) -> None:
    """A type or status that Datadog adds next is text like any other."""
    serve(
        server,
        {
            TESTS: listed(
                "tests", [{"public_id": "a", "type": "quantum", "status": "dreaming", "monitor_id": 0}], "page_number"
            )
        },
    )
    (test,) = run(SyntheticTests(), connect(server.url), window())
    assert isinstance(test, SyntheticTest)
    assert (test.type, test.status, test.dimension, test.monitor_id) == ("quantum", "dreaming", None, "0")


def test_a_schedule_of_a_recurring_downtime(server: Server) -> None:
    """Its present or next occurrence gives the times."""
    schedule = {"recurrences": [{"rrule": "x"}], "current_downtime": {"start": "2026-11-21T00:00:00Z", "end": None}}
    attributes = {"monitor_identifier": {"monitor_tags": ["a:b"]}, "schedule": schedule, "status": "active"}
    serve(server, {"/api/v2/downtime": listed("data", [{"id": "a", "attributes": attributes}], "page[offset]")})
    (downtime,) = run(Downtimes(), connect(server.url), window())
    assert isinstance(downtime, Downtime)
    assert (downtime.recurring, downtime.starts, downtime.ends) == (True, datetime(2026, 11, 21, tzinfo=UTC), None)


def test_a_monitor_of_a_formula(server: Server) -> None:
    """What its variables ask is kept, for its own text says only how they are combined."""
    variables = [{"data_source": "logs", "name": "a", "search": {"query": "status:error"}, "indexes": ["main"]}]
    raw = {"id": 7, "query": 'formula("a").last("5m") > 1', "options": {"variables": variables}}
    serve(server, {MONITORS: listed(None, [raw], "page"), SEARCH: one({"monitors": []})})
    (monitor,) = run(Monitors(), connect(server.url), window())
    assert isinstance(monitor, Monitor)
    assert [(each.source, each.text, each.indexes) for each in monitor.queries] == [("logs", "status:error", ("main",))]


def test_many_dashboards_that_fail_are_given_up(server: Server) -> None:
    """After twenty failures in a row the others are not asked for, and the one gap counts them all."""
    raws = [{"id": f"d{number}"} for number in range(60)]
    server.replies[DASHBOARDS] = listed("dashboards", raws, "start")
    for raw in raws:
        server.replies[f"{DASHBOARDS}/{raw['id']}"] = [Reply(400, {"errors": ["no"]})]
    items = run(Dashboards(), connect(server.url), window())
    assert ids(items) == []
    (gap,) = [each for each in gaps(items) if each.what == "dashboard"]
    assert "60 of 60 dashboards: d0, d1, d2, d3, d4, …" in gap.hint
    assert sum(each.path.startswith(f"{DASHBOARDS}/") for each in server.requests) == 20


def test_hours_of_another_organisation_are_kept_as_such(server: Server) -> None:
    """Rows that name none are the keys' own."""
    hour = {"hour": "2026-11-20T00:00:00+00:00", "index_name": "main", "event_count": 5, "filtered": False, "new": [1]}
    rows = [{**hour, "public_id": "own", "live_index_indexed": 3, "index_id": 7}, {**hour, "public_id": "other"}, hour]
    server.replies[EVENTS] = one({"usage": rows})
    own = Organisation(org="acme", id="own")
    items = run(IndexEvents(), connect(server.url), window(organisation=own))
    rest = (datetime(2026, 11, 20, tzinfo=UTC), None, None, False, '{"new": [1]}')
    day = date(2026, 11, 20)
    assert held(items, IndexUsage)["2026-11-20"] == [
        IndexUsage(day, "own", "", "7", "main", None, 5, 3, None, *rest),
        IndexUsage(day, "other", "", "", "main", None, 5, None, None, *rest),
        IndexUsage(day, "", "", "", "main", None, 5, None, None, *rest),
    ]
    own_days = index_days(connect(server.url), window(organisation=own))
    assert own_days.by_day[day] == {"main": 3 + 5}


POINTS = [
    [float(datetime(2026, 11, day, tzinfo=UTC).timestamp() * 1000), count]
    for day, count in ((18, 100.0), (19, 300.0), (20, 600.0))
]


def series(index: str, service: str, status: str, points: list[Any]) -> dict[str, Any]:
    """One line of a metric query's answer."""
    return {"tag_set": [f"datadog_index:{index}", f"service:{service}", f"status:{status}"], "pointlist": points}


def test_slices_are_scaled_by_the_days_that_are_published(server: Server) -> None:
    """Billed hours come late: the last days are estimated by what the days before were off by."""
    server.replies |= {
        INDEXES: one({"indexes": [{"name": "main", "tags": ["team:a"]}]}),
        "/api/v1/query": one(
            {
                "status": "ok",
                "series": [
                    series("main", "web", "info", POINTS),
                    series("main", "N/A", "info", [[POINTS[0][0], 100], [POINTS[1][0], None], None, [1], ["x", 5]]),
                    series("old", "web", "info", POINTS),
                    series("N/A", "web", "info", POINTS),
                ],
            }
        ),
        EVENTS: one(
            {
                "usage": [
                    {
                        "hour": "2026-11-18T23:00:00+00:00",
                        "index_name": "main",
                        "event_count": 260,
                        "live_index_indexed": 240,
                    },
                    {
                        "hour": "2026-11-19T05:00:00+00:00",
                        "index_name": "main",
                        "event_count": 9,
                        "live_index_indexed": 9,
                    },
                ]
            }
        ),
    }
    read = {each.id: each for each in run(LogSlices(), connect(server.url), window()) if isinstance(each, LogSlice)}
    assert {key: (each.events, each.calibrated, each.tags) for key, each in read.items()} == {
        "main/web/info": (Decimal(1200), True, ("team:a",)),
        "main/N/A/info": (Decimal(120), True, ("team:a",)),
        "old/web/info": (Decimal(1000), False, ()),
    }


def test_a_failed_query_is_no_empty_one(server: Server) -> None:
    """Datadog answers some failures with 200."""
    server.replies |= {
        INDEXES: one({"indexes": []}),
        "/api/v1/query": one({"status": "error", "error": "too many series", "series": []}),
    }
    assert [each.cause for each in gaps(run(LogSlices(), connect(server.url), window()))] == [Cause.MALFORMED]


def test_volumes_lie_beside_the_metrics(server: Server) -> None:
    """Related by id, on each page; a metric without one has no series."""
    raw = {"data": [{"id": "a", "relationships": {"metric_volumes": {"data": {"id": "v"}}}}, {"id": "b"}, {"id": "c"}]}
    volumes = [
        {"id": "v", "attributes": {"indexed_volume": 5, "ingested_volume": 0}},
        {"id": "b", "attributes": {"distinct_volume": 7}},
    ]

    def reply(request: Request) -> Reply:
        return Reply(body=raw | {"included": volumes} if "include" in request.query else {"data": []})

    server.replies["/api/v2/metrics"] = reply
    read = [each for each in run(Metrics(), connect(server.url), window()) if isinstance(each, Metric)]
    assert [(each.id, each.series, each.ingested_series, each.queried) for each in read] == [
        ("a", Decimal(5), Decimal(0), False),
        ("b", Decimal(7), None, False),
        ("c", None, None, False),
    ]


def test_what_datadog_does_not_say_of_metrics_is_not_known(server: Server) -> None:
    """A refused filter says nothing about who reads a metric; a refused list of ignored ones ends it."""

    def reply(request: Request) -> Reply:
        refused = {"filter[queried]", "filter[related_assets]"} & set(request.query)
        return (
            Reply(400, {"errors": ["no"]})
            if refused
            else Reply(body={"data": [{"id": "a"}]} if "include" in request.query else {"data": []})
        )

    server.replies["/api/v2/metrics"] = reply
    items = run(Metrics(), connect(server.url), window())
    (metric,) = [each for each in items if isinstance(each, Metric)]
    assert (metric.queried, metric.has_assets) == (None, None)
    assert [each.what for each in gaps(items)] == ["metric queries", "metric assets"]

    server.replies["/api/v2/metrics"] = lambda request: (
        Reply(400, {"errors": ["no"]}) if "filter[tags]" in request.query else Reply(body={"data": [{"id": "a"}]})
    )
    items = run(Metrics(), connect(server.url), window())
    assert (ids(items), [each.what for each in gaps(items)]) == ([], ["metric"])


def test_a_server_that_ignores_filters_makes_nothing_look_unused(server: Server) -> None:
    """All metrics are on every list of what is spared."""
    server.replies["/api/v2/metrics"] = one({"data": [{"id": "a"}]})
    (metric,) = [each for each in run(Metrics(), connect(server.url), window()) if isinstance(each, Metric)]
    assert (metric.queried, metric.has_assets, metric.ignored) == (True, True, True)


def test_a_month_without_usage_by_metric_is_a_gap(server: Server) -> None:
    """Without it no metric is known to be custom; an organisation without metrics lacks nothing."""
    server.replies["/api/v1/usage/top_avg_metrics"] = one({"usage": []})
    server.replies["/api/v2/metrics"] = one({"data": [{"id": "a"}]})
    items = run(Metrics(), connect(server.url), window())
    assert [(each.what, each.cause, each.optional) for each in gaps(items)] == [
        ("metric usage", Cause.NOT_AVAILABLE, False)
    ]
    server.replies["/api/v2/metrics"] = one({"data": []})
    assert gaps(run(Metrics(), connect(server.url), window())) == []


MONTH = date(2026, 10, 1)
HOUR = datetime(2026, 11, 20, 5, tzinfo=UTC)
ROUNDED = '{"values": {"a_usage": 1e-19, "b_usage": 1.23456789012345e-07, "d_usage": "1e-19"}}'
"""What the answer says of numbers of more than 18 places."""

COUNT = Decimal("1.5")

ROWS: list[Any] = [
    pytest.param(
        HourlyUsages(),
        "/api/v2/usage/hourly_usage",
        {
            "data": [
                {
                    "id": "1",
                    "attributes": {
                        "public_id": "abc",
                        "product_family": "timeseries",
                        "timestamp": "2026-11-20T05:00:00+00:00",
                        "account_name": "Acme",
                        "measurements": [
                            {"usage_type": "x", "value": None},
                            {"usage_type": "y", "value": 5, "unit": "series"},
                            {"usage_type": "z", "value": 2**63},
                        ],
                    },
                },
                {
                    "id": "2",
                    "attributes": {
                        "public_id": "abc",
                        "product_family": "rum",
                        "timestamp": "2026-11-20T05:00:00+00:00",
                        "quality": "low",
                    },
                },
                {"id": "3", "attributes": {"public_id": "abc"}},
            ]
        },
        "2026-11-20",
        [
            HourlyUsage(HOUR, "abc", "", "", "timeseries", "x", None, "", "Acme"),
            HourlyUsage(HOUR, "abc", "", "", "timeseries", "y", 5, "", "Acme", '{"unit": "series"}'),
            HourlyUsage(HOUR, "abc", "", "", "timeseries", "z", None, "", "Acme", '{"value": 9223372036854775808}'),
            HourlyUsage(HOUR, "abc", "", "", "rum", "", None, extra='{"quality": "low"}'),
        ],
        id="hourly usage",
    ),
    pytest.param(
        BillableUsages(),
        "/api/v1/usage/billable-summary",
        {
            "usage": [
                {
                    "public_id": "abc",
                    "usage": {
                        "rum_sum": {
                            "org_billable_usage": 1.5,
                            "usage_unit": None,
                            "billing_dimension": "rum",
                            "account_billable_usage": 1e300,
                            "new": 1,
                        },
                        "odd": 3,
                    },
                },
                {"public_id": "xyz", "num_orgs": 2, "start_date": "2026-10-01T00:00:00+00:00", "end_date": "soon"},
            ]
        },
        "2026-10",
        [
            BillableUsage(
                *(MONTH, "abc", "", "", "", "rum_sum", "", None, None, None, COUNT, None, None, None),
                billing_dimension="rum",
                extra='{"account_billable_usage": 1e+300, "new": 1}',
            ),
            BillableUsage(
                *(MONTH, "xyz", "", "", "", "", "", None, None, None, None, None, None, None),
                num_orgs=2,
                start_date=datetime(2026, 10, 1, tzinfo=UTC),
                extra='{"end_date": "soon"}',
            ),
        ],
        id="billable usage",
    ),
    pytest.param(
        MonthlyCosts(),
        "/api/v2/cost_by_tag/monthly_cost_attribution",
        {
            "data": [
                {"attributes": {"public_id": "abc", "month": "2026-10-01T00:00:00Z", "values": {"a_cost": 0.1}}},
                {"attributes": {"public_id": "abc", "month": "2026-10", "tags": {"t": []}, "values": {"a_cost": None}}},
                {"attributes": {"public_id": "abc", "month": "2026-01-01T00:00:00Z", "values": {"a_cost": 9}}},
                {"attributes": {"public_id": "abc", "tags": {}, "values": {}}, "links": "x"},
                {"attributes": {"public_id": "abc", "values": None}},
            ]
        },
        "2026-10",
        [
            MonthlyCost(MONTH, "abc", "", "a_cost", Decimal("0.1"), None, None, None),
            MonthlyCost(MONTH, "abc", "", "a_cost", None, '{"t": []}', None, None, '{"month": "2026-10"}'),
            MonthlyCost(MONTH, "abc", "", "", None, None, None, None, '{"links": "x", "tags": {}}'),
        ],
        id="cost",
    ),
    pytest.param(
        MonthlyAttributions(),
        "/api/v1/usage/monthly-attribution",
        {
            "usage": [
                {"public_id": "abc", "month": "2026-10-01T00:00:00+00:00", "values": {"a_usage": 19, "b_usage": "?"}},
                {"public_id": "abc", "values": {}, "region": "eu"},
                {"public_id": "abc", "values": {"a_usage": 0.012345678901234567}, "tags": "team:web"},
                {"values": {}},
            ]
        },
        "2026-10",
        [
            MonthlyAttribution(
                *(MONTH, "abc", "", "", "a_usage", Decimal(19), None, None, None), '{"values": {"b_usage": "?"}}'
            ),
            MonthlyAttribution(
                *(MONTH, "abc", "", "", "b_usage", None, None, None, None), '{"values": {"b_usage": "?"}}'
            ),
            MonthlyAttribution(MONTH, "abc", "", "eu", "", None, None, None, None),
            MonthlyAttribution(
                *(MONTH, "abc", "", "", "a_usage", Decimal("0.012345678901234567"), None, None, None),
                '{"tags": "team:web"}',
            ),
        ],
        id="attribution",
    ),
    pytest.param(
        MonthlyAttributions(),
        "/api/v1/usage/monthly-attribution",
        {
            "usage": [
                {
                    "public_id": "abc",
                    "values": {"a_usage": 1e-19, "b_usage": 1.23456789012345e-7, "c_usage": 0.25, "d_usage": "1e-19"},
                },
                {"values": {}},
            ]
        },
        "2026-10",
        [
            MonthlyAttribution(MONTH, "abc", "", "", field, Decimal(value), None, None, None, ROUNDED)
            for field, value in (
                ("a_usage", "1e-19"),
                ("b_usage", "1.23456789012345e-7"),
                ("c_usage", "0.25"),
                ("d_usage", "1e-19"),
            )
        ],
        id="values that the column rounds",
    ),
    pytest.param(
        UsageSummaries(),
        "/api/v1/usage/summary",
        {
            "a_sum": 7,
            "usage": [
                {
                    "date": "2026-10-01T00:00:00+00:00",
                    "a": 7,
                    "orgs": [{"public_id": "abc", "name": "Acme", "a": 7, "trial": True, "none": None}],
                },
                {"date": "2026-10-01T00:00:00+00:00", "orgs": [{"a": 9}]},
            ],
            "logs": {"usage": [{"retention": "15", "b": 1.5}]},
        },
        "2026-10",
        [
            UsageSummary(MONTH, None, "", "", "response.a_sum", Decimal(7)),
            UsageSummary(MONTH, None, "", "", "response.logs.usage.15.retention", Decimal(15)),
            UsageSummary(MONTH, None, "", "", "response.logs.usage.15.b", COUNT),
            UsageSummary(MONTH, None, "", "", "a", Decimal(7)),
            UsageSummary(MONTH, "abc", "Acme", "", "a", Decimal(7)),
            UsageSummary(MONTH, "abc", "Acme", "", "trial", None, extra="true"),
            UsageSummary(MONTH, "abc", "Acme", "", "none", None),
        ],
        id="summary",
    ),
    pytest.param(
        DimensionKeys(),
        "/api/v2/usage/billing_dimension_mapping",
        {
            "data": [
                {
                    "id": "rum",
                    "attributes": {
                        "in_app_label": "RUM",
                        "endpoints": [
                            {"id": "v1/a", "keys": ["x", "y"], "status": "OK"},
                            {"id": "v2/b", "keys": [], "status": "NOT_FOUND"},
                        ],
                    },
                },
                {"id": "new", "attributes": {"timestamp": "2026-10-02T00:00:00Z"}},
                {"attributes": {}},
            ]
        },
        "2026-10",
        [
            DimensionKey(MONTH, "rum", "RUM", "v1/a", "x", "active", "OK"),
            DimensionKey(MONTH, "rum", "RUM", "v1/a", "y", "active", "OK"),
            DimensionKey(MONTH, "rum", "RUM", "v2/b", None, "active", "NOT_FOUND"),
            DimensionKey(MONTH, "new", "", "", None, "active", "", '{"timestamp": "2026-10-02T00:00:00Z"}'),
        ],
        id="dimension keys",
    ),
]


@pytest.mark.parametrize(("collector", "path", "body", "key", "expected"), ROWS)
def test_rows_of_usage_and_cost(
    server: Server, collector: Collector, path: str, body: Any, key: str, expected: list[Row]
) -> None:
    """Rows as Datadog answered them, with what no column holds; those of another month are left out.

    Broken ones are counted within their period, which is read again next time.
    """
    server.replies[path] = one(body)
    items = run(collector, connect(server.url), window())
    table = type(expected[0])
    assert held(items, table)[key] == expected
    place = items.index(next(each for each in periods(items) if (each.table, each.key) == (table, key)))
    within = list(takewhile(lambda each: not isinstance(each, Period), items[place + 1 :]))
    assert [(each.what, each.cause) for each in gaps(within)] == [(table.table, Cause.MALFORMED)]


def test_totals_are_not_final_where_the_breakdown_lacks_something(server: Server) -> None:
    """Or what it lacks would never be asked for again."""

    def reply(request: Request) -> Reply:
        tags = {"team": ["a"]} if "tag_breakdown_keys" in request.query else None
        about = {"public_id": "abc", "tag_config_source": "Acme:::team", "tags": tags, "values": {"a_cost": 1}}
        broken: list[Any] = [{"attributes": {"values": {}}}] if tags else []
        return Reply(body={"data": [{"attributes": about}, *broken]})

    server.replies["/api/v2/cost_by_tag/monthly_cost_attribution"] = reply
    items = run(MonthlyCosts(), connect(server.url), window(usage=UsageSettings(months=2)))
    finals = {each.key: each.final for each in periods(items) if each.table is MonthlyCost}
    assert finals == {"2026-10:team": True, "2026-10": False, "2026-09:team": True, "2026-09": False}
    assert [each.what for each in gaps(items)] == ["monthly_cost"] * 2


def test_active_dimensions_of_either_shape(server: Server) -> None:
    """One object as documented, or a list of them."""
    attributes = {"month": "2026-10-01T00:00:00+00:00", "values": ["rum", "infra_host", None]}
    for data in ({"attributes": attributes}, [{"attributes": attributes}]):
        server.replies["/api/v2/cost_by_tag/active_billing_dimensions"] = one({"data": data})
        items = run(ActiveDimensions(), connect(server.url), window())
        assert [(each.key, each.final) for each in periods(items)] == [("2026-10", False)]
        assert [each for each in items if isinstance(each, ActiveDimension)] == [
            ActiveDimension(date(2026, 10, 1), "rum"),
            ActiveDimension(date(2026, 10, 1), "infra_host"),
        ]


def test_a_month_without_cost_is_not_final(server: Server) -> None:
    """It may be late: it is asked for again, and one optional gap says so."""
    server.replies["/api/v2/cost_by_tag/monthly_cost_attribution"] = one({"data": []})
    items = run(MonthlyCosts(), connect(server.url), window())
    months = [each for each in periods(items) if each.table is MonthlyCost]
    assert [each.key for each in months] == [month_key(each) for each in reversed(closed_months(NOW))]
    assert not any(each.final for each in periods(items))
    (gap,) = gaps(items)
    assert (gap.what, gap.cause, gap.optional) == ("monthly_cost", Cause.NOT_AVAILABLE, True)


@pytest.mark.parametrize(
    ("body", "status", "settings", "expected", "optional"),
    [
        (
            {"included": [{"type": "roles"}, {"type": "orgs", "attributes": {"public_id": "p", "name": "Acme"}}]},
            200,
            {},
            ("p", "Acme"),
            None,
        ),
        ({"included": None}, 200, {}, None, True),
        ({"included": None}, 200, {"public_id": "s"}, ("s", "acme"), None),
        ({"errors": ["Forbidden"]}, 403, {}, None, True),
        ({"errors": ["Forbidden"]}, 403, {"public_id": "s"}, ("s", "acme"), None),
        ({"errors": ["Not found"]}, 404, {}, None, True),
        ({"errors": ["oops"]}, 500, {}, None, False),
    ],
)
def test_who_an_organisation_is(
    server: Server,
    body: Any,
    status: int,
    settings: dict[str, Any],
    expected: tuple[str, str] | None,
    optional: bool | None,
) -> None:
    """Datadog's word, else that of the settings; without either a gap, optional where it was merely refused."""
    server.replies["/api/v2/current_user"] = [Reply(status, body)]
    items = run(Organisations(), connect(server.url, parent=True, **settings), window())
    found = [each for each in items if isinstance(each, Organisation)]
    assert [(each.id, each.name) for each in found] == ([expected] if expected else [])
    assert [each.optional for each in gaps(items)] == ([] if optional is None else [optional])


@pytest.mark.parametrize(
    ("status", "body", "parent"),
    [
        (200, {"data": []}, True),
        (400, {"errors": ["API called with non-parent org keys. Data is only available at the root level org"]}, False),
        (403, {"errors": ["Forbidden"]}, None),
    ],
)
def test_whether_it_is_a_parent_is_asked_where_nobody_says(
    server: Server, status: int, body: Any, parent: bool | None
) -> None:
    """A parent-only call tells; a refusal of another kind does not."""
    server.replies["/api/v2/current_user"] = one({"included": []})
    server.replies["/api/v2/usage/billing_dimension_mapping"] = [Reply(status, body)]
    (found,) = run(Organisations(), connect(server.url, public_id="p"), window())
    assert isinstance(found, Organisation)
    assert found.parent is parent
    (declared,) = run(Organisations(), connect(server.url, public_id="p", parent=False), window())
    assert isinstance(declared, Organisation)
    assert declared.parent is False


def test_dashboards_of_the_same_time_are_kept(server: Server) -> None:
    """A dashboard that says no time of its last edit is always read."""
    server.replies |= {
        DASHBOARDS: listed("dashboards", [{"id": "a", "modified_at": None}], "start"),
        f"{DASHBOARDS}/a": one({"widgets": [{"definition": {"requests": [{"q": "avg:a{*}"}]}}]}),
        VIEWS: one({"data": []}),
    }
    items = run(Dashboards(), connect(server.url), window())
    (dashboard,) = [each for each in items if isinstance(each, Dashboard)]
    assert [each.text for each in dashboard.queries] == ["avg:a{*}"]
    assert [(each.what, each.optional) for each in gaps(items)] == [("dashboard views", True)]


GROUP = {"definition": {"type": "group", "widgets": [{"definition": {"requests": [{"q": "avg:in.a.powerpack{*}"}]}}]}}


@pytest.mark.parametrize(
    ("answer", "asked", "expected"),
    [
        (
            listed("data", [{"id": "p", "attributes": {"group_widget": GROUP}}], "page[offset]"),
            ["powerpack: p", "metrics: avg:in.a.powerpack{*}", "metrics: avg:own{*}"],
            [],
        ),
        (
            listed("data", [{"id": "another", "attributes": {"group_widget": GROUP}}], "page[offset]"),
            ["powerpack: p", 'unknown: {"powerpack_id": "p"}', "metrics: avg:own{*}"],
            [],
        ),
        (
            [Reply(403, {"errors": ["Forbidden"]})],
            ["powerpack: p", 'unknown: {"powerpack_id": "p"}', "metrics: avg:own{*}"],
            ["dashboard powerpacks"],
        ),
    ],
)
def test_powerpacks_are_read_with_their_dashboards(
    server: Server, answer: Script, asked: list[str], expected: list[str]
) -> None:
    """What a powerpack asks, its dashboards ask; one that cannot be read may ask anything. Both are read each time."""
    own = {"definition": {"requests": [{"q": "avg:own{*}"}]}}
    body = {"widgets": [{"definition": {"type": "powerpack", "powerpack_id": "p"}}, own]}
    raw = {"id": "a", "modified_at": "2026-01-01T00:00:00Z"}
    server.replies |= {
        DASHBOARDS: listed("dashboards", [raw, {**raw, "id": "b"}], "start"),
        f"{DASHBOARDS}/a": one(body),
        f"{DASHBOARDS}/b": one(body),
        VIEWS: listed("data", [{"id": "a", "attributes": {"viewed_at": "2026-01-01T00:00:00Z"}}], "page[offset]"),
        "/api/v2/powerpacks": answer,
    }
    first = run(Dashboards(), connect(server.url), window())
    read = [each for each in first if isinstance(each, Dashboard)]
    assert [[f"{query.source}: {query.text}" for query in each.queries] for each in read] == [asked, asked]
    assert [each.what for each in gaps(first)] == expected
    before = len(server.requests)
    assert run(Dashboards(), connect(server.url), window(Known({Dashboard: read}))) == first
    paths = [each.path for each in server.requests[before:]]
    assert paths.count("/api/v2/powerpacks") == (1 if expected else 2)
    assert f"{DASHBOARDS}/a" in paths
