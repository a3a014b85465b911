"""Everything at once, into a real store: what a run holds, what it costs again, and what goes wrong alone."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from costguard.datadog.client import Connection, KeysRefused
from costguard.datadog.collect import Collected, collect
from costguard.datadog.collectors import Item, Window, collectors, name_of, tables_of
from costguard.datadog.periods import month_key
from costguard.datadog.reading import Batch, Begun, Ended, Event, read
from costguard.model.findings import Cause, Gap
from costguard.model.resources import KINDS, Dashboard, Monitor, Organisation, Slo, SyntheticTest
from costguard.model.usage import (
    ROWS,
    AttributionAggregate,
    BillableUsage,
    CostCharge,
    HourlyAttribution,
    HourlyUsage,
    KubernetesUsage,
    MonthlyAttribution,
    MonthlyCost,
)
from costguard.model.usage_settings import Attribution, UsageSettings
from costguard.simulator import Faults, Simulator
from costguard.store import RunOrg, Store
from tests.datadog.collecting import NOW, Nobody, connect, connect_all, window

ASKED = [each for each in collectors() if each.provides not in (KubernetesUsage, HourlyAttribution)]
"""What is read without a `[kubernetes]` and an `[attribution]` table in the settings."""

EVERYTHING = frozenset(name_of(table) for each in ASKED for table in tables_of(each))

OF_AN_ACCOUNT = frozenset(name_of(table) for each in ASKED if each.parent_only for table in tables_of(each))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    with Store.open(tmp_path / "store.duckdb") as opened:
        yield opened


SHORT = UsageSettings(months=2, hourly_days=2)
"""Little history, for what it is not about."""


def collected(store: Store, connections: list[Connection], **options: Any) -> Collected:
    """One run, that nobody watches."""
    options = {"progress": Nobody(), "usage": SHORT, **options}
    return collect(connections, store, NOW, **options)


def contents(store: Store) -> dict[str, tuple[int, int]]:
    """Number and checksum of each table's rows, whichever run wrote them."""
    checksum = "SELECT count(*), coalesce(sum(hash(row)), 0) FROM (SELECT * EXCLUDE run FROM {}) AS row"
    rows = [(each.table, store._connection.execute(checksum.format(each.table)).fetchall()) for each in ROWS]
    return {table: (count, hashes) for table, [(count, hashes)] in rows}


def test_a_run_holds_all_that_is_there(store: Store) -> None:
    """Every kind and table of every organisation, in the numbers that there are, and completely."""
    with Simulator(now=NOW) as simulator:
        result = collected(store, connect_all(simulator), usage=UsageSettings())
        inventories = simulator.company.inventories
        assert result.requests == len(simulator.requests)
        assert simulator.offences == []
    assert result.gaps == ()
    assert {kind: len(store.resources(type_)) for kind, type_ in KINDS.items() if kind in EVERYTHING} == {
        "org": 3,
        "synthetic_test": sum(len(each.tests) for each in inventories),
        "monitor": sum(len(each.monitors) for each in inventories),
        "downtime": sum(len(each.downtimes) for each in inventories),
        "synthetics_downtime": sum(len(each.synthetics_downtimes) for each in inventories),
        "dashboard": sum(len(each.dashboards) for each in inventories),
        "notebook": sum(len(each.notebooks) for each in inventories),
        "slo": sum(len(each.slos) for each in inventories),
        "log_index": sum(len(each.indexes) for each in inventories),
        "log_slice": sum(len(index.slices) for each in inventories for index in each.indexes),
        "metric": sum(metric.silent_hours < 24 for each in inventories for metric in each.metrics),
    }
    rows = {table: count for table, (count, _) in contents(store).items()}
    assert {table for table, count in rows.items() if count} == EVERYTHING - set(KINDS)
    assert result.items == sum(len(store.resources(kind)) for kind in KINDS.values()) + sum(rows.values())
    for each in inventories:
        complete = EVERYTHING if each.org.parent else EVERYTHING - OF_AN_ACCOUNT
        assert store.seen()[each.org.name] == complete
    assert store.orgs() == tuple(
        sorted(
            (RunOrg(each.org.name, "datadoghq.com", each.org.parent, each.org.public_id) for each in inventories),
            key=lambda org: org.name,
        )
    )


