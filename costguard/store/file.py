"""The store's file: what makes it ours, who may open it, and how it is made and brought up to date."""

import os
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import duckdb

from costguard.errors import CostguardError, shown

APPLICATION = "costguard"

POLL = 0.1
"""Seconds between two tries to open a store that another process holds."""

HARDENED: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "enable_external_access": False,
    "python_enable_replacements": False,
    "memory_limit": "512MB",
    "lock_configuration": True,
}
"""No extension is loaded, no file but the store's own is touched, no Python variable is read as a table.

What a run writes is held by DuckDB until it is committed: beyond the limit it goes to disk, beside the store.
"""


class StoreError(CostguardError):
    """The store cannot be used; one line: which file, why, the next step."""


def sql(name: str) -> str:
    """The text of a file of costguard/sql, by its name without suffix; raises FileNotFoundError."""
    return files("costguard").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def schemas() -> tuple[str, ...]:
    """The scripts that make a store, in order: the n-th leads from version n - 1 to version n."""
    names = [each.name for each in files("costguard").joinpath("sql").iterdir() if each.name.startswith("schema-")]
    return tuple(sql(f"schema-{number}") for number in range(1, len(names) + 1))


def open_file(path: Path, *, wait: float, read_only: bool, sleep: Callable[[float], None]) -> duckdb.DuckDBPyConnection:
    """A connection to the store at `path`, which is made if it is not there, and brought to the newest version.

    What is there is first looked at read-only, so that a file that is not ours stays as it is. Waits `wait` seconds for
    another process to let go. Raises StoreError.
    """
    # An absolute path is never one of DuckDB's special names, such as ":memory:" or "md:…".
    path = path.absolute()
    scripts = schemas()
    if not os.path.lexists(path):
        if read_only:
            raise StoreError(f"no store at {shown(str(path))}; run costguard collect first")
        _create(path, scripts)
    connection = _connect(path, wait=wait, read_only=True, sleep=sleep)
    try:
        version = _version(connection, path)
        if version > len(scripts):
            raise StoreError(f"{shown(str(path))} was written by a newer costguard; upgrade costguard to read it")
        if read_only and version < len(scripts):
            raise StoreError(
                f"{shown(str(path))} was written by an older costguard; run costguard collect to convert it"
            )
    except BaseException:
        connection.close()
        raise
    if read_only:
        return connection
    connection.close()
    connection = _connect(path, wait=wait, read_only=False, sleep=sleep)
    try:
        with reported(path):
            migrate(connection, _version(connection, path), scripts)
    except BaseException:
        connection.close()
        raise
    return connection


def migrate(connection: duckdb.DuckDBPyConnection, version: int, scripts: Sequence[str]) -> None:
    """Brings a store from `version` to the last of the scripts, wholly or not at all; raises duckdb.Error."""
    if version == len(scripts):
        return
    connection.begin()
    try:
        for script in scripts[version:]:
            connection.execute(script)
        connection.execute("UPDATE costguard_store SET version = ?", [len(scripts)])
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


@contextmanager
def reported(path: Path) -> Iterator[None]:
    """Turns what DuckDB raises inside into a StoreError."""
    try:
        yield
    except duckdb.Error as error:
        raise StoreError(f"{shown(str(path))}: {_first_line(error)}") from error


def _connect(path: Path, *, wait: float, read_only: bool, sleep: Callable[[float], None]) -> duckdb.DuckDBPyConnection:
    waited = 0.0
    while True:
        try:
            return duckdb.connect(str(path), read_only=read_only, config=HARDENED)
        except duckdb.Error as error:
            if "Could not set lock" not in str(error):
                raise StoreError(
                    f"{shown(str(path))} cannot be opened: {_first_line(error)}; choose another file with --store"
                ) from error
            if waited >= wait:
                holder = re.search(r"\(PID (\d+)\)", str(error))
                who = f"process {holder[1]}" if holder else "another process"
                raise StoreError(
                    f"{shown(str(path))} is in use by {who}; wait until it ends, or choose another file with --store"
                ) from error
        sleep(POLL)
        waited += POLL


def _version(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    """The version that the marker names; raises StoreError where there is none: then the file is somebody else's."""
    try:
        markers = connection.execute("SELECT application, version FROM main.costguard_store").fetchall()
    except duckdb.Error as error:
        raise _foreign(path) from error
    if len(markers) != 1 or markers[0][0] != APPLICATION or not isinstance(markers[0][1], int):
        raise _foreign(path)
    return markers[0][1]


def _foreign(path: Path) -> StoreError:
    return StoreError(f"{shown(str(path))} is a DuckDB file, but not costguard's; choose another file with --store")


def _create(path: Path, scripts: Sequence[str]) -> None:
    """Makes an empty store beside `path` and names it when it is whole, so that a kill leaves no half of one."""
    log = path.with_name(f"{path.name}.wal")
    if os.path.lexists(log):
        raise StoreError(f"{shown(str(log))} belongs to a store that is gone; move it away")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".costguard-", dir=path.parent) as directory:
            new = Path(directory) / "new.duckdb"
            with reported(path), duckdb.connect(str(new), config=HARDENED) as connection:
                migrate(connection, 0, scripts)
            _name(new, path)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise StoreError(f"{shown(str(path))} cannot be created: {reason}; choose another file with --store") from error


def _name(new: Path, path: Path) -> None:
    try:
        os.link(new, path)
    except FileExistsError:
        # Another process was faster: its store is as good.
        return
    except OSError:
        # A file system without hard links.
        new.rename(path)


def _first_line(error: duckdb.Error) -> str:
    return shown(str(error).partition("\n")[0])
