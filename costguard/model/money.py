"""Money and billable units: exact decimals, and what is not known is None, never zero."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from costguard.model.base import Frozen

Usd: TypeAlias = Decimal
"""An amount of the account's currency (US dollars unless the settings name another)."""

Units: TypeAlias = Decimal
"""Billable units of one dimension, as Datadog counts them: single runs, events, time series, host-months."""

Dimension: TypeAlias = str
"""Datadog's name of a billing dimension: `synthetics_api_tests`, `logs_indexed_15day`, `timeseries`, …"""

Frees: TypeAlias = Mapping[Dimension, Units]
"""Units a month that would no longer be used, by dimension; negative where a change uses more."""

CENT = Decimal("0.01")


class PriceSource(StrEnum):
    """Where a price was read, best first."""

    CONTRACT = "contract"
    MEASURED = "measured"
    LIST = "list"


class Saving(Frozen):
    """What a finding is worth, in money a month."""

    now: Usd | None
    """What the next invoice drops by; None where no price is known."""
    at_renewal: Usd | None
    """What the freed part of a commitment is worth when the contract is next signed; None where no price is known."""
    source: PriceSource | None
    """The least certain of the prices that went into it; None where there is none."""
    working: str
    """The sum as one reads it: "86,400 runs × $0.0005 (measured, October 2026)"."""

    @property
    def known(self) -> bool:
        """Whether both amounts are known."""
        return self.now is not None and self.at_renewal is not None
