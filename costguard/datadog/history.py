"""How months of usage and cost are gone through: newest first, until Datadog keeps no more."""

from collections.abc import Callable, Container, Iterable, Iterator
from datetime import date

from costguard.datadog.client import Connection, Unreadable
from costguard.datadog.collectors import Item, Window
from costguard.datadog.periods import CLOSED_MONTHS, closed_months, month_key, running_month
from costguard.model.findings import Cause, Gap
from costguard.model.usage import Row
from costguard.wording import month as month_name

YEAR = 12
"""So many closed months are certainly kept; of older ones a refusal is no surprise."""


def months_of(window: Window) -> tuple[date, ...]:
    """The closed months that the settings ask for, by their first day, newest first."""
    return closed_months(window.now)[: -window.usage.months - 1 : -1]


def unread(window: Window, table: type[Row], changed: Container[str] = ()) -> tuple[date, ...]:
    """The months that are to be read, newest first: the running one, which is never final, and those before it.

    Of these, all but those that are final in the store and not `changed`.
    """
    months = (running_month(window.now), *months_of(window))
    final, keys = window.previous.final_periods(table), {month: month_key(month) for month in months}
    return tuple(month for month, key in keys.items() if key not in final or key in changed)


def each_month(
    org: Connection, window: Window, what: str, months: Iterable[date], read: Callable[[date], Iterator[Item]]
) -> Iterator[Item]:
    """What `read` gives of each of the months, which must come newest first.

    A month of more than a year ago that Datadog refuses is one that it does not keep: an optional Gap, and the end. A
    running one that it refuses has not got far enough: an optional Gap, and no more.
    """
    certain, running = closed_months(window.now)[-YEAR], running_month(window.now)

    def gap(part: str, hint: str) -> Gap:
        name = org.org.name
        return Gap(org=name, what=f"{what} {part}", cause=Cause.NOT_AVAILABLE, hint=hint, optional=True)

    for month in months:
        try:
            yield from read(month)
        except Unreadable as error:
            if error.status != 400 or error.gap.cause is not Cause.FAILED or certain <= month < running:
                raise
            if month < running:
                kept = f"Datadog keeps {CLOSED_MONTHS} months, and {month_name(month)} is not among them"
                yield gap("history", f"nothing to do: {kept}")
                return
            yield gap("running", f"run again later: Datadog does not answer for {month_name(month)} yet")
