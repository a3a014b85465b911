"""The account's bill as a function of its use, read from Datadog's usage and cost."""

from costguard.bill.bill import Bill, Total, combine
from costguard.bill.dimensions import Dimensions, Unit, label, product_of, unit
from costguard.bill.line import Effect, Line
from costguard.bill.measure import measure
from costguard.bill.prices import ListPrice, PriceList, Rate, Rates, list_prices
from costguard.bill.usage import billed_by_org, latest_month

__all__ = [
    "Bill",
    "Dimensions",
    "Effect",
    "Line",
    "ListPrice",
    "PriceList",
    "Rate",
    "Rates",
    "Total",
    "Unit",
    "billed_by_org",
    "combine",
    "label",
    "latest_month",
    "list_prices",
    "measure",
    "product_of",
    "unit",
]
