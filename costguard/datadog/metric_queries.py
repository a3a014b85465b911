"""Which metrics may be asked for their data, and the only way in which a query of them is written."""

from dataclasses import dataclass

QUERIED = frozenset(
    {
        "container.uptime",
        "datadog.estimated_usage.hosts",
        "datadog.estimated_usage.logs.ingested_events",
        "kubernetes.cpu.requests",
        "kubernetes.cpu.usage.total",
        "kubernetes.memory.requests",
        "kubernetes.memory.usage",
        "kubernetes.network.rx_bytes",
        "kubernetes.network.tx_bytes",
        "kubernetes_state.container.gpu_limit",
        "kubernetes_state.node.count",
        "kubernetes_state.node.cpu_capacity",
        "kubernetes_state.node.gpu_capacity",
        "kubernetes_state.node.memory_capacity",
        "kubernetes_state.node.status",
        "kubernetes_state.pod.uptime",
    }
)
"""Datadog's own, none of which is a custom metric: to query another might count as its use (docs/datadog.md, B5)."""

_TOGETHER = frozenset({"avg", "max", "min", "sum"})
"""How values come together."""

_BRACES = frozenset("{}")
"""What ends a scope or groups; outside of these, a query has nothing but names from above."""


@dataclass(frozen=True)
class MetricQuery:
    """A query of one metric; raises ValueError for a metric not in `QUERIED`, and for parts that could hold another."""

    space: str
    """How series come together."""
    metric: str
    scope: str = "*"
    by: tuple[str, ...] = ()
    """Keys of tags."""
    rollup: tuple[str, int] | None = None
    """How the points of so many seconds come together."""
    as_count: bool = False
    """Whether rates are to be counts."""

    def __post_init__(self) -> None:
        if self.metric not in QUERIED:
            raise ValueError(f"{self.metric!r} is none of the metrics whose data may be asked for")
        ways = {self.space, *(self.rollup or ())[:1]}
        if not ways <= _TOGETHER or any(_BRACES & {*part} for part in (self.scope, *self.by)):
            raise ValueError(f"the query of {self.metric} has a part that may not stand where it does")

    def __str__(self) -> str:
        by = f" by {{{','.join(self.by)}}}" if self.by else ""
        count = ".as_count()" if self.as_count else ""
        rollup = f".rollup({self.rollup[0]}, {self.rollup[1]:d})" if self.rollup else ""
        return f"{self.space}:{self.metric}{{{self.scope}}}{by}{count}{rollup}"


@dataclass(frozen=True)
class MetricQueries:
    """Queries that are asked together; all that the call which asks for the data of metrics takes."""

    queries: tuple[MetricQuery, ...]

    def __str__(self) -> str:
        return ",".join(map(str, self.queries))
