"""How rows reach their tables: in batches, by DuckDB's appender."""

from collections import Counter, defaultdict
from pathlib import Path
from typing import Any, TypeAlias

import duckdb

from costguard.store.file import reported

Values: TypeAlias = tuple[Any, ...]

SIZE = 5_000
"""Rows of a table, those within series counted, that are held in memory before they are written."""


class Buffers:
    """Rows on their way into tables of one connection, within its transaction.

    The appender took 0.5 s of CPU time for 100,000 rows of six columns; unnesting lists from JSON took 0.9 s, unnesting
    Python lists 1.1 s, and executemany 120 s.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._rows: defaultdict[tuple[str, tuple[str, ...]], list[Values]] = defaultdict(list)
        self._held: Counter[str] = Counter()

    def put(self, table: str, columns: tuple[str, ...], *rows: Values, count: int | None = None) -> None:
        """Takes rows that hold `count` others between them; raises StoreError where a batch cannot be written."""
        held = self._rows[table, columns]
        held += rows
        self._held[table] += len(rows) if count is None else count
        if self._held[table] >= SIZE:
            self._write(table, columns, held)
            held.clear()
            self._held[table] = 0

    def flush(self) -> None:
        """Writes what is held; raises StoreError."""
        for (table, columns), rows in self._rows.items():
            self._write(table, columns, rows)
        self._rows.clear()
        self._held.clear()

    def _write(self, table: str, columns: tuple[str, ...], rows: list[Values]) -> None:
        with reported(self._path):
            try:
                self._append(table, columns, rows)
            except duckdb.InvalidInputException:
                self._append(table, columns, [_text(row) for row in rows])

    def _append(self, table: str, columns: tuple[str, ...], rows: list[Values]) -> None:
        with self._connection.appender(table, columns=list(columns)) as appender:
            appender.append_rows(rows)


def _text(row: Values) -> Values:
    """The row with what is no Unicode text escaped: JSON can write half of a surrogate pair, UTF-8 cannot."""
    return tuple(_plain(value) for value in row)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value
