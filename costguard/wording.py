"""How amounts, units, times, products and causes are said to a reader, the same in every report."""

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from costguard.model.findings import Cause
from costguard.model.money import CENT, Units, Usd
from costguard.safetext import visible

UNKNOWN = "unknown"
"""What stands where a number is not known; never a zero."""

NOTHING = "–"
"""What stands where there is nothing that could have an amount: a finding that is not about a saving."""

RATES = "by changing commitments at renewal"
"""What findings about commitments are worth; said apart from what using less saves."""

COMMITTED = "inside your commitment: no cash until renewal"
"""Why a finding can be worth nothing now and something at renewal (docs/datadog.md, A1)."""

INCOMPLETE = "what could not be read is not clean, and nothing is claimed about it"

ROUNDED = "Each amount is rounded by itself; exactly, as in JSON and CSV, they add up."
"""Why cents that a reader adds up may differ by one: an amount is the same wherever it stands."""

_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}

_PRODUCTS = {"apm": "APM", "ci": "CI", "dbm": "DBM", "rum": "RUM", "siem": "SIEM", "llm": "LLM", "k8s": "Kubernetes"}

_CAUSES = {
    Cause.MISSING_PERMISSION: "missing permission",
    Cause.NOT_PARENT: "only the parent organisation may read it",
    Cause.NOT_ON_SITE: "not offered on this site",
    Cause.NOT_AVAILABLE: "not available",
    Cause.RATE_LIMITED: "rate limited",
    Cause.UNREACHABLE: "unreachable",
    Cause.MALFORMED: "answer not understood",
    Cause.FAILED: "failed",
}


def money(amount: Usd | None, currency: str, *, whole: bool = False) -> str:
    """An amount as "$1,234.50"; "unknown" for None, "<$0.01" for what would round to nothing.

    With `whole`, amounts from 100 up have no cents.
    """
    if amount is None:
        return UNKNOWN
    symbol = _SYMBOLS.get(currency) or f"{visible(currency[:3])} "
    if amount and abs(amount) < CENT:
        return f"{'>-' if amount < 0 else '<'}{symbol}0.01"
    step = Decimal(1) if whole and abs(amount) >= 100 else CENT
    # `format` rounds half to even; an invoice rounds half up.
    rounded = abs(amount).quantize(step, ROUND_HALF_UP) if abs(amount) < Decimal("1e20") else abs(amount)
    sign = "-" if amount < 0 else ""
    return f"{sign}{symbol}{rounded:,f}"


def share(part: Usd | None, of: Usd | None) -> str | None:
    """A share as "6.8 %"; None where one of the two is not known or there is nothing to be a share of."""
    if part is None or of is None or of <= 0:
        return None
    percent = part / of * 100
    return "<0.1 %" if 0 < percent < Decimal("0.1") else f"{percent:.1f} %"


def count(amount: Units | int | None) -> str:
    """A number as "86,400" or "12.5", to two decimals; "<0.01" for what would round to nothing, "unknown" for None."""
    if amount is None:
        return UNKNOWN
    if 0 < abs(Decimal(amount)) < CENT:
        return "<0.01" if amount > 0 else ">-0.01"
    return f"{amount:,.2f}".rstrip("0").rstrip(".")


class Scale(NamedTuple):
    """In what units are told so that numbers stay short."""

    step: Units
    """How many single units make one of them."""
    unit: str
    """The word for many of them."""

    def of(self, units: Units | None) -> str:
        """The number of them; "unknown" for None."""
        return count(None if units is None else units / self.step)


def scale(unit: str, *units: Units | None) -> Scale:
    """How these numbers of units are told, all alike: bytes in gigabytes, from ten million on in millions."""
    if unit == "bytes":
        return Scale(Decimal(10**9), "GB")
    if any(each is not None and abs(each) >= 10**7 for each in units):
        return Scale(Decimal(10**6), f"million {visible(unit)}")
    return Scale(Decimal(1), visible(unit))


def quantity(units: Units | None, unit: str) -> str:
    """Units with the word for many: "450 hosts", "27,600 GB", "2,043.35 million events"; "unknown" for None."""
    told = scale(unit, units)
    return UNKNOWN if units is None else f"{told.of(units)} {told.unit}"


def plural(number: int, one: str, many: str | None = None) -> str:
    """A count with its noun: "1 finding", "1,204 findings"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def month(day: date) -> str:
    """A month as "October 2026"."""
    return f"{day:%B %Y}"


def minute(moment: datetime) -> str:
    """A moment as "20 November 2026, 09:00 UTC"."""
    return f"{day(moment)}, {utc(moment):%H:%M} UTC"


def day(moment: datetime) -> str:
    """A date as "20 November 2026", in UTC."""
    return f"{utc(moment).day} {utc(moment):%B %Y}"


def utc(moment: datetime) -> datetime:
    """The same moment in UTC; raises ValueError for a time without a zone, which would be read as this machine's."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone")
    return moment.astimezone(UTC)


def product(key: str) -> str:
    """A product's name as a heading: "Synthetics", "APM"."""
    return _PRODUCTS.get(key.lower()) or visible(key[:1].upper() + key[1:].replace("_", " "))


def cause(value: Cause) -> str:
    """Why something could not be read, in words."""
    return _CAUSES[value]


def kind(name: str) -> str:
    """A resource kind in words: "synthetic test"."""
    return visible(name.replace("_", " "))
