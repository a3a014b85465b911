"""How anything of ours is printed for people: on what console, without stray blanks, what is unknown in its colour."""

from collections.abc import Mapping
from typing import TextIO

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from rich.text import Text

from costguard.model.money import Usd
from costguard.wording import money

PLAIN_WIDTH = 100
"""Columns where there is no terminal to ask."""


def console_for(file: TextIO, env: Mapping[str, str], *, color: bool = True) -> Console:
    """A console that prints to `file`: colours on a terminal only, and not with NO_COLOR or `color=False`.

    Where `file` is no terminal it is as wide as COLUMNS says, or 100.
    """
    width = None if file.isatty() or env.get("COLUMNS", "").isdigit() else PLAIN_WIDTH
    plain = not color or bool(env.get("NO_COLOR"))
    return Console(file=file, width=width, no_color=plain or None, color_system=None if plain else "auto", _environ=env)


def plain_console(file: TextIO) -> Console:
    """A console for files: 100 columns, no colours."""
    return Console(file=file, width=PLAIN_WIDTH, height=25, color_system=None, _environ={})


def amount(value: Usd | None, currency: str, style: str = "") -> Text:
    """The amount in `style`; dim for nothing, yellow for unknown: what is not known never looks like nothing."""
    return Text(money(value, currency), "yellow" if value is None else style if value else "dim")


class Trimmed:
    """A renderable without the blanks that tables leave at the ends of lines."""

    def __init__(self, inner: RenderableType) -> None:
        self.inner = inner

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in console.render_lines(self.inner, options, pad=False):
            while line and not line[-1].text.strip():
                line.pop()
            if line:
                line[-1] = Segment(line[-1].text.rstrip(), line[-1].style)
            yield from line
            yield Segment.line()
