"""What freeing units saves: now, at renewal, or nothing that anybody can know."""

from decimal import Decimal
from typing import Any

import pytest

from costguard.bill import Bill, Total, combine, measure
from costguard.model.money import PriceSource
from tests.bill.rows import MONTH, agreed, paid, used

MEASURED = "(measured, October 2026)"

ZERO = Decimal(0)

API, BROWSER = "synthetics_api_tests", "synthetics_browser_checks"
WEEK, FORTNIGHT, LONG = "logs_indexed_7day", "logs_indexed_15day", "logs_indexed_30day"


def bill() -> Bill:
    """The October of an account that has a bit of everything.

    API tests: all on demand. Logs of 15 days: partly committed. Logs of 30 days: inside an unused commitment. Custom
    metrics: an allotment, a commitment and on-demand ones. Browser tests: on demand, at a price that is not known.
    """
    return measure(
        [
            used(f"{API}_sum", 200_000, 0, 200_000),
            used(f"{FORTNIGHT}_sum", 1_500_000, 1_200_000, 300_000),
            used(f"{LONG}_sum", 400_000, 1_000_000, 0),
            used("timeseries_average", 12_000, 5_000, 1_000),
            used("ingested_timeseries_average", 9_000, 0, 0),
            used("custom_thing_sum", 70, 40, 30),
        ],
        [
            paid(f"{API}_on_demand_cost", 100),
            paid(f"{API}_total_cost", 100),
            paid(f"{FORTNIGHT}_committed_cost", "2.04"),
            paid(f"{FORTNIGHT}_on_demand_cost", "0.765"),
            paid(f"{LONG}_committed_cost", "2.50"),
            paid(f"{LONG}_on_demand_cost", 0),
            paid("timeseries_committed_cost", 250),
            paid("timeseries_on_demand_cost", 75),
            paid("custom_thing_committed_cost", 12),
            paid("custom_thing_on_demand_cost", None),
            paid("premier_support_committed_cost", 500),
        ],
        [],
        month=MONTH,
        currency="USD",
    )


CASES: list[tuple[str, dict[str, Any], str | None, str | None, str | None, str]] = [
    ("all on demand", {API: 86_400}, "43.20", "0", "measured", f"86,400 runs × $0.0005 {MEASURED}"),
    (
        "never more than is billed",
        {API: 500_000},
        "100",
        "0",
        "measured",
        f"200,000 runs (all that is billed, of 500,000) × $0.0005 {MEASURED}",
    ),
    (
        "inside a commitment that is not used up",
        {LONG: 100_000},
        "0",
        "0.25",
        "measured",
        f"100,000 events × $2.50 per million at renewal, inside the commitment {MEASURED}",
    ),
    (
        "only what is on demand",
        {FORTNIGHT: 300_000},
        "0.765",
        "0",
        "measured",
        f"300,000 events × $2.55 per million {MEASURED}",
    ),
    (
        "across the edge of the commitment",
        {FORTNIGHT: 1_200_000},
        "0.765",
        "1.53",
        "measured",
        "1,200,000 events: 300,000 on-demand × $2.55 per million now; "
        f"900,000 committed × $1.70 per million at renewal {MEASURED}",
    ),
    (
        "down into the allotment",
        {"timeseries": 7_500},
        "75",
        "250",
        "measured",
        "7,500 time series: 1,000 on-demand × $0.075 now; 5,000 committed × $0.05 at renewal; "
        f"1,500 included, no cost {MEASURED}",
    ),
    (
        "inside the allotment",
        {"ingested_timeseries": 4_000},
        "0",
        "0",
        None,
        "4,000 time series: 4,000 included, no cost",
    ),
    (
        "using more, on demand",
        {API: -10_000},
        "-5",
        "0",
        "measured",
        f"−10,000 runs × $0.0005 {MEASURED}",
    ),
    (
        "using more, inside the commitment and past it: the on-demand price is the list's",
        {LONG: -1_600_000},
        "-3.75",
        "-1.50",
        "list",
        "−1,600,000 events: −1,000,000 on-demand × $3.75 per million (list, October 2026) now; "
        f"−600,000 committed × $2.50 per million {MEASURED} at renewal",
    ),
    (
        "moving usage to another dimension",
        {FORTNIGHT: 100_000, LONG: -100_000},
        "0.255",
        "-0.25",
        "measured",
        f"Indexed logs, 15 days: 100,000 events × $2.55 per million {MEASURED} · Indexed logs, 30 days: "
        f"−100,000 events × $2.50 per million at renewal, inside the commitment {MEASURED}",
    ),
    (
        "moving usage to a dimension that the bill does not have",
        {FORTNIGHT: 100_000, WEEK: -100_000},
        "0.064",
        "0",
        "list",
        f"Indexed logs, 15 days: 100,000 events × $2.55 per million {MEASURED} · Indexed logs, 7 days: "
        "−100,000 events × $1.91 per million (list, October 2026)",
    ),
    (
        "a price that is not known is not nothing",
        {"custom_thing": 35},
        None,
        "1.50",
        "measured",
        f"35 units: 30 on-demand, no price known; 5 committed × $0.30 at renewal {MEASURED}",
    ),
    ("freeing what the bill does not have", {BROWSER: 1_000}, None, None, None, "1,000 runs: no price known"),
    ("what has no usage cannot be freed", {"premier_support": 1}, None, None, None, "1 unit: no price known"),
    ("half a sum could be a loss", {API: 10_000, BROWSER: -1}, "4.982", "0", "list", ""),
    ("one unknown part makes the whole unknown", {API: 10_000, "custom_thing": 1}, None, "0", "measured", ""),
    ("nothing", {}, "0", "0", None, "frees nothing that is billed"),
]


