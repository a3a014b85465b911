"""Budgets are held against what the running month has cost so far, and is projected to cost."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from costguard.model.budgets import Budgets
from costguard.model.spend import Budget
from costguard.model.usage import CostCharge, CostTotal
from costguard.settings import SettingsError
from costguard.spend import spend
from tests.spend.account import NOW, ORGS, SETTINGS, Periods, charge, empty_bill, found, total, written

LAST = date(2026, 11, 30)

NOVEMBER: Periods = {
    (CostCharge, "2026-11-17:estimated:summary"): charge("rum", date(2026, 11, 17), on_demand=900),
    (CostTotal, "2026-11-17:estimated:summary"): [total(900, date(2026, 11, 17))],
    (CostCharge, "2026-11-18:estimated:summary"): [
        *charge("rum", date(2026, 11, 18), committed=100, on_demand=10, total=110),
        *charge("logs_ingested", date(2026, 11, 18), on_demand=20),
        *charge("logs_indexed_15day", date(2026, 11, 18), on_demand=30),
    ],
    (CostTotal, "2026-11-18:estimated:summary"): [total(161, date(2026, 11, 18))],
    (CostTotal, "2026-11-18:estimated:sub-org"): [
        total(100, date(2026, 11, 18), view="sub-org"),
        total(60, date(2026, 11, 18), view="sub-org", org="child"),
        total(1, date(2026, 11, 18), view="sub-org", org="other"),
    ],
    (CostCharge, "2026-11:projected:summary"): [
        *charge("rum", LAST, source="projected", projected_committed=200, projected_on_demand=30, total=230),
        *charge("logs_ingested", LAST, source="projected", projected_on_demand=50),
    ],
    (CostTotal, "2026-11:projected:summary"): [total(330, LAST, source="projected")],
    (CostTotal, "2026-11:projected:sub-org"): [total(120, LAST, source="projected", view="sub-org", org="child")],
    (CostTotal, "2026-10:historical:summary"): [total(99_999, date(2026, 10, 1), source="historical")],
}


@pytest.mark.parametrize(
    ("budgets", "id_", "org", "spent", "projected"),
    [
        (Budgets(total=Decimal(1)), "total", "acme", 161, 330),
        (Budgets(dimensions={"rum": Decimal(1)}), "dimensions.rum", "acme", 110, 230),
        (Budgets(dimensions={"timeseries": Decimal(1)}), "dimensions.timeseries", "acme", None, None),
        (Budgets(products={"logs": Decimal(1)}), "products.logs", "acme", 50, 50),
        (Budgets(orgs={"acme-shop": Decimal(1)}), "orgs.acme-shop", "acme-shop", 60, 120),
        (Budgets(orgs={"child": Decimal(1)}), "orgs.child", "acme-shop", 60, 120),
        (Budgets(orgs={"Other": Decimal(1)}), "orgs.Other", "acme", 1, None),
    ],
)
def test_budgets_are_held_against_the_running_month(
    tmp_path: Path, budgets: Budgets, id_: str, org: str, spent: int | None, projected: int | None
) -> None:
    settings = SETTINGS.model_copy(update={"budgets": budgets})
    budget = found(tmp_path, NOVEMBER, Budget, settings=settings)[id_]
    assert (budget.org, budget.month) == (org, date(2026, 11, 1))
    assert budget.amount == 1
    assert (budget.spent, budget.projected) == (spent, projected)
    assert budget.spent_until == (None if spent is None else date(2026, 11, 18))


@pytest.mark.parametrize(
    ("scope", "name", "words"),
    [
        ("dimensions", "infra_hots", "budgets.dimensions: infra_hots is no billing dimension"),
        ("dimensions", "infra_hots", "did you mean infra_host?"),
        ("products", "log", "budgets.products: log is no product that the bill knows; did you mean logs?"),
        ("orgs", "nobody", "budgets.orgs: nobody is no organisation that the bill knows; use a name"),
        ("orgs", "\x1b[31m", "\\u001b[31m"),
    ],
)
def test_a_budget_of_nothing_that_is_known_is_an_error_in_one_line(
    tmp_path: Path, scope: str, name: str, words: str
) -> None:
    settings = SETTINGS.model_copy(update={"budgets": Budgets.model_validate({scope: {name: 1}})})
    with pytest.raises(SettingsError) as raised:
        found(tmp_path, NOVEMBER, Budget, settings=settings)
    assert words in str(raised.value)
    assert str(raised.value).startswith("costguard.toml: ")
    assert "\n" not in str(raised.value)


def test_without_budgets_or_a_payer_there_are_none(tmp_path: Path) -> None:
    assert found(tmp_path, NOVEMBER, Budget) == {}
    settings = SETTINGS.model_copy(update={"budgets": Budgets(total=Decimal(1))})
    with written(tmp_path / "child.duckdb", {}, orgs=ORGS[1:]) as store:
        assert all(not each for each in spend(store, settings, (empty_bill(),), NOW).values())
