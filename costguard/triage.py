"""What findings are worth together, which of them matter most, and what is new about them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import log10
from typing import Any

from costguard.bill import Bill
from costguard.model.findings import Confidence, Effort, Finding, Risk
from costguard.model.money import Dimension, Saving, Units
from costguard.model.report import Judged, State, Sum
from costguard.rule import Rule

CONFIDENCE = {Confidence.HIGH: 1.0, Confidence.MEDIUM: 0.75, Confidence.LOW: 0.5}
RISK = {Risk.SAFE: 1.0, Risk.REVIEW: 0.9}
EFFORT = {Effort.MINUTES: 1.0, Effort.HOURS: 0.9, Effort.DAYS: 0.75}

FULL_SCORE_AT = 10_000
"""Dollars a month at which the money alone reaches the full score."""

UNPRICED_AS = 10
"""Dollars a month at which a finding without a price is ranked."""


def judged(
    findings: Iterable[Finding],
    rules: Sequence[Rule[Any]],
    bill: Bill,
    *,
    now: datetime,
    first_seen: Mapping[str, datetime],
) -> tuple[Judged, ...]:
    """Findings with their money, rank and history, highest score first; the order they come in does not matter."""
    by_id = {rule.id: rule for rule in rules}
    unique = {finding.fingerprint: finding for finding in findings}
    overlaps = overlapping(unique.values())
    out = []
    for fingerprint, finding in unique.items():
        saving = bill.saving(finding.frees)
        seen = first_seen.get(fingerprint)
        out.append(
            Judged(
                finding=finding,
                title=by_id[finding.rule].title(),
                product=by_id[finding.rule].product(),
                saving=saving,
                score=score(finding, saving),
                state=State.NEW if seen is None else State.KNOWN,
                first_seen=seen or now,
                overlaps_with=overlaps.get(fingerprint, ()),
            )
        )
    return tuple(sorted(out, key=_rank))


def total(judged: Sequence[Judged], bill: Bill) -> Sum:
    """What findings save together: the bill evaluated once for all that they free, each unit counted once.

    A finding counts only in an amount that is known of it alone: one that frees what has a price and uses what has none
    may well be a loss.
    """
    now = [each.finding for each in judged if each.saving.now is not None]
    at_renewal = [each.finding for each in judged if each.saving.at_renewal is not None]
    return Sum(
        findings=len(judged),
        now=bill.total(counted(now)).now if now or not judged else None,
        at_renewal=bill.total(counted(at_renewal)).at_renewal if at_renewal or not judged else None,
        unpriced=sum(not each.saving.known for each in judged),
    )


def totals(judged: Sequence[Judged], bill: Bill, key: str) -> dict[str, Sum]:
    """`total` of each group of findings; `key` is "product" or "rule"."""
    groups: defaultdict[str, list[Judged]] = defaultdict(list)
    for each in judged:
        groups[each.product if key == "product" else each.finding.rule].append(each)
    return {name: total(groups[name], bill) for name in sorted(groups)}


def score(finding: Finding, saving: Saving) -> int:
    """0–100: the logarithm of the money, weighed by confidence, risk and effort.

    Money is what is saved now, or half of what is saved at renewal where that is more; $10,000 a month is full size.
    A finding without a price is ranked as if it were worth $10.
    """
    if saving.now is None and saving.at_renewal is None:
        worth = float(UNPRICED_AS)
    else:
        worth = max(float(saving.now or 0), float(saving.at_renewal or 0) / 2, 0.0)
    size = min(1.0, log10(1 + worth) / log10(1 + FULL_SCORE_AT))
    return round(100 * size * CONFIDENCE[finding.confidence] * RISK[finding.risk] * EFFORT[finding.effort])


def overlapping(findings: Iterable[Finding]) -> dict[str, tuple[str, ...]]:
    """For each finding that is not the largest claim about its resource in some dimension: those that are."""
    out: defaultdict[str, set[str]] = defaultdict(set)
    for claims in _claims(findings).values():
        largest = claims[0]
        for claim in claims[1:]:
            out[claim.fingerprint].add(largest.fingerprint)
    return {fingerprint: tuple(sorted(larger)) for fingerprint, larger in out.items()}


def counted(findings: Iterable[Finding]) -> dict[Dimension, Units]:
    """Units a month that all findings free together: about one resource, the largest claim of each dimension counts."""
    freed: defaultdict[Dimension, Units] = defaultdict(Decimal)
    for (_, dimension), claims in _claims(findings).items():
        freed[dimension] += claims[0].units
    return dict(freed)


@dataclass(frozen=True, slots=True)
class _Claim:
    fingerprint: str
    units: Units


def _claims(findings: Iterable[Finding]) -> dict[tuple[tuple[str, str, str], Dimension], list[_Claim]]:
    """Claims by resource and dimension, the largest first."""
    claims: defaultdict[tuple[tuple[str, str, str], Dimension], list[_Claim]] = defaultdict(list)
    for finding in findings:
        resource = (finding.resource.org, finding.resource.kind, finding.resource.id)
        for dimension, units in finding.frees.items():
            claims[resource, dimension].append(_Claim(finding.fingerprint, units))
    for each in claims.values():
        each.sort(key=lambda claim: (-claim.units, claim.fingerprint))
    return claims


def _rank(judged: Judged) -> tuple[Any, ...]:
    saving = judged.saving
    return (-judged.score, -(saving.now or 0), -(saving.at_renewal or 0), judged.finding.fingerprint)
