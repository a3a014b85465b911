"""What a contract in the settings does to the bill, and what is said where the two do not fit."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from costguard.bill import Bill, ContractError, measure, metric_name_cost
from costguard.model.contract import Contract, MetricNamePricing
from costguard.model.money import PriceSource
from costguard.model.usage import ActiveDimension, BillableUsage, MetricUsage, MonthlyCost
from tests.bill.rows import MONTH, means, numbers, paid, used

HOSTS, API, METRICS, LOGS = "infra_host", "synthetics_api_tests", "timeseries", "logs_indexed_15day"

INVOICE = {"invoice": "INV-7"}


def october(
    contract: dict[str, Any],
    *,
    billable: list[BillableUsage] | None = None,
    costs: list[MonthlyCost] | None = None,
    active: tuple[str, ...] = (),
    month: date = MONTH,
) -> Bill:
    """100 hosts, of which Datadog says that 80 are committed, at $15 and $18."""
    return measure(
        [used("infra_host_top99p", 100, 80, 20)] if billable is None else billable,
        [paid("infra_host_committed_cost", 1200), paid("infra_host_on_demand_cost", 360)] if costs is None else costs,
        [means("mapped_thing", None)],
        month=month,
        currency="USD",
        contract=Contract.model_validate(contract),
        active=[ActiveDimension(MONTH, each) for each in active],
    )


def hosts(**terms: Any) -> dict[str, Any]:
    return {"prices": [{"dimension": HOSTS, **terms}], **INVOICE}


# Each: what the contract says of hosts; then commitment, the two prices, what the function leaves unexplained, notes.
TERMS: list[tuple[str, dict[str, Any], tuple[int, str, str, str], str]] = [
    ("nothing", {}, (80, "15", "18", "0"), ""),
    ("the same as the bill", hosts(committed_units=80, committed=15, on_demand=18), (80, "15", "18", "0"), ""),
    ("a price for many", hosts(committed=1500, on_demand=1800, per=100), (80, "15", "18", "0"), ""),
    ("another price than was paid: the rest is shown", hosts(on_demand="17.50"), (80, "15", "17.5", "10"), ""),
    (
        "a commitment of another size than was billed, with use beyond it",
        hosts(committed_units=75),
        (80, "15", "18", "0"),
        "the contract commits 75, Datadog billed 80: the bill counts",
    ),
    (
        "and its own price",
        hosts(committed_units=90, committed=14),
        (80, "14", "18", "80"),
        "the contract commits 90, Datadog billed 80: the bill counts",
    ),
    ("a contract of the past", {**hosts(on_demand=17), "ends": "2026-09"}, (80, "15", "18", "0"), "bill"),
    ("a contract to come", {**hosts(committed_units=7), "starts": "2026-11"}, (80, "15", "18", "0"), "bill"),
    (
        "a contract of this month",
        {**hosts(on_demand=17), "starts": "2026-10", "ends": "2026-10"},
        (80, "15", "17", "20"),
        "",
    ),
]


@pytest.mark.parametrize(("contract", "terms", "note"), [case[1:] for case in TERMS], ids=[case[0] for case in TERMS])
def test_the_contract_goes_before_what_was_measured(
    contract: dict[str, Any], terms: tuple[int, str, str, str], note: str
) -> None:
    bill = october(contract)

    line = bill.lines[HOSTS]
    size, committed, on_demand, rest = terms
    assert (line.committed, line.rate_committed, line.rate_on_demand) == numbers(size, committed, on_demand)
    assert (line.residual, bill.residual) == (Decimal(rest), Decimal(rest))
    if note == "bill":
        assert bill.notes == ("the contract is not in force in October 2026: it is not applied",)
    else:
        assert line.notes[:1] == ((note,) if note else ())


# Billable, committed and on-demand units by Datadog, the contract's commitment; the one that counts, the note on it.
SIZES: list[tuple[str, tuple[int | None, ...], int, int, str]] = [
    ("less than was billed", (450, 400, 50), 300, 400, "the contract commits 300, Datadog billed 400: the bill counts"),
    ("less than was committed", (70, 80, 0), 75, 80, "the contract commits 75, Datadog billed 80: the bill counts"),
    ("all of the use was on demand", (70, 0, 70), 75, 0, "the contract commits 75, Datadog billed 0: the bill counts"),
    (
        "what was used of it",
        (80, 80, 0),
        100,
        100,
        "the contract commits 100, Datadog reports 80, which may be what is used of it: the contract counts",
    ),
    ("the same", (100, 80, 20), 80, 80, ""),
    ("nothing is reported", (100, None, 20), 80, 80, ""),
]


@pytest.mark.parametrize(
    ("reported", "size", "counts", "note"), [each[1:] for each in SIZES], ids=[each[0] for each in SIZES]
)
def test_a_commitment_that_the_bill_contradicts_does_not_count(
    reported: tuple[int | None, ...], size: int, counts: int, note: str
) -> None:
    """One note has both numbers, and nothing is read as included to make the contract fit."""
    line = october(hosts(committed_units=size), billable=[used("infra_host_top99p", *reported)], costs=[]).lines[HOSTS]

    assert (line.committed, line.allotment) == numbers(counts, 0)
    assert line.contracted == (size if counts != size else None)
    assert line.notes == ((note,) if note else ())


def test_a_working_names_the_invoice() -> None:
    general = october(hosts(on_demand=18)).saving({HOSTS: Decimal(1)})
    own = october(hosts(on_demand=18, invoice="order form Q-9")).saving({HOSTS: Decimal(1)})

    assert general.working == "1 host × $18.00 (contract, INV-7)"
    assert own.working == "1 host × $18.00 (contract, order form Q-9)"
    assert own.source is PriceSource.CONTRACT


def test_a_contract_prices_what_the_bill_does_not_have() -> None:
    contract = {"prices": [{"dimension": "dbm_host", "on_demand": 60}], **INVOICE}

    assert october(contract).saving({"dbm_host": Decimal(-2)}).working == "−2 hosts × $60.00 (contract, INV-7)"


def test_a_commitment_that_the_month_knows_nothing_of_is_noted() -> None:
    contract = {"prices": [{"dimension": "dbm_host", "committed_units": 10, "committed": 50}], **INVOICE}

    assert october(contract).notes == (
        "Monitored database hosts: committed by contract, but neither used nor paid for in October 2026",
    )


def test_prices_of_an_earlier_month_are_those_of_the_contract_then() -> None:
    """October's cost is not out yet; in September 75 hosts were committed by the contract, and Datadog does not say."""
    september = date(2026, 9, 1)
    bill = october(
        hosts(committed_units=75),
        billable=[used("infra_host_top99p", 100, None, 20, month=month) for month in (MONTH, september)],
        costs=[
            paid("infra_host_committed_cost", 1200, month=september),
            paid("infra_host_on_demand_cost", 360, month=september),
        ],
    )

    assert bill.lines[HOSTS].rate_committed == 16


