"""The cost of Kubernetes as CSV: a row a line, exact decimal numbers, empty where something is not known."""

import csv
import re
from decimal import Decimal
from io import StringIO

from costguard.model.kubernetes import KubernetesLine, KubernetesStatement

name = "csv"
suffixes = (".csv",)

NAMES = ("org", "cluster", "namespace", "workload_kind", "workload", "pod")
AMOUNTS = ("cost", "used", "workload_idle", "cluster_idle", "cpu", "memory", "gpu")
QUANTITIES = (
    *("pod_hours", "unpriced_pod_hours", "unseen_pod_hours", "cpu_used", "cpu_requested"),
    *("memory_used", "memory_requested", "gpu_requested", "received", "sent"),
)
UNITS = {
    "cpu_used": "cpu_core_hours_used",
    "cpu_requested": "cpu_core_hours_requested",
    "memory_used": "memory_gb_hours_used",
    "memory_requested": "memory_gb_hours_requested",
    "gpu_requested": "gpu_hours_requested",
    "received": "network_gb_received",
    "sent": "network_gb_sent",
}
"""Columns that are called by their unit too."""

_ACTING = re.compile(r"[=+\-@\x00-\x1f\x7f]")
"""How a cell begins that a spreadsheet would take for a formula."""


def render(statement: KubernetesStatement) -> str:
    """A header and the lines; what no pod was charged is a row with a cluster and no namespace."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    amounts = [f"{name}_{statement.currency.lower()}" for name in AMOUNTS]
    writer.writerow(["month", "currency", *NAMES, *amounts, *(UNITS.get(name, name) for name in QUANTITIES)])
    for line in statement.lines:
        writer.writerow([f"{statement.month:%Y-%m}", statement.currency, *_cells(line)])
    return out.getvalue()


def _cells(line: KubernetesLine) -> list[str]:
    names = [_safe(getattr(line, name) or "") for name in NAMES]
    return names + [_number(getattr(line, name)) for name in (*AMOUNTS, *QUANTITIES)]


def _safe(text: str) -> str:
    """Text of somebody else's, which a spreadsheet shows and does not act on."""
    return f"'{text}" if _ACTING.match(text) else text


def _number(number: Decimal | None) -> str:
    if number is None:
        return ""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
