"""How a run is written: one transaction, in which resources are compared with what is there and periods replaced."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Any, TypeAlias

import duckdb

from costguard.errors import shown
from costguard.model.findings import Gap
from costguard.model.resources import Resource
from costguard.model.usage import Period, Row
from costguard.store.buffers import Buffers
from costguard.store.columns import PLACE, columns, writer
from costguard.store.file import StoreError, reported, sql

Item: TypeAlias = Resource | Row | Period | Gap
"""What a run takes."""

STAGED = ("org", "kind", "id", "hash", "body", "place")
GAP = ("run", "body")
ORG = ("run", "name", "site", "parent", "public_id")
PERIOD = ("org", "table_name", "key", "final", "read_at", "run")


@dataclass(frozen=True)
class RunInfo:
    """A finished run; times in UTC, `version` is costguard's."""

    id: int
    started: datetime
    finished: datetime
    version: str


@dataclass(frozen=True)
class RunOrg:
    """An organisation as a run found it."""

    name: str
    site: str
    parent: bool | None
    public_id: str | None


class Run:
    """One reading of Datadog, a context manager for one thread: on a clean exit all of it is stored, else nothing.

    What was added of a kind of resources that is never `done` is forgotten. Methods raise StoreError.
    """

    id: int

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        path: Path,
        started: datetime,
        version: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._connection = connection
        self._path = path
        self._started = started
        self._version = version
        self._clock = clock
        self._buffers = Buffers(connection, path)
        self._staged = 0
        self._layouts: dict[type[Row], tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]] = {}
        self._open: dict[tuple[str, type[Row]], Period] = {}
        self._older: set[tuple[str, str, str]] = set()
        self._periods: dict[tuple[str, str, str], bool] = {}
        self._public_ids: dict[str, str | None] = {}
        self._orgs: dict[str, RunOrg] = {}
        self._readings: dict[tuple[str, str], bool] = {}
        self._ended: set[tuple[str, str]] = set()

    def __enter__(self) -> "Run":
        with reported(self._path):
            self._connection.begin()
            self._connection.execute(
                "CREATE TEMP TABLE staged (org VARCHAR, kind VARCHAR, id VARCHAR, hash BLOB, body JSON, place BIGINT);"
                "CREATE TEMP TABLE ended (org VARCHAR, kind VARCHAR)"
            )
            self._older.update(self._connection.execute("SELECT org, table_name, key FROM period").fetchall())
            known = "SELECT name, arg_max(public_id, run) FROM run_org GROUP BY name"
            self._public_ids.update(self._connection.execute(known).fetchall())
            [(self.id,)] = self._connection.execute("SELECT coalesce(max(id), 0) + 1 FROM run").fetchall()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with reported(self._path):
            if kind is not None:
                self._connection.rollback()
                return
            try:
                self._finish()
            except BaseException:
                self._connection.rollback()
                raise
            self._connection.commit()

    def org(self, org: RunOrg) -> None:
        """Says how an organisation was found; said again, the last counts.

        Raises StoreError where the store knows another organisation by this name, for then two would be mixed.
        """
        known = self._public_ids.get(org.name)
        if known and org.public_id and known != org.public_id:
            raise StoreError(
                f"{shown(str(self._path))} knows {shown(org.name)} as organisation {shown(known)}, but its keys are of "
                f"{shown(org.public_id)}; give it another name in the settings, or choose another file with --store"
            )
        self._orgs[org.name] = org

    def add(self, org: str, item: Item) -> None:
        """Takes the next item that was read through `org`; a row belongs to the period last opened for its table."""
        if isinstance(item, Row):
            self._add_row(org, item)
        elif isinstance(item, Resource):
            self._add_resource(org, item)
        elif isinstance(item, Period):
            self._open_period(org, item)
        else:
            self._buffers.put("gap", GAP, (self.id, item.model_dump_json()))

    def done(self, org: str, provides: type[Resource] | type[Row], complete: bool) -> None:
        """Ends the reading of a kind or table in an organisation; not `complete` = some of it could not be read.

        Resources that did not come are no longer there in this run. The period that an incomplete reading leaves open
        may be cut short: it counts only where the store has no older reading of it, and never as final.
        """
        name = provides.table if issubclass(provides, Row) else provides.kind
        if issubclass(provides, Row):
            self._end_period(org, provides, complete)
        else:
            self._ended.add((org, name))
        self._readings[org, name] = complete and self._readings.get((org, name), True)

    def _add_resource(self, org: str, resource: Resource) -> None:
        if resource.org != org:
            raise ValueError(f"{resource.kind} {resource.id} of {resource.org} was added to {org}")
        body = resource.model_dump_json(exclude_defaults=True)
        digest = blake2b(body.encode(), digest_size=16).digest()
        self._staged += 1
        self._buffers.put("staged", STAGED, (org, resource.kind, resource.id, digest, body, self._staged))

    def _add_row(self, org: str, row: Row) -> None:
        table = type(row)
        period = self._open.get((org, table))
        if period is None:
            raise ValueError(f"a row of {table.table} was added before its period")
        if table not in self._layouts:
            self._layouts[table] = (PLACE + columns(table), writer(table))
        names, values = self._layouts[table]
        self._buffers.put(table.table, names, (org, period.key, self.id, *values(row)))

    def _open_period(self, org: str, period: Period) -> None:
        self._end_period(org, period.table, complete=True)
        if (org, period.table.table, period.key) in self._periods:
            self._delete(org, period, "run = $run")
        self._open[org, period.table] = period

    def _end_period(self, org: str, table: type[Row], complete: bool) -> None:
        period = self._open.pop((org, table), None)
        if period is None:
            return
        key = (org, table.table, period.key)
        if key in self._older:
            self._delete(org, period, "run <> $run" if complete else "run = $run")
        if complete or key not in self._older:
            self._periods[key] = period.final and complete

    def _delete(self, org: str, period: Period, which: str) -> None:
        self._buffers.flush()
        # Made of constants: the table's name is the type's.
        statement = f"DELETE FROM {period.table.table} WHERE org = $org AND period = $period AND {which}"  # noqa: S608
        with reported(self._path):
            self._connection.execute(statement, {"org": org, "period": period.key, "run": self.id})

    def _finish(self) -> None:
        for org, table in tuple(self._open):
            self._end_period(org, table, complete=False)
        put = self._buffers.put
        put("run", ("id", "started", "finished", "version"), (self.id, self._started, self._clock(), self._version))
        for each in self._orgs.values():
            put("run_org", ORG, (self.id, each.name, each.site, each.parent, each.public_id))
        for (org, provides), complete in self._readings.items():
            put("reading", ("run", "org", "provides", "complete"), (self.id, org, provides, complete))
        for (org, name, key), final in self._periods.items():
            put("period", PERIOD, (org, name, key, final, self._started, self.id))
        for org, kind in sorted(self._ended):
            put("ended", ("org", "kind"), (org, kind))
        self._buffers.flush()
        # All kinds at once: a statement takes tens of milliseconds to plan, however few rows it moves.
        self._connection.execute(sql("newest-resources"))
        for statement in ("close-resources", "insert-resources", "drop-older-periods"):
            self._connection.execute(sql(statement), {"run": self.id})
        self._connection.execute("DROP TABLE staged; DROP TABLE ended; DROP TABLE newest")
