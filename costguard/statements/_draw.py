"""How a statement is drawn: lines as bars, changes to the left and the right of nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from costguard.model.money import CENT, Usd
from costguard.model.statement import Change, Cost, Line
from costguard.statements import _words as words
from costguard.statements._days import positive, scale

ZERO = Decimal(0)


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
    beyond: bool
    """Whether it would be longer than there is room."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the cost changed, and by how much."""

    label: str
    amount: Usd
    start: str
    length: str


def bars(lines: Sequence[Line], by: str = "") -> tuple[Bar, ...]:
    """The lines with committed, on-demand and unsplit cost, all to the scale of the longest.

    By day, the first of a month may be longer than that: it carries charges for the whole month.
    """
    longest = scale(lines, by)
    found = []
    for line in lines:
        whole = positive(line.cost)
        found.append(Bar(line, _segments(_parts(line.cost), max(longest, whole)), whole > longest))
    return tuple(found)


def reasons(changes: Sequence[Change]) -> tuple[Reason, ...]:
    """What use, prices and the rest did to the cost, to the left or to the right of nothing."""
    amounts = [
        (words.USAGE, sum((each.usage for each in changes), ZERO)),
        (words.INCLUDED, sum((each.included for each in changes), ZERO)),
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


def _percent(value: Decimal) -> str:
    return f"{value:.3f}%"
