"""How costs become the lines of a breakdown, each with its parts by billing dimension and what it cost before."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from costguard.bill import Dimensions, product_of
from costguard.model.money import Dimension, Usd
from costguard.model.statement import Cost, Kind, Line, Part, Quantity
from costguard.statement.ledger import Ledger
from costguard.statement.usage import NONE, Usage
from costguard.wording import product as product_name

ZERO = Decimal(0)
NOTHING = Cost(ZERO, ZERO)

NO_PRODUCT = "Not broken down by product"
NO_ORG = "Not broken down by organisation"

USAGE_TYPES = {"committed": "Committed", "on_demand": "On-demand", "unsplit": "Not split"}


class Entry(NamedTuple):
    """A cost that belongs to a line."""

    month: date
    key: str
    label: str
    kind: Kind
    dimension: Dimension
    cost: Cost


@dataclass(frozen=True, slots=True)
class Span:
    """The months that are shown, and as many before, where the store has them all."""

    shown: tuple[date, ...]
    earlier: tuple[date, ...] | None

    @property
    def all(self) -> tuple[date, ...]:
        """Both."""
        return (*(self.earlier or ()), *self.shown)


@dataclass(slots=True)
class _Sums:
    now: dict[Dimension, list[Cost]] = field(default_factory=lambda: defaultdict(list))
    before: dict[Dimension, Usd] = field(default_factory=dict)


def by_product(ledger: Ledger, span: Span, usage: Usage) -> tuple[Line, ...]:
    """A line a product."""
    entries = []
    found = ledger.by_product(span.all)
    for month in span.all:
        # Of a month without cost it is known what was used, and not what that cost.
        costs = found.get(month) or dict.fromkeys(usage.account.get(month, {}), Cost())
        for dimension, cost in costs.items():
            product = product_of(dimension) if dimension else ""
            label = product_name(product) if product else NO_PRODUCT
            entries.append(Entry(month, product, label, Kind.VALUE if product else Kind.REST, dimension, cost))
    return lines(entries, span, usage.names, lambda _, dimension: usage.of(span.shown, dimension))


def by_org(ledger: Ledger, span: Span, usage: Usage) -> tuple[Line, ...]:
    """A line an organisation."""
    entries = [
        Entry(
            cell.month,
            cell.org_id or "",
            (cell.org_name or cell.org_id) if cell.org_id else NO_ORG,
            Kind.VALUE if cell.org_id else Kind.REST,
            cell.dimension,
            cell.cost,
        )
        for cell in ledger.by_org(span.all)
    ]
    return lines(entries, span, usage.names, lambda org, dimension: Quantity(usage.of_org(span.shown, org, dimension)))


def by_usage_type(ledger: Ledger, span: Span, usage: Usage) -> tuple[Line, ...]:
    """A line for what is committed, one for what is on demand, and one for what Datadog does not split."""
    entries = [
        Entry(
            month,
            key,
            USAGE_TYPES[key],
            Kind.REST if key == "unsplit" else Kind.VALUE,
            dimension,
            Cost(**{key: cost}),
        )
        for month, key, dimension, cost in ledger.by_usage_type(span.all)
    ]

    def quantity(key: str, dimension: Dimension) -> Quantity:
        used = usage.of(span.shown, dimension)
        return Quantity(committed=used.committed) if key == "committed" else Quantity(on_demand=used.on_demand)

    return lines(entries, span, usage.names, quantity)


def lines(
    entries: Iterable[Entry],
    span: Span,
    names: Dimensions,
    quantity: Callable[[str, Dimension], Quantity] = lambda _, __: NONE,
) -> tuple[Line, ...]:
    """The entries of the shown months by line, the dearest first, what is left last."""
    found: dict[tuple[str, Kind], _Sums] = {}
    labels: dict[tuple[str, Kind], str] = {}
    shown = frozenset(span.shown)
    for entry in entries:
        place = (entry.key, entry.kind)
        sums = found.setdefault(place, _Sums())
        labels[place] = entry.label
        if entry.month in shown:
            sums.now[entry.dimension].append(entry.cost)
        else:
            sums.before[entry.dimension] = sums.before.get(entry.dimension, ZERO) + (entry.cost.total or ZERO)
    compared = span.earlier is not None
    built = [
        _line(key, labels[key, kind], kind, sums, names, compared, quantity) for (key, kind), sums in found.items()
    ]
    return tuple(sorted(built, key=_rank))


def _line(
    key: str,
    label: str,
    kind: Kind,
    sums: _Sums,
    names: Dimensions,
    compared: bool,
    quantity: Callable[[str, Dimension], Quantity],
) -> Line:
    parts = [
        part(
            names,
            dimension,
            Cost.sum(sums.now[dimension]) if dimension in sums.now else NOTHING,
            before=sums.before.get(dimension, ZERO) if compared else None,
            quantity=quantity(key, dimension),
        )
        for dimension in sorted({*sums.now, *sums.before})
    ]
    cost = Cost.sum(each.cost for each in parts)
    before = sum((each.before or ZERO for each in parts), ZERO) if compared else None
    return Line(key, label, kind, cost, before, tuple(sorted(parts, key=_dearest)))


def part(
    names: Dimensions, dimension: Dimension, cost: Cost, *, before: Usd | None = None, quantity: Quantity = NONE
) -> Part:
    """A dimension's share of a line, with the words for it."""
    return Part(
        dimension=dimension,
        label=name_of(names, dimension),
        product=product_of(dimension) if dimension else "",
        cost=cost,
        before=before,
        quantity=quantity,
        unit=names.unit(dimension).many if dimension else "units",
    )


def name_of(names: Dimensions, dimension: Dimension) -> str:
    """The dimension in words; an unknown one keeps Datadog's name."""
    return names.label(dimension) if dimension else NO_PRODUCT


def totals(costs: Mapping[date, Mapping[Dimension, Cost]], months: Collection[date]) -> dict[Dimension, Cost]:
    """Each dimension's cost of some months together."""
    return {
        dimension: Cost.sum(costs[month][dimension] for month in months if dimension in costs.get(month, {}))
        for dimension in sorted({each for month in months for each in costs.get(month, {})})
    }


def total(costs: Mapping[Dimension, Cost]) -> Usd:
    """All of it that is known."""
    return sum((cost.total or ZERO for cost in costs.values()), ZERO)


def _dearest(each: Part) -> tuple[bool, Usd, str]:
    return each.cost.total is None, -(each.cost.total or ZERO), each.dimension


def _rank(line: Line) -> tuple[bool, bool, Usd, str, str]:
    total = line.cost.total
    return line.kind is Kind.REST, total is None, -(total or ZERO), line.key, line.kind
