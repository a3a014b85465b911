"""A statement as one HTML file that needs nothing else: no network, no JavaScript, and nothing in it can run."""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from costguard import wording
from costguard.model.money import Units
from costguard.model.statement import Cost, Kind, Line, Statement, Used
from costguard.page import page
from costguard.statements import _draw as draw
from costguard.statements import _stack as stack
from costguard.statements import _words as words
from costguard.statements._days import OPENING, by_product, peaks

name = "html"
suffixes = (".html", ".htm")

MOVERS = 12
"""Changes that are shown one by one."""

CHARGES = (("committed", "Committed"), ("on_demand", "On-demand"), ("unsplit", "Not split"))
"""How something is charged, by the name of its amount."""


class _Row(NamedTuple):
    """What each organisation used of a usage type."""

    about: Used
    told: wording.Scale
    units: Mapping[str, Units]
    """By public id."""


def render(statement: Statement) -> str:
    """The page; raises ValueError for a time without a zone."""
    orgs = [line for line in statement.orgs if line.cost.total]
    days = stack.days(statement)
    split = bool(statement.cost.committed or statement.cost.on_demand)
    return page(
        "bill.html.j2",
        statement.currency,
        styles=("report.css", "bill.css"),
        statement=statement,
        headline=_headline(statement),
        words=words,
        span=words.span(statement),
        earlier=words.earlier(statement),
        breakdown=words.breakdown(statement),
        shown={each.month for each in statement.months},
        trend=stack.months(statement),
        days=days,
        opening=OPENING if days and any(column.cut for column in days.columns) else None,
        peaks=peaks(statement.lines)[:MOVERS] if days else (),
        by_product=by_product,
        height=stack.HEIGHT,
        products=draw.bars(statement.products),
        lines=draw.bars(statement.lines, statement.by) if statement.by != "product" else (),
        meanings=_meanings(statement),
        orgs=orgs if len(orgs) > 1 else [],
        users={each.org_id: each.org_name for each in statement.used},
        used=_used(statement),
        charges=[each for each in CHARGES if getattr(statement.cost, each[0])],
        cells={(line.key, line.kind): _by_product(line) for line in orgs},
        nothing=Cost(),
        reasons=draw.reasons(statement.changes),
        movers=draw.movers(statement.changes, MOVERS),
        rests=[*(each for each in statement.checks if each.measured is not None), *words.unpaid(statement)],
        odd=any(not each.used or each.stated is not None for each in statement.sources),
        required=[gap for gap in statement.gaps if not gap.optional],
        optional=[gap for gap in statement.gaps if gap.optional],
        split=split,
        untagged=min(
            (each for each in statement.untagged if each.share is not None),
            key=lambda each: (each.share or Decimal(0), each.key),
            default=None,
        ),
        zero=Decimal(0),
        share=wording.share,
        incomplete=wording.INCOMPLETE,
        rounded=wording.ROUNDED,
        rest=Kind.REST,
    )


def _headline(statement: Statement) -> str:
    """The statement in a sentence."""
    total, before = statement.total, statement.before
    whose = f"{statement.only} " if statement.only else "Datadog "
    if total is None:
        return f"What {whose.strip()} cost in {words.span(statement)} could not be read."
    sentence = f"{whose}cost {wording.money(total, statement.currency, whole=True)} in {words.span(statement)}"
    if before is None or total == before:
        return f"{sentence}."
    change = wording.money(abs(total - before), statement.currency, whole=True)
    rise = words.rise(total, before)
    more = "more" if total > before else "less"
    return f"{sentence}, {change}{f' ({rise})' if rise else ''} {more} than {words.earlier(statement)}."


def _meanings(statement: Statement) -> set[str]:
    """The kinds of charges that any bar shows."""
    return {each.meaning for bar in draw.bars((*statement.products, *statement.lines)) for each in bar.segments}


def _used(statement: Statement) -> list[_Row]:
    """What each organisation used, by usage type, as the dimensions are called."""
    found: dict[str, dict[str, Units]] = {}
    for each in statement.used:
        found.setdefault(each.usage_type, {})[each.org_id] = each.units
    about = {each.usage_type: each for each in statement.used}
    rows = [_Row(about[key], wording.scale(about[key].unit, *units.values()), units) for key, units in found.items()]
    return sorted(rows, key=lambda row: (row.about.label.lower(), row.about.usage_type))


def _by_product(line: Line) -> dict[str, Cost]:
    """What an organisation paid for each product."""
    found: dict[str, list[Cost]] = {}
    for part in line.parts:
        found.setdefault(part.product, []).append(part.cost)
    return {product: Cost.sum(costs) for product, costs in found.items()}
