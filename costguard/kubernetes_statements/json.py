"""The cost of Kubernetes as JSON, `costguard.kubernetes/1`: numbers are exact, and written as texts."""

import json
from collections.abc import Mapping
from datetime import UTC
from decimal import Decimal
from typing import Any

from costguard.model.kubernetes import KubernetesLine, KubernetesStatement, UnknownNode

SCHEMA = "costguard.kubernetes/1"

name = "json"
suffixes = (".json",)


def render(statement: KubernetesStatement) -> str:
    """The whole statement; raises ValueError for a time without a zone."""
    if statement.generated_at.tzinfo is None:
        raise ValueError("generated_at has no time zone")
    moment = statement.generated_at.astimezone(UTC)
    value = {
        "schema": SCHEMA,
        "generated_at": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
        "costguard_version": statement.version,
        "month": f"{statement.month:%Y-%m}",
        "currency": statement.currency,
        "by": statement.level.value,
        "total": {
            "cost": _text(statement.node_cost),
            "used": _text(statement.used),
            "workload_idle": _text(statement.workload_idle),
            "cluster_idle": _text(statement.cluster_idle),
            "nodes": statement.nodes,
            "node_hours": statement.node_hours,
        },
        "weights": {"nodes": _texts(statement.weights), "nodes_with_gpus": _texts(statement.gpu_weights)},
        "lines": [_line(line) for line in statement.lines],
        "unknown_nodes": [_node(node) for node in statement.unknown],
        "notes": list(statement.notes),
        "gaps": [gap.model_dump(mode="json") for gap in statement.gaps],
    }
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _line(line: KubernetesLine) -> dict[str, Any]:
    return {
        "org": line.org,
        "cluster": line.cluster,
        "namespace": line.namespace,
        "workload_kind": line.workload_kind,
        "workload": line.workload,
        "pod": line.pod,
        "is_cluster_idle": line.is_cluster_idle,
        "cost": _text(line.cost),
        "used": _text(line.used),
        "workload_idle": _text(line.workload_idle),
        "cluster_idle": _text(line.cluster_idle),
        "by_resource": _texts({"cpu": line.cpu, "memory": line.memory, "gpu": line.gpu}),
        "pod_hours": _text(line.pod_hours),
        "unpriced_pod_hours": _text(line.unpriced_pod_hours),
        "unseen_pod_hours": _text(line.unseen_pod_hours),
        "cpu_core_hours": _texts({"used": line.cpu_used, "requested": line.cpu_requested}),
        "memory_gb_hours": _texts({"used": line.memory_used, "requested": line.memory_requested}),
        "gpu_hours": _texts({"requested": line.gpu_requested}),
        "network_gb": _texts({"received": line.received, "sent": line.sent}),
    }


def _node(node: UnknownNode) -> dict[str, Any]:
    return {
        "org": node.org,
        "cluster": node.cluster,
        "node": node.node,
        "instance_type": node.instance_type or None,
        "hours": node.hours,
        "reason": node.reason,
    }


def _texts(numbers: Mapping[str, Decimal | None]) -> dict[str, str | None]:
    return {key: _text(number) for key, number in numbers.items()}


def _text(number: Decimal | None) -> str | None:
    """12.5 for 12.500; never in powers of ten."""
    if number is None:
        return None
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
