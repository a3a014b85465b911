"""A statement as one HTML file that needs nothing else: no network, no JavaScript, and nothing in it can run."""

from decimal import Decimal

from costguard import wording
from costguard.model.money import Units
from costguard.model.statement import Kind, Line, Statement
from costguard.page import page
from costguard.statements import _draw as draw
from costguard.statements import _words as words

name = "html"
suffixes = (".html", ".htm")

MOVERS = 12
"""Changes that are shown one by one."""


def render(statement: Statement) -> str:
    """The page; raises ValueError for a time without a zone."""
    orgs = [line for line in statement.orgs if line.cost.total]
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
        trend=draw.trend(statement),
        height=draw.HEIGHT,
        products=draw.bars(statement.products),
        lines=draw.bars(statement.lines) if statement.by != "product" else (),
        meanings=_meanings(statement),
        orgs=orgs if len(orgs) > 1 else [],
        users={each.org_id: each.org_name for each in statement.used},
        used=_used(statement),
        cells={(line.key, line.kind): _by_product(line) for line in orgs},
        reasons=draw.reasons(statement.changes),
        movers=draw.movers(statement.changes, MOVERS),
        rests=[each for each in statement.checks if each.measured is not None],
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


def _used(statement: Statement) -> dict[str, dict[str, Units]]:
    """What each organisation used, by usage type and public id."""
    found: dict[str, dict[str, Units]] = {}
    for each in statement.used:
        found.setdefault(each.usage_type, {})[each.org_id] = each.units
    return found


def _by_product(line: Line) -> dict[str, Decimal]:
    """What an organisation paid for each product."""
    found: dict[str, Decimal] = {}
    for part in line.parts:
        if part.cost.total is not None:
            found[part.product] = found.get(part.product, Decimal(0)) + part.cost.total
    return found
