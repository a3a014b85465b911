"""Monitors as listed and as searched, and the downtimes that mute them."""

import re
from datetime import timedelta
from typing import Any

from costguard.simulator.call import Call, Refused, Route
from costguard.simulator.inventory import Inventory, Json

_METRIC = re.compile(r"(?:avg|sum|min|max|p95):([A-Za-z][\w.]*)\{")
_HANDLE = re.compile(r"@(\S+)")


def monitors(call: Call) -> Any:
    """GET /api/v1/monitor: by page; all of them where no page is asked for."""
    size = call.number("page_size", 100, low=1, high=1000)
    found = call.inventory.monitors
    if call.text("page"):
        found = call.page(found, call.number("page", 0) * size, size)
    if call.flag("with_downtimes", False):
        return found
    return [{key: value for key, value in each.items() if key != "matching_downtimes"} for each in found]


def search(call: Call) -> Any:
    """GET /api/v1/monitor/search: what the monitors page shows, with whom each notifies."""
    size = call.number("per_page", 30, low=1, high=1000)
    page = call.number("page", 0)
    everything = call.inventory.monitors
    found = call.page(everything, page * size, size)
    return {
        "monitors": [_found(call, each) for each in found],
        "metadata": {
            "page": page,
            "page_count": -(-len(everything) // size),
            "per_page": size,
            "total_count": len(everything),
        },
        "counts": {
            "status": _counts([each["overall_state"] for each in everything]),
            "type": _counts([each["type"] for each in everything]),
            "muted": _counts([bool(each["options"]["silenced"]) for each in everything]),
            "tag": [],
        },
    }


def downtimes(call: Call) -> Any:
    """GET /api/v2/downtime: by offset and limit."""
    if call.number("page[limit]", 30, low=1) > 1000:
        raise Refused(400, "page[limit] must not be more than 1000", "v2")
    size, start = call.number("page[limit]", 30, low=1), call.number("page[offset]", 0)
    known = call.inventory.downtimes
    if call.flag("current_only", False):
        known = [each for each in known if each["attributes"]["status"] == "active"]
    return {
        "data": call.page(known, start, size),
        "meta": {"page": {"total_filtered_count": len(known)}},
    }


def notified(inventory: Inventory, monitor: Json) -> list[Json]:
    """Whom a monitor notifies: the handles in its message, and what notification rules add."""
    named = [{"handle": handle, "name": handle} for handle in _HANDLE.findall(monitor["message"])]
    return named + inventory.notified.get(monitor["id"], [])


def _found(call: Call, monitor: Json) -> Json:
    never = monitor["id"] % 3 == 0
    triggered = call.now - timedelta(hours=monitor["id"] % 2000)
    return {
        "id": monitor["id"],
        "name": monitor["name"],
        "type": monitor["type"],
        "status": monitor["overall_state"],
        "query": monitor["query"],
        "tags": monitor["tags"],
        "scopes": [],
        "metrics": sorted(set(_METRIC.findall(monitor["query"]))),
        "notifications": notified(call.inventory, monitor),
        "creator": {"id": monitor["org_id"], **monitor["creator"]},
        "org_id": monitor["org_id"],
        "classification": {"synthetics alert": "synthetics", "log alert": "log"}.get(monitor["type"], "metric"),
        "last_triggered_ts": None if never else int(triggered.timestamp()),
        "quality_issues": [],
        "overall_state_modified": int(triggered.timestamp()),
        "muted_until_ts": None,
    }


def _counts(values: list[Any]) -> list[Json]:
    return [{"name": value, "count": values.count(value)} for value in sorted(set(values), key=str)]


ROUTES = (
    Route("/api/v1/monitor", ("monitors_read",), "monitors", monitors),
    Route("/api/v1/monitor/search", ("monitors_read",), "monitors_search", search),
    Route("/api/v2/downtime", ("monitors_downtime",), "downtimes", downtimes, shape="v2"),
)
