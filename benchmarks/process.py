"""What one child process used: wall time, CPU time, memory."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Used:
    """One finished process."""

    code: int
    wall: float
    """Seconds."""
    cpu: float
    """Seconds, user and system, children included."""
    peak: float
    """Largest resident set, MB."""
    output: str
    """Standard output and standard error together."""


def run(command: Sequence[str], env: Mapping[str, str] | None = None) -> Used:
    """Run a command to its end; its exit code is the caller's business.

    A process is charged for the memory of the one that starts it, so that a small one stands between.
    """
    between = [sys.executable, "-S", str(Path(__file__)), *command]
    environ = {**os.environ, **(env or {})}
    done = subprocess.run(between, stdout=subprocess.PIPE, text=True, env=environ, check=True)
    return Used(**json.loads(done.stdout))


def measured(command: Sequence[str]) -> Used:
    """Run a command from this process."""
    before = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return Used(
        code=process.returncode,
        wall=time.perf_counter() - before,
        cpu=usage.ru_utime + usage.ru_stime,
        peak=usage.ru_maxrss / 1024,
        output=output,
    )


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(measured(sys.argv[1:]))))
