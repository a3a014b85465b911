"""The Kubernetes clusters that the invented company runs: nodes, workloads and pods, and what each did in any hour."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from costguard.simulator.block import PAYLOAD

GIB = 2**30
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)

_RUSH = (35, 30, 30, 30, 30, 35, 45, 60, 80, 95, 100, 100, 90, 100, 100, 95, 90, 85, 75, 65, 60, 50, 45, 40)
"""Percent of a pod's highest use in each hour of the day."""

LONG_AGO = timedelta(days=200)


@dataclass(frozen=True)
class Node:
    """A machine of a cluster."""

    name: str
    host: str
    """What its Agent calls it: in a cloud the instance's id."""
    instance_type: str
    cores: int
    memory: int
    """Bytes."""
    gpus: int = 0
    hourly: Decimal | None = None
    """What an hour of it costs; None = nobody knows."""
    daily: tuple[int, int] = (0, 24)
    """The hours of each day in which it is there."""

    def runs(self, hour: datetime) -> bool:
        """Whether it is there in an hour."""
        return self.daily[0] <= hour.hour < self.daily[1]


@dataclass(frozen=True)
class Pod:
    """A pod of one name, or of one name a day, and what it asks for and does while it lives."""

    name: str
    node: Node
    cpu: tuple[int | None, int | None]
    """Millicores: requested, and used at most; None = Datadog does not know."""
    memory: tuple[int | None, int | None]
    """Bytes: requested and used."""
    gpus: int = 0
    steady: bool = False
    """Whether its CPU use is the same in every hour."""
    traffic: int = 20_000
    """Bytes a second that it receives; it sends half of that."""
    began: timedelta = LONG_AGO
    """How long before midnight of the simulated day it began."""
    ended: timedelta | None = None
    daily: tuple[int, int] | None = None
    """The minutes of each day in which a new one of these runs."""

    def lives(self, hour: datetime, midnight: datetime) -> tuple[str, datetime, datetime] | None:
        """Its name, when it began, and when it ended, where it lives in some of the hour."""
        name, start, end = self.name, midnight - self.began, midnight - self.ended if self.ended is not None else None
        if self.daily:
            day = hour.replace(hour=0)
            name = f"{self.name}-{day:%Y%m%d}"
            start, end = day + self.daily[0] * MINUTE, day + self.daily[1] * MINUTE
        until = end or hour + HOUR
        return (name, start, until) if start < hour + HOUR and until > hour and self.node.runs(hour) else None

    def cpu_used(self, hour: datetime) -> int | None:
        """Nanocores, while it lives."""
        if self.cpu[1] is None:
            return None
        return self.cpu[1] * 1_000_000 if self.steady else self.cpu[1] * 10_000 * _RUSH[hour.hour]


@dataclass(frozen=True)
class Workload:
    """What pods belong to."""

    namespace: str
    kind: str
    """As Datadog's tags say: deployment, stateful_set, …; "" for a pod that belongs to nothing."""
    name: str
    pods: tuple[Pod, ...]
    overrequested: bool = False
    """Whether it was planted to be found."""


@dataclass(frozen=True)
class Cluster:
    """A cluster of one organisation."""

    org: str
    name: str
    nodes: tuple[Node, ...]
    workloads: tuple[Workload, ...]
    by_name: bool = False
    """Whether its Agents call their hosts by node and cluster, as outside of a cloud."""
    pod_uptime: bool = True
    """Whether Datadog knows the uptime of its pods, and not only that of their containers."""
    midnight: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    """The beginning of the simulated day."""

    @property
    def host_suffix(self) -> str:
        """What follows a node's name in the host name that the Cluster Agent gives it."""
        return "-" + self.name.replace("_", "-")

    def pods(self, hour: datetime) -> Iterator[tuple[Workload, Pod, str, datetime, datetime]]:
        """Who lives in an hour: the workload, the pod, its name, when it began and when it ends."""
        for workload in self.workloads:
            for pod in workload.pods:
                if life := pod.lives(hour, self.midnight):
                    yield workload, pod, *life


