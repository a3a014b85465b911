"""How one rule judges one organisation: what is needed, what is ignored, what makes a claim less sure."""

from typing import Any

from costguard.estate import Estate
from costguard.model.findings import Evidence, Finding
from costguard.model.resources import IGNORE_TAG, Resource
from costguard.rule import Rule


def judge_one(rule: Rule[Any], estate: Estate) -> list[Finding]:
    """What `rule` finds in the estate of one organisation.

    Nothing where a kind that it needs was not read completely. Where a kind that refines it was not, every finding
    is one step less sure, and says why. Resources that carry `costguard:ignore` are never the subject of a finding.
    """
    if not all(estate.seen(kind) for kind in rule.needs):
        return []
    unseen = tuple(_unseen(kind) for kind in rule.refines if not estate.seen(kind))
    return [
        _weakened(finding, unseen) if unseen else finding
        for finding in rule.check(estate)
        if IGNORE_TAG not in finding.resource.tags
    ]


def _unseen(kind: type[Resource]) -> Evidence:
    name = kind.kind.replace("_", " ")
    return Evidence(label=name, value="not read completely, so this is less sure", source="see the report's gaps")


def _weakened(finding: Finding, evidence: tuple[Evidence, ...]) -> Finding:
    changed = {"confidence": finding.confidence.lowered, "evidence": (*finding.evidence, *evidence)}
    return finding.model_copy(update=changed)
