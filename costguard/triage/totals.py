"""What findings are worth: each alone, and all together with no dollar counted twice.

Findings about the use of something and findings about commitments are totalled apart: what a commitment is worth
depends on the use that is left, so the two are evaluated one after the other, and never added up from their parts.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal

from costguard.bill import Bill
from costguard.bill.known import NOT_BILLED
from costguard.model.findings import Finding
from costguard.model.money import Dimension, Saving, Units
from costguard.model.report import Judged, Sum
from costguard.triage.claims import freed, recommitted

ZERO = Decimal(0)


def worth(finding: Finding, bill: Bill) -> Saving | None:
    """What a finding alone saves; None for one that neither frees what Datadog bills nor changes a commitment."""
    if finding.frees.keys() - NOT_BILLED.keys():
        return bill.saving(finding.frees)
    if finding.commits:
        return bill.rate_saving(_sizes(finding.commits, bill))
    return None


def total(judged: Sequence[Judged], bill: Bill) -> Sum:
    """What using less saves together: the bill evaluated once for all that findings free, each unit counted once.

    A finding counts only in an amount that is known of it alone: one that frees what has a price and uses what has none
    may well be a loss. Findings that free nothing are counted, and are in no amount.
    """
    using = [(each.finding, each.saving) for each in judged if each.finding.frees and each.saving]
    now = [finding for finding, saving in using if saving.now is not None]
    at_renewal = [finding for finding, saving in using if saving.at_renewal is not None]
    return Sum(
        findings=len(judged),
        now=bill.total(freed(now)).now if now or not judged else None,
        at_renewal=bill.total(freed(at_renewal)).at_renewal if at_renewal or not judged else None,
        unpriced=sum(not saving.known for _, saving in using),
    )


def rates(judged: Sequence[Judged], bill: Bill, *, after: Sequence[Judged]) -> Sum:
    """What changed commitments save together, at the use that is left once all that `after` frees is no longer used.

    All of it is saved when the contract is next signed, in addition to what `after` saves at that time.
    """
    changing = [(each.finding, each.saving) for each in judged if each.finding.commits and each.saving]
    known = [finding for finding, saving in changing if saving.known]
    saved = None if changing else ZERO
    if known:
        acted_on = freed(each.finding for each in after if each.saving and each.saving.at_renewal is not None)
        saved = bill.rate_saving(_sizes(recommitted(known), bill), acted_on).at_renewal
    return Sum(
        findings=len(changing),
        now=None if saved is None else ZERO,
        at_renewal=saved,
        unpriced=len(changing) - len(known),
    )


def by_product(judged: Sequence[Judged], bill: Bill) -> dict[str, Sum]:
    """`total` of each product's findings; those about commitments are left out."""
    groups = _groups((each for each in judged if not each.finding.commits), lambda each: each.product)
    return {name: total(group, bill) for name, group in groups.items()}


def by_rule(judged: Sequence[Judged], bill: Bill) -> dict[str, Sum]:
    """`total` of each rule's findings, or `rates` where the rule is about commitments."""
    return {
        name: rates(group, bill, after=judged) if any(each.finding.commits for each in group) else total(group, bill)
        for name, group in _groups(judged, lambda each: each.finding.rule).items()
    }


def _sizes(changes: Mapping[Dimension, Units], bill: Bill) -> dict[Dimension, Units]:
    """The commitments that these changes lead to; the change itself where the present one is not known."""
    present = {each: bill.lines[each].committed for each in changes if each in bill.lines}
    return {each: max(ZERO, (present.get(each) or ZERO) + units) for each, units in changes.items()}


def _groups(judged: Iterable[Judged], key: Callable[[Judged], str]) -> dict[str, list[Judged]]:
    """Findings by what `key` says of them, in its order."""
    groups: defaultdict[str, list[Judged]] = defaultdict(list)
    for each in judged:
        groups[key(each)].append(each)
    return {name: groups[name] for name in sorted(groups)}
