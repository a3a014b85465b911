"""Everything that monitors, dashboards, notebooks and objectives ask of Datadog, in one list."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from costguard.model.base import Frozen
from costguard.model.resources import Dashboard, Monitor, Notebook, Resource, Slo
from costguard.queries import MetricRead, log_queries, metric_scopes

UNKNOWN = "unknown"
"""The source of a question that may read anything, unless its text can be understood."""

OPAQUE = "{"
"""A text that no query syntax understands: what it asks stands where it was not read."""

_METRIC_TYPES = frozenset({"metric alert", "query alert", "cost alert"})
_LOG_TYPES = frozenset({"log alert", "error-tracking alert"})
_OTHER_TYPES = frozenset(
    {
        "audit alert",
        "ci-pipelines alert",
        "ci-tests alert",
        "composite",
        "data-jobs alert",
        "data-quality alert",
        "database-monitoring alert",
        "event alert",
        "event-v2 alert",
        "llm-observability alert",
        "network-path alert",
        "network-performance alert",
        "process alert",
        "rum alert",
        "service check",
        "slo alert",
        "synthetics alert",
        "trace-analytics alert",
    }
)
"""Types whose own query reads neither metrics nor logs (v1 schema MonitorType)."""


class Reference(Frozen):
    """Somebody who refers to a resource."""

    kind: str
    """Kind of the resource that refers, "handle" for somebody who is notified, or "ci"."""
    id: str
    name: str
    how: str
    """By what: "shows its monitor", "reads logs: status:error"."""


class Asked(NamedTuple):
    """One question that a resource asks."""

    who: Resource
    source: str
    """As in `Query.source`."""
    text: str
    indexes: tuple[str, ...] = ()

    def reference(self, how: str) -> Reference:
        """The resource as one that refers to another."""
        return Reference(kind=self.who.kind, id=self.who.id, name=self.who.name or self.who.id, how=how)


class Questions:
    """All questions of an organisation, and what they read of metrics, each text understood once."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self.all = tuple(_asked(resources))
        self._reads: dict[str, tuple[MetricRead, ...] | None] = {}

    def reads(self, text: str) -> tuple[MetricRead, ...] | None:
        """See `metric_scopes`."""
        if text not in self._reads:
            self._reads[text] = metric_scopes(text)
        return self._reads[text]


def _asked(resources: Iterable[Resource]) -> Iterator[Asked]:
    """All questions of the given monitors, dashboards, notebooks and objectives."""
    for each in resources:
        if isinstance(each, Monitor):
            yield from _of_monitor(each)
        if isinstance(each, Monitor | Dashboard | Notebook | Slo):
            for query in each.queries:
                yield Asked(each, query.source, query.text, query.indexes)


def _of_monitor(monitor: Monitor) -> Iterator[Asked]:
    if monitor.type in _OTHER_TYPES:
        yield Asked(monitor, monitor.type, monitor.query)
        return
    for name in monitor.metrics:
        yield Asked(monitor, "metrics", name)
    if "formula(" in monitor.query or not monitor.query.strip():
        if not monitor.queries:
            source = "logs" if monitor.type in _LOG_TYPES else "metrics" if monitor.type == "cost alert" else UNKNOWN
            yield Asked(monitor, source, OPAQUE)
        return
    if monitor.type in _LOG_TYPES:
        searches = log_queries(monitor.query)
        if searches is None:
            yield Asked(monitor, "logs", OPAQUE)
        for search in searches or ():
            yield Asked(monitor, "logs", search.text, search.indexes)
        return
    yield Asked(monitor, "metrics" if monitor.type in _METRIC_TYPES else UNKNOWN, monitor.query)
