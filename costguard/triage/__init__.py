"""What findings are worth together, which of them matter most, and what is new about them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from costguard.bill import Bill
from costguard.model.findings import Finding
from costguard.model.report import Judged, State
from costguard.rule import Rule
from costguard.triage.claims import overlapping
from costguard.triage.ranking import score
from costguard.triage.totals import by_product, by_rule, rates, total, worth

__all__ = ["by_product", "by_rule", "judged", "rates", "score", "total", "worth"]


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
        saving = worth(finding, bill)
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


def _rank(judged: Judged) -> tuple[Any, ...]:
    saving = judged.saving
    now, at_renewal = (saving.now or 0, saving.at_renewal or 0) if saving else (0, 0)
    return (-judged.score, -now, -at_renewal, judged.finding.fingerprint)
