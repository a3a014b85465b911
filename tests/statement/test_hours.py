"""The hours of a month held against what was billed, and whose hours they are."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from costguard.commands._reading import Silent
from costguard.datadog.collect import collect
from costguard.model.budgets import Budgets
from costguard.model.resources import Organisation
from costguard.model.statement import Statement
from costguard.model.usage import HourlyUsage, Row
from costguard.model.usage_settings import UsageSettings
from costguard.settings import OrgSettings, Settings
from costguard.simulator import Simulator
from costguard.spend.account import Account
from costguard.spend.budgets import budgets
from costguard.spend.days import daily_spend
from costguard.store import RunOrg, Store
from tests.datadog.collecting import connect_all
from tests.statement.rows import ACME, OCTOBER, cents, charge, cost, means, show, stored, total, used

HOST = "infra_host"
BEGAN = datetime(2026, 10, 1, tzinfo=UTC)


def hours(
    *runs: tuple[int, int | None],
    of: str = "infra_hosts/host_count",
    org: str = "parent",
    account: str = "parent",
) -> list[HourlyUsage]:
    """So many hours of so much from the beginning of October, run after run."""
    family, _, usage_type = of.partition("/")
    values = [value for count, value in runs for _ in range(count)]
    return [
        HourlyUsage(
            BEGAN + timedelta(hours=at), org, org.title(), "us", family, usage_type, value, account, account.title()
        )
        for at, value in enumerate(values)
    ]


def metered(statement: Statement) -> dict[str, Decimal | None]:
    return {each.dimension: each.metered for each in statement.checks}


SERIES: list[tuple[str, Sequence[tuple[int, int | None]], str, str]] = [
    ("the top 7 of 744 hours do not count", [(737, 10), (7, 99)], HOST, "10"),
    ("the 8th highest does", [(736, 10), (8, 99)], HOST, "99"),
    ("wherever the peaks are", [(4, 99), (737, 10), (3, 99)], HOST, "10"),
    ("an hour without a value had no use", [(737, None), (7, 99)], HOST, "0"),
    ("a sum", [(700, 2), (44, None)], "rum_lite", "1400"),
    ("an average of all hours", [(372, 30), (372, 10)], "timeseries", "20"),
    ("those without a value too", [(372, 30), (372, None)], "timeseries", "15"),
    ("a maximum", [(743, 3), (1, 8)], "ci_pipeline", "8"),
    ("container-hours", [(744, 12)], "infra_container", "8928"),
]

MEASURED = {
    HOST: ("infra_hosts/host_count", "infra_host_top99p"),
    "rum_lite": ("rum_browser_sessions/session_count", "rum_lite_sum"),
    "timeseries": ("timeseries/num_custom_timeseries", "timeseries_average"),
    "ci_pipeline": ("ci_app/committers", "ci_pipeline_maximum"),
    "infra_container": ("infra_hosts/container_count", "infra_container_sum"),
}

COMMITTERS = means("ci_pipeline", "committers", endpoint="/api/v2/usage/hourly_usage")


@pytest.mark.parametrize(
    ("runs", "dimension", "units"), [each[1:] for each in SERIES], ids=[each[0] for each in SERIES]
)
def test_the_hours_of_a_month_come_to_one_number(
    tmp_path: Path, runs: Sequence[tuple[int, int | None]], dimension: str, units: str
) -> None:
    name, key = MEASURED[dimension]
    rows = [used(key, units, units, 0), cost(f"{dimension}_committed_cost", 100), COMMITTERS, *hours(*runs, of=name)]
    with stored(tmp_path, *rows) as store:
        [check] = show(store).checks
    assert (check.metered, check.units) == (Decimal(units), Decimal(units))
    assert not any("hourly usage" in note for note in check.notes)


def test_organisations_are_billed_together_hour_by_hour(tmp_path: Path) -> None:
    """Peaks of organisations at different hours do not add up."""
    rows = [
        used("infra_host_top99p", 18, 18, 0),
        cost(f"{HOST}_committed_cost", 100),
        *hours((10, 9), (734, 1)),
        *hours((734, 1), (10, 9), org="child"),
    ]
    with stored(tmp_path, *rows) as store:
        [check] = show(store).checks
    assert check.metered == 10
    assert "the 99th-percentile high-water mark of the hourly usage is 10, billed are 18" in check.notes


UNREAD: list[tuple[str, list[HourlyUsage]]] = [
    ("no hours", []),
    ("the last hour is missing", hours((743, 5))),
    ("an hour of another month in its place", [*hours((743, 5)), hours((745, 5))[-1]]),
    ("nothing but nulls", hours((744, None))),
    ("another measurement", hours((744, 5), of="infra_hosts/agent_host_count")),
]


@pytest.mark.parametrize("rows", [each[1] for each in UNREAD], ids=[each[0] for each in UNREAD])
def test_what_was_not_read_as_a_whole_is_not_known(tmp_path: Path, rows: list[HourlyUsage]) -> None:
    bill = [used("infra_host_top99p", 5, 5, 0), cost(f"{HOST}_committed_cost", 100)]
    with stored(tmp_path, *bill, *rows) as store:
        [check] = show(store).checks
    assert check.metered is None
    assert not any("hourly usage" in note for note in check.notes)


def test_how_an_unknown_dimension_is_billed_is_not_known(tmp_path: Path) -> None:
    mapped = [
        means("flux", "flux_units", endpoint="/api/v2/usage/hourly_usage"),
        means("flux", "flux_billed"),
    ]
    rows: list[Row] = [
        used("flux_billed", 5, 5, 0), cost("flux_committed_cost", 100), *mapped,
        charge("flux", "total", 100, source="estimated"), *hours((744, 5), of="new/flux_units"),
    ]  # fmt: skip
    with stored(tmp_path, *rows) as store:
        shown, days = show(store), show(store, by="day")
    assert metered(shown) == {"flux": None}
    assert {part.quantity.units for line in days.lines for part in line.parts} == {None}


PARTNER = "partner0foxglove"
FOX = RunOrg("fox", "datadoghq.com", True, PARTNER)
NAMELESS = RunOrg("acme", "datadoghq.com", True, None)
"""An organisation of which nobody tells the public id."""


def partners(own: str = "parent") -> list[Row]:
    """An account with one that is connected to it, of which Datadog tells hours, usage and cost."""
    return [
        used("infra_host_top99p", 100, 80, 20, of_org=100, account=own),
        used("infra_host_top99p", 912, 0, 912, of_org=912, org=PARTNER, account=PARTNER),
        charge(HOST, "total", 100, account=own),
        charge(HOST, "total", 912, org=PARTNER, account=PARTNER),
        charge(HOST, "total", 100, view="summary", account=own),
        charge(HOST, "total", 912, view="summary", org=PARTNER, account=PARTNER),
        charge(HOST, "total", 100, source="estimated", account=own),
        charge(HOST, "total", 912, source="estimated", org=PARTNER, account=PARTNER),
        total(100, account=own),
        total(912, org=PARTNER, account=PARTNER),
        *hours((744, 100), account=own),
        *hours((744, 912), org=PARTNER, account=PARTNER),
    ]


def test_what_connected_accounts_used_and_cost_is_not_ones_own(tmp_path: Path) -> None:
    with stored(tmp_path, *partners()) as store:
        shown, days = show(store), show(store, by="day")
    assert cents(shown.total) == "100.00"
    assert [line.label for line in shown.orgs] == ["Parent"]
    [check] = shown.checks
    assert (check.units, check.metered, check.rest) == (Decimal(100), Decimal(100), Decimal(0))
    assert [part.quantity.units for line in days.lines for part in line.parts] == [100]
    assert [each.stated for each in shown.sources if each.used] == [100]
    assert f"what connected accounts used and cost is left out: {PARTNER.title()}" in shown.notes


def test_savings_rest_on_ones_own_use_alone(tmp_path: Path) -> None:
    with stored(tmp_path, *partners()) as store:
        line = Account.read(store, Settings(orgs=(OrgSettings(name="acme"),))).bill(OCTOBER).lines[HOST]
    assert (line.units, line.committed, line.on_demand) == (Decimal(100), Decimal(80), Decimal(20))


def test_days_are_ones_own_too(tmp_path: Path) -> None:
    with stored(tmp_path, *partners()) as store:
        bill = Account.read(store, Settings(orgs=(OrgSettings(name="acme"),))).bill(OCTOBER)
        [spend] = daily_spend(store, bill, ["acme"], date(2026, 11, 20))
    assert [(day.day, day.committed + day.on_demand) for day in spend.days] == [(OCTOBER, Decimal(100))]


@pytest.mark.parametrize("org", [ACME, NAMELESS], ids=["told", "not told"])
def test_what_names_no_account_is_ones_own(tmp_path: Path, org: RunOrg) -> None:
    """Whatever the answer names beside it is another's, also where nobody tells which organisation asked."""
    with stored(tmp_path, *partners(own=""), org=org) as store:
        shown = show(store)
    assert cents(shown.total) == "100.00"
    assert [check.metered for check in shown.checks] == [100]
    assert f"what connected accounts used and cost is left out: {PARTNER.title()}" in shown.notes


