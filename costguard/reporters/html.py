"""A report as one HTML file that needs nothing else: no network, no JavaScript, and nothing in it can run."""

from decimal import Decimal

from costguard import wording
from costguard.model.report import Report, State
from costguard.page import page
from costguard.reporters._chart import chart

name = "html"
suffixes = (".html", ".htm")


def render(report: Report) -> str:
    """The page; raises ValueError for a time without a zone."""
    bars = chart(report)
    lines = report.bill.lines if report.bill else ()
    return page(
        "report.html.j2",
        report.currency,
        styles=("report.css",),
        script="report.js",
        report=report,
        bill=report.bill,
        billed=report.bill.total if report.bill else None,
        share=wording.share,
        headline=_headline(report),
        bars=bars,
        meanings={segment.meaning for each in bars for segment in (*each.cost_bar, *each.saving_bar)},
        required=[each for each in report.gaps if not each.gap.optional],
        optional=[each for each in report.gaps if each.gap.optional],
        states={state.value: sum(each.state is state for each in report.findings) for state in State},
        choices=_choices(report),
        titles={each.finding.rule: each.title for each in report.findings},
        names={each.finding.fingerprint: each.finding.resource.name for each in report.findings},
        lines={line.dimension: line for line in lines},
        zero=Decimal(0),
        committed=wording.COMMITTED,
        nothing=wording.NOTHING,
        incomplete=wording.INCOMPLETE,
    )


def _headline(report: Report) -> str:
    """The report in a sentence."""
    total, bill = report.total, report.bill
    if not report.findings:
        if not report.complete:
            return "No finding, but not everything could be read."
        return "Nothing found: no waste that the rules know of." if report.rules_run else "No rule ran."
    found = wording.plural(total.findings, "finding")
    rates = report.rates
    recommitted = f"{wording.money(rates.at_renewal, report.currency, whole=True)} could be saved {wording.RATES}"
    if total.priceless:
        return f"{found}; {recommitted if rates.findings else 'none of them saves money by itself'}."
    if total.now is None and total.at_renewal is None:
        return f"{found}; what they are worth is not known."
    amounts = [f"{wording.money(total.now, report.currency, whole=True)} a month could stop now"]
    if total.at_renewal is None or total.at_renewal > 0:
        amounts.append(f"{wording.money(total.at_renewal, report.currency, whole=True)} more at renewal")
    sentence = " and ".join(amounts)
    if rates.at_renewal:
        sentence += f"; beyond that, {recommitted}"
    if bill and bill.total is not None:
        billed = wording.money(bill.total, report.currency, whole=True)
        return f"Of {billed} billed in {wording.month(bill.month)}, {sentence}."
    return f"{sentence[:1].upper()}{sentence[1:]}."


def _choices(report: Report) -> list[tuple[str, str, list[str]]]:
    """What findings can be filtered by: the attribute's letter, its label, and its values where there are several."""
    findings = report.findings
    axes = (
        ("p", "Product", {each.product for each in findings}),
        ("o", "Organisation", {each.finding.resource.org for each in findings}),
        ("c", "Confidence", {each.finding.confidence.value for each in findings}),
        ("s", "State", {each.state.value for each in findings}),
    )
    return [(letter, label, sorted(values)) for letter, label, values in axes if len(values) > 1]
