"""How Datadog's usage and cost rows become a bill."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest

from costguard.bill import Bill, Line, billed_by_org, latest_month, measure
from costguard.model.money import PriceSource
from costguard.model.usage import BillableUsage, DimensionKey, MonthlyCost
from tests.bill.rows import MONTH, means, numbers, paid, used

ZERO = Decimal(0)
API = "synthetics_api_tests"
SEPTEMBER = date(2026, 9, 1)


def october(
    billable: Sequence[BillableUsage], costs: Sequence[MonthlyCost] = (), keys: Sequence[DimensionKey] = ()
) -> Bill:
    return measure(billable, costs, keys, month=MONTH, currency="USD")


def only(bill: Bill) -> Line:
    (line,) = bill.lines.values()
    return line


NOT_GRANTED = (
    "{} units are neither committed nor on demand, and nothing known includes them: read as included; "
    "contract.allotments can say what was agreed"
)
"""What is said of units that no commitment, no price and no allotment is known for."""

# Each: the account's (billable, committed, on demand), the cost fields, then what is read of them: committed units,
# on-demand units, allotment, price of a committed unit, of one on demand, residual, and what the bill remarks.
Reported = tuple[int | None, int | None, int | None]
CASES: list[tuple[str, Reported, dict[str, str | None], tuple[str | None, ...], str]] = [
    ("all on demand", (100, 0, 100), {"on_demand": "50"}, ("0", "100", "0", None, "0.5", "0"), ""),
    (
        "a commitment and an allotment are told apart",
        (100, 50, 20),
        {"committed": "10", "on_demand": "8"},
        ("50", "20", "30", "0.2", "0.4", "0"),
        NOT_GRANTED.format(30),
    ),
    (
        "an unused commitment is paid for as well",
        (30, 50, 0),
        {"committed": "10", "on_demand": "0"},
        ("50", "0", "0", "0.2", None, "0"),
        "",
    ),
    (
        "a commitment without any use",
        (0, 50, 0),
        {"committed": "10"},
        ("50", "0", "0", "0.2", None, "0"),
        "",
    ),
    (
        "all inside what is included",
        (100, 0, 0),
        {"total": "0"},
        ("0", "0", "100", None, None, "0"),
        NOT_GRANTED.format(100),
    ),
    (
        "a total is on demand where nothing is committed",
        (100, 0, 100),
        {"total": "50"},
        ("0", "100", "0", None, "0.5", "0"),
        "",
    ),
    (
        "a total is committed where nothing is on demand",
        (30, 50, 0),
        {"total": "10"},
        ("50", "0", "0", "0.2", None, "0"),
        "",
    ),
    (
        "a total for both has one price",
        (100, 60, 20),
        {"total": "40"},
        ("60", "20", "20", "0.5", "0.5", "0"),
        NOT_GRANTED.format(20),
    ),
    (
        "a total is never added to its parts",
        (100, 50, 20),
        {"committed": "10", "on_demand": "8", "total": "18"},
        ("50", "20", "30", "0.2", "0.4", "0"),
        NOT_GRANTED.format(30),
    ),
    (
        "a total tells the part that is missing",
        (100, 50, 50),
        {"committed": "10", "on_demand": None, "total": "30"},
        ("50", "50", "0", "0.2", "0.4", "0"),
        "",
    ),
    (
        "on-demand use that is not reported is what exceeds the commitment",
        (100, 80, None),
        {"committed": "8", "on_demand": "4"},
        ("80", "20", "0", "0.1", "0.2", "0"),
        "",
    ),
    (
        "or none, if none was paid for",
        (100, 80, None),
        {"committed": "8", "on_demand": "0"},
        ("80", "0", "20", "0.1", None, "0"),
        NOT_GRANTED.format(20),
    ),
    (
        "nothing committed was paid for, so nothing is",
        (100, None, None),
        {"on_demand": "20"},
        ("0", "100", "0", None, "0.2", "0"),
        "",
    ),
    (
        "nothing on demand was paid for, so all of it is committed",
        (100, None, None),
        {"committed": "20", "on_demand": "0"},
        ("100", "0", "0", "0.2", None, "0"),
        "the size of the commitment is not known: read as the usage that is not on demand",
    ),
    (
        "a commitment that is paid for but reported as nothing",
        (100, 0, 20),
        {"committed": "16", "on_demand": "8"},
        ("80", "20", "0", "0.2", "0.4", "0"),
        "a commitment is paid for whose size is not reported",
    ),
    (
        "on-demand use that is paid for but reported as nothing",
        (100, 80, 0),
        {"committed": "16", "on_demand": "8"},
        ("80", "20", "0", "0.2", "0.4", "0"),
        "on-demand usage is paid for that is not reported",
    ),
    (
        "on-demand use that is paid for and cannot have been",
        (70, 80, 0),
        {"committed": "16", "on_demand": "8"},
        ("80", "0", "0", "0.2", None, "8"),
        "on-demand usage is paid for that is not reported",
    ),
    (
        "committed and on demand are more than was used: metered by the hour",
        (100, 90, 20),
        {"committed": "9", "on_demand": "4"},
        ("90", "20", "0", "0.1", "0.2", "2"),
        "on-demand usage beside an unused commitment, as with hourly metering: its cost is not explained",
    ),
    (
        "a commitment of exactly what was used",
        (100, 100, 0),
        {"committed": "10", "on_demand": "0"},
        ("100", "0", "0", "0.1", None, "0"),
        "committed usage equals billable usage: it may be what the commitment covered, not its size",
    ),
    (
        "a committed unit dearer than one on demand",
        (100, 50, 50),
        {"committed": "50", "on_demand": "25"},
        ("50", "50", "0", "1", "0.5", "0"),
        "a committed unit costs more than one on demand: committed usage may not be the size of the commitment",
    ),
    (
        "a commitment that costs nothing",
        (100, 80, 20),
        {"committed": "0", "on_demand": "4"},
        ("80", "20", "0", "0", "0.2", "0"),
        "a commitment is reported that is not paid for",
    ),
    (
        "on-demand use that costs nothing",
        (100, 80, 20),
        {"committed": "8", "on_demand": "0"},
        ("80", "20", "0", "0.1", "0", "0"),
        "on-demand usage is reported that is not paid for",
    ),
    (
        "an amount that is null is not nothing",
        (100, 80, 20),
        {"committed": "8", "on_demand": None},
        ("80", "20", "0", "0.1", None, "0"),
        "",
    ),
    ("a credit is no price", (100, 0, 100), {"on_demand": "-5"}, ("0", "100", "0", None, None, "-5"), ""),
    ("nothing tells what is committed", (100, None, None), {"total": "20"}, (None, None, "0", "0.2", "0.2", "0"), ""),
    (
        "nothing tells how much is committed",
        (100, None, None),
        {"committed": "12", "on_demand": "8"},
        (None, None, "0", "0.2", "0.2", "0"),
        "",
    ),
    (
        "a total beside on-demand units: what is not on demand may be committed or included",
        (100, None, 40),
        {"total": "20"},
        (None, "40", "0", "0.2", "0.2", "12"),
        "",
    ),
    ("on-demand units alone", (100, None, 40), {"on_demand": None}, (None, "40", "0", None, None, None), ""),
    (
        "on-demand units are all there are",
        (100, None, 100),
        {"on_demand": None},
        ("0", "100", "0", None, None, None),
        "",
    ),
    ("numbers that cannot be", (-5, 0, 0), {"on_demand": "3"}, (None, None, "0", None, None, "0"), ""),
]


@pytest.mark.parametrize(
    ("reported", "fields", "read", "note"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_usage_and_cost_are_read_together(
    reported: Reported, fields: dict[str, str | None], read: tuple[str | None, ...], note: str
) -> None:
    costs = [paid(f"thing_{part}_cost", value) for part, value in fields.items()]

    bill = october([used("thing_sum", *reported)], costs)

    line = only(bill)
    assert (
        line.committed,
        line.on_demand,
        line.allotment,
        line.rate_committed,
        line.rate_on_demand,
        line.residual,
    ) == numbers(*read)
    assert (note in line.notes) if note else not line.notes
    assert bill.notes == (), "each line has its own"
    assert bill.residual == line.residual


def test_the_parent_and_its_children_are_one_account() -> None:
    """Every organisation's row repeats the account's numbers; costs are each organisation's own."""
    bill = october(
        [
            used(f"{API}_sum", 300, 0, 300, org=org, of_org=part)
            for org, part in (("parent", 0), ("one", 100), ("two", 200))
        ],
        [paid(f"{API}_on_demand_cost", cost, org=org) for org, cost in (("parent", None), ("one", 10), ("two", 20))],
    )

    assert (only(bill).units, only(bill).on_demand_cost, only(bill).rate_on_demand) == numbers(300, 30, "0.1")


