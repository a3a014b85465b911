"""`costguard audit`: read Datadog, judge what was read, and show what could be saved."""

import os
from pathlib import Path
from typing import Any

import click

from costguard.commands._options import (
    Output,
    chosen_rules,
    common,
    judge_and_show,
    output_options,
    rule_option,
    settings_options,
)


@click.command(short_help="Read Datadog, judge it, and show what could be saved.")
@settings_options
@rule_option
@output_options
@click.option("--offline", is_flag=True, help="Judge what the store has; send nothing.")
def command(
    rules: tuple[str, ...],
    format_: str,
    outputs: tuple[Path, ...],
    limit: int,
    allow_gaps: bool,
    offline: bool,
    **values: Any,
) -> int:
    """Read the organisations of the settings, judge them by the rules, and report findings with their money.

    Standard output holds the report alone. Exit code 3 means that something which was asked for could not be read or
    judged; the report lists it.
    """
    from costguard.registry import wanted
    from costguard.store import Store

    options = common(values)
    output = Output(format_, outputs, limit, options.no_color)
    output.check()
    settings = options.settings()
    selected = chosen_rules(settings, rules)
    if offline:
        with Store.open(settings.store, read_only=True) as store:
            return judge_and_show(store, settings, selected, output, org=options.org, keep=False, allow_gaps=allow_gaps)
    from costguard.commands._reading import connections, read

    opened = connections(options, settings, os.environ)
    with Store.open(settings.store) as store:
        read(
            opened,
            store,
            wanted(selected) if rules else None,
            common=options,
            settings=settings,
            kubernetes=settings.kubernetes,
        )
        return judge_and_show(store, settings, selected, output, org=options.org, keep=True, allow_gaps=allow_gaps)
