"""One of each kind of resource with every field set, a row of each table, and names as hostile as may be."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

from costguard.model.findings import Confidence, Finding, ResourceRef
from costguard.model.money import Saving
from costguard.model.report import Judged
from costguard.model.resources import (
    ContainerGroup,
    Dashboard,
    Downtime,
    ExclusionFilter,
    LogIndex,
    LogSlice,
    Metric,
    Monitor,
    Notebook,
    Organisation,
    Query,
    Resource,
    Slo,
    SyntheticsDowntime,
    SyntheticTest,
)
from costguard.model.usage import (
    ActiveDimension,
    AttributionAggregate,
    BillableUsage,
    CostCharge,
    CostTotal,
    DimensionKey,
    HourlyAttribution,
    HourlyUsage,
    IndexUsage,
    KubernetesUsage,
    MetricUsage,
    MonthlyAttribution,
    MonthlyCost,
    Row,
    UsageName,
    UsageSummary,
)

NOW = datetime(2026, 11, 3, 7, 30, 15, 250_000, tzinfo=UTC)

HOSTILE = "'; DROP TABLE resource; -- \0 \x1b[31m \u202e 𝕏 \" \\ </script>"

QUERIES = (
    Query(source="metrics", text=f"avg:a{{{HOSTILE}}}"),
    Query(source="logs", text="", indexes=("main", HOSTILE)),
)

COMMON = {
    "org": "acme",
    "id": "1",
    "name": HOSTILE,
    "url": "https://app.datadoghq.com/1",
    "tags": ("env:prod", HOSTILE),
    "created": datetime(2020, 2, 29, 23, 59, 59, 999_999, tzinfo=timezone(timedelta(hours=-9, minutes=-30))),
    "modified": NOW,
}

FULL: tuple[Resource, ...] = (
    Organisation.model_validate(COMMON | {"parent": False}),
    SyntheticTest.model_validate(
        COMMON
        | {"type": "browser", "subtype": "x", "status": "live", "locations": ("aws:eu",), "device_ids": ("laptop",)}
        | {"tick_every": 60, "weekly_seconds": 1, "steps": 30, "monitor_id": "7", "message": HOSTILE}
        | {"min_failure_duration": 5, "min_location_failed": 2, "blocks_ci": True}
    ),
    Monitor.model_validate(
        COMMON
        | {"type": "metric alert", "query": HOSTILE, "message": HOSTILE, "overall_state": "OK", "muted": True}
        | {"synthetics_check_id": "abc", "muted_until": NOW, "notifications": (), "last_triggered": NOW}
        | {"metrics": ("a.b",), "queries": QUERIES}
    ),
    Downtime.model_validate(
        COMMON
        | {"monitor_id": "7", "monitor_tags": ("*",), "scope": "env:prod", "status": "active", "starts": NOW}
        | {"ends": NOW, "recurring": True}
    ),
    SyntheticsDowntime.model_validate(COMMON | {"test_ids": ("a",), "active": True}),
    Dashboard.model_validate(
        COMMON | {"author": HOSTILE, "queries": QUERIES, "template_variables": ("env",), "views": 0, "viewed": NOW}
    ),
    Notebook.model_validate(COMMON | {"author": "", "queries": QUERIES, "template_variables": ("env",)}),
    Slo.model_validate(COMMON | {"type": "metric", "monitor_ids": ("7",), "queries": QUERIES}),
    LogIndex.model_validate(
        COMMON
        | {
            "query": "*",
            "retention_days": 15,
            "flex_retention_days": 30,
            "daily_limit": 2**63,
            "daily_limit_reset": "{}",
        }
        | {"daily_limit_warning": Decimal("90.5")}
        | {"exclusion_filters": (ExclusionFilter(name=HOSTILE, enabled=True, query="*", sample_rate=Decimal("0.10")),)}
    ),
    LogSlice.model_validate(
        COMMON | {"index": "main", "service": HOSTILE, "status": "debug", "events": Decimal("1E+3"), "calibrated": True}
    ),
    Metric.model_validate(
        COMMON
        | {"category": "custom", "type": "gauge", "series": Decimal("0.333333333333333333333"), "queried": False}
        | {"ingested_series": Decimal(0), "has_assets": False}
    ),
    ContainerGroup.model_validate(
        COMMON
        | {"cluster": HOSTILE, "namespace": "web", "workload_kind": "deployment", "workload": HOSTILE}
        | {"days": Decimal("30.5"), "pod_hours": Decimal("1E+3"), "cpu_request": Decimal(2), "cpu_used_95": Decimal(1)}
        | {"memory_request": Decimal(8), "memory_used_95": Decimal(4), "memory_used_most": Decimal(5)}
        | {"currency": "EUR", "cpu_hour_cost": Decimal("0.0288"), "memory_hour_cost": Decimal("0.0048")}
    ),
)
"""Every field of every kind set, to other than its default."""

LEAST: tuple[Resource, ...] = (
    Organisation(org="acme", id=""),
    SyntheticTest(org="acme", id="", type="api", status="paused"),
    Monitor(org="acme", id="", type=""),
    Downtime(org="acme", id=""),
    SyntheticsDowntime(org="acme", id=""),
    Dashboard(org="acme", id=""),
    Notebook(org="acme", id=""),
    Slo(org="acme", id="", type=""),
    LogIndex(org="acme", id=""),
    LogSlice(org="acme", id="", index="", service="", status="", events=Decimal(0)),
    Metric(org="acme", id=""),
    ContainerGroup(
        org="acme",
        id="",
        cluster="",
        namespace="",
        workload_kind="",
        workload="",
        days=Decimal(0),
        pod_hours=Decimal(0),
    ),
)
"""Nothing set that has a default."""

MONTH = date(2026, 10, 1)
COST = Decimal("1234.5678901234567")
EXTRA = '{"a": 1}'

ROWS: tuple[tuple[Row, Row], ...] = (
    (
        HourlyUsage(NOW, "abc", HOSTILE, "us", "infra_hosts", "host_count", 2**63 - 1, "xyz", HOSTILE, EXTRA),
        HourlyUsage(NOW, "", "", "", "", "", None),
    ),
    (
        BillableUsage(
            *(MONTH, "abc", HOSTILE, "us", "Pro", "k", "hosts", COST, -COST, Decimal(0), COST, COST, NOW, NOW),
            *(744, "infra_host", "xyz", HOSTILE, 3, NOW, NOW, COST, EXTRA),
        ),
        BillableUsage(MONTH, "", "", "", "", "", "", None, None, None, None, None, None, None),
    ),
    (
        MonthlyCost(
            MONTH, "abc", HOSTILE, "infra_host_on_demand_cost", COST, '{"team":["a"]}', "s", "2026-11-01", EXTRA
        ),
        MonthlyCost(MONTH, "", "", "", None, None, None, None),
    ),
    (DimensionKey(MONTH, "infra_host", HOSTILE, "e", "k", "all", "OK", EXTRA), DimensionKey(MONTH, "", "", "", None)),
    (ActiveDimension(MONTH, HOSTILE, EXTRA), ActiveDimension(MONTH, "")),
    (
        IndexUsage(MONTH, "abc", HOSTILE, "1", HOSTILE, 15, 3, 2, 1, NOW, 7, True, False, EXTRA),
        IndexUsage(MONTH, "", "", "", "", None, None, None, None),
    ),
    (MetricUsage(MONTH, HOSTILE, "custom", COST, Decimal(7), EXTRA), MetricUsage(MONTH, "", "", None, None)),
    (
        KubernetesUsage(NOW, "prod", HOSTILE, "web", "deployment", "shop", "shop-1", "m", COST, "m6i.large"),
        KubernetesUsage(NOW, "", "", "", "", "", "", "", Decimal(0), ""),
    ),
    (
        MonthlyAttribution(MONTH, "abc", HOSTILE, "us", "api_usage", COST, '{"team":[]}', HOSTILE, "2026-11-01", EXTRA),
        MonthlyAttribution(MONTH, "", "", "", "", None, None, None, None),
    ),
    (
        HourlyAttribution(NOW, "abc", HOSTILE, "us", "api_usage", COST, '{"team":[]}', HOSTILE, "2026-11-01", EXTRA),
        HourlyAttribution(NOW, "", "", "", "", None, None, None, None),
    ),
    (
        AttributionAggregate(MONTH, "monthly_cost", "team,env", "sum", HOSTILE, COST, EXTRA),
        AttributionAggregate(MONTH, "", "", "", "", None),
    ),
    (
        CostCharge(
            *("estimated", "sub-org", MONTH, "abc", HOSTILE, "xyz", "a", "us", "infra_host", "total", COST),
            *(NOW, NOW, EXTRA),
        ),
        CostCharge("", "", MONTH, "", "", "", "", "", "", "", None, NOW),
    ),
    (
        CostTotal("estimated", "sub-org", MONTH, "abc", HOSTILE, "xyz", "a", "us", COST, NOW, NOW, EXTRA),
        CostTotal("", "", MONTH, "", "", "", "", "", None, NOW),
    ),
    (
        UsageSummary(MONTH, "abc", HOSTILE, "us", "infra_host_top99p", COST, "xyz", HOSTILE, EXTRA),
        UsageSummary(MONTH, None, "", "", "", None),
    ),
    (UsageName(MONTH, "attribution_type", HOSTILE, EXTRA), UsageName(MONTH, "", "")),
)
"""For each table a row with every column set and one with what may be missing missing."""


def judged(id_: str, first_seen: datetime) -> Judged:
    """A reported finding about the monitor `id_`."""
    finding = Finding(
        rule="monitors-idle",
        resource=ResourceRef(org="acme", kind="monitor", id=id_, name=HOSTILE),
        why="Nobody listens.",
        do="Delete it.",
        frees={"timeseries": Decimal("1.50")},
        confidence=Confidence.HIGH,
    )
    return Judged(
        finding=finding,
        title="?",
        product="monitors",
        saving=Saving(now=None, at_renewal=Decimal("1.50"), source=None, working="?"),
        score=50,
        first_seen=first_seen,
    )
