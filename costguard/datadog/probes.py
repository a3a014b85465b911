"""One cheap read per permission, and what its answer says of the permission."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from costguard.datadog.client import Connection, KeysRefused, Unreadable, Value
from costguard.datadog.metric_queries import MetricQueries, MetricQuery
from costguard.datadog.operations import OPERATIONS
from costguard.datadog.periods import closed_months, month_key
from costguard.model.findings import Cause


class Source(StrEnum):
    """What told whether a permission is there."""

    SCOPES = "scopes"
    """The key's own scopes and its owner's roles."""
    PROBE = "probe"
    """A call that needs it."""


@dataclass(frozen=True)
class Verdict:
    """Whether the keys have a permission."""

    permission: str
    granted: bool | None
    """None = unknown."""
    source: Source | None
    """None where nothing told."""
    why: str = ""
    """Why it is missing or unknown: "" where the key's scopes or a plain refusal say it all."""


@dataclass(frozen=True)
class Ask:
    """A call to try; the more of them a permission has, the more often one of them tells."""

    operation: str
    query: Mapping[str, Value]


def probes(now: datetime) -> Mapping[str, tuple[Ask, ...]]:
    """What to ask for each permission, the most telling call first (docs/datadog.md, D2.5)."""
    return {
        # The second, in case that the first is answered to parents alone; Datadog's documents do not say.
        "usage_read": (Ask("v2.get_active_billing_dimensions", {}), Ask("v1.get_usage_top_avg_metrics", _month(now))),
        # The first needs nothing else and answers children too; where it is not there, the second tells of a parent.
        "billing_read": (Ask("v2.get_on_demand_concurrency_cap", {}), Ask("v2.get_projected_cost", {})),
        "synthetics_read": (Ask("v1.list_tests", {"page_size": 1, "page_number": 0}),),
        "monitors_read": (Ask("v1.list_monitors", {"page": 0, "page_size": 1}),),
        "monitors_downtime": (Ask("v2.list_downtimes", {"page[limit]": 1}),),
        "dashboards_read": (Ask("v1.list_dashboards", {"count": 1}),),
        "slos_read": (Ask("v1.list_slos", {"limit": 1}),),
        "notebooks_read": (Ask("v1.list_notebooks", {"count": 1, "include_cells": False}),),
        "logs_read_config": (Ask("v1.get_logs_index_order", {}),),
        "logs_read_data": (Ask("v2.list_logs_get", _no_logs(now)),),
        "metrics_read": (Ask("v2.list_tag_configurations", {"page[size]": 1}),),
        "timeseries_query": (Ask("v1.query_metrics", _hosts(now)),),
        "hosts_read": (Ask("v1.get_host_totals", {}),),
    }


def _month(now: datetime) -> dict[str, Value]:
    return {"month": month_key(closed_months(now)[-1]), "limit": 1}


def _hosts(now: datetime) -> dict[str, Value]:
    """Datadog's own usage metric: to query a customer's would count as its use."""
    start = int((now - timedelta(hours=1)).timestamp())
    query = MetricQueries((MetricQuery("avg", "datadog.estimated_usage.hosts"),))
    return {"from": start, "to": int(now.timestamp()), "query": query}


def _no_logs(now: datetime) -> dict[str, Value]:
    """A search that no log fits: nobody's logs are read to find out whether they could be."""
    start = (now - timedelta(minutes=1)).replace(microsecond=0)
    query = "service:costguard -service:costguard"
    return {"filter[query]": query, "filter[from]": start.isoformat(), "filter[to]": now.isoformat(), "page[limit]": 1}


def probe(org: Connection, permission: str, asks: tuple[Ask, ...]) -> Verdict:
    """Whether the keys have the permission, by what its calls answer.

    Only an answer shows that it is there, and only a 403 of a call that needs nothing else shows that it is not: a call
    that is refused to children, that a site does not have, or that fails shows neither. Raises KeysRefused.
    """
    why = "costguard knows no call that tells"
    for ask in asks:
        operation = OPERATIONS[ask.operation]
        try:
            org.call(ask.operation, query=ask.query, what=permission)
        except KeysRefused:
            raise
        except Unreadable as error:
            if error.gap.cause is not Cause.MISSING_PERMISSION:
                why = error.gap.hint
            elif operation.permissions == (permission,):
                return Verdict(permission, False, Source.PROBE)
            else:
                why = f"{operation.call} is refused, but needs {' and '.join(operation.permissions)}"
        else:
            return Verdict(permission, True, Source.PROBE)
    return Verdict(permission, None, None, why)
