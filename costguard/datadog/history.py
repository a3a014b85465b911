"""How months of usage and cost are gone through: newest first, until Datadog keeps no more."""

from collections.abc import Callable, Container, Iterable, Iterator
from datetime import date

from costguard.datadog.client import Connection, Unreadable
from costguard.datadog.collectors import Item, Window
from costguard.datadog.periods import CLOSED_MONTHS, closed_months, month_key
from costguard.model.findings import Cause, Gap
from costguard.model.usage import Row
from costguard.wording import month as month_name

YEAR = 12
"""So many closed months are certainly kept; of older ones a refusal is no surprise."""


def months_of(window: Window) -> tuple[date, ...]:
    """The closed months that the settings ask for, by their first day, newest first."""
    return closed_months(window.now)[: -window.usage.months - 1 : -1]


def unread(window: Window, table: type[Row], changed: Container[str] = ()) -> tuple[date, ...]:
    """The closed months that are to be read, newest first: all but those that are final in the store and unchanged."""
    final, keys = window.previous.final_periods(table), {month: month_key(month) for month in months_of(window)}
    return tuple(month for month, key in keys.items() if key not in final or key in changed)


def each_month(
    org: Connection, window: Window, what: str, months: Iterable[date], read: Callable[[date], Iterator[Item]]
) -> Iterator[Item]:
    """What `read` gives of each of the months, which must come newest first.

    A month of more than a year ago that Datadog refuses is one that it does not keep: an optional Gap, and the end.
    """
    certain = closed_months(window.now)[-YEAR]
    for month in months:
        try:
            yield from read(month)
        except Unreadable as error:
            if error.status != 400 or error.gap.cause is not Cause.FAILED or month >= certain:
                raise
            yield Gap(
                org=org.org.name,
                what=f"{what} history",
                cause=Cause.NOT_AVAILABLE,
                hint=f"nothing to do: Datadog keeps {CLOSED_MONTHS} months, and {month_name(month)} is not among them",
                optional=True,
            )
            return
