"""Rows of usage and cost, as short to write as the tables that the tests are made of."""

from datetime import date
from decimal import Decimal

from costguard.model.contract import Contract, ContractPrice
from costguard.model.usage import BillableUsage, DimensionKey, MonthlyCost

MONTH = date(2026, 10, 1)

Number = int | str | Decimal | None


def used(
    key: str,
    billable: Number = None,
    committed: Number = None,
    on_demand: Number = None,
    *,
    org: str = "parent",
    of_org: Number = None,
    unit: str = "",
    month: date = MONTH,
    account: str = "",
) -> BillableUsage:
    """A row of the billable summary: the account's numbers, and one organisation's part."""
    return BillableUsage(
        month=month,
        org_public_id=org,
        org_name=org.title(),
        region="us",
        billing_plan="Pro",
        key=key,
        unit=unit,
        account_billable=_decimal(billable),
        account_committed=_decimal(committed),
        account_on_demand=_decimal(on_demand),
        org_billable=_decimal(of_org),
        percentage_in_account=None,
        first_hour=None,
        last_hour=None,
        account_public_id=account,
        account_name=account.title(),
    )


def paid(
    field: str,
    value: Number,
    *,
    org: str = "parent",
    tags: str | None = None,
    updated: str | None = None,
    source: str | None = None,
    month: date = MONTH,
) -> MonthlyCost:
    """A value of the monthly cost attribution; `source` says by which tag keys, since when."""
    return MonthlyCost(
        month=month,
        org_public_id=org,
        org_name=org.title(),
        field=field,
        value=_decimal(value),
        tags=tags,
        tag_config_source=source,
        updated_at=updated,
    )


def means(
    dimension: str,
    key: str | None,
    *,
    label: str = "",
    endpoint: str = "/api/v1/usage/billable-summary",
    month: date = MONTH,
) -> DimensionKey:
    """A row of the billing dimension mapping."""
    return DimensionKey(month=month, dimension=dimension, label=label, endpoint=endpoint, key=key)


def agreed(dimension: str, *, on_demand: str, per: int = 1) -> Contract:
    """A contract about one price."""
    price = ContractPrice(dimension=dimension, on_demand=Decimal(on_demand), per=Decimal(per))
    return Contract(invoice="INV-1", prices=(price,))


def numbers(*values: Number) -> tuple[Decimal | None, ...]:
    """Several values as decimals."""
    return tuple(_decimal(value) for value in values)


def _decimal(value: Number) -> Decimal | None:
    return None if value is None else Decimal(value)
