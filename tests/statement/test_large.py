"""The accounts that the bill is timed with are accounts: their breakdowns agree, and what they are held to is shown."""

from decimal import Decimal
from pathlib import Path

import pytest

from benchmarks.large import build
from costguard.store import Store
from tests.statement.rows import cents, show


@pytest.mark.parametrize(
    ("tag_sets", "breakdowns"), [(0, ("product", "org", "day")), (11, ("tag:team", "tag:env,team"))]
)
def test_a_large_account_in_small(tmp_path: Path, tag_sets: int, breakdowns: tuple[str, ...]) -> None:
    rows = build(tmp_path / "small.duckdb", tag_sets=tag_sets, orgs=3, dimensions=2, days=60)
    assert rows["hourly_usage"] == (0 if tag_sets else 3 * 2 * 60 * 24)
    assert rows["monthly_cost"] == 15 * 3 * 2 * 5 * (1 + tag_sets)
    with Store.open(tmp_path / "small.duckdb", read_only=True) as store:
        for by in breakdowns:
            for month in ("2026-10", "2026-11") if by == "day" else ("2026-10",):
                shown = show(store, month=month, by=by)
                assert cents(sum((line.cost.total or Decimal(0) for line in shown.lines), Decimal(0))) == cents(
                    shown.total
                )
                assert shown.total
        assert bool(shown.untagged) is bool(tag_sets)
