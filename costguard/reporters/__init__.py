"""The formats that a report can be written in: each module of this folder is one, named by its file."""

from collections.abc import Callable, Mapping
from pathlib import PurePath

from costguard.formats import Format, Formats
from costguard.model.report import Report

FORMATS: Formats[Report] = Formats(__name__, __path__)


def formats() -> Mapping[str, Callable[[Report], str]]:
    """All formats by name, sorted; looking at the names imports none of them."""
    return FORMATS


def reporter(name: str) -> Format[Report]:
    """The reporter of that name; raises ModuleNotFoundError for one that does not exist."""
    return FORMATS.module(name)


def format_of(path: PurePath) -> str | None:
    """The format of a file by its suffix, the longest that fits; None where no reporter writes such files."""
    return FORMATS.of_file(path)


def suffixes() -> tuple[str, ...]:
    """Every suffix that some reporter writes, sorted: for messages."""
    return FORMATS.suffixes()
