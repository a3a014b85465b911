"""The command line on what Datadog really answered: it ends, it tells what it could not see, and it claims nothing."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import costguard

CONTRACT = Path(__file__).parents[2] / "shared" / "contract"
KEYS = {"DD_API_KEY": "an-api-key", "DD_APP_KEY": "an-app-key"}

pytestmark = pytest.mark.skipif(
    not CONTRACT.is_dir(), reason="the recordings of Datadog's API are not beside this checkout"
)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Where the recordings are served, by a process of their own."""
    command = [sys.executable, str(CONTRACT / "replay.py"), "--port", "0", str(CONTRACT / "cassettes")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=CONTRACT) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


@pytest.mark.parametrize(("command", "codes"), [("collect", {3}), ("audit", {3}), ("doctor", {0, 3})])
def test_each_command_ends_without_a_traceback(url: str, tmp_path: Path, command: str, codes: set[int]) -> None:
    """The doctor's probes are answered by published examples where nothing was recorded."""
    ran = costguard(command, "--api-url", url, "--store", tmp_path / "store.duckdb", "--verbose", env=KEYS)
    assert ran.code in codes
    assert "Traceback" not in ran.out + ran.err


def test_the_report_lists_what_the_recordings_lack(url: str, tmp_path: Path) -> None:
    files = tmp_path / "report.html", tmp_path / "report.json"
    ran = costguard(
        "audit", "--api-url", url, "--store", tmp_path / "store.duckdb", "--format", "json",
        "-o", files[0], "-o", files[1], env=KEYS,
    )  # fmt: skip
    assert ran.code == 3
    assert all(file.stat().st_size for file in files)
    assert ran.json["findings"] == [], "lists that never end were not read completely, so nothing is called unused"
    gaps = {gap["what"]: gap for gap in ran.json["gaps"]}
    assert {"dashboard", "monitor", "synthetic_test", "slo", "hourly_usage", "dimension_key"} <= gaps.keys()
    assert all(gap["hint"] for gap in gaps.values())
    assert "synthetics-idle" in gaps["dashboard"]["rules"]