def test_an_account_that_is_not_added_up_is_added_up_here() -> None:
    bill = october([used(f"{API}_sum", of_org=100, org="one"), used(f"{API}_sum", of_org=200, org="two")])

    assert (only(bill).units, only(bill).committed, only(bill).on_demand) == numbers(300, None, None)


TWICE = [
    ("the same row twice", [paid(f"{API}_on_demand_cost", 10), paid(f"{API}_on_demand_cost", 10)], "10"),
    (
        "a later one replaces it",
        [
            paid(f"{API}_on_demand_cost", 12, updated="2026-11-18T23"),
            paid(f"{API}_on_demand_cost", 15, updated="2026-11-17T23"),
        ],
        "12",
    ),
    ("broken down by tags", [paid(f"{API}_on_demand_cost", 10), paid(f"{API}_on_demand_cost", 40, tags="{}")], "10"),
    ("shares are no money", [paid(f"{API}_on_demand_cost", 10), paid(f"{API}_percentage_in_org", 100)], "10"),
    ("another month", [paid(f"{API}_on_demand_cost", 10), paid(f"{API}_on_demand_cost", 9, month=SEPTEMBER)], "10"),
    ("a field of no known kind", [paid(f"{API}_on_demand_cost", 10), paid(f"{API}_list_cost", 11)], "10"),
    ("not a number", [paid(f"{API}_on_demand_cost", 10), paid(f"{API}_committed_cost", "NaN")], "10"),
]


