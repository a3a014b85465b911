"""Workloads as rules see them: what a pod requests now, what pods use, for how long, and at what price."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from costguard.kubernetes import container_groups, seen_with_groups
from costguard.model.resources import ContainerGroup
from costguard.settings import Settings
from costguard.store import Store
from tests.kubernetes.rows import GB, Node, Pod, hours, open_store, settings, write

D = Decimal

END = datetime(2026, 11, 3, tzinfo=UTC)
"""The last midnight before the groups are asked for."""

NOW = END + timedelta(hours=7)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as store:
        yield store


def last(things: Node | Pod, count: int) -> list[Node | Pod]:
    """The same in the last hours."""
    first = type(things)(**{**vars(things), "hour": END - timedelta(hours=count)})
    return list(hours(first, count))


def found(store: Store, **kubernetes: Any) -> dict[str, ContainerGroup]:
    return {group.id: group for group in container_groups(store, settings(**kubernetes), NOW)}


def test_a_workload_is_told_in_cores_bytes_and_hours(store: Store) -> None:
    write(
        store,
        *last(Node(), 240),
        *last(Pod("shop-a", cpu=(2, "0.5"), memory=(4 * GB, GB)), 240),
        *last(Pod("shop-b", cpu=(2, "1.5"), memory=(4 * GB, 2 * GB)), 120),
    )
    assert found(store) == {
        "prod/web/shop": ContainerGroup(
            org="acme",
            id="prod/web/shop",
            name="web/shop in prod",
            tags=("kube_cluster_name:prod", "kube_namespace:web", "kube_deployment:shop"),
            cluster="prod",
            namespace="web",
            workload_kind="deployment",
            workload="shop",
            days=D(10),
            pod_hours=D(1095),
            cpu_request=D(2),
            cpu_used_95=D("1.5"),
            memory_request=D(4 * GB),
            memory_used_95=D(2 * GB),
            memory_used_most=D(2 * GB),
            cpu_hour_cost=D("0.15"),
            memory_hour_cost=D("0.025"),
        )
    }


def test_the_95th_percentile_leaves_out_the_busiest_hours_of_pods(store: Store) -> None:
    busy = [Pod(cpu=(2, 2), memory=(GB, GB), hour=END - timedelta(hours=place)) for place in range(1, 6)]
    calm = [Pod(cpu=(2, "0.1"), memory=(GB, GB // 4), hour=END - timedelta(hours=place)) for place in range(6, 101)]
    write(store, *last(Node(), 100), *busy, *calm)
    group = found(store)["prod/web/shop"]
    assert (group.cpu_used_95, group.memory_used_95, group.memory_used_most) == (D("0.1"), D(GB // 4), D(GB))
    write(store, *last(Node(), 100), *busy, Pod(cpu=(2, 2), hour=END - timedelta(hours=6)), *calm[1:])
    assert found(store)["prod/web/shop"].cpu_used_95 == 2


def test_the_request_of_today_counts(store: Store) -> None:
    before = last(Pod(cpu=(4, 1), memory=(4 * GB, GB)), 200)[:-24]
    write(store, *last(Node(), 200), *before, *last(Pod(cpu=(2, 1), memory=(None, GB)), 24))
    group = found(store)["prod/web/shop"]
    assert (group.cpu_request, group.memory_request) == (D(2), D(4 * GB))
    write(store, *last(Node(), 200), *before[:-48], *last(Pod(cpu=(2, 1), memory=(None, GB)), 72))
    assert found(store)["prod/web/shop"].memory_request is None, "it was withdrawn days ago"


def test_what_was_not_seen_is_none(store: Store) -> None:
    write(store, *last(Node(kind="x"), 30), *last(Pod(cpu=(2, None), memory=(None, GB)), 30))
    group = found(store, prices={})["prod/web/shop"]
    assert (group.cpu_used_95, group.memory_request) == (None, None)
    assert (group.cpu_hour_cost, group.memory_hour_cost) == (None, None)


def test_the_price_of_a_core_is_that_of_the_nodes_by_the_time_spent_on_them(store: Store) -> None:
    write(
        store,
        *(*last(Node("n1", kind="a"), 30), *last(Node("n2", kind="b"), 30), *last(Node("n3", kind="none"), 30)),
        *last(Pod("x", node="n1", cpu=(1, 1)), 30),
        *last(Pod("y", node="n2", cpu=(1, 1)), 10),
        *last(Pod("z", node="n3", cpu=(1, 1)), 30),
    )
    group = found(store, prices={"a": "1", "b": "2"})["prod/web/shop"]
    assert (group.cpu_hour_cost, group.memory_hour_cost) == (D("0.1875"), D("0.03125"))


def test_workloads_that_are_gone_are_left_out(store: Store) -> None:
    gone = last(Pod(workload=("deployment", "gone"), cpu=(1, 1)), 120)[:-48]
    lately = last(Pod(workload=("deployment", "lately"), cpu=(1, 1)), 120)[:-47]
    old = [Pod(workload=("deployment", "old"), cpu=(1, 1), hour=END - timedelta(days=31))]
    write(store, *last(Node(), 120), *gone, *lately, *old, *last(Pod(cpu=(1, 1), hour=END), 1))
    assert set(found(store)) == {"prod/web/lately", "prod/web/shop"}


def test_two_workloads_of_one_name_keep_apart(store: Store) -> None:
    write(
        store,
        *last(Node(), 24),
        *last(Pod("a", cpu=(1, 1)), 24),
        *last(Pod("b", cpu=(3, 1), workload=("stateful_set", "shop")), 24),
    )
    groups = found(store)
    assert {id_: (group.workload_kind, group.cpu_request) for id_, group in groups.items()} == {
        "prod/web/shop": ("deployment", D(1)),
        "prod/web/shop (stateful_set)": ("stateful_set", D(3)),
    }


def test_half_an_hour_is_half_an_hour(store: Store) -> None:
    write(store, *last(Node(), 10), *last(Pod(cpu=(1, "0.5"), uptime=(0, 1740)), 10))
    group = found(store)["prod/web/shop"]
    assert (group.pod_hours, group.cpu_request, group.cpu_used_95) == (D(365), D(1), D("0.5"))


def test_without_the_settings_there_are_none(store: Store) -> None:
    write(store, *last(Node(), 10), *last(Pod(cpu=(1, 1)), 10))
    assert container_groups(store, Settings(), NOW) == ()
    assert found(store, clusters=["other"]) == {}


def test_they_are_read_where_the_metrics_are() -> None:
    seen = {"a": frozenset({"monitor", "kubernetes_usage"}), "b": frozenset({"monitor"})}
    assert seen_with_groups(seen) == {
        "a": {"monitor", "kubernetes_usage", "container_group"},
        "b": {"monitor"},
    }
