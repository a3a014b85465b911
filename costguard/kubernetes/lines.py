"""How the rows of kubernetes-cost.sql become lines: in money and hours, whole clusters, in order."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import NamedTuple

from costguard.kubernetes.nodes import CORE, GIGABYTE, PARTS
from costguard.model.kubernetes import KubernetesLine, total

HOUR = 3600

ZERO = Decimal(0)


class Row(NamedTuple):
    """A row of kubernetes-cost.sql: money in `PARTS`, quantities in whole small units by seconds."""

    whose: str
    """pods, or cluster for what no pod was charged."""
    org: str
    cluster: str
    namespace: str | None
    workload_kind: str | None
    workload: str | None
    pod: str | None
    used: int | None
    workload_idle: int | None
    cluster_idle: int | None
    cpu: int | None
    memory: int | None
    gpu: int | None
    seconds: int | None
    unpriced_seconds: int | None
    unseen_seconds: int | None
    cpu_used: int | None
    cpu_requested: int | None
    memory_used: int | None
    memory_requested: int | None
    gpu_requested: int | None
    received: int | None
    sent: int | None


def line_of(row: Row) -> KubernetesLine:
    idle = row.whose == "cluster"
    return KubernetesLine(
        org=row.org,
        cluster=row.cluster,
        namespace=row.namespace,
        workload_kind=row.workload_kind,
        workload=row.workload,
        pod=row.pod,
        used=_money(row.used),
        workload_idle=_money(row.workload_idle),
        cluster_idle=_money(row.cluster_idle) if idle else None,
        cpu=_money(row.cpu),
        memory=_money(row.memory),
        gpu=_money(row.gpu),
        pod_hours=_hours(row.seconds) or ZERO,
        unpriced_pod_hours=_hours(row.unpriced_seconds) or ZERO,
        unseen_pod_hours=_hours(row.unseen_seconds) or ZERO,
        cpu_used=_hours(row.cpu_used, CORE),
        cpu_requested=_hours(row.cpu_requested, CORE),
        memory_used=_hours(row.memory_used, GIGABYTE),
        memory_requested=_hours(row.memory_requested, GIGABYTE),
        gpu_requested=_hours(row.gpu_requested, 10**6),
        received=None if row.received is None else Decimal(row.received) / GIGABYTE,
        sent=None if row.sent is None else Decimal(row.sent) / GIGABYTE,
    )


def _money(parts: int | None) -> Decimal | None:
    return None if parts is None else Decimal(parts) / PARTS


def _hours(amount: int | None, unit: int = 1) -> Decimal | None:
    """An amount by seconds as units by hours, to six places."""
    return None if amount is None else round(Decimal(amount) / unit / HOUR, 6)


def clusters(rows: Iterable[Row]) -> list[KubernetesLine]:
    """One line a cluster: what its pods were charged, and what they were not."""
    found: dict[tuple[str, str], dict[str, KubernetesLine]] = defaultdict(dict)
    for row in rows:
        found[row.org, row.cluster][row.whose] = line_of(row)
    return [_together(parts.get("pods"), parts.get("cluster")) for parts in found.values()]


def _together(pods: KubernetesLine | None, idle: KubernetesLine | None) -> KubernetesLine:
    if pods is None or idle is None:
        only = pods or idle
        assert only is not None, "a cluster has at least one of the two"
        return only
    return pods.model_copy(
        update={
            "cluster_idle": idle.cluster_idle,
            **{name: total((getattr(pods, name), getattr(idle, name))) for name in ("cpu", "memory", "gpu")},
        }
    )


def in_order(lines: list[KubernetesLine]) -> tuple[KubernetesLine, ...]:
    """By organisation; in it clusters, in them namespaces and so on, the dearest first; a cluster's idle part last."""
    places: tuple[Callable[[KubernetesLine], tuple[str | None, ...]], ...] = (
        lambda line: (line.org, line.cluster),
        lambda line: (line.org, line.cluster, line.namespace),
        lambda line: (line.org, line.cluster, line.namespace, line.workload_kind, line.workload),
        lambda line: (line.org, line.cluster, line.namespace, line.workload_kind, line.workload, line.pod),
    )
    costs: dict[tuple[str | None, ...], Decimal] = defaultdict(Decimal)
    for line in lines:
        for place in dict.fromkeys(place(line) for place in places):
            costs[place] += line.cost or ZERO

    def key(line: KubernetesLine) -> tuple[object, ...]:
        ranks = ((-costs[place(line)], tuple(name or "" for name in place(line))) for place in places)
        cluster, *within = ranks
        return line.org, cluster, line.is_cluster_idle, *within

    return tuple(sorted(lines, key=key))
