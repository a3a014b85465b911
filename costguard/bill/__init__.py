"""The account's bill as a function of its use, read from Datadog's usage and cost."""

from costguard.bill.aggregation import KINDS, Kind, kind_of
from costguard.bill.allotments import Allotment, AllotmentTable, Grant, allotments, grants
from costguard.bill.bill import Bill, Total, combine
from costguard.bill.dimensions import Dimensions, Unit, label, product_of, unit
from costguard.bill.effect import Effect, Granted
from costguard.bill.hours import Hours, Measured, metered
from costguard.bill.line import Line
from costguard.bill.measure import measure
from costguard.bill.metric_names import metric_name_cost
from costguard.bill.prices import ListPrice, PriceList, Rate, Rates, list_prices
from costguard.bill.reconciliation import Explained
from costguard.bill.terms import ContractError
from costguard.bill.usage import billed_by_org, latest_month

__all__ = [
    "KINDS",
    "Allotment",
    "AllotmentTable",
    "Bill",
    "ContractError",
    "Dimensions",
    "Effect",
    "Explained",
    "Grant",
    "Granted",
    "Hours",
    "Kind",
    "Line",
    "ListPrice",
    "Measured",
    "PriceList",
    "Rate",
    "Rates",
    "Total",
    "Unit",
    "allotments",
    "billed_by_org",
    "combine",
    "grants",
    "kind_of",
    "label",
    "latest_month",
    "list_prices",
    "measure",
    "metered",
    "metric_name_cost",
    "product_of",
    "unit",
]
