"""A store whose writer is killed holds whole runs only, and goes on."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from costguard.model.findings import Cause, Gap
from costguard.model.resources import Monitor
from costguard.model.usage import HourlyUsage
from costguard.store import RunOrg, Store
from tests.store.writer import HOURS, MONITORS, collect

KILLS = 26

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


class Victims:
    """Processes that write into a store until they are killed."""

    def __init__(self, program: subprocess.Popen[str]) -> None:
        assert program.stdin
        assert program.stdout
        self._in: IO[str] = program.stdin
        self._out: IO[str] = program.stdout

    def one(self, path: Path, lines: int, delay: float) -> list[str]:
        """Lets one write into the store at `path`, kills it `delay` seconds after so many lines, gives what it said."""
        self._in.write(f"{path}\n")
        self._in.flush()
        said: list[str] = []
        process = None
        while process is None or len(said) < lines:
            line = self._out.readline()
            if line.startswith("process "):
                process = int(line.split()[1])
            else:
                said.append(line)
        time.sleep(delay)
        os.kill(process, signal.SIGKILL)
        while (line := self._out.readline()) != "dead\n":
            said.append(line)
        return said


@contextmanager
def victims() -> Iterator[Victims]:
    command = [sys.executable, "-m", "tests.store.writer"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        yield Victims(program)


def check(store: Store) -> int:
    """Everything in the store is of whole runs; the last run's id, 0 without any."""
    runs = [run.id for run in store.runs()]
    assert runs == list(range(1, len(runs) + 1))
    tables = {
        "SELECT from_run, count(*), count(DISTINCT body->>'name') FROM resource": [(n, MONITORS, 1) for n in runs],
        "SELECT to_run - 1, count(*) FROM resource WHERE to_run IS NOT NULL": [(n, MONITORS) for n in runs[:-1]],
        "SELECT run, count(*) FROM gap": [(n, 1) for n in runs],
        "SELECT run, count(*) FROM run_org": [(n, 1) for n in runs],
        "SELECT run, count(*) FROM reading": [(n, 2) for n in runs],
        "SELECT run, count(*), min(value), max(value) FROM hourly_usage": [(n, HOURS, n, n) for n in runs[-1:]],
        "SELECT run, count(*) FROM period": [(n, 1) for n in runs[-1:]],
    }
    for select, expected in tables.items():
        assert store._connection.execute(f"{select} GROUP BY 1 ORDER BY 1").fetchall() == expected, select
    reported = store._connection.execute("SELECT run, count(*) FROM finding GROUP BY 1").fetchall()
    assert {run for run, _ in reported} <= set(runs)
    assert {count for _, count in reported} <= {50}
    if runs:
        last = runs[-1]
        assert {each.name for each in store.resources(Monitor)} == {f"run {last}"}
        assert {row.value for row in store.rows(HourlyUsage)} == {last}
        assert store.gaps() == (Gap(org="acme", what="slo", cause=Cause.FAILED, hint=str(last)),)
        assert store.orgs() == (RunOrg("acme", "datadoghq.com", True, "abc"),)
    return len(runs)


def test_a_store_survives_kills_at_any_moment(tmp_path: Path) -> None:
    path, chance = tmp_path / "c.duckdb", random.Random(20261103)
    finished = cut = 0
    with victims() as program:
        for kill in range(KILLS):
            said = program.one(path, chance.randint(0, 12), chance.uniform(0, 0.05))
            cut += not said[-1:] or not said[-1].startswith("end")
            promised = max((int(line.split()[1]) for line in said if line.startswith("end")), default=finished)
            if kill % 5 == 0 and path.exists():
                with Store.open(path, read_only=True) as store:
                    check(store)
            with Store.open(path) as store:
                now = check(store)
            assert promised <= now <= promised + 1
            finished = now
    assert finished
    assert cut
    collect(path, say=str, rounds=range(1))
    with Store.open(path, read_only=True) as store:
        assert check(store) == finished + 3


def test_a_store_whose_making_is_killed_is_made_by_the_next(tmp_path: Path) -> None:
    chance = random.Random(1)
    with victims() as program:
        for kill in range(10):
            path = tmp_path / f"{kill}.duckdb"
            program.one(path, 0, chance.uniform(0, 0.12))
            with Store.open(path) as store:
                check(store)
