"""Reading Datadog for a command: connections for the chosen organisations, progress on standard error."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any

import click

from costguard.commands._options import Common
from costguard.datadog.client import Connection, KeysRefused, Unreadable
from costguard.datadog.collect import Collected, collect
from costguard.model.node_prices import KubernetesSettings
from costguard.settings import Settings, keys
from costguard.store import Store

if TYPE_CHECKING:
    from rich.progress import TaskID


def connections(common: Common, settings: Settings, environ: Mapping[str, str]) -> list[Connection]:
    """A connection for each chosen organisation.

    Raises CostguardError for missing keys or a wrong site or URL, and where Datadog refuses the keys of all of them:
    before there is a store, so that a mistyped key leaves no file behind.
    """
    opened = [
        Connection(org, keys(org, environ), api_url=settings.api_url, share=settings.rate_limit_share)
        for org in common.chosen(settings)
    ]
    with ThreadPoolExecutor(len(opened)) as pool:
        refusals = list(pool.map(_refusal, opened))
    if refusals[0] is not None and None not in refusals:
        raise refusals[0]
    return opened


def _refusal(connection: Connection) -> KeysRefused | None:
    try:
        connection.validate()
    except KeysRefused as error:
        return error
    except Unreadable:
        # Collecting asks again and makes it a gap: whoever cannot be reached has not refused anything.
        return None
    return None


def read(
    opened: Sequence[Connection],
    store: Store,
    kinds: frozenset[type[Any]] | None = None,
    *,
    common: Common,
    settings: Settings,
    kubernetes: KubernetesSettings | None = None,
) -> Collected:
    """Collect into the store, showing progress, and say on standard error what was read; closes the connections."""
    with ExitStack() as stack:
        for each in opened:
            stack.enter_context(each)
        progress: Silent | Bars = stack.enter_context(Bars()) if common.progress else Silent()
        collected = collect(
            opened,
            store,
            datetime.now(UTC),
            progress=progress,
            kinds=kinds,
            kubernetes=kubernetes,
            attribution=settings.attribution,
            usage=settings.usage,
        )
    if not common.quiet:
        click.echo(f"Read {collected.items:,} items in {collected.requests:,} requests.", err=True)
    return collected


class Silent:
    """Progress that nobody watches."""

    def begin(self, org: str, what: str) -> None:
        """Nothing to show."""

    def advance(self, org: str, what: str, count: int) -> None:
        """Nothing to show."""

    def end(self, org: str, what: str, ok: bool) -> None:
        """Nothing to show."""


class Bars:
    """A bar an organisation, with what is being read at the moment."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.completed:,.0f} of {task.total:,.0f}"),
            TextColumn("{task.fields[items]:,} items", style="dim"),
            TextColumn("{task.fields[doing]}", style="dim", markup=False),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}
        self._doing: dict[str, list[str]] = {}
        self._items: dict[str, int] = {}

    def __enter__(self) -> "Bars":
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def begin(self, org: str, what: str) -> None:
        """A collector of `org` has started."""
        if org not in self._tasks:
            self._tasks[org] = self._progress.add_task(org, total=0, items=0, doing="")
            self._doing[org], self._items[org] = [], 0
        self._doing[org].append(what)
        total = self._progress.tasks[self._progress.task_ids.index(self._tasks[org])].total or 0
        self._progress.update(self._tasks[org], total=total + 1, doing=self._shown(org))

    def advance(self, org: str, what: str, count: int) -> None:  # noqa: ARG002 - all of an organisation share a bar
        """`count` more items were read."""
        self._items[org] += count
        self._progress.update(self._tasks[org], items=self._items[org])

    def end(self, org: str, what: str, ok: bool) -> None:  # noqa: ARG002 - gaps are shown by the report
        """A collector of `org` has ended."""
        self._doing[org].remove(what)
        self._progress.update(self._tasks[org], advance=1, doing=self._shown(org))

    def _shown(self, org: str) -> str:
        doing: Sequence[str] = self._doing[org]
        return ", ".join(doing[:3]) + (" …" if len(doing) > 3 else "")
