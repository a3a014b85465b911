"""How a run is written: one transaction, in which resources are compared with what is there and periods replaced."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Any, TypeAlias, cast

import duckdb

from costguard.errors import shown
from costguard.model.findings import Gap
from costguard.model.resources import Resource
from costguard.model.series import Series, size
from costguard.model.usage import Period, Row, columns
from costguard.store.buffers import Buffers
from costguard.store.columns import PLACE, lies_in, writer
from costguard.store.file import StoreError, reported, sql

Item: TypeAlias = Resource | Row | Series[Any] | Period | Gap
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


def _table(item: Item) -> type[Row] | None:
    if isinstance(item, Series):
        return item.table
    return type(item) if isinstance(item, Row) else None


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
        self._open: dict[tuple[str, type[Row], type], Period] = {}
        """By organisation, table and who reads it."""
        self._replaced: defaultdict[type[Row], list[tuple[str, str]]] = defaultdict(list)
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

    def add(self, org: str, item: Item, *, reader: type | None = None) -> None:
        """Takes the next item that was read through `org`; a row belongs to the period last opened for its table.

        `reader` tells apart what is read at the same time into one table: each has its own open period. A Gap of a
        table's own name says that the open period lacks something: it is not final then.
        """
        self.extend(org, (item,), reader=reader)

    def extend(self, org: str, items: Iterable[Item], *, reader: type | None = None) -> None:
        """Takes several items, in their order, as `add` does."""
        for table, group in groupby(items, _table):
            if table is not None:
                self._add_rows(org, table, list(cast(Iterable[Row | Series[Any]], group)), reader)
                continue
            for item in group:
                if isinstance(item, Resource):
                    self._add_resource(org, item)
                elif isinstance(item, Period):
                    self._open_period(org, item, reader)
                elif isinstance(item, Gap):
                    self._add_gap(org, item, reader)

    def done(
        self, org: str, provides: type[Resource] | type[Row], complete: bool, *, reader: type | None = None
    ) -> None:
        """Ends the reading of a kind or table in an organisation; not `complete` = some of it could not be read.

        Resources that did not come are no longer there in this run. The period that an incomplete reading leaves open
        may be cut short: it counts only where the store has no older reading of it, and never as final.
        """
        name = provides.table if issubclass(provides, Row) else provides.kind
        if issubclass(provides, Row):
            self._end_period(org, provides, reader, complete)
        else:
            self._ended.add((org, name))
        self._readings[org, name] = complete and self._readings.get((org, name), True)

    def forget(self, org: str, table: type[Resource] | type[Row]) -> None:
        """Takes out all rows of a table that were ever read through `org`; this run must not have read any."""
        if not issubclass(table, Row) or not any(each[:2] == (org, table.table) for each in self._older):
            return
        # Made of constants: the table's name is the type's.
        with reported(self._path):
            self._connection.execute(f"DELETE FROM {lies_in(table)} WHERE org = $org", {"org": org})  # noqa: S608
            self._connection.execute(
                "DELETE FROM period WHERE org = $org AND table_name = $table", {"org": org, "table": table.table}
            )

    def _add_resource(self, org: str, resource: Resource) -> None:
        if resource.org != org:
            raise ValueError(f"{resource.kind} {resource.id} of {resource.org} was added to {org}")
        body = resource.model_dump_json(exclude_defaults=True)
        digest = blake2b(body.encode(), digest_size=16).digest()
        self._staged += 1
        self._buffers.put("staged", STAGED, (org, resource.kind, resource.id, digest, body, self._staged))

    def _add_rows(self, org: str, table: type[Row], rows: Sequence[Row | Series[Any]], reader: type | None) -> None:
        period = self._open.get((org, table, reader or table))
        if period is None:
            raise ValueError(f"a row of {table.table} was added before its period")
        if table not in self._layouts:
            self._layouts[table] = (PLACE + columns(table), writer(table))
        names, values = self._layouts[table]
        place = (org, period.key, self.id)
        stored = [place + (row.columns if isinstance(row, Series) else values(row)) for row in rows]
        self._buffers.put(lies_in(table), names, *stored, count=size(rows))

    def _add_gap(self, org: str, gap: Gap, reader: type | None) -> None:
        self._buffers.put("gap", GAP, (self.id, gap.model_dump_json()))
        for place, period in self._open.items():
            if place[0] == org and place[2] is (reader or place[1]) and period.table.table == gap.what:
                self._open[place] = replace(period, final=False)

    def _open_period(self, org: str, period: Period, reader: type | None) -> None:
        self._end_period(org, period.table, reader, complete=True)
        if (org, period.table.table, period.key) in self._periods:
            self._delete(org, period)
        self._open[org, period.table, reader or period.table] = period

    def _end_period(self, org: str, table: type[Row], reader: type | None, complete: bool) -> None:
        period = self._open.pop((org, table, reader or table), None)
        if period is None:
            return
        key = (org, table.table, period.key)
        if key in self._older and complete:
            self._replaced[table].append((org, period.key))
        elif key in self._older:
            self._delete(org, period)
        if complete or key not in self._older:
            self._periods[key] = period.final and complete

    def _delete(self, org: str, period: Period) -> None:
        """Takes back what this run has read of a period."""
        self._buffers.flush()
        # Made of constants: the table's name is the type's.
        statement = f"DELETE FROM {lies_in(period.table)} WHERE org = $org AND period = $period AND run = $run"  # noqa: S608
        with reported(self._path):
            self._connection.execute(statement, {"org": org, "period": period.key, "run": self.id})

    def _drop_replaced(self) -> None:
        """Leaves each period that was read again to this run; a statement a table, for the same reason as below."""
        for table, periods in self._replaced.items():
            orgs, keys = zip(*periods, strict=True)
            # Made of constants: the table's name is the type's.
            statement = (
                f"DELETE FROM {lies_in(table)} WHERE run <> $run AND (org, period) IN "  # noqa: S608
                "(SELECT (unnest($orgs::VARCHAR[]), unnest($keys::VARCHAR[])))"
            )
            self._connection.execute(statement, {"run": self.id, "orgs": list(orgs), "keys": list(keys)})

    def _finish(self) -> None:
        for org, table, reader in tuple(self._open):
            self._end_period(org, table, reader, complete=False)
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
        self._drop_replaced()
        # All kinds at once: a statement takes tens of milliseconds to plan, however few rows it moves.
        self._connection.execute(sql("newest-resources"))
        for statement in ("close-resources", "insert-resources", "drop-older-periods"):
            self._connection.execute(sql(statement), {"run": self.id})
        self._connection.execute("DROP TABLE staged; DROP TABLE ended; DROP TABLE newest")
