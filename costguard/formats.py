"""How the formats of a folder are found: each of its modules is one, named by its file.

A format has `name` (its file's), `suffixes` of the files that it writes, and `render(what) -> str`. Modules whose name
begins with an underscore are none.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import PurePath
from typing import Generic, Protocol, TypeVar, cast

T = TypeVar("T")
C = TypeVar("C", contravariant=True)


class Format(Protocol[C]):
    """What a module of the folder offers."""

    name: str
    suffixes: tuple[str, ...]

    def render(self, what: C, /) -> str:
        """All of it as text; the same value gives the same text."""
        ...


class Formats(Mapping[str, Callable[[T], str]], Generic[T]):
    """Renderers by format name, sorted; a module is imported when its format is asked for."""

    def __init__(self, package: str, path: Iterable[str]) -> None:
        """The formats of the package of that name, whose `__path__` is `path`."""
        self._package = package
        self._names = sorted(each.name for each in pkgutil.iter_modules(path) if not each.name.startswith("_"))

    def __getitem__(self, name: str) -> Callable[[T], str]:
        if name not in self._names:
            raise KeyError(name)
        return self.module(name).render

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def module(self, name: str) -> Format[T]:
        """The format of that name; raises ModuleNotFoundError for one that does not exist."""
        return cast("Format[T]", importlib.import_module(f"{self._package}.{name}"))

    def of_file(self, path: PurePath) -> str | None:
        """The format of a file by its suffix, the longest that fits; None where no format writes such files."""
        file = path.name.lower()
        fitting = [
            (len(suffix), name) for name in self for suffix in self.module(name).suffixes if file.endswith(suffix)
        ]
        return max(fitting)[1] if fitting else None

    def suffixes(self) -> tuple[str, ...]:
        """Every suffix that some format writes, sorted: for messages."""
        return tuple(sorted(suffix for name in self for suffix in self.module(name).suffixes))
