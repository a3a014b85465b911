"""Which nodes there were, what an hour of each costs, and how that divides into its CPU, memory and GPUs."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from costguard.model.money import Usd
from costguard.model.node_prices import GpuWeights, KubernetesSettings, NodePrices, Weights
from costguard.store import Store

PARTS = 10**15
"""Parts of a currency unit that money is counted in: prices have at most 9 decimal places and weights 6."""

CORE = 10**9
"""Nanocores."""

GIGABYTE = 10**9


@dataclass(frozen=True)
class Node:
    """A node in a span of time; capacities are its largest, None where Datadog does not say."""

    org: str
    cluster: str
    name: str
    instance_type: str
    cpu: int | None
    """Nanocores."""
    memory: int | None
    """Bytes."""
    gpu: int | None
    """Millionths of GPUs."""
    hours: int
    hourly: Usd | None

    @property
    def divisible(self) -> bool:
        """Whether its cost is known, and what it is divided by."""
        return self.hourly is not None and bool(self.cpu) and bool(self.memory)

    @property
    def cost(self) -> Usd:
        """Its price by its hours; nothing where it has no price."""
        return (self.hourly or Decimal(0)) * self.hours

    def money(self, settings: KubernetesSettings) -> dict[str, Any]:
        """The node as kubernetes-cost.sql takes it: the money of an hour by resource, and the capacity."""
        weights: Weights | GpuWeights = settings.gpu_weights if self.gpu else settings.weights
        hourly = self.hourly or Decimal(0)
        shares = {"cpu": weights.cpu, "memory": weights.memory, "gpu": weights.gpu}
        return {
            "org": self.org,
            "cluster": self.cluster,
            "node": self.name,
            **{f"{resource}_money": int(hourly * share * PARTS) for resource, share in shares.items()},
            "cpu": self.cpu or 0,
            "memory": self.memory or 0,
            "gpu": self.gpu or 0,
        }


def nodes(
    store: Store, settings: KubernetesSettings, prices: NodePrices, *, start: datetime, until: datetime
) -> list[Node]:
    """The nodes of the clusters that the settings name, seen from `start` until before `until` (naive, UTC)."""
    return [
        Node(
            org=org,
            cluster=cluster,
            name=node,
            instance_type=instance_type,
            cpu=cpu,
            memory=memory,
            gpu=gpu,
            hours=hours,
            hourly=prices.of(cluster=cluster, node=node, instance_type=instance_type),
        )
        for org, cluster, node, instance_type, cpu, memory, gpu, hours in store.query(
            "kubernetes-nodes", start=start, until=until
        )
        if settings.covers(cluster)
    ]
