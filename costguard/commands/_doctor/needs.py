"""What a permission is for: what is read with it, and which rules need that or are surer with it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from costguard.datadog.collectors import Collector, name_of
from costguard.model.resources import Resource
from costguard.model.usage import Row
from costguard.resting import SURER_WITH, WORKED_OUT_OF, Tables
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

    def __init__(
        self,
        collectors: Iterable[Collector],
        rules: Sequence[Rule[Any]],
        *,
        parent: bool | None,
        unread: Collection[type[Row]] = (),
    ) -> None:
        """`parent`: of which organisation; a child is not asked for the usage and cost of the whole account.

        `unread`: tables that the settings do not ask for, so that nothing is missed without them.
        """
        self._collectors = [
            each for each in collectors if each.provides not in unread and not (each.parent_only and parent is False)
        ]
        self._rules = rules

    def uses(self, permission: str) -> Uses:
        """What the permission is for."""
        reads = {name_of(each.provides) for each in self._collectors if permission in each.permissions}
        return Uses(tuple(sorted(reads)), tuple(self.stopped({permission})), tuple(self.weakened({permission})))

    def stopped(self, missing: Collection[str]) -> dict[str, tuple[str, ...]]:
        """The rules that do not run without the `missing` permissions, each with those that it lacks."""
        lacks = {rule.id: self._needed_by(rule).intersection(missing) for rule in self._rules}
        return {rule: tuple(sorted(lacking)) for rule, lacking in lacks.items() if lacking}

    def weakened(self, missing: Collection[str]) -> dict[str, tuple[str, ...]]:
        """The rules that run with less confidence without the `missing` permissions, each with those that it lacks."""
        stopped = self.stopped(missing)
        lacks = {rule.id: self._used_by(rule).intersection(missing) for rule in self._rules}
        return {rule: tuple(sorted(each)) for rule, each in lacks.items() if each and rule not in stopped}

    def needed(self) -> frozenset[str]:
        """What must be granted for a run without gaps: for the kinds of the rules, and for usage and cost."""
        kinds = {kind for rule in self._rules for kind in (*rule.needs, *rule.refines)}
        wanted = [each for each in self._collectors if each.provides in kinds or issubclass(each.provides, Row)]
        return frozenset(permission for each in wanted for permission in each.permissions)

    def _needed_by(self, rule: Rule[Any]) -> set[str]:
        return self._asked_for({*rule.needs, *_tables(WORKED_OUT_OF, rule.needs)})

    def _used_by(self, rule: Rule[Any]) -> set[str]:
        kinds = (*rule.needs, *rule.refines)
        return self._asked_for({*rule.refines, *_tables(WORKED_OUT_OF, rule.refines), *_tables(SURER_WITH, kinds)})

    def _asked_for(self, read: Collection[type[Any]]) -> set[str]:
        """What the collectors of these kinds and tables ask for."""
        return {permission for each in self._collectors if each.provides in read for permission in each.permissions}


def _tables(resting: Tables, kinds: Iterable[type[Resource]]) -> Iterable[type[Row]]:
    return (table for kind in kinds for table in resting.get(kind, ()))
