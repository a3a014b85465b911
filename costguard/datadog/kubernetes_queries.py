"""What is asked of Datadog about Kubernetes: which metrics, put together how, by which tags (docs/datadog.md, F)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from costguard.datadog.metric_queries import MetricQueries, MetricQuery
from costguard.datadog.raw import MalformedError, integer
from costguard.model.node_prices import KubernetesSettings

WORKLOADS = (
    "kube_deployment",
    "kube_argo_rollout",
    "kube_stateful_set",
    "kube_daemon_set",
    "kube_cronjob",
    "kube_job",
    "kube_replica_set",
    "kube_replication_controller",
)
"""Tags that name what a pod belongs to, the outermost owner first (Datadog: Kubernetes tag extraction)."""

CLUSTER, HOST, NODE, NAMESPACE, POD = "kube_cluster_name", "host", "node", "kube_namespace", "pod_name"
"""Tags of nodes and pods."""

RUNNING = "pod_phase:running"
"""A pod that is done keeps its start time, so that its uptime would go on growing."""

CORES, BYTES = 10**6, 10**15
"""What no pod and no node comes near; what is larger is no measurement, and too large to be worked with."""


@dataclass(frozen=True)
class Asked:
    """A series of one hour's values for each group."""

    metric: str
    space: str
    """How the series of a group come together: sum, max."""
    time: str = "avg"
    """How an hour's points come together."""
    name: str = ""
    """What the store calls it, where that is not the metric's name."""
    largest: int = BYTES
    """From here on a value is nonsense."""


@dataclass(frozen=True)
class Request:
    """Metrics that are asked for together, because they have the same groups."""

    asked: tuple[Asked, ...]
    groups: tuple[str, ...]
    only: str = ""
    """A tag that the series must have."""


NODES = Request(
    (
        Asked("kubernetes_state.node.cpu_capacity", "max", largest=CORES),
        Asked("kubernetes_state.node.memory_capacity", "max"),
        Asked("kubernetes_state.node.gpu_capacity", "sum", largest=CORES),
        Asked("kubernetes_state.node.status", "max"),
    ),
    (CLUSTER, HOST, NODE),
)
COUNT = Request((Asked("kubernetes_state.node.count", "sum"),), (CLUSTER,))
PODS = Request(
    (
        Asked("kubernetes.cpu.usage.total", "sum"),
        Asked("kubernetes.cpu.requests", "sum", largest=CORES),
        Asked("kubernetes.memory.usage", "sum"),
        Asked("kubernetes.memory.requests", "sum"),
        Asked("kubernetes.network.rx_bytes", "sum"),
        Asked("kubernetes.network.tx_bytes", "sum"),
    ),
    (CLUSTER, HOST, NAMESPACE, POD, *WORKLOADS),
)
GPUS = Request(
    (Asked("kubernetes_state.container.gpu_limit", "sum", largest=CORES),), (CLUSTER, HOST, NODE, NAMESPACE, POD)
)
UPTIME = Request(
    (
        Asked("kubernetes_state.pod.uptime", "max", "max", "kubernetes_state.pod.uptime.max"),
        Asked("kubernetes_state.pod.uptime", "min", "min", "kubernetes_state.pod.uptime.min"),
    ),
    (CLUSTER, HOST, NODE, NAMESPACE, POD),
    only=RUNNING,
)
CONTAINERS = Request(
    (
        Asked("container.uptime", "max", "max", "container.uptime.max"),
        Asked("container.uptime", "min", "min", "container.uptime.min"),
    ),
    (CLUSTER, HOST, NAMESPACE, POD),
)
REQUESTS = (NODES, COUNT, PODS, GPUS, UPTIME, CONTAINERS)
"""The nodes first: their answer says which host is which node."""


def queries(request: Request, settings: KubernetesSettings) -> MetricQueries:
    """The queries of a request, of the clusters that the settings name."""
    clusters = "" if "*" in settings.clusters else " OR ".join(f"{CLUSTER}:{glob}" for glob in settings.clusters)
    scope = " AND ".join(part for part in (request.only, clusters and f"({clusters})") if part) or "*"
    groups = (*request.groups, settings.instance_type_tag) if request is NODES else request.groups
    asked = (MetricQuery(each.space, each.metric, scope, groups, (each.time, 3600)) for each in request.asked)
    return MetricQueries(tuple(asked))


def asked_by(request: Request, series: Mapping[str, Any]) -> Asked:
    """Which of the request's queries a series answers, by its place in the request."""
    if len(request.asked) == 1:
        return request.asked[0]
    place, metric = integer(series.get("query_index")), series.get("metric")
    if place is not None and 0 <= place < len(request.asked) and request.asked[place].metric == metric:
        return request.asked[place]
    named = [each for each in request.asked if each.metric == metric]
    if len(named) != 1:
        raise MalformedError(f"a series does not say which query of {request.asked[0].metric} it answers")
    return named[0]
