"""How rows of usage and cost lie in their tables, and how they come back as they were."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any, TypeVar, get_args, get_type_hints

from costguard.model.usage import Row, columns

T = TypeVar("T", bound=Row)

PLACE = ("org", "period", "run")
"""The first columns of every table: through which organisation, of which period and by which run a row was read."""


def lies_in(table: type[Row]) -> str:
    """Where rows are written: of those that come in series, the table is a view, which takes them apart."""
    return f"{table.table}_series" if table.varying else table.table


def writer(table: type[T]) -> Callable[[T], tuple[Any, ...]]:
    """Turns a row into the values of its columns; of those that vary in a series, into lists of one."""
    values = attrgetter(*columns(table))
    if not table.varying:
        return values
    varying = [name in table.varying for name in columns(table)]
    return lambda row: tuple([value] if varies else value for varies, value in zip(varying, values(row), strict=True))


def reader(table: type[T]) -> Callable[[tuple[Any, ...]], T]:
    """Turns the values of its columns into a row: times in UTC, decimals without trailing zeros."""
    hints = get_type_hints(table)
    types = [{hints[column], *get_args(hints[column])} for column in columns(table)]
    times = [place for place, type_ in enumerate(types) if datetime in type_]
    decimals = [place for place, type_ in enumerate(types) if Decimal in type_]

    def read(stored: tuple[Any, ...]) -> T:
        values = list(stored)
        for place in times:
            if values[place] is not None:
                values[place] = values[place].replace(tzinfo=UTC)
        for place in decimals:
            if values[place] is not None:
                values[place] = _plain(values[place])
        return table(*values)

    return read


def _plain(value: Decimal) -> Decimal:
    """12.500000000000000000 as 12.5 and 1000.000000000000000000 as 1000."""
    return Decimal(f"{value:f}".rstrip("0").rstrip("."))