def test_where_nobody_tells_which_account_is_ones_own_all_count_and_a_note_says_so(tmp_path: Path) -> None:
    with stored(tmp_path, *partners(), org=NAMELESS) as store:
        shown = show(store)
    assert cents(shown.total) == "1012.00"
    assert f"which account is one's own is not known, all of them count: Parent, {PARTNER.title()}" in shown.notes
    assert not any("left out" in note for note in shown.notes)


def test_an_account_alone_is_ones_own(tmp_path: Path) -> None:
    """Also where other answers, of hours here, name none."""
    rows = [total(100), charge(HOST, "total", 100, view="summary"), *hours((744, 100), account="")]
    with stored(tmp_path, *rows, org=NAMELESS) as store:
        shown = show(store)
    assert cents(shown.total) == "100.00"
    assert not any("account" in note for note in shown.notes)


def theirs() -> list[Row]:
    """What the partner's customer reads of itself, with its own keys."""
    return [row for row in partners() if getattr(row, "account_public_id", "") == PARTNER]


def test_anothers_account_is_its_own_where_it_is_read_with_its_own_keys(tmp_path: Path) -> None:
    with stored(tmp_path, *partners(), others={FOX: theirs()}) as store:
        shown, days = show(store), show(store, by="day")
    assert cents(shown.total) == "1012.00"
    assert [(line.label, cents(line.cost.total)) for line in shown.orgs] == [
        (PARTNER.title(), "912.00"),
        ("Parent", "100.00"),
    ]
    assert [check.metered for check in shown.checks] == [1012]
    assert [part.quantity.units for line in days.lines for part in line.parts] == [1012]
    assert [each.stated for each in shown.sources if each.used] == [1012]
    assert not any("left out" in note for note in shown.notes)


