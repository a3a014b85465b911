"""One request as an endpoint sees it, and the ways to refuse it."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeVar

from costguard.simulator.calendar import parse
from costguard.simulator.company import Company
from costguard.simulator.faults import Faults
from costguard.simulator.inventory import Inventory
from costguard.simulator.ledger import Ledger
from costguard.simulator.usage import Account

T = TypeVar("T")
Shape = Literal["v1", "v2"]
"""How errors look: a list of texts, or JSON:API objects (docs/datadog.md, B0)."""

NOT_PARENT = "API called with non-parent org keys. Data is only available at the root level org"

TITLES = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 429: "Too Many Requests"}


class Refused(Exception):  # noqa: N818 - an answer like any other
    """An answer other than 200."""

    def __init__(self, status: int, detail: str, shape: Shape = "v1") -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.shape = shape

    def body(self) -> dict[str, Any]:
        """The error as Datadog words it."""
        if self.shape == "v1":
            return {"errors": [self.detail]}
        title = TITLES.get(self.status, "Internal Server Error")
        return {"errors": [{"status": str(self.status), "title": title, "detail": self.detail}]}


@dataclass(frozen=True)
class Call:
    """A request with valid keys: whose, of what, with which parameters."""

    account: Account
    ledger: Ledger
    inventory: Inventory
    path: str
    captured: Mapping[str, str]
    query: Mapping[str, Sequence[str]]
    faults: Faults
    forbidden: Callable[[str, str], bool]
    """Whether an organisation's keys lack a permission."""
    offend: Callable[[str], None]
    """Notes something that no reader should ask for."""

    @property
    def company(self) -> Company:
        """The company that is simulated."""
        return self.account.company

    @property
    def now(self) -> datetime:
        """The moment at which the company is simulated."""
        return self.account.company.now

    @property
    def repeats(self) -> bool:
        """Whether this path gives its first page for ever."""
        return self.path in self.faults.repeat_page

    def text(self, name: str, default: str = "") -> str:
        """A parameter's last value."""
        values = self.query.get(name)
        return values[-1] if values else default

    def flag(self, name: str, default: bool | None = None) -> bool | None:
        """A parameter that is true or false; 400 for anything else."""
        text = self.text(name)
        if not text:
            return default
        if text.lower() not in ("true", "false"):
            raise Refused(400, f"Invalid value for {name}")
        return text.lower() == "true"

    def number(self, name: str, default: int, *, low: int = 0, high: int = 2**53) -> int:
        """A whole number; 400 where it is none, or out of bounds."""
        text = self.text(name)
        if not text:
            return default
        try:
            value = int(text)
        except ValueError:
            raise Refused(400, f"Invalid value for {name}: not a number") from None
        if not low <= value <= high:
            raise Refused(400, f"Invalid value for {name}: must be between {low} and {high}")
        return value

    def time(self, name: str, default: datetime | None = None) -> datetime:
        """A time; 400 where it is none, or missing without a default."""
        text = self.text(name)
        if not text:
            if default is None:
                raise Refused(400, f"The parameter '{name}' is required")
            return default
        try:
            return parse(text)
        except ValueError:
            raise Refused(400, f"Invalid value for {name}: not a time") from None

    def page(self, items: Sequence[T], start: int, size: int) -> list[T]:
        """The items of a page."""
        return list(items[0 if self.repeats else start :][:size])

    def after(self, cursor_name: str, items: Sequence[T], size: int) -> tuple[list[T], str | None]:
        """A page of a cursor's scheme, and the next cursor: None after the last page."""
        start = _offset(self.text(cursor_name))
        found = self.page(items, start, size)
        if self.repeats:
            return found, _cursor(size)
        return found, _cursor(start + size) if start + size < len(items) else None


def _cursor(offset: int) -> str:
    return base64.urlsafe_b64encode(f"after:{offset}".encode()).decode()


def _offset(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.urlsafe_b64decode(cursor).decode().removeprefix("after:"))
    except ValueError:
        raise Refused(400, "Invalid cursor") from None


@dataclass(frozen=True)
class Route:
    """An endpoint: its path with {names}, who may call it, its rate limit's bucket, and what it answers."""

    path: str
    permissions: tuple[str, ...]
    bucket: str
    answer: Callable[[Call], Any]
    """A JSON value, or JSON already written as bytes."""
    parent_only: Shape | None = None
    """How it refuses a child organisation; None where it does not."""
    shape: Shape = "v1"
    """How it words other errors."""
    government: bool = True
    """Whether the government sites have it."""
    application_key: bool = True
    """Whether it asks for an application key beside the API key."""
