"""An anomaly is one finding on each day that it is looked at, and the next anomaly is another one."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from costguard.engine import judge_one
from costguard.estate import Estate
from costguard.model.findings import Finding
from costguard.model.spend import DailySpend, SpentDay
from costguard.registry import discover
from costguard.rule import Rule
from costguard.testing import NOW, ORG

[RULE] = [rule for rule in discover() if rule.id == "cost-anomaly"]
WEEK = (100, 100, 100, 100, 100, 40, 40)
FIRST = date(2026, 7, 6)
"""A Monday."""
KEPT = 70
"""Days that are looked at before each of them: the oldest fall out, as they do in the store."""


def run(costs: Sequence[float]) -> dict[date, Finding]:
    """What is found on each day, by the last day that is complete then."""
    rule: Rule[Any] = RULE.configured({})
    found = {}
    for until in range(KEPT, len(costs) + 1):
        last = FIRST + timedelta(days=until - 1)
        days = _running(costs[until - KEPT : until], last - timedelta(days=KEPT - 1))
        spend = DailySpend(org=ORG, id="rum", name="RUM", days=days)
        now = datetime.combine(last + timedelta(days=4), datetime.min.time(), NOW.tzinfo)
        estate = Estate({DailySpend: [spend]}, now=now, seen={ORG: frozenset({DailySpend.kind})}).of(ORG)
        for finding in judge_one(rule, estate):
            found[last] = finding
    return found


def _running(costs: Sequence[float], first: date) -> tuple[SpentDay, ...]:
    days, so_far = [], Decimal(0)
    for place, cost in enumerate(costs):
        day = first + timedelta(days=place)
        so_far = Decimal(str(cost)) + (so_far if day.day > 1 else 0)
        days.append(SpentDay(day=day, on_demand=so_far))
    return tuple(days)


def scaled(weeks: int, factor: float = 1) -> list[float]:
    return [cost * factor for cost in WEEK] * weeks


@pytest.mark.parametrize("factor", [1.3, 1.35, 1.45, 1.55, 1.6, 2, 4])
@pytest.mark.parametrize("weekday", range(7))
def test_a_step_is_said_once_however_long_it_lasts(factor: float, weekday: int) -> None:
    costs = scaled(14) + list(WEEK[:weekday]) + [cost * factor for cost in WEEK[weekday:]] + scaled(6, factor)
    found = run(costs)
    days = sorted(found)
    assert len({finding.fingerprint for finding in found.values()}) == 1
    assert len({finding.why for finding in found.values()}) == 1
    # For a week on end, and not again.
    assert days == [days[0] + timedelta(days=place) for place in range(7)]


def test_a_step_of_which_one_day_stands_out_is_not_said_again_as_a_week() -> None:
    step = scaled(3, 1.35)
    step[2] = 160
    found = run(scaled(14) + step)
    assert len({finding.fingerprint for finding in found.values()}) == 1
    assert {finding.why for finding in found.values()} == {
        "14 October 2026 cost $160.00, where $100.00 is usual for a Wednesday."
    }


def test_the_next_jump_of_the_same_product_is_a_new_finding() -> None:
    costs = scaled(18)
    costs[14 * 7 + 1] = costs[16 * 7 + 1] = 500
    found = run(costs)
    assert list(dict.fromkeys(finding.event for finding in found.values())) == ["2026-10-13", "2026-10-27"]
    assert len({finding.fingerprint for finding in found.values()}) == 2
    assert len(found) == 14


def test_a_dearer_day_within_a_week_of_another_is_a_finding_of_its_own() -> None:
    costs = scaled(18)
    costs[14 * 7 + 1], costs[15 * 7] = 500, 5000
    found = run(costs)
    assert list(dict.fromkeys(finding.why for finding in found.values())) == [
        "13 October 2026 cost $500.00, where $100.00 is usual for a Tuesday.",
        "19 October 2026 cost $5,000.00, where $100.00 is usual for a Monday.",
    ]
    assert len({finding.fingerprint for finding in found.values()}) == 2
    assert max(found) == date(2026, 10, 25)


def test_a_dear_day_amid_a_long_step_is_a_finding_of_its_own_and_the_step_is_not_said_again() -> None:
    step = scaled(5, 1.35)
    step[16] = 2000
    found = run(scaled(14) + step)
    assert list(dict.fromkeys(finding.event for finding in found.values())) == ["2026-10-10", "2026-10-28"]


def test_days_as_dear_as_those_of_the_week_before_are_the_same_finding() -> None:
    week = [300.0, 300, 320, 300, 290, 40, 40]
    found = run(scaled(14) + week * 3)
    assert {finding.event for finding in found.values()} == {"2026-10-12"}
