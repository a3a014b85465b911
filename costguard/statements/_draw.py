"""How a statement is drawn: months as stacked columns, lines as bars, changes to the left and the right of nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from costguard.model.money import CENT, Usd
from costguard.model.statement import Basis, Change, Cost, Line, Statement
from costguard.statements import _words as words

ZERO = Decimal(0)

HEIGHT = 240
"""Of the trend's drawing, in pixels; widths are percentages, so that it is as wide as there is room."""

COLORS = 7
"""Products of the trend with a colour of their own; the others share one."""

OTHERS = "others"


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
    """A month of the trend."""

    month: date
    final: bool
    """Whether its figures are final: an estimate is drawn paler."""
    total: Usd | None
    x: str
    width: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Trend:
    """The columns, the lines behind them, and the colours of the products."""

    columns: tuple[Column, ...]
    lines: tuple[tuple[str, Usd], ...]
    """Where a line is and the amount that it stands for."""
    legend: tuple[tuple[str, int], ...]
    estimated: bool
    """Whether a month is drawn paler."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a bar: what it means, where it begins and how long it is."""

    meaning: str
    start: str
    length: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A line of a breakdown with its bar."""

    line: Line
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the cost changed, and by how much."""

    label: str
    amount: Usd
    start: str
    length: str


def trend(statement: Statement) -> Trend | None:
    """The months by product; None where there are not two with cost."""
    months = statement.trend
    highest = max((_positive(each.products) for each in months), default=ZERO)
    if sum(each.cost.total is not None for each in months) < 2 or not highest:
        return None
    colors = _colors([each.products for each in months])
    top = _rounded_up(highest)
    slot = Decimal(100) / len(months)
    columns = []
    for place, each in enumerate(months):
        grouped: dict[int, Usd] = {}
        for product, total in each.products:
            color = colors.get(product, COLORS)
            grouped[color] = grouped.get(color, ZERO) + max(total, ZERO)
        names = {color: product for product, color in colors.items()}
        columns.append(
            Column(
                month=each.month,
                final=each.basis is None or each.basis.final,
                total=each.cost.total,
                x=_percent(slot * place + slot * Decimal("0.14")),
                width=_percent(slot * Decimal("0.72")),
                pieces=tuple(_stacked(grouped, names, top)),
            )
        )
    legend = [(product, color) for product, color in colors.items()]
    if any(product not in colors for each in months for product, _ in each.products):
        legend.append((OTHERS, COLORS))
    paler = any(each.basis in (Basis.ESTIMATED, Basis.PROJECTED) for each in months)
    lines = [(f"{HEIGHT - HEIGHT * share / 4:.1f}", top * share / 4) for share in (1, 2, 3, 4)]
    return Trend(tuple(columns), tuple(lines), tuple(legend), paler)


def bars(lines: Sequence[Line]) -> tuple[Bar, ...]:
    """The lines with committed, on-demand and unsplit cost, all to the scale of the longest."""
    longest = max((sum(_parts(line.cost).values(), ZERO) for line in lines), default=ZERO)
    return tuple(Bar(line, _segments(_parts(line.cost), longest)) for line in lines)


def reasons(changes: Sequence[Change]) -> tuple[Reason, ...]:
    """What use, prices and the rest did to the cost, to the left or to the right of nothing."""
    amounts = [
        (words.USAGE, sum((each.usage for each in changes), ZERO)),
        (words.RATE, sum((each.rate for each in changes), ZERO)),
        (words.BOTH, sum((each.both for each in changes), ZERO)),
        (words.NEW, sum((each.new for each in changes), ZERO)),
        (words.ENDED, sum((each.ended for each in changes), ZERO)),
        (words.UNKNOWN, sum((each.unknown for each in changes), ZERO)),
    ]
    return _diverging([(label, amount) for label, amount in amounts if abs(amount) >= CENT])


def movers(changes: Sequence[Change], count: int) -> tuple[tuple[Change, Reason], ...]:
    """The largest changes with their bars."""
    found = changes[:count]
    return tuple(zip(found, _diverging([(each.label, each.amount) for each in found]), strict=True))


def _diverging(amounts: Sequence[tuple[str, Usd]]) -> tuple[Reason, ...]:
    largest = max((abs(amount) for _, amount in amounts), default=ZERO)
    reasons = []
    for label, amount in amounts:
        length = abs(amount) / largest * 50 if largest else ZERO
        reasons.append(Reason(label, amount, _percent(50 - length if amount < 0 else Decimal(50)), _percent(length)))
    return tuple(reasons)


def _colors(months: Iterable[Sequence[tuple[str, Usd]]]) -> Mapping[str, int]:
    """The dearest products of all months together, each with a colour."""
    totals: dict[str, Usd] = {}
    for products in months:
        for product, total in products:
            totals[product] = totals.get(product, ZERO) + total
    dearest = sorted(totals, key=lambda product: (-totals[product], product))
    # One colour for one last product is no worse than for "others".
    kept = dearest if len(dearest) <= COLORS + 1 else dearest[:COLORS]
    return {product: color for color, product in enumerate(kept)}


def _stacked(grouped: Mapping[int, Usd], names: Mapping[int, str], top: Usd) -> Iterable[Piece]:
    y = Decimal(HEIGHT)
    for color, total in sorted(grouped.items()):
        height = total / top * HEIGHT
        y -= height
        if total:
            yield Piece(names.get(color, OTHERS), color, total, f"{y:.2f}", f"{height:.2f}")


def _parts(cost: Cost) -> dict[str, Usd]:
    parts = {"committed": cost.committed, "on-demand": cost.on_demand, "unsplit": cost.unsplit}
    return {meaning: max(amount or ZERO, ZERO) for meaning, amount in parts.items()}


def _segments(parts: Mapping[str, Usd], longest: Usd) -> tuple[Segment, ...]:
    segments, start = [], ZERO
    for meaning, amount in parts.items():
        if amount and longest:
            length = amount / longest * 100
            segments.append(Segment(meaning, _percent(start), _percent(length)))
            start += length
    return tuple(segments)


def _positive(products: Iterable[tuple[str, Usd]]) -> Usd:
    return sum((max(total, ZERO) for _, total in products), ZERO)


def _rounded_up(amount: Usd) -> Usd:
    """The next amount up whose quarters are short numbers."""
    power = Decimal(10) ** amount.adjusted()
    steps = ("1", "1.2", "1.6", "2", "2.4", "3.2", "4", "4.8", "6", "8", "10")
    return next(step for each in steps if (step := Decimal(each) * power) >= amount)


def _percent(value: Decimal) -> str:
    return f"{value:.3f}%"
