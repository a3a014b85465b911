"""How rows that are nearly alike travel and lie together: what they share is said once, the rest is lists."""

from collections.abc import Callable, Iterable, Iterator, Sized
from dataclasses import dataclass
from itertools import repeat
from operator import itemgetter
from typing import Any, Generic, TypeVar

from costguard.model.usage import Row, columns

T = TypeVar("T", bound=Row)

Columns = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Series(Generic[T], Sized):
    """Rows of one table that differ in its `varying` columns only, such as the hours of a day."""

    table: type[T]
    columns: Columns
    """The values of the table's columns in their order; of the varying ones, lists of the same length."""

    def __len__(self) -> int:
        """How many rows."""
        return next(len(value) for value in self.columns if isinstance(value, list))

    def shared(self, column: str) -> Any:
        """What all the rows have in a column that does not vary."""
        return self.columns[columns(self.table).index(column)]

    def rows(self) -> Iterator[T]:
        """Each row by itself."""
        values = zip(columns(self.table), self.columns, strict=True)
        return map(self.table, *(value if name in self.table.varying else repeat(value) for name, value in values))


class Gathered(Generic[T]):
    """Rows of one table on their way into series."""

    def __init__(self, table: type[T]) -> None:
        self._table = table
        self._in_order = _in_order(table)
        self._lists: dict[Columns, tuple[list[Any], ...]] = {}

    def alike(self, *values: Any) -> tuple[list[Any], ...]:
        """The lists of the varying columns, to add to, for rows that share these values of all others, in order."""
        found = self._lists.get(values)
        if found is None:
            found = self._lists[values] = tuple([] for _ in self._table.varying)
        return found

    def series(self) -> Iterator[Series[T]]:
        """All that was gathered, which is then let go."""
        gathered, self._lists = self._lists, {}
        for values, lists in gathered.items():
            yield Series(self._table, self._in_order((*values, *lists)))


def size(items: Iterable[object]) -> int:
    """How many rows these are, those of series counted one by one."""
    return sum([len(each) if isinstance(each, Series) else 1 for each in items])


def _in_order(table: type[Row]) -> Callable[[Columns], Columns]:
    """Puts a table's shared columns, and the varying ones after them, into the order of the table."""
    given = [name for name in columns(table) if name not in table.varying] + list(table.varying)
    return itemgetter(*map(given.index, columns(table)))
