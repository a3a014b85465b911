"""What a Datadog metric, log or monitor query refers to; what cannot be understood may refer to anything."""

from costguard.queries.filters import ALWAYS, NEVER, UNSURE, Filter, Match, Verdict, either, every, negated
from costguard.queries.logs import log_filter, may_read
from costguard.queries.metrics import MetricRead, metric_names, metric_scopes
from costguard.queries.monitors import LogQuery, composite_ids, handles, log_queries
from costguard.queries.scopes import scope_filter
from costguard.queries.texts import Known

__all__ = [
    "ALWAYS",
    "NEVER",
    "UNSURE",
    "Filter",
    "Known",
    "LogQuery",
    "Match",
    "MetricRead",
    "Verdict",
    "composite_ids",
    "either",
    "every",
    "handles",
    "log_filter",
    "log_queries",
    "may_read",
    "metric_names",
    "metric_scopes",
    "negated",
    "scope_filter",
]
