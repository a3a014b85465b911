"""What the store gives back: runs, resources as of a run, gaps, findings, and what collectors know of earlier runs."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import duckdb
import pytest

from costguard.model.findings import Cause, Gap
from costguard.model.resources import KINDS, Dashboard, Metric, Monitor, Resource
from costguard.store import RunInfo, RunOrg, Store, StoreError
from tests.store.samples import FULL, HOSTILE, LEAST, NOW, judged

ACME = RunOrg("acme", "datadoghq.eu", True, "abc")


@pytest.fixture
def store(tmp_path: Path) -> Iterable[Store]:
    with Store.open(tmp_path / "c.duckdb") as store:
        yield store


def monitor(id_: str, name: str = "", org: str = "acme") -> Monitor:
    return Monitor(org=org, id=id_, name=name, type="metric alert")


def read(store: Store, *monitors: Monitor, complete: bool = True, org: str = "acme") -> int:
    """A run that reads the monitors of an organisation."""
    with store.begin(NOW, "1") as run:
        for each in monitors:
            run.add(org, each)
        run.done(org, Monitor, complete)
    return run.id


def names(store: Store, run: int | None = None) -> list[str]:
    return [f"{each.id}:{each.name}" for each in store.resources(Monitor, run=run)]


def test_an_empty_store_has_nothing(store: Store) -> None:
    assert not any([store.runs(), store.orgs(), store.gaps(), store.findings(), store.resources(Monitor)])
    assert store.seen() == store.first_seen() == {}
    assert store.previous("acme", "1").resources(Monitor) == {}


def test_a_run_is_remembered_with_its_organisations_in_utc(store: Store) -> None:
    moment = datetime(2026, 11, 3, 9, 30, tzinfo=timezone(timedelta(hours=2)))
    with store.begin(moment, "0.1.0", clock=lambda: moment + timedelta(minutes=5)) as run:
        run.org(RunOrg("zeta", "datadoghq.com", None, None))
        run.org(RunOrg("acme", "datadoghq.eu", None, None))
        run.org(ACME)
    assert run.id == 1
    assert store.runs() == (RunInfo(1, moment, moment + timedelta(minutes=5), "0.1.0"),)
    assert store.runs()[0].started.tzinfo is UTC
    assert store.orgs() == (ACME, RunOrg("zeta", "datadoghq.com", None, None))


@pytest.mark.parametrize("samples", [FULL, LEAST], ids=["full", "least"])
def test_every_kind_comes_back_as_it_was(tmp_path: Path, samples: tuple[Resource, ...]) -> None:
    assert {type(each) for each in samples} == set(KINDS.values())
    with Store.open(tmp_path / "c.duckdb") as store, store.begin(NOW, "1") as run:
        for each in samples:
            run.add("acme", each)
            run.done("acme", type(each), True)
    with Store.open(tmp_path / "c.duckdb", read_only=True) as store:
        for each in samples:
            assert store.resources(type(each)) == (each,)
            assert store.previous("acme", "1").resources(type(each)) == {each.id: each}


def test_the_full_samples_set_every_field() -> None:
    for each in FULL:
        assert each.model_fields_set == set(type(each).model_fields)
        unset = {name for name, field in type(each).model_fields.items() if getattr(each, name) == field.default}
        assert unset <= {"notifications"}


def test_resources_are_as_they_were_in_each_run(store: Store) -> None:
    runs = [
        read(store, monitor("1", "a"), monitor("2", "b")),
        read(store, monitor("2", "b"), monitor("1", "a")),
        read(store, monitor("1", "A"), monitor("3", "c")),
        read(store),
        read(store, monitor("1", "a"), monitor("2", "b")),
    ]
    assert [names(store, run) for run in runs] == [
        ["1:a", "2:b"],
        ["1:a", "2:b"],
        ["1:A", "3:c"],
        [],
        ["1:a", "2:b"],
    ]
    assert names(store) == ["1:a", "2:b"]


def test_what_did_not_change_is_not_written_again(store: Store) -> None:
    for _ in range(5):
        read(store, monitor("1"), monitor("2"))
    read(store, monitor("1"), monitor("2", "renamed"))
    versions = store._connection.execute("SELECT id, from_run, to_run FROM resource ORDER BY ALL").fetchall()
    assert versions == [("1", 1, None), ("2", 1, 6), ("2", 6, None)]


def test_a_kind_that_was_not_read_is_absent_from_that_run_and_back_in_the_next(store: Store) -> None:
    read(store, monitor("1"))
    with store.begin(NOW, "1") as run:
        run.add("acme", Metric(org="acme", id="m"))
        run.done("acme", Metric, True)
        run.add("acme", monitor("never done"))
    assert names(store) == []
    assert store.seen() == {"acme": frozenset({"metric"})}
    assert store.previous("acme", "1").resources(Monitor) == {"1": monitor("1")}
    read(store, monitor("1"))
    assert names(store) == ["1:"]
    assert names(store, 2) == []


def test_organisations_are_kept_apart_and_sorted(store: Store) -> None:
    with store.begin(NOW, "1") as run:
        run.org(RunOrg("nothing", "datadoghq.com", False, None))
        for org, id_ in [("b", "2"), ("a", "2"), ("b", "1"), ("a", "10")]:
            run.add(org, monitor(id_, org=org))
        run.done("b", Monitor, False)
        run.done("a", Monitor, True)
    assert [(each.org, each.id) for each in store.resources(Monitor)] == [
        ("a", "10"),
        ("a", "2"),
        ("b", "1"),
        ("b", "2"),
    ]
    assert store.seen() == {"a": frozenset({"monitor"}), "b": frozenset(), "nothing": frozenset()}
    read(store, monitor("1", org="b"), org="b")
    assert [(each.org, each.id) for each in store.resources(Monitor)] == [("b", "1")]


def test_of_an_id_that_is_read_twice_the_last_counts(store: Store) -> None:
    read(store, monitor("1", "a"), monitor("2", "x"), monitor("1", "b"), monitor("1", "c"))
    assert names(store) == ["1:c", "2:x"]
    read(store, monitor("1", "other"), monitor("2", "x"), monitor("1", "c"))
    assert store._connection.execute("SELECT count(*) FROM resource").fetchall() == [(2,)]


def test_a_kind_that_two_collectors_provide_is_their_union(store: Store) -> None:
    for _ in range(2):
        with store.begin(NOW, "1") as run:
            run.add("acme", monitor("1"))
            run.done("acme", Monitor, True)
            run.add("acme", monitor("2"))
            run.done("acme", Monitor, False)
        assert names(store) == ["1:", "2:"]
        assert store.seen() == {"acme": frozenset()}


def test_an_incomplete_reading_gives_what_it_read_and_collectors_still_know_the_rest(store: Store) -> None:
    read(store, monitor("1", "a"), monitor("2", "b"), monitor("3", "c"))
    read(store, monitor("1", "a"), monitor("2", "b"))
    read(store, monitor("1", "A"), complete=False)
    assert names(store) == ["1:A"]
    assert store.seen() == {"acme": frozenset()}
    assert store.previous("acme", "1").resources(Monitor) == {"1": monitor("1", "A"), "2": monitor("2", "b")}
    read(store, monitor("4"), complete=False)
    assert set(store.previous("acme", "1").resources(Monitor)) == {"1", "2", "4"}


def test_first_runs_that_are_all_incomplete_add_up_for_collectors(store: Store) -> None:
    read(store, monitor("1"), complete=False)
    read(store, monitor("2"), complete=False)
    assert set(store.previous("acme", "1").resources(Monitor)) == {"1", "2"}


def test_more_than_fits_the_buffers_is_written(store: Store) -> None:
    ids = [f"{number:05}" for number in range(12_345)]
    read(store, *map(monitor, reversed(ids)))
    assert [each.id for each in store.resources(Monitor)] == ids


def test_of_a_run_that_fails_nothing_remains(store: Store) -> None:
    read(store, monitor("1"))
    with pytest.raises(KeyboardInterrupt), store.begin(NOW, "1") as run:  # noqa: PT012 - what is raised ends the run
        run.org(ACME)
        for number in range(6_000):
            run.add("acme", monitor(str(number)))
        run.add("acme", Gap(org="acme", what="monitor", cause=Cause.FAILED, hint=""))
        run.done("acme", Monitor, True)
        raise KeyboardInterrupt
    assert len(store.runs()) == 1
    assert (names(store), store.orgs(), store.gaps()) == (["1:"], (), ())
    assert read(store, monitor("2")) == 2
    assert names(store) == ["2:"]


def test_gaps_belong_to_their_run_and_are_sorted(store: Store) -> None:
    gaps = [
        Gap(org="b", what="dashboard", cause=Cause.MISSING_PERMISSION, hint=HOSTILE),
        Gap(org="a", what="slo", cause=Cause.NOT_AVAILABLE, hint="x", optional=True),
        Gap(org="a", what="dashboard", cause=Cause.FAILED, hint="x"),
    ]
    with store.begin(NOW, "1") as run:
        for gap in gaps:
            run.add(gap.org, gap)
    assert store.gaps() == (gaps[2], gaps[1], gaps[0])
    read(store)
    assert store.gaps() == ()
    assert len(store.gaps(run=1)) == 3


def test_findings_are_kept_by_run_and_first_seen_by_fingerprint(store: Store) -> None:
    later = NOW + timedelta(days=7)
    first, second, new = judged("1", NOW), judged("2", NOW), judged("3", later)
    read(store)
    store.save_findings(1, [second, first, new])
    store.save_findings(1, [second, first])
    read(store)
    assert store.findings() == ()
    again = judged("1", later)
    store.save_findings(2, [new, again])
    assert store.findings(run=1) == (second, first)
    assert store.findings() == (new, again)
    assert store.first_seen() == {
        first.finding.fingerprint: NOW,
        second.finding.fingerprint: NOW,
        new.finding.fingerprint: later,
    }


def test_a_resource_of_another_organisation_is_a_mistake(store: Store) -> None:
    with pytest.raises(ValueError, match="monitor 1 of beta was added to acme"):
        read(store, monitor("1", org="beta"))


def test_a_name_cannot_come_to_mean_another_organisation(store: Store) -> None:
    for public_id in ("abc", None, "abc"):
        with store.begin(NOW, "1") as run:
            run.org(RunOrg("acme", "datadoghq.com", None, public_id))
    with (
        pytest.raises(
            StoreError, match="knows acme as organisation abc, but its keys are of xyz; give it another name"
        ),
        store.begin(NOW, "1") as run,
    ):
        run.org(RunOrg("acme", "datadoghq.com", None, "xyz"))
    assert len(store.runs()) == 3


def test_collectors_read_what_was_from_threads_while_a_run_is_written(store: Store) -> None:
    old = [Dashboard(org="acme", id=str(number), name="old") for number in range(3_000)]
    with store.begin(NOW, "1") as run:
        for each in old:
            run.add("acme", each)
        run.done("acme", Dashboard, True)
    known = {each.id: each for each in old}
    previous = store.previous("acme", "1")
    with ThreadPoolExecutor(4) as pool, store.begin(NOW, "1") as run:
        asked = [pool.submit(previous.resources, Dashboard) for _ in range(12)]
        for each in old:
            run.add("acme", each.model_copy(update={"name": "new"}))
        run.done("acme", Dashboard, True)
        asked += [pool.submit(previous.resources, Dashboard) for _ in range(4)]
        assert all(each.result() == known for each in asked)
    assert {each.name for each in store.resources(Dashboard)} == {"new"}
    assert {each.name for each in previous.resources(Dashboard).values()} == {"new"}


def test_after_closing_one_file_remains_that_plain_duckdb_reads(store: Store) -> None:
    read(store, monitor("1", HOSTILE))
    previous, rows = store.previous("acme", "1"), store.query("first-seen")
    store.close()
    assert [each.name for each in store.path.parent.iterdir()] == ["c.duckdb"]
    with duckdb.connect(str(store.path), read_only=True) as connection:
        assert connection.execute("SELECT body->>'name' FROM resource").fetchall() == [(HOSTILE,)]
    with pytest.raises(StoreError):
        previous.resources(Monitor)
    assert rows == []


@pytest.mark.parametrize("name", ["../sql/first-seen", "first-seen.sql", "", "First"])
def test_a_query_is_a_file_of_ours(store: Store, name: str) -> None:
    with pytest.raises(ValueError, match="does not name a query"):
        store.query(name)


def test_a_query_takes_parameters(store: Store) -> None:
    read(store, monitor("1"))
    ((body,),) = store.query("resources", kind="monitor", run=1)
    assert Monitor.model_validate_json(body) == monitor("1")


def test_what_another_version_read_last_is_read_anew(store: Store) -> None:
    for version in ("1", "2"):
        with store.begin(NOW, version) as run:
            run.org(RunOrg("acme", "datadoghq.com", None, None))
            run.add("acme", monitor("1"))
            run.done("acme", Monitor, complete=True)
        assert store.previous("acme", version).resources(Monitor) == {"1": monitor("1")}
    assert store.previous("acme", "1").resources(Monitor) == {}


def test_a_body_that_this_version_cannot_read_is_one_line(store: Store) -> None:
    with store.begin(NOW, "1") as run:
        run.org(RunOrg("acme", "datadoghq.com", None, None))
        run.add("acme", monitor("1"))
        run.done("acme", Monitor, complete=True)
    store._connection.execute('UPDATE resource SET body = \'{"org": "acme", "id": "1", "gone": 1}\'')
    with pytest.raises(StoreError, match=r"holds a monitor of another version .* run `costguard collect`$"):
        store.resources(Monitor)