def test_what_it_saves_and_spends_is_its_own_too(tmp_path: Path) -> None:
    both = Settings(
        orgs=(OrgSettings(name="acme"), OrgSettings(name="fox")), budgets=Budgets(dimensions={HOST: Decimal(1)})
    )
    foxes = charge(HOST, "total", 912, source="estimated", view="summary", org=PARTNER, account=PARTNER)
    ours = charge(HOST, "total", 100, source="estimated", view="summary")
    with stored(tmp_path, *partners(), ours, foxes, others={FOX: [*theirs(), foxes]}) as store:
        account = Account.read(store, both)
        bill = account.bill(OCTOBER)
        spends = daily_spend(store, bill, ["acme", "fox"], date(2026, 11, 20))
        [budget] = budgets(store, both, bill, store.orgs(), ["acme", "fox"], date(2026, 10, 20))
    assert [row.account_billable for row in account.billable] == [100, 912]
    assert {each.org: [day.on_demand for day in each.days] for each in spends} == {"acme": [100], "fox": [912]}
    assert budget.spent == 1012


def test_without_them_nothing_is_said(tmp_path: Path) -> None:
    rows = [each for each in partners() if getattr(each, "org_public_id", "") != PARTNER]
    with stored(tmp_path, *rows) as store:
        shown = show(store)
    assert cents(shown.total) == "100.00"
    assert not any("connected" in note for note in shown.notes)


def test_the_simulated_company_is_billed_for_its_own_hours_with_a_partner_beside_it(tmp_path: Path) -> None:
    now = datetime(2026, 11, 21, 9, tzinfo=UTC)
    usage = UsageSettings(months=2, connected_accounts=True)
    with Simulator(now=now) as simulator, Store.open(tmp_path / "store.duckdb") as store:
        collect(connect_all(simulator), store, now, progress=Silent(), kinds=frozenset({Organisation}), usage=usage)
        shown, truth = show(store), simulator.bill_truth.month(OCTOBER).total
    assert (cents(shown.total), len(shown.orgs)) == (cents(truth.total), len(simulator.orgs))
    assert "what connected accounts used and cost is left out: foxglove-outfitters" in shown.notes
    held = {each.dimension: (each.metered, each.units) for each in shown.checks if each.metered is not None}
    assert len(held) > 15
    assert {name: units for name, units in held.items() if units[0] != units[1]} == {}
