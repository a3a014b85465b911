"""What each day cost product by product, and which day of what stood out."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from statistics import median

from rich.cells import cell_len
from rich.console import RenderableType
from rich.text import Text

from costguard.model.money import Usd
from costguard.model.statement import Kind, Line, Statement
from costguard.safetext import visible
from costguard.statements._days import by_product, day_of, opens, peaks
from costguard.statements.terminal.columns import headings, room_for
from costguard.statements.terminal.fitted import GAP, fitted
from costguard.statements.terminal.matrix import LEAST
from costguard.wording import money

ZERO = Decimal(0)

PEAKS = 5
"""Days that are named one by one."""


def days(statement: Statement, width: int) -> Iterable[RenderableType]:
    """Each day's cost of the products that moved most, as many as there is room for; then what stood out."""
    if statement.by != "day" or len(statement.lines) < 2:
        return
    lines, currency = statement.lines, statement.currency
    costs = [by_product(line) for line in lines]
    labels = {line.key: line.label for line in statement.products}
    products = sorted({key for cost in costs for key in cost}, key=lambda key: (-_moved(key, lines, costs), key))
    dates = [_day(line) for line in lines]
    least = max(LEAST, *(cell_len(money(cost[key], currency, whole=True)) for cost in costs for key in cost))
    left = width - max(map(cell_len, dates)) - GAP
    count = room_for(len(products), least, left)
    titles = ["Day", *headings([labels.get(key, key) for key in products], count, least, left)]
    titles += [f"{len(products) - count} more"] if count < len(products) else []
    rows = []
    for label, cost in zip(dates, costs, strict=True):
        amounts = [cost.get(key) for key in products[:count]]
        amounts += [sum((cost.get(key, ZERO) for key in products[count:]), ZERO)] if count < len(products) else []
        rows.append([Text(label), *(_said(each, currency) for each in amounts)])
    yield Text.assemble(("Day × product", "bold underline"), "  what moved most first")
    yield fitted(titles, rows, width)
    if found := peaks(lines)[:PEAKS]:
        yield Text()
        yield Text.assemble(("Stood out", "bold underline"), "  the dearest day against the median day")
        yield fitted(
            ["Dimension", "Day", "Cost", "Median", "More by"],
            [
                [
                    Text(visible(peak.label)),
                    Text(f"{peak.day.day} {peak.day:%B}"),
                    *(Text(money(each, currency)) for each in (peak.cost, peak.usual, peak.cost - peak.usual)),
                ]
                for peak in found
            ],
            width,
        )


def _moved(key: str, lines: Sequence[Line], costs: Sequence[Mapping[str, Usd]]) -> Usd:
    """By how much its dearest day is beyond its median day; a first of a month is like no other day."""
    amounts = [
        cost.get(key, ZERO)
        for line, cost in zip(lines, costs, strict=True)
        if line.kind is Kind.VALUE and not opens(line)
    ]
    return max(amounts) - median(amounts) if amounts else ZERO


def _day(line: Line) -> str:
    if line.kind is not Kind.VALUE:
        return visible(line.label)
    day = day_of(line)
    return f"{day.day} {day:%b}" + (f" (+{line.days - 1})" if line.days > 1 else "")


def _said(value: Usd | None, currency: str) -> Text:
    return Text("–", "dim") if value is None else Text(money(value, currency, whole=True), "" if value else "dim")
