"""A statement for people at a terminal: what it cost, the breakdown with bars, why it changed, what is unexplained."""

from io import StringIO

from rich.console import Console, RenderableType
from rich.text import Text

from costguard.console import Trimmed, plain_console
from costguard.model.statement import Statement
from costguard.statements.terminal.breakdown import breakdown
from costguard.statements.terminal.days import days
from costguard.statements.terminal.head import gaps, head, notes, summary
from costguard.statements.terminal.matrix import matrix, used
from costguard.statements.terminal.reasons import checks, reasons, sources, trend
from costguard.wording import INCOMPLETE

name = "terminal"
suffixes = (".txt",)

LIMIT = 20
"""Lines of a breakdown that are shown unless all are asked for."""


def render(statement: Statement) -> str:
    """The whole statement as plain text; raises ValueError for a time without a zone."""
    out = StringIO()
    print_statement(statement, plain_console(out), limit=0)
    return out.getvalue()


def print_statement(statement: Statement, console: Console, *, limit: int = LIMIT) -> None:
    """Print the statement; of the breakdown the `limit` dearest lines, 0 = all. Raises ValueError for a naive time."""
    blocks: list[list[RenderableType]] = [
        list(block)
        for block in (
            head(statement),
            summary(statement),
            breakdown(statement, console.width, limit),
            matrix(statement, console.width),
            used(statement, console.width),
            days(statement, console.width),
            trend(statement),
            reasons(statement, console.width),
            checks(statement),
            sources(statement),
            notes(statement),
            gaps(statement),
        )
    ]
    if not statement.complete:
        blocks.append([Text.assemble(("Incomplete", "bold red"), f": {INCOMPLETE}.")])
    for number, block in enumerate(filter(None, blocks)):
        for part in [Text(), *block] if number else block:
            console.print(Trimmed(part))
