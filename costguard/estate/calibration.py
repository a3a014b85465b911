"""How far the billed runs of synthetic tests are explained by the tests of today."""

from decimal import Decimal
from typing import NamedTuple

from costguard.model.money import Units

PLAUSIBLE = (Decimal("0.8"), Decimal("1.25"))
"""Billed runs for each modelled one that the same tests may have had.

A month has 672 to 744 hours where the model takes 730; retries, CI and on-demand runs are billed beside the schedule.
Beyond that, last month's bill was for other tests than today's: some were paused, created or changed since.
"""


class Calibration(NamedTuple):
    """What the runs of each test are scaled by, so that all tests of a dimension together equal the billed runs."""

    ratio: Decimal
    """Billed runs for each modelled one, over all running tests."""

    @property
    def plausible(self) -> bool:
        """Whether the bill was for today's tests."""
        least, most = PLAUSIBLE
        return least <= self.ratio <= most

    @property
    def factor(self) -> Decimal:
        """The ratio; at most 1 where it is not plausible: what other tests ran is not credited to those that are left.

        Too few billed runs do scale down, so that no claim exceeds the bill.
        """
        return self.ratio if self.plausible else min(self.ratio, Decimal(1))

    def explained(self, modelled: Units) -> str:
        """In words, how a test's `modelled` runs were scaled."""
        scaled = f"× {self.factor:.4f} = {modelled * self.factor:,.0f}"
        if self.plausible:
            return scaled
        taken = "taken as modelled" if self.factor == 1 else scaled
        return f"billed runs are {self.ratio:,.2f} × what today's tests explain; {taken}"
