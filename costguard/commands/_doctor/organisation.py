"""One organisation's block in the terminal: its keys, levels and permissions, and what follows from them."""

from collections.abc import Iterable, Mapping, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from costguard.commands._doctor.features import features
from costguard.commands._doctor.judgement import Diagnosis, Permission, Standing, State
from costguard.safetext import visible

STATES = {
    State.REACHED: ("reached", "green"),
    State.PARTLY: ("partly", "yellow"),
    State.NOT_REACHED: ("not reached", "red"),
    State.UNKNOWN: ("unknown", "yellow"),
    State.NOT_APPLICABLE: ("parent only", "dim"),
}

_GRANTED = {True: ("granted", "green"), False: ("missing", "red"), None: ("unknown", "yellow")}

_ROLES = {True: "parent", False: "child", None: "parent or child not known"}


def organisation(each: Diagnosis) -> Iterable[RenderableType]:
    """The block: heading, what came of the keys and, where they work, levels, permissions and facts."""
    found = each.found
    about = [found.org.site, _ROLES[found.is_parent], *([visible(found.public_id)] if found.public_id else [])]
    yield Text.assemble((visible(each.name), "bold underline"), f"  {' · '.join(about)}")
    if found.failure:
        yield Text.assemble((found.keys.words, "bold red"), f": {visible(found.failure)}")
        return
    yield Text(_keys(each))
    if found.org.parent is not None and found.parent.value not in (None, found.org.parent):
        declared, real = ("the parent", "a child") if found.org.parent else ("a child", "the parent")
        yield Text(f"The settings say that it is {declared}; by Datadog's answers it is {real}.", "yellow")
    yield Text()
    yield _levels(each)
    yield Text()
    yield _permissions(each.permissions)
    yield Text()
    yield _facts(each)


def _keys(each: Diagnosis) -> str:
    key = each.found.key
    if key.scoped is None:
        return f"Keys accepted. Their scopes cannot be read ({visible(key.why)}): each permission was tried."
    if key.scoped:
        return "Keys accepted. The application key is scoped, and its scopes were read."
    return "Keys accepted. The application key is not scoped: it may do all that its owner may."


def _table(*columns: str) -> Table:
    """A table whose last column takes what is left of the width."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for heading in columns[:-1]:
        table.add_column(heading, no_wrap=True)
    table.add_column(columns[-1], overflow="fold")
    return table


def _levels(each: Diagnosis) -> Table:
    table = _table("Level", "State", "")
    for standing in each.standings:
        word, style = STATES[standing.state]
        table.add_row(Text(standing.level.name), Text(word, style), Text(_remark(standing, each)))
    return table


def _remark(standing: Standing, each: Diagnosis) -> str:
    parts = [
        *([f"lacks {', '.join(standing.lacking)}"] if standing.lacking else []),
        *([f"not known: {', '.join(standing.unknown)}"] if standing.unknown else []),
    ]
    if parts:
        parts.append(f"it unlocks {standing.level.unlocks}")
    if standing.level.id == "enhanced" and not parts and each.found.tags.value is not None:
        parts = [f"with {'usage attribution' if each.found.tags.value else 'custom'} tags"]
    return "; ".join([*parts, *([standing.without] if standing.without else [])])


def _permissions(permissions: Sequence[Permission]) -> RenderableType:
    """A table; where there is nothing to explain, a sentence."""
    sources = {each.verdict.source for each in permissions}
    if len(sources) == 1 and all(each.verdict.granted for each in permissions):
        names = ", ".join(each.verdict.permission for each in permissions)
        return Text(f"All {len(permissions)} permissions granted, told by {sources.pop()}: {names}")
    table = _table("Permission", "State", "Told by", "What it unlocks")
    for permission in permissions:
        verdict = permission.verdict
        word, style = _GRANTED[verdict.granted]
        told_by = Text(verdict.source or "–", "dim")
        cell = Text() if verdict.granted else _unlocks(permission)
        table.add_row(Text(verdict.permission), Text(word, style), told_by, cell)
    return table


def _unlocks(permission: Permission) -> Text:
    """What a permission is for, and why it is not there."""
    uses, levels = permission.uses, [level.name for level in permission.levels]
    parts = [
        features(uses.reads),
        f"{'level' if len(levels) == 1 else 'levels'} {', '.join(levels)}" if levels else "",
        f"{'rule' if len(uses.rules) == 1 else 'rules'} {', '.join(uses.rules)}" if uses.rules else "",
        f"surer: {', '.join(uses.surer)}" if uses.surer else "",
    ]
    text = Text("; ".join(part for part in parts if part))
    why = permission.verdict.why
    return text.append(f" ({visible(why)})", "dim") if why else text


def _facts(each: Diagnosis) -> Table:
    found = each.found
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    tags, cost = found.tags, found.cost_attribution
    configured = None if tags.value is None else ", ".join(map(visible, tags.value)) or "none configured"
    available = None if cost.value is None else "available" if cost.value else "not available"
    grid.add_row("Usage attribution tags", _fact(configured, tags.why))
    if found.is_parent is not False:
        grid.add_row("Cost attribution", _fact(available, cost.why))
    for label, rules in (("Will not run", each.stopped), ("Less sure", each.weakened)):
        if rules:
            grid.add_row(label, Text(_rules(rules), "yellow"))
    if each.grant:
        grid.add_row("Grant", Text(", ".join(each.grant), "bold"))
    return grid


def _fact(text: str | None, why: str) -> Text:
    """A fact, and why it is as it is or is not known."""
    return Text(": ".join(part for part in (text or "not known", visible(why)) if part), "" if text else "yellow")


def _rules(rules: Mapping[str, Sequence[str]]) -> str:
    return "; ".join(f"{visible(rule)} (without {', '.join(lacking)})" for rule, lacking in rules.items())
