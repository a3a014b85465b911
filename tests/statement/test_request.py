"""What cannot be asked of the bill is said in one line, with what there is instead."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from costguard.errors import CostguardError
from costguard.settings import Settings
from costguard.statement import request, statement
from costguard.statement.request import spans
from costguard.store import Store
from tests.statement.rows import OCTOBER, SEPTEMBER, charge, cost, show, stored

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"month": "2026-13"}, "--month 2026-13: there is no such month; write it like 2026-10"),
    ({"month": "2026-00"}, "there is no such month"),
    ({"month": "October"}, "--month October: there is no such month"),
    ({"month": "2026-10-01"}, "there is no such month"),
    ({"month": "2026-1"}, "there is no such month"),
    ({"month": "\x1b[2026-10"}, r'--month "\u001b[2026-10": there is no such month'),
    ({"first": "2026-10", "last": "2026-9"}, "--to 2026-9: there is no such month"),
    ({"first": "2026-10", "last": "2026-09"}, "--from 2026-10: comes after --to 2026-09; swap them"),
    ({"month": "2026-10", "first": "2026-09"}, "--month: cannot be used with --from or --to"),
    ({"by": "colour"}, "--by colour: unknown; choose one of product, org, usage-type, day, tag:KEY"),
    ({"by": "tag:"}, "--by tag:: unknown"),
    ({"by": "tag:team,"}, "--by tag:team,: unknown"),
    ({"by": "tag:team,team"}, "--by tag:team,team: unknown"),
    ({"by": "Product"}, "--by Product: unknown"),
    ({"month": "2020-01"}, "the store has no cost of January 2020; it has September 2026 to November 2026"),
    ({"first": "2020-01", "last": "2020-03"}, "--from 2020-01: the store has no cost of January 2020 to March 2020"),
    ({"first": "2027-01"}, "the store has no cost of January 2027"),
    ({"by": "tag:colour"}, "--by tag:colour: unknown tag; the cost is broken down by env, team"),
    ({"by": "tag:team", "month": "2026-09"}, "the store has no cost by tags of these months"),
    ({"by": "tag:team", "month": "2026-11"}, "no tag breaks the cost of November 2026 down before Datadog publishes"),
    ({"org": "nobody"}, "--org nobody: the bill knows Child, Parent; choose one of them"),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "said"), WRONG, ids=lambda value: str(value)[:50])
def test_wrong_requests(tmp_path: Path, asked: dict[str, Any], said: str) -> None:
    rows = [
        cost("infra_host_total_cost", 50, month=SEPTEMBER),
        cost("infra_host_total_cost", 60),
        cost("rum_total_cost", 6, org="child"),
        charge("rum", "total", 4, source="estimated", view="summary", day=date(2026, 11, 18)),
    ]
    tags = [cost("infra_host_total_cost", 60, tags='{"env":["prod"],"team":["web"]}')]
    with (
        stored(tmp_path, *rows, breakdowns={"2026-10:team,env": tags}) as store,
        pytest.raises(CostguardError) as raised,
    ):
        show(store, **asked)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_tags_that_were_not_read_together(tmp_path: Path) -> None:
    breakdowns = {f"2026-10:{key}": [cost("rum_total_cost", 6, tags=f'{{"{key}":["a"]}}')] for key in ("team", "env")}
    with stored(tmp_path, cost("rum_total_cost", 6), breakdowns=breakdowns) as store:
        with pytest.raises(CostguardError, match="--by tag:team,env: these tags are not broken down together"):
            show(store, by="tag:team,env")
        assert [each.key for each in show(store).untagged] == ["team"]


def test_a_store_without_a_run_or_without_cost(tmp_path: Path) -> None:
    with Store.open(tmp_path / "empty.duckdb") as store, pytest.raises(CostguardError, match="holds no run yet"):
        statement(store, Settings(), request())
    with stored(tmp_path) as store, pytest.raises(CostguardError, match="no cost and no billable usage"):
        show(store)


def test_two_organisations_of_one_name_are_told_apart_by_their_ids(tmp_path: Path) -> None:
    twins = [
        cost("rum_total_cost", 6, org="one").__class__(
            OCTOBER, org, "Twin", "rum_total_cost", cost("x", 6).value, None, None, None
        )
        for org in ("one", "two")
    ]
    with stored(tmp_path, *twins) as store:
        with pytest.raises(CostguardError, match="--org Twin: 2 organisations have this name; use a public id"):
            show(store, org="Twin")
        assert show(store, org="two").total == 6


def test_asked_for_nothing_the_last_closed_month_is_shown(tmp_path: Path) -> None:
    running = charge("rum", "total", 5, source="estimated", day=date(2026, 11, 18))
    with stored(tmp_path, cost("rum_total_cost", 6), cost("rum_total_cost", 4, month=SEPTEMBER), running) as store:
        assert (show(store).first, show(store).last) == (OCTOBER, OCTOBER)
        assert (show(store, first="2026-09").first, show(store, first="2026-09").last) == (SEPTEMBER, OCTOBER)
        assert (show(store, last="2026-09").first, show(store, last="2026-09").last) == (SEPTEMBER, SEPTEMBER)
        assert (show(store, first="2026-11").first, show(store, first="2026-11").last) == (date(2026, 11, 1),) * 2


def test_with_nothing_but_the_running_month_that_is_shown(tmp_path: Path) -> None:
    with stored(tmp_path, charge("rum", "total", 5, source="estimated", day=date(2026, 11, 18))) as store:
        assert show(store).last == date(2026, 11, 1)


@pytest.mark.parametrize(
    ("months", "said"),
    [
        ([OCTOBER], "October 2026"),
        ([SEPTEMBER, OCTOBER], "September 2026 to October 2026"),
        ([date(2025, 12, 1), date(2026, 1, 1), OCTOBER], "December 2025 to January 2026 and October 2026"),
    ],
)
def test_months_in_a_sentence(months: list[date], said: str) -> None:
    assert spans(months) == said
