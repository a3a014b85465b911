"""The account's usage of one type by organisation and tag, an hour a row."""

from datetime import datetime
from typing import Any

from costguard.simulator.calendar import HOUR, RETENTION_MONTHS, hour_of_month, iso_hour, measured_until, month_of, zulu
from costguard.simulator.call import Call, Refused, Route
from costguard.simulator.hours import oldest, used
from costguard.simulator.inventory import Inventory, Json
from costguard.simulator.routes import tags
from costguard.simulator.routes.attribution_types import BARE, NAMED, OTHERS, admitted
from costguard.simulator.routes.periods import hours
from costguard.simulator.tagging import Cell, applies, cells, split_units
from costguard.simulator.terms import Term

ROWS_A_PAGE = 500


def hourly(call: Call) -> Any:
    """GET /api/v1/usage/hourly-attribution: one usage type, by hour, organisation and tags, by cursor."""
    admitted(call)
    everybody = tags.asked(call)
    start, end = hours(call, ("start_hr", "end_hr"), several=len(everybody) > 1)
    if start < oldest(call.now):
        raise Refused(400, f"start_hr cannot be more than {RETENTION_MONTHS} months ago")
    term = _term(call)
    if term is None:
        return {"usage": [], "metadata": {"pagination": {"next_record_id": None}}}
    split = _Split(call, term)
    known = max(0, int((min(end, measured_until(call.now)) - start) / HOUR))
    times = (start + number * HOUR for number in range(known))
    rows = [
        (time, inventory, place)
        for time in times
        if call.account.history.begun(term.dimension, month_of(time))
        for inventory in everybody
        for place in range(len(split.cells(inventory) or (None,)))
    ]
    found, cursor = call.after("next_record_id", rows, ROWS_A_PAGE)
    return {
        "usage": [split.row(*row) for row in found],
        "metadata": {"pagination": {"next_record_id": cursor}},
    }


class _Split:
    """An hour's usage of one type, by organisation and tags."""

    def __init__(self, call: Call, term: Term) -> None:
        self._call, self._term = call, term
        self._cells: dict[int, list[Cell] | None] = {}
        self._shares: dict[tuple[datetime, int], list[int]] = {}

    def cells(self, inventory: Inventory) -> list[Cell] | None:
        """The parts of an organisation's usage; None where the breakdown does not apply to it."""
        call, keys = self._call, tags.keys(self._call)
        if inventory.number not in self._cells:
            apply = applies(call.account, inventory, call.inventory, keys)
            found = cells(call.account, inventory, self._term.dimension, keys) if apply else None
            self._cells[inventory.number] = found
        return self._cells[inventory.number]

    def row(self, hour: datetime, inventory: Inventory, place: int) -> Json:
        """One part of an hour of an organisation."""
        parts, key = self.cells(inventory), (hour, inventory.number)
        if key not in self._shares:
            first = hour_of_month(hour)
            total = used(self._call.account, inventory, self._term, month_of(hour), first, first + 1)
            self._shares[key] = split_units(total, parts) if parts else [total]
        return {
            **tags.about(self._call, inventory, parts[place].values if parts else None),
            "hour": iso_hour(hour),
            "region": "us",
            "usage_type": f"{self._term.attribution}_usage",
            "total_usage_sum": float(self._shares[key][place]),
            "updated_at": zulu(measured_until(self._call.now)),
        }


def _term(call: Call) -> Term | None:
    """What is asked for; None where the company has no usage of it; 400 where Datadog knows no such type."""
    asked = call.text("usage_type")
    name = asked.removesuffix("_usage")
    if not asked:
        raise Refused(400, "The parameter 'usage_type' is required")
    if asked not in BARE and (name == asked or name not in (*NAMED, *OTHERS)):
        raise Refused(400, f"Invalid value for usage_type: {asked}")
    return NAMED.get(name)


ROUTES = (Route("/api/v1/usage/hourly-attribution", ("usage_read",), "usage_attribution", hourly),)
