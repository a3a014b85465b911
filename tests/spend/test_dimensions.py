"""Billing dimensions over the months are what the bills of these months say."""

from datetime import date
from decimal import Decimal
from pathlib import Path

from costguard.model.spend import BilledMonth
from costguard.model.usage import BillableUsage, MonthlyCost
from costguard.spend import Account
from costguard.spend.dimensions import billing_dimensions
from tests.bill.rows import paid, used
from tests.spend.account import NOW, SETTINGS, Periods, written

MONTHS = (date(2026, 8, 1), date(2026, 9, 1), date(2026, 10, 1))


def test_billing_dimensions_are_the_bills_of_the_months_that_follow_each_other(tmp_path: Path) -> None:
    billable: Periods = {
        (BillableUsage, f"{month:%Y-%m}"): [
            used("infra_host_top99p", 100 + number, 90, 10 + number, month=month),
            used("apm_host_top99p", 80, 100, 0, month=month),
            *([used("rum_sum", 500, 0, 500, month=month)] if number else []),
        ]
        for number, month in enumerate(MONTHS)
    }
    older: Periods = {(BillableUsage, "2026-06"): [used("infra_host_top99p", 1, 1, 0, month=date(2026, 6, 1))]}
    costs: Periods = {
        (MonthlyCost, "2026-10"): [paid("infra_host_committed_cost", 900), paid("infra_host_on_demand_cost", 240)],
        (MonthlyCost, "2026-10:team"): [paid("infra_host_on_demand_cost", 240, tags='{"team": ["web"]}')],
    }
    with written(tmp_path / "c.duckdb", {**older, **billable, **costs}) as store:
        account = Account.read(store, SETTINGS)
        assert account.last_month(NOW.date()) == date(2026, 10, 1)
        bills = account.bills(date(2026, 10, 1), 6)
        assert [bill.month for bill in bills] == list(MONTHS), "June is not looked at: July is missing"
        assert len(account.bills(date(2026, 10, 1), 2)) == 2
        dimensions = {each.id: each for each in billing_dimensions(bills, "acme")}
    host = dimensions["infra_host"]
    assert (host.org, host.unit, host.name) == ("acme", "hosts", "Infrastructure hosts")
    assert host.months == tuple(
        BilledMonth(month=month, units=Decimal(100 + number), committed=Decimal(90), on_demand=Decimal(10 + number))
        for number, month in enumerate(MONTHS)
    )
    assert (host.committed_price, host.on_demand_price) == (Decimal(10), Decimal(20))
    rum = dimensions["rum"]
    assert [month.month for month in rum.months] == list(MONTHS[1:])
