"""Which files the store opens, and that it leaves every other one as it was."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from costguard.store import Store, StoreError
from costguard.store.file import migrate, schemas
from tests.store.samples import NOW


def make(path: Path, *statements: str) -> None:
    with duckdb.connect(str(path)) as connection:
        for statement in statements:
            connection.execute(statement)


def marker(version: str = "99", application: str = "costguard") -> tuple[str, str]:
    return (
        "CREATE TABLE costguard_store (application VARCHAR, version INTEGER)",
        f"INSERT INTO costguard_store VALUES ('{application}', {version})",
    )


def content(directory: Path) -> dict[str, bytes | None]:
    return {
        str(each.relative_to(directory)): each.read_bytes() if each.is_file() else None for each in directory.rglob("*")
    }


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (lambda path: path.write_bytes(b"name,cost\n" * 5000), "is not a valid DuckDB database"),
        (lambda path: path.write_bytes(b""), "is not a valid DuckDB database"),
        (lambda path: make(path, "CREATE TABLE mine AS SELECT 42"), "is a DuckDB file, but not costguard's"),
        (lambda path: make(path, "CREATE TABLE costguard_store AS SELECT 1 AS x"), "is a DuckDB file, but not"),
        (lambda path: make(path, *marker(application="other")), "is a DuckDB file, but not costguard's"),
        (lambda path: make(path, *marker("NULL")), "is a DuckDB file, but not costguard's"),
        (lambda path: make(path, *marker("99")), "was written by a newer costguard"),
        (lambda path: path.mkdir(), "Is a directory"),
        (lambda path: path.symlink_to(path.parent / "nowhere"), "database does not exist"),
        (lambda path: path.with_name("c.duckdb.wal").write_bytes(b"x"), "c.duckdb.wal belongs to a store that is gone"),
    ],
)
@pytest.mark.parametrize("read_only", [False, True])
def test_what_is_not_a_store_is_refused_and_left_untouched(
    tmp_path: Path, prepare: Callable[[Path], object], message: str, read_only: bool
) -> None:
    path = tmp_path / "c.duckdb"
    prepare(path)
    before = content(tmp_path)
    with pytest.raises(StoreError) as caught:
        Store.open(path, read_only=read_only)
    assert message in str(caught.value) or (read_only and "no store at" in str(caught.value))
    assert str(caught.value).isprintable()
    assert content(tmp_path) == before


def test_a_foreign_file_with_a_write_ahead_log_is_left_untouched(tmp_path: Path) -> None:
    path = tmp_path / "c.duckdb"
    connect = f"import duckdb, os; connection = duckdb.connect({str(path)!r}); "
    script = connect + "connection.execute('CREATE TABLE mine AS SELECT 42'); os._exit(0)"
    subprocess.run([sys.executable, "-c", script], check=True)
    before = content(tmp_path)
    assert set(before) == {"c.duckdb", "c.duckdb.wal"}
    with pytest.raises(StoreError, match="not costguard's"):
        Store.open(path)
    assert content(tmp_path) == before


@pytest.mark.parametrize("name", ["new.duckdb", "a/b/c/new.duckdb", ":memory:", "md:x", "wide 𝕏 'name\".db"])
def test_a_store_is_made_where_it_is_asked_for_and_is_one_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with Store.open(path) as store:
        assert store.runs() == ()
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == [path]
    with Store.open(path, read_only=True) as store, pytest.raises(StoreError, match="read-only"), store.begin(NOW, "1"):
        pass


def test_relative_paths_never_name_a_database_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Store.open(Path(":memory:")).close()
    assert os.listdir() == [":memory:"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("file/c.duckdb", "cannot be created: "),
        ("a\0b", "cannot be created: embedded null byte"),
        ("n" * 300, "File name"),
    ],
)
def test_a_store_that_cannot_be_made_is_one_line(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match=message) as caught:
        Store.open(tmp_path / name)
    assert str(caught.value).isprintable()
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_read_only_needs_a_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"no store at .*; run costguard collect first"):
        Store.open(tmp_path / "c.duckdb", read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_a_store_in_use_is_waited_for_and_its_holder_named(tmp_path: Path) -> None:
    path = tmp_path / "c.duckdb"
    script = (
        "import sys; from pathlib import Path; from costguard.store import Store\n"
        f"with Store.open(Path({str(path)!r})): print(flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdin
    assert holder.stdout
    with holder.stdin, holder.stdout:
        holder.stdout.readline()
        for read_only in (False, True):
            slept: list[float] = []
            with pytest.raises(StoreError, match=f"in use by process {holder.pid}; wait until it ends, or choose"):
                Store.open(path, wait=0.5, read_only=read_only, sleep=slept.append)
            assert 0.5 <= sum(slept) < 0.7

        def release(_: float) -> None:
            assert holder.stdin
            holder.stdin.close()
            holder.wait()

        Store.open(path, wait=0.5, sleep=release).close()


def test_nothing_but_the_stores_own_file_is_reachable_from_a_query(tmp_path: Path) -> None:
    with Store.open(tmp_path / "c.duckdb") as store:
        connection = store._connection
        secret = {"key": "value"}
        for statement in (
            "SELECT * FROM read_text('/etc/hostname')",
            f"COPY run TO '{tmp_path}/out.csv'",
            f"ATTACH '{tmp_path}/other.duckdb'",
            "INSTALL httpfs",
            "LOAD httpfs",
            "SET enable_external_access = true",
            "SELECT * FROM secret",
        ):
            with pytest.raises(duckdb.Error):
                connection.execute(statement)
        assert secret
    assert [each.name for each in tmp_path.iterdir()] == ["c.duckdb"]


def test_an_older_store_is_converted_wholly_or_not_at_all(tmp_path: Path) -> None:
    scripts = (*schemas(), "CREATE TABLE added (x INTEGER)", "ALTER TABLE added ADD COLUMN y INTEGER")
    path = tmp_path / "c.duckdb"
    Store.open(path).close()
    with duckdb.connect(str(path)) as connection:
        with pytest.raises(duckdb.Error):
            migrate(connection, 1, (*scripts[:2], "CREATE TABLE run (x INTEGER)"))
        assert connection.execute("FROM costguard_store").fetchall() == [("costguard", 1)]
        migrate(connection, 1, scripts)
        assert connection.execute("FROM costguard_store").fetchall() == [("costguard", 3)]
        assert connection.execute("SELECT x, y FROM added").fetchall() == []


def test_opening_an_older_store_to_write_converts_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "c.duckdb"
    Store.open(path).close()
    with monkeypatch.context() as later:
        scripts = (*schemas(), "CREATE TABLE added (x INTEGER)")
        later.setattr("costguard.store.file.schemas", lambda: scripts)
        with pytest.raises(StoreError, match="older costguard; run costguard collect to convert it"):
            Store.open(path, read_only=True)
        Store.open(path).close()
        Store.open(path, read_only=True).close()
    with pytest.raises(StoreError, match="newer costguard; upgrade"):
        Store.open(path)
