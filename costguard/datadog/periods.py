"""Which periods of usage and cost are asked for, and from when Datadog does not correct them any more."""

from datetime import UTC, date, datetime, time, timedelta

CLOSED_MONTHS = 15
"""Closed months of usage and cost that are read: as many as Datadog keeps (docs/datadog.md, B1)."""

DAYS = 30
"""Whole days of log volumes that are read, up to the last midnight in UTC."""

TOGETHER = 59
"""Days of hourly usage of one organisation that are asked for at a time: two months, however short (B1)."""

SETTLED_AFTER = timedelta(hours=72 + 24)
"""Usage is delayed by up to 72 hours (docs/datadog.md, B1); a day more, to take no late correction for final."""

_COST_PUBLISHED_BY = 20
"""The cost of a month is published by the 19th of the next one (docs/datadog.md, B1); from this day on it stands."""

_INVOICED_BY = 17
"""The historical cost of a month is published by the 16th of the next one (docs/datadog.md, B1)."""

PROJECTED_FROM = 12
"""The day of the month around which its cost begins to be projected (docs/datadog.md, B1)."""


def midnight(day: date) -> datetime:
    """The first moment of a day, in UTC."""
    return datetime.combine(day, time(), UTC)


def today(now: datetime) -> date:
    """The day in UTC."""
    return now.astimezone(UTC).date()


def days(now: datetime, count: int = DAYS) -> tuple[date, ...]:
    """The last `count` whole days in UTC, oldest first; none before the oldest month that Datadog keeps."""
    last, oldest = today(now), closed_months(now)[0]
    return tuple(last - timedelta(days=back) for back in range(min(count, (last - oldest).days), 0, -1))


def running_month(now: datetime) -> date:
    """The first day of the month that is not over."""
    return today(now).replace(day=1)


def closed_months(now: datetime) -> tuple[date, ...]:
    """The last `CLOSED_MONTHS` closed months by their first day, oldest first."""
    month = running_month(now)
    out: list[date] = []
    for _ in range(CLOSED_MONTHS):
        month = (month - timedelta(days=1)).replace(day=1)
        out.append(month)
    return tuple(reversed(out))


def next_month(month: date) -> date:
    """The first day of the month after this one."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def month_key(month: date) -> str:
    """ "2026-10": a month as Datadog's parameters and the store name it."""
    return f"{month:%Y-%m}"


def day_is_final(day: date, now: datetime) -> bool:
    """Whether the day's usage is not corrected any more."""
    return midnight(day + timedelta(days=1)) + SETTLED_AFTER <= now


def usage_is_final(month: date, now: datetime) -> bool:
    """Whether the month's usage is not corrected any more."""
    return midnight(next_month(month)) + SETTLED_AFTER <= now


def cost_is_final(month: date, now: datetime) -> bool:
    """Whether the month's cost, and the usage that it was billed by, stand."""
    return midnight(next_month(month).replace(day=_COST_PUBLISHED_BY)) <= now


def invoice_is_final(month: date, now: datetime) -> bool:
    """Whether the month's historical cost stands."""
    return midnight(next_month(month).replace(day=_INVOICED_BY)) <= now


def row_month(value: datetime | None, asked: date) -> bool:
    """Whether a row belongs to the month that was asked for; one that names no month does."""
    return value is None or (value.year, value.month) == (asked.year, asked.month)