def test_the_second_run_asks_a_fifth_and_holds_the_same(store: Store) -> None:
    """Nothing has changed: no dashboard, no browser test and no final period is asked for again.

    At scale 4 already; the larger the organisation, the smaller the share.
    """
    with Simulator(now=NOW, scale=4) as simulator:
        first = collected(store, connect_all(simulator), usage=UsageSettings())
        before = {kind: store.resources(kind) for kind in KINDS.values()}
        rows = contents(store)
        second = collected(store, connect_all(simulator), usage=UsageSettings())
    assert second.requests * 5 <= first.requests
    assert {kind: store.resources(kind) for kind in KINDS.values()} == before
    assert contents(store) == rows
    assert second.gaps == first.gaps == ()


def test_a_restated_month_is_corrected(store: Store) -> None:
    """Long after it was final: what it costs now is asked in one request, and tells which months to read again."""
    before, after = datetime(2026, 8, 5, tzinfo=UTC), datetime(2026, 8, 9, tzinfo=UTC)
    few = UsageSettings(months=4, hourly_days=1)
    paid = []
    for now in (before, after, after):
        with Simulator(now=now, anchor=NOW) as simulator:
            parent = connect_all(simulator)[:1]
            result = collect(parent, store, now, progress=Nobody(), kinds=frozenset(), usage=few)
            month = simulator.account.history.restated
            whole = sum(charge.total for costs in simulator.ledger.month(month) for charge in costs.values())
        rows = [row for row in store.rows(MonthlyCost, periods=[month_key(month)]) if row.tags is None]
        totals = {(row.org_public_id, row.field): row.value or 0 for row in rows if row.field.endswith("_total_cost")}
        assert sum(totals.values()) == whole
        paid.append((whole, result.requests))
    assert paid[0][0] > paid[1][0] == paid[2][0]
    # Cost, usage, attribution and the organisations' charges of that month, and nothing else; then no more.
    assert paid[1][1] > paid[2][1]


def test_what_fails_of_the_charges_costs_itself(store: Store) -> None:
    """The other two kinds are read, and the table is not complete."""
    with Simulator(now=NOW) as simulator:
        simulator.faults.failing = {"/api/v2/usage/estimated_cost": 500}
        result = collected(store, connect_all(simulator)[:1], kinds=frozenset())
    (gap,) = result.gaps
    assert (gap.what, gap.cause, gap.optional) == ("cost_charge", Cause.FAILED, False)
    assert {row.source for row in store.rows(CostCharge)} == {"historical", "projected"}
    (seen,) = store.seen().values()
    assert "cost_charge" not in seen
    assert "cost_total" not in seen
    assert "monthly_cost" in seen


def test_names_tell_who_an_organisation_is(store: Store) -> None:
    """Where keys do not tell it, the parent's usage does; settings go before, and nobody is two organisations."""
    with Simulator(now=NOW) as simulator:
        simulator.faults.failing = {"/api/v2/current_user": 404}
        parent, child, other = connect_all(simulator)
        ids = [each.public_id for each in simulator.orgs]
        keys = (simulator.orgs[1].api_key, simulator.orgs[1].app_key)
        named = connect(simulator.url, "payments", keys=keys, parent=False, public_id=ids[2])
        collected(store, [parent, child, named], kinds=frozenset())
        assert {each.name: each.public_id for each in store.orgs()} == {
            parent.org.name: ids[0],
            child.org.name: ids[1],
            "payments": ids[2],
        }
        collected(store, [parent, named, other], kinds=frozenset())
        assert {each.name: each.public_id for each in store.orgs()}[other.org.name] is None


