"""The first and the last thing that one reads: what the bill is, and what could be saved of it together."""

from collections.abc import Iterable
from decimal import Decimal

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from costguard.model.report import Judged, Report, State, Sum
from costguard.reporters.terminal.amounts import amount, amounts
from costguard.safetext import visible
from costguard.wording import COMMITTED, RATES, minute, money, month, plural, product, share


def head(report: Report) -> Iterable[RenderableType]:
    """What was audited, by which version, and when."""
    orgs = ", ".join(visible(each.name) + (" (parent)" if each.parent else "") for each in report.orgs)
    yield Text.assemble((f"costguard {visible(report.version)}", "bold"), f" · {minute(report.generated_at)}")
    yield Text(orgs, style="dim")


def summary(report: Report) -> Iterable[RenderableType]:
    """The bill, what could be saved of it, and how much was found and not seen."""
    bill, total = report.bill, report.total
    billed = bill.total if bill else None
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True, justify="right")
    grid.add_column(style="dim", overflow="fold")
    source = f"{bill.source}" if bill and bill.source else "no cost could be read"
    grid.add_row(f"Bill of {month(bill.month)}" if bill else "Bill", amount(billed, report.currency, "bold"), source)
    for label, saved, text in zip(
        ("Saving now, a month", "More at renewal, a month"),
        (total.now, total.at_renewal),
        amounts(total, report.currency),
        strict=True,
    ):
        part = share(saved, billed)
        text.stylize("bold")
        grid.add_row(label, text, f"{part} of the bill" if part else "")
    if report.rates.findings:
        _, text = amounts(report.rates, report.currency)
        grid.add_row("More by commitments, a month", text, f"{RATES}, once all else is acted on")
    grid.add_row("Findings", Text(f"{total.findings:,}", "bold"), _states(report))
    if total.unpriced:
        grid.add_row("Without a price", Text(f"{total.unpriced:,}", "yellow"), "not in these sums")
    required = sum(not each.gap.optional for each in report.gaps)
    style = "bold red" if required else ""
    grid.add_row("Not seen", Text(f"{len(report.gaps):,}", style), _unseen(required, len(report.gaps) - required))
    yield grid
    if any(_only_at_renewal(each) for each in report.findings):
        yield Text(f"{money(Decimal(0), report.currency)} now with a value at renewal: {COMMITTED}.", style="dim")


def _unseen(required: int, optional: int) -> str:
    if required:
        return f"INCOMPLETE: {required:,} refused or failed, {optional:,} optional; see below"
    return f"complete; {optional:,} optional" if optional else "complete"


def _states(report: Report) -> str:
    counts = [(sum(each.state is state for each in report.findings), state) for state in State]
    return ", ".join(f"{number:,} {state}" for number, state in counts if number)


def _only_at_renewal(judged: Judged) -> bool:
    saving = judged.saving
    return bool(judged.finding.frees and saving and saving.now == 0 and saving.at_renewal)


def nothing(report: Report) -> Text:
    """What an empty list means: only a complete run has found nothing."""
    if not report.complete:
        return Text("No finding, but not everything could be read: this says nothing about what was not seen.", "bold")
    if not report.rules_run:
        return Text("No rule ran, so nothing was looked for.", "bold")
    text = "Nothing found" if not report.findings else "Nothing found beyond what was accepted"
    return Text(f"{text}: {plural(len(report.rules_run), 'rule')} ran and found no waste.", "bold green")


def totals(report: Report) -> Iterable[RenderableType]:
    """What each product's findings save together, and all of them."""
    yield Text("Totals a month, each unit counted once", "bold underline")
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for title in ("Saving now", "At renewal", "Findings", "Without a price"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("Product", overflow="ellipsis", no_wrap=True)
    for key in sorted(report.by_product):
        table.add_row(*_sum(report.by_product[key], report), Text(product(key)))
    rates = report.rates
    using = report.total.model_copy(update={"findings": report.total.findings - rates.findings})
    table.add_row(*_sum(using, report), Text("All together"), style="bold")
    if rates.findings:
        table.add_row(*_sum(rates, report), Text(f"And {RATES}"))
    yield table


def _sum(total: Sum, report: Report) -> tuple[Text, ...]:
    return *amounts(total, report.currency), Text(f"{total.findings:,}"), Text(f"{total.unpriced:,}")