UNKNOWN: list[tuple[str, dict[str, Any], str]] = [
    (
        "misspelt",
        {"prices": [{"dimension": HOSTS, "on_demand": 1}, {"dimension": "infra_hots", "committed_units": 5}]},
        "contract.prices[2].dimension: infra_hots is no billing dimension, neither known nor on the bill; "
        "did you mean infra_host?",
    ),
    (
        "like nothing",
        {"prices": [{"dimension": "zzzzzzzz", "on_demand": 1}]},
        "contract.prices[1].dimension: zzzzzzzz is no billing dimension, neither known nor on the bill; "
        "use the name that `costguard bill` shows",
    ),
    (
        "an allotment of it",
        {"allotments": {"timeserise": {HOSTS: 1}}},
        "contract.allotments.timeserise: timeserise is no billing dimension, neither known nor on the bill; "
        "did you mean timeseries?",
    ),
    (
        "an allotment by it",
        {"allotments": {METRICS: {"infra_hots": 1}}},
        "contract.allotments.timeseries.infra_hots: infra_hots is no billing dimension, neither known nor on the bill; "
        "did you mean infra_host?",
    ),
]


@pytest.mark.parametrize(("contract", "message"), [case[1:] for case in UNKNOWN], ids=[case[0] for case in UNKNOWN])
@pytest.mark.parametrize("dates", [{}, {"ends": "2025-12"}])
def test_a_dimension_that_nobody_knows_is_refused(
    contract: dict[str, Any], message: str, dates: dict[str, str]
) -> None:
    with pytest.raises(ContractError) as error:
        october({**contract, **dates, **INVOICE})

    assert str(error.value) == message


