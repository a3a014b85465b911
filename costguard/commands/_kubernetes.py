"""`costguard bill --kubernetes`: what clusters cost, by cluster, namespace, workload or pod."""

import os
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from costguard.commands._options import INCOMPLETE, TERMINAL, Common, check_output, write_files
from costguard.errors import CostguardError, shown

if TYPE_CHECKING:
    from costguard.model.kubernetes import KubernetesStatement, Level
    from costguard.settings import Settings
    from costguard.store import Store

BREAKDOWN = "workload"
"""How finely the cost is divided unless something else is asked for."""


def show_kubernetes(
    options: Common,
    *,
    month: date | None,
    by: str,
    format_: str,
    outputs: Sequence[Path],
    limit: int,
    offline: bool,
    allow_gaps: bool,
) -> int:
    """Read the metrics of Kubernetes unless `offline`, and show what a month cost; the exit code.

    Raises CostguardError where the settings do not ask for Kubernetes, or an option is wrong.
    """
    from costguard.kubernetes import kubernetes_statement
    from costguard.kubernetes_statements import FORMATS
    from costguard.store import Store

    check_output(FORMATS, format_, outputs)
    if focus := [file for file in outputs if file.name.lower().endswith(".focus.csv")]:
        raise CostguardError(f"-o {shown(str(focus[0]))}: --kubernetes has no FOCUS format; use .json, .csv or .txt")
    level = _level(by)
    settings = options.settings()
    if settings.kubernetes is None:
        raise CostguardError(
            f"{settings.source}: there is no [kubernetes] table; add one with the prices of nodes (docs/kubernetes.md)"
        )
    with Store.open(settings.store, read_only=offline) as store:
        if not offline:
            _collect(options, settings, store)
        runs = store.runs()
        asked = month or last_closed(runs[-1].started if runs else datetime.now(UTC))
        found = kubernetes_statement(store, settings, asked, level=level, only=options.org)
    write_files(FORMATS, outputs, found)
    _print(found, format_, limit, color=not options.no_color)
    return 0 if found.complete or allow_gaps else INCOMPLETE


def _level(by: str) -> "Level":
    from costguard.model.kubernetes import Level

    if by not in list(Level):
        raise CostguardError(f"--by {shown(by)}: unknown with --kubernetes; choose one of {', '.join(Level)}")
    return Level(by)


def last_closed(now: datetime) -> date:
    """The first day of the last month that was over before `now`."""
    first = now.astimezone(UTC).date().replace(day=1)
    return first.replace(year=first.year - (first.month == 1), month=(first.month - 2) % 12 + 1)


def _collect(options: Common, settings: "Settings", store: "Store") -> None:
    """Read the organisations and their Kubernetes metrics, beside the usage and cost that every run reads."""
    from costguard.commands._reading import connections, read
    from costguard.model.resources import ContainerGroup, Organisation

    kinds = frozenset({Organisation, ContainerGroup})
    opened = connections(options, settings, os.environ)
    read(opened, store, kinds, common=options, settings=settings, kubernetes=settings.kubernetes)


def _print(statement: "KubernetesStatement", format_: str, limit: int, *, color: bool) -> None:
    if format_ != TERMINAL:
        from costguard.kubernetes_statements import FORMATS

        click.echo(FORMATS[format_](statement), nl=False)
        return
    from costguard.console import console_for
    from costguard.kubernetes_statements.terminal import print_kubernetes

    print_kubernetes(statement, console_for(sys.stdout, os.environ, color=color), limit=limit)
