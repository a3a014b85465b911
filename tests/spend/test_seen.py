"""A rule about money may speak only where the tables that it rests on were read."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from costguard.model.budgets import Budgets
from costguard.model.usage import BillableUsage, CostCharge, DimensionKey, MonthlyCost
from costguard.spend import payers, seen_with_spend
from costguard.store import RunOrg
from tests.spend.account import ORGS, SETTINGS, Periods, written

ALONE = RunOrg("acme", "datadoghq.com", None, None)

EVERYTHING: Periods = {
    (BillableUsage, "2026-10"): [],
    (MonthlyCost, "2026-10"): [],
    (CostCharge, "2026-11-18:estimated:summary"): [],
    (DimensionKey, "2026-10"): [],
}
ALL = {"billing_dimension", "daily_spend", "budget", "attribution"}


@pytest.mark.parametrize(
    ("periods", "orgs", "payer", "child"),
    [
        (EVERYTHING, ORGS, ALL, ALL),
        ({}, ORGS, {"budget"}, ALL),
        ({key: [] for key in EVERYTHING if key[0] is not MonthlyCost}, ORGS, {"daily_spend", "budget"}, ALL),
        ({key: [] for key in EVERYTHING if key[0] is not CostCharge}, ORGS, ALL - {"daily_spend"}, ALL),
        (EVERYTHING, (ALONE, ORGS[1]), ALL, ALL),
        ({}, ORGS[1:], None, set()),
    ],
    ids=["all", "nothing", "no monthly cost", "no charges", "no declared parent", "a child alone"],
)  # fmt: skip
def test_a_kind_is_seen_where_its_tables_were_read(
    tmp_path: Path, periods: Periods, orgs: Sequence[RunOrg], payer: set[str] | None, child: set[str]
) -> None:
    with written(tmp_path / "c.duckdb", periods, orgs=orgs) as store:
        seen = seen_with_spend(store, SETTINGS, store.seen())
    assert payer is None or seen["acme"] & ALL == payer
    assert seen["acme-shop"] & ALL == child


def test_what_an_earlier_run_read_is_still_seen(tmp_path: Path) -> None:
    written(tmp_path / "c.duckdb", EVERYTHING).close()
    with written(tmp_path / "c.duckdb", {}) as store:
        assert seen_with_spend(store, SETTINGS, store.seen())["acme"] >= ALL


def test_a_budget_needs_what_it_is_held_against(tmp_path: Path) -> None:
    settings = SETTINGS.model_copy(update={"budgets": Budgets(total=Decimal(1))})
    with written(tmp_path / "c.duckdb", {}) as store:
        assert "budget" not in seen_with_spend(store, settings, store.seen())["acme"]


@pytest.mark.parametrize(
    ("parents", "expected"), [((True, False, None), "a"), ((None, False, None), "ac"), ((False, False, False), "")]
)
def test_who_pays_is_the_parent_or_may_be_one(parents: Sequence[bool | None], expected: str) -> None:
    orgs = [RunOrg(name, "", parent, None) for name, parent in zip("abc", parents, strict=True)]
    assert payers(orgs) == tuple(expected)
