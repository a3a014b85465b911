"""FOCUS 1.2: the columns, the rules that can be checked on a file, and the same money as the bill."""

import csv
import io
import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from costguard.model.statement import Statement
from costguard.model.usage import MonthlyAttribution
from costguard.statements.focus import COLUMNS, render
from tests.statement.focus_rules import Row, column_violations, row_violations
from tests.statement.rows import OCTOBER, cents, charge, cost, means, show, stored, total, used
from tests.statement.sample import HOSTILE, account, sample

BREAKDOWNS = ("product", "org", "usage-type", "day", "tag:team", "tag:team,env")

UNKNOWN_UNITS = ("rum", "nameless", "premier_support")
"""Dimensions of the sample whose units nobody told: their quantities are null, which FOCUS allows to no provider."""


def read(statement: Statement) -> list[Row]:
    return list(csv.DictReader(io.StringIO(render(statement), newline=""), strict=True))


def money(rows: list[Row]) -> str | None:
    return cents(sum((Decimal(row["BilledCost"]) for row in rows), Decimal(0)))


def test_the_columns_are_those_of_focus() -> None:
    assert list(column_violations(COLUMNS)) == []
    assert list(COLUMNS) == sorted(COLUMNS)


@pytest.mark.parametrize("by", BREAKDOWNS)
def test_every_row_keeps_the_rules_and_all_add_up_to_the_bill(tmp_path: Path, by: str) -> None:
    with account(tmp_path) as store:
        statements = [show(store, by=by, charges=True), show(store, by=by, first="2026-09", charges=True)]
        alone = show(store, by=by, org="shop", charges=True)
    for statement in statements:
        rows = read(statement)
        violations = {
            violation for row in rows if row["SkuId"] not in UNKNOWN_UNITS for violation in row_violations(row)
        }
        assert violations == set()
        assert money(rows) == cents(statement.total)
    assert money(read(alone)) == cents(alone.total)


def test_a_wrong_row_is_found_out(tmp_path: Path) -> None:
    right = read(sample(tmp_path, charges=True))[0]
    assert list(row_violations(right)) == []
    for column, wrong in (
        ("BilledCost", "1E+3"), ("BilledCost", ""), ("ChargeCategory", "Cost"), ("BillingPeriodStart", "2026-10-01"),
        ("ChargePeriodEnd", "2026-12-01T00:00:00Z"), ("SkuId", ""), ("PricingUnit", ""), ("PricingUnit", "hosts"),
        ("Tags", "[]"), ("ServiceName", "null"), ("SubAccountName", ""),
    ):  # fmt: skip
        assert list(row_violations(right | {column: wrong})), (column, wrong)
    assert list(column_violations(COLUMNS[1:]))
    assert list(column_violations((*COLUMNS, "Colour")))


