"""Each collector against the simulated company: what is there is read, in full, by no more calls than needed."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from costguard.datadog.client import Connection
from costguard.datadog.collectors import Collector, collectors, tables_of
from costguard.datadog.collectors.billable_usage import BillableUsages
from costguard.datadog.collectors.dashboards import Dashboards
from costguard.datadog.collectors.hourly_usage import HourlyUsages
from costguard.datadog.collectors.index_usage import IndexEvents
from costguard.datadog.collectors.log_indexes import LogIndexes
from costguard.datadog.collectors.log_slices import LogSlices
from costguard.datadog.collectors.metric_usage import MonthOfMetrics
from costguard.datadog.collectors.metrics import Metrics
from costguard.datadog.collectors.monitors import Downtimes, Monitors
from costguard.datadog.collectors.notebooks import Notebooks
from costguard.datadog.collectors.slos import Slos
from costguard.datadog.collectors.synthetics import SyntheticsDowntimes, SyntheticTests
from costguard.model.findings import Cause
from costguard.model.resources import (
    IGNORE_TAG,
    KINDS,
    ContainerGroup,
    Dashboard,
    LogIndex,
    LogSlice,
    Metric,
    Monitor,
    Resource,
    SyntheticsDowntime,
    SyntheticTest,
)
from costguard.model.usage import ROWS, HourlyUsage, IndexUsage, MetricUsage
from costguard.simulator import Simulator
from costguard.simulator.inventory import Inventory
from tests.datadog.collecting import NOW, Known, connect_all, gaps, ids, periods, run, window


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    """An organisation of everything, with everything permitted."""
    with Simulator(now=NOW) as running:
        yield running


@pytest.fixture
def orgs(simulator: Simulator) -> list[tuple[Connection, Inventory]]:
    """Each organisation's connection and what it really has."""
    inventories = {each.org.name: each for each in simulator.company.inventories}
    return [(each, inventories[each.org.name]) for each in connect_all(simulator)]


def test_every_kind_has_one_collector() -> None:
    """Resources are collected by a class that is found by its place alone; no kind and no table by two.

    Groups of containers are made of rows of usage, and so are not collected.
    """
    found = Counter(each.provides for each in collectors())
    assert set(found.values()) == {1}
    assert set(KINDS.values()) - set(found) == {ContainerGroup}
    filled = {table for each in collectors() for table in tables_of(each)}
    assert filled == {*KINDS.values(), *ROWS} - {ContainerGroup}


@pytest.mark.parametrize(
    ("collector", "there"),
    [
        pytest.param(SyntheticTests(), lambda it: [each.id for each in it.tests], id="tests"),
        pytest.param(SyntheticsDowntimes(), lambda it: [each["id"] for each in it.synthetics_downtimes], id="pauses"),
        pytest.param(Monitors(), lambda it: [str(each["id"]) for each in it.monitors], id="monitors"),
        pytest.param(Downtimes(), lambda it: [each["id"] for each in it.downtimes], id="downtimes"),
        pytest.param(Dashboards(), lambda it: [each["id"] for each in it.dashboards], id="dashboards"),
        pytest.param(Notebooks(), lambda it: [str(each["id"]) for each in it.notebooks], id="notebooks"),
        pytest.param(Slos(), lambda it: [each["id"] for each in it.slos], id="slos"),
        pytest.param(LogIndexes(), lambda it: [each.name for each in it.indexes], id="indexes"),
        pytest.param(
            LogSlices(),
            lambda it: [f"{i.name}/{s.service}/{s.status}" for i in it.indexes for s in i.slices],
            id="slices",
        ),
        pytest.param(Metrics(), lambda it: [each.name for each in it.metrics if each.silent_hours < 24], id="metrics"),
    ],
)
def test_all_that_is_there_is_read(
    orgs: list[tuple[Connection, Inventory]], collector: Collector, there: Callable[[Inventory], list[str]]
) -> None:
    """Every resource of the kind, once, without a gap; each as its own organisation's."""
    for connection, inventory in orgs:
        items = run(collector, connection, window())
        assert gaps(items) == []
        assert sorted(ids(items)) == sorted(there(inventory))
        assert {each.org for each in items if isinstance(each, Resource)} == {connection.org.name}
        assert all(each.url.startswith("https://app.datadoghq.com/") for each in items if isinstance(each, Resource))


