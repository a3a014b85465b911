"""The account's usage month by month in one answer, under hundreds of keys of which a company fills some."""

from collections import defaultdict
from datetime import date
from typing import Any, NamedTuple

from costguard.simulator.calendar import iso_hour, known_hours, measured_until, start_of, zulu
from costguard.simulator.call import Call, Route
from costguard.simulator.inventory import Inventory, Json
from costguard.simulator.routes.periods import months


class Keys(NamedTuple):
    """The key of a dimension in a month, in an organisation's month, and in the sum of the months."""

    month: str
    org: str
    total: str


def _level(name: str, total: str = "") -> Keys:
    return Keys(name, name, total or f"{name}_sum")


def _sum(name: str) -> Keys:
    return Keys(f"{name}_sum", f"{name}_sum", f"{name}_agg_sum")


KEYS = {
    "infra_host": _level("infra_host_top99p"),
    "apm_host": _level("apm_host_top99p"),
    "infra_container": _level("container_avg"),
    "timeseries": _level("custom_ts_avg", "custom_ts_sum"),
    "logs_ingested": _sum("billable_ingested_bytes"),
    "ingested_spans": _sum("twol_ingested_events_bytes"),
    "apm_trace_search": _sum("trace_search_indexed_events_count"),
    "rum": _sum("rum_session_count"),
    "synthetics_api_tests": _sum("synthetics_check_calls_count"),
    "synthetics_browser_checks": _sum("synthetics_browser_check_calls_count"),
    "dbm_host": Keys("dbm_host_top99p", "dbm_host_top99p_sum", "dbm_host_top99p_sum"),
    "dbm_normalized_queries": Keys("dbm_queries_count_avg", "dbm_queries_avg_sum", "dbm_queries_avg_sum"),
    "fargate_container": _level("fargate_tasks_count_avg"),
    "incident_management": _level("incident_management_monthly_active_users_hwm"),
    "sensitive_data_scanner": Keys(*("sds_total_scanned_bytes_sum",) * 3),
    "bits_ai_investigations": _sum("bits_ai_investigations"),
    "custom_event": _sum("custom_events"),
}
"""The last one came after the published document was frozen: its key is in no schema. Indexed logs have their own."""

INDEXED = _sum("indexed_events_count")
RETENTIONS = (3, 7, 15, 30)


def summary(call: Call) -> Any:
    """GET /api/v1/usage/summary: the months that were asked for, with their organisations on request."""
    found = [(month, hours) for month in months(call) if (hours := known_hours(month, call.now))]
    detailed = bool(call.flag("include_org_details", False))
    totals: dict[str, int] = defaultdict(int)
    retained: list[Json] = []
    for month, hours in found:
        for keys, value in _values(call, month, hours, call.company.inventories).items():
            totals[keys.total] += value
        retained.append({"date": iso_hour(start_of(month)), "usage": _retained(call, month, hours)})
    root = call.company.inventories[0]
    return {
        "account_name": root.title,
        "account_public_id": root.org.public_id,
        "start_date": iso_hour(start_of(found[0][0])) if found else iso_hour(call.now),
        "end_date": iso_hour(start_of(found[-1][0])) if found else iso_hour(call.now),
        "last_updated": zulu(measured_until(call.now)),
        "usage": [_month(call, month, hours, detailed=detailed) for month, hours in found],
        "logs_by_retention": {"usage": _together(retained), "usage_by_month": retained[-1] if retained else {}},
        **totals,
    }


def _month(call: Call, month: date, hours: int, *, detailed: bool) -> Json:
    values = _values(call, month, hours, call.company.inventories)
    answer: Json = {"date": iso_hour(start_of(month)), **{keys.month: value for keys, value in values.items()}}
    if detailed:
        answer["orgs"] = [_org(call, month, hours, inventory) for inventory in call.company.inventories]
    return answer


def _org(call: Call, month: date, hours: int, inventory: Inventory) -> Json:
    root = call.company.inventories[0]
    return {
        "id": inventory.org.public_id,
        "public_id": inventory.org.public_id,
        "name": inventory.title,
        "account_name": root.title,
        "account_public_id": root.org.public_id,
        "region": "us",
        **{keys.org: value for keys, value in _values(call, month, hours, (inventory,)).items()},
    }


def _values(call: Call, month: date, hours: int, orgs: tuple[Inventory, ...]) -> dict[Keys, int]:
    used = call.ledger.used(month, hours)
    units: dict[str, int] = defaultdict(int)
    for inventory in orgs:
        for dimension, each in used[inventory.number].items():
            units[dimension] += each
    units["infra_container"] //= hours
    values = {keys: units[dimension] for dimension, keys in KEYS.items() if dimension in units}
    return values | {INDEXED: sum(units[f"logs_indexed_{days}day"] for days in RETENTIONS)}


def _retained(call: Call, month: date, hours: int) -> list[Json]:
    used = call.ledger.used(month, hours)
    return [
        {"retention": f"{days}", "logs_indexed_logs_usage_sum": sum(each[f"logs_indexed_{days}day"] for each in used)}
        for days in RETENTIONS
    ]


def _together(retained: list[Json]) -> list[Json]:
    sums: dict[str, int] = defaultdict(int)
    for each in retained:
        for usage in each["usage"]:
            sums[usage["retention"]] += usage["logs_indexed_logs_usage_sum"]
    return [{"retention": days, "logs_indexed_logs_usage_agg_sum": value} for days, value in sums.items()]


def fields(_call: Call) -> Any:
    """GET /api/v2/usage/summary/available_fields: every key of each level, whether anything fills it or not."""
    keys = (*KEYS.values(), INDEXED)
    attributes = {
        "response_fields": sorted(
            {each.total for each in keys}
            | {"account_name", "account_public_id", "start_date", "end_date", "last_updated", "usage"}
            | {"logs_by_retention"}
        ),
        "date_fields": sorted({each.month for each in keys} | {"date", "orgs"}),
        "date_org_fields": sorted(
            {each.org for each in keys} | {"id", "public_id", "name", "account_name", "account_public_id", "region"}
        ),
    }
    return {"data": {"type": "usage_summary_available_fields", "id": "fields", "attributes": attributes}}


ROUTES = (
    Route("/api/v1/usage/summary", ("usage_read",), "usage_metering", summary, parent_only="v1"),
    Route("/api/v2/usage/summary/available_fields", ("usage_read",), "usage_metering", fields, parent_only="v2"),
)
