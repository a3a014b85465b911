"""A program for the kill test: for each path on standard input a process that endlessly collects into a store there."""

import os
import sys
from collections.abc import Callable, Iterable
from itertools import count
from pathlib import Path

from costguard.model.findings import Cause, Gap
from costguard.model.resources import Monitor
from costguard.model.usage import HourlyUsage, Period
from costguard.store import RunOrg, Store
from tests.store.samples import NOW, judged

MONITORS = 200
"""New versions of monitors in each run."""
HOURS = 1_500
"""Rows of a period that each run replaces."""


def collect(path: Path, say: Callable[[str], object], rounds: Iterable[object]) -> None:
    """Rounds of three runs, each of which changes everything, on a store that is opened anew; says how far it is."""
    for _ in rounds:
        with Store.open(path) as store:
            for _ in range(3):
                with store.begin(NOW, "1") as run:
                    say(f"begin {run.id}")
                    run.org(RunOrg("acme", "datadoghq.com", True, "abc"))
                    run.add("acme", Gap(org="acme", what="slo", cause=Cause.FAILED, hint=str(run.id)))
                    for number in range(MONITORS):
                        run.add("acme", Monitor(org="acme", id=str(number), name=f"run {run.id}", type="x"))
                    say(f"add {run.id}")
                    run.done("acme", Monitor, True)
                    say(f"done {run.id}")
                    run.add("acme", Period(HourlyUsage, "2026-10", False))
                    for _ in range(HOURS):
                        run.add("acme", HourlyUsage(NOW, "abc", "Acme", "us", "f", "t", run.id))
                    say(f"rows {run.id}")
                    run.done("acme", HourlyUsage, True)
                    say(f"commit {run.id}")
                say(f"end {run.id}")
                store.save_findings(run.id, [judged(str(number), NOW) for number in range(50)])


def say(line: str) -> None:
    """One write, so that a kill leaves no half of a line."""
    os.write(1, f"{line}\n".encode())


def main() -> None:
    """Says the process's number, then what it does, then that it is dead."""
    for line in sys.stdin:
        process = os.fork()
        if not process:
            collect(Path(line.rstrip("\n")), say, count())
        say(f"process {process}")
        os.waitpid(process, 0)
        say("dead")


if __name__ == "__main__":
    main()
