"""An estimate whose last day is not over: until when it is known, in each place that tells it."""

from collections.abc import Iterator
from csv import DictReader
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from costguard.model.usage import CostCharge, Row
from costguard.statements import _words as words
from costguard.statements import csv, focus, html, json, terminal
from costguard.store import Store
from tests.statement.rows import NOW, cents, charge, show, stored

CUT = datetime(2026, 11, 18, 8, tzinfo=UTC)


def until(day: int, amount: int, as_of: datetime | None = None, **about: Any) -> CostCharge:
    """A running total up to the end of a day of November, or up to the hour that Datadog wrote."""
    return charge("rum", "on_demand", amount, source="estimated", day=date(2026, 11, day), as_of=as_of, **about)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with stored(tmp_path, until(16, 10), until(17, 20), until(18, 24, CUT)) as opened:
        yield opened


def test_an_estimate_is_as_of_the_hour_that_datadog_wrote(store: Store) -> None:
    shown = show(store, month="2026-11")
    [month] = shown.months
    [source] = shown.sources
    assert shown.running is not None
    assert (month.through, month.until, month.as_of) == (date(2026, 11, 18), CUT, CUT)
    assert (source.through, source.until, source.as_of) == (date(2026, 11, 18), CUT, CUT)
    assert (shown.running.through, shown.running.until, shown.running.estimated_as_of) == (CUT.date(), CUT, CUT)
    assert words.basis(month) == words.estimate(shown.running) == "estimated until 08:00 UTC on 18 November 2026"


def test_only_the_day_that_is_not_over_says_so(store: Store) -> None:
    shown = show(store, month="2026-11", by="day", charges=True)
    assert [(line.label, line.until, cents(line.cost.total)) for line in shown.lines] == [
        ("16 November 2026", None, "10.00"),
        ("17 November 2026", None, "10.00"),
        ("18 November 2026, until 08:00 UTC", CUT, "4.00"),
    ]
    assert [(each.day, each.until) for each in shown.charges] == [
        (date(2026, 11, 16), None),
        (date(2026, 11, 17), None),
        (date(2026, 11, 18), CUT),
    ]


def test_all_formats_mark_it(store: Store) -> None:
    shown = show(store, month="2026-11", by="day")
    document = json.document(shown).model_dump(mode="json")
    assert [line["until"] for line in document["lines"]] == [None, None, "2026-11-18T08:00:00Z"]
    assert {document["months"][0]["until"], document["sources"][0]["until"], document["running"]["until"]} == {
        "2026-11-18T08:00:00Z"
    }
    charges = show(store, month="2026-11", by="day", charges=True)
    rows = list(DictReader(StringIO(csv.render(charges))))
    assert [(row["day"], row["until"]) for row in rows][1:] == [
        ("2026-11-17", ""),
        ("2026-11-18", "2026-11-18T08:00:00+00:00"),
    ]
    ends = [row["ChargePeriodEnd"] for row in DictReader(StringIO(focus.render(charges)))]
    assert ends[1:] == ["2026-11-18T00:00:00Z", "2026-11-18T08:00:00Z"]
    for text in (terminal.render(shown), html.render(shown)):
        assert "18 November 2026, until 08:00 UTC" in text


CASES: list[tuple[str, list[Row], datetime | None, datetime]] = [
    ("a whole day is as of when it was read", [until(17, 20), until(18, 24)], None, NOW),
    ("a day that a later one follows is over", [until(17, 20, CUT.replace(day=17)), until(18, 24)], None, NOW),
    (
        "an organisation that the last day does not name is as it was",
        [until(17, 20), until(17, 3, org="child"), until(18, 24, CUT)],
        CUT,
        CUT,
    ),
    (
        "the account and its organisations tell the same hour",
        [until(18, 24, CUT), until(18, 24, CUT, view="summary", org="parent")],
        CUT,
        CUT,
    ),
    (
        "of several hours the first is what all is known until",
        [until(18, 24, CUT), until(18, 3, CUT.replace(hour=6), org="child")],
        CUT.replace(hour=6),
        CUT.replace(hour=6),
    ),
]


@pytest.mark.parametrize(("rows", "known", "as_of"), [each[1:] for each in CASES], ids=[each[0] for each in CASES])
def test_until_when_the_last_day_is_known(
    tmp_path: Path, rows: list[Row], known: datetime | None, as_of: datetime
) -> None:
    with stored(tmp_path, *rows) as store:
        [month] = show(store, month="2026-11").months
    assert (month.until, month.as_of) == (known, as_of)


def test_the_last_day_of_a_month_has_to_be_over(tmp_path: Path) -> None:
    day = date(2026, 10, 31)
    for as_of, over in ((datetime(2026, 10, 31, 23, tzinfo=UTC), False), (None, True)):
        with stored(tmp_path, charge("rum", "total", 10, source="estimated", day=day, as_of=as_of)) as store:
            [month] = show(store, month="2026-10").months
        assert month.over is over
