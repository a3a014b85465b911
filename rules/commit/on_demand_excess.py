"""Use that is bought on demand month after month, at a higher price than a commitment would have."""

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


class Excess(Options):
    """What is regular enough to be committed to."""

    months: PositiveInt = Field(3, le=6, description="On-demand use in each of this many closed months is found.")
    min_share: Decimal = Field(
        Decimal("0.1"),
        ge=0,
        le=1,
        description="Spare dimensions of which less than this share is on-demand in one of the months.",
    )


class OnDemandExcess(Rule[Excess]):
    """Is a part of the use bought on demand that could be committed to?

    ## What it finds
    A billing dimension of the account that had on-demand use in each of the last closed months, a real share of all
    that is paid for, unless a committed unit is known to cost as much. What all of these months have in common, the
    smallest of them, is what could have been committed to.

    ## Why it costs
    A unit on demand costs more than the same unit under a commitment: list prices differ by a fifth to a half.

    ## What to do
    Raise the commitment by that floor when the contract is next signed, or ask for it earlier: Datadog takes a larger
    commitment at any time. Clear waste first: costguard works out what all these changes save together at the use that
    is left once every other finding is acted on, apart from what those findings save.

    ## When it is wrong
    A commitment is paid whether it is used or not: the past months say nothing of a migration that is planned. Where
    nothing is committed yet the price is that of the list, which may be of another edition than yours, or of your own
    contract in the settings; without either the finding has no price, and you have to ask for one. What Datadog calls
    committed usage is read as the size of the commitment; the bill says where the measured cost contradicts that. A
    contract in the settings that the bill contradicts makes the finding one of low confidence.
    """

    id = "commit-on-demand-excess"
    needs = (BillingDimension,)
    Options = Excess

    def check(self, estate: Estate) -> Iterator[Finding]:
        for dimension in estate[BillingDimension]:
            months = dimension.months[-self.options.months :]
            shares = [month.on_demand_share or Decimal(0) for month in months]
            floor = min((month.on_demand or Decimal(0) for month in months), default=Decimal(0))
            if len(months) < self.options.months or not floor or min(shares) < self.options.min_share:
                continue
            confidence = _confidence(dimension)
            if confidence is None:
                continue
            yield self.finding(
                dimension,
                why=(
                    f"At least {dimension.amount(floor)} were on-demand in each of the last {len(months)} months,"
                    f" no less than {min(shares):.0%} of what was paid for."
                    f"{dimension.dispute}"
                ),
                do=f"Commit {dimension.amount(floor)} more at the next signing, once waste is cleared.",
                commits={dimension.id: floor},
                confidence=confidence,
                evidence=tuple(_evidence(dimension, month) for month in months),
                effort=Effort.DAYS,
                fix=Fix(ui="Plan & Usage > Plan; commitments are changed with your account manager"),
            )


def _confidence(dimension: BillingDimension) -> Confidence | None:
    """How sure it is that a committed unit costs less than one on demand; None where it is known not to."""
    committed, on_demand = dimension.committed_price, dimension.on_demand_price
    if committed is None or on_demand is None:
        return Confidence.LOW
    if committed >= on_demand:
        return None
    return Confidence.LOW if dimension.listed or dimension.dispute else Confidence.HIGH


def _evidence(dimension: BillingDimension, month: BilledMonth) -> Evidence:
    on_demand, committed = (units or Decimal(0) for units in (month.on_demand, month.committed))
    return Evidence(
        label=f"{month.month:%B %Y}",
        value=f"{dimension.amount(on_demand, 'on-demand')} beside {dimension.amount(committed, 'committed')}",
        source=f"GET /api/v1/usage/billable-summary, {month.month:%Y-%m}",
    )
