"""How a saving is worked out, in words that a reader can check: units × price, and when it is worth that."""

from collections.abc import Sequence
from datetime import date
from decimal import Context, Decimal
from typing import NamedTuple

from costguard.bill.dimensions import Unit
from costguard.bill.effect import Effect
from costguard.bill.prices import Rate
from costguard.model.money import PriceSource, Units, Usd

GIGABYTE = Decimal(10) ** 9

_SYMBOLS = {"USD": "$"}

_FOUR_DIGITS, _TWO_DIGITS = Context(prec=4), Context(prec=2)


def working(effects: Sequence[Effect], currency: str, month: date) -> str:
    """What freeing units of these dimensions is worth and why, on the bill of `month`."""
    if not effects:
        return "frees nothing that is billed"
    if len(effects) == 1:
        return _sentence(effects[0], currency, month)
    return " · ".join(f"{effect.line.label}: {_sentence(effect, currency, month)}" for effect in effects)


def count(units: Units) -> str:
    """A number of units: whole from 1,000 on, to two decimals below, to two digits where that would show nothing."""
    if units and abs(units) < Decimal("0.01"):
        text = f"{_TWO_DIGITS.plus(units):f}"
    else:
        text = f"{units:,.{0 if abs(units) >= 1000 else 2}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", "−")


def money(amount: Usd, currency: str) -> str:
    """A price: to four digits, and to the cent at least."""
    places = 2
    if abs(amount) < 1000:
        amount = _FOUR_DIGITS.plus(amount).normalize()
        exponent = amount.as_tuple().exponent
        places = max(places, -exponent if isinstance(exponent, int) else places)
    text = f"{amount:,.{places}f}"
    return f"{_SYMBOLS[currency]}{text}" if currency in _SYMBOLS else f"{currency} {text}"


def price(rate: Rate, unit: Unit, currency: str) -> str:
    """The price of one unit; of a thousand or a million where one costs next to nothing; of a gigabyte for bytes."""
    if unit.one == "byte":
        return f"{money(rate.of(GIGABYTE), currency)} per GB"
    one = rate.usd
    if not one or one >= Decimal("0.0001"):
        return money(one, currency)
    if one >= Decimal("0.00001"):
        return f"{money(one * 1000, currency)} per thousand"
    return f"{money(one * 10**6, currency)} per million"


def origin(rate: Rate) -> str:
    """Where a price is from: "measured, October 2026", "contract, INV-2026-10"."""
    if rate.source is PriceSource.CONTRACT:
        return f"{rate.source}, {rate.reference}" if rate.reference else rate.source
    return f"{rate.source}, {rate.when:%B %Y}" if rate.when else rate.source


def _sentence(effect: Effect, currency: str, month: date) -> str:
    """What one dimension's units are worth."""
    line = effect.line
    if not effect.freed and not effect.lost:
        return f"{quantity(effect.asked, line.unit)}: none billed in {month:%B %Y}"
    what = _what(effect)
    if line.unpriced:
        return f"{what}: {line.unpriced}"
    origins = {origin(rate) for rate in effect.prices}
    source = f" ({origins.pop()})" if len(origins) == 1 else ""

    def at(rate: Rate) -> str:
        return f"× {price(rate, line.unit, currency)}" + ("" if source else f" ({origin(rate)})")

    if not line.commitment_known:
        rate = line.rates.committed
        if rate is None:
            return f"{what}: no price known"
        bound = "" if effect.at_renewal == rate.of(effect.freed - effect.lost) else ", at most what was paid"
        return f"{what} {at(rate)} at renewal at the latest{bound}, commitment not known{source}"
    parts = _parts(effect)
    if len(parts) == 1 and parts[0].rate and not effect.lost:
        return f"{what} {at(parts[0].rate)}{parts[0].alone}{source}"
    told = (
        f"{number(part.units, line.unit)} {part.kind}" + (f" {at(part.rate)} {part.when}" if part.rate else "")
        for part in parts
    )
    return f"{what}: {'; '.join(told)}{source}"


class _Part(NamedTuple):
    """Units that are worth the same: what they are, their price if they have one, and when it is saved."""

    units: Units
    kind: str
    rate: Rate | None = None
    when: str = ""
    alone: str = ""
    """When it is saved, where all the units are of this kind."""


def _parts(effect: Effect) -> list[_Part]:
    """The units by what they are worth; only for a line whose commitment is known."""
    rates, parts, left = effect.line.rates, [], effect.freed - effect.lost
    if effect.on_demand:
        kind = "on-demand" if rates.on_demand else "on-demand, no price known"
        parts.append(_Part(effect.on_demand, kind, rates.on_demand, "now"))
        left -= effect.on_demand
    if effect.later:
        kind = "on-demand" if rates.on_demand else "on-demand, no price known"
        parts.append(_Part(effect.later, kind, rates.on_demand, "at renewal"))
        left -= effect.later
    if effect.committed:
        kind = "committed" if rates.committed else "committed, no price known"
        alone = " at renewal, inside the commitment"
        parts.append(_Part(effect.committed, kind, rates.committed, "at renewal", alone))
        left -= effect.committed
    if left and (effect.on_demand is None or effect.committed is None):
        parts.append(_Part(left, "inside a commitment or an allotment of unknown size"))
    elif left and not effect.lost:
        parts.append(_Part(left, "included, no cost"))
    return parts


def _what(effect: Effect) -> str:
    """The units that the sentence is about."""
    line, told = effect.line, []
    if effect.freed:
        told.append(quantity(effect.freed, line.unit))
        if effect.freed < effect.asked:
            told[0] += f" (all that is billed, of {number(effect.asked, line.unit)})"
    if effect.lost:
        told.append(f"{quantity(abs(effect.lost), line.unit)} {'less' if effect.lost > 0 else 'more'} included")
    return ", ".join(told)


def number(units: Units, unit: Unit) -> str:
    """The number of units; bytes in gigabytes."""
    return count(units / GIGABYTE if unit.one == "byte" else units)


def quantity(units: Units, unit: Unit) -> str:
    """The number of units and their word."""
    words = Unit("GB", "GB") if unit.one == "byte" else unit
    return f"{number(units, unit)} {words.one if units == 1 else words.many}"
