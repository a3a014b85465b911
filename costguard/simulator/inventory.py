"""What one simulated organisation has: resources as facts, before they are shaped into answers."""

from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any

Json = dict[str, Any]

MONTH_SECONDS = 2_628_000
"""730 hours: the month of Datadog's prices (docs/datadog.md, C)."""

WEEK_SECONDS = 604_800


@dataclass(frozen=True)
class SimulatedOrg:
    """An organisation that the simulator answers for, and the keys that it answers to."""

    name: str
    public_id: str
    parent: bool
    api_key: str = field(repr=False)
    app_key: str = field(repr=False)
    scopes: frozenset[str] | None = None
    """What the application key is limited to; None = it may do all that its owner's role allows."""


@dataclass(frozen=True)
class Planted:
    """A piece of waste that was put there on purpose, and how much of its conversion it is."""

    rule: str
    kind: str
    id: str
    modelled: Fraction
    """Modelled runs a month, weight of a log slice, or time series: see truth.py for what each is worth."""
    dimension: str
    index: str = ""
    """The index of a log slice."""


@dataclass
class SyntheticTest:
    """A synthetic test."""

    id: str
    monitor: int
    name: str
    type: str
    subtype: str | None
    live: bool
    tick: int | None
    locations: tuple[str, ...]
    devices: tuple[str, ...]
    steps: int
    hours: tuple[tuple[int, str, str], ...]
    """Weekday (1 = Monday), from and to of its schedule; empty = always."""
    weekly_seconds: int
    tags: tuple[str, ...]
    message: str
    wait: int
    ci: str | None
    url: str
    author: str
    created: datetime
    modified: datetime
    stopped: bool = False
    """Under a synthetics downtime that is in force."""

    def modelled(self, tick: int | None = None) -> Fraction:
        """Billable units a month by configuration, were it run every `tick` seconds; 0 when nothing schedules it."""
        every = tick or self.tick
        if not (self.live and self.tick and every) or self.stopped or self.type not in ("api", "browser"):
            return Fraction(0)
        runs = Fraction(MONTH_SECONDS, every) * Fraction(self.weekly_seconds, WEEK_SECONDS) * len(self.locations)
        if self.type == "browser":
            runs *= len(self.devices) * -(-max(self.steps, 1) // 25)
        return runs

    @property
    def dimension(self) -> str:
        """The billing dimension of its runs."""
        return "synthetics_browser_checks" if self.type == "browser" else "synthetics_api_tests"


@dataclass(frozen=True)
class Slice:
    """The logs of one service and status in one index."""

    service: str
    status: str
    weight: int
    """Thousands of events a month."""


@dataclass
class Index:
    """A log index; every month takes the same number of events."""

    name: str
    number: str
    query: str
    retention: int
    daily_limit: int | None
    exclusions: list[Json]
    tags: tuple[str, ...]
    slices: tuple[Slice, ...]
    rehydrated: int
    """Events a month rehydrated into it, beside the live ones."""
    estimate: tuple[int, int]
    """What the usage metric makes of a thousand events a month on a weekday and on a weekend day: 10–20 % off what is
    billed (docs/datadog.md, A6)."""

    @property
    def weight(self) -> int:
        """Thousands of live events a month."""
        return sum(each.weight for each in self.slices)

    @property
    def live(self) -> int:
        """Live events a month."""
        return 1000 * self.weight

    @property
    def dimension(self) -> str:
        """The billing dimension of its events."""
        return f"logs_indexed_{self.retention}day"


@dataclass(frozen=True)
class Metric:
    """A metric that reported lately."""

    name: str
    category: str
    series: int
    queried_days: int | None
    """Days since anybody queried it; None = never."""
    assets: bool
    """Whether Datadog knows an asset that uses it."""
    tags: tuple[str, ...] = ()
    silent_hours: int = 0
    """Hours since it last reported."""
    configured: tuple[str, ...] | None = None
    """Tags that Metrics without Limits keeps; None = not configured."""
    type: str = "gauge"

    @property
    def ingested(self) -> int:
        """Time series that come in of a metric whose tags are configured (docs/datadog.md, A4); 0 of others."""
        return self.series * 3 if self.configured is not None else 0


@dataclass
class Inventory:
    """Everything that one organisation has, in the order in which it answers."""

    org: SimulatedOrg
    number: int
    title: str
    """The organisation's name as Datadog's answers write it."""
    tests: list[SyntheticTest] = field(default_factory=list)
    monitors: list[Json] = field(default_factory=list)
    notified: dict[int, list[Json]] = field(default_factory=dict)
    """Who a monitor notifies, by the monitor's number."""
    watched: dict[int, list[str]] = field(default_factory=dict)
    """The metrics that a monitor evaluates, by the monitor's number."""
    downtimes: list[Json] = field(default_factory=list)
    synthetics_downtimes: list[Json] = field(default_factory=list)
    dashboards: list[Json] = field(default_factory=list)
    notebooks: list[Json] = field(default_factory=list)
    slos: list[Json] = field(default_factory=list)
    indexes: list[Index] = field(default_factory=list)
    metrics: list[Metric] = field(default_factory=list)
    planted: list[Planted] = field(default_factory=list)
    _dashboards: dict[str, Json] = field(default_factory=dict, repr=False)

    def dashboard(self, identity: str) -> Json | None:
        """The dashboard with this id; None where there is none."""
        if len(self._dashboards) != len(self.dashboards):
            self._dashboards = {each["id"]: each for each in self.dashboards}
        return self._dashboards.get(identity)
