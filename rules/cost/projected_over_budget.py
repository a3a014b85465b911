"""Budgets that the running month will exceed."""

from decimal import Decimal

from pydantic import Field

from costguard.rule import (
    Budget,
    Confidence,
    Effort,
    Estate,
    Evidence,
    Finding,
    Fix,
    Iterator,
    Options,
    Rule,
    Usd,
    money,
)


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
    Look at what grew (`costguard bill --by day --month` with the running month shows each day product by product), and
    at the findings of the same product. If the growth is wanted, change the budget.

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
            yield self.finding(
                budget,
                why=_why(budget, spent=spent),
                do=(
                    f"Look at what grew (`costguard bill --by day --month {budget.month:%Y-%m}`) while the month can"
                    " still be changed, or change the budget."
                ),
                concerns=most - budget.amount,
                confidence=Confidence.HIGH if spent else Confidence.MEDIUM,
                evidence=tuple(_evidence(budget)),
                effort=Effort.HOURS,
                fix=Fix(ui="Plan & Usage > Cost > Projected cost"),
            )


def _why(budget: Budget, *, spent: bool) -> str:
    """That it is spent is said first: a projection may still be wrong."""
    month = f"{budget.month:%B %Y}"
    if not spent or budget.spent is None:
        return f"{month} is projected to cost {_over(budget, budget.projected)}."
    grows = budget.projected is not None and budget.projected > budget.spent
    more = f", and is projected to cost {money(budget.projected, budget.currency)}" if grows else ""
    return f"{month} has already cost {_over(budget, budget.spent)}{more}."


def _over(budget: Budget, amount: Usd | None) -> str:
    over = None if amount is None else amount - budget.amount
    return f"{money(amount, budget.currency)}, {money(over, budget.currency)} more than its budget"


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
