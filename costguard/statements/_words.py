"""How a statement's sources, spans and changes are said to a reader, the same in every format."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from costguard.model.money import CENT, Usd
from costguard.model.statement import ZERO, Basis, Check, Month, Prices, Running, Statement
from costguard.wording import day, money, month, plural, share

BASES = {
    Basis.HISTORICAL: "final, as invoiced",
    Basis.ATTRIBUTED: "cost attribution",
    Basis.ESTIMATED: "estimated",
    Basis.PROJECTED: "projected",
}

BREAKDOWNS = {"product": "product", "org": "organisation", "usage-type": "usage type", "day": "day"}

USAGE = "more or less use, at the old price"
INCLUDED = "other units included, committed or on demand, at the old prices"
RATE = "another price, for the old use"
BOTH = "price and use together"
NEW = "not billed before"
ENDED = "not billed any more"
UNKNOWN = "cannot be split: units not known"


def span(statement: Statement) -> str:
    """The months of the statement: "October 2026", "August 2026 to November 2026 so far"."""
    first = "" if statement.first == statement.last else f"{month(statement.first)} to "
    return f"{first}{month(statement.last)}{'' if statement.months[-1].over else ' so far'}"


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
        words += through(each.through, each.until)
    return words + (f", as of {day(each.as_of)}" if each.as_of and not each.until else "")


def through(last: date, until: datetime | None) -> str:
    """How far an estimate goes: " through 19 November 2026", " until 08:00 UTC on 20 November 2026"."""
    told = f"{last.day} {last:%B %Y}"
    return f" until {until:%H:%M} UTC on {told}" if until else f" through {told}"


def bases(statement: Statement) -> str:
    """Where the cost was read: of one month in full, of several the kinds of sources."""
    if len(statement.months) == 1:
        return basis(statement.months[0])
    kinds = dict.fromkeys(
        basis(each) if not each.basis or not each.over else BASES[each.basis] for each in statement.months
    )
    return ", ".join(kinds)


def signed(amount: Usd | None, currency: str, *, whole: bool = False) -> str:
    """A change as "+$12.00" or "-$12.00"."""
    text = money(amount, currency, whole=whole)
    return f"+{text}" if amount is not None and amount >= CENT else text


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
        words += through(running.through, running.until)
    return words + (f", as of {day(running.estimated_as_of)}" if running.estimated_as_of and not running.until else "")


def explained(statement: Statement) -> tuple[tuple[str, Usd], ...]:
    """What the reconciliation comes to, in order: what each kind of prices explains, and what none does."""
    checks = [each for each in statement.checks if each.measured is not None]
    then = month(statement.last - timedelta(days=1))

    def by(prices: Prices) -> Usd:
        return sum(((each.explained or ZERO) - each.agreed for each in checks if each.prices is prices), ZERO)

    change = sum((each.price_change or ZERO for each in checks), ZERO)
    amounts = (
        (f"the prices of {then} explain", by(Prices.EARLIER) - change),
        ("other prices than then", change),
        ("contract and list prices explain", sum((each.agreed for each in checks), ZERO)),
        ("prices worked out of this bill explain", by(Prices.OWN)),
        ("paid without use", sum((each.measured or ZERO for each in checks if each.rest is None), ZERO)),
    )
    rest = sum((each.rest or ZERO for each in checks), ZERO)
    return (*((label, amount) for label, amount in amounts if abs(amount) >= CENT), ("not explained", rest))


def unpaid(statement: Statement) -> list[Check]:
    """What the function gives a cost for and nothing was paid for, in a month of which some cost was measured."""
    if all(each.measured is None for each in statement.checks):
        return []
    return [each for each in statement.checks if each.measured is None and (each.explained or ZERO) >= CENT]


def projection(running: Running) -> str:
    """When the running month was projected."""
    return "projected" + (f", as of {day(running.projected_as_of)}" if running.projected_as_of else "")


def metered(statement: Statement) -> str:
    """How the billed units compare with the hours of the month."""
    lines = [each for each in statement.checks if each.units is not None]
    held = [each for each in lines if each.metered is not None]
    if not held:
        return f"not all hours of {month(statement.last)} were read: billed units are not held against them"
    alike = sum(abs((each.metered or ZERO) - (each.units or ZERO)) <= (each.units or ZERO) / 100 for each in held)
    told = f"its hours come to what is billed, within 1 %, in {alike} of {plural(len(held), 'line')}"
    return told + (f"; {len(lines) - len(held)} without hours" if len(held) < len(lines) else "")
