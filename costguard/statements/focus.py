"""A statement as FOCUS 1.2 (FinOps Open Cost and Usage Specification) in a CSV file (docs/datadog.md, G)."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from costguard.model.money import Units, Usd
from costguard.model.statement import Charge, Statement
from costguard.statements._table import Cell, table
from costguard.wording import product

name = "focus"
suffixes = (".focus.csv",)
charges = True

DATADOG = "Datadog"

REGIONS = {
    "datadoghq.com": "US1",
    "us3.datadoghq.com": "US3",
    "us5.datadoghq.com": "US5",
    "datadoghq.eu": "EU1",
    "ap1.datadoghq.com": "AP1",
    "ap2.datadoghq.com": "AP2",
    "uk1.datadoghq.com": "UK1",
    "ddog-gov.com": "US1-FED",
    "us2.ddog-gov.com": "US2-FED",
}
"""Datadog's own names of its sites."""

GIGABYTE = Decimal(10) ** 9

FREQUENCIES = {"Adjustment": "One-Time", "Purchase": "Recurring"}
"""Of what is no usage, whichever way Datadog says that it is paid."""

NO_LIST_PRICE = "billed cost: no list price is known"

Row = dict[str, Cell]


@dataclass(frozen=True, slots=True)
class _Value:
    """One of a charge's amounts: committed, on-demand, or not split."""

    words: str
    frequency: str
    cost: Usd
    quantity: Units | None
    consumed: Units | None
    list_price: Usd | None


def render(statement: Statement) -> str:
    """The table: a row for each committed, on-demand or unsplit amount, never for a total. Null is an empty cell."""
    rows = [_row(statement, charge, value) for charge in statement.charges for value in _values(charge)]
    return table(COLUMNS, ([row[column] for column in COLUMNS] for row in rows))


def _values(charge: Charge) -> Iterator[_Value]:
    """The amounts that are charged; nothing for no use is no charge."""
    cost, used = charge.cost, charge.quantity
    beyond = None if used.units is None else min(max(used.on_demand or Decimal(0), Decimal(0)), used.units)
    if cost.committed is None:
        beyond = used.units
    values = (
        ("committed", "Recurring", cost.committed, used.committed, charge.list_price_committed),
        ("on-demand", "Usage-Based", cost.on_demand, used.on_demand, charge.list_price_on_demand),
        ("committed and on-demand", "Usage-Based", cost.unsplit, used.units, None),
    )
    for (words, frequency, amount, quantity, price), consumed in zip(
        values, (None if used.units is None or beyond is None else used.units - beyond, beyond, used.units), strict=True
    ):
        if amount is not None and (amount or quantity):
            yield _Value(words, frequency, amount, quantity, consumed, price)


