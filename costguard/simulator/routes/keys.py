"""What the keys' owner sees of them, and the cheapest calls that tell whether a permission is there."""

from typing import Any

from costguard.simulator.calendar import iso_hour
from costguard.simulator.call import Call, Route


def application_keys(call: Call) -> Any:
    """GET /api/v2/current_user/application_keys: the owner's keys with their scopes, by page number."""
    size, number = call.number("page[size]", 10, low=1, high=100), call.number("page[number]", 0)
    org = call.inventory.org
    made = iso_hour(call.now.replace(year=call.now.year - 1, month=1, day=1, microsecond=0))
    keys = [("somebody-else", "zzzz", ["dashboards_write"]), ("costguard", org.app_key[-4:], org.scopes)]
    known = [
        {
            "type": "application_keys",
            "id": f"{position}6666666-0000-4000-8000-{call.inventory.number:012d}",
            "attributes": {
                "name": name,
                "created_at": made,
                "last4": last4,
                "scopes": None if scopes is None else sorted(scopes),
                "last_used_at": None,
            },
            "relationships": {"leak_information": {"data": None}},
        }
        for position, (name, last4, scopes) in enumerate(keys)
    ]
    page = {"total_filtered_count": len(known)}
    return {"data": call.page(known, number * size, size), "meta": {"page": page, "max_allowed_per_user": 1000}}


def concurrency_cap(_call: Call) -> Any:
    """GET /api/v2/synthetics/settings/on_demand_concurrency_cap."""
    return {"data": {"type": "on_demand_concurrency_cap", "attributes": {"on_demand_concurrency_cap": 3}}}


def host_totals(call: Call) -> Any:
    """GET /api/v1/hosts/totals."""
    hosts = call.account.units[call.inventory.number]["infra_host"]
    return {"total_active": hosts, "total_up": hosts}


def log_events(_call: Call) -> Any:
    """GET /api/v2/logs/events: no log fits any search, for costguard reads none."""
    return {"data": [], "meta": {"elapsed": 1, "request_id": "simulated", "status": "done"}}


ROUTES = (
    Route("/api/v2/current_user/application_keys", ("user_app_keys",), "users", application_keys, shape="v2"),
    Route(
        "/api/v2/synthetics/settings/on_demand_concurrency_cap",
        ("billing_read",),
        "synthetics",
        concurrency_cap,
        shape="v2",
    ),
    Route("/api/v1/hosts/totals", ("hosts_read",), "hosts", host_totals),
    Route("/api/v2/logs/events", ("logs_read_data",), "logs_public_search_api", log_events, shape="v2"),
)
