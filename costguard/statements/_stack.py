"""Months or days as stacked columns, a piece for each product: how high, in which colour, and what is cut off."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from costguard.model.money import Usd
from costguard.model.statement import Basis, Kind, Statement
from costguard.statements._days import by_product, day_of, opens
from costguard.wording import month

ZERO = Decimal(0)

HEIGHT = 240
"""Of the drawing, in pixels; widths are percentages, so that it is as wide as there is room."""

COLORS = 7
"""Products with a colour of their own; the others share one."""

OTHERS = "others"

Products = Sequence[tuple[str, Usd]]


@dataclass(frozen=True, slots=True)
class Piece:
    """A product's piece of a column."""

    product: str
    color: int
    total: Usd
    y: str
    height: str


@dataclass(frozen=True, slots=True)
class Column:
    """A month or a day."""

    label: str
    short: str
    """What stands under it: Oct, 31."""
    under: str
    """And below that: 2026, Oct; "" where it is the same as before."""
    final: bool
    """Whether its figures are final: an estimate is drawn paler."""
    x: str
    width: str
    pieces: tuple[Piece, ...]
    cut: bool
    """Whether it is higher than the drawing."""


@dataclass(frozen=True, slots=True)
class Stack:
    """The columns, the lines behind them, and the colours of the products."""

    columns: tuple[Column, ...]
    lines: tuple[tuple[str, Usd], ...]
    """Where a line is and the amount that it stands for."""
    legend: tuple[tuple[str, int], ...]
    paler: bool
    """Whether a column is drawn paler."""


@dataclass(frozen=True, slots=True)
class _Entry:
    label: str
    short: str
    under: str
    final: bool
    products: Products


def months(statement: Statement) -> Stack | None:
    """The months of the trend; None where there are not two with cost."""
    if sum(each.cost.total is not None for each in statement.trend) < 2:
        return None
    entries = [
        _Entry(
            month(each.month),
            f"{each.month:%b}",
            f"{each.month:%Y}" if not place or each.month.month == 1 else "",
            each.basis not in (Basis.ESTIMATED, Basis.PROJECTED),
            each.products,
        )
        for place, each in enumerate(statement.trend)
    ]
    return _stack(entries, max(_positive(each.products) for each in entries), _colors(statement))


def days(statement: Statement) -> Stack | None:
    """The days of the breakdown; None where there are not two.

    The first of a month is cut off where it is higher than all others: it carries charges for the whole month.
    """
    lines = [line for line in statement.lines if statement.by == "day" and line.kind is Kind.VALUE]
    if len(lines) < 2:
        return None
    final = {each.month for each in statement.months if each.basis and each.basis.final}
    entries, shown = [], set[date]()
    for line in lines:
        day = day_of(line)
        first = day.replace(day=1)
        products = sorted(by_product(line).items(), key=lambda item: (-item[1], item[0]))
        under = "" if first in shown else f"{day:%b}"
        entries.append(_Entry(line.label, str(day.day), under, first in final, products))
        shown.add(first)
    others = [_positive(each.products) for line, each in zip(lines, entries, strict=True) if not opens(line)]
    highest = max(others, default=ZERO) or max(_positive(each.products) for each in entries)
    return _stack(entries, highest, _colors(statement))


def _stack(entries: Sequence[_Entry], highest: Usd, colors: Mapping[str, int]) -> Stack | None:
    if not highest:
        return None
    names = {color: product for product, color in colors.items()}
    top = _rounded_up(highest)
    slot = Decimal(100) / len(entries)
    columns = []
    for place, each in enumerate(entries):
        grouped: dict[int, Usd] = {}
        for product, total in each.products:
            color = colors.get(product, COLORS)
            grouped[color] = grouped.get(color, ZERO) + max(total, ZERO)
        columns.append(
            Column(
                label=each.label,
                short=each.short,
                under=each.under,
                final=each.final,
                x=_percent(slot * place + slot * Decimal("0.14")),
                width=_percent(slot * Decimal("0.72")),
                pieces=tuple(_pieces(grouped, names, top)),
                cut=sum(grouped.values(), ZERO) > top,
            )
        )
    drawn = {product for each in entries for product, _ in each.products}
    legend = [(product, color) for product, color in colors.items() if product in drawn]
    if not drawn <= colors.keys():
        legend.append((OTHERS, COLORS))
    lines = [(f"{HEIGHT - HEIGHT * share / 4:.1f}", top * share / 4) for share in (1, 2, 3, 4)]
    return Stack(tuple(columns), tuple(lines), tuple(legend), not all(each.final for each in entries))


def _colors(statement: Statement) -> Mapping[str, int]:
    """The dearest products of all months and days together, each with a colour: the same in every drawing."""
    days = (by_product(line).items() for line in statement.lines if statement.by == "day")
    totals: dict[str, Usd] = {}
    for products in (*(each.products for each in statement.trend), *days):
        for product, total in products:
            totals[product] = totals.get(product, ZERO) + total
    dearest = sorted(totals, key=lambda product: (-totals[product], product))
    # One colour for one last product is no worse than for "others".
    kept = dearest if len(dearest) <= COLORS + 1 else dearest[:COLORS]
    return {product: color for color, product in enumerate(kept)}


def _pieces(grouped: Mapping[int, Usd], names: Mapping[int, str], top: Usd) -> Iterable[Piece]:
    """One on another, as far as the drawing is high."""
    y = Decimal(HEIGHT)
    for color, total in sorted(grouped.items()):
        height = min(total / top * HEIGHT, y)
        y -= height
        if height:
            yield Piece(names.get(color, OTHERS), color, total, f"{y:.2f}", f"{height:.2f}")


def _positive(products: Products) -> Usd:
    return sum((max(total, ZERO) for _, total in products), ZERO)


def _rounded_up(amount: Usd) -> Usd:
    """The next amount up whose quarters are short numbers."""
    power = Decimal(10) ** amount.adjusted()
    steps = ("1", "1.2", "1.6", "2", "2.4", "3.2", "4", "4.8", "6", "8", "10")
    return next(step for each in steps if (step := Decimal(each) * power) >= amount)


def _percent(value: Decimal) -> str:
    return f"{value:.3f}%"
