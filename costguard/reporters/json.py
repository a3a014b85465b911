"""A report as the public JSON document `costguard.report/1`."""

import json
from collections.abc import Mapping
from typing import Any

from costguard.document import decimal, number, time
from costguard.model import report as ours
from costguard.model.findings import Fix
from costguard.model.money import Frees
from costguard.model.report import Report
from costguard.reporters._document import (
    VERSION,
    Bill,
    BillLine,
    Document,
    Evidence,
    Finding,
    Freed,
    Gap,
    Org,
    Remedy,
    Resource,
    Saving,
    Total,
    Totals,
)

name = "json"
suffixes = (".json",)


def render(report: Report) -> str:
    """The document as indented ASCII JSON; raises ValueError for a time without a zone."""
    return json.dumps(document(report).model_dump(mode="json", by_alias=True), indent=2) + "\n"


def schema() -> dict[str, Any]:
    """The JSON Schema of the document, as it stands in docs/report.schema.json."""
    title = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:costguard:report:1"}
    return {**title, **Document.model_json_schema(by_alias=True), "title": VERSION}


def document(report: Report) -> Document:
    """The public document of a report."""
    bill = report.bill
    named = {line.dimension: line.unit or None for line in bill.lines} if bill else {}
    return Document(
        schema="costguard.report/1",
        generated_at=time(report.generated_at),
        costguard_version=report.version,
        currency=report.currency,
        orgs=[
            Org(name=each.name, public_id=each.public_id, site=each.site, parent=each.parent) for each in report.orgs
        ],
        findings=[_finding(each, named) for each in report.findings],
        gaps=[_gap(each) for each in report.gaps],
        totals=Totals(
            **dict(_total(report.total)),
            rates=_total(report.rates),
            by_product={key: _total(report.by_product[key]) for key in sorted(report.by_product)},
            by_rule={key: _total(report.by_rule[key]) for key in sorted(report.by_rule)},
        ),
        bill=_bill(bill) if bill else None,
    )


def _finding(judged: ours.Judged, named: Mapping[str, str | None]) -> Finding:
    finding, saving = judged.finding, judged.saving
    resource = finding.resource
    return Finding(
        rule=finding.rule,
        title=judged.title,
        product=judged.product,
        org=resource.org,
        resource=Resource(
            kind=resource.kind,
            id=resource.id,
            name=resource.name,
            url=resource.url or None,
            tags=list(resource.tags),
        ),
        owner=finding.owner,
        why=finding.why,
        do=finding.do,
        evidence=[Evidence(label=each.label, value=each.value, source=each.source) for each in finding.evidence],
        frees=_units(finding.frees, named),
        commits=_units(finding.commits, named),
        concerns=number(finding.concerns),
        saving=Saving(
            now=number(saving.now),
            at_renewal=number(saving.at_renewal),
            source=saving.source,
            working=saving.working,
        )
        if saving
        else None,
        confidence=finding.confidence,
        risk=finding.risk,
        effort=finding.effort,
        score=judged.score,
        state=judged.state,
        first_seen=time(judged.first_seen),
        overlaps_with=list(judged.overlaps_with),
        fix=_remedy(finding.fix) if finding.fix else None,
        fingerprint=finding.fingerprint,
    )


def _units(units: Frees, named: Mapping[str, str | None]) -> list[Freed]:
    return [Freed(dimension=each, units=decimal(units[each]), unit=named.get(each)) for each in sorted(units)]


def _remedy(fix: Fix) -> Remedy:
    return Remedy(ui=fix.ui or None, api=fix.api or None, terraform=fix.terraform or None)


def _gap(each: ours.ReportGap) -> Gap:
    gap = each.gap
    return Gap(
        org=gap.org,
        what=gap.what,
        cause=gap.cause,
        hint=gap.hint,
        optional=gap.optional,
        rules=list(each.rules),
        prices=list(each.prices),
    )


def _total(total: ours.Sum) -> Total:
    return Total(
        findings=total.findings,
        now=number(total.now),
        at_renewal=number(total.at_renewal),
        unpriced=total.unpriced,
    )


def _bill(bill: ours.BillSummary) -> Bill:
    return Bill(
        month=f"{bill.month:%Y-%m}",
        total=number(bill.total),
        source=bill.source,
        residual=number(bill.residual),
        lines=[
            BillLine(
                dimension=line.dimension,
                units=number(line.units),
                committed_units=number(line.committed_units),
                on_demand_units=number(line.on_demand_units),
                cost=number(line.cost),
                committed_cost=number(line.committed_cost),
                on_demand_cost=number(line.on_demand_cost),
            )
            for line in bill.lines
        ],
    )
