"""What has come of the budgets of the settings in the running month, by Datadog's estimate and projection."""

import difflib
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from costguard.bill import Bill, product_of
from costguard.bill.aggregation import KINDS
from costguard.bill.known import KNOWN
from costguard.errors import shown
from costguard.model.budgets import Limit
from costguard.model.money import Dimension, Usd
from costguard.model.spend import Budget
from costguard.settings import Settings, SettingsError
from costguard.store import RunOrg, Store


class _Part(NamedTuple):
    """A piece of the running month's cost."""

    org: str
    """Through which organisation it was read."""
    source: str
    view: str
    org_public_id: str
    org_name: str
    product: Dimension
    """Empty = all of it."""
    day: date
    cost: Usd


def budgets(
    store: Store, settings: Settings, bill: Bill, orgs: Collection[RunOrg], payers: Collection[str], today: date
) -> tuple[Budget, ...]:
    """One for each limit of the settings; raises SettingsError for one that is of nothing that is known.

    An organisation's belongs to it where it is read itself; all others to the account's payer.
    """
    limits = settings.budgets.limits
    if not limits or not payers:
        return ()
    month = today.replace(day=1)
    parts = [_Part(*row) for row in store.query("spend-running", month=month, orgs=sorted(payers))]
    _check(limits, settings, bill, orgs, parts)
    return tuple(_budget(limit, settings, parts, orgs, min(payers), month) for limit in limits)


def _budget(
    limit: Limit, settings: Settings, parts: Iterable[_Part], orgs: Collection[RunOrg], payer: str, month: date
) -> Budget:
    own = next((org for org in orgs if limit.scope == "orgs" and limit.name in (org.name, org.public_id)), None)
    wanted = _covers(limit, own)
    parts = [part for part in parts if wanted(part)]
    estimated, projected = ([part for part in parts if part.source == each] for each in ("estimated", "projected"))
    return Budget(
        org=own.name if own else payer,
        id=limit.key,
        name=f"Budget of {limit.name or 'the account'}",
        currency=settings.currency,
        amount=limit.amount,
        month=month,
        spent=_sum(estimated),
        spent_until=max((part.day for part in estimated), default=None),
        projected=_sum(projected),
    )


def _covers(limit: Limit, own: RunOrg | None) -> Callable[[_Part], bool]:
    """Whether a piece of cost counts for the limit; the account's is told whole, by organisation and by product."""
    if limit.scope == "orgs":
        names = {limit.name, *([own.public_id] if own else [])}
        return lambda part: (
            part.view != "summary" and not part.product and bool(names & {part.org_public_id, part.org_name})
        )
    if limit.scope == "products":
        return lambda part: part.view == "summary" and bool(part.product) and product_of(part.product) == limit.name
    return lambda part: part.view == "summary" and part.product == limit.name


def _sum(parts: Collection[_Part]) -> Usd | None:
    return sum((part.cost for part in parts), Decimal(0)) if parts else None


def _check(
    limits: Iterable[Limit], settings: Settings, bill: Bill, orgs: Iterable[RunOrg], parts: Iterable[_Part]
) -> None:
    parts = list(parts)
    dimensions = {*KNOWN, *KINDS, *bill.lines, *bill.elsewhere, *(part.product for part in parts if part.product)}
    known: Mapping[str, Collection[str]] = {
        "dimensions": dimensions,
        "products": {product_of(dimension) for dimension in dimensions},
        "orgs": {
            *(org.name for org in settings.orgs),
            *(name for org in orgs for name in (org.name, org.public_id) if name),
            *(name for part in parts for name in (part.org_public_id, part.org_name) if name),
        },
    }
    for limit in limits:
        names = known.get(limit.scope)
        if names is not None and limit.name not in names:
            near = difflib.get_close_matches(limit.name, sorted(names), n=1)
            hint = f"did you mean {shown(near[0])}?" if near else "use a name that `costguard bill` shows"
            what = {"dimensions": "billing dimension", "products": "product", "orgs": "organisation"}[limit.scope]
            where = f"{settings.source}: budgets.{limit.scope}"
            raise SettingsError(f"{where}: {shown(limit.name)} is no {what} that the bill knows; {hint}")
