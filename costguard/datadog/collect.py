"""How everything is read at once, of all organisations, into one run of the store."""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import product
from queue import Full, Queue
from threading import Event as Flag
from typing import Protocol

import costguard
from costguard.datadog.client import Connection, KeysRefused
from costguard.datadog.collectors import Collector, Window, collectors, name_of, reads_own, tables_of
from costguard.datadog.reading import Batch, Begun, Ended, Event, Introduced, introduce, read
from costguard.datadog.workers import Workers
from costguard.model.findings import Cause, Gap
from costguard.model.node_prices import KubernetesSettings
from costguard.model.resources import ContainerGroup, Resource
from costguard.model.series import size
from costguard.model.usage import HourlyAttribution, KubernetesUsage, Period, Row
from costguard.model.usage_settings import Attribution, UsageSettings
from costguard.safetext import visible
from costguard.store import Run, RunOrg, Store, StoreError

BACKLOG = 32
"""Batches that may wait to be written; then the collectors wait."""

_LISTENING = 0.2
"""Seconds after which a thread that cannot hand over looks whether anybody still listens."""


class Progress(Protocol):
    """Somebody who watches; called from one thread."""

    def begin(self, org: str, what: str) -> None:
        """The reading of a kind or table has begun."""

    def advance(self, org: str, what: str, count: int) -> None:
        """`count` more resources or rows of it were written."""

    def end(self, org: str, what: str, ok: bool) -> None:
        """It has ended; not `ok` = not complete."""


@dataclass(frozen=True)
class Collected:
    """What came of it."""

    run_id: int
    gaps: tuple[Gap, ...]
    requests: int
    """HTTP requests, those sent again included."""
    items: int
    """Resources and rows."""


class _NobodyListens(BaseException):
    """Ends a thread whose events nobody will take."""


def collect(
    connections: Sequence[Connection],
    store: Store,
    now: datetime,
    *,
    progress: Progress,
    workers: int = 8,
    kinds: frozenset[type[Resource]] | None = None,
    kubernetes: KubernetesSettings | None = None,
    attribution: Attribution = Attribution(),  # noqa: B008 - a frozen value
    usage: UsageSettings = UsageSettings(),  # noqa: B008 - a frozen value
) -> Collected:
    """Reads all organisations into a new run of the store, `workers` collectors and as many details at a time.

    With `kinds`, of the resources only those are read; usage and cost always are, but that of Kubernetes only where
    `kubernetes` says what to read, and container groups are among the kinds, and that by tags and hour only where
    `attribution` says of how many days. What cannot be read becomes gaps.
    Raises KeysRefused where Datadog knows no organisation's keys, StoreError, and what interrupts the calling thread:
    then the store is left as it was.
    """
    chosen = [
        each
        for each in collectors()
        if kinds is None or each.provides in kinds or issubclass(each.provides, Row)
        if each.provides is not KubernetesUsage or (kubernetes and (kinds is None or ContainerGroup in kinds))
        if each.provides is not HourlyAttribution or attribution.hourly_days
    ]
    asked = partial(Window, now=now, kubernetes=kubernetes, attribution=attribution, usage=usage)
    windows = [(each, asked(previous=store.previous(each.org.name, costguard.__version__))) for each in connections]
    events: Queue[Event] = Queue(BACKLOG)
    deaf = Flag()
    put = partial(_put, events, deaf)
    with _fewer_pauses(), Workers(workers, "collector") as readers, Workers(workers, "detail") as details:
        try:
            with store.begin(now, costguard.__version__) as run:
                writer = _Writer(run, progress)
                for connection, window in windows:
                    ready = replace(window, fan_out=details.fan_out)
                    readers.submit(partial(introduce, connection, ready, put))
                pending = len(windows)
                introduced: list[Introduced] = []
                unread = set(chosen)
                while pending:
                    event = events.get()
                    pending -= writer.take(event)
                    if isinstance(event, Introduced):
                        introduced.append(event)
                        for each, collector in _wanted(chosen, introduced, everybody=len(introduced) == len(windows)):
                            pending += 1
                            unread.discard(collector)
                            readers.submit(partial(read, collector, each.connection, each.window, put))
                writer.close([each for each in chosen if each in unread])
        finally:
            deaf.set()
    return Collected(run.id, tuple(writer.gaps), sum(each.requests for each in connections), writer.items)