def test_synthetic_tests_in_full(orgs: list[tuple[Connection, Inventory]]) -> None:
    """Everything that a test's cost is computed from, and the cost itself."""
    for connection, inventory in orgs:
        read = {
            each.id: each for each in run(SyntheticTests(), connection, window()) if isinstance(each, SyntheticTest)
        }
        for real in inventory.tests:
            test = read[real.id]
            assert (test.type, test.subtype, test.tick_every) == (real.type, real.subtype, real.tick)
            assert (test.locations, test.tags, test.message) == (real.locations, real.tags, real.message)
            assert (test.device_ids if real.type == "browser" else ()) == (
                real.devices if real.type == "browser" else ()
            )
            assert test.weekly_seconds == real.weekly_seconds
            assert (test.status == "live") == real.live
            assert test.monitor_id == str(real.monitor)
            assert test.min_failure_duration == real.wait
            assert test.blocks_ci == (real.ci == "blocking")
            assert (test.created, test.modified) == (real.created, real.modified)
            if real.type == "browser" or real.subtype == "multi":
                assert test.steps == real.steps
            if not real.stopped and real.type in ("api", "browser"):
                modelled = real.modelled()
                assert test.modelled_units == pytest.approx(Decimal(modelled.numerator) / modelled.denominator)


def test_steps_of_an_unchanged_browser_test_are_not_asked_again(simulator: Simulator) -> None:
    """Only a test that is new or was edited costs a call of its own."""
    connection = connect_all(simulator)[0]
    before = [each for each in run(SyntheticTests(), connection, window()) if isinstance(each, SyntheticTest)]
    browser = [each for each in before if each.type == "browser"]
    edited, unread = browser[0], browser[1]
    known = [
        each.model_copy(update={"modified": NOW - timedelta(days=900)})
        if each is edited
        else each.model_copy(update={"steps": None})
        if each is unread
        else each
        for each in before
    ]
    asked = len(simulator.requests)
    after = run(SyntheticTests(), connection, window(Known({SyntheticTest: known})))
    details = [each.path for each in simulator.requests[asked:] if "/browser/" in each.path]
    assert sorted(details) == sorted(f"/api/v1/synthetics/tests/browser/{each.id}" for each in (edited, unread))
    assert sorted(after, key=str) == sorted(before, key=str)


def test_downtimes_that_are_in_force(orgs: list[tuple[Connection, Inventory]]) -> None:
    """A synthetics downtime is active where Datadog says so, and names its tests."""
    stopped: set[str] = set()
    for connection, _ in orgs:
        read = run(SyntheticsDowntimes(), connection, window())
        stopped |= {
            id_ for each in read if isinstance(each, SyntheticsDowntime) and each.active for id_ in each.test_ids
        }
    assert stopped == {test.id for _, inventory in orgs for test in inventory.tests if test.stopped}


def test_monitors_know_whom_they_notify(orgs: list[tuple[Connection, Inventory]]) -> None:
    """The list and the search are joined by number."""
    for connection, inventory in orgs:
        read = {each.id: each for each in run(Monitors(), connection, window()) if isinstance(each, Monitor)}
        for raw in inventory.monitors:
            monitor = read[str(raw["id"])]
            handles = [each["handle"] for each in inventory.notified.get(raw["id"], [])]
            assert monitor.notifications is not None
            assert set(handles) <= set(monitor.notifications)
            assert monitor.synthetics_check_id == raw["options"].get("synthetics_check_id")
            ends = [end for scope, end in raw["options"]["silenced"].items() if scope == "*"]
            ends += [each["end"] for each in raw["matching_downtimes"] if each["scope"] == ["*"]]
            lasting = [end for end in ends if end is None or end > NOW.timestamp()]
            assert monitor.muted == bool(lasting)
            if lasting:
                assert (monitor.muted_until is None) == (None in lasting)


def test_without_the_search_nobody_is_said_to_be_notified_or_not(simulator: Simulator) -> None:
    """Notifications are not known, the monitors are, and the gap says which part is missing."""
    simulator.faults.failing = {"/api/v1/monitor/search": 500}
    try:
        items = run(Monitors(), connect_all(simulator)[0], window())
    finally:
        simulator.faults.failing = {}
    monitors = [each for each in items if isinstance(each, Monitor)]
    assert monitors
    assert all(each.notifications is None for each in monitors)
    assert [(each.what, each.cause, each.optional) for each in gaps(items)] == [
        ("monitor notifications", Cause.FAILED, False)
    ]


