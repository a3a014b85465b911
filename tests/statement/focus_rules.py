"""The rules of FOCUS 1.2 that can be checked on a file alone, as far as they apply to what costguard writes."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal

Row = dict[str, str]

MANDATORY = (
    "BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency", "BillingPeriodEnd",
    "BillingPeriodStart", "ChargeCategory", "ChargeClass", "ChargeDescription", "ChargePeriodEnd",
    "ChargePeriodStart", "ContractedCost", "EffectiveCost", "InvoiceIssuerName", "ListCost", "PricingQuantity",
    "PricingUnit", "ProviderName", "PublisherName", "ServiceCategory", "ServiceName",
)  # fmt: skip
OTHERS = (
    "AvailabilityZone", "BillingAccountType", "CapacityReservationId", "CapacityReservationStatus",
    "ChargeFrequency", "CommitmentDiscountCategory", "CommitmentDiscountId", "CommitmentDiscountName",
    "CommitmentDiscountQuantity", "CommitmentDiscountStatus", "CommitmentDiscountType", "CommitmentDiscountUnit",
    "ConsumedQuantity", "ConsumedUnit", "ContractedUnitPrice", "InvoiceId", "ListUnitPrice", "PricingCategory",
    "PricingCurrency", "PricingCurrencyContractedUnitPrice", "PricingCurrencyEffectiveCost",
    "PricingCurrencyListUnitPrice", "RegionId", "RegionName", "ResourceId", "ResourceName", "ResourceType",
    "ServiceSubcategory", "SkuId", "SkuMeter", "SkuPriceDetails", "SkuPriceId", "SubAccountId", "SubAccountName",
    "SubAccountType", "Tags",
)  # fmt: skip
DECIMALS = ("BilledCost", "ContractedCost", "EffectiveCost", "ListCost", "PricingQuantity", "ConsumedQuantity")
TIMES = ("BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd")
NOT_NULL = (
    "BilledCost", "BillingAccountId", "BillingCurrency", *TIMES, "ChargeCategory", "ChargeDescription",
    "ChargeFrequency", "ContractedCost", "EffectiveCost", "InvoiceIssuerName", "ListCost", "ProviderName",
    "PublisherName", "ServiceCategory", "ServiceName",
)  # fmt: skip
ALLOWED = {
    "ChargeCategory": {"Usage", "Purchase", "Tax", "Credit", "Adjustment"},
    "ChargeClass": {"Correction"},
    "ChargeFrequency": {"One-Time", "Recurring", "Usage-Based"},
    "PricingCategory": {"Standard", "Dynamic", "Committed", "Other"},
    "ServiceCategory": {
        "AI and Machine Learning", "Analytics", "Business Applications", "Compute", "Databases", "Developer Tools",
        "Identity", "Integration", "Internet of Things", "Management and Governance", "Media", "Migration", "Mobile",
        "Multicloud", "Networking", "Security", "Storage", "Web", "Other",
    },
}  # fmt: skip
UNIT = re.compile(r"(GB|[A-Z][A-Za-z]*(-[A-Z][A-Za-z]*)*)")


def column_violations(columns: Sequence[str]) -> Iterator[str]:
    """What is wrong with the header; the order of columns is free."""
    yield from (f"{column} is missing" for column in MANDATORY if column not in columns)
    yield from (f"{column} is there twice" for column in set(columns) if list(columns).count(column) > 1)
    for column in columns:
        if not (column in (*MANDATORY, *OTHERS) or re.fullmatch(r"x_[A-Z][A-Za-z]*", column)):
            yield f"{column} is neither a column of FOCUS 1.2 nor a custom one"


def row_violations(row: Row) -> Iterator[str]:
    """What is wrong with a row; "" is null."""
    for rule in RULES:
        yield from rule(row)


def _formats(row: Row) -> Iterator[str]:
    for column in DECIMALS:
        if row[column] and not re.fullmatch(r"-?\d+(\.\d+)?", row[column]):
            yield f"{column} {row[column]} is no decimal"
    for column in TIMES:
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row[column]):
            yield f"{column} {row[column]} is no time in UTC"
    if not re.fullmatch(r"[A-Z]{3}", row["BillingCurrency"]):
        yield "BillingCurrency is no ISO 4217 code"
    for column in ("PricingUnit", "ConsumedUnit"):
        if row[column] and not UNIT.fullmatch(row[column]):
            yield f"{column} {row[column]} is no unit"
    for column, value in row.items():
        if value.strip().lower() in ("null", "none", "n/a", "not applicable", "unknown", "nan"):
            yield f"{column} holds a placeholder for null"


def _values(row: Row) -> Iterator[str]:
    yield from (f"{column} is null" for column in NOT_NULL if not row[column])
    for column, allowed in ALLOWED.items():
        if row[column] and row[column] not in allowed:
            yield f"{column} {row[column]} is not allowed"


def _periods(row: Row) -> Iterator[str]:
    if any(not row[column].endswith("Z") for column in TIMES):
        return
    start, end, first, last = (
        datetime.fromisoformat(row[column])
        for column in ("BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd")
    )
    if not start < end:
        yield "the billing period ends before it begins"
    if not start <= first < last <= end:
        yield "the charge period is not within the billing period"


def _priced(row: Row) -> Iterator[str]:
    """What usage and purchases must say, unless they correct an earlier period."""
    if row["ChargeCategory"] not in ("Usage", "Purchase") or row["ChargeClass"] == "Correction":
        return
    for column in ("PricingCategory", "PricingQuantity", "SkuId", "SkuPriceId"):
        if not row[column]:
            yield f"{column} is null of {row['ChargeCategory']} {row['ChargeDescription']}"
    if row["ChargeCategory"] == "Usage" and not row["ConsumedQuantity"]:
        yield f"ConsumedQuantity is null of {row['ChargeDescription']}"
    if row["ConsumedQuantity"] and Decimal(row["ConsumedQuantity"]) < 0:
        yield "ConsumedQuantity is negative"


def _together(row: Row) -> Iterator[str]:
    """Columns that are null together, or not."""
    for one, other in (
        ("PricingQuantity", "PricingUnit"),
        ("ConsumedQuantity", "ConsumedUnit"),
        ("SkuId", "SkuMeter"),
        ("SkuId", "SkuPriceId"),
        ("RegionId", "RegionName"),
        ("SubAccountId", "SubAccountName"),
    ):
        if bool(row[one]) != bool(row[other]):
            yield f"{one} and {other} are not null together"
    if row["ChargeCategory"] != "Usage" and row["ConsumedQuantity"]:
        yield f"ConsumedQuantity of a {row['ChargeCategory']}"
    if row["ChargeCategory"] == "Purchase" and row["ChargeFrequency"] == "Usage-Based":
        yield "a purchase that is usage-based"


def _tags(row: Row) -> Iterator[str]:
    if not row["Tags"]:
        return
    found = json.loads(row["Tags"])
    if not isinstance(found, dict) or any(isinstance(value, dict | list) for value in found.values()):
        yield "Tags is no object of single values"


RULES: tuple[Callable[[Row], Iterator[str]], ...] = (_formats, _values, _periods, _priced, _together, _tags)