def test_committed_and_on_demand_are_rows_and_the_total_is_none(tmp_path: Path) -> None:
    with stored(
        tmp_path,
        cost("infra_host_committed_cost", 1500),
        cost("infra_host_on_demand_cost", 180), cost("infra_host_total_cost", 1680),
        cost("infra_host_percentage_in_org", 75), cost("infra_host_percentage_in_account", "61.5"),
        used("infra_host_top99p", 110, 100, 10, of_org=110),
        means("infra_host", "infra_host_top99p", label="Infra Hosts"),
    ) as store:  # fmt: skip
        committed, on_demand = read(show(store, charges=True))
    assert committed == {
        "BilledCost": "1500", "BillingAccountId": "parent", "BillingAccountName": "Parent", "BillingCurrency": "USD",
        "BillingPeriodEnd": "2026-11-01T00:00:00Z", "BillingPeriodStart": "2026-10-01T00:00:00Z",
        "ChargeCategory": "Usage", "ChargeClass": "", "ChargeDescription": "infra_host committed",
        "ChargeFrequency": "Recurring", "ChargePeriodEnd": "2026-11-01T00:00:00Z",
        "ChargePeriodStart": "2026-10-01T00:00:00Z", "ConsumedQuantity": "100", "ConsumedUnit": "Hosts",
        "ContractedCost": "1500", "EffectiveCost": "1500", "InvoiceIssuerName": "Datadog", "ListCost": "1500",
        "PricingCategory": "Standard", "PricingQuantity": "100", "PricingUnit": "Hosts", "ProviderName": "Datadog",
        "PublisherName": "Datadog", "RegionId": "datadoghq.com", "RegionName": "US1", "ResourceId": "",
        "ServiceCategory": "Management and Governance", "ServiceName": "Hosts", "SkuId": "infra_host",
        "SkuMeter": "Infra Hosts", "SkuPriceId": "infra_host/committed", "SubAccountId": "parent",
        "SubAccountName": "Parent", "Tags": "", "x_CostAsOf": "", "x_CostBasis": "attributed",
        "x_ListCostSource": "list price, read 2026-07-17", "x_PercentageInAccount": "61.5", "x_PercentageInOrg": "75",
        "x_TagConfigSource": "",
    }  # fmt: skip
    different = {column: value for column, value in on_demand.items() if value != committed[column]}
    assert different == {
        "BilledCost": "180", "ChargeDescription": "infra_host on-demand", "ChargeFrequency": "Usage-Based",
        "ConsumedQuantity": "10", "ContractedCost": "180", "EffectiveCost": "180", "ListCost": "180",
        "PricingQuantity": "10", "SkuPriceId": "infra_host/on-demand",
    }  # fmt: skip


@pytest.mark.parametrize("summary", [True, False], ids=["with a summary of usage", "without"])
def test_a_fee_is_a_purchase_and_all_else_is_usage(tmp_path: Path, summary: bool) -> None:
    rows = [
        cost("premier_support_committed_cost", 500),
        cost("rum_on_demand_cost", 5), cost("infra_host_committed_cost", 15), cost("brand_new_committed_cost", 3),
        *([used("rum_sum", 7, 0, 7, of_org=7), used("infra_host_top99p", 0, 1, 0, of_org=0)] if summary else []),
    ]  # fmt: skip
    with stored(tmp_path, *rows, means("infra_host", "infra_host_top99p")) as store:
        found = {row["SkuId"]: row for row in read(show(store, charges=True))}
    assert {name: row["ChargeCategory"] for name, row in found.items()} == {
        "premier_support": "Purchase", "rum": "Usage", "infra_host": "Usage", "brand_new": "Usage",
    }  # fmt: skip
    fee = found["premier_support"]
    assert fee["ChargeFrequency"] == "Recurring"
    # Nobody counts a fee: a number would be invented.
    assert (fee["PricingQuantity"], fee["PricingUnit"], fee["ConsumedQuantity"]) == ("", "", "")


def test_a_fee_recurs_whichever_way_it_is_told(tmp_path: Path) -> None:
    with stored(tmp_path, cost("premier_support_on_demand_cost", 500)) as store:
        [row] = read(show(store, charges=True))
    assert (row["ChargeCategory"], row["ChargeFrequency"]) == ("Purchase", "Recurring")
    assert list(row_violations(row)) == ["PricingQuantity is null of Purchase premier_support on-demand"]


def test_no_other_price_is_called_the_on_demand_list_price(tmp_path: Path) -> None:
    rows = [
        cost("timeseries_committed_cost", 90), cost("timeseries_on_demand_cost", 244),
        used("timeseries_average", 6000, 2000, 4000, of_org=6000), means("timeseries", "timeseries_average"),
    ]  # fmt: skip
    with stored(tmp_path, *rows) as store:
        committed, on_demand = read(show(store, charges=True))
    assert (committed["ListCost"], committed["x_ListCostSource"]) == ("100", "list price, read 2026-10-02")
    assert (on_demand["ListCost"], on_demand["x_ListCostSource"]) == ("244", "billed cost: no list price is known")


def test_units_that_nobody_told_are_null(tmp_path: Path) -> None:
    with stored(tmp_path, cost("rum_on_demand_cost", 5)) as store:
        [row] = read(show(store, charges=True))
    assert (row["PricingQuantity"], row["PricingUnit"], row["ConsumedQuantity"], row["ListCost"]) == ("", "", "", "5")
    assert row["x_ListCostSource"] == "billed cost: no list price is known"


