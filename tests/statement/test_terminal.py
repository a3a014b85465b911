"""What a person at a terminal reads of the bill: the money first, nothing left out silently, nothing that could act."""

import os
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from costguard.model.statement import Statement
from costguard.statements.terminal import print_statement, render
from costguard.wording import money
from tests.statement.rows import charge, cost, show, stored, used
from tests.statement.sample import account, sample

GOLDEN = Path(__file__).parent / "golden"

BREAKDOWNS = ("product", "org", "usage-type", "tag:team,env")


def printed(statement: Statement, width: int = 100, *, limit: int = 0) -> str:
    out = StringIO()
    print_statement(statement, Console(file=out, width=width, height=25, color_system=None, _environ={}), limit=limit)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "width", "asked"),
    [
        ("product", 140, {}),
        ("tags", 100, {"by": "tag:team,env"}),
        ("days", 80, {"by": "day", "month": "2026-11"}),
        ("range", 100, {"by": "org", "first": "2026-08", "last": "2026-10"}),
    ],
)
def test_it_reads_as_the_golden_text(tmp_path: Path, name: str, width: int, asked: dict[str, Any]) -> None:
    text = printed(sample(tmp_path, gaps=name == "product", **asked), width)
    golden = GOLDEN / f"{name}-{width}.txt"
    if os.environ.get("COSTGUARD_UPDATE_GOLDEN") == "1":
        golden.write_text(text, "utf-8")
    assert text == golden.read_text("utf-8"), "run with COSTGUARD_UPDATE_GOLDEN=1 and look at the change"


@pytest.mark.parametrize("hostile", [False, True])
def test_no_line_is_wider_than_the_console_or_ends_in_blanks(tmp_path: Path, hostile: bool) -> None:
    with account(tmp_path, gaps=True, hostile=hostile) as store:
        statements = [show(store, by=by) for by in ("product", "org", "tag:team")]
    for statement in statements:
        for width in (60, 80, 110, 200):
            for line in printed(statement, width).splitlines():
                assert cell_len(line) <= width
                assert line == line.rstrip()


def test_nothing_hostile_reaches_the_terminal(tmp_path: Path) -> None:
    text = printed(sample(tmp_path, hostile=True, by="tag:team", gaps=True), 200)
    assert all(character.isprintable() or character == "\n" for character in text)
    assert "␛[31m\\u202e</script>" in text


def test_a_long_breakdown_ends_with_what_the_rest_costs(tmp_path: Path) -> None:
    rows = [cost("rum_on_demand_cost", 100 - number, org=f"org{number:02}") for number in range(30)]
    with stored(tmp_path, *rows) as store:
        text = printed(show(store, by="org"), limit=4)
    assert "… 26 more lines" in text
    assert "$2,171.00" in text, "what the 26 cost"
    assert "$2,565.00" in text, "what all cost"
    assert "26 more" in text


@pytest.mark.parametrize("width", [60, 72, 80, 100, 140])
def test_no_amount_is_ever_cut(tmp_path: Path, width: int) -> None:
    with account(tmp_path) as store:
        statements = [show(store, by=by) for by in BREAKDOWNS]
        statements.append(show(store, by="day", month="2026-11"))
    for statement in statements:
        text = printed(statement, width)
        assert not [word for word in text.split() if "$" in word and "…" in word]
        assert all(money(line.cost.total, "USD") in text for line in statement.lines)
        assert money(statement.total, "USD") in text


@pytest.mark.parametrize("by", BREAKDOWNS)
def test_every_line_of_every_breakdown_is_there(tmp_path: Path, by: str) -> None:
    statement = sample(tmp_path, by=by)
    text = printed(statement, 160)
    assert all(line.label in text for line in statement.lines)


def test_names_keep_their_capitals(tmp_path: Path) -> None:
    parts = {"2026-10:costCentre": [cost("rum_total_cost", 5, tags='{"costCentre":["R&D"]}')]}
    with stored(tmp_path, cost("rum_total_cost", 5), breakdowns=parts) as store:
        text = render(show(store, by="tag:costCentre"))
    assert "\nTag costCentre " in text


def test_an_incomplete_statement_says_so(tmp_path: Path) -> None:
    text = render(sample(tmp_path, gaps=True))
    assert "Not seen  1 required, 1 optional" in text
    assert "grant billing_read to the application key" in text
    assert text.rstrip().endswith("and nothing is claimed about it.")


def test_unknown_cost_never_looks_like_nothing(tmp_path: Path) -> None:
    with stored(tmp_path, used("infra_host_top99p", 120, 100, 20)) as store:
        text = render(show(store))
    assert "Cost of October 2026  unknown  no cost could be read" in text
    assert "$0" not in text


def test_what_another_answer_says_is_told(tmp_path: Path) -> None:
    rows = [charge("rum", "total", 62), cost("rum_total_cost", 65)]
    with stored(tmp_path, *rows) as store:
        text = render(show(store))
    assert "October 2026: cost attribution $65.00, +$3.00 against what is shown" in text