KNOWN = [
    ("on the table", "apm_host", [], [], ()),
    ("on the list", "rum_lite", [], [], ()),
    ("an allotment's own", "csm_container_enterprise", [], [], ()),
    ("of Datadog's mapping", "mapped_thing", [], [], ()),
    ("used", "new_thing", [used("new_thing_sum", 5)], [], ()),
    ("used another month", "new_thing", [used("new_thing_sum", 5, month=date(2026, 3, 1))], [], ()),
    ("paid for", "new_thing", [], [paid("new_thing_total_cost", 5)], ()),
    ("active", "new_thing", [], [], ("new_thing",)),
]


@pytest.mark.parametrize(
    ("dimension", "billable", "costs", "active"), [case[1:] for case in KNOWN], ids=[case[0] for case in KNOWN]
)
def test_a_dimension_that_anything_names_is_accepted(
    dimension: str, billable: list[BillableUsage], costs: list[MonthlyCost], active: tuple[str, ...]
) -> None:
    contract = {"prices": [{"dimension": dimension, "on_demand": 3}], **INVOICE}

    rates = october(contract, billable=billable, costs=costs, active=active).elsewhere[dimension]

    assert rates.on_demand is not None
    assert rates.on_demand.usd == 3


BY_NAME: dict[str, Any] = {"custom_metrics": "metric_names", "metric_names": {"tiers": [{"price": 1}]}}


def metrics(contract: dict[str, Any], *, cost: int = 75, active: tuple[str, ...] = ()) -> Bill:
    return october(
        contract,
        billable=[used("infra_host_top99p", 100, 80, 20), used("timeseries_average", 12_000, 0, 1_500)],
        costs=[
            paid("infra_host_committed_cost", 1200),
            paid("infra_host_on_demand_cost", 360),
            paid("timeseries_on_demand_cost", cost),
        ],
        active=active,
    )


def test_under_metric_name_pricing_time_series_have_no_price() -> None:
    bill = metrics(BY_NAME)

    alone, mixed = bill.saving({METRICS: Decimal(500)}), bill.saving({METRICS: Decimal(5), HOSTS: Decimal(1)})

    assert (alone.now, alone.at_renewal, alone.source) == (None, None, None)
    assert alone.working == ("500 time series: billed by metric name, not by time series (contract.custom_metrics)")
    assert (mixed.now, mixed.at_renewal) == (None, None), "half a sum could be a loss"
    assert bill.saving({"ingested_timeseries": Decimal(5)}).now is None
    assert bill.saving({HOSTS: Decimal(1)}).now == 18, "and hosts include none of them"
    assert bill.lines[METRICS].residual == 0
    assert bill.cost({METRICS: Decimal(500)}) == bill.cost()


def test_without_it_they_do() -> None:
    assert metrics({}).saving({METRICS: Decimal(500)}).now == 25


MODELS: list[tuple[str, dict[str, Any], int, tuple[str, ...], str]] = [
    ("time series, as most are", {}, 75, ("infra_host", "timeseries"), ""),
    (
        "names that nobody knows",
        {},
        0,
        ("indexed_metric_datapoints", "metric_names", "infra_host"),
        "billed for metrics under names that are not known (indexed_metric_datapoints, metric_names); if that is "
        'Metric Name Pricing, set contract.custom_metrics = "metric_names": time series have no price then',
    ),
    ("known by the contract", BY_NAME, 0, ("metric_names",), ""),
    (
        "time series are paid for all the same",
        BY_NAME,
        75,
        ("metric_names",),
        'custom metrics are paid for by time series, but contract.custom_metrics is "metric_names"',
    ),
]


@pytest.mark.parametrize(
    ("contract", "cost", "active", "note"), [case[1:] for case in MODELS], ids=[case[0] for case in MODELS]
)
def test_a_bill_of_the_other_model_is_noted(
    contract: dict[str, Any], cost: int, active: tuple[str, ...], note: str
) -> None:
    notes = metrics(contract, cost=cost, active=active).notes

    told = [each for each in notes if not each.startswith(("Custom metrics:", "Metric names:"))]
    assert told == ([note] if note else [])