def test_parents_and_children_are_found_out(store: Store) -> None:
    """Where nobody declares them, the same is read and the same is complete."""
    with Simulator(now=NOW) as simulator:
        result = collected(store, connect_all(simulator, declared=False))
        assert {org.name: org.parent for org in store.orgs()} == {each.name: each.parent for each in simulator.orgs}
        names = {each.name: each.parent for each in simulator.orgs}
    assert result.gaps == ()
    for name, parent in names.items():
        assert store.seen()[name] == (EVERYTHING if parent else EVERYTHING - OF_AN_ACCOUNT)


OWN = frozenset({"hourly_usage", "monthly_attribution"})
"""What a child's keys tell of the child itself."""


@pytest.mark.parametrize("declared", [True, False])
def test_children_alone_have_no_bill(store: Store, declared: bool) -> None:
    """A gap a table says that the parent's keys are missing; it is meant where the settings declare children only."""
    with Simulator(now=NOW) as simulator:
        children = connect_all(simulator, declared=declared)[1:]
        result = collected(store, children)
    unread = {name_of(each.provides) for each in ASKED if each.parent_only} - OWN
    assert unread >= {"billable_usage", "monthly_cost", "cost_charge", "usage_summary", "dimension_key"}
    assert sorted(gap.what for gap in result.gaps) == sorted(unread)
    assert {(gap.cause, gap.optional) for gap in result.gaps} == {(Cause.NOT_PARENT, declared)}
    assert [each for table in (BillableUsage, MonthlyCost) for each in store.rows(table)] == []


def test_children_alone_read_their_own_usage(store: Store) -> None:
    """By the hour, and by the month and the tag keys that each has chosen for itself, which its parent is not shown."""
    with Simulator(now=NOW) as simulator:
        children = connect_all(simulator)[1:]
        collected(store, children, attribution=Attribution(hourly_days=1))
        ids = [each.public_id for each in simulator.orgs]
        queries = [each.query for each in simulator.requests]
    descendants = {value for query in queries for name, value in query.items() if "include_descendants" in name}
    assert descendants == {("false",)}
    assert {row.org_public_id for row in store.rows(HourlyUsage)} == set(ids[1:])
    assert {row.org_public_id for row in store.rows(HourlyAttribution)} == set(ids[1:])
    assert store.seen()[children[0].org.name] >= {*OWN, "hourly_attribution"}
    by_tags = {
        row.org_public_id: set(json.loads(row.tags)) for row in store.rows(MonthlyAttribution) if row.tags is not None
    }
    assert by_tags == {ids[1]: {"env", "service", "team"}, ids[2]: {"owner", "project"}}


def test_usage_counts_once_when_the_parent_comes_to_its_children(store: Store, tmp_path: Path) -> None:
    """What they have read of themselves is in what it reads of all: the store is as if they had never done so."""
    with Simulator(now=NOW) as simulator, Store.open(tmp_path / "other.duckdb") as other:
        connections = connect_all(simulator)
        collected(store, connections[1:])
        assert contents(store)["hourly_usage"] != (0, 0)
        collected(store, connections)
        collected(other, connections)
        own = (HourlyUsage, MonthlyAttribution, AttributionAggregate)
        assert [contents(store)[each.table] for each in own] == [contents(other)[each.table] for each in own]


def own_rows(store: Store, org: str) -> dict[str, int]:
    """How many rows that an organisation's keys have told of it are in the store, by table."""
    tables = (HourlyUsage, MonthlyAttribution, HourlyAttribution, AttributionAggregate)
    count = "SELECT count(*) FROM {} WHERE org = $org"
    found = {
        each.table: store._connection.execute(count.format(each.table), {"org": org}).fetchall() for each in tables
    }
    return {table: rows for table, [(rows,)] in found.items()}


HOURLY = Attribution(hourly_days=1, usage_types=("infra_host_usage",))


