"""How an answer's values reach the columns of a row, and what no column holds is kept beside them."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from costguard.datadog.raw import decimal, integer

NOTHING: Mapping[str, Any] = MappingProxyType({})

_LARGEST_AMOUNT = Decimal(10) ** 20
"""The store keeps 20 digits before the point."""

_PLACES = 18
"""The store keeps so many digits behind the point."""

_CERTAINLY_HELD = -2
"""What a number read as a double begins with at this place, or before it, ends within 17 digits, and so in time."""

_LARGEST_COUNT = 2**63
"""The store keeps 64 bits."""


def beyond(raw: Mapping[str, Any], known: frozenset[str]) -> Mapping[str, Any]:
    """The properties of an answer's object that no column is for."""
    return NOTHING if raw.keys() <= known else {key: value for key, value in raw.items() if key not in known}


def unfit(name: str, value: object, kept: object) -> Mapping[str, Any]:
    """A property of which the column could not keep all, or nothing, though the answer has a value."""
    return NOTHING if fits(value, kept) else {name: value}


def fits(value: object, kept: object) -> bool:
    """Whether a column keeps all of an answer's value as what was made of it for the column."""
    if kept is None or not isinstance(kept, Decimal):
        return kept is not None or value is None
    if type(value) is not str and kept.adjusted() >= _CERTAINLY_HELD:
        return True
    exponent = kept.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -_PLACES


def unfit_values(values: Mapping[str, object], kept: Sequence[Decimal | None]) -> Mapping[str, Any]:
    """Of an object of many values those that `unfit` is said of, as its property `values`."""
    found = {name: value for (name, value), each in zip(values.items(), kept, strict=True) if not fits(value, each)}
    return {"values": found} if found else NOTHING


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
    """A number as it is written, if it is not too large for a column of decimals; None where there is none.

    The column rounds it to 18 places; `fits` tells whether these are all.
    """
    number = decimal(value)
    return number if number is not None and abs(number) < _LARGEST_AMOUNT else None


def count(value: object) -> int | None:
    """A whole number that a column of integers can hold; None where there is none."""
    number = value if type(value) is int else integer(value)
    return number if number is not None and -_LARGEST_COUNT <= number < _LARGEST_COUNT else None


def flag(value: object) -> bool | None:
    """true or false; None where there is neither."""
    return value if isinstance(value, bool) else None
