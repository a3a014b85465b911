"""What one child process used: wall time, CPU time, memory."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


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
    """Run a command to its end; its exit code is the caller's business."""
    before = time.perf_counter()
    environ = {**os.environ, **(env or {})}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environ) as process:
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
