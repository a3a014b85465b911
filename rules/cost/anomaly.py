"""Days and weeks that cost far more than the same days of the weeks before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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
        7, description="An anomaly is found while its first day is among this many last complete days."
    )


@dataclass(frozen=True)
class Start:
    """Where an anomaly begins."""

    day: date
    cost: Decimal
    usual: Decimal
    compared: int
    """How many earlier days or weeks the usual is the median of."""
    over: bool = False
    """Whether a later day was back in line."""


class CostAnomaly(Rule[Anomaly]):
    """Did the cost of a product jump out of line?

    ## What it finds
    A product with a day that cost far more than the same weekday of the four to eight weeks before, or a week that did
    so although none of its days stands out. Usual is the median, and how far days stray from it decides what is far.
    Only days are judged that Datadog's estimate has had 72 hours to complete. An anomaly is found for a week after its
    first day, once, however long it lasts; it ends when a day is halfway back in line, and then a new one can begin.

    What a month charges by its level (hosts, custom metrics) is compared by that level, so neither the first day of a
    month nor a small step of a high-water mark is an anomaly. What adds up is compared by what each day adds to the
    month's cost; under a commitment only once that is used up, because until then use costs nothing more.

    ## Why it costs
    A jump that nobody wanted (a debug flag, a loop, a test that multiplies tags) costs the same again every day. No
    saving is claimed: what to undo is not known yet.

    ## What to do
    Look at what began that day (`costguard bill --by day`): deployments, new hosts, new log sources, new tags.

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
            costs = _costs(spend, last)
            day = self._last_jump(costs)
            if day and last - day.day < DAY * self.options.recent_days:
                yield self._finding(spend, day, "day")
            elif spend.accumulates and (day is None or (day.over and last - day.day >= WEEK)):
                week = self._week(costs, last)
                if week:
                    yield self._finding(spend, week, "week")

    def _last_jump(self, costs: Mapping[date, Decimal]) -> Start | None:
        """The first day of the last time that days were out of line."""
        start: Start | None = None
        for day, cost in sorted(costs.items()):
            earlier = [costs[day - WEEK * back] for back in range(1, LOOK_BACK + 1) if day - WEEK * back in costs]
            if len(earlier) < self.options.weeks:
                continue
            usual, allowed = self._range(earlier, self.options.day_increase)
            if cost - usual > allowed and (start is None or start.over):
                start = Start(day, cost, usual, len(earlier))
            elif cost - usual <= allowed / 2 and start is not None:
                start = replace(start, over=True)
        return start

    def _week(self, costs: Mapping[date, Decimal], last: date) -> Start | None:
        """The seven days up to `last`, if they are out of line and the seven before them were not."""
        weeks = []
        for back in range(LOOK_BACK + 2):
            days = [last - WEEK * back - DAY * each for each in range(7)]
            if not all(day in costs for day in days):
                break
            weeks.append(sum((costs[day] for day in days), Decimal(0)))
        this, before = self._jumped(weeks), self._jumped(weeks[1:])
        if this is None or before is not None:
            return None
        return Start(last - DAY * 6, weeks[0], this, min(len(weeks) - 1, LOOK_BACK))

    def _jumped(self, weeks: Sequence[Decimal]) -> Decimal | None:
        """The usual cost of a week if the first is out of line with those after it; None if it is not."""
        earlier = weeks[1 : LOOK_BACK + 1]
        if len(earlier) < self.options.weeks:
            return None
        usual, allowed = self._range(earlier, self.options.week_increase)
        return usual if weeks[0] - usual > allowed else None

    def _range(self, earlier: Sequence[Decimal], increase: Decimal) -> tuple[Decimal, Decimal]:
        """What is usual, and how much more is still in line."""
        usual = median(earlier)
        strayed = SIGMA * median([abs(cost - usual) for cost in earlier])
        return usual, max(self.options.deviations * strayed, increase * usual, self.options.min_excess)

    def _finding(self, spend: DailySpend, start: Start, length: str) -> Finding:
        cost, usual = money(start.cost, spend.currency), money(start.usual, spend.currency)
        when = f"{start.day.day} {start.day:%B %Y}"
        if not spend.accumulates:
            why = f"From {when} on the month is charged {cost}, where {usual} is usual."
        elif length == "day":
            why = f"{when} cost {cost}, where {usual} is usual for a {start.day:%A}."
        else:
            why = f"The week from {when} cost {cost}, where {usual} is usual."
        compared = f"the {start.compared} {length}s compared with" if spend.accumulates else "earlier levels"
        source = "GET /api/v2/usage/estimated_cost"
        return self.finding(
            spend.dimension,
            why=why,
            do=f"Look at what began on {when}, and undo what was not meant.",
            concerns=start.cost - start.usual,
            confidence=Confidence.MEDIUM,
            evidence=(
                Evidence(label=f"Cost, {length} of {when}", value=cost, source=source),
                Evidence(label=f"Usual, median of {compared}", value=usual, source=source),
            ),
            effort=Effort.HOURS,
            fix=Fix(ui="Plan & Usage > Cost > Estimated cost, by day"),
        )


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
