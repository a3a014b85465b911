"""What an organisation's keys can do, found out by one cheap read per permission."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from costguard.datadog.client import Connection, Unreadable

from costguard.model.findings import Cause, Gap


@dataclass(frozen=True)
class Probe:
    """One permission, what it is for, and the call that tells whether it is there."""

    permission: str
    unlocks: str
    operation: str
    query: tuple[tuple[str, str | int], ...] = ()
    parent_only: bool = False


PROBES = (
    Probe("usage_read", "usage and committed units of the bill", "v2.get_active_billing_dimensions"),
    Probe("billing_read", "cost, and so measured prices", "v2.get_projected_cost", parent_only=True),
    Probe("synthetics_read", "synthetic tests", "v1.list_tests", (("page_size", 1), ("page_number", 0))),
    Probe("monitors_read", "monitors", "v1.list_monitors", (("page", 0), ("page_size", 1))),
    Probe("monitors_downtime", "downtimes of monitors", "v2.list_downtimes", (("page[limit]", 1),)),
    Probe("dashboards_read", "dashboards", "v1.list_dashboards", (("count", 1),)),
    Probe("slos_read", "service level objectives", "v1.list_slos", (("limit", 1),)),
    Probe("notebooks_read", "notebooks", "v1.list_notebooks", (("count", 1), ("include_cells", "false"))),
    Probe("logs_read_config", "log indexes", "v1.get_logs_index_order"),
    Probe("metrics_read", "metrics", "v2.list_tag_configurations", (("page[size]", 1),)),
    Probe("timeseries_query", "log volumes by service and severity", "v1.query_metrics"),
)
"""DOMAIN.md D2: cheap calls, one a permission."""


@dataclass(frozen=True)
class Probed:
    """The answer to one probe: granted, or the gap that says why not."""

    probe: Probe
    gap: Gap | None

    @property
    def granted(self) -> bool | None:
        """True or False where the answer tells; None where something else went wrong."""
        if self.gap is None:
            return True
        # A parent-only call that a child is refused, or a feature that is off, got past the permission check.
        return (
            None
            if self.gap.cause in (Cause.UNREACHABLE, Cause.RATE_LIMITED, Cause.FAILED, Cause.MALFORMED)
            else (self.gap.cause is not Cause.MISSING_PERMISSION)
        )


def probe(connection: Connection, now: datetime) -> Iterator[Probed]:
    """Every permission, one call each; parent-only ones are not asked of a declared child."""
    for each in PROBES:
        if each.parent_only and connection.org.parent is False:
            continue
        query: dict[str, str | int | bool] = dict(each.query)
        if each.operation == "v1.query_metrics":
            start = int((now - timedelta(hours=1)).timestamp())
            query |= {"from": start, "to": int(now.timestamp()), "query": "avg:datadog.estimated_usage.hosts{*}"}
        try:
            connection.call(each.operation, query=query, what=each.permission)
        except Unreadable as error:
            yield Probed(each, error.gap)
        else:
            yield Probed(each, None)
