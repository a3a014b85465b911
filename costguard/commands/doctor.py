"""`costguard doctor`: what each organisation's keys can read, and which rules will not run."""

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from costguard.commands._options import INCOMPLETE, TERMINAL, chosen_rules, common, settings_options
from costguard.errors import CostguardError

if TYPE_CHECKING:
    from costguard.datadog.client import Connection
    from costguard.datadog.probes import Probed
    from costguard.model.findings import Gap
    from costguard.rule import Rule


@click.command(short_help="Check keys, site and permissions; say which rules will not run.")
@settings_options
@click.option("--format", "format_", default=TERMINAL, show_default=True, help="terminal or json.")
def command(format_: str, **values: Any) -> int:
    """Check each organisation with one cheap read per permission, and list what a missing one would unlock."""
    from datetime import UTC, datetime

    from costguard.commands._reading import connections

    if format_ not in (TERMINAL, "json"):
        raise CostguardError(f"--format {format_}: unknown; choose one of {TERMINAL}, json")
    options = common(values)
    settings = options.settings()
    rules = chosen_rules(settings, ())
    checks = []
    for connection in connections(options, settings, os.environ):
        with connection:
            checks.append(_check(connection, rules, datetime.now(UTC)))
    if format_ == "json":
        click.echo(json.dumps({"schema": "costguard.doctor/1", "orgs": [each.as_json() for each in checks]}, indent=2))
    else:
        _show(checks, options.no_color)
    if all(check.refused for check in checks):
        return 2
    return 0 if all(check.healthy for check in checks) else INCOMPLETE


@dataclass(frozen=True)
class Check:
    """What was found out about one organisation."""

    org: str
    site: str
    refused: "Gap | None"
    """Why its keys do not work at all."""
    parent: bool | None
    probed: "tuple[Probed, ...]"
    silent: dict[str, tuple[str, ...]]
    """Rules that will not run, with the permissions that they lack."""

    @property
    def healthy(self) -> bool:
        """Whether every permission was granted."""
        return self.refused is None and all(each.granted for each in self.probed)

    @property
    def missing(self) -> list[str]:
        """Permissions to grant."""
        return [each.probe.permission for each in self.probed if each.granted is False]

    def as_json(self) -> dict[str, Any]:
        """The check as JSON values."""
        return {
            "org": self.org,
            "site": self.site,
            "keys": "refused" if self.refused else "accepted",
            "parent": self.parent,
            "permissions": [
                {
                    "permission": each.probe.permission,
                    "granted": each.granted,
                    "unlocks": each.probe.unlocks,
                    "hint": each.gap.hint if each.gap else None,
                }
                for each in self.probed
            ],
            "grant": self.missing,
            "rules_that_will_not_run": [
                {"rule": rule, "permissions": list(permissions)} for rule, permissions in self.silent.items()
            ],
        }


def _check(connection: "Connection", rules: "tuple[Rule[Any], ...]", now: Any) -> Check:
    from costguard.datadog.client import Unreadable
    from costguard.datadog.probes import probe
    from costguard.model.findings import Cause

    org = connection.org
    try:
        connection.validate()
    except Unreadable as error:
        return Check(org.name, connection.site, error.gap, org.parent, (), {rule.id: () for rule in rules})
    probed = tuple(probe(connection, now))
    parent = org.parent
    for each in probed:
        if each.probe.parent_only and parent is None:
            parent = False if each.gap and each.gap.cause is Cause.NOT_PARENT else (each.gap is None or None)
    missing = {each.probe.permission for each in probed if each.granted is False}
    return Check(org.name, connection.site, None, parent, probed, _silent(rules, missing))


def _silent(rules: "tuple[Rule[Any], ...]", missing: set[str]) -> dict[str, tuple[str, ...]]:
    """Rules that need a kind which cannot be read without one of the `missing` permissions."""
    from costguard.datadog.collectors import collectors

    required = {each.provides: set(each.permissions) for each in collectors()}
    lacks = {
        rule.id: tuple(
            sorted(missing.intersection(*[set().union(*(required.get(kind, set()) for kind in rule.needs))]))
        )
        for rule in rules
    }
    return {rule: permissions for rule, permissions in lacks.items() if permissions}


def _show(checks: list[Check], no_color: bool) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(no_color=True if no_color else None, highlight=False)
    for check in checks:
        role = {True: "parent", False: "child", None: "parent or child not known"}[check.parent]
        console.print(Text.assemble((check.org, "bold"), f"  {check.site}  {role}"))
        if check.refused:
            console.print(Text(f"  keys refused: {check.refused.hint}", style="red"))
            continue
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for heading in ("Permission", "", "Unlocks"):
            table.add_column(heading)
        for each in check.probed:
            word, style = {True: ("granted", "green"), False: ("missing", "red"), None: ("unknown", "yellow")}[
                each.granted
            ]
            unlocks = each.probe.unlocks + (f" ({each.gap.hint})" if each.gap and not each.granted else "")
            table.add_row(Text(each.probe.permission), Text(word, style=style), Text(unlocks))
        console.print(table)
        for rule, permissions in check.silent.items():
            console.print(Text(f"  {rule} will not run without {', '.join(permissions)}", style="yellow"))
        if check.missing:
            console.print(Text(f"  Grant to the application key: {', '.join(check.missing)}"))
        console.print()