@pytest.mark.parametrize("parent", [None, True, False], ids=["undeclared", "parent", "child"])
def test_what_was_read_stays_where_another_organisation_fails(store: Store, parent: bool | None) -> None:
    """One that has failed, even the parent, has read nothing that would count twice."""
    with Simulator(now=NOW) as simulator:
        children = connect_all(simulator, declared=False)[1:]
        collected(store, children, attribution=HOURLY)
        name = children[0].org.name
        before = own_rows(store, name)
        assert 0 not in before.values()
        refused = connect(simulator.url, "other", keys=("wrong", "wrong"), parent=parent)
        result = collected(store, [children[0], refused], attribution=HOURLY)
    assert ("other", "org") in {(each.org, each.what) for each in result.gaps}
    assert own_rows(store, name) == before


def test_what_a_child_has_read_goes_table_by_table_where_the_parent_has_read_all(store: Store) -> None:
    """Not what the parent could not read, nor what it was not asked for."""
    with Simulator(now=NOW) as simulator:
        connections = connect_all(simulator, declared=False)
        collected(store, connections[1:], attribution=HOURLY)
        name = connections[1].org.name
        before = own_rows(store, name)
        simulator.faults.failing = {"/api/v1/usage/monthly-attribution": 500}
        collected(store, connections)
        assert own_rows(store, name) == {**before, "hourly_usage": 0}
        simulator.faults.failing = {}
        collected(store, connections)
        kept = dict.fromkeys(before, 0) | {"hourly_attribution": before["hourly_attribution"]}
        assert own_rows(store, name) == kept
        collected(store, connections, attribution=HOURLY)
        assert set(own_rows(store, name).values()) == {0}


def test_nothing_is_read_twice_where_an_organisation_may_be_the_parent(store: Store) -> None:
    """Its keys do not work this time; the next time it would read of all what a child has read of itself."""
    with Simulator(now=NOW) as simulator:
        _, child, _ = connect_all(simulator)
        unknown = connect(simulator.url, "unknown", keys=("no", "keys"))
        collected(store, [unknown, child])
    assert list(store.rows(HourlyUsage)) == []


def test_a_missing_permission_costs_its_kind(store: Store) -> None:
    """The hint names the permission; everything else is complete."""
    with Simulator(now=NOW, forbid=["dashboards_read"]) as simulator:
        result = collected(store, connect_all(simulator))
    assert {(each.what, each.cause) for each in result.gaps} == {
        ("dashboard", Cause.MISSING_PERMISSION),
        ("dashboard views", Cause.MISSING_PERMISSION),
    }
    assert all("dashboards_read" in each.hint for each in result.gaps)
    assert all(EVERYTHING - OF_AN_ACCOUNT - {"dashboard"} <= seen for seen in store.seen().values())
    assert all("dashboard" not in seen for seen in store.seen().values())
    assert store.gaps() == tuple(sorted(result.gaps, key=lambda gap: (gap.org, gap.what, gap.cause, gap.hint)))


def test_a_dashboard_that_fails_costs_itself(store: Store) -> None:
    """Its gap names it, and the kind is not complete."""
    with Simulator(now=NOW) as simulator:
        inventory = simulator.company.inventories[0]
        broken = inventory.dashboards[2]["id"]
        simulator.faults.failing = {f"/api/v1/dashboard/{broken}": 500}
        result = collected(store, connect_all(simulator))
    (gap,) = result.gaps
    assert (gap.org, gap.what) == (inventory.org.name, "dashboard")
    assert broken in gap.hint
    read = {each.id for each in store.resources(Dashboard) if each.org == inventory.org.name}
    assert read == {each["id"] for each in inventory.dashboards} - {broken}
    incomplete = {name for name, seen in store.seen().items() if "dashboard" not in seen}
    assert incomplete == {inventory.org.name}


def test_a_broken_organisation_costs_itself(store: Store) -> None:
    """Keys that Datadog does not know are a gap of that organisation, and only of it."""
    with Simulator(now=NOW) as simulator:
        good, bad, other = connect_all(simulator)
        name = bad.org.name
        result = collected(store, [good, connect(simulator.url, name, keys=("wrong", "wrong")), other])
    (gap,) = result.gaps
    assert (gap.org, gap.what, gap.cause, gap.optional) == (name, "org", Cause.MISSING_PERMISSION, False)
    assert store.seen()[name] == frozenset()
    for each in (good, other):
        assert store.seen()[each.org.name] >= EVERYTHING - OF_AN_ACCOUNT
    assert {each.org for each in store.resources(Monitor)} == {good.org.name, other.org.name}


