"""A `costguard collect` that is killed loses its own run and nothing else."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from costguard.store import Store
from tests.running import ROOT, Company, company

KILLS = 6

SMALL = "\n[usage]\nmonths = 2\nhourly_days = 2\n"


def killed(simulated: Company, delay: float) -> bool:
    """Lets `collect` run for `delay` seconds; whether it was still running then."""
    command = [sys.executable, "-m", "costguard", "collect", "--quiet", "--config", str(simulated.config)]
    command += ["--store", str(simulated.store), "--api-url", simulated.simulator.url]
    with subprocess.Popen(command, env={**os.environ, **simulated.env}, cwd=ROOT) as process:
        time.sleep(delay)
        running = process.poll() is None
        process.send_signal(signal.SIGKILL)
    return running


def contents(path: Path) -> tuple[int, tuple[object, ...]]:
    """How many runs the store holds, and what the last one is: its organisations, what it read, its gaps."""
    with Store.open(path, read_only=True) as store:
        return len(store.runs()), (store.orgs(), store.seen(), store.gaps())


def test_a_killed_collect_leaves_the_run_before_it(tmp_path: Path) -> None:
    chance = random.Random(20261121)
    with company(tmp_path) as simulated:
        simulated.config.write_text(simulated.config.read_text() + SMALL)
        assert simulated.run("collect").code == 0
        runs, before = contents(simulated.store)
        cut = 0
        for _ in range(KILLS):
            cut += killed(simulated, chance.uniform(0.3, 2.0))
            after, now = contents(simulated.store)
            assert runs <= after <= runs + 1
            assert now == before
            runs = after
        assert cut, "all of them had ended before they were killed"
        assert simulated.run("collect").code == 0
        assert contents(simulated.store) == (runs + 1, before)
