"""What is asked of Datadog about Kubernetes, and what is made of its answers."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from costguard.datadog.collectors import Item, Window
from costguard.datadog.collectors.kubernetes import KubernetesMetrics
from costguard.datadog.kubernetes_queries import REQUESTS
from costguard.model.findings import Cause
from costguard.model.node_prices import KubernetesSettings
from costguard.model.usage import KubernetesUsage
from costguard.simulator import Simulator
from tests.datadog.collecting import Known, connect, connect_all, gaps, periods, run
from tests.datadog.server import Reply, Request, Server

NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)

EARLIER = frozenset(f"2026-10-{day:02d}" for day in range(1, 32)) | {"2026-11-01"}
"""Every day that is read but the last."""

METRICS = {
    *("kubernetes.cpu.usage.total", "kubernetes.cpu.requests", "kubernetes_state.node.cpu_capacity"),
    *("kubernetes.memory.usage", "kubernetes.memory.requests", "kubernetes_state.node.memory_capacity"),
    *("kubernetes.network.rx_bytes", "kubernetes.network.tx_bytes"),
    *("kubernetes_state.pod.uptime", "container.uptime"),
    *("kubernetes_state.node.status", "kubernetes_state.node.count"),
}
"""The twelve of docs/datadog.md, F."""

CPU = "kubernetes.cpu.usage.total"
CAPACITY = "kubernetes_state.node.cpu_capacity"

Series = dict[str, Any]


def series(metric: str, tags: Mapping[str, str], *values: Any, index: int | None = None) -> Series:
    """A series with a value for noon and the hours after it, at the place that its metric has among the queries."""
    places = {each.metric: place for request in REQUESTS for place, each in reversed(list(enumerate(request.asked)))}
    return {
        "metric": metric,
        "tag_set": [f"{key}:{value}" for key, value in tags.items()],
        "pointlist": [
            [(NOON + timedelta(hours=place)).timestamp() * 1000, value] for place, value in enumerate(values)
        ],
        "query_index": places[metric] if index is None else index,
    }


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


def collected(server: Server, *found: Series, final: frozenset[str] = EARLIER, **settings: Any) -> list[Item]:
    """What the collector makes of these series, each the answer to the request that names its metric."""

    def reply(request: Request) -> Reply:
        mine = [each for each in found if f":{each['metric']}{{" in request.query["query"]]
        return Reply(body={"status": "ok", "series": mine})

    server.replies["/api/v1/query"] = reply
    return run(KubernetesMetrics(), connect(server.url), window(final, **settings))


def window(final: frozenset[str] = EARLIER, **settings: Any) -> Window:
    return Window(
        now=NOW,
        previous=Known(final={KubernetesUsage: final}),
        kubernetes=KubernetesSettings.model_validate(settings),
    )


def rows(items: list[Item]) -> list[KubernetesUsage]:
    return [each for each in items if isinstance(each, KubernetesUsage)]


def asked(server: Server) -> list[str]:
    return [request.query["query"] for request in server.requests]


def test_every_metric_is_asked_for_by_the_hour(server: Server) -> None:
    collected(server)
    queries = ",".join(asked(server))
    assert all(f":{metric}{{" in queries for metric in METRICS)
    assert len(server.requests) == len(REQUESTS)
    for request in server.requests:
        assert request.query["from"] == str(int(datetime(2026, 11, 2, tzinfo=UTC).timestamp()))
        assert request.query["to"] == str(int(datetime(2026, 11, 3, tzinfo=UTC).timestamp()))
    assert asked(server)[0] == (
        "max:kubernetes_state.node.cpu_capacity{*} by {kube_cluster_name,host,node,instance-type}.rollup(avg, 3600),"
        "max:kubernetes_state.node.memory_capacity{*} by {kube_cluster_name,host,node,instance-type}.rollup(avg, 3600),"
        "sum:kubernetes_state.node.gpu_capacity{*} by {kube_cluster_name,host,node,instance-type}.rollup(avg, 3600),"
        "max:kubernetes_state.node.status{*} by {kube_cluster_name,host,node,instance-type}.rollup(avg, 3600)"
    )


def test_only_the_clusters_of_the_settings_are_asked_for_and_taken(server: Server) -> None:
    items = collected(
        server,
        series(CPU, {"kube_cluster_name": "prod-1", "host": "h", "pod_name": "a"}, 1.0),
        series(CPU, {"kube_cluster_name": "stage", "host": "h", "pod_name": "b"}, 1.0),
        clusters=["prod-*", "x"],
    )
    scopes = {query[query.index("{") : query.index("}") + 1] for query in asked(server)}
    clusters = "(kube_cluster_name:prod-* OR kube_cluster_name:x)"
    assert scopes == {f"{{{clusters}}}", f"{{pod_phase:running AND {clusters}}}"}
    assert [row.pod for row in rows(items)] == ["a"]


def test_all_days_since_the_beginning_of_the_last_month_are_read_and_older_ones_are_final(server: Server) -> None:
    items = collected(server, final=frozenset())
    read = periods(items)
    assert [read[0].key, read[-1].key, len(read)] == ["2026-10-01", "2026-11-02", 33]
    assert [period.key for period in read if not period.final] == ["2026-11-02"]
    assert len(server.requests) == 33 * len(REQUESTS)


def test_nothing_is_asked_again_of_days_that_are_final(server: Server) -> None:
    assert [period.key for period in periods(collected(server))] == ["2026-11-02"]


def test_without_the_settings_nothing_is_asked(server: Server) -> None:
    without = Window(now=NOW, previous=Known())
    assert run(KubernetesMetrics(), connect(server.url), without) == []
    assert server.requests == []


def test_an_hour_of_a_pod_is_a_row(server: Server) -> None:
    tags = {
        "kube_cluster_name": "prod",
        "host": "i-1",
        "kube_namespace": "web",
        "pod_name": "shop-7d-x",
        "kube_deployment": "shop",
        "kube_replica_set": "shop-7d",
        "kube_job": "N/A",
        "kube_cronjob": "n/a",
    }
    [first, second] = rows(collected(server, series(CPU, tags, 1234.5, None, 2e9)))
    assert first == KubernetesUsage(
        hour=NOON,
        cluster="prod",
        node="i-1",
        namespace="web",
        workload_kind="deployment",
        workload="shop",
        pod="shop-7d-x",
        metric=CPU,
        value=Decimal("1234.5"),
        instance_type="",
    )
    assert (second.hour, second.value) == (NOON + timedelta(hours=2), Decimal("2000000000"))


@pytest.mark.parametrize(
    ("tags", "workload"),
    [
        ({"kube_job": "nightly-1", "kube_cronjob": "nightly"}, ("cronjob", "nightly")),
        ({"kube_job": "once"}, ("job", "once")),
        ({"kube_stateful_set": "db"}, ("stateful_set", "db")),
        ({"kube_daemon_set": "agent"}, ("daemon_set", "agent")),
        ({"kube_replica_set": "bare"}, ("replica_set", "bare")),
        ({"kube_replica_set": "ro-1", "kube_argo_rollout": "ro"}, ("argo_rollout", "ro")),
        ({}, ("", "")),
    ],
)
def test_a_pod_belongs_to_its_outermost_owner(server: Server, tags: dict[str, str], workload: tuple[str, str]) -> None:
    [row] = rows(collected(server, series(CPU, {"kube_cluster_name": "prod", "pod_name": "x", **tags}, 1.0)))
    assert (row.workload_kind, row.workload) == workload


@pytest.mark.parametrize(
    ("node", "pod", "place"),
    [
        # In a cloud, host and node have names of their own.
        (
            {"kube_cluster_name": "prod", "host": "i-1", "node": "ip-10-0-0-1"},
            {"kube_cluster_name": "prod", "host": "i-1"},
            ("prod", "ip-10-0-0-1"),
        ),
        # Outside of one, the host is called by the node and the cluster.
        (
            {"kube_cluster_name": "my_prod", "host": "N/A", "node": "n-1"},
            {"kube_cluster_name": "my_prod", "host": "n-1-my-prod"},
            ("my_prod", "n-1"),
        ),
        # Only the Cluster Agent knows the cluster's name.
        (
            {"kube_cluster_name": "prod", "host": "i-1", "node": "n-1"},
            {"host": "i-1"},
            ("prod", "n-1"),
        ),
        # Two clusters with nodes of the same name.
        (
            {"kube_cluster_name": "other", "host": "n-1", "node": "n-1"},
            {"kube_cluster_name": "prod", "host": "n-1"},
            ("prod", "n-1"),
        ),
        # Nothing is known of the node.
        ({"kube_cluster_name": "prod", "host": "i-2", "node": "n-2"}, {"host": "i-9"}, ("", "i-9")),
    ],
)
def test_the_host_of_a_pod_is_found_among_the_nodes(
    server: Server, node: dict[str, str], pod: dict[str, str], place: tuple[str, str]
) -> None:
    items = collected(
        server,
        series(CAPACITY, {**node, "instance-type": "m6i.large"}, 4.0),
        series(CPU, {**pod, "pod_name": "x"}, 1.0),
    )
    capacity, use = rows(items)
    assert (use.cluster, use.node) == place
    assert (capacity.node, capacity.instance_type) == (node["node"], "m6i.large")


def test_the_largest_and_the_smallest_uptime_are_told_apart_by_the_place_of_the_query(server: Server) -> None:
    tags = {"kube_cluster_name": "prod", "node": "n", "pod_name": "x"}
    items = collected(
        server,
        series("kubernetes_state.pod.uptime", tags, 3540.0, index=0),
        series("kubernetes_state.pod.uptime", tags, 0.0, index=1),
    )
    assert {row.metric: row.value for row in rows(items)} == {
        "kubernetes_state.pod.uptime.max": Decimal(3540),
        "kubernetes_state.pod.uptime.min": Decimal(0),
    }


def test_series_that_cannot_be_told_apart_are_malformed(server: Server) -> None:
    items = collected(server, series("container.uptime", {"pod_name": "x"}, 1.0, index=7))
    assert [(gap.what, gap.cause) for gap in gaps(items)] == [("kubernetes_usage", Cause.MALFORMED)]


def test_metrics_whose_place_is_not_told_are_known_by_their_name(server: Server) -> None:
    requests = "kubernetes.memory.requests"
    [row] = rows(collected(server, series(requests, {"pod_name": "x"}, 5.0, index=-1)))
    assert row.metric == requests


def test_containers_outside_of_kubernetes_are_left_out(server: Server) -> None:
    [gap] = collected_only_gaps = gaps(collected(server, series("container.uptime", {"host": "h"}, 1.0)))
    assert gap.what == "kubernetes_usage clusters"
    assert gap.optional
    assert len(collected_only_gaps) == 1


def test_values_that_are_no_measurement_are_a_gap(server: Server) -> None:
    tags = {"kube_cluster_name": "prod", "host": "h", "node": "h"}
    items = collected(
        server,
        series(CAPACITY, tags, 4.0, -1.0, "many", 1e30, {}),
        series("kubernetes_state.node.memory_capacity", tags, 16e9),
    )
    assert [row.value for row in rows(items)] == [Decimal(4), Decimal(16_000_000_000)]
    [gap] = gaps(items)
    assert (gap.what, gap.cause, gap.optional) == ("kubernetes_usage", Cause.MALFORMED, False)
    assert "4 values of 2026-11-02 could not be read" in gap.hint


def test_pods_without_nodes_are_a_gap_that_names_the_next_step(server: Server) -> None:
    [gap] = gaps(collected(server, series(CPU, {"kube_cluster_name": "prod", "host": "h", "pod_name": "x"}, 1.0)))
    assert (gap.what, gap.optional) == ("kubernetes_usage nodes", True)
    assert "enable Kubernetes State Metrics Core" in gap.hint


@pytest.mark.parametrize(
    "body", [{"status": "error", "error": "no", "series": []}, {"status": "ok"}, {"series": None}, []]
)
def test_a_query_that_fails_is_malformed(server: Server, body: Any) -> None:
    server.replies["/api/v1/query"] = [Reply(body=body)]
    items = run(KubernetesMetrics(), connect(server.url), window())
    assert periods(items) == [], "no day is opened that was not read"
    assert [(gap.what, gap.cause) for gap in gaps(items)] == [("kubernetes_usage", Cause.MALFORMED)]


def test_a_missing_permission_is_a_gap_that_names_it() -> None:
    with Simulator(now=NOW, forbid=["timeseries_query"]) as simulator:
        items = run(KubernetesMetrics(), connect_all(simulator)[0], window())
    [gap] = gaps(items)
    assert (gap.what, gap.cause, gap.optional) == ("kubernetes_usage", Cause.MISSING_PERMISSION, False)
    assert "timeseries_query" in gap.hint


def test_kubernetes_metrics_are_asked_for_and_no_others_can_be() -> None:
    with Simulator(now=NOW) as simulator:
        connection = connect_all(simulator)[0]
        items = run(KubernetesMetrics(), connection, window())
        assert gaps(items) == []
        assert simulator.offences == []
        hour = int(NOON.timestamp())
        for query in (
            "avg:shop.cart.size{*}",
            "sum:kubernetes.cpu.requests{*}.rollup(avg, 3600),avg:shop.cart.size{*}",
        ):
            with pytest.raises(ValueError, match="Datadog's own metrics only"):
                connection.call("v1.query_metrics", query={"from": hour, "to": hour + 3600, "query": query}, what="x")
        assert simulator.offences == []
