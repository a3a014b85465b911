"""What one unit of a billing dimension costs: by contract, by the account's own bill, or by Datadog's list."""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal, localcontext
from functools import wraps
from importlib.resources import files
from typing import Annotated, Literal, ParamSpec, TypeVar

from pydantic import Field

from costguard.model.base import Frozen
from costguard.model.money import Dimension, PriceSource, Units, Usd

PRECISION = 60
"""Digits that a sum of money is worked out with, so that cost × units ÷ units is the cost again, to the last digit."""

P = ParamSpec("P")
T = TypeVar("T")


def precise(function: Callable[P, T]) -> Callable[P, T]:
    """The function, with `PRECISION` digits for every decimal operation in it."""

    @wraps(function)
    def precisely(*args: P.args, **kwargs: P.kwargs) -> T:
        with localcontext(prec=PRECISION):
            return function(*args, **kwargs)

    return precisely


class Rate(Frozen):
    """A price: so much money for so many units, kept as the two numbers that it was read from."""

    amount: Annotated[Usd, Field(ge=0)]
    per: Annotated[Units, Field(gt=0)]
    source: PriceSource
    when: date | None = None
    """The month that it was measured in, or the day that the list was read; None where that is not known."""
    reference: str = ""
    """The invoice that a contract's price was read from."""

    @precise
    def of(self, units: Units) -> Usd:
        """What so many units cost; negative units give negative money."""
        return units * self.amount / self.per

    @property
    def usd(self) -> Usd:
        """The price of one unit."""
        return self.of(Decimal(1))


class Rates(Frozen):
    """The two prices of a dimension: of a unit under the commitment, and of a unit beyond it."""

    committed: Rate | None = None
    on_demand: Rate | None = None

    def over(self, other: "Rates") -> "Rates":
        """These prices, and the other's where these are lacking."""
        return Rates(committed=self.committed or other.committed, on_demand=self.on_demand or other.on_demand)

    @property
    def known(self) -> tuple[Rate, ...]:
        """Those of the two that are known."""
        return tuple(rate for rate in (self.committed, self.on_demand) if rate)


class ListPrice(Frozen):
    """A line of Datadog's price list, in the list's currency; what is not published is None."""

    dimension: Dimension
    unit: str
    per: Annotated[Units, Field(gt=0)]
    """How many units the prices are for."""
    annual: Usd | None = None
    month_to_month: Usd | None = None
    on_demand: Usd | None = None
    source: str
    """The page, and whose reading of it."""
    read: date | None = None
    """The day that the page was read; None where the reading is not dated."""
    confidence: Literal["primary", "secondary", "conflicting"]
    """primary: Datadog's own documentation; secondary: somebody's transcription; conflicting: readings differ."""
    note: str = ""

    @property
    def rates(self) -> Rates:
        """Committed: the annual price. On demand: the on-demand price, else month-to-month, else annual.

        Annual is the lowest: in place of an on-demand price that is not published it never oversells a saving.
        """
        return self.published.over(Rates(on_demand=self._rate(self.month_to_month) or self._rate(self.annual)))

    @property
    def published(self) -> Rates:
        """The annual and the on-demand price; None where that very price is not published."""
        return Rates(committed=self._rate(self.annual), on_demand=self._rate(self.on_demand))

    def _rate(self, amount: Usd | None) -> Rate | None:
        if amount is None:
            return None
        return Rate(amount=amount, per=self.per, source=PriceSource.LIST, when=self.read)


class PriceList(Frozen):
    """Datadog's list prices as they were known on a day."""

    version: date
    currency: str
    price: tuple[ListPrice, ...]

    def rates(self, currency: str) -> Mapping[Dimension, Rates]:
        """The list's prices by dimension; none where the account is billed in another currency."""
        return {each.dimension: each.rates for each in self.price} if currency == self.currency else {}

    def published(self, currency: str) -> Mapping[Dimension, Rates]:
        """As `rates`, without a price of one way of paying standing in for that of another."""
        return {each.dimension: each.published for each in self.price} if currency == self.currency else {}


def worth(rate: Rate | None, units: Units | None) -> Usd | None:
    """What so many units cost; nothing needs no price, and without a price or a count it is not known.

    Only for `precise` functions, each of which calls it many times.
    """
    if units is None or (units and rate is None):
        return None
    return units * rate.amount / rate.per if rate else Decimal(0)


def add(*amounts: Usd | None) -> Usd | None:
    """The sum of these amounts; None where one of them is not known."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if len(known) == len(amounts) else None


def least_certain(sources: Iterable[PriceSource]) -> PriceSource | None:
    """The least certain of these sources; None of none."""
    return max(sources, key=list(PriceSource).index, default=None)


def list_prices() -> PriceList:
    """The price list that comes with costguard."""
    text = files("costguard.bill").joinpath("list_prices.toml").read_text("utf-8")
    return PriceList.model_validate(tomllib.loads(text, parse_float=Decimal))
