"""The account's calendar: months, hours, time stamps, and how a month's usage spreads over its hours."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

RETENTION_MONTHS = 15
"""How far back usage is kept (docs/datadog.md, B1)."""

COST_DAY = 19
"""Day of the next month on which a month's cost attribution is out (docs/datadog.md, B1)."""

CHARGES_DAY = 16
"""Day of the next month on which a month's historical cost is out (docs/datadog.md, B1)."""

PROJECTION_DAY = 12
"""Day of the month from which its cost is projected (docs/datadog.md, B1)."""

HOUR = timedelta(hours=1)

_BUSY = (6, 5, 4, 4, 4, 5, 7, 9, 12, 14, 15, 15, 14, 15, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6)
"""How busy each hour of a day is; weekends are two thirds of it."""


@dataclass(frozen=True)
class Rhythm:
    """How a month's usage spreads over its days, beside the hours of the day and the weekend."""

    weekly: bool = False
    """Whether nearly all of it falls on Sundays."""
    spike: int = 0
    """The day of the month that has eight times the usual; 0 = none."""

    def weight(self, day: int, weekday: int) -> int:
        """How much of the month a day takes."""
        usual = 2 if weekday >= 5 else 3
        if self.weekly:
            usual = 60 if weekday == 6 else 1
        return usual * 8 if day == self.spike else usual


USUAL = Rhythm()


def month_of(moment: datetime) -> date:
    """The first day of the month that `moment` lies in."""
    return date(moment.year, moment.month, 1)


def shift(month: date, by: int) -> date:
    """The first day of the month `by` months later."""
    count = month.year * 12 + month.month - 1 + by
    return date(count // 12, count % 12 + 1, 1)


def start_of(day: date) -> datetime:
    """Midnight UTC at the beginning of `day`."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def midnight(moment: datetime) -> datetime:
    """The beginning of the UTC day that `moment` lies in."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def hours_in(month: date) -> int:
    """Hours of the month: 672 to 744."""
    return int((start_of(shift(month, 1)) - start_of(month)) / HOUR)


def hour_of_month(moment: datetime) -> int:
    """How many whole hours of its month lie before `moment`."""
    return int((moment - start_of(month_of(moment))) / HOUR)


def measured_until(now: datetime) -> datetime:
    """The end of the last hour whose usage is known: three hours ago, but all of yesterday in any case."""
    return max(midnight(now), (now - 3 * HOUR).replace(minute=0, second=0, microsecond=0))


def known_hours(month: date, now: datetime) -> int:
    """How many of a month's hours have been measured."""
    known = measured_until(now)
    if start_of(month) >= known:
        return 0
    return hours_in(month) if month_of(known) > month else hour_of_month(known)


def costed_until(now: datetime) -> datetime:
    """The end of the last hour whose cost is estimated: a day and a half ago (up to 72 hours: docs/datadog.md, B1)."""
    return (now - 36 * HOUR).replace(minute=0, second=0, microsecond=0)


def cost_is_out(month: date, now: datetime) -> bool:
    """Whether the month's cost attribution has been published."""
    return now >= start_of(shift(month, 1)) + timedelta(days=COST_DAY - 1)


def charges_are_out(month: date, now: datetime) -> bool:
    """Whether the month's historical cost has been published."""
    return now >= start_of(shift(month, 1)) + timedelta(days=CHARGES_DAY - 1)


@lru_cache(maxsize=256)
def _weights(month: date, rhythm: Rhythm) -> tuple[int, ...]:
    total, sums = 0, [0]
    for hour in range(hours_in(month)):
        weekday = (month.weekday() + hour // 24) % 7
        total += _BUSY[hour % 24] * rhythm.weight(hour // 24 + 1, weekday)
        sums.append(total)
    return tuple(sums)


def spread(total: int, month: date, first: int, last: int, rhythm: Rhythm = USUAL) -> int:
    """The part of a month's `total` that falls into its hours first … last − 1; all hours together give the total."""
    weights = _weights(month, rhythm)
    return total * weights[last] // weights[-1] - total * weights[first] // weights[-1]


def between(total: int, start: datetime, end: datetime) -> int:
    """What falls between two whole hours when every month uses `total`."""
    amount, month = 0, month_of(start)
    while start_of(month) < end:
        first = max(0, int((start - start_of(month)) / HOUR))
        last = min(hours_in(month), int((end - start_of(month)) / HOUR))
        amount += spread(total, month, first, last)
        month = shift(month, 1)
    return amount


def iso(moment: datetime) -> str:
    """2026-10-31T12:00:00.123456+00:00, as most of Datadog's answers write it."""
    return moment.isoformat(timespec="microseconds")


def iso_hour(moment: datetime) -> str:
    """2026-10-31T12:00:00+00:00, as the usage answers write it."""
    return moment.isoformat(timespec="seconds")


def zulu(moment: datetime) -> str:
    """2026-10-31T12:00:00Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def parse(text: str) -> datetime:
    """A time as Datadog's clients write it: 2026-10, 2026-10-31T12, 2026-10-31T12:00:00.000Z; ValueError otherwise."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = datetime.strptime(text, "%Y-%m" if len(text) == 7 else "%Y-%m-%dT%H").replace(tzinfo=UTC)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