def test_keys_that_nobody_knows_leave_no_run(store: Store) -> None:
    """That is a wrong set-up, not an incomplete run."""
    with Simulator(now=NOW) as simulator:
        collected(store, connect_all(simulator))
        wrong = [connect(simulator.url, each.name, keys=("wrong", "wrong")) for each in simulator.orgs]
        with pytest.raises(KeysRefused):
            collected(store, wrong)
    assert len(store.runs()) == 1
    assert store.resources(Monitor) != ()


def test_an_organisation_that_does_not_answer_is_a_gap(store: Store) -> None:
    """There is a run, which says so."""
    with Simulator(now=NOW) as simulator:
        url = simulator.url
    result = collected(store, [connect(url)])
    assert [(each.what, each.cause) for each in result.gaps] == [("org", Cause.UNREACHABLE)]
    assert len(store.runs()) == 1
    assert store.seen() == {"acme": frozenset()}


@pytest.mark.parametrize(
    ("faults", "gaps"),
    [
        (Faults(dashboards_usage_missing=True), {("dashboard views", Cause.NOT_AVAILABLE, True)}),
        (
            Faults(empty_month=True),
            {
                ("billable_usage", Cause.NOT_AVAILABLE, True),
                ("monthly_cost", Cause.NOT_AVAILABLE, True),
                ("cost_charge historical", Cause.NOT_AVAILABLE, True),
            },
        ),
        (Faults(garbage=["/api/v1/notebooks"]), {("notebook", Cause.MALFORMED, False)}),
        (Faults(repeat_page=["/api/v1/slo"]), {("slo", Cause.MALFORMED, False)}),
        (Faults(failing={"/api/v2/synthetics/downtimes": 404}), {("synthetics_downtime", Cause.NOT_AVAILABLE, True)}),
        (Faults(failing={"/api/v2/current_user": 403}), {("org", Cause.MISSING_PERMISSION, True)}),
    ],
)
def test_what_goes_wrong_is_said(store: Store, faults: Faults, gaps: set[tuple[str, Cause, bool]]) -> None:
    """Each misbehaviour of the API is its gap and no more."""
    with Simulator(now=NOW, faults=faults) as simulator:
        result = collected(store, connect_all(simulator))
    assert {(each.what, each.cause, each.optional) for each in result.gaps} == gaps
    assert store.resources(SyntheticTest) != ()


def test_hostile_names_are_kept_as_they_are(store: Store) -> None:
    """They are text, whatever they hold."""
    with Simulator(now=NOW, hostile=True) as simulator:
        result = collected(store, connect_all(simulator))
        titles = {raw["title"] for each in simulator.company.inventories for raw in each.dashboards}
        keys = [key for each in simulator.orgs for key in (each.api_key, each.app_key)]
    assert result.gaps == ()
    assert {each.name for each in store.resources(Dashboard)} == titles
    content = store.path.read_bytes()
    assert not any(key.encode() in content for key in keys)


def test_only_the_kinds_that_are_wanted(store: Store) -> None:
    """Of resources only those, and always the organisations' usage and cost."""
    with Simulator(now=NOW) as simulator:
        result = collected(store, connect_all(simulator), kinds=frozenset({Slo, Organisation}))
        paths = {each.path for each in simulator.requests}
    assert result.gaps == ()
    assert {kind for kind, type_ in KINDS.items() if store.resources(type_)} == {"org", "slo"}
    assert list(store.rows(BillableUsage)) != []
    assert "/api/v1/dashboard" not in paths


