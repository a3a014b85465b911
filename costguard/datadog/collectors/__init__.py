"""What a collector is, and where all of them are found: one file a product in this folder."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from threading import Lock
from typing import Any, Protocol, TypeAlias, TypeVar, cast

from costguard.datadog.client import Connection
from costguard.model.findings import Gap
from costguard.model.node_prices import KubernetesSettings
from costguard.model.resources import Organisation, Resource
from costguard.model.series import Series
from costguard.model.usage import Period, Row
from costguard.model.usage_settings import Attribution, UsageSettings

A = TypeVar("A")
B = TypeVar("B")
R = TypeVar("R", bound=Resource)

Item: TypeAlias = Resource | Row | Series[Any] | Period | Gap
"""What a collector yields; a Period opens a period of a table, and the rows after it are all that it holds."""


class Previous(Protocol):
    """What the store already has of one organisation."""

    def resources(self, kind: type[R]) -> Mapping[str, R]:
        """The resources of this kind in the last run, by id; {} where there are none."""

    def final_periods(self, table: type[Row]) -> frozenset[str]:
        """The periods of this table that are never read again."""

    def invoiced(self) -> Mapping[str, Decimal]:
        """What the account's closed months cost in the end, as far as that is final in the store, by "2026-10"."""


class FanOut(Protocol):
    """Calls `function` with each item, several at a time; results come in the order of the items."""

    def __call__(self, function: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        """The results; what `function` raises is raised here."""


def in_turn(function: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
    """The fan-out of one worker: one item after the other."""
    return map(function, items)


class Once:
    """What several collectors of one organisation need, read once: the first to ask reads, the others wait.

    What reading raises is raised for all of them.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._outcomes: dict[str, Future[Any]] = {}

    def __call__(self, key: str, read: Callable[[], A]) -> A:
        with self._lock:
            mine = key not in self._outcomes
            outcome: Future[A] = self._outcomes.setdefault(key, Future())
        if mine:
            try:
                outcome.set_result(read())
            except Exception as error:  # noqa: BLE001 - raised below, for everybody who asks
                outcome.set_exception(error)
        return outcome.result()


@dataclass(frozen=True)
class Window:
    """What a collector is to know besides the connection."""

    now: datetime
    """An aware time in UTC."""
    previous: Previous
    organisation: Organisation | None = None
    """The organisation that is read, as its keys see it; None where that could not be read."""
    parent: bool | None = None
    """Whether its keys are the account's parent's; None where neither the settings nor Datadog says so."""
    fan_out: FanOut = field(default=in_turn)
    once: Once = field(default_factory=Once)
    kubernetes: KubernetesSettings | None = None
    """What to read of Kubernetes; None = nothing."""
    attribution: Attribution = field(default_factory=Attribution)
    """How to read usage and cost by tags."""
    usage: UsageSettings = field(default_factory=UsageSettings)
    """How much usage and cost to read."""

    @property
    def connected(self) -> Mapping[str, bool]:
        """The parameter that asks for connected accounts too, where the settings do."""
        return {"include_connected_accounts": True} if self.usage.connected_accounts else {}


class Collector(Protocol):
    """Reads one kind of resource, or one table of usage or cost."""

    @property
    def provides(self) -> type[Resource] | type[Row]:
        """The kind or the table; a collector yields nothing else but periods and gaps.

        One whose answers fill other tables too names those in an attribute `also`.
        """

    @property
    def permissions(self) -> tuple[str, ...]:
        """What its calls need: ("synthetics_read",)."""

    @property
    def parent_only(self) -> bool:
        """Whether it reads usage and cost of the whole account, which a child organisation is not asked for.

        One that gives a child's keys the child's own part has an attribute `own`: that is asked for where the account
        itself cannot be.
        """

    def collect(self, org: Connection, window: Window) -> Iterator[Item]:
        """Everything of its kind; may yield Gaps and go on, raises Unreadable to give up."""


def tables_of(collector: Collector) -> tuple[type[Resource] | type[Row], ...]:
    """What the collector provides, and what it fills beside that."""
    return (collector.provides, *getattr(collector, "also", ()))


def reads_own(collector: Collector) -> bool:
    """Whether it gives a child's keys the child's own part of the account."""
    return bool(getattr(collector, "own", False))


def name_of(provides: type[Resource] | type[Row]) -> str:
    """How gaps and progress name a kind or a table.

    A gap of exactly this name says that the kind was not read completely. One about a part of it that can be missing
    has the name and a word more: "monitor notifications".
    """
    return provides.kind if issubclass(provides, Resource) else provides.table


def collectors() -> tuple[Collector, ...]:
    """One of each collector class in the modules of this package, by module and name."""
    modules = [importlib.import_module(f"{__name__}.{each.name}") for each in pkgutil.iter_modules(__path__)]
    classes = [
        value
        for module in modules
        for _, value in inspect.getmembers(module, inspect.isclass)
        if value.__module__ == module.__name__ and hasattr(value, "provides") and hasattr(value, "collect")
    ]
    return tuple(cast(Collector, each()) for each in classes)
