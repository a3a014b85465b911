"""The account's usage by organisation and tag, a month a row."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from costguard.simulator.calendar import (
    HOUR,
    hours_in,
    iso_hour,
    known_hours,
    measured_until,
    start_of,
    zulu,
)
from costguard.simulator.call import Call, Refused, Route
from costguard.simulator.inventory import Json
from costguard.simulator.ledger import UnitPart
from costguard.simulator.routes import tags
from costguard.simulator.routes.attribution_types import BARE, NAMED, OTHERS, admitted
from costguard.simulator.routes.cost import percent
from costguard.simulator.routes.fields import fields_asked
from costguard.simulator.routes.periods import months
from costguard.simulator.terms import BY_DIMENSION

ROWS_A_PAGE = 50

KINDS = ("usage", "percentage")


def monthly(call: Call) -> Any:
    """GET /api/v1/usage/monthly-attribution: by organisation, month and tags, by cursor."""
    admitted(call)
    period, fields = months(call), _fields(call)
    everybody, keys = tags.asked(call), tags.keys(call)
    rows = [
        (month, part)
        for month in period
        if (elapsed := known_hours(month, call.now))
        for part in call.ledger.units_by(month, elapsed, keys, call.inventory)
        if part.inventory in everybody
    ]
    found, cursor = call.after("next_record_id", _sorted(call, rows), ROWS_A_PAGE)
    sums: dict[str, int] = defaultdict(int)
    for _, part in rows:
        for dimension, units in part.units.items():
            sums[f"{_name(dimension)}_usage"] += units
    aggregates = [
        {"field": field, "agg_type": "sum", "value": float(value)}
        for field, value in sums.items()
        if fields is None or field in fields
    ]
    return {
        "usage": [_month_row(call, month, part, fields) for month, part in found],
        "metadata": {"aggregates": aggregates, "pagination": {"next_record_id": cursor}},
    }


def _name(dimension: str) -> str:
    return BY_DIMENSION[dimension].attribution


def _fields(call: Call) -> frozenset[str] | None:
    return fields_asked(call, {f"{name}_{kind}" for name in (*NAMED, *OTHERS, *BARE) for kind in KINDS})


def _sorted(call: Call, rows: list[tuple[date, UnitPart]]) -> list[tuple[date, UnitPart]]:
    name, _, kind = call.text("sort_name").rpartition("_")
    if not kind:
        return tags.ordered(call, rows, None)
    if kind not in KINDS or name not in (*NAMED, *OTHERS, *BARE):
        raise Refused(400, f"Invalid value for sort_name: {name}_{kind}")
    dimension = NAMED[name].dimension if name in NAMED else ""

    def size(row: tuple[date, UnitPart]) -> float:
        month, part = row
        units = part.units.get(dimension, 0)
        return units if kind == "usage" else percent(units, _whole(call, month, part).get(dimension, 0))

    return tags.ordered(call, rows, size)


def _whole(call: Call, month: date, part: UnitPart) -> Mapping[str, int]:
    return call.ledger.used(month, known_hours(month, call.now))[part.inventory.number]


def _month_row(call: Call, month: date, part: UnitPart, fields: frozenset[str] | None) -> Json:
    whole = _whole(call, month, part)
    values: dict[str, float] = {}
    for dimension, units in part.units.items():
        name = _name(dimension)
        both = {f"{name}_usage": float(units), f"{name}_percentage": percent(units, whole[dimension])}
        values |= {field: value for field, value in both.items() if fields is None or field in fields}
    end = min(measured_until(call.now), start_of(month) + hours_in(month) * HOUR)
    return {
        **tags.about(call, part.inventory, part.tags),
        "month": iso_hour(start_of(month)),
        "region": "us",
        "updated_at": zulu(end + timedelta(hours=1, minutes=5)),
        "values": values,
    }


ROUTES = (Route("/api/v1/usage/monthly-attribution", ("usage_read",), "usage_attribution", monthly),)
