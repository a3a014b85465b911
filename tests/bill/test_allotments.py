"""What products include of others: the published table, the contract's own quantities, and what using less costs."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from costguard.bill import Bill, Kind, allotments, grants, kind_of, measure, unit
from costguard.bill.allotments import pooled_by_hour
from costguard.bill.known import KNOWN
from costguard.model.contract import Contract
from tests.bill.rows import MONTH, numbers, paid, used

ZERO = Decimal(0)
HOSTS, APM, METRICS, SPANS, CONTAINERS = "infra_host", "apm_host", "timeseries", "apm_trace_search", "infra_container"
BUNDLE, LOGS, SEATS = "infra_and_apm_host", "logs_indexed_15day", "incident_management"


def granted(contract: Contract | None = None, *, enterprise: bool = False, month: date = MONTH) -> dict[str, Decimal]:
    """What one unit of each parent includes, as "parent > child"."""
    found = grants(allotments(), contract or Contract(), month, enterprise=enterprise)
    return {f"{each.parent} > {each.child}": each.units for each in found}


# Per unit of the parent, in the published words: on an account that is metered by the month.
PUBLISHED: list[tuple[str, int | str, int | str]] = [
    ("infra_host > timeseries", 100, 200),
    ("infra_host > ingested_timeseries", 100, 200),
    ("infra_host > infra_container", 5 * 744, 10 * 744),
    ("infra_host > infra_container_excl_agent", 5 * 744, 10 * 744),
    ("infra_host > custom_event", 500, 1_000),
    ("iot > timeseries", 20, 20),
    ("iot > ingested_timeseries", 20, 20),
    ("serverless_infra > timeseries", 5, 5),
    ("serverless_infra > ingested_timeseries", 5, 5),
    ("lambda_function > timeseries", 5, 5),
    ("lambda_function > ingested_timeseries", 5, 5),
    ("apm_host > apm_trace_search", 1_000_000, 1_000_000),
    ("apm_host > ingested_spans", 150 * 10**9, 150 * 10**9),
    ("apm_host_pro > apm_trace_search", 1_000_000, 1_000_000),
    ("apm_host_pro > ingested_spans", 150 * 10**9, 150 * 10**9),
    ("apm_host_pro > data_stream_monitoring", 1, 1),
    ("apm_host_enterprise > apm_trace_search", 1_000_000, 1_000_000),
    ("apm_host_enterprise > ingested_spans", 150 * 10**9, 150 * 10**9),
    ("apm_host_enterprise > data_stream_monitoring", 1, 1),
    ("apm_host_enterprise > prof_host", 1, 1),
    ("apm_host_enterprise > prof_container", 4 * 744, 4 * 744),
    ("apm_fargate > apm_trace_search", 65_000, 65_000),
    ("apm_fargate > ingested_spans", 10 * 10**9, 10 * 10**9),
    ("fargate_container_apm_and_profiler > apm_trace_search", 65_000, 65_000),
    ("fargate_container_apm_and_profiler > ingested_spans", 10 * 10**9, 10 * 10**9),
    ("fargate_container_apm_and_profiler > fargate_container_profiler", 1, 1),
    ("infra_and_apm_host > timeseries", 100, 200),
    ("infra_and_apm_host > ingested_timeseries", 100, 200),
    ("infra_and_apm_host > infra_container", 5 * 744, 10 * 744),
    ("infra_and_apm_host > infra_container_excl_agent", 5 * 744, 10 * 744),
    ("infra_and_apm_host > custom_event", 500, 1_000),
    ("infra_and_apm_host > apm_trace_search", 1_000_000, 1_000_000),
    ("infra_and_apm_host > ingested_spans", 150 * 10**9, 150 * 10**9),
    ("apm_host_no_usm > apm_trace_search", 1_000_000, 1_000_000),
    ("apm_host_no_usm > ingested_spans", 150 * 10**9, 150 * 10**9),
    ("serverless_apm > apm_trace_search", "0.3", "0.3"),
    ("serverless_apm > ingested_spans", 50_000, 50_000),
    ("dbm_host > dbm_normalized_queries", 200, 200),
    ("csm_host_enterprise > csm_container_enterprise", 20 * 744, 20 * 744),
    ("cws_host > cws_container", 4 * 744, 4 * 744),
    ("ci_pipeline > ci_pipeline_indexed_spans", 400_000, 400_000),
    ("ci_testing > ci_test_indexed_spans", 1_000_000, 1_000_000),
]


def test_every_published_allotment_is_granted() -> None:
    assert granted() == {name: Decimal(pro) for name, pro, _ in PUBLISHED}
    assert granted(enterprise=True) == {name: Decimal(enterprise) for name, _, enterprise in PUBLISHED}


def test_every_published_allotment_is_sound() -> None:
    table = allotments()
    pairs = [(each.parent, each.child) for each in table.allotment]

    assert table.version == date(2026, 10, 2)
    assert table.source.startswith("https://docs.datadoghq.com/")
    assert len(pairs) == len(set(pairs))
    assert {each.parent for each in table.allotment}.isdisjoint({METRICS, SPANS, CONTAINERS}), "no chains"
    for bundle in table.bundle:
        assert {bundle.product, *bundle.parts} <= KNOWN.keys()
        assert {bundle.product for bundle in table.bundle}.isdisjoint(bundle.parts), "no bundles of bundles"
        assert {each.parent for each in table.allotment} >= {*bundle.parts}
    for each in table.allotment:
        assert each.parent in KNOWN
        assert each.child in KNOWN
        assert each.enterprise is None or each.enterprise > each.quantity
        assert (kind_of(each.child) is Kind.CONTAINER_HOURS) == (unit(each.child).one == "container-hour")


METERED: list[tuple[str, dict[str, Any], date, dict[str, str]]] = [
    (
        "a monthly quantity is divided over the hours of the year",
        {"on_demand": "hourly"},
        MONTH,
        {f"{APM} > {SPANS}": "1019178.082192", f"{HOSTS} > {METRICS}": "100", f"{HOSTS} > {CONTAINERS}": "3720"},
    ),
    (
        "so that February has less of it",
        {"on_demand": "hourly"},
        date(2026, 2, 1),
        {f"{APM} > {SPANS}": "920547.945205", f"{HOSTS} > {METRICS}": "100", f"{HOSTS} > {CONTAINERS}": "3360"},
    ),
    (
        "a contract may say otherwise",
        {"allotments": {METRICS: {HOSTS: 350, "npm_host": 2}, SPANS: {APM: 0}}},
        MONTH,
        {f"{HOSTS} > {METRICS}": "350", "npm_host > timeseries": "2", "iot > timeseries": "20"},
    ),
    (
        "and so of the bundles that they are sold in",
        {"allotments": {METRICS: {HOSTS: 350}, SPANS: {APM: 0}}},
        MONTH,
        {f"{BUNDLE} > {METRICS}": "350", f"{BUNDLE} > {CONTAINERS}": "3720"},
    ),
    (
        "unless it says what the bundle includes",
        {"allotments": {METRICS: {HOSTS: 350, BUNDLE: 90}, SPANS: {APM: 0}}},
        MONTH,
        {f"{BUNDLE} > {METRICS}": "90", f"{HOSTS} > {METRICS}": "350"},
    ),
    (
        "logs are metered by the month on every account, and so are seats",
        {"on_demand": "hourly", "allotments": {LOGS: {HOSTS: 100_000}, SEATS: {HOSTS: 1}}},
        MONTH,
        {f"{HOSTS} > {LOGS}": "100000", f"{HOSTS} > {SEATS}": "1"},
    ),
]


@pytest.mark.parametrize(
    ("contract", "month", "units"), [case[1:] for case in METERED], ids=[case[0] for case in METERED]
)
def test_the_contract_decides_how_much_is_granted(contract: dict[str, Any], month: date, units: dict[str, str]) -> None:
    found = granted(Contract.model_validate(contract), month=month)

    assert {name: str(round(found[name], 6)).removesuffix(".000000") for name in units} == units
    assert (f"{APM} > {SPANS}" in found) == (SPANS not in contract.get("allotments", {})), "a quantity of 0 is none"


def account(
    hosts: tuple[int, int] = (100, 80),
    metrics: tuple[int, int, int | None] = (25_000, 10_000, 5_000),
    *,
    plan: str = "Pro",
    **contract: Any,
) -> Bill:
    """Hosts (billable, committed), and custom metrics (billable, committed, on demand) that they include."""
    billable, committed = hosts
    on_demand = max(0, billable - committed)
    rows = [used("infra_host_top99p", billable, committed, on_demand), used("timeseries_average", *metrics)]
    return measure(
        [replace(row, billing_plan=plan) for row in rows],
        [
            paid("infra_host_committed_cost", committed * 15),
            paid("infra_host_on_demand_cost", on_demand * 18),
            paid("timeseries_committed_cost", metrics[1] * Decimal("0.05")),
            paid("timeseries_on_demand_cost", (metrics[2] or 0) * Decimal("0.06")),
        ],
        [],
        month=MONTH,
        currency="USD",
        contract=Contract.model_validate(contract),
    )


EXPLAINED: list[tuple[str, Bill, tuple[int | None, int, int], str]] = [
    ("as published", account(), (10_000, 10_000, 0), ""),
    ("counted by the commitment where that is larger", account((70, 80)), (8_000, 10_000, 0), "the bill counts"),
    ("the Enterprise plan includes more", account(plan="Enterprise"), (20_000, 10_000, 0), "the bill shows 10,000"),
    (
        "which the bill may confirm",
        account(metrics=(35_000, 10_000, 5_000), plan="Enterprise"),
        (20_000, 20_000, 0),
        "",
    ),
    (
        "the contract says how many are included",
        account(metrics=(35_000, 10_000, 5_000), allotments={METRICS: {HOSTS: 200}}),
        (20_000, 20_000, 0),
        "",
    ),
    ("nothing on demand: what is granted is included", account(metrics=(12_000, 0, 0)), (10_000, 12_000, 0), "shows"),
    ("by less than one in a hundred: no contradiction", account(metrics=(10_050, 0, 0)), (10_000, 10_050, 0), ""),
    ("a grant that is not used up", account(metrics=(6_000, 0, 0)), (10_000, 6_000, 4_000), ""),
    ("neither is the commitment then", account(metrics=(6_000, 500, 0)), (10_000, 6_000, 4_500), ""),
    ("it covers what the grant does not", account(metrics=(12_000, 5_000, 0)), (10_000, 10_000, 3_000), ""),
    ("less than one in a hundred off", account(metrics=(24_950, 10_000, 5_000)), (10_000, 9_950, 0), ""),
    (
        "hour by hour, where that is how on-demand usage is metered",
        account(metrics=(24_000, 10_000, 5_000), on_demand="hourly"),
        (10_000, 9_000, 0),
        "the rest was left over by some hours and so lost, or it is not granted; the bill counts; contract.allotments",
    ),
    (
        "over the period, averages are still pooled by the hour",
        account(metrics=(24_000, 10_000, 5_000), on_demand="hourly", pooling="period"),
        (10_000, 9_000, 0),
        "left over by some hours",
    ),
    (
        "an hour with on-demand use has used up its own part: less than that was not granted",
        account(metrics=(15_013, 10_000, 5_000), on_demand="hourly"),
        (10_000, 13, 0),
        "should include 10,000 time series, the bill shows 13 time series: less than that: ask Datadog why",
    ),
    (
        "just as much may have been lost by the hour",
        account(metrics=(15_014, 10_000, 5_000), on_demand="hourly"),
        (10_000, 14, 0),
        "left over by some hours",
    ),
    ("no host, no grant", account((0, 0)), (None, 10_000, 0), "10,000 time series are neither committed nor on demand"),
]


@pytest.mark.parametrize(("bill", "read", "note"), [case[1:] for case in EXPLAINED], ids=[c[0] for c in EXPLAINED])
def test_the_allotment_is_explained_and_the_bill_counts(
    bill: Bill, read: tuple[int | None, int, int], note: str
) -> None:
    line = bill.lines[METRICS]

    assert (line.granted, line.included, line.headroom) == numbers(*read)
    assert len(line.notes) == bool(note)
    assert note in "".join(line.notes)
    assert (line.residual, bill.residual) == numbers(0, 0), "at the measured usage the measured cost is explained"


POOLED = [
    ("monthly", "hourly", "the bill counts"),
    ("hourly", "hourly", "left over by some hours and so lost, or it is not granted"),
    ("hourly", "period", "the bill counts"),
]


@pytest.mark.parametrize(("on_demand", "pooling", "note"), POOLED)
def test_since_august_2026_sums_may_be_pooled_over_the_period(on_demand: str, pooling: str, note: str) -> None:
    """Half of what is granted is used up, although spans are on demand: by the hour that is no contradiction."""
    bill = measure(
        [used("apm_host_top99p", 10, 0, 10), used("apm_trace_search_sum", 8_000_000, 0, 3_000_000)],
        [],
        [],
        month=MONTH,
        currency="USD",
        contract=Contract.model_validate({"on_demand": on_demand, "pooling": pooling}),
    )

    assert note in "".join(bill.lines[SPANS].notes)


# Freed hosts of 100 (80 committed, and so 20 on demand at $18, the rest at $15), each of which includes 100 custom
# metrics at $0.06 on demand and $0.05 committed; then now, at renewal, and the part of the working about metrics.
FREED: list[tuple[str, Bill, dict[str, int], str, str, str]] = [
    (
        "on-demand hosts take their metrics with them",
        account(),
        {HOSTS: 10},
        "120",
        "0",
        "Custom metrics: 1,000 time series less included: −1,000 on-demand × $0.06 now (measured, October 2026)",
    ),
    (
        "committed hosts keep including them until the contract is signed anew",
        account(),
        {HOSTS: 30},
        "240",
        "90",
        "3,000 time series less included: −2,000 on-demand × $0.06 now; −1,000 on-demand × $0.06 at renewal",
    ),
    (
        "an unused commitment counts on",
        account((70, 100), (25_000, 10_000, 5_000)),
        {HOSTS: 10},
        "0",
        "90",
        "1,000 time series less included: −1,000 on-demand × $0.06 at renewal",
    ),
    ("what is granted beyond the use is not missed", account(metrics=(6_000, 0, 0)), {HOSTS: 20}, "360", "0", ""),
    (
        "until the use reaches it",
        account(metrics=(9_500, 0, 0)),
        {HOSTS: 10},
        "155",
        "0",
        "1,000 time series less included: −500 on-demand × $0.05 now (list, October 2026)",
    ),
    (
        "an unused commitment stands in",
        account(metrics=(12_000, 5_000, 0)),
        {HOSTS: 10},
        "180",
        "-50",
        "1,000 time series less included: −1,000 committed × $0.05 at renewal",
    ),
    (
        "metrics that go with the hosts",
        account(),
        {HOSTS: 10, METRICS: 1_000},
        "180",
        "0",
        "Custom metrics: 1,000 time series, 1,000 time series less included",
    ),
    (
        "hosts that come bring metrics",
        account(),
        {HOSTS: -10},
        "-120",
        "0",
        "1,000 time series more included: 1,000 on-demand × $0.06 now",
    ),
    (
        "what the bill does not include is not lost",
        account(metrics=(25_000, 10_000, 15_000)),
        {HOSTS: 20},
        "360",
        "0",
        "",
    ),
    (
        "the bill's own quantity is what is lost: 150 for each host",
        account(metrics=(30_000, 10_000, 5_000)),
        {HOSTS: 10},
        "90",
        "0",
        "1,500 time series less included",
    ),
]


@pytest.mark.parametrize(
    ("bill", "frees", "now", "at_renewal", "working"), [case[1:] for case in FREED], ids=[case[0] for case in FREED]
)
def test_removing_hosts_shrinks_what_they_include(
    bill: Bill, frees: dict[str, int], now: str, at_renewal: str, working: str
) -> None:
    units = {dimension: Decimal(number) for dimension, number in frees.items()}

    saving, total = bill.saving(units), bill.total(units)

    assert (saving.now, saving.at_renewal) == (Decimal(now), Decimal(at_renewal))
    assert saving.now == bill.cost() - bill.cost(units)
    assert (total.now, total.at_renewal) == (saving.now, saving.at_renewal)
    assert working in saving.working if working else "Custom metrics" not in saving.working


def with_apm(parent: str) -> Bill:
    """50 hosts, 25 of them committed and 25 on demand at $46, and 60 million spans: 10 million on demand."""
    return measure(
        [used(f"{parent}_top99p", 50, 25, 25), used("apm_trace_search_sum", 60_000_000, 0, 10_000_000)],
        [
            paid(f"{parent}_committed_cost", 25 * 40),
            paid(f"{parent}_on_demand_cost", 25 * 46),
            paid("apm_trace_search_on_demand_cost", "25.50"),
        ],
        [],
        month=MONTH,
        currency="USD",
    )


@pytest.mark.parametrize("parent", [APM, "apm_host_no_usm", BUNDLE])
def test_a_bundle_that_goes_takes_along_what_its_parts_include(parent: str) -> None:
    bill = with_apm(parent)

    saving = bill.saving({parent: Decimal(25)})

    assert bill.lines[SPANS].granted == 50_000_000
    assert "25,000,000 spans less included" in saving.working
    assert (saving.now, saving.at_renewal) == (25 * 46 - 25 * Decimal("2.55"), ZERO)


MONTHLY = [LOGS, "logs_ingested", "flex_logs", SEATS, "apm_fargate", "serverless_apm", "network_device"]


@pytest.mark.parametrize("child", [*MONTHLY, METRICS, SPANS, CONTAINERS])
def test_some_products_are_metered_by_the_month_whatever_the_contract_says(child: str) -> None:
    assert pooled_by_hour(child, Contract(on_demand="hourly")) == (child not in MONTHLY)
    assert pooled_by_hour(child, Contract()) == (child == CONTAINERS)


def test_one_product_may_include_several_and_several_one() -> None:
    bill = measure(
        [
            used("infra_host_top99p", 10, 0, 10),
            used("iot_top99p", 50, 0, 50),
            used("timeseries_average", 5_000, 0, 3_000),
            used("infra_container_sum", 50_000, 0, 12_800),
        ],
        [paid("timeseries_on_demand_cost", 180), paid("infra_container_on_demand_cost", "25.6")],
        [],
        month=MONTH,
        currency="USD",
    )

    both = bill.saving({HOSTS: Decimal(5), "iot": Decimal(50)})

    assert bill.lines[METRICS].granted == 10 * 100 + 50 * 20
    assert bill.lines[CONTAINERS].granted == 10 * 5 * 744
    assert "1,500 time series less included" in both.working
    assert "18,600 container-hours less included" in both.working


def test_what_is_not_yet_used_may_be_included() -> None:
    bill = account()

    saving = bill.saving({"custom_event": Decimal(-60_000)})

    assert saving.working == (
        "−60,000 events: −10,000 on-demand × $0.02 per thousand now; −50,000 included, no cost (list, September 2026)"
    )
    assert saving.now == Decimal("-0.2")
    assert bill.saving({"custom_event": Decimal(-60_000), HOSTS: Decimal(20)}).now == (
        20 * 18 - 2_000 * Decimal("0.06") - 20_000 * Decimal("0.00002")
    )


UNKNOWN: list[tuple[str, tuple[int | None, int | None, int | None], str | None, str | None]] = [
    ("on-demand units alone: what is no longer granted is on demand", (25_000, None, 5_000), "130", "0"),
    ("all of the use is granted after the change as well", (8_000, None, 0), "180", "0"),
    ("nobody knows whether a commitment stands in", (12_000, None, 0), None, None),
    ("nor whether it is on demand", (25_000, None, None), None, "-50"),
]


@pytest.mark.parametrize(
    ("reported", "now", "at_renewal"), [case[1:] for case in UNKNOWN], ids=[case[0] for case in UNKNOWN]
)
def test_an_allotment_of_a_commitment_that_is_not_known(
    reported: tuple[int | None, int | None, int | None], now: str | None, at_renewal: str | None
) -> None:
    """No cost of metrics is published: list prices, $0.05 for either."""
    bill = measure(
        [used("infra_host_top99p", 100, 80, 20), used("timeseries_average", *reported)],
        [
            paid("infra_host_committed_cost", 1200),
            paid("infra_host_on_demand_cost", 360),
            paid("timeseries_total_cost", None),
        ],
        [],
        month=MONTH,
        currency="USD",
    )

    saving = bill.saving({HOSTS: Decimal(10)})

    assert saving.now == (None if now is None else Decimal(now))
    assert saving.at_renewal == (None if at_renewal is None else Decimal(at_renewal))
