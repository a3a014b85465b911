"""Days and weeks that cost far more than the same days of the weeks before."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from statistics import median

from pydantic import Field, PositiveInt

from costguard.rule import (
    Confidence,
    DailySpend,
    Effort,
    Estate,
    Evidence,
    Finding,
    Fix,
    Iterator,
    Options,
    Rule,
    money,
    timedelta,
)

DELAY = timedelta(hours=72)
"""Datadog's estimates lag by so much (docs/datadog.md, B1): a day is complete that long after its end."""

DAY, WEEK = timedelta(days=1), timedelta(days=7)

LOOK_BACK = 8
"""The most weeks that are compared with: older ones say little of what is usual now."""

SIGMA = Decimal("1.4826")
"""Median absolute deviations in a standard deviation, were the days normally distributed."""

FURTHER = 2
"""How many times as far out as the days of an anomaly another day is no part of it."""


class Anomaly(Options):
    """What is out of line."""

    weeks: PositiveInt = Field(4, description="Days of at least this many earlier weeks are needed to compare with.")
    deviations: Decimal = Field(
        Decimal(4), gt=0, description="Robust standard deviations above the usual that are still in line."
    )
    day_increase: Decimal = Field(
        Decimal("0.5"), ge=0, description="Spare days above the usual by less than this share."
    )
    week_increase: Decimal = Field(
        Decimal("0.25"), ge=0, description="Spare weeks above the usual by less than this share."
    )
    min_excess: Decimal = Field(
        Decimal(50), ge=0, description="Spare days and weeks that cost less than this much money above the usual."
    )
    recent_days: PositiveInt = Field(
        7, description="An anomaly is found while the day that showed it is among this many last complete days."
    )


@dataclass(frozen=True)
class Span:
    """A day or a week beside the same of the weeks before."""

    length: str
    """day or week."""
    last: date
    cost: Decimal
    usual: Decimal
    compared: int
    """How many earlier days or weeks the usual is the median of."""
    strays: Decimal
    """How much more than the usual is in line, by share and by deviation."""

    @property
    def first(self) -> date:
        """The first day of it."""
        return self.last if self.length == "day" else self.last - WEEK + DAY

    @property
    def excess(self) -> Decimal:
        """What it cost above the usual."""
        return self.cost - self.usual


