"""`costguard doctor`: which integration levels each organisation's keys reach, and what they lack."""

import json
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from costguard.commands._options import INCOMPLETE, TERMINAL, Common, chosen_rules, common, settings_options
from costguard.errors import CostguardError, shown

if TYPE_CHECKING:
    from datetime import datetime

    from costguard.datadog.examination import Examined
    from costguard.settings import Settings

FORMATS = (TERMINAL, "json")

REFUSED = 2


@click.command(short_help="Check keys, site, levels and permissions; say which rules will not run.")
@settings_options
@click.option("--format", "format_", default=TERMINAL, show_default=True, help="terminal or json.")
def command(format_: str, **values: Any) -> int:
    """Find out what each organisation's keys can do, and list what a missing permission would unlock.

    A permission is told by the key's own scopes where Datadog shows them, else by one cheap read. Exit code 0 means
    that all is there which the enabled rules and the bill need, 3 that something is missing or not known, 2 that
    Datadog refused all keys.
    """
    from datetime import UTC, datetime

    from costguard.commands._doctor.across import across
    from costguard.commands._doctor.document import document
    from costguard.commands._doctor.judgement import diagnose
    from costguard.datadog.collectors import collectors
    from costguard.datadog.examination import KeyState
    from costguard.model.usage import KubernetesUsage

    if format_ not in FORMATS:
        raise CostguardError(f"--format {shown(format_)}: unknown; choose one of {', '.join(FORMATS)}")
    options, now = common(values), datetime.now(UTC)
    settings = options.settings()
    rules, asked = chosen_rules(settings, ()), collectors()
    unread = () if settings.kubernetes else (KubernetesUsage,)
    diagnoses = [diagnose(each, asked, rules, unread=unread) for each in _examined(options, settings, now)]
    together = across(diagnoses, everybody=options.org is None)
    if format_ == TERMINAL:
        from costguard.commands._doctor.terminal import show
        from costguard.console import console_for

        console = console_for(sys.stdout, os.environ, color=not options.no_color)
        show(diagnoses, together, console, settings=settings.file.name if settings.file else "costguard.toml")
    else:
        click.echo(json.dumps(document(diagnoses, together, now), indent=2))
    if all(each.found.keys in (KeyState.REFUSED, KeyState.NOT_SET) for each in diagnoses):
        return REFUSED
    return 0 if together.complete else INCOMPLETE


def _examined(options: Common, settings: "Settings", now: "datetime") -> "Sequence[Examined]":
    """What was found out about each chosen organisation, in their order.

    Raises CostguardError where none of them has keys to try, or none can be connected to as it is set up.
    """
    from contextlib import ExitStack

    from costguard.datadog.client import Connection, Patience
    from costguard.datadog.examination import KeyState, examine_all, without_answer
    from costguard.levels import SCOPES
    from costguard.settings import keys

    orgs = options.chosen(settings)
    found: dict[str, Examined] = {}
    errors: list[CostguardError] = []
    with ExitStack() as stack:
        connections = []
        for org in orgs:
            try:
                # Somebody waits for the answer: what fails is asked again once or twice, not for minutes.
                connection = Connection(
                    org,
                    keys(org, os.environ),
                    api_url=settings.api_url,
                    share=settings.rate_limit_share,
                    patience=Patience(tries=3, seconds=60),
                )
            except CostguardError as error:
                errors.append(error)
                found[org.name] = without_answer(org, KeyState.NOT_SET, str(error), SCOPES)
            else:
                connections.append(stack.enter_context(connection))
        if not connections:
            raise errors[0]
        found |= {each.org.name: each for each in examine_all(connections, SCOPES, now)}
    return [found[org.name] for org in orgs]
