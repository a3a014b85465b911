"""The truth about the simulated clusters: what each cost, to the last fraction, and which requests are too large."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from costguard.simulator.calendar import shift, start_of
from costguard.simulator.clusters import HOUR, Cluster, Node, Pod, Workload

WEIGHTS = {"cpu": Fraction(60, 100), "memory": Fraction(40, 100), "gpu": Fraction(0)}
GPU_WEIGHTS = {"cpu": Fraction(3, 100), "memory": Fraction(2, 100), "gpu": Fraction(95, 100)}

Place = tuple[str | None, ...]
"""Organisation, cluster, namespace, kind and name of the workload, pod; None below the level and for the rest."""

RESOURCES = ("cpu", "memory", "gpu")


@dataclass
class Split:
    """An amount of money, divided."""

    used: Fraction = Fraction(0)
    workload_idle: Fraction = Fraction(0)
    cluster_idle: Fraction = Fraction(0)

    @property
    def cost(self) -> Fraction:
        """All of it."""
        return self.used + self.workload_idle + self.cluster_idle


@dataclass
class Costs:
    """A month of clusters."""

    nodes: Fraction = Fraction(0)
    """What the nodes with a price cost."""
    places: Mapping[Place, Split] = field(default_factory=lambda: defaultdict(Split))
    """By pod; what no pod was charged is at the organisation and cluster alone."""
    unknown: frozenset[tuple[str, str, str]] = frozenset()
    """Organisation, cluster and name of the nodes without a price."""

    def at(self, depth: int) -> Mapping[Place, Split]:
        """The same by cluster (1), namespace (2), workload (3) or pod (4)."""
        kept = {1: 2, 2: 3, 3: 5, 4: 6}[depth]
        out: dict[Place, Split] = defaultdict(Split)
        for place, split in self.places.items():
            own = (*place[:kept], *[None] * (6 - kept))
            out[own].used += split.used
            out[own].workload_idle += split.workload_idle
            out[own].cluster_idle += split.cluster_idle
        return out


@dataclass(frozen=True)
class TooLarge:
    """A workload that was planted to be found, with what lower requests free in a month."""

    org: str
    id: str
    frees: Mapping[str, Fraction]


def costs(clusters: tuple[Cluster, ...], month: date, now: datetime) -> Costs:
    """What the whole days of a month before `now` cost."""
    out = Costs()
    unknown = set()
    hour, end = start_of(month), min(start_of(shift(month, 1)), now.replace(hour=0, minute=0, second=0, microsecond=0))
    while hour < end:
        for cluster in clusters:
            for node in cluster.nodes:
                if node.hourly is None:
                    unknown.add((cluster.org, cluster.name, node.name))
                elif node.runs(hour):
                    _charge(out, cluster, node, hour)
        hour += HOUR
    out.unknown = frozenset(unknown)
    return out


def _charge(out: Costs, cluster: Cluster, node: Node, hour: datetime) -> None:
    """Divide an hour of a node."""
    assert node.hourly is not None
    hourly = Fraction(node.hourly)
    out.nodes += hourly
    pods = [each for each in _amounts(cluster, hour) if each.node is node]
    left = hourly
    capacity = {"cpu": node.cores * 10**9, "memory": node.memory, "gpu": node.gpus}
    for resource, weight in (GPU_WEIGHTS if node.gpus else WEIGHTS).items():
        held = sum((each.held[resource] for each in pods), Fraction(0))
        whole = max(Fraction(capacity[resource]), held)
        for each in pods:
            if not whole:
                continue
            split = out.places[each.place]
            used = hourly * weight * each.used[resource] / whole
            idle = hourly * weight * (each.held[resource] - each.used[resource]) / whole
            split.used += used
            split.workload_idle += idle
            left -= used + idle
    out.places[cluster.org, cluster.name, None, None, None, None].cluster_idle += left


@dataclass(frozen=True)
class _Amounts:
    """What a pod used and held in an hour, on average over the whole hour."""

    place: Place
    node: Node
    used: Mapping[str, Fraction]
    held: Mapping[str, Fraction]


def _amounts(cluster: Cluster, hour: datetime) -> Iterator[_Amounts]:
    for workload, pod, name, began, ended in cluster.pods(hour):
        lived = Fraction(int((min(hour + HOUR, ended) - max(hour, began)).total_seconds()), 3600)
        used, held = {}, {}
        for resource in RESOURCES:
            request, use = _measured(pod, resource, hour)
            most = max(request or 0, use or 0)
            held[resource] = most * lived
            used[resource] = (most if use is None else use) * lived
        yield _Amounts(_place(cluster, workload, name), pod.node, used, held)


def _measured(pod: Pod, resource: str, hour: datetime) -> tuple[int | None, int | None]:
    """What is requested and what is used; None = not known."""
    if resource == "cpu":
        return None if pod.cpu[0] is None else pod.cpu[0] * 10**6, pod.cpu_used(hour)
    return pod.memory if resource == "memory" else (pod.gpus, None)


def _place(cluster: Cluster, workload: Workload, pod: str) -> Place:
    owner = (workload.kind, workload.name) if workload.kind else ("pod", pod)
    return cluster.org, cluster.name, workload.namespace, *owner, pod


def too_large(clusters: tuple[Cluster, ...], now: datetime) -> tuple[TooLarge, ...]:
    """What was planted for the rule about requests, at 20 % of headroom, by the last 30 days before `now`."""
    end = now.replace(hour=0, minute=0, second=0, microsecond=0)
    hours = [end - place * HOUR for place in range(30 * 24, 0, -1)]
    return tuple(
        TooLarge(cluster.org, f"{cluster.name}/{workload.namespace}/{workload.name}", _freed(workload, hours))
        for cluster in clusters
        for workload in cluster.workloads
        if workload.overrequested
    )


def _freed(workload: Workload, hours: list[datetime]) -> Mapping[str, Fraction]:
    """Of workloads whose pods live all the time and request the same."""
    pod = workload.pods[0]
    pod_hours = len(workload.pods) * Fraction(730)
    out: dict[str, Fraction] = {}
    uses = sorted(use for each in workload.pods for hour in hours if (use := each.cpu_used(hour)) is not None)
    millicores = Fraction(-(-Fraction(uses[-(-len(uses) * 95 // 100) - 1]) * 12 / 10 // 10**6))
    if pod.cpu[0] and millicores < pod.cpu[0]:
        out["kubernetes_cpu_core_hours"] = (pod.cpu[0] - millicores) / 1000 * pod_hours
    requested, used = pod.memory[0] or 0, max(each.memory[1] or 0 for each in workload.pods)
    bytes_ = Fraction(-(-Fraction(used) * 12 / 10 // 2**20) * 2**20)
    if bytes_ < requested:
        out["kubernetes_memory_gb_hours"] = (requested - bytes_) / 10**9 * pod_hours
    return out


def prices_csv(clusters: tuple[Cluster, ...]) -> str:
    """What the nodes cost, as a price file: by instance type where there is one, else by name and cluster."""
    rows = {
        ("", node.instance_type, "", node.hourly) if node.instance_type else (node.name, "", cluster.name, node.hourly)
        for cluster in clusters
        for node in cluster.nodes
        if node.hourly is not None
    }
    lines = [",".join((node, kind, cluster, str(hourly))) for node, kind, cluster, hourly in sorted(rows)]
    return "\n".join(["node,instance_type,cluster,hourly_usd", *lines]) + "\n"


def settings_toml(clusters: tuple[Cluster, ...]) -> str:
    """The same prices as a table of the settings."""
    prices: dict[str, Decimal] = {
        node.instance_type or node.name: node.hourly
        for cluster in clusters
        for node in cluster.nodes
        if node.hourly is not None
    }
    lines = [f'"{name}" = {hourly}' for name, hourly in sorted(prices.items())]
    return "\n".join(["[kubernetes.prices]", *lines]) + "\n"
