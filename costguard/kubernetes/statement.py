"""How a month of clusters is put together for `costguard bill --kubernetes`."""

from datetime import date, datetime

import costguard
from costguard.errors import CostguardError, shown
from costguard.kubernetes.lines import ZERO, Row, clusters, in_order, line_of
from costguard.kubernetes.nodes import Node, nodes
from costguard.kubernetes.notes import gaps, notes
from costguard.model.kubernetes import KubernetesStatement, Level, UnknownNode
from costguard.price_file import node_prices
from costguard.settings import Settings
from costguard.store import Store
from costguard.wording import month as month_name


def kubernetes_statement(
    store: Store, settings: Settings, month: date, *, level: Level = Level.WORKLOAD, only: str | None = None
) -> KubernetesStatement:
    """The clusters of the month, at a level, of all organisations or of the one named `only`.

    All amounts are exact: at each level the lines add up to the cost of the nodes. Raises CostguardError where the
    settings do not ask for Kubernetes, a node price is wrong, or the store has other months or organisations only.
    """
    kubernetes = settings.kubernetes
    if kubernetes is None:
        raise CostguardError(
            f"{settings.source}: there is no [kubernetes] table; add one with the prices of nodes, "
            "then run `costguard collect`"
        )
    runs = store.runs()
    if not runs:
        raise CostguardError("the store holds no run yet; run `costguard collect` first")
    orgs = _orgs(store, only)
    months = {(org, key) for org, key in store.query("kubernetes-months") if org in orgs}
    read = {org for org, key in months if key == f"{month:%Y-%m}"}
    if months and not read:
        has = ", ".join(month_name(date.fromisoformat(f"{key}-01")) for key in sorted({key for _, key in months}))
        raise CostguardError(
            f"--month {month:%Y-%m}: the store has no metrics of Kubernetes of {month_name(month)}; it has {has}"
        )
    start, until = _span(month)
    prices = node_prices(kubernetes, settings.currency)
    seen = [node for node in nodes(store, kubernetes, prices, start=start, until=until) if only in (None, node.org)]
    divided = [node for node in seen if node.divisible]
    asked = {
        "start": start,
        "until": until,
        "depth": level.depth,
        "nodes": [each.money(kubernetes) for each in divided],
    }
    rows = [
        row
        for row in map(Row._make, store.query("kubernetes-cost", **asked))
        if kubernetes.covers(row.cluster) and only in (None, row.org)
    ]
    lines = clusters(rows) if level is Level.CLUSTER else [line_of(row) for row in rows]
    return KubernetesStatement(
        generated_at=runs[-1].started,
        version=costguard.__version__,
        month=month,
        currency=settings.currency,
        level=level,
        lines=in_order(lines),
        nodes=len(divided),
        node_hours=sum(node.hours for node in divided),
        node_cost=sum((node.cost for node in divided), ZERO) if divided else None,
        unknown=tuple(_unknown(node) for node in seen if not node.divisible),
        weights={"cpu": kubernetes.weights.cpu, "memory": kubernetes.weights.memory},
        gpu_weights={
            "gpu": kubernetes.gpu_weights.gpu,
            "cpu": kubernetes.gpu_weights.cpu,
            "memory": kubernetes.gpu_weights.memory,
        },
        notes=tuple(notes(store, kubernetes, month, lines, only, runs[-1].started.date())),
        gaps=tuple(gaps(store, only, read)),
    )


def _orgs(store: Store, only: str | None) -> tuple[str, ...]:
    """The organisations of the last run that are asked for; raises CostguardError where `only` is none of them."""
    orgs = tuple(org.name for org in store.orgs())
    if only is None:
        return orgs
    if only not in orgs:
        known = ", ".join(map(shown, orgs))
        raise CostguardError(f"--org {shown(only)}: the last run read {known}; choose one of them")
    return (only,)


def _span(month: date) -> tuple[datetime, datetime]:
    """The month's first moment, and the next one's; naive, in UTC, as the store keeps times."""
    start = datetime(month.year, month.month, 1)  # noqa: DTZ001
    return start, start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)


def _unknown(node: Node) -> UnknownNode:
    return UnknownNode(
        org=node.org,
        cluster=node.cluster,
        node=node.name,
        instance_type=node.instance_type,
        hours=node.hours,
        reason="no price" if node.hourly is None else "no capacity",
    )
