"""Organisations whose cost is attributed by other tags than the account's."""

from costguard.rule import Attribution, Confidence, Effort, Estate, Evidence, Finding, Fix, Iterator, Options, Rule

NONE = "no tags"


class TagDrift(Options):
    """No thresholds: two configurations are either the same or not."""


class TagDriftInAttribution(Rule[TagDrift]):
    """Is the cost of all organisations attributed by the same tags?

    ## What it finds
    An organisation whose usage attribution is configured with other tag keys than the account's parent, or whose keys
    were changed within a month. The order of the keys, and which organisation they are inherited from, do not matter.

    ## Why it costs
    Nothing by itself, so no saving is claimed. But a breakdown by `team` that one organisation cannot give leaves its
    cost out, and a month of two configurations has two partial reports, neither of which is the whole.

    ## What to do
    Configure the same keys everywhere: remove the organisation's own configuration so that it inherits the parent's,
    and change keys at the beginning of a month.

    ## When it is wrong
    An organisation may be run by another company, or on its own account, whose tags are none of yours.
    """

    id = "attribution-tag-drift"
    needs = (Attribution,)
    Options = TagDrift

    def check(self, estate: Estate) -> Iterator[Finding]:
        for attribution in estate[Attribution]:
            sets, usual = attribution.tag_keys, attribution.usual_keys
            if len(sets) > 1:
                why = (
                    f"{attribution.month:%B %Y} was attributed by {' and by '.join(map(_named, sets))}:"
                    " the tag keys were changed within the month."
                )
                do = "Read the month's reports together, and change tag keys at the beginning of a month."
            elif sets and usual and sets[0] != usual:
                why = f"Its cost is attributed by {_named(sets[0])}, the account's by {_named(usual)}."
                do = f"Attribute its cost by {_named(usual)} as well, so that breakdowns cover the whole account."
            else:
                continue
            yield self.finding(
                attribution.organisation,
                why=why,
                do=do,
                confidence=Confidence.HIGH,
                evidence=(
                    Evidence(
                        label=f"Tag keys, {attribution.month:%B %Y}",
                        value=" | ".join(map(_named, sets)),
                        source="tag_config_source of GET /api/v2/cost_by_tag/monthly_cost_attribution",
                    ),
                ),
                effort=Effort.HOURS,
                fix=Fix(ui="Plan & Usage > Usage Attribution > Edit Tags"),
            )


def _named(keys: tuple[str, ...]) -> str:
    return ", ".join(keys) or NONE
