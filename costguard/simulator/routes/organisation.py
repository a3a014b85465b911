"""Whose keys these are: validation, and the user that the application key belongs to."""

from typing import Any

from costguard.simulator.calendar import iso_hour
from costguard.simulator.call import Call, Route
from costguard.simulator.words import DOMAIN

GRANTED = (
    *("usage_read", "billing_read", "synthetics_read", "monitors_read", "monitors_downtime", "dashboards_read"),
    *("slos_read", "notebooks_read", "logs_read_config", "metrics_read", "timeseries_query"),
    *("hosts_read", "logs_read_data", "user_app_keys"),
)
"""The permissions of the role that the simulated keys belong to, unless they are forbidden."""


def validate(_call: Call) -> Any:
    """GET /api/v1/validate."""
    return {"valid": True}


def validate_v2(call: Call) -> Any:
    """GET /api/v2/validate: the organisation that the API key belongs to."""
    number = call.inventory.number
    attributes = {"valid": True, "api_key_id": _uuid(5, number), "api_key_scopes": []}
    return {"data": {"type": "validate_v2", "id": _uuid(2, number), "attributes": attributes}}


def validate_keys(_call: Call) -> Any:
    """GET /api/v2/validate_keys."""
    return {"status": "ok"}


def current_user(call: Call) -> Any:
    """GET /api/v2/current_user: the user with the organisation, the role and what the role allows."""
    inventory = call.inventory
    user, org, role = (_uuid(kind, inventory.number) for kind in (1, 2, 3))
    made = iso_hour(call.now.replace(year=call.now.year - 3, month=1, day=1, microsecond=0))
    allowed = [each for each in GRANTED if not call.forbidden(inventory.org.name, each)]
    permissions = [(_uuid(4, position), each) for position, each in enumerate(allowed)]
    return {
        "data": {
            "type": "users",
            "id": user,
            "attributes": {
                "name": "costguard",
                "handle": f"costguard@{DOMAIN}",
                "email": f"costguard@{DOMAIN}",
                "created_at": made,
                "modified_at": made,
                "icon": "",
                "title": None,
                "verified": True,
                "service_account": True,
                "disabled": False,
                "status": "Active",
                "mfa_enabled": False,
                "last_login_time": None,
                "uuid": user,
            },
            "relationships": {
                "roles": {"data": [{"type": "roles", "id": role}]},
                "org": {"data": {"type": "orgs", "id": org}},
            },
        },
        "included": [
            {
                "type": "orgs",
                "id": org,
                "attributes": {
                    "name": inventory.title,
                    "public_id": inventory.org.public_id,
                    "description": "",
                    "disabled": False,
                    "sharing": "none",
                    "url": "",
                    "created_at": made,
                    "modified_at": made,
                },
            },
            {
                "type": "roles",
                "id": role,
                "attributes": {"name": "Cost auditor", "created_at": made, "modified_at": made, "user_count": 1},
                "relationships": {
                    "permissions": {"data": [{"type": "permissions", "id": each} for each, _ in permissions]}
                },
            },
            *(
                {
                    "type": "permissions",
                    "id": each,
                    "attributes": {
                        "name": name,
                        "display_name": name.replace("_", " ").title(),
                        "description": "",
                        "group_name": "Simulated",
                        "display_type": "read",
                        "restricted": False,
                        "created": made,
                    },
                }
                for each, name in permissions
            ),
        ],
    }


def _uuid(kind: int, number: int) -> str:
    return f"{str(kind) * 8}-0000-4000-8000-{number:012d}"


ROUTES = (
    Route("/api/v1/validate", (), "validate", validate, application_key=False),
    Route("/api/v2/validate", (), "validate", validate_v2, shape="v2", application_key=False),
    Route("/api/v2/validate_keys", (), "validate", validate_keys, shape="v2"),
    Route("/api/v2/current_user", (), "users", current_user, shape="v2"),
)
