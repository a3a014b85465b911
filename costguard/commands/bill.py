"""`costguard bill`: what Datadog costs, by product, organisation, tag, usage type or day, for any month."""

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from costguard.commands._options import (
    INCOMPLETE,
    TERMINAL,
    Common,
    check_output,
    common,
    settings_options,
    write_files,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from costguard.model.statement import Statement
    from costguard.settings import Settings
    from costguard.store import Store


@click.command(short_help="What Datadog costs: by product, organisation, tag, usage type or day, for any month.")
@settings_options
@click.option("--month", metavar="YYYY-MM", help="The month to show.  [default: the last closed one]")
@click.option("--from", "first", metavar="YYYY-MM", help="The first of several months to show.")
@click.option("--to", "last", metavar="YYYY-MM", help="The last of several months to show.")
@click.option(
    "--by", default="product", show_default=True, metavar="BREAKDOWN",
    help="product, org, usage-type (committed or on-demand), day, or tag:KEY (tag:KEY,KEY for several together).",
)  # fmt: skip
@click.option(
    "--format", "format_", default=TERMINAL, show_default=True,
    help="Format of standard output: terminal, html, json, csv, or focus (FOCUS 1.2 CSV).",
)  # fmt: skip
@click.option(
    "-o", "--output", "outputs", type=click.Path(path_type=Path), multiple=True, metavar="FILE",
    help="Also write it here; the suffix gives the format (.html, .json, .csv, .focus.csv). Repeatable.",
)  # fmt: skip
@click.option(
    "--limit", type=click.IntRange(min=0), default=20, show_default=True,
    help="Lines of the breakdown to show in the terminal; 0 shows all.",
)  # fmt: skip
@click.option(
    "--kubernetes", is_flag=True,
    help="The cost of Kubernetes clusters instead, --by cluster, namespace, workload (the default) or pod;"
    " as terminal, json or csv.",
)  # fmt: skip
@click.option("--offline", is_flag=True, help="Show what the store has; send nothing.")
@click.option("--allow-gaps", is_flag=True, help="Exit with 0 where gaps would give 3.")
def command(
    month: str | None,
    first: str | None,
    last: str | None,
    by: str,
    format_: str,
    outputs: tuple[Path, ...],
    limit: int,
    kubernetes: bool,
    offline: bool,
    allow_gaps: bool,
    **values: Any,
) -> int:
    """Read usage and cost, and show what was paid: committed and on-demand, against the month before, and why.

    Every breakdown of a month adds up to the same total; what Datadog does not break down is a line of its own.
    Standard output holds the bill alone. Exit code 3 means that something of usage or cost could not be read; the bill
    lists it.
    """
    from costguard.statement import StatementError, request, statement
    from costguard.statements import FORMATS, wants_charges
    from costguard.store import Store

    if kubernetes:
        from costguard.commands._kubernetes import BREAKDOWN, show_kubernetes

        if first or last:
            raise StatementError("--kubernetes: shows one month; choose it with --month, not with --from and --to")
        return show_kubernetes(
            common(values), month=request(month).first, by=BREAKDOWN if by == "product" else by, format_=format_,
            outputs=outputs, limit=limit, offline=offline, allow_gaps=allow_gaps,
        )  # fmt: skip
    check_output(FORMATS, format_, outputs)
    names = {format_, *(name for file in outputs if (name := FORMATS.of_file(file)))}
    options = common(values)
    asked = request(month, first, last, by, org=options.org, charges=any(map(wants_charges, sorted(names))))
    settings = options.settings()
    collect = None if offline else _reader(options, settings)
    with Store.open(settings.store, read_only=offline) as store:
        if collect:
            collect(store)
        found = statement(store, settings, asked)
    write_files(FORMATS, outputs, found)
    _print(found, format_, limit, color=not options.no_color)
    return 0 if found.complete or allow_gaps else INCOMPLETE


def _reader(options: Common, settings: "Settings") -> "Callable[[Store], Any]":
    """What reads usage and cost into a store, and of the rest only the organisations; raises CostguardError."""
    from costguard.commands._reading import connections, read
    from costguard.model.resources import Organisation

    # The parent tells the cost of every organisation: --org chooses what is shown, not what is read.
    everybody = replace(options, org=None)
    opened = connections(everybody, settings, os.environ)
    return lambda store: read(opened, store, frozenset({Organisation}), common=everybody, settings=settings)


def _print(statement: "Statement", format_: str, limit: int, *, color: bool) -> None:
    if format_ != TERMINAL:
        from costguard.statements import FORMATS

        click.echo(FORMATS[format_](statement), nl=False)
        return
    from costguard.console import console_for
    from costguard.statements.terminal import print_statement

    print_statement(statement, console_for(sys.stdout, os.environ, color=color), limit=limit)
