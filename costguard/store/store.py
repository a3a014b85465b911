"""What the store holds and how it is asked: runs, resources as of a run, rows of usage and cost, findings."""

import re
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, TypeVar

import duckdb
from pydantic import ValidationError

from costguard.errors import shown
from costguard.model.findings import Gap
from costguard.model.report import Judged
from costguard.model.resources import Resource
from costguard.model.usage import Row, columns
from costguard.store.columns import reader
from costguard.store.file import StoreError, open_file, reported, sql
from costguard.store.run import Run, RunInfo, RunOrg

R = TypeVar("R", bound=Resource)
T = TypeVar("T", bound=Row)

FETCHED = 2_000
"""Rows that are fetched at a time."""


def _now() -> datetime:
    return datetime.now(UTC)


class Previous:
    """What the store has of one organisation, for collectors: to be asked from any thread, also while a run is written.

    It has a connection of its own, which sees only what is committed: the run that is being written stays out.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path, org: str, version: str) -> None:
        self._connection = connection
        self._path = path
        self._org = org
        self._version = version
        self._lock = Lock()

    def resources(self, kind: type[R]) -> Mapping[str, R]:
        """By id, what was last seen of each, back to the last run that read all of the kind; {} where there is none.

        Nor is there any where another version of costguard read the kind last: it may have read an answer otherwise.
        """
        parameters = {"org": self._org, "kind": kind.kind}
        if self._rows(sql("last-reader"), parameters) != [(self._version,)]:
            return {}
        bodies = self._rows(sql("resources-before"), parameters)
        found = (kind.model_validate_json(body) for (body,) in bodies)
        return {resource.id: resource for resource in found}

    def final_periods(self, table: type[Row]) -> frozenset[str]:
        """Keys of the periods that need not be read again."""
        statement = "SELECT key FROM period WHERE org = $org AND table_name = $table AND final"
        return frozenset(key for (key,) in self._rows(statement, {"org": self._org, "table": table.table}))

    def invoiced(self) -> Mapping[str, Decimal]:
        """What the account's closed months cost in the end, by month ("2026-10"), as far as that is final here."""
        return dict(self._rows(sql("invoiced"), {"org": self._org}))

    def _rows(self, statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
        with self._lock, reported(self._path):
            return self._connection.execute(statement, parameters).fetchall()


class Store:
    """An open store: a context manager for one thread (what `previous` gives is for all). Methods raise StoreError.

    `run` is a run's id and defaults to the last; without any run there is nothing.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path, *, read_only: bool) -> None:
        self._connection = connection
        self._cursors: list[duckdb.DuckDBPyConnection] = []
        self._read_only = read_only
        self._closed = False
        self.path = path

    @classmethod
    def open(
        cls, path: Path, *, wait: float = 10.0, read_only: bool = False, sleep: Callable[[float], None] = time.sleep
    ) -> "Store":
        """Opens the store at `path`, or makes it; `read_only` it must be there.

        Waits `wait` seconds for another process that has it open. Raises StoreError, with nothing written, where it is
        still held, not ours, of a newer costguard, or not readable.
        """
        connection = open_file(path, wait=wait, read_only=read_only, sleep=sleep)
        return cls(connection, path, read_only=read_only)

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes it, with everything in one file; what `rows` and `previous` gave can no longer be read."""
        if self._closed:
            return
        self._closed = True
        for cursor in self._cursors:
            cursor.close()
        try:
            if not self._read_only:
                with reported(self.path):
                    self._connection.execute("CHECKPOINT")
        finally:
            self._connection.close()

    def begin(self, now: datetime, version: str, *, clock: Callable[[], datetime] = _now) -> Run:
        """A run that starts at `now` by costguard `version`; `clock` tells when it ends. One at a time."""
        return Run(self._connection, self.path, now, version, clock)

    def previous(self, org: str, version: str) -> Previous:
        """What the store has of an organisation, for the collectors of the next run, of costguard `version`."""
        return Previous(self._cursor(), self.path, org, version)

    def runs(self) -> tuple[RunInfo, ...]:
        """All finished runs, oldest first."""
        rows = self._rows("SELECT id, started, finished, version FROM run ORDER BY id")
        return tuple(RunInfo(id_, _utc(started), _utc(ended), version) for id_, started, ended, version in rows)

    def last_of(self, kinds: Collection[str]) -> int | None:
        """The last run that read any of these kinds or tables, whether completely or not; None without one."""
        [(run,)] = self._rows("SELECT max(run) FROM reading WHERE provides IN $kinds", {"kinds": sorted(kinds)})
        return None if run is None else int(run)

    def resources(self, kind: type[R], *, run: int | None = None) -> tuple[R, ...]:
        """The resources of a kind that the run read, of all organisations, by organisation and id."""
        bodies = self._rows(sql("resources"), {"kind": kind.kind, "run": self._run(run)})
        try:
            return tuple(kind.model_validate_json(body) for (body,) in bodies)
        except ValidationError as error:
            raise StoreError(
                f"{shown(str(self.path))} holds a {kind.kind} of another version of costguard, which this one cannot "
                "read; run `costguard collect`"
            ) from error

    def seen(self, *, run: int | None = None) -> Mapping[str, frozenset[str]]:
        """For each organisation of the run, the kinds and tables that it read completely."""
        number = self._run(run)
        seen: dict[str, frozenset[str]] = {org.name: frozenset() for org in self.orgs(run=number)}
        readings = self._rows(
            "SELECT org, provides, complete FROM reading WHERE run = $run ORDER BY ALL", {"run": number}
        )
        for org, provides, complete in readings:
            seen[org] = seen.get(org, frozenset()) | ({provides} if complete else frozenset())
        return seen

    def orgs(self, *, run: int | None = None) -> tuple[RunOrg, ...]:
        """The organisations as the run found them, by name; public ids also as the parent's usage tells them."""
        return tuple(RunOrg(*row) for row in self._rows(sql("orgs"), {"run": self._run(run)}))

    def gaps(self, *, run: int | None = None) -> tuple[Gap, ...]:
        """What the run could not read, by organisation."""
        bodies = self._rows("SELECT body FROM gap WHERE run = $run", {"run": self._run(run)})
        gaps = (Gap.model_validate_json(body) for (body,) in bodies)
        return tuple(sorted(gaps, key=lambda gap: (gap.org, gap.what, gap.cause, gap.hint)))

    def rows(
        self,
        table: type[T],
        *,
        periods: Collection[str] | None = None,
        orgs: Collection[str] | None = None,
        own: bool = False,
    ) -> Iterator[T]:
        """The newest reading of a table's rows, in the order of organisation, period and all columns.

        `periods` are keys ("2026-10-31") or months, which stand for their days too ("2026-10"); None = all. `orgs` are
        the names of those through which they were read; None = those of the last run, for the store may hold another
        account too. `own` leaves out what is told of connected accounts, in a table that names accounts. Decimals are
        kept to 18 places.
        """
        conditions = ["org IN (FROM last_org)" if orgs is None else "org IN $orgs"]
        parameters: dict[str, Any] = {} if orgs is None else {"orgs": sorted(orgs)}
        if periods is not None:
            conditions.append("(period IN $periods OR left(period, 7) IN $periods)")
            parameters["periods"] = sorted(periods)
        names = ", ".join(columns(table))
        source = f"{table.table} ANTI JOIN connected USING (org, account_public_id)" if own else table.table
        # Made of constants: the names are the type's.
        statement = f"SELECT {names} FROM {source} WHERE {' AND '.join(conditions)} ORDER BY org, period, {names}"  # noqa: S608
        read = reader(table)
        cursor = self._cursor()
        try:
            with reported(self.path):
                cursor.execute(statement, parameters or None)
                while rows := cursor.fetchmany(FETCHED):
                    yield from map(read, rows)
        finally:
            cursor.close()
            self._cursors.remove(cursor)

    def query(self, name: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """The rows of a named file of costguard/sql; times are naive UTC, decimals have their column's places.

        The view `last_org` names the organisations of the last run, `connected` the accounts that are not one's own.
        Raises ValueError for a name that is none.
        """
        if not re.fullmatch(r"[a-z0-9-]+", name):
            raise ValueError(f"{name!r} does not name a query")
        return self._rows(sql(name), parameters)

    def save_findings(self, run: int, findings: Sequence[Judged]) -> None:
        """Keeps what was reported of a run, in place of what was reported of it before."""
        rows = [
            (run, place, each.finding.fingerprint, each.first_seen, each.model_dump_json())
            for place, each in enumerate(findings)
        ]
        with reported(self.path):
            self._connection.begin()
            try:
                self._connection.execute("DELETE FROM finding WHERE run = ?", [run])
                with self._connection.appender("finding") as appender:
                    appender.append_rows(rows)
            except BaseException:
                self._connection.rollback()
                raise
            self._connection.commit()

    def findings(self, *, run: int | None = None) -> tuple[Judged, ...]:
        """What was reported of the run, in the order in which it was saved."""
        bodies = self._rows("SELECT body FROM finding WHERE run = $run ORDER BY place", {"run": self._run(run)})
        return tuple(Judged.model_validate_json(body) for (body,) in bodies)

    def first_seen(self) -> Mapping[str, datetime]:
        """When each finding was first reported, by fingerprint."""
        return {fingerprint: _utc(moment) for fingerprint, moment in self.query("first-seen")}

    def _run(self, run: int | None) -> int:
        return run if run is not None else self._rows("SELECT coalesce(max(id), 0) FROM run")[0][0]

    def _rows(self, statement: str, parameters: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        with reported(self.path):
            return self._connection.execute(statement, parameters or None).fetchall()

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        cursor = self._connection.cursor()
        self._cursors.append(cursor)
        return cursor


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)
