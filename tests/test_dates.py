"""The findings are the truth on any day: before a month's cost is published, at its end, in a leap year."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from costguard.audit import audit
from costguard.datadog.collect import collect
from costguard.model.usage_settings import UsageSettings
from costguard.registry import choose, discover
from costguard.settings import load
from costguard.simulator import Simulator, environment, settings_toml
from costguard.store import Store
from tests.datadog.collecting import Nobody, connect_all

CENT = Decimal("0.01")

FEW = UsageSettings(months=3, hourly_days=2)


@pytest.mark.parametrize("date", ["2026-12-01T00:40", "2027-01-31T23:30", "2028-02-29T12:00"])
def test_the_findings_are_the_truth_on_any_day(tmp_path: Path, date: str) -> None:
    now = datetime.fromisoformat(date).replace(tzinfo=UTC)
    config = tmp_path / "costguard.toml"
    with Simulator(now=now) as simulator, Store.open(tmp_path / "store.duckdb") as store:
        config.write_text(settings_toml(simulator))
        settings = load(config, environment(simulator))
        collect(connect_all(simulator), store, now, progress=Nobody(), usage=FEW)
        report = audit(store, settings, choose(discover(), settings))
    expected = {
        (each.rule, each.org, each.id): (each.now.quantize(CENT), each.at_renewal.quantize(CENT))
        for each in simulator.truth.findings
    }
    rules = {rule for rule, _, _ in expected}
    found = {
        (each.finding.rule, each.finding.resource.org, each.finding.resource.id): (
            (each.saving.now or Decimal(0)).quantize(CENT),
            (each.saving.at_renewal or Decimal(0)).quantize(CENT),
        )
        for each in report.findings
        if each.saving and each.finding.rule in rules
    }
    assert found == expected
