"""How values in Datadog's answers are read: nulls and unknown shapes are tolerated, a missing id is not."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from pydantic import ValidationError

from costguard.datadog.errors import Unreadable
from costguard.model.findings import Cause, Gap

T = TypeVar("T")

_MISSING = object()

_HALF = 2**63

_DIGITS = 20
"""Digits before the point that the store can keep; a petabyte of logs is 10^15 bytes."""

_MILLISECONDS_FROM = 100_000_000_000
"""Epochs of this size and more are milliseconds: as seconds it would be the year 5138."""


class MalformedError(Exception):
    """An item lacks what it cannot be understood without; the text says what."""


def mapping(value: object) -> dict[str, Any]:
    """The JSON object, or an empty one where there is something else."""
    return value if isinstance(value, dict) else {}


def sequence(value: object) -> list[Any]:
    """The JSON array, or an empty one where there is something else."""
    return value if isinstance(value, list) else []


def text(value: object) -> str:
    """The string; "" where there is something else."""
    return value if isinstance(value, str) else ""


def texts(value: object) -> tuple[str, ...]:
    """The strings of a JSON array; what is not a string in it is left out."""
    return tuple([each for each in value if isinstance(each, str)]) if isinstance(value, list) else ()


def identity(value: object) -> str:
    """An id, which Datadog writes as text or as a number; raises MalformedError where there is none."""
    if isinstance(value, str) and value:
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise MalformedError("no id")


def optional_identity(value: object) -> str | None:
    """An id, or None where there is none."""
    try:
        return identity(value)
    except MalformedError:
        return None


def key_of(name: str) -> Callable[[Mapping[str, Any]], str | int | None]:
    """What tells one item of a list from another: its field `name`, where that is an id."""

    def key(item: Mapping[str, Any]) -> str | int | None:
        value = item.get(name)
        return value if isinstance(value, (str, int)) else None

    return key


def decimal(value: object) -> Decimal | None:
    """A finite number, exactly as it is written; None where there is none, or one beyond any amount."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = Decimal(str(value))
    except (InvalidOperation, ValueError):
        return None
    return number if number.is_finite() and number.adjusted() < _DIGITS else None


def integer(value: object) -> int | None:
    """A whole number of 64 bits, also one written as 15.0 or "15"; None where there is none."""
    if type(value) is int and -_HALF <= value < _HALF:
        return value
    number = decimal(value)
    whole = None if number is None or number != number.to_integral_value() else int(number)
    return whole if whole is not None and -_HALF <= whole < _HALF else None


def moment(value: object) -> datetime | None:
    """A time in UTC, from ISO 8601 (without an offset: UTC) or from seconds or milliseconds since 1970.

    None where there is none, or one that cannot be read; 0 means never.
    """
    if isinstance(value, str):
        try:
            time = datetime.fromisoformat(value)
        except ValueError:
            return moment(float(value)) if value.replace(".", "", 1).isdecimal() else None
        if time.tzinfo is UTC:
            return time
        try:
            return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
        except OverflowError:
            return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
        return None
    try:
        return datetime.fromtimestamp(value / 1000 if value >= _MILLISECONDS_FROM else value, UTC)
    except (OverflowError, ValueError, OSError):
        return None


class Times(dict[object, datetime | None]):
    """The moments of texts and numbers, each read once: usage names the same hours in very many rows."""

    def __missing__(self, value: object) -> datetime | None:
        time = self[value] = moment(value)
        return time

    def of(self, value: object) -> datetime | None:
        """As `self[value]`, but for any JSON value."""
        return None if isinstance(value, (dict, list)) else self[value]


def read_each(
    items: Iterable[object], read: Callable[[dict[str, Any]], T], *, org: str, what: str, plural: str
) -> Iterator[T | Gap]:
    """What `read` makes of each item; the items it cannot read are counted into one Gap at the end.

    `read` says so by MalformedError, or by the ValidationError of a value of the model.
    """
    total = failed = 0
    example = ""
    for item in items:
        total += 1
        try:
            if not isinstance(item, dict):
                raise MalformedError("not an object")
            value = read(item)
        except (MalformedError, ValidationError) as error:
            failed += 1
            example = example or _reason(error)
        else:
            yield value
    if failed:
        yield malformed(org, what, f"{failed} of {total} {plural} could not be read ({example})")


def items_of(body: object, key: str, *, org: str, what: str) -> list[Any]:
    """The list that an answer without pages holds under `key`, which may be null; raises Unreadable without one."""
    value = body.get(key, _MISSING) if isinstance(body, dict) else _MISSING
    if value is None:
        return []
    if not isinstance(value, list):
        raise Unreadable(malformed(org, what, f"the answer has no list {key!r}"))
    return value


def malformed(org: str, what: str, hint: str) -> Gap:
    """The gap for an answer that is not what Datadog documents."""
    return Gap(org=org, what=what, cause=Cause.MALFORMED, hint=f"{hint}; please report it to costguard's issue tracker")


def _reason(error: MalformedError | ValidationError) -> str:
    """What was wrong, without the value: it may be anything."""
    if isinstance(error, MalformedError):
        return str(error)
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['type']}"
