"""Tables with a column for each organisation: what it paid for each product, and how, and what it used."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from rich.cells import cell_len
from rich.console import RenderableType
from rich.text import Text

from costguard.model.money import Usd
from costguard.model.statement import Cost, Line, Statement
from costguard.safetext import visible
from costguard.statements.terminal.columns import headings, room_for
from costguard.statements.terminal.fitted import GAP, NAME, fitted
from costguard.wording import money, scale

LEAST = 8
"""Columns of the narrowest amounts."""

TOTAL = "All together"

CHARGES: Sequence[tuple[str, Callable[[Cost], Usd | None]]] = (
    ("committed", lambda cost: cost.committed),
    ("on-demand", lambda cost: cost.on_demand),
    ("not split", lambda cost: cost.unsplit),
)


def matrix(statement: Statement, width: int) -> Iterable[RenderableType]:
    """What each organisation paid for each product, committed and on demand, the dearest organisations first."""
    orgs = [line for line in statement.orgs if line.cost.total]
    if len(orgs) < 2 or statement.by not in ("product", "org", "usage-type"):
        return
    rows: list[tuple[str, str, list[Usd | None]]] = []
    for each in statement.products:
        costs = [*(_of_product(line, each.key) for line in orgs), each.cost]
        rows += _rows(each.label, costs)
    totals = [*(line.cost for line in orgs), statement.cost]
    rows += [*_rows(TOTAL, totals), ("", "total", [cost.total for cost in totals])]

    label = max(cell_len(visible(title)) for title, _, _ in rows)
    said = [[_said(amount, statement.currency) for amount in amounts] for _, _, amounts in rows]
    least = max(LEAST, *(text.cell_len for texts in said for text in texts))
    left = width - min(label, NAME) - len("committed") - max(least, len(TOTAL)) - 3 * GAP
    count = room_for(len(orgs), least, left)
    others = len(orgs) - count
    titles = ["Product", "", *headings([line.label for line in orgs], count, least, left)]
    titles += [f"{others} more", TOTAL] if others else [TOTAL]
    cells = []
    for (title, kind, amounts), texts in zip(rows, said, strict=True):
        more = [_said(_sum(amounts[count:-1]), statement.currency)] if others else []
        style = "bold" if title == TOTAL or kind == "total" else ""
        cells.append([Text(visible(title), style), Text(kind, "dim"), *texts[:count], *more, texts[-1]])
    yield Text("Product × organisation × committed or on-demand", "bold underline")
    yield fitted(titles, cells, width, words=(0, 1))


def used(statement: Statement, width: int) -> Iterable[RenderableType]:
    """What each organisation used of each usage type, for the dearest organisations that there is room for."""
    if not statement.used:
        return
    names = {each.org_id: each.org_name for each in statement.used}
    dearest = [line.key for line in statement.orgs if line.key in names]
    orgs = [*dearest, *sorted(set(names) - set(dearest))]
    units = {(each.usage_type, each.org_id): each.units for each in statement.used}
    types = {each.usage_type: each for each in statement.used}
    scales = {key: scale(each.unit, *(units.get((key, org)) for org in orgs)) for key, each in types.items()}
    said = {
        key: [Text("–", "dim") if (found := units.get((key, org))) is None else Text(told.of(found)) for org in orgs]
        for key, told in scales.items()
    }
    unit = max(cell_len(told.unit) for told in scales.values())
    own = max(cell_len(visible(key)) for key in types)
    least = max(LEAST, *(text.cell_len for texts in said.values() for text in texts))
    left = width - NAME - unit - 2 * GAP
    # Datadog's own names are small print: they are left out before an organisation is.
    named = room_for(len(orgs), least, left - own - GAP) == len(orgs)
    left -= (own + GAP) * named
    count = room_for(len(orgs), least, left)
    titles = ["Usage type", "Unit", *headings([names[org] for org in orgs], count, least, left)]
    rows = []
    for key, each in sorted(types.items(), key=lambda item: (item[1].label.lower(), item[0])):
        small = [Text(visible(key), "dim")] if named else []
        rows.append([Text(visible(each.label)), Text(scales[key].unit, "dim"), *said[key][:count], *small])
    yield Text("Usage type × organisation", "bold underline")
    yield fitted(
        [*titles, *(["Datadog's name"] * named)], rows, width, words=(0, len(titles)) if named else (0,), drawn=(1,)
    )
    if count < len(orgs):
        yield Text(f"{len(orgs) - count} more organisations are in the files that -o writes", "dim")


def _rows(label: str, costs: Sequence[Cost]) -> list[tuple[str, str, list[Usd | None]]]:
    """The amounts by how they are charged, as far as anything is; the label stands on the first row."""
    rows = [(kind, amounts) for kind, part in CHARGES if any(amounts := [part(cost) for cost in costs])]
    rows = rows or [("", [cost.total for cost in costs])]
    return [("" if place else label, kind, amounts) for place, (kind, amounts) in enumerate(rows)]


def _of_product(line: Line, key: str) -> Cost:
    return Cost.sum(part.cost for part in line.parts if part.product == key)


def _sum(amounts: Iterable[Usd | None]) -> Usd | None:
    known = [each for each in amounts if each is not None]
    return sum(known, Decimal(0)) if known else None


def _said(value: Usd | None, currency: str) -> Text:
    return Text("–", "dim") if value is None else Text(money(value, currency, whole=True), "" if value else "dim")
