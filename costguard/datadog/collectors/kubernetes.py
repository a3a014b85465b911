"""What Datadog's standard Kubernetes metrics say of each hour of nodes and pods: capacity, requests, use, uptime."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from costguard.datadog.client import Connection, Unreadable, Value
from costguard.datadog.collectors import Item, Window
from costguard.datadog.kubernetes_queries import (
    CLUSTER,
    HOST,
    NAMESPACE,
    NODE,
    NODES,
    POD,
    REQUESTS,
    WORKLOADS,
    Asked,
    Request,
    asked_by,
    queries,
)
from costguard.datadog.periods import closed_months, midnight
from costguard.datadog.raw import MalformedError, Times, decimal, malformed, mapping, sequence, texts
from costguard.model.findings import Cause, Gap
from costguard.model.node_prices import KubernetesSettings
from costguard.model.usage import KubernetesUsage, Period
from costguard.wording import plural

SETTLED_AFTER = timedelta(hours=24)
"""Points of a metric arrive within minutes; a day more, so as not to take an Agent that was cut off for final."""

_ABSENT = "N/A"
"""The value of a tag that is not there."""


class KubernetesMetrics:
    """GET /api/v1/query, where the settings have a `[kubernetes]` table.

    These are metrics of Datadog's own integrations, which are not billed. That a query of them makes Datadog note them
    as queried hides nothing: only custom metrics are ever judged by that.
    """

    provides = KubernetesUsage
    permissions = ("timeseries_query",)
    parent_only = False

    def collect(self, org: Connection, window: Window) -> Iterator[Item]:
        """Every day since the beginning of the last closed month that is not final in the store; may raise Unreadable.

        A gap says where pods were seen and no node, and where nothing at all was.
        """
        settings = window.kubernetes
        if settings is None:
            return
        seen = _Seen()
        final = window.previous.final_periods(KubernetesUsage)
        wanted = [day for day in _days(window.now) if day.isoformat() not in final]
        for day in wanted:
            asked = partial(_answer, org, settings, day)
            answers = list(window.fan_out(asked, REQUESTS))
            yield Period(KubernetesUsage, day.isoformat(), _is_final(day, window.now))
            reader = _Reader(org, settings, day)
            for request, body in zip(REQUESTS, answers, strict=True):
                for row in reader.rows(request, body):
                    seen.add(row)
                    yield row
            if reader.unreadable:
                hint = f"{plural(reader.unreadable, 'value')} of {day} could not be read"
                yield malformed(org.org.name, "kubernetes_usage", hint)
        if wanted and (gap := seen.gap(org, settings)):
            yield gap


def _days(now: datetime) -> Iterator[date]:
    """The whole days since the beginning of the last closed month, oldest first."""
    day, today = closed_months(now)[-1], now.date()
    while day < today:
        yield day
        day += timedelta(days=1)


def _is_final(day: date, now: datetime) -> bool:
    return midnight(day + timedelta(days=1)) + SETTLED_AFTER <= now


def _answer(org: Connection, settings: KubernetesSettings, day: date, request: Request) -> dict[str, Any]:
    start = midnight(day)
    query: dict[str, Value] = {
        "from": int(start.timestamp()),
        "to": int((start + timedelta(days=1)).timestamp()),
        "query": queries(request, settings),
    }
    body = mapping(org.call("v1.query_metrics", query=query, what="kubernetes_usage"))
    if not isinstance(body.get("series"), list) or body.get("status", "ok") != "ok":
        hint = f"the query of {request.asked[0].metric} on {day} failed"
        raise Unreadable(malformed(org.org.name, "kubernetes_usage", hint))
    return body


@dataclass
class _Reader:
    """Makes rows of a day's answers; the nodes' must come first."""

    org: Connection
    settings: KubernetesSettings
    day: date
    hosts: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    """Cluster and name of the node by cluster and name of the host, and by the host alone (cluster "")."""
    times: Times = field(default_factory=Times)
    unreadable: int = 0
    """Points that are no measurement."""

    def rows(self, request: Request, body: Mapping[str, Any]) -> Iterator[KubernetesUsage]:
        """A row for each hour of each series; raises Unreadable where a series cannot be told from others."""
        for series in map(mapping, body["series"]):
            try:
                asked = asked_by(request, series)
            except MalformedError as error:
                raise Unreadable(malformed(self.org.org.name, "kubernetes_usage", str(error))) from None
            yield from self._series(request, asked, series)

    def _series(self, request: Request, asked: Asked, series: Mapping[str, Any]) -> Iterator[KubernetesUsage]:
        tags = {key: value for key, value in map(_tag, texts(series.get("tag_set"))) if value}
        cluster, node = self._place(request, tags)
        # Containers outside of Kubernetes have an uptime too.
        if not self.settings.covers(cluster) or (POD in request.groups and POD not in tags):
            return
        kind, workload = next(((key, tags[key]) for key in WORKLOADS if key in tags), ("", ""))
        start, end = midnight(self.day), midnight(self.day + timedelta(days=1))
        for point in sequence(series.get("pointlist")):
            time, value = point if isinstance(point, list) and len(point) == 2 else (None, None)
            if value is None:
                continue
            hour, number = self.times.of(time), decimal(value)
            if hour is None or number is None or not 0 <= number < asked.largest:
                self.unreadable += 1
                continue
            if not start <= hour < end:
                continue
            yield KubernetesUsage(
                hour=hour,
                cluster=cluster,
                node=node,
                namespace=tags.get(NAMESPACE, ""),
                workload_kind=kind.removeprefix("kube_"),
                workload=workload,
                pod=tags.get(POD, ""),
                metric=asked.name or asked.metric,
                value=number,
                instance_type=tags.get(self.settings.instance_type_tag, "") if request is NODES else "",
            )

    def _place(self, request: Request, tags: Mapping[str, str]) -> tuple[str, str]:
        """Cluster and node of a series.

        The Agent on a node calls it by its host name, which in a cloud is the instance's id; the Cluster Agent knows
        the node by its name in Kubernetes, and as a host by that name and the cluster's, joined by a dash.
        """
        cluster, host, node = tags.get(CLUSTER, ""), tags.get(HOST, ""), tags.get(NODE, "")
        if request is NODES:
            place = cluster, node or host
            for name in {host, node, f"{node}-{cluster.replace('_', '-')}" if node else ""} - {""}:
                self.hosts.setdefault((cluster, name), place)
                self.hosts.setdefault(("", name), place)
            return place
        if node:
            return cluster, node
        known = self.hosts.get((cluster, host)) or (None if cluster else self.hosts.get(("", host)))
        return known or (cluster, host)


def _tag(text: str) -> tuple[str, str]:
    key, _, value = text.partition(":")
    return key, "" if value.upper() == _ABSENT else value


@dataclass
class _Seen:
    """What there was in all the days."""

    nodes: bool = False
    pods: bool = False

    def add(self, row: KubernetesUsage) -> None:
        """Take notice of a row."""
        self.nodes = self.nodes or row.metric == NODES.asked[0].metric
        self.pods = self.pods or bool(row.pod)

    def gap(self, org: Connection, settings: KubernetesSettings) -> Gap | None:
        """What was lacking in all of them."""
        if self.nodes:
            return None
        if self.pods:
            what = "kubernetes_usage nodes"
            hint = "Datadog has no capacity of nodes: enable Kubernetes State Metrics Core in the Cluster Agent"
        else:
            what = "kubernetes_usage clusters"
            named = "" if "*" in settings.clusters else f" named {', '.join(settings.clusters)}"
            hint = f"Datadog has no metrics of a Kubernetes cluster{named}; check kubernetes.clusters"
        return Gap(org=org.org.name, what=what, cause=Cause.NOT_AVAILABLE, hint=hint, optional=True)
