"""The formats that a report can be written in: each module of this folder is one, named by its file.

A reporter has `name` (its file's), `suffixes` of the files that it writes, and `render(report) -> str`. Modules whose
name begins with an underscore are not reporters.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePath
from typing import Protocol, cast

from costguard.model.report import Report

Render = Callable[[Report], str]


class Reporter(Protocol):
    """What a module of this folder offers."""

    name: str
    suffixes: tuple[str, ...]

    def render(self, report: Report) -> str:
        """The whole report as text; the same report gives the same text."""
        ...


class _Formats(Mapping[str, Render]):
    """Renderers by format name; a module is imported when its format is asked for."""

    def __init__(self) -> None:
        self._names = sorted(each.name for each in pkgutil.iter_modules(__path__) if not each.name.startswith("_"))

    def __getitem__(self, name: str) -> Render:
        if name not in self._names:
            raise KeyError(name)
        return reporter(name).render

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def formats() -> Mapping[str, Render]:
    """All formats by name, sorted; looking at the names imports none of them."""
    return _Formats()


def reporter(name: str) -> Reporter:
    """The reporter of that name; raises ModuleNotFoundError for one that does not exist."""
    return cast(Reporter, importlib.import_module(f"{__name__}.{name}"))


def format_of(path: PurePath) -> str | None:
    """The format of a file by its suffix, the longest that fits; None where no reporter writes such files."""
    file = path.name.lower()
    fitting = [(len(suffix), name) for name in formats() for suffix in reporter(name).suffixes if file.endswith(suffix)]
    return max(fitting)[1] if fitting else None


def suffixes() -> tuple[str, ...]:
    """Every suffix that some reporter writes, sorted: for messages."""
    return tuple(sorted(suffix for name in formats() for suffix in reporter(name).suffixes))