def test_dashboards_know_what_they_ask(orgs: list[tuple[Connection, Inventory]]) -> None:
    """Titles, authors, queries and tags; none of their queries is of an unknown source."""
    for connection, inventory in orgs:
        read = {each.id: each for each in run(Dashboards(), connection, window()) if isinstance(each, Dashboard)}
        for raw in inventory.dashboards:
            dashboard = read[raw["id"]]
            assert (dashboard.name, dashboard.author) == (raw["title"], raw["author_handle"])
            assert all(each.source != "unknown" for each in dashboard.queries)
        assert any(each.queries for each in read.values())
        assert any(each.viewed for each in read.values())


def test_only_an_edited_dashboard_is_read_again(simulator: Simulator) -> None:
    """What the store has of the others is kept, their views are new."""
    connection, inventory = connect_all(simulator)[0], simulator.company.inventories[0]
    before = [each for each in run(Dashboards(), connection, window()) if isinstance(each, Dashboard)]
    simulator.touch_dashboard(inventory.org.name, before[3].id, title="Renamed")
    stale = [each.model_copy(update={"views": None, "viewed": None, "name": "old"}) for each in before]
    asked = len(simulator.requests)
    after = [
        each for each in run(Dashboards(), connection, window(Known({Dashboard: stale}))) if isinstance(each, Dashboard)
    ]
    details = [each.path for each in simulator.requests[asked:] if each.path.startswith("/api/v1/dashboard/")]
    assert details == [f"/api/v1/dashboard/{before[3].id}"]
    by_id = {each.id: each for each in after}
    for each in before:
        if each.id == before[3].id:
            assert (by_id[each.id].name, by_id[each.id].queries) == ("Renamed", each.queries)
        else:
            assert by_id[each.id] == each


def test_views_that_are_counted_for_nobody_are_no_data() -> None:
    """Without the preview there is an optional gap, and no dashboard has views."""
    with Simulator(now=NOW) as simulator:
        simulator.faults.dashboards_usage_missing = True
        items = run(Dashboards(), connect_all(simulator)[1], window())
    (gap,) = gaps(items)
    assert (gap.what, gap.cause, gap.optional) == ("dashboard views", Cause.NOT_AVAILABLE, True)
    dashboards = [each for each in items if isinstance(each, Dashboard)]
    assert dashboards
    assert {(each.views, each.viewed) for each in dashboards} == {(None, None)}


def test_slices_add_up_to_what_is_billed(simulator: Simulator) -> None:
    """Scaled to the index's live events of the same 30 days, in the proportions that the usage metric gives."""
    for connection, inventory in zip(connect_all(simulator), simulator.company.inventories, strict=True):
        read = [each for each in run(LogSlices(), connection, window()) if isinstance(each, LogSlice)]
        indexes = {each.id: each for each in run(LogIndexes(), connection, window()) if isinstance(each, LogIndex)}
        sums: defaultdict[str, Decimal] = defaultdict(Decimal)
        for each in read:
            sums[each.index] += each.events
            assert each.calibrated
            assert each.tags == indexes[each.index].tags
        for index in inventory.indexes:
            events = simulator.account.last_30_days(index)
            assert float(sums[index.name]) == pytest.approx(events, rel=1e-12)
            by_id = {each.id: each for each in read}
            for part in index.slices:
                slice_ = by_id[f"{index.name}/{part.service}/{part.status}"]
                assert float(slice_.events) == pytest.approx(events * part.weight / index.weight, rel=1e-12)


def test_slices_without_readable_usage_are_estimates() -> None:
    """They say that they are not calibrated; the gap is the usage's own."""
    with Simulator(now=NOW, forbid=["usage_read"]) as simulator:
        connection = connect_all(simulator)[0]
        items = run(LogSlices(), connection, window())
        usage = run(IndexEvents(), connection, window())
    slices = [each for each in items if isinstance(each, LogSlice)]
    assert slices
    assert gaps(items) == []
    assert not any(each.calibrated for each in slices)
    assert [(each.what, each.cause) for each in gaps(usage)] == [("index_usage", Cause.MISSING_PERMISSION)]


def test_no_slice_without_the_tags_of_its_index() -> None:
    """An index that asks to be left alone could not be told from the others."""
    with Simulator(now=NOW, forbid=["logs_read_config"]) as simulator:
        items = run(LogSlices(), connect_all(simulator)[0], window())
    assert [(each.what, each.cause) for each in gaps(items)] == [("log_slice", Cause.MISSING_PERMISSION)]
    assert ids(items) == []