@pytest.mark.parametrize(("costs", "total"), [case[1:] for case in TWICE], ids=[case[0] for case in TWICE])
def test_no_cost_counts_twice(costs: list[MonthlyCost], total: str) -> None:
    for rows in (costs, costs[::-1]):
        assert october([used(f"{API}_sum", 100, 0, 100)], rows).measured_total == Decimal(total)


def test_what_is_paid_without_use_is_on_the_bill() -> None:
    bill = october(
        [used(f"{API}_sum", 100, 0, 100)],
        [paid(f"{API}_total_cost", 10), paid("premier_support_committed_cost", 500)],
    )

    support = bill.lines["premier_support"]
    assert (support.units, support.cost(), support.residual) == numbers(None, 500, 0)
    assert (bill.measured_total, bill.cost(), bill.cost({API: Decimal(100)})) == numbers(510, 510, 500)


def test_what_a_readable_bill_does_not_name_was_free() -> None:
    bill = october(
        [used("standard_timeseries_average", 5_000), used(f"{API}_sum", 1, 0, 1)], [paid(f"{API}_total_cost", 1)]
    )

    free = bill.lines["standard_timeseries"]
    assert (free.measured, free.allotment, free.residual) == numbers(0, 5_000, 0)
    assert (free.now(Decimal(100)), free.at_renewal(Decimal(100))) == numbers(0, 0)


def test_a_cost_under_a_similar_name_is_a_price_that_is_not_known() -> None:
    bill = october([used("apm_host_top99p", 10, 0, 10)], [paid("apm_host_enterprise_on_demand_cost", 470)])

    line = bill.lines["apm_host"]
    assert line.notes == ("no cost under this name, but apm_host_enterprise has cost without usage",)
    assert line.measured is None
    assert (bill.measured_total, line.source) == (Decimal(470), PriceSource.LIST)


