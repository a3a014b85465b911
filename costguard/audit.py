"""The way from a store to a report: offline, and the same for the same store and settings."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import costguard
from costguard import triage
from costguard.bill import Bill, billed_by_org, latest_month, measure
from costguard.engine import judge_one
from costguard.errors import CostguardError, one_line
from costguard.estate import Estate
from costguard.model.findings import Cause, Finding, Gap
from costguard.model.report import Report, ReportGap, ReportOrg
from costguard.model.resources import KINDS, Organisation, Resource
from costguard.model.usage import BillableUsage, DimensionKey, MonthlyCost
from costguard.rule import Rule
from costguard.settings import Settings
from costguard.store import RunOrg, Store


def audit(store: Store, settings: Settings, rules: Sequence[Rule[Any]], *, only: str | None = None) -> Report:
    """The report on the store's last run, of all organisations or of the one named `only`.

    Raises CostguardError where the store holds no run, or no organisation of that name.
    """
    runs = store.runs()
    if not runs:
        raise CostguardError("the store holds no run yet; run `costguard collect` first")
    run = runs[-1]
    orgs = [org for org in store.orgs() if only in (None, org.name)]
    if not orgs:
        known = ", ".join(org.name for org in store.orgs())
        raise CostguardError(f"--org {only}: the store knows {known}; choose one of them")

    bill = account_bill(store, settings, run.started)
    estate = Estate(
        {kind: store.resources(kind) for kind in KINDS.values()},
        now=run.started,
        seen=store.seen(),
        billed=_billed(store, settings, bill, orgs),
    )
    judgement = judge(rules, estate, [org.name for org in orgs])
    earlier = {each: seen for each, seen in store.first_seen().items() if seen < run.started}
    findings = triage.judged(judgement.findings, rules, bill, now=run.started, first_seen=earlier)
    names = {org.name for org in orgs}
    gaps = [gap for gap in store.gaps() if gap.org in names] + judgement.gaps
    explained = {(gap.org, gap.what) for gap in gaps}
    gaps += [
        _not_collected(org, kind)
        for org, kind in sorted(judgement.unseen - explained)
        if (org, Organisation.kind) not in explained
    ]
    return Report(
        generated_at=run.started,
        version=costguard.__version__,
        currency=settings.currency,
        orgs=tuple(ReportOrg(name=org.name, public_id=org.public_id, site=org.site, parent=org.parent) for org in orgs),
        findings=findings,
        gaps=tuple(_explained(gaps, rules)),
        total=triage.total(findings, bill),
        by_product=triage.totals(findings, bill, "product"),
        by_rule=triage.totals(findings, bill, "rule"),
        bill=bill.summary() if bill.lines else None,
        rules_run=tuple(sorted(judgement.ran)),
    )


def account_bill(store: Store, settings: Settings, now: datetime) -> Bill:
    """The bill of the last month closed before `now` that the store has; without any, one of list prices alone."""
    known = [org.name for org in settings.orgs]
    billable = list(store.rows(BillableUsage, orgs=known))
    month = latest_month(billable, before=now.date()) or now.date().replace(day=1) - timedelta(days=1)
    costs, keys = store.rows(MonthlyCost, orgs=known), store.rows(DimensionKey, orgs=known)
    return measure(billable, costs, keys, month=month, currency=settings.currency)


@dataclass
class Judgement:
    """What all rules said of all organisations."""

    findings: list[Finding] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    ran: set[str] = field(default_factory=set)
    unseen: set[tuple[str, str]] = field(default_factory=set)
    """Organisation and kind of what rules asked for and was not read."""


def judge(rules: Iterable[Rule[Any]], estate: Estate, orgs: Iterable[str]) -> Judgement:
    """Every rule on every organisation, each isolated: one that fails is a gap, and the others go on."""
    out = Judgement()
    for org in orgs:
        part = estate.of(org)
        for rule in rules:
            unseen = [kind.kind for kind in (*rule.needs, *rule.refines) if not part.seen(kind)]
            out.unseen |= {(org, kind) for kind in unseen}
            if any(kind.kind in unseen for kind in rule.needs):
                continue
            try:
                out.findings += judge_one(rule, part)
            except Exception as error:  # noqa: BLE001 - a rule is anybody's code; what it raises is reported
                hint = one_line(f"report this to the rule's author: {type(error).__name__}: {error}")
                out.gaps.append(Gap(org=org, what=rule.id, cause=Cause.FAILED, hint=hint))
            else:
                out.ran.add(rule.id)
    return out


def _explained(gaps: Iterable[Gap], rules: Sequence[Rule[Any]]) -> Iterable[ReportGap]:
    """Each gap once, with the rules that it stopped or weakened."""
    affected: defaultdict[str, set[str]] = defaultdict(set)
    for rule in rules:
        affected[rule.id].add(rule.id)
        affected[Organisation.kind].add(rule.id)
        for kind in (*rule.needs, *rule.refines):
            affected[kind.kind].add(rule.id)
    for gap in dict.fromkeys(gaps):
        yield ReportGap(gap=gap, rules=tuple(sorted(affected[gap.what])))


def _not_collected(org: str, kind: str) -> Gap:
    hint = "this run did not read it; run `costguard collect` without --rule"
    return Gap(org=org, what=kind, cause=Cause.NOT_AVAILABLE, hint=hint)


def _billed(store: Store, settings: Settings, bill: Bill, orgs: Sequence[RunOrg]) -> Mapping[tuple[str, str], Any]:
    """Billable units of the bill's month by organisation name and dimension."""
    names = {org.public_id: org.name for org in orgs if org.public_id}
    names |= {each.id: each.org for each in store.resources(Organisation)}
    known = [org.name for org in settings.orgs]
    billable, keys = store.rows(BillableUsage, orgs=known), store.rows(DimensionKey, orgs=known)
    units = billed_by_org(billable, keys, month=bill.month)
    return {
        (names[public_id], dimension): value for (public_id, dimension), value in units.items() if public_id in names
    }


def wanted(rules: Sequence[Rule[Any]]) -> frozenset[type[Resource]]:
    """The kinds of resources that these rules judge by, and the organisations themselves."""
    return frozenset({Organisation, *(kind for rule in rules for kind in (*rule.needs, *rule.refines))})
