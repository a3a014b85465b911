"""What a permission is for: what is read with it, and which rules need that or are surer with it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from costguard.datadog.collectors import Collector, name_of
from costguard.model.spend import Derived
from costguard.model.usage import Row
from costguard.rule import Rule


@dataclass(frozen=True)
class Uses:
    """What one permission is for, in one organisation."""

    reads: tuple[str, ...]
    """Kinds of resources and tables of usage and cost, as gaps name them."""
    rules: tuple[str, ...]
    """Rules that do not run without it."""
    surer: tuple[str, ...]
    """Rules that run with less confidence without it."""


class Needs:
    """Derived from the permissions that collectors ask for, and from the kinds that rules need and use."""

    def __init__(self, collectors: Iterable[Collector], rules: Sequence[Rule[Any]], *, parent: bool | None) -> None:
        """`parent`: of which organisation; a child is not asked for the usage and cost of the whole account."""
        self._collectors = [each for each in collectors if not (each.parent_only and parent is False)]
        self._rules = rules

    def uses(self, permission: str) -> Uses:
        """What the permission is for."""
        rules = tuple(rule.id for rule in self._rules if permission in self._of(rule.needs))
        surer = (rule.id for rule in self._rules if permission in self._of(rule.refines))
        reads = {name_of(each.provides) for each in self._collectors if permission in each.permissions}
        return Uses(tuple(sorted(reads)), rules, tuple(each for each in surer if each not in rules))

    def stopped(self, missing: Collection[str]) -> dict[str, tuple[str, ...]]:
        """The rules that do not run without the `missing` permissions, each with those that it lacks."""
        lacks = {rule.id: self._of(rule.needs).intersection(missing) for rule in self._rules}
        return {rule: tuple(sorted(lacking)) for rule, lacking in lacks.items() if lacking}

    def weakened(self, missing: Collection[str]) -> dict[str, tuple[str, ...]]:
        """The rules that run with less confidence without the `missing` permissions, each with those that it lacks."""
        stopped = self.stopped(missing)
        lacks = {rule.id: self._of(rule.refines).intersection(missing) for rule in self._rules}
        return {rule: tuple(sorted(each)) for rule, each in lacks.items() if each and rule not in stopped}

    def needed(self, unread: Collection[type[Row]]) -> frozenset[str]:
        """What must be granted for a run without gaps: for the kinds of the rules, and for usage and cost.

        `unread`: tables that the settings do not ask for.
        """
        kinds = {kind for rule in self._rules for kind in (*rule.needs, *rule.refines)}
        tables = [each for each in self._collectors if issubclass(each.provides, Row) and each.provides not in unread]
        wanted = [*(each for each in self._collectors if each.provides in kinds), *tables]
        return frozenset(permission for each in wanted for permission in each.permissions)

    def _of(self, kinds: Collection[type[Any]]) -> set[str]:
        """What the collectors of these kinds ask for, and those of the tables that they are worked out of."""
        read = {*kinds, *(table for kind in kinds if issubclass(kind, Derived) for table in kind.rows)}
        return {permission for each in self._collectors if each.provides in read for permission in each.permissions}