def _row(statement: Statement, charge: Charge, value: _Value) -> Row:
    month = next(each for each in statement.months if each.month == charge.month)
    category = _category(charge)
    start, end = _period(charge)
    scale, unit = _unit(charge.unit)
    quantity = None if value.quantity is None else value.quantity / scale
    consumed = value.consumed if category == "Usage" else None
    listed = None if value.list_price is None or value.quantity is None else value.list_price * value.quantity
    known = bool(charge.dimension)
    return {
        "BilledCost": value.cost,
        "BillingAccountId": statement.account.id,
        "BillingAccountName": statement.account.name,
        "BillingCurrency": statement.currency,
        "BillingPeriodEnd": _moment(_next_month(charge.month)),
        "BillingPeriodStart": _moment(charge.month),
        "ChargeCategory": category,
        # Of a month that was invoiced and restated Datadog gives new figures, and no charge for the difference.
        "ChargeClass": None,
        "ChargeDescription": f"{charge.dimension} {value.words}" if known else charge.label,
        "ChargeFrequency": FREQUENCIES.get(category, value.frequency),
        "ChargePeriodEnd": charge.until.strftime("%Y-%m-%dT%H:%M:%SZ") if charge.until else _moment(end),
        "ChargePeriodStart": _moment(start),
        "ConsumedQuantity": None if consumed is None else consumed / scale,
        "ConsumedUnit": None if consumed is None else unit,
        "ContractedCost": value.cost,
        "EffectiveCost": value.cost,
        "InvoiceIssuerName": DATADOG,
        "ListCost": value.cost if listed is None else listed,
        "PricingCategory": "Standard" if category != "Adjustment" else None,
        "PricingQuantity": quantity,
        "PricingUnit": None if quantity is None else unit,
        "ProviderName": DATADOG,
        "PublisherName": DATADOG,
        "RegionId": statement.account.site,
        "RegionName": REGIONS.get(statement.account.site, statement.account.site),
        "ResourceId": None,
        "ServiceCategory": "Security" if charge.product == "security" else "Management and Governance",
        "ServiceName": product(charge.product) if charge.product else DATADOG,
        "SkuId": charge.dimension or None,
        "SkuMeter": charge.label if known else None,
        "SkuPriceId": f"{charge.dimension}/{value.words}" if known else None,
        "SubAccountId": charge.org_id,
        "SubAccountName": charge.org_name if charge.org_id else None,
        "Tags": _tags(charge),
        "x_CostAsOf": month.as_of.strftime("%Y-%m-%dT%H:%M:%SZ") if month.as_of else None,
        "x_CostBasis": month.basis.value if month.basis else None,
        "x_ListCostSource": NO_LIST_PRICE if listed is None else charge.list_price_source,
        "x_PercentageInAccount": charge.percentage_in_account,
        "x_PercentageInOrg": charge.percentage_in_org,
        "x_TagConfigSource": charge.tag_config_source,
    }


COLUMNS = (
    "BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency", "BillingPeriodEnd",
    "BillingPeriodStart", "ChargeCategory", "ChargeClass", "ChargeDescription", "ChargeFrequency", "ChargePeriodEnd",
    "ChargePeriodStart", "ConsumedQuantity", "ConsumedUnit", "ContractedCost", "EffectiveCost", "InvoiceIssuerName",
    "ListCost", "PricingCategory", "PricingQuantity", "PricingUnit", "ProviderName", "PublisherName", "RegionId",
    "RegionName", "ResourceId", "ServiceCategory", "ServiceName", "SkuId", "SkuMeter", "SkuPriceId", "SubAccountId",
    "SubAccountName", "Tags", "x_CostAsOf", "x_CostBasis", "x_ListCostSource", "x_PercentageInAccount",
    "x_PercentageInOrg", "x_TagConfigSource",
)  # fmt: skip
"""What each column is, is said in docs/bill.md."""


def _category(charge: Charge) -> str:
    """Usage; a purchase for a fee; an adjustment for what belongs to no product."""
    if not charge.dimension:
        return "Adjustment"
    return "Purchase" if charge.fee else "Usage"


def _period(charge: Charge) -> tuple[date, date]:
    """The days that it is for, the end exclusive: the month, or the days that a day's figure covers."""
    if charge.day is None:
        return charge.month, _next_month(charge.month)
    return charge.day - timedelta(days=charge.days - 1), charge.day + timedelta(days=1)


def _unit(word: str) -> tuple[Decimal, str]:
    """The unit as FOCUS writes it, and how many of ours it is: Hosts, Container-Hours, GB."""
    if word == "bytes":
        return GIGABYTE, "GB"
    return Decimal(1), "-".join(part.capitalize() for part in word.replace(" ", "-").split("-"))


def _tags(charge: Charge) -> str | None:
    """Only the keys that are carried; an empty value is "", and several are one text."""
    if charge.tags is None:
        return None
    values: Mapping[str, str] = {
        key: " | ".join("" if value == "<empty>" else value for value in found) for key, found in charge.tags if found
    }
    return json.dumps(values)


def _next_month(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def _moment(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"
