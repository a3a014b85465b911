"""What can be asked of the bill: which months, and by what it is broken down."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from costguard.errors import CostguardError, shown
from costguard.wording import month as month_name

BREAKDOWNS = ("product", "org", "usage-type", "day")
TAG = "tag:"

TREND = 15
"""Months of the trend: as many as Datadog keeps."""


class StatementError(CostguardError):
    """The bill cannot be shown as asked; one line: which option, why, what there is instead."""


@dataclass(frozen=True, slots=True)
class Request:
    """The months and the breakdown, as asked; a month that is None is the store's choice."""

    first: date | None = None
    last: date | None = None
    by: str = "product"
    org: str | None = None
    """The one organisation to show, by its name in the settings or in Datadog, or by its public id."""
    charges: bool = False
    """Whether the finest cells are wanted as well."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The tag keys to break down by; () where it is not by tags."""
        return tuple(self.by.removeprefix(TAG).split(",")) if self.by.startswith(TAG) else ()


def request(
    month: str | None = None,
    first: str | None = None,
    last: str | None = None,
    by: str = "product",
    *,
    org: str | None = None,
    charges: bool = False,
) -> Request:
    """A request of the options' texts; raises StatementError."""
    if month and (first or last):
        raise StatementError("--month: cannot be used with --from or --to; use one or the other")
    start = _month("--month", month) if month else _month("--from", first)
    end = start if month else _month("--to", last)
    if start and end and start > end:
        raise StatementError(f"--from {shown(str(first))}: comes after --to {shown(str(last))}; swap them")
    asked = Request(first=start, last=end, by=by, org=org, charges=charges)
    if by not in BREAKDOWNS and not (asked.keys and all(asked.keys) and len(set(asked.keys)) == len(asked.keys)):
        raise StatementError(f"--by {shown(by)}: unknown; choose one of {', '.join(BREAKDOWNS)}, {TAG}KEY")
    return asked


def months_of(
    asked: Request, costs: Collection[date], uses: Collection[date], now: date, *, remedy: str
) -> tuple[date, ...]:
    """The months to show, of those with cost or, where there is no cost at all, of those with usage.

    Asked for nothing: the last closed month. Raises StatementError where the store has none of those asked for, with
    the `remedy` where it has none at all.
    """
    known = sorted(costs) or sorted(uses)
    if not known:
        raise StatementError(f"the store has no cost and no billable usage of any month; {remedy}")
    closed = [month for month in known if month < now.replace(day=1)]
    last = asked.last or max([(closed or known)[-1], *([asked.first] if asked.first else [])])
    first = asked.first or (last if asked.last is None else min(known[0], last))
    found = tuple(month for month in known if first <= month <= last)
    if not found:
        option = "--month" if first == last else "--from"
        span = month_name(first) if first == last else f"{month_name(first)} to {month_name(last)}"
        raise StatementError(f"{option} {first:%Y-%m}: the store has no cost of {span}; it has {spans(known)}")
    return found


def spans(months: Sequence[date]) -> str:
    """Months in a sentence: "October 2026", "March 2026 and June 2026 to November 2026"."""
    runs: list[list[date]] = []
    for month in months:
        if runs and following(runs[-1][-1]) == month:
            runs[-1].append(month)
        else:
            runs.append([month])
    words = [month_name(run[0]) + (f" to {month_name(run[-1])}" if len(run) > 1 else "") for run in runs]
    return " and ".join(([", ".join(words[:-1])] if words[:-1] else []) + words[-1:])


def following(month: date) -> date:
    """The first day of the next month."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def before(month: date, count: int = 1) -> date:
    """The first day of the month `count` months earlier."""
    years, months = divmod(month.year * 12 + month.month - 1 - count, 12)
    return date(years, months + 1, 1)


def between(first: date, last: date) -> tuple[date, ...]:
    """All months from the first to the last."""
    months = []
    while first <= last:
        months.append(first)
        first = following(first)
    return tuple(months)


def _month(option: str, text: str | None) -> date | None:
    if text is None:
        return None
    if not re.fullmatch(r"20[0-9]{2}-(0[1-9]|1[0-2])", text):
        raise StatementError(f"{option} {shown(text)}: there is no such month; write it like 2026-10")
    return date.fromisoformat(f"{text}-01")
