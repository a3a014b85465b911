"""The breakdown as a table: each line with a bar, committed and on-demand apart, and what it was before."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from rich.console import RenderableType
from rich.text import Text

from costguard.console import amount
from costguard.model.money import CENT, Usd
from costguard.model.statement import Cost, Kind, Line, Part, Statement
from costguard.safetext import visible
from costguard.statements import _words as words
from costguard.statements._days import OPENING, opens, positive, scale
from costguard.statements.terminal.fitted import fitted
from costguard.wording import ROUNDED, plural, quantity

WIDE = 110
"""Columns from which on there is room for longer bars and for units."""

NARROW = 72
"""Columns below which there is no room for bars."""

FULL, HALF, BEYOND = "█", "▒", "▶"

STYLES = {Kind.VALUE: "", Kind.UNTAGGED: "yellow", Kind.EMPTY: "yellow", Kind.REST: "dim"}


def breakdown(statement: Statement, width: int, limit: int) -> Iterable[RenderableType]:
    """The lines, the `limit` dearest of them (0 = all); by product also what they are made of."""
    lines = statement.lines
    if not lines:
        return
    shown = lines[:limit] if limit and statement.by != "day" else lines
    wide, currency = width >= WIDE, statement.currency
    bar = 24 if wide else 12 if width >= NARROW else 0
    longest = scale(lines, statement.by)
    split = any(line.cost.committed or line.cost.on_demand for line in lines)
    compared = any(line.before is not None for line in lines)
    told = wide and statement.by == "product"
    titles = [*(("Committed", "On-demand") if split else ()), "Total", *(("Change",) if compared else ())]

    def row(label: Text, drawn: Text, cost: Cost, before: Usd | None, units: str = "", style: str = "") -> list[Text]:
        parts = [_part(cost.committed, currency), _part(cost.on_demand, currency)] if split else []
        change = [_change(cost.total, before, currency)] if compared else []
        return [label, drawn, *parts, amount(cost.total, currency, style), *change, *([Text(units, "dim")] * told)]

    rows = []
    for line in shown:
        drawn = _bar(line.cost, longest, bar)
        rows.append(row(_label(line), drawn, line.cost, line.before, style="bold"))
        if line.restated <= -CENT:
            rows.append(row(Text("  of it corrected", "yellow"), Text(), Cost(unsplit=line.restated), None))
        for part in _parts(line, statement):
            label = Text(f"  {visible(part.label)}", "dim")
            rows.append(row(label, Text(), part.cost, part.before, _units(part)))
    if rest := lines[len(shown) :]:
        cost = Cost.sum(line.cost for line in rest)
        before = sum((line.before or Decimal(0) for line in rest), Decimal(0)) if compared else None
        rows.append(row(Text(f"… {plural(len(rest), 'more line')}", "dim"), Text(), cost, before))
    rows.append(row(Text("All together", "bold"), Text(), statement.cost, statement.before, style="bold"))
    titles = [words.heading(words.breakdown(statement)), "", *titles, *(["Units"] * told)]
    yield fitted(titles, rows, width, words=(0, len(titles) - 1) if told else (0,), drawn=(1,))
    if bar:
        beyond = any(positive(line.cost) > longest for line in lines)
        yield Text(f"{FULL} committed  {HALF} on-demand or not split" + f"  {BEYOND} longer" * beyond, "dim")
    if statement.by == "day" and any(map(opens, lines)):
        yield Text(OPENING, "dim")
    yield Text(ROUNDED, "dim")


def _parts(line: Line, statement: Statement) -> Sequence[Part]:
    """The dimensions of a product, where it is not simply one of the same cost."""
    if statement.by != "product":
        return ()
    return [part for part in line.parts if part.cost.total != 0 or part.before]


def _label(line: Line) -> Text:
    text = Text(visible(line.label), STYLES[line.kind] or "bold")
    if line.days > 1:
        text.append(f" and {plural(line.days - 1, 'day')} before", "dim")
    return text


def _bar(cost: Cost, longest: Usd, width: int) -> Text:
    """Committed and the rest, to the scale of the longest bar; what costs anything shows."""
    if not longest or not width:
        return Text()
    committed = max(cost.committed or Decimal(0), Decimal(0))
    whole = positive(cost)
    if whole > longest:
        solid = round(committed / whole * (width - 1))
        return Text.assemble((FULL * solid, "blue"), (HALF * (width - 1 - solid), "dark_orange"), BEYOND)
    cells = max(round(whole / longest * width), 1) if whole else 0
    solid = min(round(committed / longest * width), cells) if committed < whole else cells
    return Text.assemble((FULL * solid, "blue"), (HALF * (cells - solid), "dark_orange"))


def _part(value: Usd | None, currency: str) -> Text:
    return Text("–", "dim") if value is None else amount(value, currency)


def _change(after: Usd | None, before: Usd | None, currency: str) -> Text:
    if after is None or before is None:
        return Text("–", "dim")
    change = after - before
    return Text(words.signed(change, currency), "red" if change >= CENT else "green" if change <= -CENT else "dim")


def _units(part: Part) -> str:
    return "" if part.quantity.units is None else quantity(part.quantity.units, part.unit)