def test_metrics_know_their_month_and_their_readers(simulator: Simulator) -> None:
    """One sweep and three lists, no call for a single metric, and no query of anybody's metric."""
    asked = len(simulator.requests)
    for connection, inventory in zip(connect_all(simulator), simulator.company.inventories, strict=True):
        read = {each.id: each for each in run(Metrics(), connection, window()) if isinstance(each, Metric)}
        for real in inventory.metrics:
            if real.silent_hours < 24:
                metric = read[real.name]
                assert (metric.category, metric.series) == (real.category, Decimal(real.series))
                assert metric.queried == (real.queried_days is not None and real.queried_days < 90)
                assert metric.has_assets == real.assets
                assert metric.ignored == (IGNORE_TAG in real.tags)
                assert metric.type == (None if real.configured is None else real.type)
    paths = {each.path for each in simulator.requests[asked:]}
    assert paths == {"/api/v2/metrics", "/api/v1/usage/top_avg_metrics"}
    assert simulator.offences == []


def test_metrics_without_readable_usage_have_volumes_and_no_category() -> None:
    """The rules that need a price are told that the category is not known."""
    with Simulator(now=NOW, forbid=["usage_read"]) as simulator:
        items = run(Metrics(), connect_all(simulator)[0], window())
        real = {each.name: each.series for each in simulator.company.inventories[0].metrics}
    metrics = [each for each in items if isinstance(each, Metric)]
    assert gaps(items) == []
    assert {each.category for each in metrics} == {"unknown"}
    assert all(each.series == real[each.id] for each in metrics)


def test_a_final_month_of_metrics_is_joined_from_what_is_known(simulator: Simulator) -> None:
    """It is not asked again, and changes nothing."""
    connection = connect_all(simulator)[0]
    before = [each for each in run(Metrics(), connection, window()) if isinstance(each, Metric)]
    known = window(Known({Metric: before}, {MetricUsage: frozenset({"2026-10"})}))
    asked = len(simulator.requests)
    assert run(Metrics(), connection, known) == before
    assert run(MonthOfMetrics(), connection, known) == []
    assert {each.path for each in simulator.requests[asked:]} == {"/api/v2/metrics"}


def test_days_that_are_final_are_not_asked_again(simulator: Simulator) -> None:
    """A day of usage is final after 72 hours and a day; until then it is read again."""
    connection = connect_all(simulator)[0]
    first = run(HourlyUsages(), connection, window())
    final = sorted(each.key for each in periods(first) if each.final)
    assert len(periods(first)) == 51, "by default since the last closed month began"
    assert (final[0], final[-1]) == ("2026-10-01", "2026-11-16")
    asked = len(simulator.requests)
    again = run(HourlyUsages(), connection, window(Known(final={HourlyUsage: frozenset(final)})))
    assert sorted(each.key for each in periods(again)) == ["2026-11-17", "2026-11-18", "2026-11-19", "2026-11-20"]
    starts = [each.query["filter[timestamp][start]"] for each in simulator.requests[asked:]]
    assert set(starts) == {(f"2026-11-{day}T00",) for day in range(17, 21)}
    index = run(IndexEvents(), connection, window(Known(final={IndexUsage: frozenset(final)})))
    assert [each.key for each in periods(index)] == ["2026-11-17", "2026-11-18", "2026-11-19", "2026-11-20"]


def test_months_are_final_once_their_cost_is_published(simulator: Simulator) -> None:
    """On the 21st all closed months stand, and the running one never does; they are read newest first."""
    items = run(BillableUsages(), connect_all(simulator)[0], window())
    months = [(2026, month) for month in range(10, 0, -1)] + [(2025, month) for month in range(12, 7, -1)]
    assert [(each.key, each.final) for each in periods(items)] == [
        ("2026-11", False),
        *((f"{year}-{month:02}", True) for year, month in months),
    ]


def test_a_list_that_repeats_itself_ends(simulator: Simulator) -> None:
    """What came is kept, and the gap says why it is not all."""
    simulator.faults.repeat_page = {"/api/v1/slo", "/api/v2/metrics"}
    try:
        slos: list[Any] = run(Slos(), connect_all(simulator)[0], window())
        metrics = run(Metrics(), connect_all(simulator)[0], window())
    finally:
        simulator.faults.repeat_page = set()
    assert len(ids(slos)) == len(simulator.company.inventories[0].slos)
    assert [(each.what, each.cause) for each in gaps(slos)] == [("slo", Cause.MALFORMED)]
    assert [(each.what, each.cause) for each in gaps(metrics)] == [("metric", Cause.MALFORMED)]
