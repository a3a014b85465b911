"""The cost of Kubernetes for people at a terminal: what was used and what was idle, cluster by cluster."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC
from decimal import Decimal
from io import StringIO
from itertools import groupby

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from costguard.console import Trimmed, amount, plain_console
from costguard.model.findings import Gap
from costguard.model.kubernetes import (
    KubernetesLine,
    KubernetesStatement,
    Level,
    UnknownNode,
    total,
)
from costguard.model.money import Usd
from costguard.safetext import visible
from costguard.wording import INCOMPLETE, ROUNDED, cause, kind, minute, month, plural, share

name = "terminal"
suffixes = (".txt",)

BAR = 20
"""Columns of a bar: the whole cost of the cluster, or of the dearest one."""

USED, WORKLOAD_IDLE, CLUSTER_IDLE = "█", "▒", "░"

NAMELESS = "(no name)"

NOTHING = Decimal(0)


def render(statement: KubernetesStatement) -> str:
    """The whole statement as plain text; raises ValueError for a time without a zone."""
    out = StringIO()
    print_kubernetes(statement, plain_console(out), limit=0)
    return out.getvalue()


def print_kubernetes(statement: KubernetesStatement, console: Console, *, limit: int = 15) -> None:
    """Print it; of each cluster the `limit` dearest lines, 0 = all.

    Each amount is rounded to the cent by itself, so that it is the same in every breakdown; exactly they add up.
    """
    parts: list[RenderableType] = [*_head(statement), Text(), _summary(statement)]
    clusters = [list(lines) for _, lines in groupby(statement.lines, lambda line: (line.org, line.cluster))]
    if statement.level is Level.CLUSTER and clusters:
        parts += [Text(), _clusters(statement)]
    if statement.level is not Level.CLUSTER:
        for lines in clusters:
            parts += [Text(), *_cluster(statement, lines, limit)]
    if clusters:
        parts.append(Text(ROUNDED, style="dim"))
    else:
        parts += [Text(), Text("No metrics of Kubernetes were read for this month.", style="yellow")]
    if statement.unknown:
        parts += [Text(), *_unknown(statement.unknown, limit)]
    if any(_partly(line) for line in statement.lines):
        parts.append(Text("* without what ran on nodes whose cost is not known", style="yellow"))
    parts += [Text(visible(note), style="dim") for note in statement.notes]
    parts += [_gap(gap) for gap in statement.gaps]
    if not statement.complete:
        parts.append(Text.assemble(("Incomplete", "bold red"), f": {INCOMPLETE}."))
    for part in parts:
        console.print(Trimmed(part))


def _head(statement: KubernetesStatement) -> Iterator[RenderableType]:
    moment = statement.generated_at.astimezone(UTC)
    so_far = " so far" if (moment.year, moment.month) == (statement.month.year, statement.month.month) else ""
    yield Text.assemble(
        (f"Kubernetes cost of {month(statement.month)}{so_far}", "bold"),
        f" · costguard {visible(statement.version)} · {minute(statement.generated_at)}",
    )
    told = f"The cost of a node is {_shares(statement.weights)}"
    if any(line.gpu for line in statement.lines):
        told += f", of one with GPUs {_shares(statement.gpu_weights)}"
    yield Text(f"{told}; it is not on Datadog's bill.", style="dim", overflow="fold")


def _shares(weights: Mapping[str, Decimal]) -> str:
    return ", ".join(f"{share(part, Decimal(1))} {name}" for name, part in weights.items())


def _summary(statement: KubernetesStatement) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True, justify="right")
    grid.add_column(style="dim", overflow="fold")
    hours = plural(statement.node_hours, "node-hour")
    cost, nodes = statement.node_cost, plural(statement.nodes, "node")
    about = "no node has a price and a capacity" if statement.unknown else "no metrics were read"
    grid.add_row("Nodes", amount(cost, statement.currency, "bold"), about if cost is None else f"{nodes}, {hours}")
    parts = (statement.used, statement.workload_idle, statement.cluster_idle)
    labels = (
        (f"Used {USED}", "by pods"),
        (f"Workload idle {WORKLOAD_IDLE}", "requested by pods, not used"),
        (f"Cluster idle {CLUSTER_IDLE}", "neither requested nor used"),
    )
    for (label, words), part in zip(labels, parts, strict=True):
        of_all = share(part, cost)
        grid.add_row(label, amount(part, statement.currency), f"{of_all}, {words}" if of_all else words)
    return grid


def _clusters(statement: KubernetesStatement) -> Table:
    most = max((line.cost or NOTHING for line in statement.lines), default=NOTHING)
    table = _table("Cluster", "Cluster idle")
    for line in statement.lines:
        title = f"{_name(line.cluster)} · {visible(line.org)}"
        idle = amount(line.cluster_idle, statement.currency)
        table.add_row(Text(title), *_amounts(statement, line), idle, _bar(line, most))
    return table


def _cluster(statement: KubernetesStatement, lines: Sequence[KubernetesLine], limit: int) -> Iterator[RenderableType]:
    """A cluster's own lines."""
    whole = total(line.cost for line in lines)
    title = f" · {visible(lines[0].org)} · "
    yield Text.assemble((_name(lines[0].cluster), "bold"), title, amount(whole, statement.currency, "bold"))
    pods = [line for line in lines if not line.is_cluster_idle]
    shown = [(_path(line), line) for line in (pods[:limit] if limit else pods)]
    if rest := pods[len(shown) :]:
        shown.append((f"… and {plural(len(rest), 'other')}", _sum(rest)))
    shown += [("cluster idle", line) for line in lines if line.is_cluster_idle]
    table = _table(statement.level.value.capitalize())
    for path, line in shown:
        bar = _bar(line, whole)
        if line.is_cluster_idle:
            table.add_row(Text(path, "italic"), amount(line.cost, statement.currency), Text(), Text(), bar)
        else:
            table.add_row(Text(path), *_amounts(statement, line), bar)
    yield table


