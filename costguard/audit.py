"""The way from a store to a report: offline, and the same for the same store and settings."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import costguard
from costguard import triage
from costguard.bill import Bill
from costguard.engine import judge_one
from costguard.errors import CostguardError, one_line, shown
from costguard.estate import Estate
from costguard.gaps import explained, not_collected, unexplained
from costguard.kubernetes import container_groups, seen_with_groups
from costguard.model.findings import Cause, Finding, Gap
from costguard.model.money import Dimension, Units
from costguard.model.report import Report, ReportOrg
from costguard.model.resources import KINDS, ContainerGroup, Organisation, Resource
from costguard.rule import Rule
from costguard.settings import Settings
from costguard.spend import Account, payers, seen_with_spend, spend
from costguard.store import RunOrg, Store

GROUPS = ContainerGroup.kind

CONFIGURATION = KINDS.keys() - {Organisation.kind, GROUPS}
"""Kinds of what is configured in Datadog: neither who an organisation is, nor what is worked out of its usage."""

MONTHS = 6
"""Closed months that rules about commitments may look at."""


def audit(store: Store, settings: Settings, rules: Sequence[Rule[Any]], *, only: str | None = None) -> Report:
    """The report on what was last read of the configuration, of all organisations or of the one named `only`.

    Runs since then that read usage and cost alone, as `costguard bill` does, count for the bill.
    Raises CostguardError where the store holds no run, or no organisation of that name.
    """
    runs = store.runs()
    if not runs:
        raise CostguardError("the store holds no run yet; run `costguard collect` first")
    configured = store.last_of(CONFIGURATION)
    run = next((each for each in runs if each.id == configured), runs[-1])
    every = store.orgs(run=run.id)
    orgs = [org for org in every if only in (None, org.name)]
    if not orgs:
        read = ", ".join(org.name for org in every)
        raise CostguardError(f"--org {shown(only or '')}: the last run read only {read}; run `costguard collect` first")

    account = Account.read(store, settings)
    last = account.last_month(run.started.date())
    bills = account.bills(last, MONTHS) or (account.bill(last),)
    bill = bills[-1]
    stored = {kind: store.resources(kind, run=run.id) for kind in KINDS.values()}
    estate = Estate(
        {
            **stored,
            ContainerGroup: container_groups(store, settings, run.started),
            **spend(store, settings, bills, run.started),
        },
        now=run.started,
        seen=seen_with_spend(store, settings, seen_with_groups(store.seen(run=run.id))),
        billed=_billed(account, bill, orgs, stored[Organisation]),
    )
    judgement = judge(rules, estate, [org.name for org in orgs])
    earlier = {each: seen for each, seen in store.first_seen().items() if seen < run.started}
    findings = triage.judged(judgement.findings, rules, bill, now=run.started, first_seen=earlier)
    names = {org.name for org in orgs}
    gaps = [gap for gap in store.gaps(run=run.id) if gap.org in names] + judgement.gaps
    # Clusters that the settings do not ask for are no gap in what was asked.
    asked = judgement.unseen if settings.kubernetes else {each for each in judgement.unseen if each[1] != GROUPS}
    gaps += [not_collected(org, kind) for org, kind in unexplained(asked, gaps)]
    return Report(
        generated_at=run.started,
        version=costguard.__version__,
        currency=settings.currency,
        orgs=tuple(ReportOrg(name=org.name, public_id=org.public_id, site=org.site, parent=org.parent) for org in orgs),
        findings=findings,
        gaps=tuple(explained(gaps, rules, judgement.findings, payers(every))),
        total=triage.total(findings, bill),
        rates=triage.rates(findings, bill, after=findings),
        by_product=triage.by_product(findings, bill),
        by_rule=triage.by_rule(findings, bill),
        bill=bill.summary() if bill.lines else None,
        rules_run=tuple(sorted(judgement.ran)),
    )


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


def _billed(
    account: Account, bill: Bill, orgs: Sequence[RunOrg], identified: Sequence[Resource]
) -> Mapping[tuple[str, Dimension], Units]:
    """Billable units of the bill's month by organisation name and dimension."""
    names = {org.public_id: org.name for org in orgs if org.public_id}
    names |= {each.id: each.org for each in identified}
    units = account.billed(bill.month)
    return {
        (names[public_id], dimension): value for (public_id, dimension), value in units.items() if public_id in names
    }
