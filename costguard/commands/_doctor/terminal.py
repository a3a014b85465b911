"""The doctor's judgement for people at a terminal: each organisation, then all together, then what to grant."""

from collections.abc import Iterable, Sequence

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from costguard.commands._doctor.across import Across, Obstacle, Reached
from costguard.commands._doctor.grant import comma_separated, terraform
from costguard.commands._doctor.judgement import Diagnosis
from costguard.commands._doctor.organisation import STATES, organisation
from costguard.console import Trimmed
from costguard.safetext import visible
from costguard.wording import plural

MOST_NAMES = 5
"""Organisations of which each is named where they stand in the same way."""


def show(diagnoses: Sequence[Diagnosis], together: Across, console: Console, *, settings: str) -> None:
    """Print everything; `settings` is the name of the settings file."""
    for each in diagnoses:
        heading, *rest = organisation(each)
        console.print(Trimmed(heading))
        for part in rest:
            console.print(Trimmed(Padding(part, (0, 0, 0, 2))))
        console.print()
    for part in _together(diagnoses, together, settings):
        console.print(Trimmed(part))
    for heading, scopes in _scopes(diagnoses):
        console.print(Trimmed(heading))
        console.print()
        # Not wrapped: they would be copied with the line breaks.
        console.print(Text(f"{comma_separated(scopes)}\n"), soft_wrap=True)
        console.print(Text(terraform(scopes)), soft_wrap=True)


def _together(diagnoses: Sequence[Diagnosis], together: Across, settings: str) -> Iterable[RenderableType]:
    """What needs all organisations, unless one is all that there is."""
    names = {each.name for each in diagnoses}
    if len(names) > 1 or any(each.org not in names for level in together.levels for each in level.obstacles):
        yield Text("All organisations together", "bold underline")
        table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
        for heading in ("Level", "Keys", "State"):
            table.add_column(heading, no_wrap=True)
        table.add_column("", overflow="fold")
        for each in together.levels:
            word, style = STATES[each.state]
            table.add_row(Text(each.level.name), Text(each.level.keys), Text(word, style), Text(_obstacles(each)))
        yield Padding(table, (0, 0, 0, 2))
        yield Text()
    if together.without_keys:
        without = ", ".join(visible(name or public_id) for public_id, name in together.without_keys.items())
        number = len(together.without_keys)
        verb = "has" if number == 1 else "have"
        doubt = " or ".join(map(visible, together.unidentified))
        unless = f" (unless that is {doubt}, whose public id is not known)" if doubt else ""
        yield Text(f"{plural(number, 'child organisation')} {verb} no keys in {settings}: {without}{unless}", "yellow")
        yield Text()


def _obstacles(reached: Reached) -> str:
    """Organisations that stand in the same way, together: the block of each has the rest."""
    groups: dict[str, list[str]] = {}
    for each in reached.obstacles:
        groups.setdefault(_obstacle(each), []).append(visible(each.org))
    return "; ".join(f"{_names(names)}: {reason}" if all(names) else reason for reason, names in groups.items())


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMES:,} more" if len(names) > MOST_NAMES else ""
    return f"{', '.join(names[:MOST_NAMES])}{more}"


def _obstacle(each: Obstacle) -> str:
    parts = [
        *([f"lacks {', '.join(each.lacking)}"] if each.lacking else []),
        *([f"not known: {', '.join(each.unknown)}"] if each.unknown else []),
    ]
    return each.why or "; ".join(parts)


def _scopes(diagnoses: Sequence[Diagnosis]) -> Iterable[tuple[Text, tuple[str, ...]]]:
    """The scopes to grant, once for all organisations that should carry the same."""
    lists: dict[tuple[str, ...], list[str]] = {}
    for each in diagnoses:
        if each.grant:
            lists.setdefault(each.proposed, []).append(visible(each.name))
    for scopes, names in lists.items():
        yield Text(f"All scopes for the application key of {_names(names)}:", "bold"), scopes
