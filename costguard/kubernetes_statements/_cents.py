"""How exact amounts are rounded to cents so that what a reader adds up comes out."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from costguard.model.money import CENT, Usd

PLACES = 9
"""Decimal places to which amounts are exact, whatever they are made of: shares are rounded down at the fifteenth."""


def cents(amount: Usd) -> Usd:
    """An amount in cents, halves up."""
    return round(amount, PLACES).quantize(CENT, ROUND_HALF_UP)


def in_cents(parts: Sequence[Usd | None], whole: Usd) -> list[Usd | None]:
    """The parts of `whole`, which is in cents, in cents that add up to it.

    All are rounded down; the cents that are then lacking go to those that have lost most. Parts that are not known stay
    so, and what would come to nothing stays what it is.
    """
    known = {place: round(part, PLACES) for place, part in enumerate(parts) if part is not None}
    shown = {place: part.quantize(CENT, ROUND_FLOOR) for place, part in known.items()}
    lacking = int((whole - sum(shown.values(), Decimal(0))) / CENT)
    for place in sorted(known, key=lambda place: shown[place] - known[place])[: max(lacking, 0)]:
        shown[place] += CENT
    return [None if place not in known else shown[place] or known[place] for place in range(len(parts))]
