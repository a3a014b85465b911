"""What was measured in each hour: the months' usage spread over their hours, to the last unit."""

from collections.abc import Mapping
from datetime import date, datetime

from costguard.simulator.calendar import RETENTION_MONTHS, hour_of_month, month_of, shift, spread, start_of
from costguard.simulator.contract import TERMS, Term
from costguard.simulator.inventory import Index, Inventory
from costguard.simulator.usage import Account

REHYDRATED_HOURS = range(33, 36)
"""Hours of a month in which archived logs are rehydrated."""


def oldest(now: datetime) -> datetime:
    """The first hour whose usage is still kept."""
    return start_of(shift(month_of(now), -RETENTION_MONTHS))


def index_hour(index: Index, hour: datetime) -> tuple[int, int]:
    """Live and rehydrated events of an index in an hour."""
    month, number = month_of(hour), hour_of_month(hour)
    return spread(index.live, month, number, number + 1), _rehydrated(index, number)


def _rehydrated(index: Index, number: int) -> int:
    if number not in REHYDRATED_HOURS:
        return 0
    each = index.rehydrated // len(REHYDRATED_HOURS)
    return index.rehydrated - each * (len(REHYDRATED_HOURS) - 1) if number == REHYDRATED_HOURS[-1] else each


def measured(account: Account, inventory: Inventory, family: str, hour: datetime) -> Mapping[str, int | None]:
    """What an organisation used of a product family in an hour, by usage type."""
    month, number = month_of(hour), hour_of_month(hour)
    values: dict[str, int | None] = {
        term.usage_type: _measured(account, inventory, term, month, number) for term in TERMS if term.family == family
    }
    if family == "infra_hosts":
        values |= {"agent_host_count": values["host_count"], "container_count_excl_agent": None}
    return values


def _measured(account: Account, inventory: Inventory, term: Term, month: date, number: int) -> int:
    units = account.units[inventory.number][term.dimension]
    if term.shape == "average":
        return units
    if term.shape == "top99p":
        return units if 7 <= number % 24 < 20 else units * 17 // 20
    if term.family == "indexed_logs":
        kept = (index for index in inventory.indexes if index.dimension == term.dimension)
        return sum(spread(index.live, month, number, number + 1) + _rehydrated(index, number) for index in kept)
    return spread(units, month, number, number + 1)
