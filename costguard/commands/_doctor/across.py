"""How the organisations stand together: levels that need all of them, and those that nobody gave keys for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from costguard.commands._doctor.judgement import Diagnosis, State, state_of
from costguard.levels import LEVELS, Level


@dataclass(frozen=True)
class Obstacle:
    """Why an organisation keeps the others from a level."""

    org: str
    lacking: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    why: str = ""
    """Where it is not about scopes."""
    partly: bool = False
    """Whether it is kept from a part of the level only."""


@dataclass(frozen=True)
class Reached:
    """A level, judged over all organisations whose keys must carry its scopes."""

    level: Level
    state: State
    obstacles: tuple[Obstacle, ...]


@dataclass(frozen=True)
class Across:
    """What the doctor says of all organisations together."""

    levels: tuple[Reached, ...]
    """None where some of the settings' organisations were not asked: nothing is known of all of them."""
    without_keys: Mapping[str, str] | None
    """Organisations of the account that the settings do not name: name by public id; None where that is not known."""
    unidentified: tuple[str, ...]
    """Organisations of the settings whose public id is not known: they may be among those without keys."""
    complete: bool
    """Whether all is there that a run without gaps needs."""


def across(diagnoses: Sequence[Diagnosis], *, everybody: bool) -> Across:
    """Judges all organisations together; not `everybody` = some of the settings were left out on purpose."""
    unidentified = tuple(each.name for each in diagnoses if each.found.public_id is None)
    without_keys = _without_keys(diagnoses, unidentified) if everybody else None
    parents = [each for each in diagnoses if each.found.is_parent] or [
        each for each in diagnoses if each.found.is_parent is None
    ]
    return Across(
        levels=tuple(_reached(level, diagnoses if level.every_org else parents, without_keys) for level in LEVELS)
        if everybody
        else (),
        without_keys=without_keys,
        unidentified=unidentified if without_keys else (),
        # As while collecting: that all are children is as it should be only where the settings say so.
        complete=all(each.complete for each in diagnoses)
        and bool(not everybody or parents or all(each.found.org.parent is False for each in diagnoses)),
    )


def _without_keys(diagnoses: Sequence[Diagnosis], unidentified: Sequence[str]) -> Mapping[str, str] | None:
    told = [each.found.organisations.value for each in diagnoses if each.found.organisations.value is not None]
    if not told:
        return None
    known = {each.found.public_id for each in diagnoses}
    return {
        public_id: name
        for organisations in told
        for public_id, name in organisations.items()
        if public_id not in known and name not in unidentified
    }


def _reached(level: Level, orgs: Sequence[Diagnosis], without_keys: Mapping[str, str] | None) -> Reached:
    obstacles = [each for org in orgs for each in _obstacles(level, org)]
    if not orgs:
        obstacles = [Obstacle("", why="no parent organisation is in the settings")]
    elif level.every_org:
        obstacles += [Obstacle(name or public_id, why="no keys") for public_id, name in (without_keys or {}).items()]
    partly = [each for each in obstacles if each.partly]
    unknown = [each for each in obstacles if each.unknown and not each.lacking]
    state = state_of([each for each in obstacles if each not in partly and each not in unknown], unknown)
    return Reached(level, State.PARTLY if partly and state is State.REACHED else state, tuple(obstacles))


def _obstacles(level: Level, org: Diagnosis) -> tuple[Obstacle, ...]:
    standing = next(each for each in org.standings if each.level is level)
    if standing.state is State.REACHED:
        return ()
    why = org.found.keys.words if org.found.failure else standing.without
    return (Obstacle(org.name, standing.lacking, standing.unknown, why, partly=standing.state is State.PARTLY),)
