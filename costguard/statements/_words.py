"""How a statement's sources, spans and changes are said to a reader, the same in every format."""

from decimal import Decimal

from costguard.model.money import CENT, Units, Usd
from costguard.model.statement import Basis, Month, Running, Statement
from costguard.safetext import visible
from costguard.wording import count, day, money, month, share

GIGABYTE = Decimal(10) ** 9

BASES = {
    Basis.HISTORICAL: "final, as invoiced",
    Basis.ATTRIBUTED: "cost attribution",
    Basis.ESTIMATED: "estimated",
    Basis.PROJECTED: "projected",
}

BREAKDOWNS = {"product": "product", "org": "organisation", "usage-type": "usage type", "day": "day"}

USAGE = "more or less use, at the old price"
RATE = "another price, for the old use"
BOTH = "price and use together"
NEW = "not billed before"
ENDED = "not billed any more"
UNKNOWN = "cannot be split: units not known"


def span(statement: Statement) -> str:
    """The months of the statement: "October 2026", "August 2026 to October 2026"."""
    if statement.first == statement.last:
        return month(statement.last)
    return f"{month(statement.first)} to {month(statement.last)}"


def earlier(statement: Statement) -> str:
    """What the statement is compared with."""
    return month(statement.before_first) if statement.first == statement.last else "as many months before"


def breakdown(statement: Statement) -> str:
    """What the statement is broken down by, in words."""
    by = statement.by
    if by.startswith("tag:"):
        keys = by.removeprefix("tag:").split(",")
        return f"tag{'s' * (len(keys) > 1)} {', '.join(keys)}"
    return BREAKDOWNS.get(by, by)


def heading(text: str) -> str:
    """The text with its first letter large and the others as they are."""
    return text[:1].upper() + text[1:]


def basis(each: Month) -> str:
    """Where a month's cost was read, and as of when."""
    if each.basis is None:
        return "no cost could be read"
    words = BASES[each.basis]
    if each.through:
        words += f" through {each.through.day} {each.through:%B %Y}"
    return words + (f", as of {day(each.as_of)}" if each.as_of else "")


def bases(statement: Statement) -> str:
    """Where the cost was read: of one month in full, of several the kinds of sources."""
    if len(statement.months) == 1:
        return basis(statement.months[0])
    kinds = dict.fromkeys(BASES[each.basis] if each.basis else "no cost could be read" for each in statement.months)
    return ", ".join(kinds)


def signed(amount: Usd | None, currency: str, *, whole: bool = False) -> str:
    """A change as "+$12.00" or "-$12.00"."""
    text = money(amount, currency, whole=whole)
    return f"+{text}" if amount is not None and amount >= CENT else text


def quantity(units: Units | None, unit: str) -> str:
    """Billable units with their word; bytes in gigabytes."""
    if units is not None and unit == "bytes":
        return f"{count(units / GIGABYTE)} GB"
    return f"{count(units)} {visible(unit)}"


def rise(after: Usd | None, before: Usd | None) -> str | None:
    """A change as "+3.2 %"; None where it is not known or there was nothing before."""
    if after is None or before is None or before <= 0:
        return None
    percent = (after - before) / before * 100
    return f"{percent:+.1f} %"


def percent(part: Decimal | None) -> str:
    """A share of 0 to 1 as "12.3 %"."""
    return share(part, Decimal(1)) or "unknown"


def estimate(running: Running) -> str:
    """How far the estimate of the running month goes."""
    words = "estimated"
    if running.through:
        words += f" through {running.through.day} {running.through:%B %Y}"
    return words + (f", as of {day(running.estimated_as_of)}" if running.estimated_as_of else "")


def projection(running: Running) -> str:
    """When the running month was projected."""
    return "projected" + (f", as of {day(running.projected_as_of)}" if running.projected_as_of else "")
