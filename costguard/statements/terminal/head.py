"""The first and the last thing that one reads: what it cost, from where that is known, and what is missing."""

from collections.abc import Iterable

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from costguard.console import amount
from costguard.model.money import Usd
from costguard.model.statement import Statement
from costguard.safetext import visible
from costguard.statements import _words as words
from costguard.wording import NOTHING, cause, kind, minute, money, month, share

NOTES = 8
"""Notes that are shown; files have them all."""


def head(statement: Statement) -> Iterable[RenderableType]:
    """Whose bill it is, of which months, and by which version it was put together."""
    yield Text.assemble((f"costguard {visible(statement.version)}", "bold"), f" · {minute(statement.generated_at)}")
    whose = f"{visible(statement.account.name)} ({visible(statement.account.site)})"
    if statement.only:
        whose = f"{visible(statement.only)}, of {whose}"
    yield Text(f"{whose} · {words.span(statement)} by {visible(words.breakdown(statement))}", style="dim")


def summary(statement: Statement) -> Iterable[RenderableType]:
    """The cost, its parts, the running month, and how much of it the tags explain."""
    currency, cost = statement.currency, statement.cost
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True, justify="right")
    grid.add_column(style="dim", overflow="fold")
    grid.add_row(f"Cost of {words.span(statement)}", amount(cost.total, currency, "bold"), words.bases(statement))
    for label, part in (("Committed", cost.committed), ("On-demand", cost.on_demand), ("Not split", cost.unsplit)):
        if part:
            grid.add_row(f"  {label}", amount(part, currency), _of(part, cost.total))
    if statement.before is not None:
        change = None if cost.total is None else cost.total - statement.before
        rise = words.rise(cost.total, statement.before)
        grid.add_row(
            f"Against {words.earlier(statement)}",
            Text(words.signed(change, currency)),
            f"{rise + ', ' if rise else ''}it was {money(statement.before, currency)}",
        )
    if running := statement.running:
        label = month(running.month)
        if running.estimated is not None and running.month not in {each.month for each in statement.months}:
            grid.add_row(f"{label} so far", amount(running.estimated, currency), words.estimate(running))
        if running.projected is not None:
            grid.add_row(f"{label} in all", amount(running.projected, currency), words.projection(running))
    told = [each for each in statement.untagged if each.share is not None]
    for each in told:
        without = each.untagged + each.empty
        detail = f"{words.percent(each.share)} of what is broken down by it"
        grid.add_row(f"Without the tag {visible(each.key)}", amount(without, currency), detail)
    if statement.untagged and not told:
        keys = ", ".join(visible(each.key) for each in statement.untagged)
        grid.add_row("By tags", Text(NOTHING, "dim"), f"not broken down by {keys}")
    yield grid


def notes(statement: Statement) -> Iterable[RenderableType]:
    """What a reader should know of how it was read."""
    if statement.notes:
        yield Text("Notes", "bold underline")
    for note in statement.notes[:NOTES]:
        yield Text(f"· {visible(note)}", overflow="fold")
    if len(statement.notes) > NOTES:
        yield Text(f"  {len(statement.notes) - NOTES:,} more; write the bill to a file with -o to see them", "dim")


def gaps(statement: Statement) -> Iterable[RenderableType]:
    """What of usage and cost could not be read, and the next step."""
    if not statement.gaps:
        return
    required = sum(not gap.optional for gap in statement.gaps)
    optional = len(statement.gaps) - required
    yield Text.assemble(("Not seen", "bold underline"), f"  {required:,} required, {optional:,} optional")
    for gap in sorted(statement.gaps, key=lambda gap: gap.optional):
        yield Text.assemble(
            (kind(gap.what), "dim" if gap.optional else "bold"),
            f" · {visible(gap.org)} · ",
            (cause(gap.cause) + (" (optional)" if gap.optional else ""), "" if gap.optional else "red"),
        )
        yield Padding(Text(visible(gap.hint), overflow="fold"), (0, 0, 0, 4))


def _of(part: Usd, whole: Usd | None) -> str:
    found = share(part, whole)
    return f"{found} of it" if found else ""
