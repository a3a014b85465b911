"""A report for people at a terminal: the money first, then findings by product, what could not be read, and totals."""

from io import StringIO

from rich.console import Console, RenderableType
from rich.text import Text

from costguard.console import Trimmed, console_for, plain_console
from costguard.model.report import Report
from costguard.reporters.terminal.findings import WIDE, products
from costguard.reporters.terminal.gaps import gaps
from costguard.reporters.terminal.summary import head, nothing, summary, totals
from costguard.wording import INCOMPLETE

name = "terminal"
suffixes = (".txt",)

__all__ = ["Trimmed", "console_for", "name", "print_report", "render", "suffixes"]


def render(report: Report) -> str:
    """The whole report as plain text, every finding listed; raises ValueError for a time without a zone."""
    out = StringIO()
    print_report(report, plain_console(out), limit=0)
    return out.getvalue()


def print_report(report: Report, console: Console, *, limit: int = 15) -> None:
    """Print the report; of each product the `limit` best findings, 0 = all. Raises ValueError for a naive time."""
    parts: list[RenderableType] = [*head(report), Text(), *summary(report)]
    blocks = list(products(report, console.width, limit))
    for block in blocks:
        parts += [Text(), *block]
    if not blocks:
        parts += [Text(), nothing(report)]
    if report.gaps:
        parts += [Text(), *gaps(report.gaps, wide=console.width >= WIDE)]
    if report.findings:
        parts += [Text(), *totals(report)]
    if not report.complete:
        parts += [Text(), Text.assemble(("Incomplete", "bold red"), f": {INCOMPLETE}.")]
    for part in parts:
        console.print(Trimmed(part))