def test_what_was_used_is_told_by_the_usage_attribution(tmp_path: Path) -> None:
    attributed = MonthlyAttribution(OCTOBER, "parent", "Parent", "us", "api_usage", Decimal(42), None, None, None)
    rows = [cost("synthetics_api_tests_on_demand_cost", 5), used("synthetics_api_tests_sum", 40, 0, 40, of_org=40)]
    with stored(tmp_path, *rows, attributed) as store:
        [row] = read(show(store, charges=True))
    assert (row["ConsumedQuantity"], row["PricingQuantity"]) == ("42", "40")


def test_bytes_are_gigabytes_and_security_is_a_category_of_its_own(tmp_path: Path) -> None:
    amount = 50_000_000_000
    rows = [
        cost("logs_ingested_on_demand_cost", 5), used("logs_ingested_sum", amount, 0, amount, of_org=amount),
        cost("csm_host_pro_on_demand_cost", 5), used("csm_host_pro_top99p", 1, 0, 1, of_org=1),
    ]  # fmt: skip
    with stored(tmp_path, *rows) as store:
        security, logs = read(show(store, charges=True))
    assert (logs["PricingQuantity"], logs["PricingUnit"], logs["ListCost"]) == ("50", "GB", "5")
    assert (security["ServiceCategory"], security["ServiceName"]) == ("Security", "Security")


def test_tags(tmp_path: Path) -> None:
    tags = {
        '{"env":["prod"],"team":["b","a"]}': {"team": "a | b", "env": "prod"},
        '{"env":["<empty>"],"team":["web"]}': {"team": "web", "env": ""},
        '{"env":[],"team":["\\"x\\""]}': {"team": '"x"'},
        '{"env":[],"team":[]}': {},
    }
    parts = [cost("rum_on_demand_cost", 10 * number, tags=each) for number, each in enumerate(tags, 1)]
    with stored(tmp_path, cost("rum_on_demand_cost", 107), breakdowns={"2026-10:team,env": parts}) as store:
        rows = read(show(store, by="tag:team,env", charges=True))
    found = {row["BilledCost"]: row["Tags"] for row in rows}
    assert {amount: json.loads(text) for amount, text in found.items() if text} == {
        str(10 * number): each for number, each in enumerate(tags.values(), 1)
    }
    assert found["7"] == "", "what is not broken down has no tags, not none"


def test_an_estimate_that_was_not_invoiced_is_not_corrected(tmp_path: Path) -> None:
    days = [(1, 10), (3, 25), (4, 20)]
    rows = [charge("rum", "on_demand", spent, source="estimated", day=date(2026, 10, day)) for day, spent in days]
    with stored(tmp_path, *rows, charge("rum", "on_demand", "21.50")) as store:
        found = read(show(store, by="day", charges=True))
    columns = ("ChargePeriodStart", "ChargePeriodEnd", "BilledCost", "ChargeClass")
    assert [tuple(row[column].removesuffix("T00:00:00Z") for column in columns) for row in found] == [
        ("2026-10-01", "2026-10-02", "10", ""),
        ("2026-10-02", "2026-10-04", "15", ""),
        ("2026-10-04", "2026-10-05", "-5", ""),
        ("2026-10-01", "2026-11-01", "1.5", ""),
    ]


def test_what_belongs_to_no_product_is_an_adjustment(tmp_path: Path) -> None:
    with stored(tmp_path, charge("rum", "on_demand", 90, view="summary"), total("92.50")) as store:
        rows = read(show(store, charges=True))
    assert [(row["ChargeCategory"], row["BilledCost"], row["SkuId"]) for row in rows] == [
        ("Adjustment", "2.5", ""),
        ("Usage", "90", "rum"),
    ]


def test_names_are_text(tmp_path: Path) -> None:
    rows = read(sample(tmp_path, hostile=True, by="tag:team", charges=True))
    assert {row["SubAccountName"][:5] for row in rows} == {"'=cmd"}
    assert any(HOSTILE in value for row in rows if row["Tags"] for value in json.loads(row["Tags"]).values())