class Impatient(Nobody):
    """Interrupts once something has been written."""

    def advance(self, org: str, what: str, count: int) -> None:  # noqa: ARG002 - as Progress has it
        """As a user with Ctrl-C does."""
        if count:
            raise KeyboardInterrupt


def test_an_interrupt_leaves_the_store_as_it_was(store: Store) -> None:
    """The run before is the last one, and the next run is whole."""
    with Simulator(now=NOW) as simulator:
        collected(store, connect_all(simulator), kinds=frozenset({Slo}))
        before = (store.runs(), store.resources(Slo), list(store.rows(BillableUsage)))
        simulator.faults.slow = 0.01
        with pytest.raises(KeyboardInterrupt):
            collected(store, connect_all(simulator), progress=Impatient())
        assert (store.runs(), store.resources(Slo), list(store.rows(BillableUsage))) == before
        simulator.faults.slow = 0.0
        assert collected(store, connect_all(simulator)).gaps == ()
    assert len(store.runs()) == 2


class Watcher:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, str]] = []
        self.counted: dict[tuple[str, str], int] = {}
        self.ended: list[tuple[str, str, bool]] = []

    def begin(self, org: str, what: str) -> None:
        """Written down."""
        assert (org, what) not in self.begun
        self.begun.append((org, what))

    def advance(self, org: str, what: str, count: int) -> None:
        """Added up."""
        assert (org, what) in self.begun
        self.counted[org, what] = self.counted.get((org, what), 0) + count

    def end(self, org: str, what: str, ok: bool) -> None:
        """Written down."""
        self.ended.append((org, what, ok))


def test_progress_tells_of_every_collector(store: Store) -> None:
    """Each begins, counts and ends once; one with a gap ends badly."""
    watcher = Watcher()
    with Simulator(now=NOW, forbid=["slos_read"]) as simulator:
        result = collected(store, connect_all(simulator), progress=watcher)
    assert len(watcher.begun) == sum(1 if each.parent_only else 3 for each in ASKED)
    assert sorted((org, what) for org, what, _ in watcher.ended) == sorted(watcher.begun)
    assert {what for _, what, ok in watcher.ended if not ok} == {"slo"}
    assert sum(watcher.counted.values()) == result.items


class Defective:
    """A collector with a defect."""

    provides = Slo
    permissions = ()
    parent_only = False

    def collect(self, org: Connection, window: Window) -> Iterator[Item]:  # noqa: ARG002 - as every collector
        """One resource, then a failure that nobody foresaw."""
        yield Slo(org=org.org.name, id="a", type="metric")
        raise RuntimeError("first line\nsecond line")


def test_a_defect_is_a_gap_and_not_swallowed() -> None:
    """What came before it is kept; the hint has the type of the error on one line."""
    events: list[Event] = []
    read(Defective(), connect("http://127.0.0.1:1"), window(), events.append)
    begun, batch, ended = events
    assert begun == Begun("acme", Slo)
    assert isinstance(batch, Batch)
    slo, gap = batch.items
    assert isinstance(slo, Slo)
    assert isinstance(gap, Gap)
    assert (gap.what, gap.cause, gap.optional) == ("slo", Cause.FAILED, False)
    assert gap.hint.endswith("RuntimeError: first line second line")
    assert ended == Ended("acme", Slo, complete=False)


def test_a_later_run_forgets_what_is_gone(store: Store) -> None:
    """A kind that is refused in a later run is absent from it, and read again after."""
    with Simulator(now=NOW) as simulator:
        collected(store, connect_all(simulator))
        dashboards = store.resources(Dashboard)
        simulator.faults.failing = {"/api/v1/dashboard": 403}
        collected(store, connect_all(simulator))
        assert store.resources(Dashboard) == ()
        simulator.faults.failing = {}
        asked = len(simulator.requests)
        collect(connect_all(simulator), store, NOW + timedelta(hours=1), progress=Nobody(), usage=SHORT)
        assert store.resources(Dashboard) == dashboards
        assert not any(each.path.startswith("/api/v1/dashboard/") for each in simulator.requests[asked:])
