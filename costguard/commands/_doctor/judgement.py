"""Which levels an organisation reaches, and what its keys lack, judged by what was found out about it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from costguard.commands._doctor.needs import Needs, Uses
from costguard.datadog.collectors import Collector
from costguard.datadog.examination import Examined
from costguard.datadog.probes import Verdict
from costguard.levels import LEVELS, Level, levels_with, proposed
from costguard.model.usage import Row
from costguard.rule import Rule


class State(StrEnum):
    """Whether a level is reached."""

    REACHED = "reached"
    PARTLY = "partly"
    """All scopes are there, but Datadog does not offer everything that they are for."""
    NOT_REACHED = "not_reached"
    UNKNOWN = "unknown"
    """Nothing that it needs is known to be missing, but not everything is known to be there."""
    NOT_APPLICABLE = "not_applicable"
    """It is asked of the parent alone, and this is a child."""


@dataclass(frozen=True)
class Standing:
    """How an organisation stands to a level."""

    level: Level
    state: State
    lacking: tuple[str, ...]
    """The scopes that are missing."""
    unknown: tuple[str, ...]
    """The scopes of which it is not known."""
    without: str = ""
    """What Datadog does not offer although all scopes are there."""


@dataclass(frozen=True)
class Permission:
    """A permission of an organisation's keys, and what it is for."""

    verdict: Verdict
    needed: bool
    """Whether a run without gaps needs it: the enabled rules, and the bill."""
    uses: Uses
    levels: tuple[Level, ...]
    """The levels that need it of this organisation."""


@dataclass(frozen=True)
class Diagnosis:
    """What the doctor says of one organisation."""

    found: Examined
    standings: tuple[Standing, ...]
    permissions: tuple[Permission, ...]
    stopped: Mapping[str, tuple[str, ...]]
    """Rules that will not run, with the permissions that they lack; with none where nothing at all can be read."""
    weakened: Mapping[str, tuple[str, ...]]
    """Rules that will run with less confidence, with the permissions that they lack."""

    @property
    def name(self) -> str:
        """The organisation's name in the settings."""
        return self.found.org.name

    @property
    def proposed(self) -> tuple[str, ...]:
        """The scopes that its application key should carry."""
        return proposed(parent=self.found.is_parent is not False)

    @property
    def grant(self) -> tuple[str, ...]:
        """The proposed scopes that are missing; () where the keys do not work at all."""
        verdicts = self.found.verdicts
        return tuple(each for each in self.proposed if verdicts[each].granted is False and not self.found.failure)

    @property
    def complete(self) -> bool:
        """Whether all is there that a run without gaps needs."""
        granted = all(each.verdict.granted for each in self.permissions if each.needed)
        return granted and not self.found.failure


def diagnose(
    found: Examined,
    collectors: Iterable[Collector],
    rules: Sequence[Rule[Any]],
    *,
    unread: Collection[type[Row]] = (),
) -> Diagnosis:
    """Judges one organisation by the enabled rules; `unread`: tables that the settings do not ask for."""
    needs = Needs(collectors, rules, parent=found.is_parent, unread=unread)
    needed = needs.needed()
    missing = {each.permission for each in found.verdicts.values() if each.granted is False}
    return Diagnosis(
        found,
        standings=tuple(_standing(level, found) for level in LEVELS),
        permissions=tuple(
            Permission(verdict, permission in needed, needs.uses(permission), _levels(permission, found))
            for permission, verdict in found.verdicts.items()
        ),
        stopped={rule.id: () for rule in rules} if found.failure else needs.stopped(missing),
        weakened={} if found.failure else needs.weakened(missing),
    )


def _levels(permission: str, found: Examined) -> tuple[Level, ...]:
    return tuple(each for each in levels_with(permission) if each.every_org or found.is_parent is not False)


def _standing(level: Level, found: Examined) -> Standing:
    if not level.every_org and found.is_parent is False:
        return Standing(level, State.NOT_APPLICABLE, (), ())
    lacking = tuple(each for each in level.scopes if found.verdicts[each].granted is False)
    unknown = tuple(each for each in level.scopes if found.verdicts[each].granted is None)
    # Only a parent is asked for it: of a child it is never known.
    if level.id == "enhanced" and not lacking and not unknown and found.cost_attribution.value is False:
        return Standing(level, State.PARTLY, (), (), without="no cost by tags")
    return Standing(level, state_of(lacking, unknown), lacking, unknown)


def state_of(lacking: Collection[object], unknown: Collection[object]) -> State:
    """What is missing and what is not known make a level's state."""
    return State.NOT_REACHED if lacking else State.UNKNOWN if unknown else State.REACHED
