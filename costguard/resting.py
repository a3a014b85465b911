"""Which tables of usage and cost each kind of resource rests on: audit and doctor say the same of a missing one."""

from collections.abc import Mapping

from costguard.model.resources import ContainerGroup, LogSlice, Metric, Resource
from costguard.model.spend import DERIVED
from costguard.model.usage import IndexUsage, KubernetesUsage, MetricUsage, Row

Tables = Mapping[type[Resource], tuple[type[Row], ...]]

WORKED_OUT_OF: Tables = {ContainerGroup: (KubernetesUsage,), **{kind: kind.rows for kind in DERIVED.values()}}
"""The tables without which nothing can be said of a kind."""

SURER_WITH: Tables = {
    LogSlice: (IndexUsage,),
    Metric: (MetricUsage,),
    **{kind: kind.also for kind in DERIVED.values() if kind.also},
}
"""The tables without which less is known of a kind, or less surely."""
