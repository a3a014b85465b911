"""Budgets that the running month will exceed."""

from decimal import Decimal

from pydantic import Field

from costguard.rule import Budget, Confidence, Effort, Estate, Evidence, Finding, Fix, Iterator, Options, Rule, money


class OverBudget(Options):
    """What counts as over."""

    tolerance: Decimal = Field(
        Decimal(0), ge=0, description="Spare budgets that are exceeded by less than this share of them."
    )


class ProjectedOverBudget(Rule[OverBudget]):
    """Will the running month cost more than its budget?

    ## What it finds
    A budget of `[budgets]` in costguard.toml that the running month has already spent, by Datadog's estimate, or that
    it will exceed by Datadog's projection, which is there from about the 12th of the month.

    ## Why it costs
    The month is not over: what is still to come can still be changed. No saving is claimed, because a budget says
    nothing about what could be done without.

    ## What to do
    Look at what grew (`costguard bill --by day`), and at the findings of the same product. If the growth is wanted,
    change the budget.

    ## When it is wrong
    Estimates lag by up to three days and are corrected afterwards. A projection that is made early in the month knows
    little of its end.
    """

    id = "cost-projected-over-budget"
    needs = (Budget,)
    Options = OverBudget

    def check(self, estate: Estate) -> Iterator[Finding]:
        for budget in estate[Budget]:
            allowed = budget.amount * (1 + self.options.tolerance)
            spent = budget.spent is not None and budget.spent > allowed
            projected = budget.projected is not None and budget.projected > allowed
            if not spent and not projected:
                continue
            most = max(amount for amount in (budget.spent, budget.projected) if amount is not None)
            over = money(most - budget.amount, budget.currency)
            yield self.finding(
                budget,
                why=(
                    f"{budget.month:%B %Y} {'has already cost' if most == budget.spent else 'is projected to cost'}"
                    f" {money(most, budget.currency)}, {over} more than its budget."
                ),
                do="Look at what grew while the month can still be changed, or change the budget.",
                concerns=most - budget.amount,
                confidence=Confidence.HIGH if spent else Confidence.MEDIUM,
                evidence=tuple(_evidence(budget)),
                effort=Effort.HOURS,
                fix=Fix(ui="Plan & Usage > Cost > Projected cost"),
            )


def _evidence(budget: Budget) -> Iterator[Evidence]:
    yield Evidence(label="Budget", value=money(budget.amount, budget.currency), source=f"[budgets] {budget.id}")
    if budget.spent is not None:
        until = f"until {budget.spent_until.day} {budget.spent_until:%B}" if budget.spent_until else "so far"
        yield Evidence(
            label=f"Spent {until}",
            value=money(budget.spent, budget.currency),
            source="GET /api/v2/usage/estimated_cost",
        )
    if budget.projected is not None:
        yield Evidence(
            label="Projected", value=money(budget.projected, budget.currency), source="GET /api/v2/usage/projected_cost"
        )
