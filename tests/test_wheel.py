"""A built wheel in an empty environment works as a checkout does: rules, templates, SQL and prices are found."""

import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `costguard` of a new environment that has the wheel and nothing of the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", folder / "dist", ROOT],
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = (folder / "dist").glob("*.whl")
    venv.create(folder / "env", with_pip=True)
    python = folder / "env" / "bin" / "python"
    done = subprocess.run(
        [python, "-m", "pip", "install", "--quiet", wheel], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return python.with_name("costguard")


def test_the_demo_runs_from_anywhere(installed: Path, tmp_path: Path) -> None:
    ran = subprocess.run(
        [installed, "demo", "--quiet", "--format", "json", "-o", tmp_path / "report.html"],
        cwd="/",
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert '"schema": "costguard.report/1"' in ran.stdout.replace('":"', '": "')
    assert (tmp_path / "report.html").stat().st_size > 10_000


def test_the_rules_are_those_of_the_checkout(installed: Path) -> None:
    ran = subprocess.run([installed, "rules"], cwd="/", capture_output=True, text=True, check=True)
    for file in ROOT.joinpath("rules").glob("*/*.py"):
        assert f"{file.parent.name}-{file.stem.replace('_', '-')}" in ran.stdout