def _table(first: str, *more: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    table.add_column(first, overflow="fold", ratio=1)
    for heading in ("Cost", "Used", "Workload idle", *more):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True, width=BAR)
    return table


def _amounts(statement: KubernetesStatement, line: KubernetesLine) -> Iterator[Text]:
    """The cost of a line, what of it was used, and what its pods left idle."""
    yield amount(line.cost, statement.currency) + Text("*" if _partly(line) else "", "yellow")
    yield amount(line.used, statement.currency)
    yield amount(line.workload_idle, statement.currency)


def _gap(gap: Gap) -> Text:
    words = f"{visible(gap.org)}: {kind(gap.what)}: {cause(gap.cause)}; {visible(gap.hint)}"
    return Text(words, style="dim" if gap.optional else "red")


def _partly(line: KubernetesLine) -> bool:
    """Whether its cost is that of some of its pods' hours only."""
    return bool(line.unpriced_pod_hours) and line.cost is not None


def _sum(lines: Iterable[KubernetesLine]) -> KubernetesLine:
    rest = list(lines)
    return KubernetesLine(
        org=rest[0].org,
        cluster=rest[0].cluster,
        used=total(line.used for line in rest),
        workload_idle=total(line.workload_idle for line in rest),
        unpriced_pod_hours=sum((line.unpriced_pod_hours for line in rest), NOTHING),
    )


def _path(line: KubernetesLine) -> str:
    """What a line is about, below the cluster."""
    parts = [_name(line.namespace or "")]
    if line.workload is not None:
        parts.append(f"{visible(line.workload)} ({kind(line.workload_kind or '')})")
    if line.pod is not None and line.pod != line.workload:
        parts.append(visible(line.pod))
    return " / ".join(parts)


def _name(text: str) -> str:
    return visible(text) or NAMELESS


def _bar(line: KubernetesLine, whole: Usd | None) -> Text:
    """The line's parts as shares of the whole."""
    bar = Text()
    if not whole:
        return bar
    at, drawn = NOTHING, 0
    for part, cell, style in (
        (line.used, USED, "green"),
        (line.workload_idle, WORKLOAD_IDLE, "yellow"),
        (line.cluster_idle, CLUSTER_IDLE, "dim"),
    ):
        at += part or NOTHING
        end = min(round(at / whole * BAR), BAR)
        bar.append(cell * (end - drawn), style)
        drawn = max(drawn, end)
    return bar


def _unknown(nodes: Sequence[UnknownNode], limit: int) -> Iterator[RenderableType]:
    hours = plural(sum(node.hours for node in nodes), "node-hour")
    yield Text(f"Not known: {plural(len(nodes), 'node')}, {hours}, in no amount above", style="bold yellow")
    shown = nodes[:limit] if limit else nodes
    for node in shown:
        type_ = f" ({visible(node.instance_type)})" if node.instance_type else ""
        reason = "no price" if node.reason == "no price" else "Datadog tells no capacity"
        text = f"  {_name(node.node)}{type_} in {_name(node.cluster)}: {reason}, {plural(node.hours, 'hour')}"
        yield Text(text, style="yellow")
    if len(nodes) > len(shown):
        yield Text(f"  … and {plural(len(nodes) - len(shown), 'other')}", style="yellow")
    if any(node.reason == "no price" for node in nodes):
        yield Text("  Add prices to [kubernetes.prices] or to the file that kubernetes.prices_file names.", style="dim")
