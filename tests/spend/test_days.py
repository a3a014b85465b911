"""What a product cost day by day is what was estimated, and no charge counts twice."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from costguard.model.spend import DailySpend, SpentDay
from costguard.model.usage import CostCharge
from tests.spend.account import NOW, by_day, charge, found


def days(**amounts: int | tuple[int, int]) -> tuple[SpentDay, ...]:
    """The days of November by their number: what is committed and on demand, or what is on demand."""
    found = []
    for day, told in amounts.items():
        committed, on_demand = (Decimal(amount) for amount in (told if isinstance(told, tuple) else (0, told)))
        found.append(SpentDay(day=date(2026, 11, int(day[1:])), committed=committed, on_demand=on_demand))
    return tuple(found)


D1, D2, D3 = (date(2026, 11, number) for number in (1, 2, 3))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            [*charge("rum", D1, committed=5, on_demand=2), *charge("rum", D2, committed=5, on_demand=3)],
            {"d1": (5, 2), "d2": (5, 3)},
        ),
        ([*charge("rum", D1, committed=5, on_demand=2, total=7)], {"d1": (5, 2)}),
        ([*charge("rum", D1, committed=5, total=7)], {"d1": (5, 2)}),
        ([*charge("rum", D1, total=7)], {"d1": 7}),
        ([*charge("rum", D1, committed=3), *charge("rum", D1, committed=2, on_demand=1)], {"d1": (5, 1)}),
        ([*charge("rum", D1, committed=None, on_demand=4)], {"d1": 4}),
        (
            [*charge("rum", D1, on_demand=9), *charge("rum", D1, view="sub-org", on_demand=6)],
            {"d1": 9},
        ),
        (
            [
                *charge("rum", D1, view="sub-org", on_demand=6),
                *charge("rum", D1, view="sub-org", org="child", on_demand=3),
            ],
            {"d1": 9},
        ),
        # Another product was told of on the first: this one had cost nothing by then.
        ([*charge("apm_host", D1, on_demand=1), *charge("rum", D2, on_demand=4)], {"d1": 0, "d2": 4}),
        # A day on which it is missing although it had cost something is not known.
        (
            [*charge("rum", D1, on_demand=4), *charge("apm_host", D2, on_demand=1), *charge("rum", D3, on_demand=6)],
            {"d1": 4, "d3": 6},
        ),
        ([*charge("rum", D1, source="historical", on_demand=9), *charge("rum", D2, on_demand=4)], {"d2": 4}),
        ([*charge("rum", NOW.date(), on_demand=9), *charge("rum", D2, on_demand=4)], {"d2": 4}),
        ([*charge("rum", date(2026, 7, 31), on_demand=9), *charge("rum", D2, on_demand=4)], {"d2": 4}),
    ],
    ids=[
        *("committed and on demand", "a total repeats", "on demand by the total", "a total alone", "two orders"),
        *("no amount", "both views", "organisations only", "nothing before", "a hole", "other sources", "today", "old"),
    ],
)  # fmt: skip
def test_days_are_running_totals_without_what_repeats(
    tmp_path: Path, rows: list[CostCharge], expected: Mapping[str, int | tuple[int, int]]
) -> None:
    rum = found(tmp_path, by_day(rows), DailySpend)["rum"]
    assert rum.days == days(**expected)
    assert (rum.org, rum.currency, rum.dimension.id) == ("acme", "USD", "rum")


@pytest.mark.parametrize(
    ("product", "accumulates"),
    [("rum", True), ("infra_container", True), ("infra_host", False), ("timeseries", False), ("never_heard_of", True)],
)
def test_whether_days_add_up_is_how_the_dimension_is_billed(tmp_path: Path, product: str, accumulates: bool) -> None:
    spent = found(tmp_path, by_day(charge(product, D1, on_demand=1)), DailySpend)[product]
    assert spent.accumulates is accumulates
