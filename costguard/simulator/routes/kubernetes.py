"""Kubernetes metrics as a metric query answers them: hourly, grouped by tags, of the simulated clusters."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from statistics import fmean

from costguard.simulator.call import Call, Refused
from costguard.simulator.clusters import MINUTE, Cluster, Node, Pod, Workload, clusters
from costguard.simulator.inventory import Json
from costguard.simulator.routes import timeseries

_QUERY = re.compile(
    r"(?P<space>sum|max|min|avg):(?P<metric>[\w.]+)\{(?P<scope>[^}]*)\}"
    r"(?: by \{(?P<groups>[^}]*)\})?\.rollup\((?P<time>avg|max|min), ?3600\)"
)

_METRIC = re.compile(r"\b\w+:([A-Za-z][\w.]*)\{")

_CLUSTER = re.compile(r"kube_cluster_name:([^\s,(){}]+)")

_NODE_METRICS = ("cpu_capacity", "memory_capacity", "gpu_capacity", "status")

Tags = Mapping[str, str]

_COMBINED: Mapping[str, Callable[[list[float]], float]] = {"sum": sum, "max": max, "min": min, "avg": fmean}


def is_asked(text: str) -> bool:
    """Whether a query is about Kubernetes alone."""
    metrics = _METRIC.findall(text)
    return bool(metrics) and all(
        each.startswith(("kubernetes.", "kubernetes_state.", "container.")) for each in metrics
    )


def answer(call: Call, text: str, start: int, end: int) -> Json:
    """The answer to a query of one or several metrics, separated by commas."""
    queries = list(_QUERY.finditer(text))
    if ",".join(query[0] for query in queries) != text:
        raise Refused(400, "Rule 'scope_expr' didn't match")
    hours = [datetime.fromtimestamp(time, UTC) for time in range(start // 3600 * 3600, end, 3600)]
    hours = [hour for hour in hours if hour <= call.now]
    series = [each for place, query in enumerate(queries) for each in _series(call, text, place, query, hours)]
    return timeseries.answer(text, start, end, (queries[0]["groups"] or "").split(","), series)


def _series(call: Call, text: str, place: int, query: re.Match[str], hours: list[datetime]) -> Iterator[Json]:
    groups = (query["groups"] or "").split(",")
    wanted = _CLUSTER.findall(query["scope"])
    orgs = tuple(inventory.org.name for inventory in call.company.inventories)
    found: dict[tuple[str, ...], dict[datetime, list[float]]] = defaultdict(lambda: defaultdict(list))
    for cluster in clusters(orgs, call.now, hostile=call.company.hostile):
        if cluster.org != call.inventory.org.name:
            continue
        if wanted and not any(fnmatchcase(cluster.name, glob) for glob in wanted):
            continue
        for hour in hours:
            for tags, value in _values(cluster, query["metric"], query["time"], hour):
                named = {"kube_cluster_name": cluster.name, **tags}
                key = tuple(f"{group}:{named.get(group) or 'N/A'}" for group in groups)
                found[key][hour].append(value)
    combine = _COMBINED[query["space"]]
    for key, points in sorted(found.items()):
        yield {
            "metric": query["metric"],
            "display_name": query["metric"],
            "expression": text,
            "scope": ",".join(sorted(key)) or "*",
            "tag_set": list(key),
            "aggr": query["space"],
            "interval": 3600,
            "length": len(points),
            "start": hours[0].timestamp() * 1000,
            "end": (hours[-1] + timedelta(hours=1)).timestamp() * 1000 - 1,
            "query_index": place,
            "attributes": {},
            "pointlist": [[hour.timestamp() * 1000, float(combine(values))] for hour, values in sorted(points.items())],
        }


def _values(cluster: Cluster, metric: str, time: str, hour: datetime) -> Iterator[tuple[Tags, float]]:
    """Every value of a metric in an hour, with the tags that it comes with."""
    family, _, name = metric.rpartition(".")
    if family == "kubernetes_state.node":
        nodes = [node for node in cluster.nodes if node.runs(hour)]
        if name == "count":
            yield {}, float(len(nodes))
        elif name in _NODE_METRICS:
            for node in nodes:
                if (value := _node_value(node, name)) is not None:
                    yield _node_tags(cluster, node), value
        return
    for workload, pod, pod_name, began, ended in cluster.pods(hour):
        value = _uptime(cluster, metric, time, hour, began, ended) if name == "uptime" else _use(pod, metric, hour)
        if value is None:
            continue
        tags = {"kube_namespace": workload.namespace, "pod_name": pod_name}
        if family.startswith("kubernetes_state"):
            yield {**_node_tags(cluster, pod.node), **tags}, value
        else:
            yield {"host": pod.node.host, **tags, **_owner(workload, pod_name)}, value


def _node_tags(cluster: Cluster, node: Node) -> Tags:
    """Of a metric of the Cluster Agent; Datadog joins it with the host that is known by the same name."""
    host = f"{node.name}{cluster.host_suffix}" if cluster.by_name else node.host
    return {"host": host, "node": node.name, "instance-type": node.instance_type}


def _node_value(node: Node, name: str) -> float | None:
    values = {
        "cpu_capacity": float(node.cores),
        "memory_capacity": float(node.memory),
        "gpu_capacity": float(node.gpus) if node.gpus else None,
        "status": 1.0,
    }
    return values[name]


def _owner(workload: Workload, pod: str) -> Tags:
    tags = {f"kube_{workload.kind}": workload.name} if workload.kind else {}
    if workload.kind == "deployment":
        tags["kube_replica_set"] = pod.rpartition("-")[0]
    if workload.kind == "cronjob":
        tags["kube_job"] = pod
    return tags


def _use(pod: Pod, metric: str, hour: datetime) -> float | None:
    """What the pod held or used on average while it lived in the hour."""
    requested, used = pod.memory
    values: dict[str, int | float | None] = {
        "kubernetes.cpu.usage.total": pod.cpu_used(hour),
        "kubernetes.cpu.requests": None if pod.cpu[0] is None else pod.cpu[0] / 1000,
        "kubernetes.memory.usage": used,
        "kubernetes.memory.requests": requested,
        "kubernetes.network.rx_bytes": pod.traffic,
        "kubernetes.network.tx_bytes": pod.traffic // 2,
        "kubernetes_state.container.gpu_limit": pod.gpus or None,
    }
    value = values.get(metric)
    return None if value is None else float(value)


def _uptime(cluster: Cluster, metric: str, time: str, hour: datetime, began: datetime, ended: datetime) -> float | None:
    """The largest or smallest of the uptimes that are reported every minute of the hour in which the pod lives."""
    if metric == "kubernetes_state.pod.uptime" and not cluster.pod_uptime:
        return None
    first, last = max(hour, began), min(hour + timedelta(hours=1), ended) - MINUTE
    return ((last if time == "max" else first) - began).total_seconds()
