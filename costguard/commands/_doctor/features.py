"""What a reader gets out of each thing that is read, in words of costguard's features."""

from collections.abc import Iterable
from types import MappingProxyType

from costguard.wording import kind

_BILL = "the bill and your own prices"
_USAGE = "usage by product and hour"
_TAGS = "usage by tag"
_LOGS = "logs by index, service and severity"
_METRICS = "custom metrics"
_MUTES = "what is muted, and for how long"

FEATURES = MappingProxyType(
    {
        "active_dimension": _BILL,
        "billable_usage": _BILL,
        "cost_charge": "estimated and projected cost",
        "dashboard": "what dashboards use",
        "dimension_key": _BILL,
        "downtime": _MUTES,
        "hourly_attribution": _TAGS,
        "hourly_usage": _USAGE,
        "index_usage": _LOGS,
        "kubernetes_usage": "the cost of Kubernetes",
        "log_index": _LOGS,
        "log_slice": _LOGS,
        "metric": _METRICS,
        "metric_usage": _METRICS,
        "monitor": "what monitors watch, and whom they notify",
        "monthly_attribution": _TAGS,
        "monthly_cost": _BILL,
        "notebook": "what notebooks use",
        "slo": "what objectives rest on",
        "synthetic_test": "synthetic tests",
        "synthetics_downtime": _MUTES,
        "usage_name": _BILL,
        "usage_summary": _USAGE,
    }
)
"""By the names that gaps have for kinds of resources and tables."""


def features(reads: Iterable[str]) -> str:
    """What reading all these is good for, each feature once; a name without words stands for itself."""
    return ", ".join(dict.fromkeys(FEATURES.get(each) or kind(each) for each in reads))
