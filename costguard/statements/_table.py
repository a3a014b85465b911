"""How a table is written for spreadsheets: RFC 4180, and no cell that a spreadsheet would run as a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Context, Decimal

from costguard.safetext import visible

_DIGITS = Context(prec=28)

_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula, the wide forms too."""

Cell = str | Decimal | date | int | None


def table(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """The table with its header; None is an empty cell, numbers have no exponent, lines end in CR LF."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([cell(each) for each in row] for row in rows)
    return out.getvalue()


def cell(value: Cell) -> str:
    """A value as a cell's text."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return decimal(value)
    return text(value) if isinstance(value, str) else str(value)


def decimal(value: Decimal) -> str:
    """A number without exponent and without zeros at its end."""
    shown = f"{_DIGITS.plus(value):f}"
    shown = shown.rstrip("0").rstrip(".") if "." in shown else shown
    return "0" if shown in ("-0", "") else shown


def text(value: str) -> str:
    """Text that neither acts on a terminal nor is read as a formula: an apostrophe stands before what would be."""
    shown = visible(value)
    return f"'{shown}" if shown.lstrip(" ").startswith(_FORMULA) or value.startswith(_FORMULA) else shown
