"""What every public JSON document of ours is made of: exact numbers as text, moments in UTC, no field left out."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from costguard.wording import utc

Number = Annotated[str, Field(pattern=r"^-?[0-9]+(\.[0-9]+)?$")]
"""A decimal number as text, never with an exponent, so that no reader rounds it."""

Time = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
"""A moment in UTC: 2026-11-20T09:00:00Z."""


class Public(BaseModel):
    """A part of a document; every field is always there, and what is not known is null."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


def decimal(value: Decimal) -> str:
    """The number with all its digits."""
    return f"{value:f}" if value else f"{abs(value):f}"


def number(value: Decimal | None) -> str | None:
    """The number with all its digits; None for None."""
    return None if value is None else decimal(value)


def time(moment: datetime) -> str:
    """The moment to the second; raises ValueError for one without a zone."""
    return f"{utc(moment):%Y-%m-%dT%H:%M:%SZ}"
