"""Amounts, shares, numbers and times as readers see them."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from costguard import wording
from costguard.model.findings import Cause


@pytest.mark.parametrize(
    ("amount", "currency", "whole", "text"),
    [
        ("1234.5", "USD", False, "$1,234.50"),
        ("1234.5", "USD", True, "$1,235"),
        ("99.5", "USD", True, "$99.50"),
        ("0", "USD", False, "$0.00"),
        ("0", "USD", True, "$0.00"),
        ("0.004", "USD", False, "<$0.01"),
        ("-0.004", "USD", False, ">-$0.01"),
        ("-12", "USD", False, "-$12.00"),
        ("2.005", "USD", False, "$2.01"),
        ("12", "EUR", False, "€12.00"),
        ("12", "CHF", False, "CHF 12.00"),
        ("12", "\x1b[31m", False, "␛[3 12.00"),
        ("1e9", "USD", False, "$1,000,000,000.00"),
        ("1e25", "USD", False, "$10,000,000,000,000,000,000,000,000"),
    ],
)
def test_money(amount: str, currency: str, whole: bool, text: str) -> None:
    assert wording.money(Decimal(amount), currency, whole=whole) == text


def test_what_is_not_known_is_unknown() -> None:
    assert wording.money(None, "USD") == wording.count(None) == "unknown"


@pytest.mark.parametrize(
    ("part", "of", "text"),
    [("5", "200", "2.5 %"), ("0", "9", "0.0 %"), ("0.001", "9", "<0.1 %"), (None, "9", None), ("1", "0", None)],
)
def test_share(part: str | None, of: str, text: str | None) -> None:
    assert wording.share(None if part is None else Decimal(part), Decimal(of)) == text


@pytest.mark.parametrize(
    ("amount", "text"), [("86400", "86,400"), ("12.50", "12.5"), ("0", "0"), ("100", "100"), ("1E+6", "1,000,000"),
     ("0.001", "<0.01"), ("-0.001", ">-0.01")]
)  # fmt: skip
def test_count(amount: str, text: str) -> None:
    assert wording.count(Decimal(amount)) == text


@pytest.mark.parametrize(
    ("units", "unit", "text"),
    [
        ("450", "hosts", "450 hosts"),
        ("28E12", "bytes", "28,000 GB"),
        ("1500", "bytes", "<0.01 GB"),
        ("0", "bytes", "0 GB"),
        ("9999999", "events", "9,999,999 events"),
        ("2043346000", "events", "2,043.35 million events"),
        ("-613346000", "events", "-613.35 million events"),
        ("3", "\x1b[31m", "3 ␛[31m"),
        (None, "hosts", "unknown"),
    ],
)
def test_quantities_are_short_and_have_a_unit(units: str | None, unit: str, text: str) -> None:
    assert wording.quantity(None if units is None else Decimal(units), unit) == text


def test_numbers_of_one_scale_can_be_compared() -> None:
    told = wording.scale("events", Decimal(2_000_000_000), None, Decimal(5))
    assert told.unit == "million events"
    assert [told.of(Decimal(each)) for each in (2_000_000_000, 250_000, 5, 0)] == ["2,000", "0.25", "<0.01", "0"]
    assert told.of(None) == "unknown"


def test_times_are_said_in_utc() -> None:
    moment = datetime(2026, 11, 1, 1, 5, tzinfo=timezone(timedelta(hours=2)))
    assert wording.minute(moment) == "31 October 2026, 23:05 UTC"
    assert wording.day(moment) == "31 October 2026"
    assert wording.month(date(2026, 10, 1)) == "October 2026"
    assert wording.utc(moment).tzinfo is UTC
    with pytest.raises(ValueError, match="no time zone"):
        wording.utc(datetime(2026, 11, 1))  # noqa: DTZ001


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_words(cause: Cause) -> None:
    assert "_" not in wording.cause(cause)


def test_products_are_headings() -> None:
    assert [wording.product(each) for each in ("synthetics", "apm", "custom_thing")] == [
        "Synthetics",
        "APM",
        "Custom thing",
    ]
