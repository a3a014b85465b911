"""What a month may cost, as the user has set it: the `[budgets]` table of costguard.toml."""

from collections.abc import Mapping
from typing import Literal, NamedTuple, TypeAlias

from costguard.model.base import Frozen
from costguard.model.contract import Name, Price
from costguard.model.money import Usd

Scope: TypeAlias = Literal["total", "products", "dimensions", "orgs"]


class Limit(NamedTuple):
    """One budget: what it is for, and the most that a month of it may cost."""

    scope: Scope
    name: str
    """The product, billing dimension or organisation; "" for the total."""
    amount: Usd

    @property
    def key(self) -> str:
        """Its key in the settings: "total", "products.logs"."""
        return f"{self.scope}.{self.name}" if self.name else self.scope


class Budgets(Frozen):
    """Amounts of the account's currency a month; what a name stands for only shows beside the bill."""

    total: Price | None = None
    """The whole account."""
    products: Mapping[str, Price] = {}
    """By product: logs, metrics, synthetics, …"""
    dimensions: Mapping[Name, Price] = {}
    """By billing dimension: infra_host, …"""
    orgs: Mapping[str, Price] = {}
    """By organisation: its name in the settings, or its name or public id at Datadog."""

    @property
    def limits(self) -> tuple[Limit, ...]:
        """All of them, the total first."""
        named: tuple[tuple[Scope, Mapping[str, Usd]], ...] = (
            ("products", self.products),
            ("dimensions", self.dimensions),
            ("orgs", self.orgs),
        )
        total = (Limit("total", "", self.total),) if self.total is not None else ()
        return total + tuple(Limit(scope, name, amount) for scope, each in named for name, amount in each.items())
