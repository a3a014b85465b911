"""What tests of Kubernetes cost write into a store: nodes and pods of single hours."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from costguard.model.kubernetes import KubernetesStatement, Level
from costguard.model.node_prices import KubernetesSettings
from costguard.model.usage import KubernetesUsage, Period
from costguard.settings import Settings
from costguard.store import RunOrg, Store

MONTH = date(2026, 10, 1)
HOUR = datetime(2026, 10, 5, 14, tzinfo=UTC)
NOW = datetime(2026, 11, 3, 7, tzinfo=UTC)

GB = 10**9

Number = int | float | str | Decimal


@dataclass(frozen=True)
class Node:
    """A node in an hour; capacity in cores and bytes."""

    name: str = "n1"
    cpu: Number | None = 4
    memory: Number | None = 16 * GB
    gpu: Number | None = None
    kind: str = "m6i.xlarge"
    cluster: str = "prod"
    hour: datetime = HOUR

    def rows(self) -> Iterable[KubernetesUsage]:
        """What the Cluster Agent reports."""
        values = {"cpu_capacity": self.cpu, "memory_capacity": self.memory, "gpu_capacity": self.gpu, "status": 1}
        for name, value in values.items():
            if value is not None:
                metric = f"kubernetes_state.node.{name}"
                yield _row(self.hour, self.cluster, self.name, metric, value, instance_type=self.kind)


@dataclass(frozen=True)
class Pod:
    """A pod in an hour: requested and used cores and bytes, and the uptimes that it reported in seconds."""

    name: str = "p1"
    node: str = "n1"
    cpu: tuple[Number | None, Number | None] = (None, None)
    memory: tuple[Number | None, Number | None] = (None, None)
    gpu: Number | None = None
    uptime: tuple[Number, Number] | None = None
    container_uptime: tuple[Number, Number] | None = None
    namespace: str = "web"
    workload: tuple[str, str] = ("deployment", "shop")
    traffic: tuple[Number | None, Number | None] = (None, None)
    cluster: str = "prod"
    hour: datetime = HOUR

    def rows(self) -> Iterable[KubernetesUsage]:
        """What the Agents report."""
        values: dict[str, Number | None] = {
            "kubernetes.cpu.requests": self.cpu[0],
            "kubernetes.cpu.usage.total": None if self.cpu[1] is None else Decimal(str(self.cpu[1])) * GB,
            "kubernetes.memory.requests": self.memory[0],
            "kubernetes.memory.usage": self.memory[1],
            "kubernetes.network.rx_bytes": self.traffic[0],
            "kubernetes.network.tx_bytes": self.traffic[1],
        }
        state: dict[str, Number | None] = {"kubernetes_state.container.gpu_limit": self.gpu}
        for name, uptime in (("kubernetes_state.pod", self.uptime), ("container", self.container_uptime)):
            if uptime is not None:
                state |= {f"{name}.uptime.min": uptime[0], f"{name}.uptime.max": uptime[1]}
        for owner, found in ((self.workload, values), (("", ""), state)):
            for metric, value in found.items():
                if value is not None:
                    yield _row(
                        *(self.hour, self.cluster, self.node, metric, value),
                        namespace=self.namespace,
                        workload_kind=owner[0],
                        workload=owner[1],
                        pod=self.name,
                    )


def _row(hour: datetime, cluster: str, node: str, metric: str, value: Number, **names: str) -> KubernetesUsage:
    empty = dict.fromkeys(("namespace", "workload_kind", "workload", "pod", "instance_type"), "")
    return KubernetesUsage(
        hour=hour, cluster=cluster, node=node, metric=metric, value=Decimal(str(value)), **{**empty, **names}
    )


def count(nodes: Number, *, hour: datetime = HOUR, cluster: str = "prod") -> KubernetesUsage:
    """How many nodes the Cluster Agent counts."""
    return _row(hour, cluster, "", "kubernetes_state.node.count", nodes)


def write(store: Store, *things: Node | Pod | KubernetesUsage, org: str = "acme") -> None:
    """A run that reads these, each day one period."""
    rows = [row for thing in things for row in ([thing] if isinstance(thing, KubernetesUsage) else thing.rows())]
    days = sorted({row.hour.date() for row in rows} | {HOUR.date()})
    with store.begin(NOW, "1") as run:
        run.org(RunOrg(org, "datadoghq.com", None, None))
        for day in days:
            run.add(org, Period(KubernetesUsage, day.isoformat(), True))
            for row in rows:
                if row.hour.date() == day:
                    run.add(org, row)
        run.done(org, KubernetesUsage, True)


def settings(prices: dict[str, str] | None = None, **kubernetes: object) -> Settings:
    """Settings with a price for nodes, $1 an hour by default."""
    table = {"prices": {"*": "1"} if prices is None else prices, **kubernetes}
    return Settings(kubernetes=KubernetesSettings.model_validate(table))


def hours(thing: Node | Pod, times: int) -> Sequence[Node | Pod]:
    """The same in several hours, one after the other."""
    return [_moved(thing, place) for place in range(times)]


def _moved(thing: Node | Pod, by: int) -> Node | Pod:
    return type(thing)(**{**vars(thing), "hour": thing.hour + timedelta(hours=by)})


def open_store(folder: Path) -> Store:
    """A store of its own."""
    return Store.open(folder / "kubernetes.duckdb")


def parts(statement: KubernetesStatement) -> dict[str, tuple[Decimal | None, Decimal | None, Decimal | None]]:
    """Used, workload idle and cluster idle of each line, by what it is called below the cluster; "" = the cluster's."""
    return {
        "/".join(name for name in (line.namespace, line.workload, line.pod) if name): (
            line.used,
            line.workload_idle,
            line.cluster_idle,
        )
        for line in statement.lines
    }


LEVELS = tuple(Level)
