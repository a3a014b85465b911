"""The command line: finds the commands, and turns errors into one line and an exit code."""

import importlib
import os
import pkgutil
import sys
import traceback
from collections.abc import Sequence

import click

from costguard import __version__, commands
from costguard.errors import CostguardError, one_line

INTERRUPTED = 130


class Commands(click.Group):
    """One subcommand a module of `costguard.commands`; a module is imported when its command is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Names of all commands, sorted."""
        return sorted(each.name for each in pkgutil.iter_modules(commands.__path__) if not each.name.startswith("_"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command = importlib.import_module(f"{commands.__name__}.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="costguard")
def root() -> None:
    """Find what you could stop paying Datadog for, priced from your own bill.

    costguard only reads. Keys come from DD_API_KEY, DD_APP_KEY and DD_SITE, or from the environment variables that
    costguard.toml names for each organisation.

    Exit codes: 0 done, 2 wrong usage, settings or keys, 3 incomplete.
    """


def run(arguments: Sequence[str]) -> int:
    """The exit code of one command line; messages go to standard error."""
    verbose = "--verbose" in arguments or "-v" in arguments
    try:
        result = root.main(args=list(arguments), prog_name="costguard", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        return _fail(error.format_message(), verbose)
    except CostguardError as error:
        return _fail(str(error), verbose)
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("costguard: interrupted; nothing of this run was kept", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of standard output has gone; there is nobody to tell, and Python must not try again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return result if isinstance(result, int) else 0


def _fail(message: str, verbose: bool) -> int:
    if verbose:
        traceback.print_exc()
    click.echo(f"costguard: {one_line(message)}", err=True)
    return 2
