"""Invented reports: a realistic one, its variants, one full of hostile text, and one of any size."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from costguard.model.findings import Cause, Confidence, Effort, Evidence, Finding, Fix, Gap, ResourceRef, Risk
from costguard.model.money import PriceSource, Saving
from costguard.model.report import BillLine, BillSummary, Judged, Report, ReportGap, ReportOrg, State, Sum

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)

HOSTILE = (
    "[/x]<script>alert(1)</script>=cmd|'/c'!A1"
    "\x1b[31m\x1b]0;pwned\x07\x9b31m\x00\r\n\t\x7f\u202egnp.exe\u2066\u200b"
    '"><img src=x onerror="window.__x=1"></style></script></pre>{{ 7*7 }}<!--'
)
"""Text that tries to be markup, a formula, a terminal sequence, a template and right-to-left writing at once."""

MAPS = ("frees", "commits", "by_product", "by_rule")
"""Fields of a report whose keys are data."""

TITLES = {
    "synthetics-idle": "Is there a live synthetic test that nobody listens to?",
    "synthetics-overfrequent": "Does a synthetic test run more often than anybody could react?",
    "synthetics-nonprod": "Do synthetic tests of test environments run day and night?",
    "logs-unread": "Are logs indexed that no monitor, dashboard or notebook can show?",
    "logs-debug": "Are debug logs indexed?",
    "logs-retention": "Are logs kept longer than anybody looks back?",
    "metrics-unused": "Is there a custom metric that nobody queries?",
    "metrics-cardinality": "Does one tag multiply a metric's time series without being used?",
    "apm-nonprod": "Do test environments pay for APM?",
}

MONEY_TITLES = {
    "commit-on-demand-excess": "Is a part of the use bought on demand that could be committed to?",
    "commit-underused": "Is more committed than is used?",
    "cost-anomaly": "Did the cost of a product jump out of line?",
    "attribution-untagged": "Is much of the cost without a value for the tags that it is attributed by?",
}
"""Rules about the contract, and about neither units nor the contract."""

# rule, organisation, kind, id, name, owner, now, at renewal (None = not known), dimension, units, confidence, effort,
# state
FINDINGS: tuple[tuple[Any, ...], ...] = (
    ("logs-debug", "acme", "log_slice", "main/checkout/debug", "main/checkout/debug", "payments",
     "3978.00", "0", "logs_indexed_15day", "2340000000", "high", "minutes", "new"),
    ("metrics-cardinality", "acme", "metric", "http.request.duration", "http.request.duration", "platform",
     "2210.40", "615.00", "timeseries", "56508", "medium", "hours", "known"),
    ("logs-unread", "acme-eu", "log_slice", "main/cdn-edge/info", "main/cdn-edge/info", None,
     "1530.00", "0", "logs_indexed_15day", "900000000", "medium", "hours", "new"),
    ("synthetics-idle", "acme", "synthetic_test", "abc-def-001", "Checkout login (EU, every minute)", "payments",
     "1260.00", "0", "synthetics_browser_checks", "70000", "high", "minutes", "new"),
    ("apm-nonprod", "acme-us", "host", "staging", "env:staging, 42 hosts", "sre",
     "0", "1302.00", "apm_host", "42", "medium", "days", "known"),
    ("synthetics-overfrequent", "acme", "synthetic_test", "abc-def-002", "Search results page", "search",
     "881.28", "120.00", "synthetics_browser_checks", "55627", "high", "minutes", "new"),
    ("metrics-unused", "acme", "metric", "legacy.cart.items_by_session_id", "legacy.cart.items_by_session_id", "cart",
     "640.20", "0", "timeseries", "12804", "high", "minutes", "new"),
    ("logs-retention", "acme", "log_index", "audit-long", "audit-long", "security",
     "512.00", "-38.00", "logs_indexed_30day", "640000000", "low", "hours", "known"),
    ("synthetics-nonprod", "acme-eu", "synthetic_test", "stg-ddd-010", "[staging] Sign-up funnel", "growth",
     "420.12", "0", "synthetics_browser_checks", "23340", "high", "minutes", "new"),
    ("metrics-unused", "acme-eu", "metric", "kafka.consumer.lag.by_client", "kafka.consumer.lag.by_client", "data",
     "388.50", "44.10", "timeseries", "8652", "high", "minutes", "known"),
    ("logs-debug", "acme-us", "log_slice", "main/recommendations/debug", "main/recommendations/debug", "ml",
     "306.00", "0", "logs_indexed_15day", "180000000", "high", "minutes", "new"),
    ("synthetics-idle", "acme", "synthetic_test", "abc-def-003", "Health of the old status page", None,
     "210.00", "0", "synthetics_api_tests", "291667", "high", "minutes", "known"),
    ("metrics-unused", "acme", "metric", "jobs.worker.heartbeat_by_job_id", "jobs.worker.heartbeat_by_job_id", "batch",
     "0", "180.25", "timeseries", "3605", "medium", "minutes", "new"),
    ("synthetics-overfrequent", "acme-us", "synthetic_test", "usa-bbb-004", "Public API: GET /v2/orders", "orders",
     "151.20", "0", "synthetics_api_tests", "210000", "medium", "minutes", "known"),
    ("logs-unread", "acme", "log_slice", "main/batch-import/info", "main/batch-import/info", "data",
     "144.50", "0", "logs_indexed_15day", "85000000", "low", "hours", "new"),
    ("metrics-cardinality", "acme-eu", "metric", "redis.command.latency", "redis.command.latency", "platform",
     "132.00", "0", "timeseries", "2640", "medium", "hours", "new"),
    ("synthetics-idle", "acme-eu", "synthetic_test", "eee-fff-005", "Partner portal, Zürich → 東京", "partners",
     "96.30", "0", "synthetics_api_tests", "133750", "medium", "minutes", "new"),
    ("apm-nonprod", "acme", "host", "sandbox", "env:sandbox, 3 hosts", "sre",
     "0", "93.00", "apm_host", "3", "low", "hours", "known"),
    ("metrics-unused", "acme-us", "metric", "frontend.flag.evaluated", "frontend.flag.evaluated", "web",
     "61.75", "0", "timeseries", "1235", "high", "minutes", "known"),
    ("logs-debug", "acme-eu", "log_slice", "main/mailer/debug", "main/mailer/debug", "crm",
     "34.00", "0", "logs_indexed_15day", "20000000", "high", "minutes", "accepted"),
    ("synthetics-nonprod", "acme", "synthetic_test", "stg-ddd-011", "[qa] Password reset", "identity",
     "18.24", "0", "synthetics_api_tests", "25333", "high", "minutes", "accepted"),
    ("logs-unread", "acme-us", "log_slice", "archive/legacy-soap/info", "archive/legacy-soap/info", None,
     None, None, "logs_indexed_custom_retention", "51000000", "medium", "hours", "new"),
    ("logs-retention", "acme-us", "log_index", "compliance", "compliance", "security",
     None, None, "logs_indexed_custom_retention", "12000000", "low", "days", "known"),
    ("metrics-unused", "acme", "metric", "build.cache.hit", "build.cache.hit", "devex",
     "0.004", "0", "timeseries", "0.08", "medium", "minutes", "new"),
    ("synthetics-idle", "acme", "synthetic_test", "mob-ggg-006", "iOS checkout on three devices", "mobile",
     None, None, "synthetics_mobile_test_runs", "2190", "medium", "minutes", "new"),
)  # fmt: skip

DO = {
    "synthetics-idle": "Pause it, or give its monitor somebody to notify.",
    "synthetics-overfrequent": "Run it every five minutes; it alerts only after four failures in a row.",
    "synthetics-nonprod": "Give it a schedule of working hours.",
    "logs-unread": "Exclude these logs from the index; they stay in the archive.",
    "logs-debug": "Add an exclusion filter for status:debug, or log at info in production.",
    "logs-retention": "Keep this index for 15 days.",
    "metrics-unused": "Stop indexing it with a tag configuration that keeps no tag.",
    "metrics-cardinality": "Keep the tags that are queried; drop pod_name and session_id.",
    "apm-nonprod": "Turn tracing off in this environment before the contract is next signed.",
}

# dimension, label, product, unit, units, committed, on-demand, cost, committed cost, on-demand cost, source
LINES: tuple[tuple[Any, ...], ...] = (
    ("infra_host", "Infrastructure hosts", "hosts", "hosts", "1240", "1200", "40", "18720.00", "18000.00",
     "720.00"),
    ("infra_container", "Containers", "hosts", "container hours", "1204500", "0", "810300", "1620.60", "0",
     "1620.60"),
    ("apm_host", "APM hosts", "apm", "hosts", "610", "640", "0", "19840.00", "19840.00", "0"),
    ("apm_trace_search", "Indexed spans", "apm", "spans", "903000000", "0", "293000000", "498.10", "0", "498.10"),
    ("ingested_spans", "Ingested spans", "apm", "GB", "88000", "0", "0", "0", "0", "0"),
    ("logs_ingested", "Log ingestion", "logs", "GB", "61200", "50000", "11200", "6120.00", "5000.00", "1120.00"),
    ("logs_indexed_15day", "Indexed logs, 15 days", "logs", "events", "9300000000", "5000000000", "4300000000",
     "19465.00", "8500.00", "10965.00"),
    ("logs_indexed_30day", "Indexed logs, 30 days", "logs", "events", "820000000", "0", "820000000", "3075.00", "0",
     "3075.00"),
    ("logs_indexed_custom_retention", "Indexed logs, own retention", "logs", "events", "63000000", None, None, None,
     None, None),
    ("timeseries", "Custom metrics", "metrics", "time series", "412000", "180000", "108000", "14400.00", "9000.00",
     "5400.00"),
    ("synthetics_api_tests", "API test runs", "synthetics", "runs", "4810000", "3000000", "1810000", "2803.20",
     "1500.00", "1303.20"),
    ("synthetics_browser_checks", "Browser test runs", "synthetics", "runs", "402000", "100000", "302000", "6636.00",
     "1200.00", "5436.00"),
    ("synthetics_mobile_test_runs", "Mobile test runs", "synthetics", "runs", "2190", None, None, None, None, None),
    ("rum_lite", "RUM sessions measured", "rum", "sessions", "3400000", "3000000", "400000", "570.00", "450.00",
     "120.00"),
    ("dbm_host", "Database hosts", "dbm", "hosts", "22", "20", "2", "1568.00", "1400.00", "168.00"),
)  # fmt: skip

GAPS = (
    ("acme-eu", "dashboard", Cause.MISSING_PERMISSION, "grant dashboards_read to the application key", False,
     ("logs-unread", "synthetics-idle")),
    ("acme-us", "monitor", Cause.RATE_LIMITED, "run again later, or lower rate_limit_share for other tools", False,
     ("synthetics-idle", "synthetics-overfrequent")),
    ("acme", "metrics-cardinality", Cause.FAILED, "report this to the rule's author: KeyError: 'tags'", False,
     ("metrics-cardinality",)),
    ("acme-us", "dashboard_usage", Cause.NOT_AVAILABLE, "ask Datadog for the dashboard usage preview", True,
     ("logs-unread",)),
    ("acme", "monthly_cost", Cause.NOT_PARENT, "nothing to do: the parent's keys read it", True, ()),
)  # fmt: skip


def report(
    *, findings: bool = True, gaps: str = "required", bill: bool = True, rows: Iterable[tuple[Any, ...]] = FINDINGS
) -> Report:
    """A realistic report; `gaps` is "required", "optional" (complete all the same) or "none"."""
    judged = tuple(sorted(map(_judged, rows), key=lambda each: -each.score)) if findings else ()
    return Report(
        generated_at=NOW,
        version="0.1.0",
        currency="USD",
        orgs=(
            ReportOrg(name="acme", public_id="f3a1c0de1", site="datadoghq.com", parent=True),
            ReportOrg(name="acme-eu", public_id="f3a1c0de2", site="datadoghq.eu", parent=False),
            ReportOrg(name="acme-us", public_id=None, site="us3.datadoghq.com", parent=None),
        ),
        findings=judged,
        gaps=tuple(_gap(each) for each in GAPS if gaps == "required" or (gaps == "optional" and each[4])),
        total=_sum(judged),
        by_product={key: _sum(_of(judged, "product", key)) for key in sorted({each.product for each in judged})},
        by_rule={key: _sum(_of(judged, "rule", key)) for key in sorted({each.finding.rule for each in judged})},
        bill=_bill() if bill else None,
        rules_run=tuple(sorted(TITLES)),
    )


def money(*, waste: bool = True, priced: bool = True) -> Report:
    """The realistic report with findings about commitments and about no units; without `waste` with these alone."""
    base = report(rows=FINDINGS if waste else ())
    contract: tuple[Judged, ...] = (
        _about("commit-on-demand-excess", "billing_dimension", "infra_host", {"infra_host": Decimal(40)}, "300.00"),
        _about("commit-underused", "billing_dimension", "apm_host", {"apm_host": Decimal(-30)}, "930.00"),
    )
    others = (
        _about("cost-anomaly", "billing_dimension", "logs_indexed_15day", concerns="800.50"),
        _about("attribution-untagged", "org", "f3a1c0de2"),
    )
    if not priced:
        unknown = {"saving": _saving(None, None, "infra_host", "1")}
        contract = tuple(each.model_copy(update=unknown) for each in contract)
    judged = (*base.findings, *contract, *others)
    rates = Sum(
        findings=2,
        now=Decimal(0) if priced else None,
        at_renewal=Decimal("1104.25") if priced else None,
        unpriced=0 if priced else 2,
    )
    nothing = Sum(findings=1, now=None, at_renewal=None, unpriced=0)
    total = base.total if waste else nothing
    changes: dict[str, Any] = {
        "findings": tuple(sorted(judged, key=lambda each: -each.score)),
        "total": total.model_copy(update={"findings": len(judged)}),
        "rates": rates,
        "by_product": {**base.by_product, "cost": nothing, "attribution": nothing},
        "by_rule": {
            **base.by_rule,
            **{each.finding.rule: rates.model_copy(update={"findings": 1}) for each in contract},
            **{each.finding.rule: nothing for each in others},
        },
    }
    return base.model_copy(update=changes)


def unpriced() -> Report:
    """A report without a bill, in which nothing has a price."""
    return report(bill=False, rows=[(*each[:6], None, None, *each[8:]) for each in FINDINGS[:5]])


def hostile(text: str = HOSTILE, *, url: str | None = None) -> Report:
    """The realistic report with `text` before every text of it, and every resource at `url` if given."""
    values = _with(text, report().model_dump())
    if url is not None:
        for each in values["findings"]:
            each["finding"]["resource"]["url"] = url
    return Report.model_validate(values)


def large(number: int) -> Report:
    """A report of `number` findings."""
    rows = []
    for index in range(number):
        base = FINDINGS[index % len(FINDINGS)]
        amount = None if base[6] is None else str(Decimal(base[6]) * (index % 97) / 97)
        rows.append((*base[:3], f"{base[3]}-{index}", f"{base[4]} {index}", base[5], amount, *base[7:]))
    return report(rows=rows)


def _judged(row: tuple[Any, ...]) -> Judged:
    rule, org, kind, id_, name, owner, now, renewal, dimension, units, confidence, effort, state = row
    finding = Finding(
        rule=rule,
        resource=ResourceRef(
            org=org,
            kind=kind,
            id=id_,
            name=name,
            url=f"https://app.datadoghq.com/{kind}/{id_}",
            tags=(f"team:{owner}", "env:prod") if owner else ("env:prod",),
        ),
        owner=owner,
        why=f"Uses {Decimal(units):,} units a month of {dimension}, and nothing that was read refers to it.",
        do=DO[rule],
        evidence=(
            Evidence(label="Units a month", value=f"{Decimal(units):,}", source="GET /api/v1/usage/billable-summary"),
            Evidence(label="Monitors that notify somebody", value="0 of 1", source="GET /api/v1/monitor/search"),
            Evidence(label="Dashboards that show it", value="0 of 214", source="GET /api/v1/dashboard"),
        ),
        frees={dimension: Decimal(units)},
        confidence=Confidence(confidence),
        risk=Risk.SAFE if confidence == "high" else Risk.REVIEW,
        effort=Effort(effort),
        fix=_fix(kind, id_),
    )
    return Judged(
        finding=finding,
        title=TITLES[rule],
        product=rule.partition("-")[0],
        saving=_saving(now, renewal, dimension, units),
        score=_score(now, renewal, confidence),
        state=State(state),
        first_seen=NOW if state == "new" else NOW - timedelta(days=21),
        overlaps_with=(_fingerprint("synthetics-idle", "acme", "synthetic_test", "abc-def-001"),)
        if id_ == "abc-def-003"
        else (),
    )


def _about(
    rule: str,
    kind: str,
    id_: str,
    commits: dict[str, Decimal] | None = None,
    renewal: str = "0",
    concerns: str | None = None,
) -> Judged:
    finding = Finding(
        rule=rule,
        resource=ResourceRef(org="acme", kind=kind, id=id_, name=id_),
        why="The last three months say so.",
        do="Look at it before the contract is next signed.",
        evidence=(Evidence(label="October 2026", value="as before", source="GET /api/v1/usage/billable-summary"),),
        commits=commits or {},
        concerns=_d(concerns),
        confidence=Confidence.HIGH,
        effort=Effort.DAYS,
    )
    return Judged(
        finding=finding,
        title=MONEY_TITLES[rule],
        product=rule.partition("-")[0],
        saving=_saving("0", renewal, id_, "40") if commits else None,
        score=_score("0", renewal, "high"),
        first_seen=NOW,
    )


def _saving(now: str | None, renewal: str | None, dimension: str, units: str) -> Saving:
    return Saving(
        now=_d(now),
        at_renewal=_d(renewal),
        source=None if now is None else PriceSource.MEASURED,
        working=f"no price is known for {dimension}"
        if now is None
        else f"{Decimal(units):,} × the on-demand rate of {dimension} (measured, October 2026)",
    )


def _fingerprint(rule: str, org: str, kind: str, id_: str) -> str:
    resource = ResourceRef(org=org, kind=kind, id=id_, name="")
    return Finding(rule=rule, resource=resource, why="", do="", confidence=Confidence.HIGH).fingerprint


def _fix(kind: str, id_: str) -> Fix:
    if kind == "synthetic_test":
        return Fix(
            ui="Digital Experience → Tests → the test → Pause Scheduling",
            api=f'PUT /api/v1/synthetics/tests/{id_}/status\n{{"new_status": "paused"}}',
            terraform=f'resource "datadog_synthetics_test" "this" {{\n  # {id_}\n  status = "paused"\n}}',
        )
    if kind == "metric":
        body = '{"data": {"type": "manage_tags", "attributes": {"tags": [], "metric_type": "gauge"}}}'
        return Fix(api=f"POST /api/v2/metrics/{id_}/tags\n{body}")
    return Fix(ui="Logs → Configuration → Indexes → the index → Add an Exclusion Filter")


def _score(now: str | None, renewal: str | None, confidence: str) -> int:
    worth = max(float(now or 0), float(renewal or 0) / 2) if now is not None else 10.0
    return min(99, round(len(f"{worth:.0f}") * 15 + worth / 200)) - {"high": 0, "medium": 5, "low": 9}[confidence]


def _sum(judged: Iterable[Judged]) -> Sum:
    judged = list(judged)
    savings = [each.saving for each in judged if each.saving and each.saving.known and not each.overlaps_with]
    known = bool(savings) or not judged
    return Sum(
        findings=len(judged),
        now=sum((each.now for each in savings if each.now is not None), Decimal(0)) if known else None,
        at_renewal=sum((each.at_renewal for each in savings if each.at_renewal is not None), Decimal(0))
        if known
        else None,
        unpriced=sum(each.saving is not None and not each.saving.known for each in judged),
    )


def _of(judged: Iterable[Judged], axis: str, key: str) -> list[Judged]:
    return [each for each in judged if (each.product if axis == "product" else each.finding.rule) == key]


def _gap(row: tuple[Any, ...]) -> ReportGap:
    org, what, cause, hint, optional, rules = row
    return ReportGap(gap=Gap(org=org, what=what, cause=cause, hint=hint, optional=optional), rules=rules)


def _bill() -> BillSummary:
    lines = tuple(
        BillLine(
            dimension=dimension,
            label=label,
            product=product,
            unit=unit,
            units=_d(units),
            committed_units=_d(committed),
            on_demand_units=_d(on_demand),
            cost=_d(cost),
            committed_cost=_d(committed_cost),
            on_demand_cost=_d(on_demand_cost),
            rate_source=None if cost is None else PriceSource.MEASURED,
        )
        for dimension, label, product, unit, units, committed, on_demand, cost, committed_cost, on_demand_cost in LINES
    )
    return BillSummary(
        month=date(2026, 10, 1),
        total=sum((line.cost for line in lines if line.cost is not None), Decimal("24.10")),
        source=PriceSource.MEASURED,
        residual=Decimal("24.10"),
        lines=lines,
    )


def _d(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _with(text: str, value: Any, *, keys: bool = False) -> Any:
    """`value` with `text` before every plain text in it, and before its own keys where those are data."""
    if type(value) is str:
        return text + value
    if isinstance(value, dict):
        return {text + key if keys else key: _with(text, each, keys=key in MAPS) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_with(text, each) for each in value)
    return value
