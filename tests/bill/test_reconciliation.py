"""The bill function beside the measured cost, line by line."""

from decimal import Decimal

import pytest

from costguard.bill import Bill, Explained, Hours, Kind, Measured, measure, metered
from costguard.bill.attributed import attributed
from costguard.model.money import PriceSource
from tests.bill.rows import MONTH, agreed, means, numbers, paid, used

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
        source_committed=PriceSource.MEASURED,
        source_on_demand=PriceSource.MEASURED,
        own_prices=True,
        agreed_cost=Decimal(0),
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


def hours(units: int) -> Hours:
    """A month with so many units in each hour but its seven highest."""
    return Hours(Decimal(units), Decimal(units * 737 + 7 * 900), Decimal(900), 744)


HOURS: list[tuple[str, int, tuple[str, ...]]] = [
    ("as billed", 100, ()),
    ("one in a hundred off", 101, ()),
    ("not as billed", 130, ("the 99th-percentile high-water mark of the hourly usage is 130, billed are 100",)),
    ("no use at all", 0, ("the 99th-percentile high-water mark of the hourly usage is 0, billed are 100",)),
]


@pytest.mark.parametrize(("units", "notes"), [case[1:] for case in HOURS], ids=[case[0] for case in HOURS])
def test_billable_units_are_held_against_the_hours(units: int, notes: tuple[str, ...]) -> None:
    rows = {row.dimension: row for row in october().reconciliation({HOSTS: hours(units), "nothing": hours(units)})}

    assert (rows[HOSTS].metered, rows[HOSTS].notes) == (Decimal(units), notes)
    assert rows[METRICS].metered is None


def test_a_month_of_hours_is_one_number_of_each_kind() -> None:
    month = Hours(Decimal(30), Decimal(14_880), Decimal(50), 744)

    assert {kind: month.billable(kind) for kind in Kind} == {
        Kind.HIGH_WATER: Decimal(30),
        Kind.SUM: Decimal(14_880),
        Kind.AVERAGE: Decimal(20),
        Kind.MAXIMUM: Decimal(50),
        Kind.CONTAINER_HOURS: Decimal(14_880),
        Kind.UNKNOWN: None,
    }


HOURLY = "/api/v2/usage/hourly_usage"

MAPPED = [
    means("new_thing", "count", endpoint=HOURLY),
    means("two_things", "first", endpoint=HOURLY),
    means("two_things", "second", endpoint=HOURLY),
]


def test_hours_are_of_the_one_measurement_that_a_dimension_is_billed_by() -> None:
    measurements = [
        "infra_hosts/host_count",
        "infra_hosts/agent_host_count",
        "things/count",
        "things/first",
        "things/second",
        "things/third",
    ]
    measured = [
        Measured(family, usage_type, hours(number))
        for number, (family, usage_type) in enumerate(name.split("/") for name in measurements)
    ]

    assert metered(iter(measured), MAPPED) == {HOSTS: hours(0), "new_thing": hours(2)}


def test_sessions_of_browsers_and_of_mobiles_are_one_sum_where_datadog_bills_them_as_one() -> None:
    measured = [
        Measured("rum_browser_sessions", "session_count", hours(30)),
        Measured("rum_mobile_sessions", "session_count", hours(12)),
    ]
    as_one = metered(measured, [means("rum", "session_count", endpoint=HOURLY)])
    assert {dimension: each.total for dimension, each in as_one.items()} == {"rum": hours(30).total + hours(12).total}
    assert metered(measured, []) == {"rum_lite": hours(30), "rum": hours(12)}
    assert attributed("rum_browser_mobile_sessions_usage") == "rum"


def test_prices_of_the_bill_itself_are_told_from_all_others() -> None:
    """A price that is worked out of the month's own cost explains it whatever it is."""
    usage = [used("infra_host_top99p", 100, 80, 20), used("dbm_host_top99p", 5, 0, 5), used("rum_lite_sum", 0, 0, 0)]
    cost = [
        paid("infra_host_committed_cost", 1_200),
        paid("infra_host_on_demand_cost", 450),
        paid("dbm_host_on_demand_cost", 70),
    ]
    bill = measure(usage, cost, [], month=MONTH, currency="USD", contract=agreed("dbm_host", on_demand="14"))
    assert {row.dimension: row.own_prices for row in bill.reconciliation()} == {
        HOSTS: True,
        "dbm_host": False,
        "rum_lite": False,
    }
    listed = measure(usage, [], [], month=MONTH, currency="USD")
    assert not any(row.own_prices for row in listed.reconciliation())


INCLUDED = [
    (
        "nothing grants hosts",
        "infra_host",
        450,
        300,
        50,
        ("100 hosts are neither committed nor on demand, and nothing known includes them",),
    ),
    ("all of them are paid for", "infra_host", 450, 300, 150, ()),
    ("nothing is left over", "infra_host", 450, 400, 50, ()),
]


@pytest.mark.parametrize(
    ("dimension", "units", "committed", "on_demand", "told"),
    [case[1:] for case in INCLUDED],
    ids=[case[0] for case in INCLUDED],
)
def test_units_that_nothing_known_includes_are_told(
    dimension: str, units: int, committed: int, on_demand: int, told: tuple[str, ...]
) -> None:
    bill = measure(
        [used(f"{dimension}_top99p", units, committed, on_demand)],
        [paid(f"{dimension}_committed_cost", committed * 15), paid(f"{dimension}_on_demand_cost", on_demand * 18)],
        [],
        month=MONTH,
        currency="USD",
    )
    (row,) = bill.reconciliation()
    assert row.rest == 0, "a price that is worked out of the bill explains all of it"
    assert [any(text in note for note in row.notes) for text in told] == [True] * len(told)
    assert len(row.notes) == len(told)
