"""How values are read: a table a reader."""

from datetime import UTC, datetime
from decimal import Decimal, localcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costguard.datadog.collectors.synthetics import weekly_seconds
from costguard.datadog.extras import amount, fits, unfit
from costguard.datadog.raw import MalformedError, decimal, identity, integer, moment, read_each, texts
from costguard.model.findings import Cause, Gap
from costguard.model.resources import Monitor

AT = datetime(2024, 8, 6, 12, 3, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2024-08-06T12:03:17+00:00", AT),
        ("2024-08-06T12:03:17Z", AT),
        ("2024-08-06T12:03:17", AT),
        ("2024-08-06 12:03:17", AT),
        ("2024-08-06T14:03:17+0200", AT),
        ("2024-08-06T12:03:17.451148+00:00", AT.replace(microsecond=451_148)),
        ("2024-08-06T12:03:17.451Z", AT.replace(microsecond=451_000)),
        ("2024-08-06T12", AT.replace(minute=0, second=0)),
        ("2024-08-06", AT.replace(hour=0, minute=0, second=0)),
        (1_722_945_797, AT),
        (1_722_945_797_000, AT),
        (1_722_945_797.5, AT.replace(microsecond=500_000)),
        ("1722945797", AT),
        ("1722945797000", AT),
        (0, None),
        (-5, None),
        (True, None),
        (None, None),
        ("", None),
        ("yesterday", None),
        ("9" * 400, None),
        ("²", None),
        (".", None),
        ("0001-01-01T00:00:00+05:00", None),
        (10**400, None),
        (1e300, None),
        ({"year": 2024}, None),
    ],
)
def test_moments(written: object, meant: datetime | None) -> None:
    """ISO with and without an offset, seconds and milliseconds; everything in UTC, nonsense is None."""
    assert moment(written) == meant
    read = moment(written)
    assert read is None or read.tzinfo is UTC


@pytest.mark.parametrize(
    ("written", "number", "whole"),
    [
        (15, Decimal(15), 15),
        (15.0, Decimal("15.0"), 15),
        ("15", Decimal(15), 15),
        (0.1, Decimal("0.1"), None),
        (True, None, None),
        (None, None, None),
        ("", None, None),
        ("NaN", None, None),
        ("1e999999999", None, None),
        (2**63, Decimal(2**63), None),
        (-(2**63), Decimal(-(2**63)), -(2**63)),
        (10**20, None, None),
        (float("inf"), None, None),
        ([15], None, None),
    ],
)
def test_numbers(written: object, number: Decimal | None, whole: int | None) -> None:
    """Decimals exactly as written; whole numbers also where they are written otherwise."""
    assert decimal(written) == number
    assert integer(written) == whole


@pytest.mark.parametrize("written", [None, "", True, 1.5, [], {}])
def test_an_item_without_an_id_is_malformed(written: object) -> None:
    """What cannot be told from others cannot be kept."""
    with pytest.raises(MalformedError):
        identity(written)


def test_texts_leave_out_what_is_no_text() -> None:
    """A null or a number among tags costs that tag only."""
    assert texts(["a:b", None, 3, "c"]) == ("a:b", "c")
    assert texts(None) == ()


def test_what_cannot_be_read_is_counted_and_not_repeated() -> None:
    """One gap with the count and the reason, without the value, which may be anything."""
    items = [{"id": 1, "type": "a"}, "no object", {"id": 2, "type": ["secret"]}, {"type": "b"}]
    read = read_each(
        items,
        lambda raw: Monitor(org="acme", id=identity(raw.get("id")), type=raw["type"]),
        org="acme",
        what="monitor",
        plural="monitors",
    )
    first, gap = read
    assert isinstance(first, Monitor)
    assert isinstance(gap, Gap)
    assert (gap.what, gap.cause, gap.optional) == ("monitor", Cause.MALFORMED, False)
    assert "3 of 4 monitors could not be read" in gap.hint
    assert "secret" not in gap.hint


WEEK = 7 * 86_400


@pytest.mark.parametrize(
    ("timeframes", "seconds"),
    [
        (None, WEEK),
        ([], WEEK),
        ([{"day": 1, "from": "07:00", "to": "16:00"}], 9 * 3600),
        ([{"day": day, "from": "00:00", "to": "24:00"} for day in range(1, 8)], WEEK),
        ([{"day": 1, "from": "07:00", "to": "16:00"}, {"day": 1, "from": "15:00", "to": "17:30"}], 10.5 * 3600),
        ([{"day": 1, "from": "07:00", "to": "16:00"}] * 3, 9 * 3600),
        ([{"day": 1, "from": "08:00", "to": "12:00"}, {"day": 1, "from": "13:00", "to": "17:00"}], 8 * 3600),
        ([{"day": 1, "from": "18:00", "to": "00:00"}], 6 * 3600),
        ([{"day": 1, "from": "22:00", "to": "06:00"}], 8 * 3600),
        ([{"day": 7, "from": "22:00", "to": "06:00"}, {"day": 1, "from": "05:00", "to": "07:00"}], 9 * 3600),
        ([{"day": 1, "from": "07:00", "to": "16:00"}, {"day": 9, "from": "x"}, None], 9 * 3600),
        ([{"day": 1, "from": "25:00", "to": "16:00"}], WEEK),
    ],
)
def test_weekly_seconds(timeframes: object, seconds: float) -> None:
    """What a schedule lets run: overlaps once, past midnight into the next day, a whole week without a schedule."""
    assert weekly_seconds(timeframes) == seconds


@pytest.mark.parametrize(
    ("written", "whole"),
    [
        *((number, True) for number in (0, 3, 0.0, -0.1, 0.012345678901234567, 1e-18, 12345678901234567890, "0.25")),
        *((number, False) for number in (1e-19, 1.2345678901234567e-7, -1e-300, "1e-19", "0.1234567890123456789")),
        (None, True),
        ("?", False),
        (1e300, False),
    ],
)
def test_what_a_column_of_decimals_rounds_is_known(written: Any, whole: bool) -> None:
    assert fits(written, amount(written)) is whole
    assert unfit("cost", written, amount(written)) == ({} if whole else {"cost": written})


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_fits_is_the_same_after_the_column(written: float) -> None:
    """18 places of it are the number itself."""
    kept = amount(written)
    if kept is not None and fits(written, kept):
        with localcontext() as context:
            context.prec = 60
            assert round(kept, 18) == kept
