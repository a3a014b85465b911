"""Running costguard as its users do: a process of its own, against the simulator or the recordings."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from costguard.simulator import Simulator, environment, settings_toml

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Ran:
    """A finished process."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


def costguard(*arguments: str | Path, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> Ran:
    """Run one command line with only these variables beside the system's own; none of Datadog's leak in."""
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("DD_", "COSTGUARD_")) or "COV" in name
    }
    done = subprocess.run(
        [sys.executable, "-m", "costguard", *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**clean, "COLUMNS": "100", "PYTHONPATH": str(ROOT), **(env or {})},
        cwd=cwd,
        timeout=300,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True)
class Company:
    """A running simulator with the settings to read it."""

    simulator: Simulator
    config: Path
    store: Path
    env: dict[str, str]

    def run(self, command: str, *arguments: str | Path) -> Ran:
        """Run a command on the simulated company."""
        return costguard(
            command, "--config", self.config, "--store", self.store, "--api-url", self.simulator.url, *arguments,
            env=self.env,
        )  # fmt: skip


@contextmanager
def company(folder: Path, **options: Any) -> Iterator[Company]:
    """A simulated company for the length of a test."""
    with Simulator(now=datetime.now(UTC), **options) as simulator:
        config = folder / "costguard.toml"
        config.write_text(settings_toml(simulator), encoding="utf-8")
        yield Company(simulator, config, folder / "store.duckdb", environment(simulator))