class CostAnomaly(Rule[Anomaly]):
    """Did the cost of a product jump out of line?

    ## What it finds
    A product with a day that cost far more than the same weekday of the four to eight weeks before, or a week that did
    so although none of its days stands out. Usual is the median, and how far days stray from it decides what is far.
    Only days are judged that Datadog's estimate has had 72 hours to complete. An anomaly is found for a week after it
    shows, as one finding however long it lasts. It ends when both a day and the week up to it are halfway back in line;
    a jump after that is another anomaly and another finding, and so is, at any time, a day more than twice as far out
    as all days of the anomaly before it.

    What a month charges by its level (hosts, custom metrics) is compared by that level, so neither the first day of a
    month nor a small step of a high-water mark is an anomaly. What adds up is compared by what each day adds to the
    month's cost; under a commitment only once that is used up, because until then use costs nothing more.

    ## Why it costs
    A jump that nobody wanted (a debug flag, a loop, a test that multiplies tags) costs the same again every day. No
    saving is claimed: what to undo is not known yet.

    ## What to do
    Look at what began that day: deployments, new hosts, new log sources, new tags. `costguard bill --by day --month`
    with the day's month shows each day product by product, and what stood out.

    ## When it is wrong
    A launch, a campaign or a migration is out of line too. Public holidays are not known. An anomaly inside a
    commitment shows only later, when the commitment is used up earlier in the month.
    """

    id = "cost-anomaly"
    needs = (DailySpend,)
    Options = Anomaly

    def check(self, estate: Estate) -> Iterator[Finding]:
        last = (estate.now - DELAY).date() - DAY
        for spend in estate[DailySpend]:
            jump = self._last_jump(_costs(spend, last), weekly=spend.accumulates)
            if jump and last - jump.last < DAY * self.options.recent_days:
                yield self._finding(spend, jump)

    def _last_jump(self, costs: Mapping[date, Decimal], *, weekly: bool) -> Span | None:
        """The day or week that began the last anomaly: the same on each day that the anomaly is looked at."""
        weeks = _weeks(costs) if weekly else {}
        days = {day: self._span("day", day, costs, self.options.day_increase) for day in sorted(costs)}
        jump: Span | None = None
        lasts = False
        for last, day in days.items():
            spans = [span for span in (day, self._span("week", last, weeks, self.options.week_increase)) if span]
            known = [each for each in days.values() if each and jump and jump.first <= each.last < last]
            if lasts and not (day and self._out(day) and _further(day, known)):
                lasts = not spans or any(not self._back(span) for span in spans)
            elif out := next((span for span in spans if self._out(span)), None):
                jump, lasts = out, True
        return jump

    def _span(self, length: str, last: date, costs: Mapping[date, Decimal], increase: Decimal) -> Span | None:
        """The day or week that ends with `last`; None where it cannot be compared."""
        earlier = [costs[last - WEEK * back] for back in range(1, LOOK_BACK + 1) if last - WEEK * back in costs]
        if last not in costs or len(earlier) < self.options.weeks:
            return None
        usual = median(earlier)
        deviation = SIGMA * median([abs(cost - usual) for cost in earlier])
        strays = max(self.options.deviations * deviation, increase * usual)
        return Span(length, last, costs[last], usual, len(earlier), strays)

    def _out(self, span: Span) -> bool:
        return span.excess > max(span.strays, self.options.min_excess)

    def _back(self, span: Span) -> bool:
        # Cheap days, such as a weekend's, are never far out of line in money: a tenth of it must do for them.
        return span.excess <= max(span.strays / 2, self.options.min_excess / 10)

    def _finding(self, spend: DailySpend, jump: Span) -> Finding:
        cost, usual = money(jump.cost, spend.currency), money(jump.usual, spend.currency)
        length, when = jump.length, f"{jump.first.day} {jump.first:%B %Y}"
        days = f"costguard bill --by day --month {jump.first:%Y-%m}"
        began = f"on {when}" if length == "day" else f"in the week from {when}"
        if not spend.accumulates:
            why = f"From {when} on the month is charged {cost}, where {usual} is usual."
        elif length == "day":
            why = f"{when} cost {cost}, where {usual} is usual for a {jump.first:%A}."
        else:
            why = f"The week from {when} cost {cost}, where {usual} is usual."
        compared = f"the {jump.compared} {length}s compared with" if spend.accumulates else "earlier levels"
        source = "GET /api/v2/usage/estimated_cost"
        return self.finding(
            spend.dimension,
            why=why,
            do=f"Look at what began {began} (`{days}`), and undo what was not meant.",
            concerns=jump.excess,
            event=jump.first.isoformat(),
            confidence=Confidence.MEDIUM,
            evidence=(
                Evidence(label=f"Cost, {length} of {when}", value=cost, source=source),
                Evidence(label=f"Usual, median of {compared}", value=usual, source=source),
            ),
            effort=Effort.HOURS,
            fix=Fix(ui="Plan & Usage > Cost > Estimated cost, by day"),
        )


def _further(day: Span, known: Iterable[Span]) -> bool:
    """Whether it is out of line by far more than these days are, in proportion to what is usual for each."""
    one = Decimal(1)
    alike = (each.excess * max(one, day.usual / (each.usual or day.usual or one)) for each in known)
    return all(day.excess > FURTHER * excess for excess in alike)


def _weeks(costs: Mapping[date, Decimal]) -> dict[date, Decimal]:
    """The seven days up to each day, where all of them can be compared."""
    weeks = {day: [costs.get(day - DAY * back) for back in range(7)] for day in costs}
    known = {day: [cost for cost in found if cost is not None] for day, found in weeks.items()}
    return {day: sum(found, Decimal(0)) for day, found in known.items() if len(found) == 7}


def _costs(spend: DailySpend, last: date) -> dict[date, Decimal]:
    """What can be compared of each complete day: the month's level, or what the day added to it."""
    days = {each.day: each for each in spend.days if each.day <= last}
    if not spend.accumulates:
        return {day: each.total for day, each in days.items()}
    costs = {}
    for day, each in days.items():
        before, after = days.get(day - DAY), days.get(day + DAY)
        if day.day == 1:
            # A commitment that does not grow any more is charged as a whole on the first day.
            if not each.committed or (after and after.committed > each.committed):
                costs[day] = each.total
        elif before and (before.on_demand or not each.committed):
            # Within a commitment use costs nothing more, and the day on which it is used up is of both kinds.
            costs[day] = each.total - before.total
    return costs
