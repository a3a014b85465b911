"""`costguard collect`: read Datadog into the store."""

import os
from typing import Any

import click

from costguard.commands._options import INCOMPLETE, common, rule_option, settings_options


@click.command(short_help="Read Datadog into the store; only what may have changed is asked again.")
@settings_options
@rule_option
@click.option("--allow-gaps", is_flag=True, help="Exit with 0 where gaps would give 3.")
def command(rules: tuple[str, ...], allow_gaps: bool, **values: Any) -> int:
    """Read the organisations of the settings into the store.

    Dashboards that nobody edited and months that are closed are not read again. With --rule, only what those rules
    judge by is read.
    """
    from costguard.commands._options import chosen_rules
    from costguard.commands._reading import connections, read
    from costguard.registry import wanted
    from costguard.store import Store

    options = common(values)
    settings = options.settings()
    selected = chosen_rules(settings, rules)
    opened = connections(options, settings, os.environ)
    with Store.open(settings.store) as store:
        collected = read(
            opened,
            store,
            wanted(selected) if rules else None,
            common=options,
            settings=settings,
            kubernetes=settings.kubernetes,
        )
    for gap in collected.gaps:
        if not options.quiet:
            click.echo(f"gap: {gap.org}: {gap.what}: {gap.cause.value}: {gap.hint}", err=True)
    complete = all(gap.optional for gap in collected.gaps)
    return 0 if complete or allow_gaps else INCOMPLETE
