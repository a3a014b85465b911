"""What the threads that read do: introduce an organisation, run a collector, and make events of all that comes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from costguard.datadog.client import Connection, Unreadable
from costguard.datadog.collectors import Collector, Item, Window, name_of, tables_of
from costguard.datadog.collectors.organisation import identify, is_parent
from costguard.errors import one_line
from costguard.model.findings import Cause, Gap
from costguard.model.resources import Resource
from costguard.model.usage import Row
from costguard.store import StoreError

BATCH = 500
"""Items that a collector hands over at a time."""


@dataclass(frozen=True)
class Introduced:
    """An organisation's keys were tried, and it was asked who it is."""

    connection: Connection
    window: Window
    """Completed by the organisation."""
    parent: bool | None = None
    failure: Unreadable | None = None
    """Why nothing of it can be read."""


@dataclass(frozen=True)
class Begun:
    """A collector has begun."""

    org: str
    provides: type[Resource] | type[Row]


@dataclass(frozen=True)
class Batch:
    """Items of a collector, in its order."""

    org: str
    provides: type[Resource] | type[Row]
    items: Sequence[Item]


@dataclass(frozen=True)
class Ended:
    """A collector has ended; not `complete` = it yielded a gap of its own name, or gave up."""

    org: str
    provides: type[Resource] | type[Row]
    complete: bool
    also: tuple[type[Resource] | type[Row], ...] = ()
    """The tables that it fills beside."""


Event: TypeAlias = Introduced | Begun | Batch | Ended | StoreError
"""A StoreError ends everything: what the store has cannot be read."""

Put: TypeAlias = Callable[[Event], None]
"""Hands an event over; may wait, and raises what ends the thread when nobody listens any more."""


def introduce(connection: Connection, window: Window, put: Put) -> None:
    """Puts one Introduced."""
    try:
        connection.validate()
        organisation = identify(connection, window).organisation
        parent = is_parent(connection, window)
    except Unreadable as error:
        put(Introduced(connection, window, failure=error))
    except Exception as error:  # noqa: BLE001 - whatever it is, it costs this organisation only
        put(Introduced(connection, window, failure=Unreadable(_failed(connection, "org", error))))
    else:
        put(Introduced(connection, replace(window, organisation=organisation, parent=parent), parent))


def read(collector: Collector, connection: Connection, window: Window, put: Put) -> None:
    """Puts Begun, Batches and Ended; whatever the collector raises is a Gap."""
    org, provides, name = connection.org.name, collector.provides, name_of(collector.provides)
    put(Begun(org, provides))
    complete = True
    batch: list[Item] = []
    try:
        for item in collector.collect(connection, window):
            if isinstance(item, Gap):
                complete = complete and item.what != name
            batch.append(item)
            if len(batch) >= BATCH:
                put(Batch(org, provides, batch))
                batch = []
    except StoreError as error:
        put(error)
        return
    except Unreadable as error:
        complete = False
        batch.append(error.gap.model_copy(update={"what": name}))
    except Exception as error:  # noqa: BLE001 - whatever it is, it costs this kind only
        complete = False
        batch.append(_failed(connection, name, error))
    put(Batch(org, provides, batch))
    put(Ended(org, provides, complete, tables_of(collector)[1:]))


def _failed(connection: Connection, what: str, error: Exception) -> Gap:
    hint = one_line(f"please report this to costguard's issue tracker: {type(error).__name__}: {error}")
    return Gap(org=connection.org.name, what=what, cause=Cause.FAILED, hint=hint)
