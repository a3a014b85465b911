"""Dashboards with their usage, objectives and notebooks."""

from datetime import timedelta
from typing import Any

from costguard.simulator.calendar import iso
from costguard.simulator.call import Call, Refused, Route
from costguard.simulator.dashboards import usage

SUMMARY = (
    *("id", "title", "description", "layout_type", "url", "is_read_only", "created_at", "modified_at", "author_handle"),
)


def dashboards(call: Call) -> Any:
    """GET /api/v1/dashboard: summaries, by start and count."""
    size, start = call.number("count", 100, low=1), call.number("start", 0)
    known = [] if call.flag("filter[deleted]", False) else call.inventory.dashboards
    found = call.page(known, start, size)
    return {"dashboards": [{key: each[key] for key in SUMMARY} | {"deleted_at": None} for each in found]}


def dashboard(call: Call) -> Any:
    """GET /api/v1/dashboard/{id}: with its widgets."""
    identity = call.captured["dashboard_id"]
    found = call.inventory.dashboard(identity)
    if found is None:
        raise Refused(404, f"Dashboard with ID {identity} not found")
    return found


def dashboards_usage(call: Call) -> Any:
    """GET /api/v2/dashboards/usage: a preview that some organisations do not have."""
    if call.faults.dashboards_usage_missing:
        raise Refused(404, "Not Found", "v2")
    size, start = call.number("page[limit]", 250, low=1, high=500), call.number("page[offset]", 0)
    known = call.inventory.dashboards
    rows = [
        usage(
            1_000_100 + call.inventory.number,
            each,
            viewed=ord(each["id"][0]) % 3 > 0,
            at=iso(call.now - timedelta(days=ord(each["id"][1]) % 50)),
        )
        for each in call.page(known, start, size)
    ]
    last = max(0, (len(known) - 1) // size * size)
    following = start + size if start + size < len(known) else None
    return {
        "data": rows,
        "meta": {
            "page": {
                "type": "offset_limit",
                "offset": start,
                "first_offset": 0,
                "limit": size,
                "prev_offset": max(0, start - size),
                "next_offset": following,
                "last_offset": last,
                "total": len(known),
            }
        },
        "links": {"self": call.path, "first": f"{call.path}?page[offset]=0&page[limit]={size}"},
    }


def objectives(call: Call) -> Any:
    """GET /api/v1/slo: by offset and limit."""
    size, start = call.number("limit", 1000, low=1, high=1000), call.number("offset", 0)
    known = call.inventory.slos
    page = {"total_count": len(known), "total_filtered_count": len(known)}
    return {"data": call.page(known, start, size), "errors": [], "metadata": {"page": page}}


def notebooks(call: Call) -> Any:
    """GET /api/v1/notebooks: by start and count, with their cells unless told otherwise."""
    size, start = call.number("count", 100, low=1), call.number("start", 0)
    known = call.inventory.notebooks
    found = call.page(known, start, size)
    if not call.flag("include_cells", True):
        bare = ({key: value for key, value in each["attributes"].items() if key != "cells"} for each in found)
        found = [each | {"attributes": attributes} for each, attributes in zip(found, bare, strict=True)]
    return {"data": found, "meta": {"page": {"total_count": len(known), "total_filtered_count": len(known)}}}


ROUTES = (
    Route("/api/v1/dashboard", ("dashboards_read",), "dashboards", dashboards),
    Route("/api/v1/dashboard/{dashboard_id}", ("dashboards_read",), "dashboards", dashboard),
    Route("/api/v2/dashboards/usage", ("dashboards_read",), "dashboards_usage", dashboards_usage, shape="v2"),
    Route("/api/v1/slo", ("slos_read",), "slos", objectives),
    Route("/api/v1/notebooks", ("notebooks_read",), "notebooks", notebooks),
)
