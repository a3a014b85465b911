"""What Kubernetes clusters cost, and which part of that is idle: worked out of metrics and node prices."""

from costguard.kubernetes.groups import container_groups, seen_with_groups
from costguard.kubernetes.statement import kubernetes_statement

__all__ = ["container_groups", "kubernetes_statement", "seen_with_groups"]
