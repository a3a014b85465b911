"""What a person at a terminal reads: the money first, nothing left out silently, nothing sent that could act."""

import os
import re
from io import StringIO
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from costguard.model.report import Report, State
from costguard.reporters.terminal import console_for, print_report, render
from costguard.safetext import visible
from tests.reporters import sample

GOLDEN = Path(__file__).parent / "golden"


def _printed(report: Report, width: int = 100, *, limit: int = 0) -> str:
    out = StringIO()
    console = Console(file=out, width=width, height=25, color_system=None, _environ={})
    print_report(report, console, limit=limit)
    return out.getvalue()


def _words(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(
    ("name", "width", "limit"),
    [("report", 80, 5), ("report", 140, 5), ("unpriced", 80, 0), ("nothing", 80, 0), ("money", 100, 0)],
)
def test_it_reads_as_the_golden_text(name: str, width: int, limit: int) -> None:
    reports = {
        "report": sample.report(),
        "unpriced": sample.unpriced(),
        "nothing": sample.report(findings=False, gaps="optional"),
        "money": sample.money(waste=False),
    }
    printed = _printed(reports[name], width, limit=limit)
    golden = GOLDEN / f"{name}-{width}.txt"
    if os.environ.get("COSTGUARD_UPDATE_GOLDEN") == "1":
        golden.write_text(printed, "utf-8")
    assert printed == golden.read_text("utf-8"), "run with COSTGUARD_UPDATE_GOLDEN=1 and look at the change"


@pytest.mark.parametrize("width", [30, 80, 119, 120, 200])
@pytest.mark.parametrize("report", [sample.report(), sample.hostile()], ids=["realistic", "hostile"])
def test_no_line_is_wider_than_the_console_or_ends_in_blanks(report: Report, width: int) -> None:
    for line in _printed(report, width).splitlines():
        assert cell_len(line) <= width
        assert line == line.rstrip()


@pytest.mark.parametrize("width", [80, 140])
def test_nothing_hostile_reaches_the_terminal_and_all_of_it_is_shown(width: int) -> None:
    printed = _printed(sample.hostile("\x1b]0;pwned\x07[/x]\u202e\x9b"), width)
    assert all(character.isprintable() or character == "\n" for character in printed)
    assert (
        visible("\x1b]0;pwned\x07[/x]\u202e\x9bSearch results page") == "␛]0;pwned␇[/x]\\u202e\\x9bSearch results page"
    )
    assert "␛]0;pwned␇[/x]\\u202e\\x9bSearch" in printed
    assert "␛]0;pwned␇[/x]\\u202e\\x9bacme" in printed


@pytest.mark.parametrize("width", [80, 140])
def test_every_finding_and_gap_is_listed_without_a_limit(width: int) -> None:
    report = sample.report()
    printed = _words(_printed(report, width))
    for each in report.findings:
        assert (each.finding.resource.name in printed) is (each.state is not State.ACCEPTED)
    assert "1 accepted, not listed" in printed
    for gap in report.gaps:
        # At 140 columns a hint is folded inside its column, between words.
        assert all(word in printed for word in gap.gap.hint.split())
        assert gap.gap.org in printed


def test_a_long_list_ends_with_what_the_rest_is_worth() -> None:
    printed = _words(_printed(sample.report(), limit=4))
    assert re.findall(r"… and [^(]+ \(see --format json or the HTML report\)", printed) == [
        "… and 3 more worth $144.50 now, $0.00 at renewal, each counted alone, 2 without a price"
        " (see --format json or the HTML report)",
        "… and 3 more worth $61.75 now, $180.25 at renewal, each counted alone (see --format json or the HTML report)",
        "… and 3 more worth $247.50 now, $0.00 at renewal, each counted alone, 1 without a price"
        " (see --format json or the HTML report)",
    ]
    assert "more worth" not in _printed(sample.report(), limit=0)


def test_what_overlaps_or_has_no_price_is_not_in_the_worth_of_the_rest() -> None:
    rows = [each for each in sample.FINDINGS if each[3] in ("abc-def-001", "abc-def-003", "mob-ggg-006")]
    printed = _words(_printed(sample.report(rows=rows), limit=1))
    assert "… and 2 more, without a price" in printed


def test_what_is_not_known_is_unknown_and_never_zero() -> None:
    printed = _printed(sample.unpriced())
    assert "$0" not in printed
    assert re.search(r"^Bill +unknown +no cost could be read$", printed, re.MULTILINE)
    assert re.search(r"^Saving now, a month +unknown$", printed, re.MULTILINE)


def test_what_changed_commitments_save_is_said_apart_from_the_total() -> None:
    printed, without = _printed(sample.money()), _printed(sample.report())
    assert "And by changing commitments at renewal" in printed
    assert "commitments at renewal" not in without
    together = re.compile(r"^ *\$12,764.49 +\$2,316.35 +\d+ +3 +All together$", re.MULTILINE)
    assert together.search(printed)
    assert together.search(without)
    assert "$1,104.25 " in printed


@pytest.mark.parametrize("width", [80, 140])
def test_what_saves_nothing_is_told_with_its_figures(width: int) -> None:
    report = sample.money()
    why = "9 November 2026 cost $1,000.50, where $200.00 is usual for a Monday."
    told = [
        each.model_copy(update={"finding": each.finding.model_copy(update={"why": why})})
        if each.finding.rule in ("cost-anomaly", "commit-underused")
        else each
        for each in report.findings
    ]
    printed = _printed(report.model_copy(update={"findings": tuple(told)}), width)
    found = re.findall(r"\$1,000\.50|\$200\.00", printed)
    assert found == ["$1,000.50", "$200.00"], "once: of the other the amounts say it"


@pytest.mark.parametrize("waste", [True, False])
def test_what_is_about_no_units_has_a_dash_and_is_not_without_a_price(waste: bool) -> None:
    report = sample.money(waste=waste)
    printed = _printed(report)
    assert re.search(r"^ +– +– +f3a1c0de2 ", printed, re.MULTILINE)
    assert re.search(r"^ +– +– +1 +0 +Attribution$", printed, re.MULTILINE)
    assert ("unknown" in printed.partition("Findings")[0]) is False
    hidden = _words(_printed(report, limit=1))
    assert ", without a price" not in hidden


def test_it_says_once_why_something_saves_nothing_now() -> None:
    explanation = "inside your commitment: no cash until renewal"
    assert _words(_printed(sample.report())).count(explanation) == 1
    assert explanation not in _words(_printed(sample.unpriced()))


@pytest.mark.parametrize(
    ("report", "says", "never"),
    [
        (sample.report(findings=False, gaps="none"), "Nothing found: 9 rules ran and found no waste.", "Incomplete"),
        (sample.report(findings=False, gaps="optional"), "Nothing found: 9 rules ran", "Incomplete"),
        (sample.report(findings=False), "No finding, but not everything could be read", "Nothing found"),
        (
            sample.report(findings=False, gaps="none").model_copy(update={"rules_run": ()}),
            "No rule ran, so nothing was looked for.",
            "Nothing found",
        ),
        (sample.report(), "Incomplete: what could not be read is not clean", "Nothing found"),
        (
            sample.report(gaps="none", rows=[each for each in sample.FINDINGS if each[-1] == "accepted"]),
            "Nothing found beyond what was accepted",
            "Incomplete",
        ),
    ],
)
def test_only_a_complete_run_may_find_nothing(report: Report, says: str, never: str) -> None:
    printed = _words(_printed(report))
    assert says in printed
    assert never not in printed


class _Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("terminal", "env", "color", "escapes"),
    [
        (True, {"TERM": "xterm-256color"}, True, True),
        (True, {"TERM": "xterm-256color", "NO_COLOR": "1"}, True, False),
        (True, {"TERM": "xterm-256color"}, False, False),
        (False, {"TERM": "xterm-256color"}, True, False),
    ],
)
def test_colours_are_for_terminals_that_want_them(
    terminal: bool, env: dict[str, str], color: bool, escapes: bool
) -> None:
    out = _Terminal() if terminal else StringIO()
    print_report(sample.report(), console_for(out, env, color=color))
    assert ("\x1b" in out.getvalue()) is escapes


@pytest.mark.parametrize(("env", "width"), [({}, 100), ({"COLUMNS": "132"}, 132)])
def test_where_there_is_no_terminal_the_width_is_fixed(env: dict[str, str], width: int) -> None:
    assert console_for(StringIO(), env).width == width


def test_as_a_file_it_lists_everything_in_plain_text() -> None:
    text = render(sample.large(60))
    assert text.isprintable() or all(character.isprintable() or character == "\n" for character in text)
    assert "more worth" not in text
