"""A report for people at a terminal: the money first, then findings by product, what could not be read, and totals."""

from collections.abc import Mapping
from io import StringIO
from typing import TextIO

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from rich.text import Text

from costguard.model.report import Report
from costguard.reporters.terminal.findings import WIDE, products
from costguard.reporters.terminal.gaps import gaps
from costguard.reporters.terminal.summary import head, nothing, summary, totals
from costguard.wording import INCOMPLETE

name = "terminal"
suffixes = (".txt",)

PLAIN_WIDTH = 100
"""Columns where there is no terminal to ask."""


def render(report: Report) -> str:
    """The whole report as plain text, every finding listed; raises ValueError for a time without a zone."""
    out = StringIO()
    print_report(report, Console(file=out, width=PLAIN_WIDTH, height=25, color_system=None, _environ={}), limit=0)
    return out.getvalue()


def console_for(file: TextIO, env: Mapping[str, str], *, color: bool = True) -> Console:
    """A console that prints reports to `file`: colours on a terminal only, and not with NO_COLOR or `color=False`.

    Where `file` is no terminal it is as wide as COLUMNS says, or 100.
    """
    width = None if file.isatty() or env.get("COLUMNS", "").isdigit() else PLAIN_WIDTH
    plain = not color or bool(env.get("NO_COLOR"))
    return Console(file=file, width=width, no_color=plain or None, color_system=None if plain else "auto", _environ=env)


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
        console.print(_Trimmed(part))


class _Trimmed:
    """A renderable without the blanks that tables leave at the ends of lines."""

    def __init__(self, inner: RenderableType) -> None:
        self.inner = inner

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in console.render_lines(self.inner, options, pad=False):
            while line and not line[-1].text.strip():
                line.pop()
            if line:
                line[-1] = Segment(line[-1].text.rstrip(), line[-1].style)
            yield from line
            yield Segment.line()
