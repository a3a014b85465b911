"""The options that several commands share, and what they mean."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from costguard.errors import CostguardError, shown

if TYPE_CHECKING:
    from costguard.formats import Formats
    from costguard.model.report import Report
    from costguard.rule import Rule
    from costguard.settings import OrgSettings, Settings
    from costguard.store import Store

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")

INCOMPLETE = 3
"""Exit code of a run with gaps in what was asked for."""

TERMINAL = "terminal"


def settings_options(command: F) -> F:
    """--config, --store, --org, --api-url, --quiet, --no-color, --verbose."""
    for option in reversed(
        (
            click.option(
                "--config", type=click.Path(path_type=Path), help="Settings file.  [default: ./costguard.toml]"
            ),
            click.option(
                "--store", type=click.Path(path_type=Path), help="Store file.  [default: in the state directory]"
            ),
            click.option("--org", help="Only this organisation, by its name in the settings."),
            click.option("--api-url", help="Where to reach Datadog's API instead of the site: a proxy or a simulator."),
            click.option("--quiet", "-q", is_flag=True, help="No progress and no messages but errors."),
            click.option("--no-color", is_flag=True, help="No colours; so does the variable NO_COLOR."),
            click.option("--verbose", "-v", is_flag=True, help="Say more about what goes wrong."),
        )
    ):
        command = option(command)
    return command


def rule_option(command: F) -> F:
    """--rule."""
    return click.option("--rule", "rules", multiple=True, metavar="GLOB", help="Only rules whose id matches.")(command)


def output_options(command: F) -> F:
    """--format, -o, --limit, --allow-gaps."""
    for option in reversed(
        (
            click.option("--format", "format_", default=TERMINAL, show_default=True, help="Format of standard output."),
            click.option(
                "-o", "--output", "outputs", type=click.Path(path_type=Path), multiple=True, metavar="FILE",
                help="Also write a report here; the suffix gives the format. Repeatable.",
            ),
            click.option(
                "--limit", type=click.IntRange(min=0), default=15, show_default=True,
                help="Findings to show in the terminal for each product; 0 shows all.",
            ),
            click.option("--allow-gaps", is_flag=True, help="Exit with 0 where gaps would give 3."),
        )
    ):  # fmt: skip
        command = option(command)
    return command


@dataclass(frozen=True)
class Common:
    """The shared options, as given."""

    config: Path | None = None
    store: Path | None = None
    org: str | None = None
    api_url: str | None = None
    quiet: bool = False
    no_color: bool = False
    verbose: bool = False

    def settings(self) -> "Settings":
        """The settings with these options over the environment over the file; raises SettingsError."""
        from costguard.settings import load

        return load(self.config, os.environ, {"store": self.store, "api_url": self.api_url})

    def chosen(self, settings: "Settings") -> "tuple[OrgSettings, ...]":
        """The organisations to read; raises CostguardError where --org names none."""
        orgs = tuple(org for org in settings.orgs if self.org in (None, org.name))
        if not orgs:
            known = ", ".join(org.name for org in settings.orgs)
            raise CostguardError(f"--org {self.org}: the settings know {known}; choose one of them")
        return orgs

    @property
    def progress(self) -> bool:
        """Whether to draw progress bars: on a terminal that was not asked to be quiet."""
        return not self.quiet and sys.stderr.isatty()


@dataclass(frozen=True)
class Output:
    """Where reports go: one on standard output, one to each file."""

    format: str
    files: tuple[Path, ...]
    limit: int
    no_color: bool

    def check(self) -> None:
        """Raise CostguardError for an unknown format or a file that cannot be written, before any work is done."""
        from costguard.reporters import FORMATS

        check_output(FORMATS, self.format, self.files)

    def write(self, report: "Report") -> None:
        """Write all files, each whole or not at all, then print the report."""
        from costguard.reporters import FORMATS

        write_files(FORMATS, self.files, report)
        if self.format != TERMINAL:
            click.echo(FORMATS[self.format](report), nl=False)
            return
        from costguard.console import console_for
        from costguard.reporters.terminal import print_report

        console = console_for(sys.stdout, os.environ, color=not self.no_color)
        print_report(report, console, limit=self.limit)


def check_output(formats: "Formats[Any]", format_: str, files: Sequence[Path]) -> None:
    """Raise CostguardError for an unknown format or a file that cannot be written."""
    if format_ not in formats:
        raise CostguardError(f"--format {shown(format_)}: unknown; choose one of {', '.join(formats)}")
    for file in files:
        if formats.of_file(file) is None:
            known = ", ".join(formats.suffixes())
            raise CostguardError(f"-o {shown(str(file))}: no report has this suffix; use one of {known}")
        if not file.parent.is_dir():
            raise CostguardError(f"-o {shown(str(file))}: its folder does not exist; create it first")
        if file.is_dir():
            raise CostguardError(f"-o {shown(str(file))}: is a folder; name a file")
        try:
            _part(file).touch()
            _part(file).unlink()
        except OSError as error:
            raise _unwritable(file, error) from error


def write_files(formats: "Formats[T]", files: Sequence[Path], what: T) -> None:
    """Write each file whole or not at all, in the format that its suffix gives; raises CostguardError."""
    for file in files:
        name = formats.of_file(file)
        assert name is not None, "checked before"
        write_whole(file, formats[name](what))


def write_whole(file: Path, text: str) -> None:
    """Write a file so that it is never seen half-written; raises CostguardError where that fails."""
    part = _part(file)
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(file)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise _unwritable(file, error) from error


def _part(file: Path) -> Path:
    return file.with_name(f".{file.name}.part")


def _unwritable(file: Path, error: OSError) -> CostguardError:
    return CostguardError(f"-o {shown(str(file))}: cannot be written: {error.strerror}; choose another place")


def chosen_rules(settings: "Settings", globs: Sequence[str]) -> "tuple[Rule[Any], ...]":
    """The enabled rules that match; raises RegistryError."""
    from costguard.registry import choose, discover

    return choose(discover(settings.rule_paths), settings, globs)


def judge_and_show(
    store: "Store",
    settings: "Settings",
    rules: "Sequence[Rule[Any]]",
    output: Output,
    *,
    org: str | None,
    keep: bool,
    allow_gaps: bool,
) -> int:
    """Judge what the store holds and show it; the exit code. `keep` remembers the findings in the store."""
    from costguard.audit import audit

    report = audit(store, settings, rules, only=org)
    if keep:
        store.save_findings(store.runs()[-1].id, report.findings)
    output.write(report)
    return 0 if report.complete or allow_gaps else INCOMPLETE


def common(values: Mapping[str, Any]) -> Common:
    """The shared options out of all of a command's."""
    return Common(**{name: values[name] for name in Common.__dataclass_fields__ if name in values})