def test_until_the_month_is_published_prices_are_those_of_the_last_one() -> None:
    bill = october(
        [used(f"{API}_sum", 300, 0, 300), used(f"{API}_sum", 100, 0, 100, month=SEPTEMBER)],
        [paid(f"{API}_on_demand_cost", 5, month=SEPTEMBER), paid(f"{API}_on_demand_cost", None)],
    )

    assert (bill.measured_total, bill.residual, bill.cost()) == numbers(None, None, 15)
    assert bill.saving({API: Decimal(100)}).working == "100 runs × $0.05 (measured, September 2026)"
    assert bill.notes == ("the cost of October 2026 is not published yet; prices: September 2026",)


def test_a_later_month_says_nothing_of_this_one() -> None:
    november = date(2026, 11, 1)
    bill = october(
        [used(f"{API}_sum", 300, 0, 300), used(f"{API}_sum", 100, 0, 100, month=november)],
        [paid(f"{API}_on_demand_cost", 5, month=november)],
    )

    assert only(bill).source is PriceSource.LIST


KEYS: list[tuple[str, list[BillableUsage], str]] = [
    ("hosts beside host-hours", [used("infra_host_sum", 7_440, 0, 7_440), used("infra_host_top99p", 12, 0, 12)], "12"),
    ("metered by the hour", [used("infra_host_sum", 7_440, 0, 7_440, unit="host_hours")], "10"),
    (
        "the one that is used",
        [used("infra_host_top99p", 0, 0, 0), used("infra_host_sum", 744, 0, 744, unit="Host Hours")],
        "1",
    ),
    (
        "the one with a commitment",
        [used("infra_host_top99p", 12), used("infra_host_sum", 7_440, 0, 7_440, unit="host-hours")],
        "10",
    ),
    ("what is billed by the hour", [used("infra_container_sum", 500, 0, 500, unit="container_hours")], "500"),
    ("gigabytes", [used("logs_ingested_sum", "1.5", 0, "1.5", unit="gigabytes")], "1500000000"),
    ("bytes", [used("logs_ingested_sum", 150, 0, 150, unit="bytes")], "150"),
    ("gigabytes of something else", [used("infra_host_top99p", 12, 0, 12, unit="gigabytes")], "12"),
]


@pytest.mark.parametrize(("rows", "units"), [case[1:] for case in KEYS], ids=[case[0] for case in KEYS])
def test_a_dimension_counts_once_in_its_own_units(rows: list[BillableUsage], units: str) -> None:
    for order in (rows, rows[::-1]):
        assert only(october(order)).units == Decimal(units)


def test_datadogs_own_mapping_names_the_dimension() -> None:
    bill = october(
        [used("apm_host_top99p", 10, 0, 10)],
        [paid("apm_host_enterprise_on_demand_cost", 470)],
        [means("apm_host_enterprise", "apm_host_top99p", label="APM Enterprise Hosts")],
    )

    line = only(bill)
    assert (line.dimension, line.label, line.rate_on_demand) == (
        "apm_host_enterprise",
        "APM Enterprise Hosts",
        Decimal(47),
    )


def test_usage_by_organisation() -> None:
    billable = [
        used(f"{API}_sum", 300, org="one", of_org=100),
        used(f"{API}_sum", 300, org="one", of_org=100),
        used(f"{API}_sum", 300, org="two", of_org=200),
        used("infra_host_sum", 7_440, org="one", of_org=744, unit="host_hours"),
        used(f"{API}_sum", 50, org="one", of_org=50, month=SEPTEMBER),
        used("timeseries_average", 50, org="one"),
    ]

    assert billed_by_org(billable, [], month=MONTH) == {
        ("one", API): Decimal(100),
        ("two", API): Decimal(200),
        ("one", "infra_host"): Decimal(1),
    }


LATEST = [
    ([], None, None),
    ([SEPTEMBER, MONTH], None, MONTH),
    ([SEPTEMBER, MONTH], date(2026, 10, 15), SEPTEMBER),
    ([SEPTEMBER, MONTH], date(2026, 11, 1), MONTH),
    ([MONTH], date(2026, 10, 31), None),
]


@pytest.mark.parametrize(("months", "before", "latest"), LATEST)
def test_the_latest_month_with_usage(months: list[date], before: date | None, latest: date | None) -> None:
    assert latest_month([used(f"{API}_sum", 1, month=month) for month in months], before=before) == latest
