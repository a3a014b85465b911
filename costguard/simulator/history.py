"""What changed in the company's account over the months: growth, a renewal, a new product, a correction, a spike."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from costguard.simulator.calendar import RETENTION_MONTHS, USUAL, Rhythm, midnight, month_of, shift, start_of
from costguard.simulator.terms import TERMS, Term

STEADY = 3
"""Closed months that are like the running one."""

RENEWED = 7
"""How many months ago the contract was renewed: the first month with today's prices and commitments."""

BEGUN = {"dbm_host": 5, "dbm_normalized_queries": 5, "bits_ai_investigations": 4}
"""How many months ago a product was bought."""

RESTATED = 5
"""How many months ago the month was that Datadog restated."""

RESTATED_DIMENSION = "logs_ingested"
RESTATED_ORG = 1
"""The organisation, by its number, whose usage had been counted too high by three tenths."""

SPIKED_DIMENSION = "rum"
SPIKED_ORG = 0
SPIKE_AGE = 6
"""How many days ago the organisation's usage of the dimension was eight times the usual."""

BATCHED_DIMENSION = "sensitive_data_scanner"
"""Nearly all of it is used on Sundays, week after week: nothing out of the ordinary."""

_SPEED = {term.dimension: (10, 18, 26, 34)[number % 4] for number, term in enumerate(TERMS)}
"""By how many thousandths of today's usage a dimension grew each month before the steady ones."""

_OLD_RATES = {"infra_host": Decimal("1.1"), "apm_host": Decimal("1.1"), "logs_indexed_15day": Decimal("0.95")}
"""What the older contract charged, by today's prices."""


@dataclass(frozen=True)
class History:
    """The account's past as it is told at `now`, counted back from `anchor`.

    Two companies with one anchor are the same account at two moments: what Datadog restates in between differs, all
    else agrees.
    """

    anchor: datetime
    now: datetime

    def back(self, month: date) -> int:
        """How many months before the anchor's month; negative after it."""
        anchor = self.anchor
        return (anchor.year - month.year) * 12 + anchor.month - month.month

    def begun(self, dimension: str, month: date) -> bool:
        """Whether the company had the product in that month."""
        return self.back(month) <= BEGUN.get(dimension, RETENTION_MONTHS * 2)

    def level(self, dimension: str, month: date) -> int:
        """The month's usage in thousandths of today's."""
        return 1000 - _SPEED[dimension] * min(max(0, self.back(month) - STEADY), RETENTION_MONTHS)

    def grown(self, amount: int, dimension: str, month: date) -> int:
        """What was used in a month of what is `amount` today."""
        return amount * self.level(dimension, month) // 1000 if self.begun(dimension, month) else 0

    @property
    def restated(self) -> date:
        """The month that was restated."""
        return shift(month_of(self.anchor), -RESTATED)

    @property
    def restated_at(self) -> datetime:
        """When it was restated: more than a month after its end, when its cost had long been out."""
        return start_of(shift(self.restated, 2)) + timedelta(days=6, hours=4)

    def corrected(self, amount: int, dimension: str, org: int, month: date) -> int:
        """An organisation's usage of a month as Datadog tells it now."""
        wrong = (dimension, org, month) == (RESTATED_DIMENSION, RESTATED_ORG, self.restated)
        return amount * 13 // 10 if wrong and self.now < self.restated_at else amount

    def signed(self, term: Term, committed: int, month: date) -> tuple[Term, int]:
        """A dimension's prices and the size of its commitment in a month, by today's."""
        if self.back(month) > RENEWED:
            return self._priced(term), committed * 4 // 5
        return term, committed

    @staticmethod
    def _priced(term: Term) -> Term:
        factor = _OLD_RATES.get(term.dimension)
        if factor is None:
            return term
        return replace(term, committed_rate=term.committed_rate * factor, on_demand_rate=term.on_demand_rate * factor)

    @property
    def spike(self) -> date:
        """The day of the spike; not a month's first, on which a running total has nothing to be compared with."""
        day = (midnight(self.anchor) - timedelta(days=SPIKE_AGE)).date()
        return day - timedelta(days=day.day == 1)

    def rhythm(self, dimension: str, org: int, month: date) -> Rhythm:
        """How an organisation's usage of a dimension spreads over a month."""
        if dimension == BATCHED_DIMENSION:
            return Rhythm(weekly=True)
        spiked = (dimension, org) == (SPIKED_DIMENSION, SPIKED_ORG) and month_of(start_of(self.spike)) == month
        return Rhythm(spike=self.spike.day) if spiked else USUAL
