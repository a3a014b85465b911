"""Product × organisation × committed or on-demand, and use × organisation: whole at 80 columns, names told apart."""

from decimal import Decimal
from pathlib import Path

import pytest
from rich.cells import cell_len

from costguard.model.usage import MonthlyAttribution
from costguard.statements.html import render
from costguard.statements.terminal.columns import headings, room_for
from tests.statement.rows import OCTOBER, cost, means, show, stored
from tests.statement.sample import account
from tests.statement.test_terminal import printed


def consumed(field: str, value: int, org: str = "parent") -> MonthlyAttribution:
    return MonthlyAttribution(OCTOBER, org, org.title(), "us", field, Decimal(value), None, None, None)


@pytest.mark.parametrize("by", ["product", "org", "usage-type"])
def test_each_organisation_s_committed_and_on_demand_cost_of_each_product(tmp_path: Path, by: str) -> None:
    with account(tmp_path) as store:
        text = printed(show(store, by=by), 80)
    table = text.partition("Product × organisation × committed or on-demand\n")[2].partition("\n\n")[0].splitlines()
    assert [line.split() for line in table[:3]] == [
        ["Product", "Parent", "Shop", "Labs", "All", "together"],
        ["Hosts", "committed", "$3,600", "$1,800", "$600", "$6,000"],
        ["on-demand", "$929", "$464", "$155", "$1,548"],
    ]
    assert [line.split() for line in table[-3:]] == [
        ["All", "together", "committed", "$5,618", "$2,559", "$853", "$9,030"],
        ["on-demand", "$2,058", "$1,029", "$343", "$3,429"],
        ["total", "$7,676", "$3,588", "$1,196", "$12,459"],
    ]


def test_what_datadog_does_not_split_has_its_own_row_and_what_is_unknown_is_no_zero(tmp_path: Path) -> None:
    rows = [cost("rum_total_cost", 5), cost("rum_total_cost", 7, org="child"), cost("npm_flow_total_cost", None)]
    with stored(tmp_path, *rows) as store:
        text = printed(show(store), 80)
    found = [" ".join(line.split()) for line in text.splitlines()]
    assert "RUM not split $7.00 $5.00 $12.00" in found
    assert "Network – – –" in found


def test_organisations_without_room_are_summed_up(tmp_path: Path) -> None:
    rows = [cost("rum_on_demand_cost", 1000 + number, org=f"org{number:02}") for number in range(30)]
    with stored(tmp_path, *rows) as store:
        text = printed(show(store), 80)
    table = text.partition("committed or on-demand\n")[2].splitlines()
    assert table[0].split() == ["Product", "Org29", "Org28", "Org27", "27", "more", "All", "together"]
    shown = table[1].split()[2:]
    amounts = [int(each.strip("$").replace(",", "")) for each in shown]
    assert sum(amounts[:-1]) == amounts[-1] == 30_435


@pytest.mark.parametrize("width", [12, 20, 40, 80])
def test_long_names_with_one_beginning_and_end_stay_apart(width: int) -> None:
    names = [
        "production-eu-west-shop",
        "production-eu-east-shop",
        "production-us-west-shop",
        "Ünïted 東京 shop",
        "twin",
        "twin",
    ]
    shown = headings(names, len(names), 8, width)
    assert len(set(shown)) == len(names)
    assert all(cell_len(each) <= max(8, width) for each in shown)


@pytest.mark.parametrize(
    ("names", "width", "shown"),
    [
        (["larkspur", "larkspur-payments", "larkspur-labs"], 42, ["larkspur", "larkspur-payments", "larkspur-labs"]),
        (["larkspur", "larkspur-payments", "larkspur-labs"], 36, ["larkspur", "larksp…ments", "larksp…-labs"]),
        (["short", "a-very-long-name-of-an-organisation"], 60, ["short", "a-very-long-name-of-an-organisation"]),
        (["same-beginning-1-same-end", "same-beginning-2-same-end"], 18, ["sam…nd 1", "sam…nd 2"]),
        (["\x1b[31m"], 20, ["␛[31m"]),
    ],
)
def test_names_use_the_width_there_is(names: list[str], width: int, shown: list[str]) -> None:
    assert headings(names, len(names), 8, width) == shown


def test_room_for_columns() -> None:
    assert [room_for(5, 8, width) for width in (48, 47, 28, 18, 1)] == [5, 3, 2, 1, 1]


@pytest.mark.parametrize("width", [80, 140])
def test_use_has_labels_and_units(tmp_path: Path, width: int) -> None:
    rows = [
        cost("ingested_spans_total_cost", 5), cost("rum_total_cost", 3, org="child"),
        means("ingested_spans", "ingested_spans_sum", label="Ingested Spans"),
        consumed("ingested_spans_bytes_usage", 14_400_000_000_000), consumed("ingested_spans_bytes_usage", 0, "child"),
        consumed("logs_indexed_15day_usage", 1_044_375_000), consumed("new_thing_bytes_usage", 2_500_000_000),
        means("bits_ai", "bits_ai_sum", label="Bits AI"), consumed("bits_ai_usage", 90),
    ]  # fmt: skip
    with stored(tmp_path, *rows) as store:
        statement = show(store, by="usage-type")
    table = printed(statement, width).partition("Usage type × organisation\n")[2].partition("\n\n")[0]
    found = [" ".join(line.split()) for line in table.splitlines()]
    named = width == 140
    assert found == [
        "Usage type Unit Parent Child" + " Datadog's name" * named,
        "Bits AI units 90 –" + " bits_ai_usage" * named,
        "Indexed logs, 15 days million events 1,044.38 –" + " logs_indexed_15day_usage" * named,
        "Ingested Spans GB 14,400 0" + " ingested_spans_bytes_usage" * named,
        "new_thing_bytes_usage GB 2.5 –" + " new_thing_bytes_usage" * named,
    ]
    page = render(statement)
    assert "Ingested Spans <small>GB · <code>ingested_spans_bytes_usage</code></small>" in page
    assert '<td class="m">14,400</td><td class="m">0</td>' in page
    assert "14,400,000,000,000" not in page


def test_the_page_has_columns_for_each_organisation(tmp_path: Path) -> None:
    with account(tmp_path) as store:
        page = render(show(store))
    assert '<th scope="colgroup" class="g" colspan="2">Shop</th>' in page
    assert (
        '<tr><th scope="row">Hosts</th><td class="m g">$3,600.00</td><td class="m">$928.80</td>'
        '<td class="m g">$1,800.00</td><td class="m">$464.40</td><td class="m g">$600.00</td><td class="m">$154.80</td>'
        '<td class="m g">$6,000.00</td><td class="m">$1,548.00</td><td class="m">$7,548.00</td></tr>'
    ) in page.replace("\n", "")
