"""Cost that no team answers for, because what causes it carries no tag."""

from decimal import Decimal

from pydantic import Field

from costguard.rule import (
    Attribution,
    Confidence,
    Effort,
    Estate,
    Evidence,
    Finding,
    Fix,
    Iterator,
    Options,
    Rule,
    money,
)


class Untagged(Options):
    """How much may be untagged."""

    max_share: Decimal = Field(
        Decimal("0.2"), ge=0, le=1, description="Spare tag keys that at most this share of the cost lacks."
    )
    min_cost: Decimal = Field(
        Decimal(100), ge=0, description="Spare tag keys that are lacking for less than this much money a month."
    )


class UntaggedCost(Rule[Untagged]):
    """Is much of an organisation's cost without a value for the tags that it is attributed by?

    ## What it finds
    An organisation whose last attributed month has a large share of cost without a value for one of the tag keys of
    usage attribution: the tag is missing, or it is set without a value (`<empty>`). What Datadog does not break down by
    tags at all is left out of both sides.

    ## Why it costs
    Nothing by itself, so no saving is claimed. But what nobody answers for nobody cuts, and every finding that names
    no owner takes longer to be acted on.

    ## What to do
    Set the tag where the data is made: in the Agent's `DD_TAGS`, on hosts and containers, in the tags of synthetic
    tests and of log sources.

    ## When it is wrong
    Some products cannot be tagged (support, seats), and shared platforms belong to no single team: give them a tag
    value of their own, such as `team:shared`.
    """

    id = "attribution-untagged"
    needs = (Attribution,)
    Options = Untagged

    def check(self, estate: Estate) -> Iterator[Finding]:
        for attribution in estate[Attribution]:
            cost = attribution.cost
            if cost is None or cost <= 0:
                continue
            lacking = {
                key: amount
                for key, amount in sorted(attribution.untagged.items(), key=lambda each: (-each[1], each[0]))
                if amount > cost * self.options.max_share and amount >= self.options.min_cost
            }
            if not lacking:
                continue
            worst, amount = next(iter(lacking.items()))
            yield self.finding(
                attribution.organisation,
                why=(
                    f"{amount / cost:.0%} of the cost of {attribution.month:%B %Y} has no value for the tag {worst}:"
                    f" {money(amount, attribution.currency)} of {money(cost, attribution.currency)}."
                ),
                do=f"Set {' and '.join(lacking)} where the data is made, on the dearest product first.",
                confidence=Confidence.HIGH,
                evidence=tuple(_evidence(attribution, cost)),
                effort=Effort.DAYS,
                fix=Fix(ui="Plan & Usage > Usage Attribution"),
            )


def _evidence(attribution: Attribution, cost: Decimal) -> Iterator[Evidence]:
    for key, amount in sorted(attribution.untagged.items()):
        yield Evidence(
            label=f"Without {key}",
            value=f"{money(amount, attribution.currency)}, {amount / cost:.0%}",
            source=f"GET /api/v2/cost_by_tag/monthly_cost_attribution, {attribution.month:%Y-%m}",
        )
