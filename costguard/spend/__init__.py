"""What rules about money judge, worked out of the store's rows of usage and cost."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from costguard.bill import Bill
from costguard.model.resources import Resource
from costguard.model.spend import DERIVED, Attribution, BillingDimension, Budget, DailySpend, Derived
from costguard.settings import Settings
from costguard.spend.account import Account
from costguard.spend.attribution import attributions
from costguard.spend.budgets import budgets
from costguard.spend.days import daily_spend
from costguard.spend.dimensions import billing_dimensions
from costguard.store import RunOrg, Store

__all__ = ["Account", "payers", "seen_with_spend", "spend"]

Spend = Mapping[type[Resource], Sequence[Resource]]


def payers(orgs: Sequence[RunOrg]) -> tuple[str, ...]:
    """The organisations through which usage and cost are read: parents, else those not known to be children."""
    parents = tuple(org.name for org in orgs if org.parent)
    return parents or tuple(org.name for org in orgs if org.parent is None)


def spend(store: Store, settings: Settings, bills: Sequence[Bill], now: datetime) -> Spend:
    """The resources of each kind; `bills` are of the last closed months, the oldest first.

    Raises SettingsError for a budget of nothing that is known.
    """
    orgs = store.orgs()
    paying = payers(orgs)
    today = now.date()
    return {
        BillingDimension: billing_dimensions(bills, min(paying)) if paying else (),
        DailySpend: daily_spend(store, bills[-1], paying, today),
        Budget: budgets(store, settings, bills[-1], orgs, paying, today),
        Attribution: attributions(store, settings.currency, orgs, paying),
    }


def seen_with_spend(store: Store, settings: Settings, seen: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """What was read, and with it what can be worked out of that: of tables that were read, if not in the last run.

    What is the account's is of its payer: nothing of it can be missing in a child, as long as there is a payer.
    """
    paying = payers(store.orgs())
    tables = sorted({row.table for kind in DERIVED.values() for row in kind.rows})
    read = {(org, table) for org, table in store.query("spend-read", tables=tables, orgs=sorted(paying))}

    def worked_out(org: str, kind: type[Derived]) -> bool:
        if org not in paying:
            return bool(paying)
        if kind is Budget and not settings.budgets.limits:
            return True
        return all((org, row.table) in read or row.table in seen[org] for row in kind.rows)

    return {
        org: kinds | {name for name, kind in DERIVED.items() if worked_out(org, kind)} for org, kinds in seen.items()
    }
