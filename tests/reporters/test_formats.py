"""A format is a file: it is found by its name, by the suffix of what it writes, and loaded only when it is needed."""

import subprocess
import sys
from pathlib import PurePath

import pytest

from costguard.reporters import format_of, formats, reporter, suffixes
from tests.reporters import sample

LAZY = """
import sys
from costguard.reporters import formats
assert set(formats()) >= {"html", "json", "terminal"}
assert "html" in formats() and "docx" not in formats()
loaded = {"rich", "jinja2", "costguard.reporters.html"} & set(sys.modules)
assert not loaded, loaded
"""


def test_naming_the_formats_loads_none_of_them() -> None:
    subprocess.run([sys.executable, "-c", LAZY], check=True)


@pytest.mark.parametrize("name", formats())
def test_every_format_is_named_like_its_file_and_renders_a_report(name: str) -> None:
    module = reporter(name)
    assert module.name == name
    assert module.suffixes
    assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in module.suffixes)
    assert formats()[name](sample.report()) == module.render(sample.report())


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("report.html", "html"),
        ("REPORT.HTM", "html"),
        ("out/report.json", "json"),
        ("report.txt", "terminal"),
        ("report.docx", None),
        ("report", None),
    ],
)
def test_the_suffix_of_a_file_gives_its_format(file: str, name: str | None) -> None:
    assert format_of(PurePath(file)) == name


def test_no_two_formats_claim_the_same_suffix() -> None:
    assert len(set(suffixes())) == len(suffixes())


def test_an_unknown_format_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        formats()["docx"]
