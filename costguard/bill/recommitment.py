"""What signing for another commitment does to a billing dimension, and the sum in words that a reader can check."""

from collections.abc import Sequence
from typing import NamedTuple

from costguard.bill.line import ZERO, Line
from costguard.bill.prices import Rate
from costguard.bill.working import number, origin, price, quantity
from costguard.model.money import Units, Usd


class Recommitment(NamedTuple):
    """What signing for another commitment does to one dimension."""

    before: Line
    after: Line
    on_demand: Units
    """Units that are no longer billed on demand."""
    committed: Units
    """Units by which the commitment is larger."""
    saved: Usd | None

    @property
    def prices(self) -> tuple[Rate, ...]:
        """The prices that the amount was worked out with."""
        rates = self.before.rates
        used = ((self.on_demand, rates.on_demand), (self.committed, rates.committed))
        return tuple(rate for units, rate in used if units and rate)


def recommitting(steps: Sequence[Recommitment], currency: str) -> str:
    """What commitments of other sizes are worth when they are signed for, and why."""
    sentences = [_recommitting(step, currency) for step in steps]
    if len(steps) > 1:
        sentences = [f"{step.before.label}: {told}" for step, told in zip(steps, sentences, strict=True)]
    return " · ".join(sentences) or "no commitment is changed"


def _recommitting(step: Recommitment, currency: str) -> str:
    line, origins = step.before, {origin(rate) for rate in step.prices}
    source = f" ({origins.pop()})" if len(origins) == 1 else ""
    told = []
    for units, kind, rate in (
        (step.on_demand, "on-demand", line.rates.on_demand),
        (-step.committed, "committed", line.rates.committed),
    ):
        if units:
            at = f" × {price(rate, line.unit, currency)}" if rate else ", no price known"
            told.append(f"{number(units, line.unit)} {kind}{at}" + ("" if source or not rate else f" ({origin(rate)})"))
    old, new = line.committed or ZERO, step.after.committed or ZERO
    if old == new:
        what = f"commit {quantity(old, line.unit)} as before" if not told else "included with the changed commitments"
    else:
        what = f"commit {quantity(new, line.unit)} instead of {number(old, line.unit)}"
    return f"{what}: {'; '.join(told)} at renewal{source}" if told else what
