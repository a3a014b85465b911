"""The account's rows of usage and cost, read once, and the bills that they make."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from costguard.bill import Bill, ContractError, billed_by_org, latest_month, measure
from costguard.model.money import Dimension, Units
from costguard.model.usage import ActiveDimension, BillableUsage, DimensionKey, MetricUsage, MonthlyCost
from costguard.settings import Settings, SettingsError
from costguard.store import Store


@dataclass(frozen=True)
class Account:
    """What the store has of the account that the settings' organisations belong to."""

    settings: Settings
    billable: Sequence[BillableUsage]
    costs: Sequence[MonthlyCost]
    """Totals only: what is broken down by tags is the same money again."""
    keys: Sequence[DimensionKey]
    active: Sequence[ActiveDimension]
    metrics: Sequence[MetricUsage]
    """Only where the contract bills custom metrics by name."""

    @classmethod
    def read(cls, store: Store, settings: Settings) -> "Account":
        """All of it; raises StoreError."""
        known = [org.name for org in settings.orgs]
        return cls(
            settings=settings,
            billable=tuple(store.rows(BillableUsage, orgs=known, own=True)),
            costs=tuple(MonthlyCost(*row) for row in store.query("account-costs", orgs=known)),
            keys=tuple(store.rows(DimensionKey, orgs=known)),
            active=tuple(store.rows(ActiveDimension, orgs=known)),
            metrics=tuple(store.rows(MetricUsage, orgs=known)) if settings.contract.metric_names else (),
        )

    def last_month(self, today: date) -> date:
        """The last month closed before `today` that has billable usage; without any, the calendar month before."""
        return latest_month(self.billable, before=today) or today.replace(day=1) - timedelta(days=1)

    def bill(self, month: date) -> Bill:
        """The bill of a month; without rows, of contract and list prices alone.

        Raises SettingsError for a contract about dimensions that nobody knows.
        """
        try:
            return measure(
                self.billable,
                self.costs,
                self.keys,
                month=month,
                currency=self.settings.currency,
                contract=self.settings.contract,
                active=self.active,
                metrics=self.metrics,
            )
        except ContractError as error:
            raise SettingsError(f"{self.settings.source}: {error}") from None

    def bills(self, last: date, number: int) -> tuple[Bill, ...]:
        """The bills of at most `number` months up to `last` that have billable usage, oldest first, without holes."""
        months = {row.month.replace(day=1) for row in self.billable}
        found: list[Bill] = []
        month = last.replace(day=1)
        while month in months and len(found) < number:
            found.append(self.bill(month))
            month = (month - timedelta(days=1)).replace(day=1)
        return tuple(reversed(found))

    def billed(self, month: date) -> Mapping[tuple[str, Dimension], Units]:
        """Billable units of a month by public id of the organisation and dimension."""
        return billed_by_org(self.billable, self.keys, month=month)
