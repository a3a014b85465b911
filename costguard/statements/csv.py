"""A statement as a CSV file: a row for each organisation's dimension in each month, and day or tag value."""

from collections.abc import Iterator

from costguard.model.statement import Charge, Statement
from costguard.statements._table import Cell, table

name = "csv"
suffixes = (".csv",)
charges = True

COLUMNS = (
    "month",
    "day",
    "days",
    "until",
    "organisation_id",
    "organisation",
    "product",
    "dimension",
    "label",
    "kind",
    "tag_keys",
    "tag_values",
    "committed_cost",
    "on_demand_cost",
    "unsplit_cost",
    "total_cost",
    "currency",
    "units",
    "committed_units",
    "on_demand_units",
    "unit",
    "basis",
    "as_of",
)
"""What each column is, is said in docs/bill.md."""


def render(statement: Statement) -> str:
    """The table; a cell that is not known is empty."""
    return table(COLUMNS, _rows(statement))


def _rows(statement: Statement) -> Iterator[tuple[Cell, ...]]:
    months = {each.month: each for each in statement.months}
    for charge in statement.charges:
        month = months[charge.month]
        yield (
            f"{charge.month:%Y-%m}",
            charge.day,
            charge.days if charge.day else None,
            charge.until.isoformat() if charge.until else None,
            charge.org_id,
            charge.org_name,
            charge.product or None,
            charge.dimension or None,
            charge.label,
            charge.kind.value,
            " · ".join(key for key, _ in charge.tags) if charge.tags else None,
            _values(charge),
            charge.cost.committed,
            charge.cost.on_demand,
            charge.cost.unsplit,
            charge.cost.total,
            statement.currency,
            charge.quantity.units,
            charge.quantity.committed,
            charge.quantity.on_demand,
            charge.unit,
            month.basis.value if month.basis else None,
            month.as_of.isoformat() if month.as_of else None,
        )


def _values(charge: Charge) -> str | None:
    """The values of each key, several of one key as Datadog writes them in its own files."""
    if not charge.tags:
        return None
    return " · ".join(" | ".join(values) for _, values in charge.tags)
