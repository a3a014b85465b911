"""Tables in which no amount is ever cut: names give way, and what is said beside the amounts before them."""

from collections.abc import Sequence

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from costguard.safetext import visible

GAP = 2
"""Blanks between columns."""

NAME = 24
"""Columns that names keep as long as there is anything else to shorten."""


def fitted(
    titles: Sequence[str],
    rows: Sequence[Sequence[Text]],
    width: int,
    *,
    words: Sequence[int] = (0,),
    drawn: Sequence[int] = (),
) -> Table:
    """The rows as a table of at most `width` columns if its amounts and bars leave room.

    `words` are the columns of text, `drawn` those of bars and units, which are never shortened; the others are amounts.
    """
    widths = [
        max([cell_len(visible(title)), *(row[place].cell_len for row in rows)]) for place, title in enumerate(titles)
    ]
    over = sum(widths) + GAP * (len(widths) - 1) - width
    for place, least in [(place, 1) for place in words if place] + [(0, NAME), (0, 8)]:
        cut = min(max(over, 0), max(widths[place] - least, 0))
        widths[place] -= cut
        over -= cut
    table = Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False, header_style="dim")
    for place, title in enumerate(titles):
        named = place in words
        table.add_column(
            Text(visible(title)),
            justify="left" if named or place in drawn else "right",
            no_wrap=True,
            overflow="ellipsis" if named else "crop",
            width=widths[place],
        )
    for row in rows:
        table.add_row(*row)
    return table
