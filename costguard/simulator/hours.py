"""What was measured in each hour: the months' usage spread over their hours, to the last unit."""

from collections.abc import Mapping
from datetime import date, datetime

from costguard.simulator.calendar import RETENTION_MONTHS, hour_of_month, hours_in, month_of, shift, spread, start_of
from costguard.simulator.inventory import Index, Inventory
from costguard.simulator.terms import TERMS, Term
from costguard.simulator.usage import Account

REHYDRATED_HOURS = range(33, 36)
"""Hours of a month in which archived logs are rehydrated."""

TRIED = "ci_app"
"""A family that the company only tries: measured, never billed."""

FAMILIES = (*dict.fromkeys(term.family for term in TERMS), "rum_mobile_sessions", TRIED)
"""The product families that the company has."""

_NULLS = {
    "infra_hosts": ("container_count_excl_agent", "vsphere_host_count"),
    "rum_browser_sessions": ("replay_session_count",),
    "rum_mobile_sessions": ("session_count", "session_count_android", "session_count_ios"),
    "fargate": ("avg_profiled_fargate_tasks",),
    TRIED: ("ci_test_indexed_spans",),
}
"""Usage types that are reported without a value."""


def oldest(now: datetime) -> datetime:
    """The first hour whose usage is still kept."""
    return start_of(shift(month_of(now), -RETENTION_MONTHS))


def index_hours(account: Account, index: Index, month: date, first: int, last: int) -> tuple[int, int]:
    """Live and rehydrated events of an index in a month's hours first … last − 1."""
    live = account.history.grown(index.live, index.dimension, month)
    return spread(live, month, first, last), _rehydrated(index, last) - _rehydrated(index, first)


def _rehydrated(index: Index, hours: int) -> int:
    """Events that were rehydrated in a month's first hours."""
    done = min(max(0, hours - REHYDRATED_HOURS.start), len(REHYDRATED_HOURS))
    whole = done == len(REHYDRATED_HOURS)
    return index.rehydrated if whole else index.rehydrated // len(REHYDRATED_HOURS) * done


def measured(account: Account, inventory: Inventory, family: str, hour: datetime) -> Mapping[str, int | None]:
    """What an organisation used of a product family in an hour, by usage type; the family's subcategories apart."""
    month, number = month_of(hour), hour_of_month(hour)
    values: dict[str, int | None] = {
        term.usage_type: used(account, inventory, term, month, number, number + 1)
        for term in TERMS
        if term.family == family and account.history.begun(term.dimension, month)
    }
    if family == "infra_hosts":
        values |= {"agent_host_count": values["host_count"], "aws_host_count": 0}
    elif family == "timeseries":
        values["num_custom_output_timeseries"] = values["num_custom_timeseries"]
    elif family == "indexed_logs":
        for index in inventory.indexes:
            live, rehydrated = index_hours(account, index, month, number, number + 1)
            for kind, count in (("live", live), ("rehydrated", rehydrated)):
                name = f"logs_{kind}_indexed_events_{index.retention}_day_count"
                values[name] = (values.get(name) or 0) + count
    elif family == "logs":
        values |= {"ingested_events_bytes": values["billable_ingested_bytes"]}
    elif family == TRIED:
        values["ci_pipeline_indexed_spans"] = 40 + number % 24
    return values | dict.fromkeys(_NULLS.get(family, ()))


def breakdown(account: Account, inventory: Inventory, hour: datetime) -> Mapping[str, int | None]:
    """The subcategories of the family `logs` in an hour, which are reported only to who asks for them."""
    month, number = month_of(hour), hour_of_month(hour)
    bytes_in = measured(account, inventory, "logs", hour)["billable_ingested_bytes"]
    parts = [index_hours(account, index, month, number, number + 1) for index in inventory.indexes]
    return {
        "logs_live_ingested_bytes": bytes_in,
        "logs_rehydrated_ingested_bytes": 0,
        "logs_live_indexed_count": sum(live for live, _ in parts),
        "logs_rehydrated_indexed_count": sum(rehydrated for _, rehydrated in parts),
    }


def used(account: Account, inventory: Inventory, term: Term, month: date, first: int, last: int) -> int:
    """Units of a dimension in a month's hours first … last − 1: their sum, or the level that is billed of them."""
    dimension, number = term.dimension, inventory.number
    units = account.units_in(month)[number][dimension]
    if term.shape == "average":
        return units
    if term.shape == "top99p":
        busy = last - first > 1 or 7 <= first % 24 < 20
        return units if busy else units * 17 // 20
    if term.shape == "maximum":
        return min(units, units * last * 4 // (hours_in(month) * 3) + 1) if units else 0
    if term.family == "indexed_logs":
        kept = (index for index in inventory.indexes if index.dimension == dimension)
        return sum(sum(index_hours(account, index, month, first, last)) for index in kept)
    return spread(units, month, first, last, account.history.rhythm(dimension, number, month))
