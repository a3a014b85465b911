"""One scale step of one organisation while it is being built: a source of ids, names, times and chance."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from costguard.simulator.inventory import Inventory, Json, SyntheticTest

PAYLOAD = "[/x]<script>alert(1)</script>=cmd|'/c'!A1\x1b[31m\x07\r\n"
"""What hostile names hold: markup, a spreadsheet formula, terminal and line control characters."""


class Ids:
    """Identifiers in Datadog's shapes, none of them twice."""

    _LETTERS = "23456789abcdefghijkmnpqrstuvwxyz"

    def __init__(self, random: Random) -> None:
        self._random = random
        self._seen: set[str] = set()
        self._number = 100_000_000 + random.randrange(1_000_000)

    def short(self) -> str:
        """abc-def-ghi, as of tests and dashboards."""
        while True:
            letters = "".join(self._random.choices(self._LETTERS, k=9))
            text = f"{letters[:3]}-{letters[3:6]}-{letters[6:]}"
            if text not in self._seen:
                self._seen.add(text)
                return text

    def number(self) -> int:
        """A growing number, as of monitors and notebooks."""
        self._number += self._random.randrange(1, 60)
        return self._number

    def uuid(self) -> str:
        """A UUID, as of downtimes."""
        text = f"{self._random.getrandbits(128):032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def hash(self) -> str:
        """32 hexadecimal digits, as of service level objectives."""
        return f"{self._random.getrandbits(128):032x}"


@dataclass
class Block:
    """What one scale step adds to an organisation, with all the cases that are planted in it."""

    inventory: Inventory
    number: int
    now: datetime
    random: Random
    hostile: bool
    ids: Ids
    widgets: list[Json] = field(default_factory=list)
    """Widgets that some dashboard has to show."""
    cells: list[Json] = field(default_factory=list)
    """Cells that some notebook has to hold."""
    alerts: list[Json] = field(default_factory=list)
    """Monitors that must exist beside those of the synthetic tests: type, query, service."""
    slos: list[Json] = field(default_factory=list)
    """Objectives that must exist: a type with monitor_ids or a query."""

    @property
    def suffix(self) -> str:
        """What tells this block's names from those of the others: nothing for the first."""
        return f"-{self.number + 1:02d}" if self.number else ""

    def named(self, name: str) -> str:
        """A name that an owner chose."""
        return f"={PAYLOAD} {name}" if self.hostile else name

    def tag(self, key: str, value: str) -> str:
        """A tag with a value that an owner chose."""
        return f"{key}:{value}{PAYLOAD}" if self.hostile else f"{key}:{value}"

    def ago(self, days: float) -> datetime:
        """A moment some days before now, at a time of day that chance picks within the hour."""
        return self.now - timedelta(
            days=days, seconds=self.random.randrange(3600), microseconds=self.random.randrange(10**6)
        )


@dataclass(frozen=True)
class Scene:
    """A synthetic test in its block: what stories about muting and listening need."""

    block: Block
    test: SyntheticTest
    monitor: Json
    """The test's monitor."""
    other: SyntheticTest
    """An ordinary test of the same block."""
