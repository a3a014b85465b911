"""How names head columns: as many as there is room for, cut in the middle, and still told from each other."""

from collections import Counter
from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size

from costguard.safetext import visible
from costguard.statements.terminal.fitted import GAP


def room_for(count: int, least: int, width: int) -> int:
    """How many of so many columns of at least `least` cells `width` has room for, one of them for the others."""
    room = max(1, (width + GAP) // (least + GAP))
    return count if count <= room else max(1, room - 1)


def headings(names: Sequence[str], count: int, least: int, width: int) -> list[str]:
    """The first `count` names over columns of at least `least` cells, no two of them the same.

    `width` is that of all columns together, with one for the other names where there are more.
    """
    shown = [visible(name) for name in names[:count]]
    free = width - (least + GAP) * (count < len(names)) - GAP * (count - 1)
    longest = max(map(cell_len, shown), default=least)
    # The widest at which all fit: what a short name leaves goes to the long ones.
    rooms = range(longest, least, -1)
    room = next((each for each in rooms if sum(max(least, min(each, cell_len(name))) for name in shown) <= free), least)
    cut = [_cut(name, room) for name in shown]
    alike, numbers = Counter(cut), Counter[str]()
    for place, each in enumerate(cut):
        if alike[each] > 1:
            numbers[each] += 1
            mark = f" {numbers[each]}"
            cut[place] = _cut(shown[place], room - len(mark)) + mark
    return cut


def _cut(name: str, room: int) -> str:
    """The name in `room` cells: names of one account are often alike at the beginning, so that the end is kept."""
    if cell_len(name) <= room:
        return name
    end = max(room - 1, 0) // 2
    return f"{_first(name, max(room - 1 - end, 0))}…{_first(name[::-1], end)[::-1]}"


def _first(text: str, cells: int) -> str:
    """What of the text there is room for in so many cells."""
    return set_cell_size(text, min(cells, cell_len(text))).rstrip()