PRICING = {
    "tiers": [{"up_to": 1_000, "price": "0.50"}, {"up_to": 5_000, "price": "0.30"}, {"price": "0.10"}],
    "indexed_per_million": "0.02",
    "ingested_per_million": "0.001",
}

# Metric names, millions of indexed and of ingested data points, and what they cost.
NAMES: list[tuple[str, dict[str, Any], tuple[int, int, int], str | None]] = [
    ("none", PRICING, (0, 0, 0), "0"),
    ("in the first tier", PRICING, (400, 0, 0), "200"),
    ("to its end", PRICING, (1_000, 0, 0), "500"),
    ("marginal: only those beyond have the next price", PRICING, (1_001, 0, 0), "500.30"),
    ("through all tiers", PRICING, (6_000, 0, 0), "1800"),
    ("data points that the names include", PRICING, (1_000, 10_000, 50_000), "500"),
    ("indexed ones beyond", PRICING, (1_000, 10_500, 0), "510"),
    ("ingested ones beyond", PRICING, (1_000, 10_000, 51_000), "501"),
    ("both", PRICING, (1_000, 10_500, 53_500), "511"),
    ("no price for those beyond", {"tiers": PRICING["tiers"]}, (1_000, 10_001, 0), None),
    ("none needed", {"tiers": PRICING["tiers"]}, (1_000, 10_000, 50_000), "500"),
    ("no tier for so many", {"tiers": [{"up_to": 10, "price": 1}]}, (11, 0, 0), None),
    (
        "other quantities by contract",
        {**PRICING, "indexed_included": 1_000_000, "ingested_included": 1},
        (1_000, 1_500, 2_500),
        "511",
    ),
]


@pytest.mark.parametrize(("pricing", "used", "cost"), [case[1:] for case in NAMES], ids=[case[0] for case in NAMES])
def test_metric_names_have_marginal_tiers(
    pricing: dict[str, Any], used: tuple[int, int, int], cost: str | None
) -> None:
    names, indexed, ingested = (Decimal(each) for each in used)

    found = metric_name_cost(
        MetricNamePricing.model_validate(pricing),
        names=names,
        indexed=indexed * 10**6,
        ingested=ingested * 10**6,
    )

    assert found == (None if cost is None else Decimal(cost))


def test_data_points_that_are_not_known_have_no_cost_unless_they_are_free() -> None:
    free = {**PRICING, "indexed_per_million": 0, "ingested_per_million": 0}

    found = [metric_name_cost(MetricNamePricing.model_validate(each), names=Decimal(400)) for each in (PRICING, free)]

    assert found == [None, 200]


NAMED = {"indexed_metric_names": 700, "ingested_data_points": 90}
"""What is paid under names that nobody knows and that speak of metrics."""


def by_name(
    pricing: dict[str, Any] | None, *, names: int = 1_001, paid_under: dict[str, int] = NAMED, month: date = MONTH
) -> Bill:
    """So many metric names with a time series each, one with too few data points, a standard one, one of another month.

    1,001 names are 500.30 by the tiers: the last of them is in the second one.
    """
    rows = [MetricUsage(month, f"m{number}", "custom", Decimal(1), Decimal(1)) for number in range(names)]
    rows += [MetricUsage(month, "rare", "custom", Decimal("0.01"), Decimal(1))] if names else []
    rows.append(MetricUsage(month, "system.load", "standard", Decimal(9), Decimal(9)))
    rows.append(MetricUsage(date(2026, 9, 1), "gone", "custom", Decimal(9), Decimal(9)))
    return measure(
        [used("timeseries_average", 5_000, 0, 0), *(used(f"{each}_sum", 10, 0, 10) for each in paid_under)],
        [paid(f"{dimension}_on_demand_cost", cost) for dimension, cost in paid_under.items()],
        [],
        month=MONTH,
        currency="USD",
        contract=Contract.model_validate(
            {"custom_metrics": "metric_names", "invoice": "INV-7", **({"metric_names": pricing} if pricing else {})}
        ),
        metrics=rows,
    )


