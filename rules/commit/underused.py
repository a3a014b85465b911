"""Commitments that are larger than the use, month after month."""

from decimal import Decimal

from pydantic import Field, PositiveInt

from costguard.rule import (
    BilledMonth,
    BillingDimension,
    Confidence,
    Effort,
    Estate,
    Evidence,
    Finding,
    Fix,
    Iterator,
    Options,
    Rule,
)


class Underused(Options):
    """What is too large for headroom."""

    months: PositiveInt = Field(
        3, le=6, description="A commitment that is too large in each of this many months is found."
    )
    min_share: Decimal = Field(
        Decimal("0.05"), ge=0, le=1, description="Spare commitments of which less than this share is unused in a month."
    )


class UnderusedCommitment(Rule[Underused]):
    """Is more committed than is used?

    ## What it finds
    A billing dimension of the account whose commitment was larger than its use in each of the last closed months, by
    more than is sensible as headroom. More of it may be unused than is found: what other products include uses nothing
    of a commitment, but how much that is no bill shows.

    ## Why it costs
    A commitment is paid whether it is used or not.

    ## What to do
    Sign for less when the contract is next due: by what stayed unused even in the best of these months. Until then the
    unused part is free to use. Clearing waste in the same dimension frees more of it: costguard works out what both
    are worth together, the one apart from the other.

    ## When it is wrong
    Growth, a season or a launch may fill it before the contract ends. A smaller commitment can cost a discount that is
    granted for the whole contract. Commitments that are drawn from one pool of money can be spent on other products.
    What Datadog calls committed usage is read as the size of the commitment; where your contract says otherwise, give
    the commitment in the settings. A contract that the bill contradicts makes the finding one of low confidence.
    """

    id = "commit-underused"
    needs = (BillingDimension,)
    Options = Underused

    def check(self, estate: Estate) -> Iterator[Finding]:
        for dimension in estate[BillingDimension]:
            months = dimension.months[-self.options.months :]
            if len(months) < self.options.months or not all(self._too_large(month) for month in months):
                continue
            unused = min(month.unused or Decimal(0) for month in months)
            committed = months[-1].committed or Decimal(0)
            yield self.finding(
                dimension,
                why=(
                    f"At least {dimension.amount(unused)} of a commitment of {dimension.amount(committed)} were not"
                    f" used in any of the last {len(months)} months."
                    f"{dimension.dispute}"
                ),
                do=f"Sign for {dimension.amount(unused)} less than now at renewal, unless you know what will use them.",
                commits={dimension.id: -unused},
                confidence=Confidence.LOW if dimension.dispute else Confidence.HIGH,
                evidence=tuple(_evidence(dimension, month) for month in months),
                effort=Effort.DAYS,
                fix=Fix(ui="Plan & Usage > Plan; commitments are changed with your account manager"),
            )

    def _too_large(self, month: BilledMonth) -> bool:
        unused, committed = month.unused, month.committed
        return bool(unused and committed and unused >= committed * self.options.min_share)


def _evidence(dimension: BillingDimension, month: BilledMonth) -> Evidence:
    unused, committed = (units or Decimal(0) for units in (month.unused, month.committed))
    return Evidence(
        label=f"{month.month:%B %Y}",
        value=f"{dimension.amount(unused)} not used, of {dimension.amount(committed)}",
        source=f"GET /api/v1/usage/billable-summary, {month.month:%Y-%m}",
    )
