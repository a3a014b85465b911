"""The `[budgets]` table of costguard.toml: what is wrong in it is one clear line."""

from decimal import Decimal
from pathlib import Path

import pytest

from costguard.model.budgets import Budgets, Limit
from costguard.settings import SettingsError, load


def write(folder: Path, text: str) -> Path:
    file = folder / "costguard.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_every_budget_is_read_exactly(tmp_path: Path) -> None:
    text = """
    [budgets]
    total = 50_000
    products = { logs = 0.1 }
    dimensions = { infra_host = 9000 }
    [budgets.orgs]
    "Acme Shop" = 15_000.50
    """
    limits = load(write(tmp_path, text), {}).budgets.limits
    assert limits == (
        Limit("total", "", Decimal(50_000)),
        Limit("products", "logs", Decimal("0.1")),
        Limit("dimensions", "infra_host", Decimal(9000)),
        Limit("orgs", "Acme Shop", Decimal("15000.50")),
    )
    assert [limit.key for limit in limits] == ["total", "products.logs", "dimensions.infra_host", "orgs.Acme Shop"]


def test_without_the_table_there_are_none(tmp_path: Path) -> None:
    assert load(write(tmp_path, ""), {}).budgets == Budgets()
    assert Budgets().limits == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[budgets]\ntotal = -1", "budgets.total: must be greater than or equal to 0"),
        ("[budgets]\ntotal = true", "budgets.total: must be a number"),
        ("[budgets]\ntotal = nan", "budgets.total: must be a finite number"),
        ("[budgets]\ntotal = inf", "budgets.total: must be a finite number"),
        ('[budgets]\ntotal = "much"', "budgets.total: must be a valid decimal"),
        ("[budgets]\ntotals = 1", "budgets.totals: unknown key; did you mean total?"),
        ("[budgets.dimension]\nrum = 1", "budgets.dimension: unknown key; did you mean dimensions?"),
        ("[budgets.dimensions]\nrum = -1", "budgets.dimensions.rum: must be greater than or equal to 0"),
        (
            '[budgets.dimensions]\n"RUM sessions" = 1',
            'budgets.dimensions."RUM sessions": RUM sessions is no billing dim',
        ),
        ("[[budgets.orgs]]\nacme = 1", "budgets.orgs: must be a table"),
        ("budgets = 5", "budgets: must be a table"),
    ],
)
def test_a_wrong_budget_is_one_line_with_the_key(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load(write(tmp_path, text), {})
    assert f"costguard.toml: {words}" in str(raised.value)
    assert "\n" not in str(raised.value)
