"""The list prices that come with costguard, and which of them applies."""

from datetime import date
from decimal import Decimal

import pytest

from costguard.bill import Rate, Rates, list_prices, unit
from costguard.bill.prices import least_certain
from costguard.model.money import PriceSource

PUBLISHED: list[tuple[str, int, str | None, str | None]] = [
    # dimension, units, committed, on demand; where no on-demand price is published, the next lower one that is
    ("synthetics_api_tests", 10_000, "5", "7.20"),
    ("synthetics_browser_checks", 1_000, "12", "18"),
    ("logs_ingested", 10**9, "0.10", "0.10"),
    ("logs_indexed_3day", 1_000_000, "1.06", "1.59"),
    ("logs_indexed_7day", 1_000_000, "1.27", "1.91"),
    ("logs_indexed_15day", 1_000_000, "1.70", "2.55"),
    ("logs_indexed_30day", 1_000_000, "2.50", "3.75"),
    ("observability_pipeline", 10**9, "0.095", "0.095"),
    ("timeseries", 100, "5", "5"),  # on demand: annual, because the other is in contracts only
    ("ingested_timeseries", 100, "0.10", "0.10"),
    ("custom_event", 100_000, "2", "2"),
    ("infra_host", 1, "15", "18"),
    ("infra_container", 1, None, "0.002"),
    ("infra_container_excl_agent", 1, None, "0.002"),
    ("npm_host", 1, "5", "7.20"),
    ("dbm_host", 1, "70", "84"),
    ("apm_host", 1, "31", "36"),  # on demand: month-to-month, because what was read on demand conflicts
    ("apm_host_pro", 1, "35", "41"),
    ("apm_host_enterprise", 1, "40", "47"),
    ("apm_fargate", 1, "2", "2"),
    ("apm_trace_search", 1_000_000, "1.70", "1.70"),
    ("ingested_spans", 10**9, "0.10", "0.10"),
    ("prof_host", 1, "19", "19"),
    ("prof_container", 730, "2", "2"),
    ("rum_lite", 1_000, "1.50", "1.50"),
    ("rum_replay", 1_000, "2.50", "3.60"),
    ("lambda_function", 1, "5", "5"),
    ("serverless_infra", 1, "5", "5"),
    ("csm_host_pro", 1, "10", "12"),
    ("csm_host_enterprise", 1, "25", "30"),
    ("ci_pipeline", 1, "8", "12"),
    ("ci_testing", 1, "20", "29"),
    ("ci_test_indexed_spans", 1_000_000, "3", "3"),
    ("incident_management", 1, None, "29"),
]


@pytest.mark.parametrize(("dimension", "units", "committed", "on_demand"), PUBLISHED)
def test_committed_units_have_the_annual_price(
    dimension: str, units: int, committed: str | None, on_demand: str | None
) -> None:
    rates = list_prices().rates("USD")[dimension]

    found = [rate and rate.of(Decimal(units)) for rate in (rates.committed, rates.on_demand)]
    assert found == [committed and Decimal(committed), on_demand and Decimal(on_demand)]


def test_only_what_is_published_is_the_price_of_its_way_of_paying() -> None:
    prices = list_prices()
    published = prices.published("USD")

    assert published["timeseries"].on_demand is None
    assert {each.dimension for each in prices.price if each.on_demand is None} == {
        dimension for dimension, rates in published.items() if rates.on_demand is None
    }
    assert published["infra_host"] == prices.rates("USD")["infra_host"]
    assert prices.published("EUR") == {}


@pytest.mark.parametrize("days", [1, 45, 60, 90, 180, 360])
def test_what_is_not_published_has_no_price(days: int) -> None:
    assert f"logs_indexed_{days}day" not in list_prices().rates("USD")


def test_the_list_is_in_one_currency() -> None:
    assert list_prices().rates("EUR") == {}


def test_every_list_price_says_where_it_is_from() -> None:
    prices = list_prices()
    dimensions = [each.dimension for each in prices.price]

    assert sorted(dimensions) == sorted(dimension for dimension, *_ in PUBLISHED), "each is in the table above, once"
    for each in prices.price:
        assert each.source
        assert each.read is None or each.read <= prices.version
        assert each.rates.known, f"{each.dimension} has no price at all"
        assert all(rate.usd > 0 and rate.source is PriceSource.LIST for rate in each.rates.known)
        assert each.unit == unit(each.dimension).one, each.dimension


def test_the_more_flexible_price_is_never_the_lower_one() -> None:
    for each in list_prices().price:
        read = [price for price in (each.annual, each.on_demand or each.month_to_month) if price is not None]
        assert read == sorted(read), each.dimension


def test_cost_per_unit_times_units_is_the_cost_to_the_last_digit() -> None:
    rate = Rate(amount=Decimal(1), per=Decimal(3), source=PriceSource.MEASURED)

    assert rate.of(Decimal(3)) == 1
    assert rate.of(Decimal(-3)) == -1


def test_prices_fill_each_others_gaps() -> None:
    def rate(source: PriceSource) -> Rate:
        return Rate(amount=Decimal(1), per=Decimal(1), source=source, when=date(2026, 10, 1))

    contract = Rates(on_demand=rate(PriceSource.CONTRACT))
    listed = Rates(committed=rate(PriceSource.LIST), on_demand=rate(PriceSource.LIST))

    both = contract.over(listed)

    assert [each.source for each in both.known] == [PriceSource.LIST, PriceSource.CONTRACT]
    assert least_certain(each.source for each in both.known) is PriceSource.LIST
    assert least_certain([]) is None
