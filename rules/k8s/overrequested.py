"""Kubernetes workloads that hold more of their nodes than they ever use."""

from decimal import ROUND_CEILING, Decimal

from pydantic import Field, NonNegativeInt, PositiveInt

from costguard.rule import (
    Confidence,
    ContainerGroup,
    Effort,
    Estate,
    Evidence,
    Finding,
    Fix,
    Iterator,
    Options,
    Rule,
    Units,
    money,
)

CPU, MEMORY = "kubernetes_cpu_core_hours", "kubernetes_memory_gb_hours"

SOURCE = "GET /api/v1/query"

GIGABYTE = Decimal(10**9)

MEBIBYTE = Decimal(2**20)

MILLICORE = Decimal("0.001")


class Overrequested(Options):
    """Which requests are worth a finding, and how low to set them."""

    headroom: Decimal = Field(
        Decimal("0.2"),
        ge=0,
        le=10,
        description="Share of the 95th percentile of use that a request should have above it.",
    )
    min_days: PositiveInt = Field(7, description="Spare workloads that were seen running for fewer days of 24 hours.")
    min_cost: NonNegativeInt = Field(
        10, description="Spare workloads whose excess costs less a month, in the account's currency at the node prices."
    )
    min_core_hours: NonNegativeInt = Field(
        365, description="Without a node price: CPU excess in core-hours a month from which it is worth a finding."
    )
    min_gb_hours: NonNegativeInt = Field(
        1460, description="Without a node price: memory excess in GB-hours a month from which it is worth a finding."
    )


class OverrequestedWorkloads(Rule[Overrequested]):
    """Is there a Kubernetes workload that requests much more than it uses?

    ## What it finds
    A workload of which a pod requests more CPU or memory than its pods use in 95 of 100 hours, by more than the
    headroom, over a week or more. A pod that ran hot in some hours is one of the pods that are looked at: their hours
    are not averaged. Memory is never proposed below the highest use that was seen. Where the use of a resource was not
    seen, nothing is said about it.

    ## Why it costs
    A node is full when the requests on it add up to its capacity, whether or not they are used. What is requested and
    not used makes the cluster larger than its work. This is the cost of the cluster, not of Datadog: it is in no total
    of Datadog's bill. With the prices of nodes in `[kubernetes]` the finding says what the excess costs.

    ## What to do
    Lower the requests to what the finding proposes, one workload after the other. Then let the cluster's autoscaler
    remove nodes, or remove them: before a node goes, nothing is saved.

    ## When it is wrong
    Use is known as the average of an hour: a service that needs much CPU for seconds, at its start or in a rush, may
    throttle with less. A month-end or a sale outside the last 30 days was not seen. Memory that a runtime reserves at
    its start may look used although it is not, and the other way round. Requests that are high on purpose, to keep a
    pod from eviction or to have nodes to itself, are waste only in the eyes of a rule. An autoscaler that scales on
    the share of the request that is used will add pods when the request shrinks.
    """

    id = "k8s-overrequested"
    needs = (ContainerGroup,)
    Options = Overrequested

    def check(self, estate: Estate) -> Iterator[Finding]:
        for group in estate[ContainerGroup]:
            if group.days < self.options.min_days:
                continue
            cpu = self._proposed(group.cpu_request, group.cpu_used_95, step=MILLICORE)
            memory = self._proposed(
                group.memory_request, group.memory_used_95, step=MEBIBYTE, least=group.memory_used_most
            )
            frees = {
                CPU: _freed(group.cpu_request, cpu) * group.pod_hours,
                MEMORY: _freed(group.memory_request, memory) * group.pod_hours / GIGABYTE,
            }
            cost = _cost(group, frees)
            if not self._matters(frees, cost):
                continue
            yield self.finding(
                group,
                why=f"A pod requests {_resources(group, cpu, memory)}{_costing(group, cost)}.",
                do=f"Request {_proposal(cpu, memory)} a pod, then let the cluster lose the nodes that this empties.",
                frees=frees,
                concerns=cost,
                confidence=Confidence.MEDIUM,
                evidence=tuple(_evidence(group, cpu, memory, cost)),
                effort=Effort.HOURS,
                fix=Fix(ui=_manifest(group, cpu, memory)),
            )

    def _proposed(
        self, request: Decimal | None, used: Decimal | None, *, step: Decimal, least: Decimal | None = None
    ) -> Decimal | None:
        """A lower request with its headroom, in whole steps; None where there is none."""
        if request is None or used is None:
            return None
        wanted = max(used * (1 + self.options.headroom), least or Decimal(0), step)
        proposed = (wanted / step).to_integral_value(ROUND_CEILING) * step
        return proposed if proposed < request else None

    def _matters(self, frees: dict[str, Units], cost: Decimal | None) -> bool:
        if not any(frees.values()):
            return False
        if cost is not None:
            return cost >= self.options.min_cost
        return frees[CPU] >= self.options.min_core_hours or frees[MEMORY] >= self.options.min_gb_hours