@pytest.mark.parametrize(
    ("frees", "now", "at_renewal", "source", "working"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_saving_is_what_the_bill_would_be_less(
    frees: dict[str, int], now: str | None, at_renewal: str | None, source: str | None, working: str
) -> None:
    october, units = bill(), {dimension: Decimal(number) for dimension, number in frees.items()}

    saving = october.saving(units)

    assert saving.now == (None if now is None else Decimal(now))
    assert saving.at_renewal == (None if at_renewal is None else Decimal(at_renewal))
    assert saving.source == source
    assert saving.now is None or saving.now == october.cost() - october.cost(units)
    if working:
        assert saving.working == working


def test_it_evaluates_to_what_was_measured() -> None:
    october = bill()

    assert october.measured_total == Decimal("942.305")
    assert october.residual == 0
    assert {line.dimension: line.residual for line in october.lines.values() if line.residual} == {}
    assert october.cost({FORTNIGHT: Decimal(300_000)}) == Decimal("941.54")


def test_the_total_of_findings_uses_up_a_commitment_once() -> None:
    october = bill()
    findings = [{FORTNIGHT: Decimal(200_000)}, {FORTNIGHT: Decimal(250_000), API: Decimal(2_000)}]

    alone = [october.saving(frees) for frees in findings]
    together = october.total(combine(findings))

    assert [(each.now, each.at_renewal) for each in alone] == [
        (Decimal("0.51"), ZERO),
        (Decimal("1.6375"), ZERO),
    ]
    assert (together.now, together.at_renewal) == (Decimal("1.765"), Decimal("0.255"))
    assert together.unpriced == ()


def test_a_total_leaves_out_what_has_no_price_and_says_so() -> None:
    total = bill().total({API: Decimal(2_000), "custom_thing": Decimal(35), BROWSER: Decimal(5)})

    assert (total.now, total.at_renewal) == (Decimal(1), Decimal("1.50"))
    assert total.unpriced == ("custom_thing", BROWSER)


def test_a_total_names_what_is_not_known_at_renewal_only() -> None:
    included = measure([used("unheard_of_sum", 50, None, 0)], [], [], month=MONTH, currency="USD")

    assert included.total({"unheard_of": Decimal(20)}) == Total(now=ZERO, at_renewal=None, unpriced=("unheard_of",))


def test_a_total_of_nothing_known_is_not_known() -> None:
    assert bill().total({BROWSER: Decimal(5)}).now is None
    assert bill().total({}).now == 0


LIST_ONLY = "86,400 runs × $0.0005 at renewal at the latest, commitment not known (list, July 2026)"


def test_without_a_readable_bill_nothing_is_sold_as_cash() -> None:
    """The units may lie inside a commitment: they are worth their (lower) committed price when it is next signed."""
    saving = measure([], [], [], month=MONTH, currency="USD").saving({API: Decimal(86_400)})

    assert (saving.now, saving.at_renewal, saving.source) == (None, Decimal("43.20"), PriceSource.LIST)
    assert saving.working == LIST_ONLY


def test_list_prices_are_in_dollars() -> None:
    saving = measure([], [], [], month=MONTH, currency="EUR").saving({API: Decimal(86_400)})

    assert (saving.now, saving.at_renewal, saving.source) == (None, None, None)
    assert saving.working == "86,400 runs: no price known"


def test_a_commitment_that_is_not_known_is_never_worth_more_than_was_paid() -> None:
    paid_total = [paid(f"{API}_total_cost", 20)]
    unknown = measure([used("other_sum", 1, 0, 1)], paid_total, [], month=MONTH, currency="USD")

    saving = unknown.saving({API: Decimal(86_400)})

    assert (saving.now, saving.at_renewal) == (None, Decimal(20))
    assert "at most what was paid, commitment not known" in saving.working


def test_on_demand_units_are_known_without_the_size_of_the_commitment() -> None:
    """No cost, no commitment, but on-demand units: what is freed first is on demand, whatever lies below."""
    known = measure([used(f"{API}_sum", 100_000, None, 30_000)], [], [], month=MONTH, currency="USD")

    first, further, more = (known.saving({API: Decimal(units)}) for units in (10_000, 40_000, -10_000))

    assert (first.now, first.at_renewal) == (Decimal("7.20"), ZERO)
    assert (further.now, further.at_renewal) == (Decimal("21.60"), None)
    assert further.working == (
        "40,000 runs: 30,000 on-demand × $0.00072 now; 10,000 inside a commitment or an allotment of unknown size "
        "(list, July 2026)"
    )
    assert (more.now, more.at_renewal) == (Decimal("-7.20"), ZERO)


def test_nothing_on_demand_is_worth_nothing_now_even_without_a_price() -> None:
    known = measure([used("unheard_of_sum", 50, None, 0)], [], [], month=MONTH, currency="USD")

    assert known.saving({"unheard_of": Decimal(20)}).now == 0
    assert known.saving({"unheard_of": Decimal(20)}).at_renewal is None
    assert known.saving({"unheard_of": Decimal(-20)}).now is None


CURRENCIES = [
    ("USD", "1,000 runs × $0.0005 (contract, INV-1)"),
    ("EUR", "1,000 runs × EUR 0.0005 (contract, INV-1)"),
]


@pytest.mark.parametrize(("currency", "working"), CURRENCIES)
def test_a_contract_beats_what_was_measured(currency: str, working: str) -> None:
    contracted = measure(
        [used(f"{API}_sum", 10_000, 0, 10_000)],
        [paid(f"{API}_on_demand_cost", 9)],
        [],
        month=MONTH,
        currency=currency,
        contract=agreed(API, on_demand="5", per=10_000),
    )

    assert contracted.saving({API: Decimal(1_000)}).working == working
    assert contracted.residual == 4


WORDS = [
    ("logs_ingested", 1_500_000_000, "1.5 GB × $0.10 per GB (contract, INV-1)"),
    ("infra_host", 1, "1 host × $0.10 (contract, INV-1)"),
    ("infra_host", "12.346", "12.35 hosts × $0.10 (contract, INV-1)"),
    ("infra_host", "0.00123", "0.0012 hosts × $0.10 (contract, INV-1)"),
    ("dbm_normalized_queries", 2, "2 queries × $0.10 (contract, INV-1)"),
    ("unheard_of", 3_000_000, "3,000,000 units × $0.10 (contract, INV-1)"),
]


@pytest.mark.parametrize(("dimension", "units", "working"), WORDS)
def test_units_are_told_in_words(dimension: str, units: int | str, working: str) -> None:
    per = 10**9 if dimension == "logs_ingested" else 1
    told = measure(
        [used(f"{dimension}_sum", 10**10, 0, 10**10)],
        [],
        [],
        month=MONTH,
        currency="USD",
        contract=agreed(dimension, on_demand="0.10", per=per),
    )

    assert told.saving({dimension: Decimal(units)}).working == working


PRICES = [
    ("1234.5", 1, "$1,234.50"),
    ("23.456", 1, "$23.46"),
    ("1.0625", 1, "$1.062"),
    ("0.012", 1, "$0.012"),
    ("1", 3, "$0.3333"),
    ("5", 10_000, "$0.0005"),
    ("5", 100_000, "$0.05 per thousand"),
    ("1.7", 1_000_000, "$1.70 per million"),
    ("0", 7, "$0.00"),
]


@pytest.mark.parametrize(("amount", "per", "shown"), PRICES)
def test_small_prices_are_told_for_many_units(amount: str, per: int, shown: str) -> None:
    contract = agreed("x", on_demand=amount, per=per)
    told = measure([used("x_sum", 10, 0, 10)], [], [], month=MONTH, currency="USD", contract=contract)

    assert told.saving({"x": Decimal(10)}).working == f"10 units × {shown} (contract, INV-1)"


def test_the_summary_begins_with_what_costs_most() -> None:
    summary = bill().summary()

    assert [(line.dimension, line.cost) for line in summary.lines[:4]] == [
        ("premier_support", Decimal(500)),
        ("timeseries", Decimal(325)),
        (API, Decimal(100)),
        ("custom_thing", Decimal(12)),
    ]
    assert (summary.month, summary.total, summary.source, summary.residual) == (
        MONTH,
        Decimal("942.305"),
        PriceSource.MEASURED,
        ZERO,
    )
    series = summary.lines[1]
    assert (series.units, series.committed_units, series.on_demand_units) == (
        Decimal(12_000),
        Decimal(5_000),
        Decimal(1_000),
    )
    assert (series.committed_cost, series.on_demand_cost, series.unit) == (Decimal(250), Decimal(75), "time series")


def test_a_summary_without_costs_says_that_it_is_at_list_prices() -> None:
    summary = measure([used(f"{API}_sum", 100_000, 0, 100_000)], [], [], month=MONTH, currency="USD").summary()

    assert (summary.total, summary.source, summary.residual) == (None, PriceSource.LIST, None)
    assert [(line.cost, line.rate_source) for line in summary.lines] == [(Decimal(72), PriceSource.LIST)]
