"""`costguard demo`: the whole audit on an invented organisation, with no keys and no network."""

import tempfile
from pathlib import Path
from typing import Any

import click

from costguard.commands._options import (
    Common,
    Output,
    chosen_rules,
    judge_and_show,
    output_options,
    rule_option,
)

REPORT = Path("costguard-report.html")


@click.command(short_help="The whole audit on an invented organisation: no keys, no network.")
@rule_option
@output_options
@click.option("--scale", type=click.IntRange(1, 100), default=1, show_default=True, help="Size of the organisation.")
@click.option("--quiet", "-q", is_flag=True, help="No progress and no messages but errors.")
@click.option("--no-color", is_flag=True, help="No colours; so does the variable NO_COLOR.")
@click.option("--verbose", "-v", is_flag=True, help="Say more about what goes wrong.")
def command(
    rules: tuple[str, ...],
    format_: str,
    outputs: tuple[Path, ...],
    limit: int,
    allow_gaps: bool,
    scale: int,
    quiet: bool,
    no_color: bool,
    **values: Any,
) -> int:
    """Audit a simulated Datadog on this machine as a real one; print the report and write costguard-report.html.

    Everything is real but the organisation: the same calls over HTTP, the same store, the same rules.
    """
    from datetime import UTC, datetime

    from costguard.simulator import Simulator, environment, settings_toml

    output = Output(format_, outputs or (REPORT,), limit, no_color)
    output.check()
    with (
        tempfile.TemporaryDirectory(prefix="costguard-demo-") as folder,
        Simulator(scale=scale, now=datetime.now(UTC)) as simulator,
    ):
        config = Path(folder, "costguard.toml")
        config.write_text(settings_toml(simulator), encoding="utf-8")
        options = Common(
            config=config,
            store=Path(folder, "demo.duckdb"),
            api_url=simulator.url,
            quiet=quiet,
            no_color=no_color,
            verbose=bool(values.get("verbose")),
        )
        code = _audit(options, rules, output, environment(simulator), allow_gaps)
    if not quiet:
        click.echo(
            f"Wrote {', '.join(map(str, output.files))}. The organisation is invented; nothing left this machine.",
            err=True,
        )
    return code


def _audit(options: Common, rules: tuple[str, ...], output: Output, environ: dict[str, str], allow_gaps: bool) -> int:
    from costguard.commands._reading import connections, read
    from costguard.registry import wanted
    from costguard.store import Store

    settings = options.settings()
    selected = chosen_rules(settings, rules)
    with Store.open(settings.store) as store:
        opened = connections(options, settings, environ)
        read(opened, store, wanted(selected) if rules else None, common=options, settings=settings)
        return judge_and_show(store, settings, selected, output, org=None, keep=True, allow_gaps=allow_gaps)