def _freed(request: Decimal | None, proposed: Decimal | None) -> Decimal:
    return request - proposed if request is not None and proposed is not None else Decimal(0)


def _cost(group: ContainerGroup, frees: dict[str, Units]) -> Decimal | None:
    """What the excess costs a month at the prices of the nodes; None where they have none."""
    if group.cpu_hour_cost is None or group.memory_hour_cost is None:
        return None
    return frees[CPU] * group.cpu_hour_cost + frees[MEMORY] * group.memory_hour_cost


def _costing(group: ContainerGroup, cost: Decimal | None) -> str:
    return "" if cost is None else f"; the excess costs the cluster {money(cost, group.currency)} a month"


def _cores(cores: Decimal | None) -> str:
    if cores is None:
        return "unknown"
    number = f"{cores:,.3f}".rstrip("0").rstrip(".")
    return f"{number} core" if number == "1" else f"{number} cores"


def _bytes(number: Decimal | None) -> str:
    return f"{number / MEBIBYTE:,.0f} MiB" if number is not None else "unknown"


def _resources(group: ContainerGroup, cpu: Decimal | None, memory: Decimal | None) -> str:
    parts = []
    if cpu is not None:
        parts.append((_cores(group.cpu_request), _cores(group.cpu_used_95)))
    if memory is not None:
        parts.append((f"{_bytes(group.memory_request)} of memory", _bytes(group.memory_used_95)))
    return " and ".join(f"{asked}, using at most {used} in 95 % of its hours" for asked, used in parts)


def _proposal(cpu: Decimal | None, memory: Decimal | None) -> str:
    parts = [_cores(cpu)] if cpu is not None else []
    parts += [f"{_bytes(memory)} of memory"] if memory is not None else []
    return " and ".join(parts)


def _evidence(
    group: ContainerGroup, cpu: Decimal | None, memory: Decimal | None, cost: Decimal | None
) -> Iterator[Evidence]:
    if cpu is not None:
        yield Evidence(label="CPU request of a pod", value=_cores(group.cpu_request), source=SOURCE)
        yield Evidence(label="CPU use, 95th percentile", value=_cores(group.cpu_used_95), source=SOURCE)
    if memory is not None:
        yield Evidence(label="Memory request of a pod", value=_bytes(group.memory_request), source=SOURCE)
        yield Evidence(label="Memory use, 95th percentile", value=_bytes(group.memory_used_95), source=SOURCE)
        yield Evidence(label="Memory use, highest hour", value=_bytes(group.memory_used_most), source=SOURCE)
    yield Evidence(label="Pods, on average", value=f"{group.pod_hours / 730:,.1f}", source=SOURCE)
    yield Evidence(label="Days seen", value=f"{group.days:,.1f}", source=SOURCE)
    yield Evidence(
        label="Cluster cost of the excess, a month",
        value="unknown: its nodes have no price" if cost is None else money(cost, group.currency),
        source="node prices of the settings; not on Datadog's bill",
    )


def _manifest(group: ContainerGroup, cpu: Decimal | None, memory: Decimal | None) -> str:
    """The requests as Kubernetes writes them; how they divide into containers only the workload's owners know."""
    parts = [f"cpu: {cpu / MILLICORE:.0f}m"] if cpu is not None else []
    parts += [f"memory: {memory / MEBIBYTE:.0f}Mi"] if memory is not None else []
    workload = f"{group.workload_kind.replace('_', ' ')} {group.name}"
    return f"Manifest of the {workload} > resources.requests, all containers of a pod together > {', '.join(parts)}"
