"""How the cost has developed and why, and what of it the bill as a function of its use does not explain."""

from collections.abc import Iterable
from decimal import Decimal

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from costguard.console import amount
from costguard.model.money import CENT, Usd
from costguard.model.statement import Change, Statement
from costguard.safetext import visible
from costguard.statements import _words as words
from costguard.statements.terminal.fitted import fitted
from costguard.wording import money, month, quantity

SPARKS = "▁▂▃▄▅▆▇█"

ZERO = Decimal(0)

MOVERS = 5
"""Changes that are named one by one."""


def trend(statement: Statement) -> Iterable[RenderableType]:
    """The months in a row of bars, the highest full; a month without cost is a dot."""
    totals = [each.cost.total for each in statement.trend]
    known = [total for total in totals if total is not None]
    if len(known) < 2 or max(known) <= 0:
        return
    highest = max(known)
    line = "".join("·" if total is None else _spark(total, highest) for total in totals)
    first, last = statement.trend[0], statement.trend[-1]
    so_far = "" if statement.months[-1].over else " so far"
    currency = statement.currency
    yield Text.assemble(
        ("Trend  ", "bold underline"),
        f"{month(first.month)} {money(first.cost.total, currency, whole=True)}  ",
        (line, "blue"),
        f"  {month(last.month)}{so_far} {money(last.cost.total, currency, whole=True)}",
    )


def reasons(statement: Statement, width: int) -> Iterable[RenderableType]:
    """The change split into use and price, and the dimensions that moved most."""
    if not statement.changes:
        return
    currency, changes = statement.currency, statement.changes
    yield Text.assemble(("Why it changed", "bold underline"), f"  against {words.earlier(statement)}")
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True, justify="right")
    grid.add_column(overflow="fold")
    for label, value in (
        (words.USAGE, _sum(each.usage for each in changes)),
        (words.INCLUDED, _sum(each.included for each in changes)),
        (words.RATE, _sum(each.rate for each in changes)),
        (words.BOTH, _sum(each.both for each in changes)),
        (words.NEW, _sum(each.new for each in changes)),
        (words.ENDED, _sum(each.ended for each in changes)),
        (words.UNKNOWN, _sum(each.unknown for each in changes)),
    ):
        if abs(value) >= CENT:
            grid.add_row(Text(words.signed(value, currency)), Text(label))
    yield grid
    moved = any(abs(each.included) >= CENT for each in changes[:MOVERS])
    titles = ["Change", "Use", *(["Included"] if moved else []), "Price", "Other"]
    titles = titles if width < 100 else ["Before", "After", *titles]
    rows = []
    for each in changes[:MOVERS]:
        amounts = {
            "Before": money(each.before, currency),
            "After": money(each.after, currency),
            "Change": words.signed(each.amount, currency),
            "Use": words.signed(each.usage, currency),
            "Included": words.signed(each.included, currency),
            "Price": words.signed(each.rate, currency),
            "Other": words.signed(_other(each), currency),
        }
        rows.append([Text(visible(each.label)), *(Text(amounts[title]) for title in titles)])
    yield fitted(["Moved most", *titles], rows, width)


def checks(statement: Statement) -> Iterable[RenderableType]:
    """The measured cost against the bill function, and the lines that it does not explain."""
    measured = [each for each in statement.checks if each.measured is not None]
    if not measured:
        return
    currency = statement.currency
    *found, (left, rest) = words.explained(statement)
    parts = [part for label, value in found for part in (f"{label} ", amount(value, currency, "bold"), ", ")]
    yield Text.assemble(
        ("Reconciliation", "bold underline"),
        f"  {month(statement.last)}: ",
        *parts,
        f"{left} ",
        amount(rest, currency, "bold yellow"),
        overflow="fold",
    )
    yield Text(f"  {words.metered(statement)}", "dim", overflow="fold")
    rests = sorted(
        ((each.rest or ZERO, each) for each in measured), key=lambda pair: (-abs(pair[0]), pair[1].dimension)
    )
    for rest, each in rests[:MOVERS]:
        if abs(rest) >= CENT:
            yield Text(f"  {money(rest, currency)} {visible(each.label)} is not explained", overflow="fold")
    for each in words.unpaid(statement):
        told = f"{visible(each.label)}: {quantity(each.units, each.unit)} come to {money(each.explained, currency)}"
        yield Text(f"  {told}, in no amount above: not paid for under such a name", overflow="fold")
    # What is to be known of a line is of no use beside organisations, tags or days.
    for each in statement.checks if statement.by == "product" else ():
        for note in each.notes:
            yield Text(f"  {visible(each.label)}: {visible(note)}", overflow="fold")


def sources(statement: Statement) -> Iterable[RenderableType]:
    """Where another of Datadog's answers says something else of the same month, or its own total."""
    lines = []
    for each in statement.sources:
        told = f"{month(each.month)}: {words.BASES[each.basis]} {money(each.total, statement.currency)}"
        if not each.used and each.basis.final and each.difference and abs(each.difference) >= CENT:
            lines.append(f"{told}, {words.signed(each.difference, statement.currency)} against what is shown")
        if each.stated is not None and each.total is not None and abs(each.stated - each.total) >= CENT:
            lines.append(f"{told}, but the same answer's own total is {money(each.stated, statement.currency)}")
    if lines:
        yield Text("Other answers", "bold underline")
    yield from (Text(f"  {line}", overflow="fold") for line in lines)


def _spark(total: Usd, highest: Usd) -> str:
    return SPARKS[min(int(max(total, ZERO) / highest * len(SPARKS)), len(SPARKS) - 1)]


def _other(each: Change) -> Usd:
    return each.both + each.new + each.ended + each.unknown


def _sum(amounts: Iterable[Usd]) -> Usd:
    return sum(amounts, ZERO)
