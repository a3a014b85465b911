"""How a bill and what could be saved of it are drawn: one pair of bars a product, all to the same scale."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from costguard.model.money import Usd
from costguard.model.report import BillLine, Report, Sum

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a bar: its meaning, and its place and length in percent of the drawing's width."""

    meaning: str
    """committed, on-demand, unsplit, now or renewal."""
    start: str
    length: str


@dataclass(frozen=True, slots=True)
class Bars:
    """A product's cost, and what could be saved of it."""

    product: str
    cost: Usd | None
    committed: Usd
    on_demand: Usd
    saving: Sum | None
    cost_bar: tuple[Segment, ...]
    saving_bar: tuple[Segment, ...]


def chart(report: Report) -> tuple[Bars, ...]:
    """The products of the bill and of the findings, the dearest first; empty where no amount is known.

    Products that neither cost nor save anything are left out.
    """
    lines = report.bill.lines if report.bill else ()
    savings = {product: saving for product, saving in report.by_product.items() if not saving.priceless}
    products = sorted({line.product for line in lines} | set(savings))
    costs = {each: _Cost.of(line for line in lines if line.product == each) for each in products}
    drawn = [each for each in products if any(amount for amount in costs[each].parts.values()) or each in savings]
    longest = max((max(costs[each].total, _saved(savings.get(each))) for each in drawn), default=ZERO)
    if not longest:
        return ()
    bars = [_bars(each, costs[each], savings.get(each), longest) for each in drawn]
    return tuple(sorted(bars, key=lambda each: (-(each.cost or ZERO), -_saved(each.saving), each.product)))


@dataclass(frozen=True, slots=True)
class _Cost:
    known: bool
    parts: dict[str, Usd]

    @classmethod
    def of(cls, lines: Iterable[BillLine]) -> "_Cost":
        parts = {"committed": ZERO, "on-demand": ZERO, "unsplit": ZERO}
        known = False
        for line in lines:
            committed, on_demand = line.committed_cost or ZERO, line.on_demand_cost or ZERO
            known = known or line.cost is not None
            parts["committed"] += max(committed, ZERO)
            parts["on-demand"] += max(on_demand, ZERO)
            parts["unsplit"] += max((line.cost or ZERO) - committed - on_demand, ZERO)
        return cls(known, parts)

    @property
    def total(self) -> Usd:
        return sum(self.parts.values(), ZERO)


def _bars(product: str, cost: _Cost, saving: Sum | None, longest: Usd) -> Bars:
    saved = {"now": saving.now, "renewal": saving.at_renewal} if saving else {}
    return Bars(
        product=product,
        cost=cost.total if cost.known else None,
        committed=cost.parts["committed"],
        on_demand=cost.parts["on-demand"],
        saving=saving,
        cost_bar=_segments(cost.parts.items(), longest),
        saving_bar=_segments(((meaning, max(amount or ZERO, ZERO)) for meaning, amount in saved.items()), longest),
    )


def _segments(parts: Iterable[tuple[str, Usd]], longest: Usd) -> tuple[Segment, ...]:
    out = []
    start = ZERO
    for meaning, amount in parts:
        if amount:
            length = amount / longest * 100
            out.append(Segment(meaning, f"{start:.2f}%", f"{length:.2f}%"))
            start += length
    return tuple(out)


def _saved(saving: Sum | None) -> Usd:
    return max(saving.now or ZERO, ZERO) + max(saving.at_renewal or ZERO, ZERO) if saving else ZERO
