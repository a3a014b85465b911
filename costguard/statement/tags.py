"""What is paid for each value of some tags, and how much of the cost no tag explains (docs/datadog.md, B1)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from costguard.bill import Dimensions
from costguard.errors import shown
from costguard.model.money import Dimension, Usd
from costguard.model.statement import Cost, Kind, Line, Untagged
from costguard.statement.ledger import Breakdown, Ledger
from costguard.statement.lines import ZERO, Entry, Span, lines
from costguard.statement.request import StatementError, before, spans

EMPTY = "<empty>"
"""What Datadog writes for a tag without a value."""

SEVERAL = " | "
"""Between several values of one tag, as in Datadog's own CSV files."""

PUBLISHED = 20
"""From this day of the next month on a month's cost by tags has been published (docs/datadog.md, B1)."""

REST = "Not broken down by tag"

Values = tuple[tuple[str, ...], ...]
"""The values of each key; () = the use does not carry it."""


class TagCell(NamedTuple):
    """The cost of a dimension with some values of the tags."""

    month: date
    org_id: str | None
    values: Values | None
    """None = not broken down."""
    dimension: Dimension
    cost: Cost

    @property
    def kind(self) -> Kind:
        """What these values stand for."""
        if self.values is None:
            return Kind.REST
        if not any(self.values):
            return Kind.UNTAGGED
        return Kind.EMPTY if all(each == (EMPTY,) for each in self.values) else Kind.VALUE


@dataclass(frozen=True, slots=True)
class Tags:
    """The cost of some months by tags; `open` makes the tables that its queries ask, in one pass over the rows."""

    ledger: Ledger
    keys: tuple[str, ...]
    """What the bill is broken down by; () = nothing."""
    every_key: tuple[str, ...]
    """All keys that the rows tell of."""
    months: frozenset[date]
    """The months that are broken down."""

    @classmethod
    def open(cls, ledger: Ledger, months: Collection[date], keys: Sequence[str], *, by_org: bool = False) -> "Tags":
        """The breakdown of these months that has the keys; raises StoreError."""
        breakdowns = [each for month in sorted(months) if (each := chosen(ledger, month, keys))]
        every_key = sorted({key for each in breakdowns for key in each.keys})
        periods = [each.period for each in breakdowns]
        query = ledger.store.query
        query("bill-tag-sets", keys=list(keys), every_key=every_key, periods=periods)
        orgs = sorted({each.org for each in ledger.breakdowns})
        query("bill-tagged", periods=periods, orgs=orgs, only=ledger.only, by_org=by_org)
        return cls(ledger, tuple(keys), tuple(every_key), frozenset(each.month for each in breakdowns))

    def cells(self, months: Iterable[date], *, by_org: bool = False) -> list[TagCell]:
        """The costs of these months by the values of the keys, and what is left of the ledger."""
        rows = self.ledger.store.query("bill-by-tag", months=list(months), by_org=by_org)
        return [
            TagCell(
                month, org, None if found is None else tuple(tuple(each) for each in found), dimension, Cost(*parts)
            )
            for month, org, found, dimension, *parts in rows
        ]

    def lines(self, span: Span, names: Dimensions) -> tuple[Line, ...]:
        """A line for each set of values of the keys."""
        if span.earlier and not self.months.issuperset(span.earlier):
            span = Span(span.shown, None)
        entries = [
            Entry(cell.month, key_of(cell), label_of(cell, self.keys), cell.kind, cell.dimension, cell.cost)
            for cell in self.cells(span.all)
        ]
        return lines(entries, span, names)

    def untagged(self, months: Sequence[date], whole: Usd | None) -> tuple[Untagged, ...]:
        """For each tag key, how much of the cost of these months carries it."""
        rows = self.ledger.store.query("bill-untagged", every_key=list(self.every_key), months=list(months))
        found: dict[tuple[str, str], Decimal] = {(key, state): cost for key, state, cost in rows}
        shares = []
        for key in self.every_key:
            tagged, untagged, empty = (found.get((key, state), ZERO) for state in ("value", "untagged", "empty"))
            shares.append(Untagged(key, tagged, untagged, empty, rest=(whole or ZERO) - tagged - untagged - empty))
        return tuple(shares)


