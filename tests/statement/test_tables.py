"""CSV files: RFC 4180, nothing that a spreadsheet would run, and the same money as the bill."""

import csv
import io
import re
from decimal import Decimal
from pathlib import Path

import pytest

from costguard.model.statement import Statement
from costguard.statements import FORMATS, wants_charges
from costguard.statements._table import cell, table
from tests.statement.rows import cents, show
from tests.statement.sample import account, sample

DOCUMENTED = Path(__file__).parents[2] / "docs" / "bill.md"


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


@pytest.mark.parametrize("by", ["product", "org", "usage-type", "day", "tag:team", "tag:team,env"])
def test_the_rows_add_up_to_the_bill(tmp_path: Path, by: str) -> None:
    with account(tmp_path) as store:
        shown = show(store, by=by, charges=True)
    rows = read(FORMATS["csv"](shown))
    assert cents(sum((Decimal(row["total_cost"] or 0) for row in rows), Decimal(0))) == cents(shown.total)
    for line in shown.lines:
        if by == "org":
            own = [row for row in rows if row["organisation_id"] == line.key]
            assert cents(sum((Decimal(row["total_cost"] or 0) for row in own), Decimal(0))) == cents(line.cost.total)


def test_a_row_in_full(tmp_path: Path) -> None:
    with account(tmp_path) as store:
        rows = read(FORMATS["csv"](show(store, by="tag:team,env", charges=True)))
    [row] = [
        row for row in rows
        if (row["organisation"], row["dimension"], row["tag_values"]) == ("Parent", "infra_host", "ops | web · prod")
    ]  # fmt: skip
    # 15 percent of 400 committed hosts at $15; of 486 used, 86 are on demand at $18.
    assert row == {
        "month": "2026-10", "day": "", "days": "", "until": "", "organisation_id": "parent", "organisation": "Parent",
        "product": "hosts", "dimension": "infra_host", "label": "Infra Hosts", "kind": "value",
        "tag_keys": "team · env", "tag_values": "ops | web · prod", "committed_cost": "900",
        "on_demand_cost": "232.2", "unsplit_cost": "", "total_cost": "1132.2", "currency": "USD", "units": "72.9",
        "committed_units": "60", "on_demand_units": "12.9", "unit": "hosts", "basis": "attributed",
        "as_of": "2026-11-10T00:00:00+00:00",
    }  # fmt: skip


def test_what_is_not_known_is_an_empty_cell(tmp_path: Path) -> None:
    rows = read(FORMATS["csv"](sample(tmp_path, charges=True)))
    [row] = [row for row in rows if row["dimension"] == "nameless"]
    assert (row["committed_cost"], row["total_cost"], row["units"]) == ("", "", "")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1", "'  =1"),
        ("＝1", "'＝1"),
        ("\t=1", "'␉=1"),
        ("a\x1b[31mb", "a␛[31mb"),
        ("a\nb", "a␊b"),
        ("a=b", "a=b"),
        ("", ""),
        (None, ""),
        (Decimal("-12.50"), "-12.5"),
        (Decimal("1E+3"), "1000"),
        (Decimal("-0.00"), "0"),
        (Decimal("0.000000000000000001"), "0.000000000000000001"),
        (3, "3"),
    ],
)
def test_a_cell_is_harmless_and_exact(value: str | Decimal | int | None, written: str) -> None:
    assert cell(value) == written


def test_a_table_is_as_rfc_4180_says() -> None:
    text = table(("a", "b"), [('say "hi"', "one, two"), (None, Decimal(1))])
    assert text == 'a,b\r\n"say ""hi""","one, two"\r\n,1\r\n'


@pytest.mark.parametrize("name", ["csv", "focus"])
def test_hostile_names_stay_text_in_one_cell(tmp_path: Path, name: str) -> None:
    text = FORMATS[name](sample(tmp_path, hostile=True, by="tag:team", charges=True))
    assert all(character.isprintable() or character in "\r\n" for character in text)
    rows = read(text)
    assert len({len(row) for row in rows}) == 1
    for row in rows:
        for column, written in row.items():
            number = re.fullmatch(r"-?\d+(\.\d+)?", written)
            assert number or not written.startswith(("=", "+", "-", "@")), (column, written)


@pytest.mark.parametrize("name", ["csv", "focus"])
def test_every_column_is_documented(tmp_path: Path, name: str) -> None:
    header = FORMATS[name](sample(tmp_path, charges=True)).partition("\r\n")[0].split(",")
    text = DOCUMENTED.read_text("utf-8")
    assert [column for column in header if f"| `{column}` |" not in text] == []


def test_formats_are_found_by_file_and_suffix() -> None:
    assert list(FORMATS) == ["csv", "focus", "html", "json", "terminal"]
    assert FORMATS.of_file(Path("bill.focus.csv")) == "focus"
    assert FORMATS.of_file(Path("bill.CSV")) == "csv"
    assert FORMATS.of_file(Path("bill.xlsx")) is None
    assert [name for name in FORMATS if wants_charges(name)] == ["csv", "focus"]
    assert len(set(FORMATS.suffixes())) == len(FORMATS.suffixes())


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_named_like_its_file(name: str) -> None:
    assert FORMATS.module(name).name == name


def test_a_statement_is_what_formats_see(tmp_path: Path) -> None:
    assert isinstance(sample(tmp_path), Statement)
