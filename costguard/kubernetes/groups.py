"""The workloads of the last weeks as resources that rules can judge."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from costguard.kubernetes.nodes import CORE, PARTS, nodes
from costguard.model.resources import ContainerGroup
from costguard.model.usage import KubernetesUsage
from costguard.price_file import node_prices
from costguard.settings import Settings
from costguard.store import Store

DAYS = 30
"""Whole days that are looked at."""

GONE_AFTER = timedelta(days=2)
"""A workload that has not run for so long before the last hour that was read is no longer there."""

HOURS_A_MONTH = 730


def container_groups(store: Store, settings: Settings, now: datetime) -> tuple[ContainerGroup, ...]:
    """The workloads that ran in the last days before `now`; none where the settings do not ask for Kubernetes.

    Raises CostguardError where a node price is wrong.
    """
    kubernetes = settings.kubernetes
    if kubernetes is None:
        return ()
    until = datetime.combine(now.astimezone(UTC).date(), datetime.min.time())
    start = until - timedelta(days=DAYS)
    seen = nodes(store, kubernetes, node_prices(kubernetes, settings.currency), start=start, until=until)
    rows = store.query(
        "kubernetes-groups",
        start=start,
        until=until,
        lately=until - GONE_AFTER,
        nodes=[node.money(kubernetes) for node in seen if node.divisible],
    )
    return tuple(_groups((row for row in rows if kubernetes.covers(row[1])), settings.currency))


def seen_with_groups(seen: Mapping[str, frozenset[str]]) -> Mapping[str, frozenset[str]]:
    """What was read completely, container groups included where what they are worked out of was."""
    return {
        org: names | ({ContainerGroup.kind} if KubernetesUsage.table in names else frozenset())
        for org, names in seen.items()
    }


def _groups(rows: Iterator[tuple[Any, ...]], currency: str) -> Iterator[ContainerGroup]:
    taken: set[tuple[str, str]] = set()
    for org, cluster, namespace, kind, workload, hours, seconds, since, *measured in rows:
        cpu_request, cpu_95, memory_request, memory_95, memory_most, core_cost, gigabyte_cost = measured
        id_ = f"{cluster}/{namespace}/{workload}"
        # Kinds of workloads have names of their own, so that a deployment and a job may share one.
        if (org, id_) in taken:
            id_ = f"{id_} ({kind})"
        taken.add((org, id_))
        yield ContainerGroup(
            org=org,
            id=id_,
            name=f"{namespace}/{workload} in {cluster or 'a cluster without a name'}",
            tags=_tags(cluster, namespace, kind, workload),
            cluster=cluster,
            namespace=namespace,
            workload_kind=kind,
            workload=workload,
            days=round(Decimal(hours) / 24, 2),
            pod_hours=round(Decimal(seconds) * HOURS_A_MONTH / since, 6),
            cpu_request=_of(cpu_request, CORE),
            cpu_used_95=_of(cpu_95, CORE),
            memory_request=_of(memory_request, 1),
            memory_used_95=_of(memory_95, 1),
            memory_used_most=_of(memory_most, 1),
            currency=currency,
            cpu_hour_cost=_of(core_cost, PARTS),
            memory_hour_cost=_of(gigabyte_cost, PARTS),
        )


def _of(amount: int | None, unit: int) -> Decimal | None:
    return None if amount is None else Decimal(amount) / unit


def _tags(cluster: str, namespace: str, kind: str, workload: str) -> tuple[str, ...]:
    tags = {"kube_cluster_name": cluster, "kube_namespace": namespace}
    if kind != "pod":
        tags[f"kube_{kind}"] = workload
    return tuple(f"{key}:{value}" for key, value in tags.items() if value)