def chosen(ledger: Ledger, month: date, keys: Sequence[str]) -> Breakdown | None:
    """Of a month's breakdowns that have these keys the one that was read last, of those the coarsest; or None."""
    fitting = [each for each in ledger.breakdowns if each.month == month and set(keys) <= set(each.keys)]
    return max(fitting, key=lambda each: (each.read_at, -len(each.keys), each.keys), default=None)


def attributed_by(ledger: Ledger, months: Iterable[date]) -> dict[tuple[str, ...], list[str]]:
    """The organisations by the tag keys that they chose for the attribution of their cost in these months, by name.

    A `tag_config_source` is `<organisation>:::<key>///<key>` (docs/datadog.md, B1).
    """
    found: dict[tuple[str, ...], set[str]] = {}
    periods = [f"{month:%Y-%m}" for month in months]
    for org, source in ledger.store.query("bill-tag-sources", periods=periods, only=ledger.only):
        keys = tuple(sorted(key for key in source.rpartition(":::")[2].split("///") if key))
        found.setdefault(keys, set()).add(ledger.names.get(org, org))
    return {keys: sorted(names) for keys, names in sorted(found.items()) if keys}


def elsewhere(ledger: Ledger, months: Collection[date], keys: Collection[str]) -> list[str]:
    """Whose cost cannot be broken down by the keys, because Datadog attributes it by others: a sentence each."""
    return [
        f"{', '.join(names)}: Datadog attributes this cost by {', '.join(own)}, so that it is not broken down by"
        f" {', '.join(sorted(set(keys) - set(own)))}"
        for own, names in attributed_by(ledger, months).items()
        if not set(keys) <= set(own)
    ]


def check(ledger: Ledger, months: Sequence[date], keys: Sequence[str], today: date) -> None:
    """Raise StatementError where none of the months is broken down by these keys."""
    if not keys or any(chosen(ledger, month, keys) for month in months):
        return
    known = sorted({key for each in ledger.breakdowns if each.month in months for key in each.keys})
    asked = f"--by tag:{shown(','.join(keys))}"
    if not known and months[0] >= before(today.replace(day=1), 1 if today.day < PUBLISHED else 0):
        raise StatementError(
            f"{asked}: no tag breaks the cost of {spans(months)} down before Datadog publishes it, by the "
            f"{PUBLISHED - 1}th of the next month; ask for an earlier one"
        )
    if not known:
        raise StatementError(
            f"{asked}: the store has no cost by tags of these months; set [attribution] tags and collect again"
        )
    if set(keys) <= set(known):
        raise StatementError(f"{asked}: these tags are not broken down together; choose one of {', '.join(known)}")
    chosen_by = "; ".join(
        f"{', '.join(map(shown, names))} by {', '.join(map(shown, own))}"
        for own, names in attributed_by(ledger, months).items()
    )
    told = f" (Datadog attributes {chosen_by}; [attribution] tags says what is read)" if chosen_by else ""
    raise StatementError(f"{asked}: unknown tag; the cost is broken down by {', '.join(map(shown, known))}{told}")


def key_of(cell: TagCell) -> str:
    """The values as one text; "" for none."""
    return " · ".join(SEVERAL.join(each) for each in cell.values) if cell.values and any(cell.values) else ""


def label_of(cell: TagCell, keys: Sequence[str]) -> str:
    """The values as a reader sees them."""
    if cell.values is None:
        return REST
    if not any(cell.values):
        return f"no {', '.join(keys)} tag"
    return " · ".join(
        f"no {key}" if not each else f"{key} without a value" if each == (EMPTY,) else SEVERAL.join(each)
        for key, each in zip(keys, cell.values, strict=True)
    )
