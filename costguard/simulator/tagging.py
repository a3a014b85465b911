"""How the company's usage carries tags: the keys that each organisation chose, and how usage splits over the values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from costguard.simulator.block import PAYLOAD
from costguard.simulator.inventory import Inventory
from costguard.simulator.terms import TERMS
from costguard.simulator.usage import Account
from costguard.simulator.words import PROFILES

KEYS = ("team", "env", "service")
"""The tags that the parent has chosen for usage attribution, for itself and for the children that chose none."""

OWN_KEYS: Mapping[int, tuple[str, ...]] = {2: ("project", "owner")}
"""The tags that a child has chosen for itself; its breakdown is not shown to the parent (docs/datadog.md, B1)."""

UNTAGGED: Mapping[int, int] = {0: 8, 1: 62, 2: 30}
"""How much of its usage carries none of the tags, in hundredths, by organisation."""

EMPTY = "<empty>"
"""The value of a tag that has none."""

MICRO = Decimal("0.000001")

Values = tuple[str, ...]
"""The values of a tag: () = not tagged, several = tagged several times."""


@dataclass(frozen=True)
class Cell:
    """A part of an organisation's usage: what it is tagged with, and how large it is among the others."""

    values: tuple[Values, ...]
    """In the order of the keys."""
    weight: int


def keys_of(account: Account, inventory: Inventory) -> tuple[str, ...]:
    """The keys that an organisation's usage is attributed by; () where nobody has chosen any."""
    return OWN_KEYS.get(inventory.number, KEYS) if account.traits.attribution else ()


def source_of(account: Account, inventory: Inventory) -> str:
    """The `tag_config_source` of an organisation: `<organisation>:::<tag>///<tag>`; "" without any."""
    keys = keys_of(account, inventory)
    chosen_by = inventory if inventory.number in OWN_KEYS else account.company.inventories[0]
    return f"{chosen_by.title}:::{'///'.join(keys)}" if keys else ""


def applies(account: Account, inventory: Inventory, asker: Inventory, keys: Sequence[str]) -> bool:
    """Whether a breakdown by these keys can be shown of an organisation to another."""
    visible = inventory is asker or inventory.number not in OWN_KEYS
    return bool(keys) and visible and set(keys) <= set(keys_of(account, inventory))


def cells(account: Account, inventory: Inventory, dimension: str, keys: Sequence[str]) -> list[Cell]:
    """The parts of an organisation's usage of a dimension by the values of some keys, the untagged part last."""
    chosen = keys_of(account, inventory)
    grouped: dict[tuple[Values, ...], int] = {}
    for values, weight in _parts(inventory, dimension, hostile=account.company.hostile):
        by_key = dict(zip(chosen, values, strict=True))
        group = tuple(by_key[key] for key in keys)
        grouped[group] = grouped.get(group, 0) + weight
    untagged = ((),) * len(keys)
    left = grouped.pop(untagged)
    return [*(Cell(values, weight) for values, weight in grouped.items()), Cell(untagged, left)]


def _parts(inventory: Inventory, dimension: str, *, hostile: bool) -> list[tuple[tuple[Values, ...], int]]:
    """Values of all the organisation's keys, and weights; the last one untagged."""
    parts: list[tuple[tuple[Values, ...], int]]
    if inventory.number in OWN_KEYS:
        parts = [(((project,), (owner,)), 2) for project, owner in (("atlas", "labs"), ("beacon", "research"))]
    else:
        parts = _services(inventory, hostile=hostile)
    turn = next((number for number, term in enumerate(TERMS) if term.dimension == dimension), 0)
    tagged = [(values, weight * (2 + (3 * place + turn) % 5)) for place, (values, weight) in enumerate(parts)]
    share, everything = UNTAGGED[inventory.number], sum(weight for _, weight in tagged)
    scaled = [(values, weight * (100 - share)) for values, weight in tagged]
    depth = len(OWN_KEYS.get(inventory.number, KEYS))
    return [*scaled, (((),) * depth, everything * share)]


def _services(inventory: Inventory, *, hostile: bool) -> list[tuple[tuple[Values, ...], int]]:
    """Team, env and service of each service, and the usual disorder."""
    profile, tail = PROFILES[inventory.number], PAYLOAD if hostile else ""
    found: list[tuple[tuple[Values, ...], int]] = []
    for service, team in zip(profile.services, profile.team_of, strict=True):
        for env, weight in (("prod", 40), ("staging", 9), ("dev", 3)):
            found.append((((team,), (env,), (service + tail,)), weight))
    first, second, third, *_ = profile.services
    teams = tuple(dict.fromkeys(profile.team_of))[:2]
    return [
        *found,
        ((teams, ("prod",), (first + tail,)), 14),
        (((EMPTY,), ("prod",), (second + tail,)), 11),
        (((), ("prod",), (third + tail,)), 17),
        (((EMPTY,), (EMPTY,), ()), 2),
    ]


def split_units(total: int, parts: Sequence[Cell]) -> list[int]:
    """Whole units for each part; together the total, what cannot be divided with the last."""
    of = sum(part.weight for part in parts)
    shares = [total * part.weight // of for part in parts]
    shares[-1] += total - sum(shares)
    return shares


def split_cost(total: Decimal, parts: Sequence[Cell]) -> list[Decimal]:
    """A cost for each part, in millionths but for the last; together the total."""
    of = sum(part.weight for part in parts)
    shares = [(total * part.weight / of).quantize(MICRO, rounding=ROUND_DOWN) for part in parts[:-1]]
    return [*shares, total - sum(shares)]