@contextmanager
def _fewer_pauses() -> Iterator[None]:
    """Without the search for reference cycles, which took a sixth of the CPU time.

    Answers are trees: what is no longer needed is freed at once, and hardly a cycle comes up while reading.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _put(events: Queue[Event], deaf: Flag, event: Event) -> None:
    while not deaf.is_set():
        try:
            events.put(event, timeout=_LISTENING)
        except Full:
            continue
        return
    raise _NobodyListens


def _wanted(
    chosen: Sequence[Collector], introduced: Sequence[Introduced], *, everybody: bool
) -> Iterator[tuple[Introduced, Collector]]:
    """What to run for the organisation that has been introduced last.

    Once all are, and nobody of them can be the account's parent: also what each can read of its own usage. Beside the
    parent's, which has it too, it would count twice.
    """
    last = introduced[-1]
    if last.failure is None:
        yield from ((last, each) for each in chosen if not (each.parent_only and last.parent is False))
    if everybody and all(map(_is_child, introduced)):
        readable = [each for each in introduced if each.failure is None]
        yield from ((org, each) for org in readable for each in chosen if each.parent_only and reads_own(each))


def _is_child(introduced: Introduced) -> bool:
    """Whether it is certain not to be the account's parent."""
    return (introduced.connection.org.parent if introduced.failure else introduced.parent) is False


class _Writer:
    """The one that writes into the run, and keeps count."""

    def __init__(self, run: Run, progress: Progress) -> None:
        self.gaps: list[Gap] = []
        self.items = 0
        self._run = run
        self._progress = progress
        self._introduced: list[Introduced] = []
        self._own = {each.provides: tables_of(each) for each in collectors() if reads_own(each)}
        """What a child's keys tell of the child itself: the tables, by who reads them."""
        self._complete: set[tuple[str, type[Resource] | type[Row]]] = set()
        """What was read completely, by organisation."""

    def take(self, event: Event) -> int:
        """Writes what has come; how many tasks ended with it. Raises StoreError."""
        if isinstance(event, StoreError):
            raise event
        if isinstance(event, Introduced):
            self._introduce(event)
        elif isinstance(event, Begun):
            self._progress.begin(event.org, name_of(event.provides))
        elif isinstance(event, Batch):
            self._write(event)
        else:
            for table in (event.provides, *event.also):
                self._run.done(event.org, table, event.complete, reader=event.provides)
            if event.complete:
                self._complete.add((event.org, event.provides))
            self._progress.end(event.org, name_of(event.provides), event.complete)
        return isinstance(event, Introduced | Ended)

    def close(self, unread: Sequence[Collector]) -> None:
        """Says what is only known at the end: which collectors found nobody to ask.

        Raises KeysRefused where no organisation could be read for its keys.
        """
        failures = [each.failure for each in self._introduced]
        refused = [each for each in failures if isinstance(each, KeysRefused)]
        if refused and len(refused) == len(failures):
            raise refused[0]
        readable = [each for each in self._introduced if each.failure is None]
        if readable and all(each.parent is False for each in readable):
            undeclared = [each for each in readable if each.connection.org.parent is None]
            for collector in unread:
                self._gap(
                    Gap(
                        org=(undeclared or readable)[0].connection.org.name,
                        what=name_of(collector.provides),
                        cause=Cause.NOT_PARENT,
                        hint="add the account's parent organisation to the settings: only its keys can read this",
                        optional=not undeclared,
                    )
                )
        parents = [each.connection.org.name for each in self._introduced if each.parent]
        for provides, tables in self._own.items():
            if any((parent, provides) in self._complete for parent in parents):
                # A parent has read it of all: what its children read of themselves before would count twice.
                for child, table in product(filter(_is_child, self._introduced), tables):
                    self._run.forget(child.connection.org.name, table)

    def _introduce(self, event: Introduced) -> None:
        self._introduced.append(event)
        org, organisation = event.connection.org, event.window.organisation
        parent = org.parent if event.parent is None else event.parent
        public_id = organisation.id if organisation else org.public_id
        self._run.org(RunOrg(name=org.name, site=org.site, parent=parent, public_id=public_id))
        if event.failure is not None:
            self._gap(event.failure.gap.model_copy(update={"what": "org"}))

    def _write(self, batch: Batch) -> None:
        self._run.extend(batch.org, batch.items, reader=batch.provides)
        self.gaps += [each for each in batch.items if isinstance(each, Gap)]
        count = size([each for each in batch.items if not isinstance(each, Period | Gap)])
        self.items += count
        self._progress.advance(batch.org, name_of(batch.provides), count)

    def _gap(self, gap: Gap) -> None:
        # A hint may hold the id of a resource or the text of an exception, and so anything.
        gap = gap.model_copy(update={"hint": visible(gap.hint)})
        self.gaps.append(gap)
        self._run.add(gap.org, gap)
