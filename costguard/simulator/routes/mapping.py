"""Under which keys each endpoint reports a billing dimension."""

from datetime import date
from typing import Any

from costguard.simulator.calendar import RETENTION_MONTHS, month_of, shift, start_of, zulu
from costguard.simulator.call import Call, Route
from costguard.simulator.inventory import Json
from costguard.simulator.routes.periods import first_choice
from costguard.simulator.routes.summary import KEYS
from costguard.simulator.terms import SUPPORT, SUPPORT_LABEL, TERMS, Term

UNSOLD = (
    ("npm_host", "Cloud Network Monitoring Hosts", "npm_host_top99p", "host_count", "npm_host_top99p"),
    ("prof_host", "Profiled Hosts", "prof_host_top99p", "host_count", "profiling_host_top99p"),
    ("lambda_function", "Serverless Functions", "lambda_function_average", "func_count", "aws_lambda_func_count"),
    ("online_archive", "Online Archive", "online_archive_sum", "online_archive_events_count", ""),
)
"""Dimensions that the company does not buy: name, label, and keys of the billable summary, hours and summary."""


def mapping(call: Call) -> Any:
    """GET /api/v2/usage/billing_dimension_mapping: of the contract, or of everything that there is."""
    view = first_choice(call, "filter[view]", ("active", "all"))
    month = month_of(call.time("filter[month]", call.now))
    if month > month_of(call.now) or month < shift(month_of(call.now), -RETENTION_MONTHS):
        return {"data": []}
    bought = [] if call.account.traits.trial else [*_bought(call, month)]
    if view == "active":
        return {"data": bought}
    known = {each["id"] for each in bought}
    others = [_mapped(each[0], each[1], month, *each[2:]) for each in UNSOLD]
    later = [_term(term, month) for term in TERMS if term.dimension not in known]
    return {"data": [*bought, *later, *others]}


def _bought(call: Call, month: date) -> list[Json]:
    terms = [position.term for position in call.account.positions_in(month).values()]
    return [*(_term(term, month) for term in terms), _mapped(SUPPORT, SUPPORT_LABEL, month)]


def _term(term: Term, month: date) -> Json:
    summary = KEYS[term.dimension].month if term.dimension in KEYS else ""
    return _mapped(term.dimension, term.label, month, term.key, term.usage_type, summary)


def _mapped(dimension: str, label: str, month: date, billable: str = "", hourly: str = "", summary: str = "") -> Json:
    endpoints = {
        "api/v1/usage/billable-summary": billable,
        "api/v2/usage/hourly_usage": hourly,
        "api/v1/usage/summary": summary,
    }
    return {
        "id": dimension,
        "type": "billing_dimensions",
        "attributes": {
            "in_app_label": label,
            "timestamp": zulu(start_of(month)),
            "endpoints": [
                {"id": endpoint, "keys": [key] if key else [], "status": "OK" if key else "NOT_FOUND"}
                for endpoint, key in endpoints.items()
            ],
        },
    }


ROUTES = (
    Route(
        "/api/v2/usage/billing_dimension_mapping",
        ("usage_read",),
        "usage_metering",
        mapping,
        parent_only="v2",
        shape="v2",
    ),
)