def test_metric_names_are_a_line_of_the_reconciliation_against_what_they_cost() -> None:
    bill = by_name(PRICING)

    rows = {row.dimension: row for row in bill.reconciliation()}

    assert rows.keys() == {"metric_names", "timeseries"}, "in place of the lines that they are paid under"
    row = rows["metric_names"]
    assert (row.units, row.function_cost, row.measured_cost, row.rest) == numbers(1_001, "500.30", 790, "289.70")
    assert (row.source, row.own_prices) == (PriceSource.CONTRACT, False)
    assert row.notes == ("held against what is paid under indexed_metric_names, ingested_data_points",), (
        "the bill's own notes tell the rest, once"
    )
    assert bill.residual == Decimal("289.70"), "the rest of the lines together"
    assert "Metric names: 1 more may have had as many" in bill.notes


def test_without_their_prices_metric_names_are_no_line() -> None:
    bill = by_name(None)

    assert {row.dimension for row in bill.reconciliation()} == {"timeseries", *NAMED}
    assert bill.metric_names is None
    assert bill.residual == 0


# Each: pricing and names; what the function gives, what is left of 790, and a note.
UNSURE: list[tuple[str, dict[str, Any], int, str | None, str, str]] = [
    ("not read", PRICING, 0, None, "790", "metric names were not read, so that the contract's tiers cannot be applied"),
    (
        "no tier for so many",
        {**PRICING, "tiers": [{"up_to": 9, "price": 1}]},
        12,
        None,
        "790",
        "the contract has no tier for so many",
    ),
    (
        "free data points leave nothing out",
        {**PRICING, "indexed_per_million": 0, "ingested_per_million": 0},
        12,
        "6",
        "784",
        "",
    ),
]


@pytest.mark.parametrize(
    ("pricing", "names", "cost", "rest", "note"), [case[1:] for case in UNSURE], ids=[case[0] for case in UNSURE]
)
def test_what_is_not_known_of_metric_names_is_said(
    pricing: dict[str, Any], names: int, cost: str | None, rest: str, note: str
) -> None:
    bill = by_name(pricing, names=names)

    row = next(row for row in bill.reconciliation() if row.dimension == "metric_names")

    assert (row.function_cost, row.rest) == numbers(cost, rest)
    assert bill.residual == Decimal(rest)
    assert f"Metric names: {note}" in bill.notes if note else not any("data points are" in each for each in bill.notes)


def test_metric_names_that_nothing_is_paid_under_explain_nothing() -> None:
    bill = by_name(PRICING, paid_under={"infra_host": 180})

    row = next(row for row in bill.reconciliation() if row.dimension == "metric_names")

    assert (row.function_cost, row.measured_cost, row.rest) == numbers("500.30", None, None)
    assert row.notes == ("nothing is paid under a name that speaks of metrics",)
    assert bill.residual == 0


# Marginal tiers that become cheaper, dearer, or neither: what the last of 1,001 names costs, and what 2 and all do.
TIERS: list[tuple[str, tuple[str, str], tuple[str, str, str]]] = [
    ("cheaper", ("0.50", "0.30"), ("0.30", "0.80", "500.30")),
    ("dearer", ("0.30", "0.50"), ("0.50", "0.80", "300.50")),
    ("as dear", ("0.50", "0.50"), ("0.50", "1.00", "500.50")),
]


@pytest.mark.parametrize(("prices", "saved"), [case[1:] for case in TIERS], ids=[case[0] for case in TIERS])
def test_names_that_go_leave_the_last_tier_first(prices: tuple[str, str], saved: tuple[str, str, str]) -> None:
    first, last = prices
    bill = by_name({**PRICING, "tiers": [{"up_to": 1_000, "price": first}, {"price": last}]})

    assert bill.metric_names
    assert tuple(bill.metric_names.less(Decimal(freed)) for freed in (1, 2, 5_000)) == numbers(*saved)


def test_a_saving_says_what_is_known_of_a_name_that_goes() -> None:
    saving = by_name(PRICING).saving({METRICS: Decimal(500)})
    free = by_name({**PRICING, "indexed_per_million": 0, "ingested_per_million": 0}).saving({METRICS: Decimal(500)})

    assert (saving.now, saving.at_renewal) == (None, None), "its data points may cost more than it does, or less"
    assert saving.working == (
        "500 time series: billed by metric name, not by time series (contract.custom_metrics); one name less is $0.30 "
        "less, at renewal at the latest (contract, INV-7); what its data points cost is not known"
    )
    assert free.working.endswith("$0.30 less, at renewal at the latest (contract, INV-7)")
