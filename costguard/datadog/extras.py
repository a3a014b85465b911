"""How an answer's values reach the columns of a row, and what no column holds is kept beside them."""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from costguard.datadog.raw import decimal, integer

NOTHING: Mapping[str, Any] = MappingProxyType({})

_LARGEST_AMOUNT = Decimal(10) ** 20
"""The store keeps 20 digits before the point."""

_LARGEST_COUNT = 2**63
"""The store keeps 64 bits."""


def beyond(raw: Mapping[str, Any], known: frozenset[str]) -> Mapping[str, Any]:
    """The properties of an answer's object that no column is for."""
    return NOTHING if raw.keys() <= known else {key: value for key, value in raw.items() if key not in known}


def unfit(name: str, value: object, kept: object) -> Mapping[str, Any]:
    """A property of which the column could keep nothing, though the answer has a value."""
    return {name: value} if kept is None and value is not None else NOTHING


def imprecise(name: str, value: object, moment: datetime | None, *, exact: bool) -> Mapping[str, Any]:
    """A time that the column cannot hold: one that could not be read, or that is not `exact` for a day or a month."""
    return NOTHING if value is None or (moment is not None and exact) else {name: value}


def extra(*parts: Mapping[str, Any]) -> str | None:
    """JSON of what no column holds, keys sorted; None where that is nothing."""
    if not any(parts):
        return None
    joined: dict[str, Any] = {}
    for part in parts:
        joined |= part
    return json.dumps(joined, sort_keys=True, ensure_ascii=False)


def amount(value: object) -> Decimal | None:
    """A number that a column of decimals can hold, exactly as it is written; None where there is none."""
    number = decimal(value)
    return number if number is not None and abs(number) < _LARGEST_AMOUNT else None


def count(value: object) -> int | None:
    """A whole number that a column of integers can hold; None where there is none."""
    number = value if type(value) is int else integer(value)
    return number if number is not None and -_LARGEST_COUNT <= number < _LARGEST_COUNT else None


def flag(value: object) -> bool | None:
    """true or false; None where there is neither."""
    return value if isinstance(value, bool) else None