def clusters(orgs: tuple[str, ...], now: datetime, *, hostile: bool = False) -> tuple[Cluster, ...]:
    """The clusters of a company with these organisations, the parent first, at a moment."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    suffix = PAYLOAD if hostile else ""
    return (*_parents(orgs[0], midnight, suffix), _payments(orgs[1], midnight), _labs(orgs[2], midnight))


def _deployment(namespace: str, name: str, *pods: Pod, overrequested: bool = False) -> Workload:
    return Workload(namespace, "deployment", name, pods, overrequested)


def _agents(nodes: tuple[Node, ...]) -> Workload:
    """The Agent on every node; it requests nothing."""
    pods = tuple(
        Pod(f"datadog-agent-{place}", node, (None, 60), (None, GIB // 4), steady=True)
        for place, node in enumerate(nodes)
    )
    return Workload("datadog", "daemon_set", "datadog-agent", pods)


def _parents(org: str, midnight: datetime, suffix: str) -> tuple[Cluster, Cluster]:
    price = Decimal("0.192")
    one, two, three = (
        Node(f"ip-10-0-1-{number}.ec2.internal", f"i-0{number:03x}f00", "m6i.xlarge", 4, 16 * GIB, hourly=price)
        for number in (11, 12, 13)
    )
    spot = Node("ip-10-0-2-7.ec2.internal", "i-0beef7", "c6i.large", 2, 4 * GIB, hourly=Decimal("0.085"), daily=(8, 20))
    nodes = (one, two, three, spot)
    prod = Cluster(
        org,
        "larkspur-prod",
        nodes,
        (
            _agents((one, two, three)),
            _deployment(
                "shop",
                "storefront",
                Pod("storefront-7d4-aa", one, (1500, 1400), (2 * GIB, 2 * GIB)),
                Pod("storefront-7d4-bb", two, (1500, 1900), (2 * GIB, 5 * GIB // 2)),
                Pod("storefront-7d4-cc", spot, (750, 700), (GIB, GIB)),
            ),
            _deployment(
                f"shop{suffix}",
                f"cart{suffix}",
                Pod("cart-5f9-aa", one, (2000, 300), (4 * GIB, GIB)),
                Pod("cart-5f9-bb", three, (2000, 250), (4 * GIB, GIB)),
                overrequested=True,
            ),
            # Half of the day before yesterday and all that came before was another pod's.
            _deployment(
                "shop",
                "search",
                Pod("search-1-xx", two, (800, 800), (GIB, GIB), ended=timedelta(hours=37, minutes=40)),
                Pod("search-2-yy", two, (800, 750), (GIB, GIB), began=timedelta(hours=37, minutes=35)),
            ),
            _deployment("shop", "new", Pod("new-1-aa", three, (1000, 50), (GIB, GIB // 8), began=timedelta(days=3))),
            _deployment("shop", "gone", Pod("gone-1-aa", three, (900, 20), (GIB, GIB // 8), ended=timedelta(days=4))),
            Workload("batch", "cronjob", "nightly", (Pod("nightly", three, (1200, 900), (GIB, GIB), daily=(70, 100)),)),
            Workload("batch", "", "debug", (Pod("debug", two, (100, 90), (GIB // 8, GIB // 8), steady=True),)),
        ),
        midnight=midnight,
    )
    small, empty = (
        Node(name, f"{name}-larkspur-staging", "", 2, 8 * GIB, hourly=Decimal("0.05"))
        for name in ("stage-1", "stage-2")
    )
    staging = Cluster(
        org,
        "larkspur_staging",
        (small, empty),
        (
            _deployment(
                "shop", "storefront", Pod("storefront-0", small, (500, None), (GIB, None), began=timedelta(days=20))
            ),
            Workload("batch", "job", "import", (Pod("import", small, (250, 250), (GIB, GIB), daily=(600, 641)),)),
        ),
        by_name=True,
        pod_uptime=False,
        midnight=midnight,
    )
    return prod, staging


def _payments(org: str, midnight: datetime) -> Cluster:
    price = Decimal("0.34")
    crowded, calm = (
        Node(f"ip-10-8-0-{number}.ec2.internal", f"i-0{number:03x}bad", "c6i.2xlarge", 8, 16 * GIB, hourly=price)
        for number in (21, 22)
    )
    return Cluster(
        org,
        "payments-prod",
        (crowded, calm),
        (
            _agents((crowded, calm)),
            # More than the node has, in the busy hours: it is shared in proportion.
            _deployment(
                "ledger",
                "postings",
                *(Pod(f"postings-{place}", crowded, (1000, 3300), (4 * GIB, 6 * GIB)) for place in range(3)),
            ),
            Workload(
                "ledger",
                "stateful_set",
                "replay",
                (Pod("replay-0", calm, (3000, 2800), (12 * GIB, GIB)),),
                overrequested=True,
            ),
        ),
        midnight=midnight,
    )


def _labs(org: str, midnight: datetime) -> Cluster:
    gpu = Node("gpu-1", "i-0a1a1a1", "g5.xlarge", 4, 16 * GIB, gpus=2, hourly=Decimal("1.006"))
    metal = Node("metal-7", "metal-7", "", 16, 64 * GIB)
    return Cluster(
        org,
        "labs",
        (gpu, metal),
        (
            _agents((gpu,)),
            Workload(
                "research", "job", "training", (Pod("training-0", gpu, (2000, 1900), (8 * GIB, 8 * GIB), gpus=1),)
            ),
            _deployment("research", "notebooks", Pod("notebooks-0", metal, (4000, 4000), (8 * GIB, 8 * GIB))),
        ),
        midnight=midnight,
    )
