"""A report as one HTML file that needs nothing else: no network, no JavaScript, and nothing in it can run."""

from base64 import b64encode
from decimal import Decimal
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from costguard import wording
from costguard.bundled import bundled
from costguard.model.money import Usd
from costguard.model.report import Report, State
from costguard.reporters._chart import chart
from costguard.safetext import visible

name = "html"
suffixes = (".html", ".htm")


def render(report: Report) -> str:
    """The page; raises ValueError for a time without a zone."""
    templates = bundled("templates")
    style = (templates / "report.css").read_text("utf-8")
    script = (templates / "report.js").read_text("utf-8")
    environment = Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def money(amount: Usd | None, *, whole: bool = False) -> str:
        return wording.money(amount, report.currency, whole=whole)

    environment.filters |= {
        "money": money,
        "count": wording.count,
        "month": wording.month,
        "minute": wording.minute,
        "day": wording.day,
        "product": wording.product,
        "cause": wording.cause,
        "kind": wording.kind,
        "plural": wording.plural,
        "link": _link,
    }
    bars = chart(report)
    lines = report.bill.lines if report.bill else ()
    return environment.get_template("report.html.j2").render(
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
        incomplete=wording.INCOMPLETE,
        policy=_policy(style, script),
        # Ours, and not a reader's text: what is between the tags must be what the policy's hashes are of.
        style=Markup(style),  # noqa: S704
        script=Markup(script),  # noqa: S704
    )


def _policy(style: str, script: str) -> str:
    """The Content-Security-Policy under which this style and this script are all that has any effect."""
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src '{_digest(style)}'",
            f"script-src '{_digest(script)}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _shown(value: Any) -> Any:
    """What the template puts into the page, with characters made visible that would act on the reader's eye."""
    return visible(value, lines=True) if isinstance(value, str) and not isinstance(value, Markup) else value


def _link(url: str) -> str | None:
    """The address if it may become a link: https to a named host; None otherwise."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if url.startswith("https://") and parts.hostname and visible(url) == url else None


def _headline(report: Report) -> str:
    """The report in a sentence."""
    total, bill = report.total, report.bill
    if not report.findings:
        if not report.complete:
            return "No finding, but not everything could be read."
        return "Nothing found: no waste that the rules know of." if report.rules_run else "No rule ran."
    found = wording.plural(total.findings, "finding")
    if total.now is None and total.at_renewal is None:
        return f"{found}; what they are worth is not known."
    amounts = [f"{wording.money(total.now, report.currency, whole=True)} a month could stop now"]
    if total.at_renewal is None or total.at_renewal > 0:
        amounts.append(f"{wording.money(total.at_renewal, report.currency, whole=True)} more at renewal")
    sentence = " and ".join(amounts)
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
