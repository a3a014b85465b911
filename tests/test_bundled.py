"""Shipped files are found in a wheel and in a checkout alike."""

from pathlib import Path

import pytest

from costguard.bundled import bundled


@pytest.mark.parametrize("name", ["rules", "templates"])
def test_this_installation_has_them(name: str) -> None:
    assert bundled(name).is_dir()


@pytest.mark.parametrize("inside", ["costguard/_bundled/rules", "rules"])
def test_a_wheel_and_a_checkout(tmp_path: Path, inside: str) -> None:
    (tmp_path / inside).mkdir(parents=True)
    assert bundled("rules", tmp_path / "costguard") == tmp_path / inside


def test_the_wheel_comes_first(tmp_path: Path) -> None:
    for place in ("costguard/_bundled/rules", "rules"):
        (tmp_path / place).mkdir(parents=True)
    assert bundled("rules", tmp_path / "costguard") == tmp_path / "costguard/_bundled/rules"


def test_an_installation_without_them_says_where_it_looked(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="installed without its rules"):
        bundled("rules", tmp_path / "costguard")
