"""What a month's hours come to, and what removing something from them frees."""

from collections.abc import Sequence
from decimal import Decimal

import pytest

from costguard.bill import KINDS, Kind, billable, freed, freed_high_water, kind_of, product_of, together

ZERO = Decimal(0)


def hours(*runs: tuple[int, int | None]) -> list[Decimal | None]:
    """So many hours of so much, run after run."""
    return [None if units is None else Decimal(units) for count, units in runs for _ in range(count)]


SERIES: list[tuple[str, Kind, Sequence[Decimal | None], str]] = [
    ("the top 7 of 720 hours do not count", Kind.HIGH_WATER, hours((713, 10), (7, 99)), "10"),
    ("the 8th highest does", Kind.HIGH_WATER, hours((712, 10), (8, 99)), "99"),
    ("of 744 hours it is 7 as well", Kind.HIGH_WATER, hours((736, 10), (1, 42), (7, 99)), "42"),
    ("of 672 hours it is 6", Kind.HIGH_WATER, hours((665, 10), (1, 42), (6, 99)), "42"),
    ("less than 100 hours: the highest", Kind.HIGH_WATER, hours((1, 3), (1, 99), (40, 5)), "99"),
    ("wherever the peaks are", Kind.HIGH_WATER, hours((4, 99), (713, 10), (3, 99)), "10"),
    ("an hour without a value had no use", Kind.HIGH_WATER, hours((713, None), (7, 99)), "0"),
    ("a sum", Kind.SUM, hours((700, 2), (44, None)), "1400"),
    ("an average of all hours", Kind.AVERAGE, hours((360, 30), (360, 10)), "20"),
    ("those without a value too", Kind.AVERAGE, hours((360, 30), (360, None)), "15"),
    ("a maximum", Kind.MAXIMUM, hours((743, 3), (1, 8)), "8"),
    ("container-hours", Kind.CONTAINER_HOURS, hours((744, 12)), "8928"),
    *((f"nothing, {kind}", kind, (), "0") for kind in Kind),
]


@pytest.mark.parametrize(("kind", "series", "units"), [case[1:] for case in SERIES], ids=[case[0] for case in SERIES])
def test_a_months_hours_become_one_number(kind: Kind, series: Sequence[Decimal | None], units: str) -> None:
    assert billable(kind, series) == Decimal(units)


REMOVED = [
    ("off the peaks: nothing", hours((712, 10), (8, 50)), hours((712, 10), (8, 0)), "0"),
    ("always on: all of it", hours((712, 10), (8, 50)), hours((720, 4)), "4"),
    ("only the peaks: down to the rest", hours((712, 10), (8, 50)), hours((712, 0), (8, 50)), "40"),
    ("one peak hour: the high-water mark moves down by one place", hours((719, 10), (1, 50)), hours((720, 1)), "1"),
    ("ten hosts that ran for seven hours", hours((713, 20), (7, 30)), hours((713, 0), (7, 10)), "0"),
    ("never more than there was", hours((720, 10)), hours((720, 25)), "10"),
    ("hours without a value", hours((720, None)), hours((720, 5)), "0"),
]


@pytest.mark.parametrize(
    ("before", "removed", "units"), [case[1:] for case in REMOVED], ids=[case[0] for case in REMOVED]
)
def test_a_high_water_mark_drops_by_what_ran_at_its_height(
    before: Sequence[Decimal | None], removed: Sequence[Decimal | None], units: str
) -> None:
    assert freed_high_water(before, removed) == Decimal(units)


def test_every_kind_of_series_can_be_freed_of_something() -> None:
    before, removed = hours((100, 10), (20, 40)), hours((100, 1), (20, 10))

    assert {kind: freed(kind, before, removed) for kind in Kind} == {
        Kind.HIGH_WATER: Decimal(10),
        Kind.SUM: Decimal(300),
        Kind.AVERAGE: Decimal("2.5"),
        Kind.MAXIMUM: Decimal(10),
        Kind.CONTAINER_HOURS: Decimal(300),
    }


def test_series_of_different_length_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="shorter"):
        freed_high_water(hours((720, 10)), hours((719, 1)))


def test_the_account_is_billed_for_its_organisations_together() -> None:
    """Peaks of organisations at different hours do not add up."""
    one, other = hours((10, 9), (710, 1)), hours((710, 1), (10, 9))

    both = together([one, other])

    assert billable(Kind.HIGH_WATER, both) == 10
    assert billable(Kind.HIGH_WATER, one) + billable(Kind.HIGH_WATER, other) == 18
    assert together([hours((1, None)), hours((1, 3))]) == (Decimal(3),)


KEYS = [
    ("infra_host", "infra_host_top99p", Kind.HIGH_WATER),
    ("infra_host", "infra_host_sum", Kind.AVERAGE),  # host-hours become hosts when they are read
    ("infra_host", "", Kind.HIGH_WATER),
    ("infra_container", "infra_container_sum", Kind.CONTAINER_HOURS),
    ("timeseries", "timeseries_average", Kind.AVERAGE),
    ("ci_pipeline", "ci_pipeline_maximum", Kind.MAXIMUM),
    ("logs_indexed_15day", "logs_indexed_15day_sum", Kind.SUM),
    ("brand_new_thing", "brand_new_thing_top99p", Kind.HIGH_WATER),
    ("brand_new_thing", "", Kind.SUM),
]


@pytest.mark.parametrize(("dimension", "key", "kind"), KEYS)
def test_the_kind_is_the_plans_own_else_the_usual_one(dimension: str, key: str, kind: Kind) -> None:
    assert kind_of(dimension, key) is kind


def test_all_dimensions_with_a_kind_of_their_own_have_a_product() -> None:
    assert {each for each in KINDS if product_of(each) == "other"} == {"data_stream_monitoring"}
