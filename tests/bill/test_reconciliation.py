"""The bill function beside the measured cost, line by line."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from costguard.bill import Bill, Explained, Hours, Kind, hourly_series, measure
from costguard.model.usage import HourlyUsage
from tests.bill.rows import MONTH, means, numbers, paid, used

HOSTS, METRICS, LOGS = "infra_host", "timeseries", "logs_indexed_15day"


def october() -> Bill:
    return measure(
        [
            used("infra_host_top99p", 100, 80, 20),
            used("timeseries_average", 25_000, 10_000, 5_000),
            used(f"{LOGS}_sum", 1_000_000, 900_000, 200_000),
            used("lonely_sum", 5),
        ],
        [
            paid("infra_host_committed_cost", 1_200),
            paid("infra_host_on_demand_cost", 450),
            paid("timeseries_committed_cost", 500),
            paid("timeseries_on_demand_cost", 300),
            paid(f"{LOGS}_committed_cost", "1.53"),
            paid(f"{LOGS}_on_demand_cost", "0.51"),
            paid("premier_support_committed_cost", 500),
            paid("lonely_total_cost", None),
        ],
        [],
        month=MONTH,
        currency="USD",
    )


def test_every_line_says_how_its_cost_comes_about() -> None:
    rows = {row.dimension: row for row in october().reconciliation()}

    assert list(rows) == [HOSTS, METRICS, "premier_support", LOGS, "lonely"], "the dearest first, the unknown last"
    assert rows[METRICS] == Explained(
        dimension=METRICS,
        label="Custom metrics",
        product="metrics",
        unit="time series",
        kind=Kind.AVERAGE,
        units=Decimal(25_000),
        metered=None,
        committed=Decimal(10_000),
        granted=Decimal(10_000),
        included=Decimal(10_000),
        headroom=Decimal(0),
        on_demand=Decimal(5_000),
        rate_committed=Decimal("0.05"),
        rate_on_demand=Decimal("0.06"),
        source=rows[METRICS].source,
        function_cost=Decimal(800),
        measured_cost=Decimal(800),
        rest=Decimal(0),
        notes=(),
    )
    support = rows["premier_support"]
    assert (support.units, support.included, support.headroom, support.rest) == numbers(None, None, None, 0)
    unknown = rows["lonely"]
    assert (unknown.function_cost, unknown.measured_cost, unknown.rest) == (None, None, None)


def test_what_the_function_does_not_explain_is_shown() -> None:
    bill = october()
    (row,) = (row for row in bill.reconciliation() if row.rest)

    assert (row.dimension, row.function_cost, row.measured_cost, row.rest) == (
        LOGS,
        Decimal("1.785"),
        Decimal("2.04"),
        Decimal("0.255"),
    )
    assert row.notes == (
        "on-demand usage beside an unused commitment, as with hourly metering: its cost is not explained",
    )
    assert bill.residual == Decimal("0.255")


HOURS: list[tuple[str, Hours, str, tuple[str, ...]]] = [
    ("as billed", [Decimal(100)] * 737 + [Decimal(130)] * 7, "100", ()),
    ("one in a hundred off", [Decimal(101)] * 744, "101", ()),
    (
        "not as billed",
        [Decimal(100)] * 736 + [Decimal(130)] * 8,
        "130",
        ("the 99th-percentile high-water mark of the hourly usage is 130, billed are 100",),
    ),
    (
        "no use at all",
        [None] * 744,
        "0",
        ("the 99th-percentile high-water mark of the hourly usage is 0, billed are 100",),
    ),
]


@pytest.mark.parametrize(("hours", "metered", "notes"), [case[1:] for case in HOURS], ids=[case[0] for case in HOURS])
def test_billable_units_are_held_against_the_hours(hours: Hours, metered: str, notes: tuple[str, ...]) -> None:
    rows = {row.dimension: row for row in october().reconciliation({HOSTS: hours, "nothing_billed": hours})}

    assert (rows[HOSTS].metered, rows[HOSTS].notes) == (Decimal(metered), notes)
    assert rows[METRICS].metered is None


def used_in(hour: int, value: int | None, *, org: str = "one", usage: str = "infra_hosts/host_count") -> HourlyUsage:
    """A row of the hour so many hours after the month began."""
    family, _, usage_type = usage.partition("/")
    began = datetime(2026, 10, 1, tzinfo=UTC)
    return HourlyUsage(began + timedelta(hours=hour), org, org.title(), "us", family, usage_type, value)


MAPPED = [
    means("new_thing", "count", endpoint="/api/v2/usage/hourly_usage"),
    means("two_things", "first", endpoint="/api/v2/usage/hourly_usage"),
    means("two_things", "second", endpoint="/api/v2/usage/hourly_usage"),
]


def test_hours_are_the_accounts_by_dimension() -> None:
    rows = [
        used_in(0, 3),
        used_in(0, 4, org="two"),
        used_in(743, 5),
        used_in(2, None),
        used_in(-1, 90),
        used_in(744, 91),
        used_in(1, 92, usage="infra_hosts/agent_host_count"),
        used_in(1, 7, usage="things/count"),
        used_in(1, 8, usage="things/first"),
        *(used_in(hour, None, usage="logs/billable_ingested_bytes") for hour in range(3, 743)),
    ]

    series = hourly_series(iter(rows), MAPPED, month=MONTH)

    assert {name: len(hours) for name, hours in series.items()} == {"infra_host": 744, "new_thing": 744}
    assert {name: [n for n, units in enumerate(hours) if units] for name, hours in series.items()} == {
        "infra_host": [0, 743],
        "new_thing": [1],
    }
    assert (series["infra_host"][0], series["infra_host"][743], series["new_thing"][1]) == numbers(7, 5, 7)


def test_a_month_that_was_not_read_as_a_whole_tells_nothing() -> None:
    rows = [used_in(hour, 3) for hour in range(744)]

    assert hourly_series(rows, [], month=MONTH) == {"infra_host": (Decimal(3),) * 744}
    assert hourly_series(rows[:-1], [], month=MONTH) == {}
