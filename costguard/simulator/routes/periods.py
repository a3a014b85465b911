"""The windows that the usage and cost endpoints take, and how they refuse others."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from costguard.simulator.calendar import RETENTION_MONTHS, month_of, shift, start_of
from costguard.simulator.call import Call, Refused

MULTI_ORG = timedelta(hours=24)
SINGLE_ORG = timedelta(days=62)
"""The longest windows of hourly usage: of several organisations, and two months of one (docs/datadog.md, B1)."""


def months(call: Call) -> list[date]:
    """The months from start_month to end_month; 400 for a window that begins before usage is kept, or backwards."""
    start = month_of(call.time("start_month"))
    end = month_of(call.time("end_month", start_of(start)))
    if start < shift(month_of(call.now), -RETENTION_MONTHS):
        raise Refused(400, f"start_month cannot be more than {RETENTION_MONTHS} months ago")
    if end < start:
        raise Refused(400, "start_month [YYYY-MM] must not be after end_month [YYYY-MM]")
    return list(_months(start, min(end, month_of(call.now))))


def _months(start: date, end: date) -> Iterator[date]:
    while start <= end:
        yield start
        start = shift(start, 1)


def hours(call: Call, names: tuple[str, str], *, several: bool) -> tuple[datetime, datetime]:
    """The hours from start to before the end, a day by default; 400 for a window that is too long, or backwards."""
    start = call.time(names[0]).replace(minute=0, second=0, microsecond=0)
    end = call.time(names[1], start + timedelta(days=1))
    if end <= start:
        raise Refused(400, "start_hr [YYYY-MM-DDThh] must be before end_hr [YYYY-MM-DDThh]")
    if end - start > (MULTI_ORG if several else SINGLE_ORG):
        raise Refused(400, "The requested time range is too long for this request")
    return start, end


def first_choice(call: Call, name: str, choices: tuple[str, ...]) -> str:
    """A parameter that takes one of several words, the first by default; 400 for another."""
    word = call.text(name, choices[0]) or choices[0]
    if word not in choices:
        raise Refused(400, f"Invalid value for {name}: must be one of {', '.join(choices)}")
    return word
