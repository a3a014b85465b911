"""What a gap costs a report: the rules that rest on what was not read, and the findings that are priced without it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from costguard.model.findings import Cause, Finding, Gap
from costguard.model.report import ReportGap
from costguard.model.resources import Organisation, Resource
from costguard.model.spend import DERIVED
from costguard.model.usage import BillableUsage, DimensionKey, MonthlyCost
from costguard.resting import SURER_WITH, WORKED_OUT_OF
from costguard.rule import Rule

PRICES = frozenset(table.table for table in (BillableUsage, MonthlyCost, DimensionKey))
"""The tables that prices and commitments are read from."""


def _resting() -> Mapping[str, frozenset[str]]:
    """Kinds by the table that they are worked out of, or are less sure without."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for kind, tables in (*WORKED_OUT_OF.items(), *SURER_WITH.items()):
        for table in tables:
            found[table.table].add(kind.kind)
    return {table: frozenset(kinds) for table, kinds in found.items()}


RESTING = _resting()


def kinds_of(gap: Gap) -> frozenset[str]:
    """The kinds that a gap is about: its own, and those that are worked out of it.

    Keys that are not a parent's read nothing of the account's usage and cost.
    """
    what = gap.what.partition(" ")[0]
    of_account = DERIVED.keys() if gap.cause is Cause.NOT_PARENT else ()
    return RESTING.get(what, frozenset()) | {what, *of_account}


def unexplained(unseen: Iterable[tuple[str, str]], gaps: Iterable[Gap]) -> list[tuple[str, str]]:
    """Organisation and kind of what was not read and no gap is about, sorted."""
    explained = {(gap.org, kind) for gap in gaps for kind in kinds_of(gap)}
    return sorted(
        (org, kind)
        for org, kind in unseen
        if (org, kind) not in explained and (org, Organisation.kind) not in explained
    )


def not_collected(org: str, kind: str) -> Gap:
    """The gap for what no collector of the run provided."""
    hint = "it was not read with the rest; run `costguard collect` without --rule"
    return Gap(org=org, what=kind, cause=Cause.NOT_AVAILABLE, hint=hint)


def explained(
    gaps: Iterable[Gap], rules: Sequence[Rule[Any]], findings: Iterable[Finding], payers: Collection[str]
) -> Iterator[ReportGap]:
    """Each gap once, with the rules that it stopped or weakened, and those whose findings it leaves with worse prices.

    `payers`: the organisations through which the account's usage and cost are read.
    """
    affected: defaultdict[str, set[str]] = defaultdict(set)
    for rule in rules:
        for name in (rule.id, Organisation.kind, *map(_name, (*rule.needs, *rule.refines))):
            affected[name].add(rule.id)
    priced = tuple(sorted({each.rule for each in findings if each.frees or each.commits}))
    for gap in dict.fromkeys(gaps):
        kinds = kinds_of(gap)
        of_payer = Organisation.kind in kinds and gap.org in payers
        yield ReportGap(
            gap=gap,
            rules=tuple(sorted(rule for kind in kinds for rule in affected[kind])),
            prices=priced if PRICES & kinds or of_payer else (),
        )


def _name(kind: type[Resource]) -> str:
    return kind.kind
