"""What `costguard bill --kubernetes` shows: the cost of clusters, divided into what was used and what was held idle."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from costguard.model.base import Frozen
from costguard.model.findings import Gap
from costguard.model.money import Units, Usd


class Level(StrEnum):
    """How finely the cost is divided."""

    CLUSTER = "cluster"
    NAMESPACE = "namespace"
    WORKLOAD = "workload"
    POD = "pod"

    @property
    def depth(self) -> int:
        """How many names a line has: 1 to 4."""
        return list(Level).index(self) + 1


class KubernetesLine(Frozen):
    """What one cluster, namespace, workload or pod cost, or the part of a cluster that no pod was charged.

    Amounts are exact. They are None where none of its nodes has a price; where only some have, they are of those, and
    `unpriced_pod_hours` says how much is left out. Quantities are of all nodes.
    """

    org: str
    cluster: str
    namespace: str | None = None
    """None above the level of namespaces, and for what no pod was charged."""
    workload_kind: str | None = None
    """deployment, stateful_set, …; pod for a pod that belongs to nothing."""
    workload: str | None = None
    pod: str | None = None
    used: Usd | None = None
    """For what was used; and for all of a request whose use was not seen."""
    workload_idle: Usd | None = None
    """For what was requested and not used."""
    cluster_idle: Usd | None = None
    """For what was neither; only on lines of clusters."""
    cpu: Usd | None = None
    """Of the cost, what is for CPU."""
    memory: Usd | None = None
    gpu: Usd | None = None
    pod_hours: Units = Decimal(0)
    unpriced_pod_hours: Units = Decimal(0)
    """Of these, on nodes whose cost is not known."""
    unseen_pod_hours: Units = Decimal(0)
    """Of these, with a request for CPU or memory whose use was not measured."""
    cpu_used: Units | None = None
    """Core-hours; None where they were not measured."""
    cpu_requested: Units | None = None
    memory_used: Units | None = None
    """Gigabyte-hours (10^9 bytes)."""
    memory_requested: Units | None = None
    gpu_requested: Units | None = None
    """GPU-hours."""
    received: Units | None = None
    """Gigabytes from the network; for information: nothing is charged for them."""
    sent: Units | None = None

    @property
    def cost(self) -> Usd | None:
        """All of it; None where that is not known."""
        return total((self.used, self.workload_idle, self.cluster_idle))

    @property
    def is_cluster_idle(self) -> bool:
        """Whether the line is about what no pod of the cluster was charged, beside lines about pods."""
        return self.used is None and self.workload_idle is None and self.cluster_idle is not None


class UnknownNode(Frozen):
    """A node whose cost cannot be divided, and so is in no amount."""

    org: str
    cluster: str
    node: str
    instance_type: str
    """"" where Datadog does not say."""
    hours: int
    reason: Literal["no price", "no capacity"]


class KubernetesStatement(Frozen):
    """A month of an account's clusters."""

    generated_at: datetime
    """When the last run began that it rests on."""
    version: str
    """costguard's."""
    month: date
    currency: str
    level: Level
    lines: tuple[KubernetesLine, ...]
    """By organisation, then the dearest cluster first, and so on within each."""
    nodes: int
    """Nodes whose cost is divided."""
    node_hours: int
    node_cost: Usd | None
    """Their price by their hours: the sum of all lines; None where there is no such node."""
    unknown: tuple[UnknownNode, ...] = ()
    weights: Mapping[str, Decimal]
    """The share of a node's cost that is for its "cpu" and "memory"."""
    gpu_weights: Mapping[str, Decimal]
    """The same of a node with GPUs."""
    notes: tuple[str, ...] = ()
    """What a reader should know of how complete it is."""
    gaps: tuple[Gap, ...] = ()
    """What the last run could not read of Kubernetes."""

    @property
    def complete(self) -> bool:
        """Whether everything that was asked for could be read."""
        return all(gap.optional for gap in self.gaps)

    @property
    def used(self) -> Usd | None:
        """What was used, in all clusters; None where no cost is known, as of the other parts."""
        return self._part(line.used for line in self.lines)

    @property
    def workload_idle(self) -> Usd | None:
        """What was requested and not used."""
        return self._part(line.workload_idle for line in self.lines)

    @property
    def cluster_idle(self) -> Usd | None:
        """What was neither."""
        return self._part(line.cluster_idle for line in self.lines)

    def _part(self, amounts: Iterable[Usd | None]) -> Usd | None:
        return None if self.node_cost is None else total(amounts) or Decimal(0)


def total(amounts: Iterable[Usd | None]) -> Usd | None:
    """The sum of what is known; None where nothing is."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if known else None
