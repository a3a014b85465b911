"""`costguard rules`: the catalogue, and one rule's documentation and thresholds."""

from typing import TYPE_CHECKING, Any

import click

from costguard.commands._options import common, settings_options
from costguard.errors import CostguardError

if TYPE_CHECKING:
    from costguard.registry import RuleClass


@click.command(short_help="The catalogue of rules; one rule's documentation and thresholds.")
@click.argument("rule_id", metavar="[ID]", required=False)
@settings_options
def command(rule_id: str | None, **values: Any) -> int:
    """List all rules, or show the documentation and thresholds of one."""
    from rich.console import Console

    from costguard.registry import discover

    options = common(values)
    rules = {rule.id: rule for rule in discover(options.settings().rule_paths)}
    console = Console(no_color=True if options.no_color else None, highlight=False)
    if rule_id is None:
        _catalogue(console, rules)
        return 0
    if rule_id not in rules:
        from difflib import get_close_matches

        close = get_close_matches(rule_id, rules, n=1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(rules)}"
        raise CostguardError(f"rules {rule_id}: no such rule; {hint}")
    _page(console, rules[rule_id])
    return 0


def _catalogue(console: Any, rules: "dict[str, RuleClass]") -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Rule", no_wrap=True)
    table.add_column("Question")
    for rule in rules.values():
        table.add_row(Text(rule.id, style="bold"), Text(rule.title()))
    console.print(table)


def _page(console: Any, rule: "RuleClass") -> None:
    from rich import box
    from rich.markdown import Markdown
    from rich.table import Table
    from rich.text import Text

    console.print(Text(rule.id, style="bold"))
    console.print(Markdown(rule.documentation()))
    console.print()
    table = Table(
        title=Text(f"[rules.{rule.id}] in costguard.toml"), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False
    )
    for heading in ("Threshold", "Default", "Meaning"):
        table.add_column(heading)
    for name, field in rule.Options.model_fields.items():
        table.add_row(
            Text(name, style="bold"),
            Text(_shown(field.get_default(call_default_factory=True))),
            Text(field.description or ""),
        )
    console.print(table)
    reads = ", ".join(kind.kind for kind in rule.needs)
    refines = ", ".join(kind.kind for kind in rule.refines)
    console.print(Text(f"Needs: {reads}." + (f" Surer with: {refines}." if refines else "")))


def _shown(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (tuple, list, frozenset)) else str(value)
